/**
 * The first lines of an object, to see that it can be read, decrypted and inflated, and what format it has.
 */

import { FlowError } from '../errors';
import { DEFAULT_FORMAT } from '../flow/fields';
import { explainNotFlowLog, isDefaultRecord, parseHeader, splitLine } from '../flow/header';
import { isParquet, parseFooter } from '../parquet/footer';
import { readParquetFooter } from '../scan/fetch-parquet';
import { inflateChunks } from '../scan/inflate';
import type { ObjectStore, StoredObject } from '../store/store';

/** The format of an object. */
export interface ObjectFormat {
  readonly columns: readonly string[];
  /** Where the columns were found. */
  readonly columnsFrom: 'header line' | 'settings' | 'default format' | 'Parquet footer' | 'flow logs' | 'messages';
  /** A record was there, too, and has as many columns. */
  readonly hasRecord: boolean;
}

/** Enough for a header and a record of all fields, many times over. */
const HEAD_BYTES = 64 * 1024;
/** Far more than the decoder gives in the piece that has the last byte wanted. */
const MAX_TEXT_BYTES = 64 * 2 ** 20;

/**
 * Reads the object's beginning; the rest is not fetched. Throws what the store throws, and `corrupt-object` with the
 * reason if it is no flow log.
 */
export async function readObjectHead(
  store: ObjectStore,
  object: Pick<StoredObject, 'key' | 'etag' | 'sizeBytes'>,
  { columns, signal }: { readonly columns?: readonly string[]; readonly signal?: AbortSignal } = {},
): Promise<ObjectFormat> {
  const { key, etag } = object;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of inflateChunks(store.read(key, { etag, signal }), MAX_TEXT_BYTES)) {
    // The decoder may use its buffer again.
    chunks.push(new Uint8Array(chunk));
    bytes += chunk.length;
    if (bytes >= HEAD_BYTES) {
      break;
    }
  }
  if (isParquet(chunks[0] ?? new Uint8Array(0))) {
    return formatFromFooter(await readParquetFooter(store, object, signal), object.sizeBytes);
  }
  const lines = Buffer.concat(chunks).toString('utf8').split('\n');
  if (bytes >= HEAD_BYTES) {
    // The last line is cut.
    lines.pop();
  }
  const [first = '', second] = lines.filter((line) => line.trim() !== '');
  const format = formatFromLines(first, second, columns);
  if (format === undefined) {
    const why = first === '' ? 'it is empty' : explainNotFlowLog(first);
    throw new FlowError('corrupt-object', `cannot decode ${store.name}/${key}: ${why}`, { fields: { key } });
  }
  return format;
}

function formatFromFooter(footer: Uint8Array, sizeBytes: number): ObjectFormat {
  const { columns, rowGroups } = parseFooter(footer, sizeBytes);
  return {
    columns: columns.map(({ name }) => name),
    columnsFrom: 'Parquet footer',
    hasRecord: rowGroups.some(({ rowCount }) => rowCount > 0),
  };
}

function formatFromLines(
  first: string,
  second: string | undefined,
  given: readonly string[] | undefined,
): ObjectFormat | undefined {
  const header = parseHeader(first);
  if (header !== undefined) {
    return {
      columns: header,
      columnsFrom: 'header line',
      hasRecord: second !== undefined && splitLine(second).length === header.length,
    };
  }
  if (given !== undefined && splitLine(first).length === given.length) {
    return { columns: given, columnsFrom: 'settings', hasRecord: true };
  }
  return given === undefined && isDefaultRecord(first)
    ? { columns: DEFAULT_FORMAT, columnsFrom: 'default format', hasRecord: true }
    : undefined;
}
