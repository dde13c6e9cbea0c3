/** The hybrid of runs and packed bits, read in whatever pieces. */
import fc from 'fast-check';
import { createHybridReader, greatestOf } from '../../../src/parquet/hybrid';

/** A run of one value, or numbers packed in groups of eight. */
type Run = { readonly value: number; readonly count: number } | { readonly packed: readonly number[] };

function encode(runs: readonly Run[], width: number): Uint8Array {
  const bytes: number[] = [];
  const varint = (value: number): void => {
    for (let rest = value; ; rest = Math.floor(rest / 128)) {
      bytes.push((rest % 128) + (rest >= 128 ? 128 : 0));
      if (rest < 128) {
        return;
      }
    }
  };
  for (const run of runs) {
    if ('packed' in run) {
      varint((run.packed.length / 8) * 2 + 1);
      const bits = run.packed.flatMap((number) => Array.from({ length: width }, (_, bit) => (number >> bit) & 1));
      for (let at = 0; at < bits.length; at += 8) {
        bytes.push(bits.slice(at, at + 8).reduce((byte, bit, place) => byte | (bit << place), 0));
      }
    } else {
      varint(run.count * 2);
      for (let shift = 0; shift < width; shift += 8) {
        bytes.push((run.value >> shift) & 255);
      }
    }
  }
  return Uint8Array.from(bytes);
}

const cases = fc.integer({ min: 0, max: 24 }).chain((width) => {
  const number = fc.nat(2 ** width - 1);
  const run = fc.oneof<fc.Arbitrary<Run>[]>(
    fc.record({ value: number, count: fc.integer({ min: 1, max: 300 }) }),
    fc
      .array(fc.array(number, { minLength: 8, maxLength: 8 }), { minLength: 1, maxLength: 4 })
      .map((groups) => ({ packed: groups.flat() })),
  );
  return fc.record({
    width: fc.constant(width),
    runs: fc.array(run, { minLength: 1, maxLength: 6 }),
    pieces: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
  });
});

test('gives what was written', () => {
  fc.assert(
    fc.property(cases, ({ width, runs, pieces }) => {
      const numbers = runs.flatMap((run) =>
        'packed' in run ? run.packed : Array.from({ length: run.count }, () => run.value),
      );
      const bytes = encode(runs, width);
      expect(greatestOf({ bytes, start: 0, end: bytes.length, width }, numbers.length)).toBe(Math.max(...numbers));
      expect(() => greatestOf({ bytes, start: 0, end: bytes.length, width }, numbers.length + 1)).toThrow(/ends too early/);
      const reader = createHybridReader({ bytes, start: 0, end: bytes.length, width });
      const read: number[] = [];
      for (let i = 0; read.length < numbers.length; i++) {
        const count = Math.min(pieces[i % pieces.length]!, numbers.length - read.length);
        const expected = numbers.slice(read.length, read.length + count);
        if (i % 3 === 2 && reader.passRun(expected[0]!, count)) {
          expect(new Set(expected)).toEqual(new Set([expected[0]]));
          read.push(...expected);
          continue;
        }
        const into = new Int32Array(count);
        reader.read(into, count, 5);
        read.push(...Array.from(into, (value) => value - 5));
      }
      expect(read).toEqual(numbers);
      expect(() => reader.read(new Int32Array(1), 1, 0)).toThrow(/ends too early/);
    }),
  );
});

test('a run that says it is longer than its page ends it', () => {
  expect(() =>
    createHybridReader({ bytes: Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 1), start: 0, end: 6, width: 3 }).read(
      new Int32Array(99),
      99,
      0,
    ),
  ).toThrow(/ends too early/);
});
