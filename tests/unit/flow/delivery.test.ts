import fc from 'fast-check';
import { createDelivery, DELIVERY_BIN_SEC, deliveryBytes, MAX_AGGREGATION_SEC } from '../../../src/flow/delivery';

const HOUR_START = '2026-01-15T10:00:00Z';
const ms = (time: string) => Date.parse(time);
/** `10:05` of the day. */
const at = (time: string) => ms(`2026-01-15T${time}:00Z`) / 1000;
const HOUR = {
  fromMs: ms(HOUR_START),
  toMs: ms('2026-01-15T11:00:00Z'),
  nowMs: ms('2026-01-15T12:00:00Z'),
  settleSec: 900,
};

function measure(times: readonly string[], span: Partial<typeof HOUR> = {}, maxStepSec?: number) {
  const delivery = createDelivery({ ...HOUR, ...span });
  for (const time of times) {
    delivery.add({ stampSec: at(time), sizeBytes: 10, modifiedMs: at(time) * 1000 + 480_000 });
  }
  return delivery.measure({ maxStepSec });
}

const EVERY_5 = [
  '10:00',
  '10:05',
  '10:10',
  '10:15',
  '10:20',
  '10:25',
  '10:30',
  '10:35',
  '10:40',
  '10:45',
  '10:50',
  '10:55',
];
const without = (...left: string[]) => EVERY_5.filter((time) => !left.includes(time));

test('a whole hour: sums, bounds, ages', () => {
  expect(measure([...EVERY_5, '10:05'])).toEqual({
    objects: 13,
    bytes: 130,
    oldestStampSec: at('10:00'),
    newestStampSec: at('10:55'),
    newestModifiedMs: at('11:03') * 1000,
    ageSec: 65 * 60,
    modifiedAgeSec: 57 * 60,
    stepSec: 300,
    longestGapSec: 300,
    missingBins: 0,
  });
});

test('nothing is as old as the range up to now, and misses every bin', () => {
  expect(measure([])).toEqual({ objects: 0, bytes: 0, ageSec: 7200, stepSec: 300, missingBins: 12 });
});

test.each<[what: string, times: readonly string[], step: number, gap: number | undefined, missing: number]>([
  ['one bin within', without('10:20'), 300, 600, 1],
  ['several within', without('10:20', '10:25', '10:45'), 300, 900, 3],
  ['the beginning', without('10:00', '10:05'), 300, 300, 2],
  ['the end', without('10:50', '10:55'), 300, 300, 2],
  ['all but one', ['10:30'], 300, undefined, 11],
  ['a step of ten minutes', ['10:00', '10:10', '10:20', '10:30', '10:40', '10:50'], 600, 600, 0],
  ['a step of ten minutes from another minute', ['10:05', '10:15', '10:25', '10:35', '10:45', '10:55'], 600, 600, 0],
  ['one of ten minutes', ['10:00', '10:10', '10:30', '10:40', '10:50'], 600, 1200, 1],
  ['one that came in the bin beside its own', ['10:00', '10:10', '10:25', '10:30', '10:40', '10:50'], 600, 900, 0],
  ['a rhythm that AWS does not have', ['10:00', '10:20', '10:40'], 600, 1200, 3],
])('missing: %s', (_, times, stepSec, longestGapSec, missingBins) => {
  const found = measure(times, {}, MAX_AGGREGATION_SEC);
  expect(found).toMatchObject({ stepSec, missingBins });
  expect(found.longestGapSec).toBe(longestGapSec);
});

test('any rhythm is a step where no longest one is given', () => {
  expect(measure(['10:00', '10:20', '10:40'])).toMatchObject({ stepSec: 1200, missingBins: 0 });
});

test('of equally common distances the shorter one is the step', () => {
  expect(measure(['10:00', '10:10', '10:15'])).toMatchObject({ stepSec: 300 });
});

test('bins that may still come, or are cut by the range, are not missed', () => {
  const nowMs = ms('2026-01-15T10:34:59Z');
  // At 10:34:59 the bin that ended at 10:15 is due and the one that ended at 10:20 is not.
  expect(measure(['10:00', '10:05'], { nowMs })).toMatchObject({ missingBins: 1 });
  expect(measure(['10:00', '10:05', '10:10'], { nowMs })).toMatchObject({ missingBins: 0 });
  expect(measure(['10:00', '10:05'], { nowMs, settleSec: 0 })).toMatchObject({ missingBins: 4 });
  expect(measure([], { fromMs: ms('2026-01-15T10:02:00Z'), toMs: ms('2026-01-15T10:14:00Z') })).toMatchObject({
    missingBins: 1,
  });
});

test('an object outside the range counts for its age only', () => {
  const delivery = createDelivery(HOUR);
  expect(delivery.add({ stampSec: at('09:55'), sizeBytes: 10, modifiedMs: 0 })).toBe(false);
  expect(delivery.add({ stampSec: at('11:00'), sizeBytes: 10, modifiedMs: 0 })).toBe(false);
  expect(delivery.measure()).toMatchObject({ objects: 0, bytes: 0, ageSec: 3600, missingBins: 12 });
});

test('a clock that is behind gives no negative age', () => {
  expect(measure(['10:55'], { nowMs: ms('2026-01-15T10:50:00Z') })).toMatchObject({ ageSec: 0, modifiedAgeSec: 0 });
});

test('with objects in steps of a bin every empty due bin is missed, in whatever order they come', () => {
  const span = fc.record({
    fromMs: fc.integer({ min: 0, max: 1e7 }),
    lengthMs: fc.integer({ min: 1, max: 3e7 }),
    nowMs: fc.integer({ min: 0, max: 5e7 }),
    settleSec: fc.nat(2000),
  });
  fc.assert(
    fc.property(span, fc.array(fc.nat(150), { maxLength: 80 }), ({ lengthMs, ...rest }, bins) => {
      const within = { ...rest, toMs: rest.fromMs + lengthMs };
      const { fromMs, toMs, nowMs, settleSec } = within;
      const results = [bins, [...bins].reverse()].map((order) => {
        const delivery = createDelivery(within);
        order.forEach((bin) => delivery.add({ stampSec: bin * DELIVERY_BIN_SEC, sizeBytes: 1, modifiedMs: bin }));
        return delivery.measure({ maxStepSec: DELIVERY_BIN_SEC });
      });
      expect(results[1]).toEqual(results[0]);
      const binMs = DELIVERY_BIN_SEC * 1000;
      let missing = 0;
      for (let startMs = 0; startMs < toMs; startMs += binMs) {
        const isDue = startMs >= fromMs && startMs + binMs <= Math.min(toMs, nowMs - settleSec * 1000);
        missing += Number(isDue && !bins.includes(startMs / binMs));
      }
      expect(results[0]!.missingBins).toBe(missing);
      const isTouched = (bin: number) => bin * binMs + binMs > fromMs && bin * binMs < toMs;
      expect(results[0]!.objects).toBe(bins.filter(isTouched).length);
    }),
  );
});

test('a year of bins is 13 kB', () => {
  expect(deliveryBytes({ fromMs: 0, toMs: 365 * 86_400_000 })).toBe(13_140);
});
