/**
 * A frame as the bytes that Grafana decodes: one Arrow IPC *file* (not a stream) of one record batch, uncompressed and
 * without dictionaries. Nullability, labels, config and meta travel as Arrow metadata.
 */
import { Field, makeData, RecordBatch, Schema, Struct, Table, tableToIPC } from 'apache-arrow';
import { encodeColumn } from './encode-column';
import type { Frame, FrameField } from './frame';

/** The Arrow file of a frame. Its fields must have equally many values. */
export function encodeFrame(frame: Frame): Uint8Array {
  const length = frame.fields[0]?.values.length ?? 0;
  for (const { name, values } of frame.fields) {
    if (values.length !== length) {
      throw new Error(`BUG: field ${name} of frame ${frame.name} has ${values.length} values, others ${length}`);
    }
  }
  const columns = frame.fields.map(encodeColumn);
  // Fields are made by hand: a table that infers them makes all of them nullable and text a dictionary.
  const fields = frame.fields.map(
    (field, index) => new Field(field.name, columns[index]!.type, field.nullable === true, fieldMetadata(field)),
  );
  const schema = new Schema(fields, frameMetadata(frame));
  // A batch makes fields of one name equal in its schema (series of one measure; the key `start` beside the time), and then
  // is refused for being another than the table's.
  const batch = Object.assign(
    new RecordBatch(schema, makeData({ type: new Struct(fields), length, nullCount: 0, children: columns })),
    { schema },
  );
  return tableToIPC(new Table(schema, fields.length === 0 ? [] : [batch]), 'file');
}

function frameMetadata({ name, refId = '', meta }: Frame): Map<string, string> {
  const metadata = new Map([
    ['name', name],
    ['refId', refId],
  ]);
  return meta ? metadata.set('meta', JSON.stringify(meta)) : metadata;
}

function fieldMetadata({ labels, config }: FrameField): Map<string, string> {
  const metadata = new Map<string, string>();
  if (labels) {
    metadata.set('labels', JSON.stringify(labels));
  }
  if (config) {
    metadata.set('config', JSON.stringify(config));
  }
  return metadata;
}
