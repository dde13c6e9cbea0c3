/** Columns as bytes: whatever numbers they hold, they come back bit by bit, and small ones take little room. */
import fc from 'fast-check';
import { decodeColumns, encodeColumns } from '../../../src/scan/column-codec';

/** As text: arrays in shared memory are of another kind to `toEqual`, and −0 and NaN are told apart by their bits. */
function comparable(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (ArrayBuffer.isView(member)) {
      const bytes = Buffer.from(new Uint8Array(member.buffer, member.byteOffset, member.byteLength));
      return `${member[Symbol.toStringTag as never] as string} ${bytes.toString('hex')}`;
    }
    return typeof member === 'number' ? `number ${Object.is(member, -0) ? '-0' : String(member)}` : member;
  });
}

const roundTrip = (value: unknown): unknown => decodeColumns(encodeColumns(value).bytes, 2 ** 20);

const numbers = fc.oneof(
  fc.integer({ min: -1, max: 300 }),
  fc.integer({ min: 1_700_000_000, max: 1_700_000_300 }),
  fc.integer({ min: 0, max: 2 ** 33 }),
);
const columns = fc.oneof(
  fc.array(numbers).map((values) => Float64Array.from(values)),
  fc
    .array(fc.oneof({ weight: 9, arbitrary: numbers }, { weight: 1, arbitrary: fc.double() }))
    .map((values) => Float64Array.from(values)),
  fc.array(fc.constantFrom(-0, 0, 1)).map((values) => Float64Array.from(values)),
  fc.array(fc.constantFrom(Infinity, -Infinity, NaN, 2 ** 53, -(2 ** 53))).map((values) => Float64Array.from(values)),
  fc.array(fc.oneof(fc.nat(300), fc.nat(70_000), fc.constant(0xffffffff))).map((values) => Uint32Array.from(values)),
  fc.array(fc.integer({ min: 0, max: 0xffffffff })).map((values) => Uint32Array.from(values)),
  fc.array(fc.constantFrom(0, 0xfffffffe, 0xffffffff)).map((values) => Uint32Array.from(values)),
  fc.array(fc.nat(255)).map((values) => Uint8Array.from(values)),
  fc.array(fc.constantFrom(4)).map((values) => Uint8Array.from(values)),
);

test('any columns amid any data come back as they were', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          name: fc.string({ unit: 'grapheme' }),
          values: columns,
          last: fc.constantFrom(-Infinity, Infinity, 5),
        }),
      ),
      (value) => {
        expect(comparable(roundTrip(value))).toBe(comparable(value));
      },
    ),
    { numRuns: 2000 },
  );
});

test('columns lie in one block of shared memory', () => {
  const { a, b } = roundTrip({ a: Uint32Array.of(1, 2, 70_000), b: Float64Array.of(0.5) }) as {
    a: Uint32Array;
    b: Float64Array;
  };
  expect(Object.prototype.toString.call(a.buffer)).toBe('[object SharedArrayBuffer]');
  expect(b.buffer).toBe(a.buffer);
});

test.each([
  ['equal values', new Float64Array(1000).fill(1_700_000_000), 0],
  ['times of some minutes', Float64Array.from({ length: 1000 }, (_, i) => 1_700_000_000 + (i % 256)), 1],
  ['ports, some missing', Uint32Array.from({ length: 1000 }, (_, i) => (i % 10 ? i * 60 : 0xffffffff)), 2],
  ['addresses', Uint32Array.from({ length: 1000 }, (_, i) => i * 4_000_000), 4],
  ['fractions', Float64Array.from({ length: 1000 }, (_, i) => i / 3), 8],
])('%s take %#: so many bytes each', (_, column, width) => {
  const { bytes, columnBytes } = encodeColumns(column);
  expect(bytes.length - 1000 * width).toBeLessThan(80);
  expect(columnBytes).toBe(column.byteLength);
});

test('columns that would take too much memory are refused before it is taken', () => {
  const { bytes } = encodeColumns(new Float64Array(1000).fill(7));
  expect(() => decodeColumns(bytes, 7999)).toThrow('8000 bytes');
});
