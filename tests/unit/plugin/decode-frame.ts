/** Frames as Grafana gets them, decoded from their Arrow files. */
import { RecordBatchReader, tableFromIPC, type Vector } from 'apache-arrow';
import type { FrameMeta, JsonValue } from '../../../src/frame/frame';

export interface DecodedField {
  readonly name: string;
  /** As Arrow prints it: `Utf8`, `Float64`, `Timestamp<NANOSECOND>`. */
  readonly type: string;
  readonly isNullable: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly config: Readonly<Record<string, JsonValue>>;
  /** Times in Unix milliseconds. */
  readonly values: readonly JsonValue[];
}

export interface DecodedFrame {
  readonly name: string;
  readonly refId: string;
  readonly meta: FrameMeta;
  readonly rowCount: number;
  readonly fields: readonly DecodedField[];
}

/** Decodes an Arrow file. */
export function decodeFrame(bytes: Uint8Array): DecodedFrame {
  const table = tableFromIPC(bytes);
  // The schema of a table takes fields of one name for one.
  const { metadata, fields } = RecordBatchReader.from(bytes).open().schema;
  return {
    name: metadata.get('name')!,
    refId: metadata.get('refId')!,
    meta: JSON.parse(metadata.get('meta') ?? '{}') as FrameMeta,
    rowCount: table.numRows,
    fields: fields.map((field, index) => ({
      name: field.name,
      type: field.type.toString(),
      isNullable: field.nullable,
      labels: parseObject<string>(field.metadata.get('labels')),
      config: parseObject<JsonValue>(field.metadata.get('config')),
      values: valuesOf(table.getChildAt(index)!),
    })),
  };
}

/** The values of the field of that name, which must be there once. */
export function columnOf<Value extends JsonValue = JsonValue>(frame: DecodedFrame, name: string): readonly Value[] {
  const found = frame.fields.filter((field) => field.name === name);
  expect(found.map((field) => field.name)).toEqual([name]);
  return found[0]!.values as readonly Value[];
}

/** The sum of a field of numbers. */
export function sumOf(frame: DecodedFrame, name: string): number {
  return columnOf<number>(frame, name).reduce((sum, value) => sum + value, 0);
}

function parseObject<Value>(text: string | undefined): Record<string, Value> {
  return JSON.parse(text ?? '{}') as Record<string, Value>;
}

function valuesOf(vector: Vector): JsonValue[] {
  return Array.from({ length: vector.length }, (_, row): JsonValue => {
    const value: unknown = vector.get(row);
    return value instanceof Uint8Array
      ? (JSON.parse(new TextDecoder().decode(value)) as JsonValue)
      : (value as JsonValue);
  });
}
