import {
  Bool,
  Binary,
  Float64,
  Int64,
  RecordBatchReader,
  tableFromIPC,
  TimestampNanosecond,
  Utf8,
  type Vector,
} from 'apache-arrow';
import fc from 'fast-check';
import { encodeFrame } from '../../../src/frame/encode-frame';
import type { FieldValues, Frame, FrameField, JsonValue } from '../../../src/frame/frame';

const decoder = new TextDecoder();

/** The values of a decoded column as the frame had them, times in milliseconds. */
function decode(vector: Vector, type: FieldValues['type']): JsonValue[] {
  return Array.from({ length: vector.length }, (_, row) => {
    const value: unknown = vector.get(row);
    if (value === null) {
      return null;
    }
    switch (type) {
      case 'time': {
        // The reader would round to milliseconds: the stored number is what Grafana reads.
        const nanoseconds = (vector.data[0]!.values as BigInt64Array)[row]!;
        expect(nanoseconds % 1_000_000n).toBe(0n);
        return Number(nanoseconds / 1_000_000n);
      }
      case 'int64':
        return Number(value as bigint);
      case 'json':
        return JSON.parse(decoder.decode(value as Uint8Array)) as JsonValue;
      default:
        return value as JsonValue;
    }
  });
}

const rows = fc.integer({ min: 0, max: 40 });
const wholeNumber = fc.oneof(fc.integer(), fc.maxSafeInteger());
// JSON has no −0, and neither does a text column have halves of surrogate pairs.
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
const text = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.constantFrom('', 'ÄÖ', '日本', '\u0000'));
const times = { s: fc.integer({ min: -1e9, max: 9e9 }), ms: fc.integer({ min: -1e12, max: 9e12 }) };

function column(length: number): fc.Arbitrary<FieldValues> {
  const list = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
    fc.array(value, { minLength: length, maxLength: length });
  const both = <T>(type: string, value: fc.Arbitrary<T>): fc.Arbitrary<FieldValues> =>
    fc
      .boolean()
      .chain((nullable) => list(nullable ? fc.option(value) : value).map((values) => ({ type, nullable, values })))
      .map((field) => field as unknown as FieldValues);
  return fc.oneof(
    both('time', times.s).map((field) => ({ ...field, unit: 's' }) as FieldValues),
    both('time', times.ms).map((field) => ({ ...field, unit: 'ms' }) as FieldValues),
    both('float64', fc.double()),
    both('int64', wholeNumber),
    both('string', text),
    both('boolean', fc.boolean()),
    both('json', json),
  );
}

const config = fc.record({ unit: fc.string(), displayName: text }, { requiredKeys: [] });
const arbitraryFrame: fc.Arbitrary<Frame> = rows
  .chain((length) =>
    fc.record(
      {
        name: text,
        refId: text,
        fields: fc.array(
          fc.record(
            {
              column: column(length),
              name: fc.string({ minLength: 1 }),
              labels: fc.dictionary(fc.string(), text),
              config,
            },
            { requiredKeys: ['column', 'name'] },
          ),
          { maxLength: 6 },
        ),
        meta: fc.constant({ type: 'numeric-long' as const, typeVersion: [0, 1] as const }),
      },
      { requiredKeys: ['name', 'fields'] },
    ),
  )
  .map(({ fields, ...frame }) => ({
    ...frame,
    fields: fields.map(({ column: values, ...rest }): FrameField => ({ ...rest, ...values })),
  }));

const TYPES = {
  time: TimestampNanosecond,
  float64: Float64,
  int64: Int64,
  string: Utf8,
  boolean: Bool,
  json: Binary,
} as const;

test('what is decoded is what was encoded, in the types that Grafana takes', () => {
  fc.assert(
    fc.property(arbitraryFrame, (frame) => {
      const bytes = encodeFrame(frame);
      const table = tableFromIPC(bytes);
      // As it is in the file: the schema of a table takes fields of one name for one.
      const { schema } = RecordBatchReader.from(bytes).open();
      expect(schema.metadata.get('name')).toBe(frame.name);
      expect(schema.metadata.get('refId')).toBe(frame.refId ?? '');
      expect(JSON.parse(schema.metadata.get('meta') ?? 'null')).toEqual(frame.meta ?? null);
      expect(schema.fields.map(({ name, nullable }) => [name, nullable])).toEqual(
        frame.fields.map(({ name, nullable }) => [name, nullable === true]),
      );
      frame.fields.forEach((field, index) => {
        const { type, metadata } = schema.fields[index]!;
        expect(type.toString()).toBe(new TYPES[field.type]().toString());
        expect(JSON.parse(metadata.get('labels') ?? 'null')).toEqual(field.labels ?? null);
        expect(JSON.parse(metadata.get('config') ?? 'null')).toEqual(field.config ?? null);
        const vector = table.getChildAt(index)!;
        const scale = field.type === 'time' && field.unit === 's' ? 1000 : 1;
        const expected = Array.from<JsonValue>(field.values as ArrayLike<JsonValue>);
        expect(decode(vector, field.type)).toEqual(
          field.type === 'time' ? expected.map((time) => (time === null ? null : Number(time) * scale)) : expected,
        );
        // A JSON null of a column that has no nulls is a value.
        expect(vector.nullCount).toBe(field.nullable ? expected.filter((value) => value === null).length : 0);
      });
    }),
    { numRuns: 300 },
  );
});

