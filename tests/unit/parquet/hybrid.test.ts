/** The hybrid of runs and packed bits, read in whatever pieces. */
import fc from 'fast-check';
import { createDigester } from '../../../src/digest/digester';
import { createHybridReader, greatestOf } from '../../../src/parquet/hybrid';
import { planOf } from '../digest/digest-text';
import { encodeRuns, type Run } from './make-pages';

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
      const bytes = encodeRuns(runs, width);
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

test('the greatest number, and bytes that end too early, as the kernel and others find them', () => {
  const byKernel = createDigester(planOf()).findGreatest!;
  expect(createDigester(planOf(), { engine: 'scanner' }).findGreatest).toBeUndefined();
  fc.assert(
    fc.property(cases, fc.nat(40), fc.nat(400), ({ width, runs }, cut, more) => {
      const numbers = runs.flatMap((run) =>
        'packed' in run ? run.packed : Array.from({ length: run.count }, () => run.value),
      );
      const bytes = Buffer.concat([Uint8Array.of(255, 255), encodeRuns(runs, width)]);
      const packed = { bytes, start: 2, end: bytes.length, width };
      expect(byKernel(packed, numbers.length)).toBe(Math.max(...numbers));
      for (const [own, count] of [
        [packed, more],
        [{ ...packed, end: Math.max(2, bytes.length - cut) }, numbers.length],
      ] as const) {
        let expected: number | undefined;
        try {
          expected = greatestOf(own, count);
          expect(expected).toBe(count === 0 ? -1 : Math.max(...numbers.slice(0, count)));
        } catch {
          expected = undefined;
        }
        expect(byKernel(own, count)).toBe(expected);
      }
    }),
  );
});

test('a run of a number that has more bits than it may', () => {
  const packed = { bytes: Uint8Array.of(4, 1, 4, 2), start: 0, end: 4, width: 1 };
  const byKernel = createDigester(planOf()).findGreatest!;
  expect(byKernel(packed, 2)).toBe(1);
  expect(byKernel(packed, 3)).toBeUndefined();
  expect(greatestOf(packed, 2)).toBe(1);
  expect(() => greatestOf(packed, 3)).toThrow(/more than 1 bits/);
});
