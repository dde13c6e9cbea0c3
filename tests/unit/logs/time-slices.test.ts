import fc from 'fast-check';
import { cutTimeSlices, keyOfSlice, sliceOfKey } from '../../../src/logs/time-slices';

const at = (time: string) => Date.parse(`2026-01-15T${time}Z`);

test('slices begin at whole steps, whatever the range', () => {
  const spans = (from: string, to: string) =>
    cutTimeSlices({ fromMs: at(from), toMs: at(to) }, 6).map(({ fromMs, toMs }) =>
      [fromMs, toMs].map((ms) => new Date(ms).toISOString().slice(11, 19)).join(' '),
    );
  expect(spans('09:53:20', '10:35:00')).toEqual([
    '09:53:20 10:00:00',
    '10:00:00 10:10:00',
    '10:10:00 10:20:00',
    '10:20:00 10:30:00',
    '10:30:00 10:35:00',
  ]);
  // A range that moves shares the middle ones.
  expect(spans('09:54:20', '10:36:00').slice(1, 4)).toEqual(spans('09:53:20', '10:35:00').slice(1, 4));
});

test('slices are the range, without gap or overlap, and few', () => {
  const start = fc.integer({ min: 0, max: 2e12 });
  const length = fc.integer({ min: 0, max: 4e10 });
  fc.assert(
    fc.property(start, length, fc.integer({ min: 1, max: 400 }), (fromMs, lengthMs, maxSlices) => {
      const toMs = fromMs + lengthMs;
      const slices = cutTimeSlices({ fromMs, toMs }, maxSlices);
      let reached = fromMs;
      for (const slice of slices) {
        expect(slice.fromMs).toBe(reached);
        expect(slice.toMs).toBeGreaterThan(slice.fromMs);
        reached = slice.toMs;
      }
      expect(reached).toBe(toMs);
      expect(slices.length).toBeLessThanOrEqual(maxSlices + 2);
    }),
  );
});

test.each([
  ['/vpc/flow', { fromMs: at('10:00:00'), toMs: at('10:05:00') }],
  ['a', { fromMs: at('10:00:00') + 1, toMs: at('10:05:00'), pattern: '[c1, c2 = "x y" || c2 = "-"]' }],
])('the key of a slice of %s tells all of it', (group, slice) => {
  expect(sliceOfKey(group, keyOfSlice(group, slice))).toEqual(slice);
});

test.each([
  '',
  'vpc-flow',
  'other 2026-01-15T10:00:00.000Z/2026-01-15T10:05:00.000Z',
  'flow x/y',
  'flow 2026-01-15T10:05:00Z/2026-01-15T10:00:00Z',
])('%j is no key of the group flow', (key) => {
  expect(() => sliceOfKey('flow', key)).toThrow(/cannot read .*: it is no time slice of the log group flow/);
});