test('the bytes are an Arrow file without dictionaries, in one batch', () => {
  const bytes = encodeFrame({ name: 'a', fields: [{ name: 'b', type: 'string', values: ['x', 'x'] }] });
  expect(decoder.decode(bytes.subarray(0, 6))).toBe('ARROW1');
  expect(decoder.decode(bytes.subarray(-6))).toBe('ARROW1');
  expect(tableFromIPC(bytes).batches).toHaveLength(1);
});

describe('frames at the edges', () => {
  test.each<[string, Frame, number, number]>([
    ['no fields', { name: 'none', fields: [], meta: { type: 'numeric-long', typeVersion: [0, 1] } }, 0, 0],
    [
      'no rows',
      {
        name: 'empty',
        fields: [
          { name: 't', type: 'time', unit: 's', values: [] },
          { name: 's', type: 'string', nullable: true, values: [] },
        ],
      },
      2,
      0,
    ],
    ['only nulls', { name: 'nulls', fields: [{ name: 'b', type: 'boolean', nullable: true, values: [null] }] }, 1, 1],
  ])('%s', (_, frame, fieldCount, rowCount) => {
    const table = tableFromIPC(encodeFrame(frame));
    expect([table.numCols, table.numRows]).toEqual([fieldCount, rowCount]);
    expect(table.schema.metadata.get('name')).toBe(frame.name);
  });

  test('ten thousand texts, of which one is not ASCII and two are halves of a pair', () => {
    const values = Array.from({ length: 10_000 }, (_, row) => `10.0.${row >> 8}.${row & 255}`);
    values[5000] = 'zurück';
    values[7000] = '\ud83d';
    values[7001] = '\ude00';
    const vector = tableFromIPC(encodeFrame({ name: '', fields: [{ name: 's', type: 'string', values }] })).getChildAt(
      0,
    )!;
    const expected = values.map((value) => (/\p{Surrogate}/u.test(value) ? '\ufffd' : value));
    expect(Array.from({ length: vector.length }, (_, row) => vector.get(row) as string)).toEqual(expected);
  });

  test('typed arrays are read as they are', () => {
    const values = Float64Array.of(1.5, NaN, Infinity, 2 ** 53, -0);
    const vector = tableFromIPC(encodeFrame({ name: '', fields: [{ name: 'f', type: 'float64', values }] })).getChildAt(
      0,
    )!;
    expect(vector.toArray()).toEqual(values);
  });

  test('fields of one name keep their types, nullability and labels', () => {
    const fields: FrameField[] = [
      { name: 'start', type: 'string', nullable: true, values: ['5'] },
      { name: 'start', type: 'time', unit: 's', values: [5] },
      { name: 'bytes', type: 'float64', values: [1], labels: { action: 'ACCEPT' } },
      { name: 'bytes', type: 'float64', nullable: true, values: [null], labels: { action: 'REJECT' } },
    ];
    const bytes = encodeFrame({ name: '', fields });
    // A table would take them for one field again.
    const { schema } = RecordBatchReader.from(bytes).open();
    expect(schema.fields.map(({ name, nullable, metadata }) => [name, nullable, metadata.get('labels')])).toEqual([
      ['start', true, undefined],
      ['start', false, undefined],
      ['bytes', false, '{"action":"ACCEPT"}'],
      ['bytes', true, '{"action":"REJECT"}'],
    ]);
    const table = tableFromIPC(bytes);
    expect(fields.map(({ type }, index) => decode(table.getChildAt(index)!, type))).toEqual([
      ['5'],
      [5000],
      [1],
      [null],
    ]);
  });

  test('fields of different length are an error of ours', () => {
    const fields: FrameField[] = [
      { name: 'a', type: 'int64', values: [1] },
      { name: 'b', type: 'int64', values: [] },
    ];
    expect(() => encodeFrame({ name: 'f', fields })).toThrow('field b of frame f has 0 values, others 1');
  });
});
