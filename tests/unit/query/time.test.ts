import fc from 'fast-check';
import { FlowError } from '../../../src/errors';
import {
  bucketStarts,
  bucketStartSec,
  chooseBucketSec,
  MAX_BUCKETS,
  parseDuration,
  parseRfc3339,
  parseTime,
} from '../../../src/query/time';

/** A Thursday. */
const NOW = '2026-03-05T10:20:30.456Z';
const nowMs = Date.parse(NOW);

describe('parseTime', () => {
  test.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31t12:00:00z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31 12:00:00.5Z', '2026-01-31T12:00:00.500Z'],
    ['2026-01-31T12:00:00.123456789Z', '2026-01-31T12:00:00.123Z'],
    ['2026-01-31T12:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00+05:30', '2026-01-31T06:30:00.000Z'],
    ['2026-01-31T23:00:00-02:00', '2026-02-01T01:00:00.000Z'],
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['0', '1970-01-01T00:00:00.000Z'],
    ['1769860800', '2026-01-31T12:00:00.000Z'],
    ['1769860800123', '2026-01-31T12:00:00.123Z'],
    ['99999999999', '5138-11-16T09:46:39.000Z'],
    ['100000000000', '1973-03-03T09:46:40.000Z'],
    [' now ', NOW],
    ['now-1h', '2026-03-05T09:20:30.456Z'],
    ['now+90s', '2026-03-05T10:22:00.456Z'],
    ['now-15m', '2026-03-05T10:05:30.456Z'],
    ['now-2d', '2026-03-03T10:20:30.456Z'],
    ['now-1w', '2026-02-26T10:20:30.456Z'],
    ['now-1M', '2026-02-05T10:20:30.456Z'],
    ['now-15M', '2024-12-05T10:20:30.456Z'],
    ['now-2y', '2024-03-05T10:20:30.456Z'],
    ['now/s', '2026-03-05T10:20:30.000Z'],
    ['now/m', '2026-03-05T10:20:00.000Z'],
    ['now/h', '2026-03-05T10:00:00.000Z'],
    ['now/d', '2026-03-05T00:00:00.000Z'],
    ['now/w', '2026-03-02T00:00:00.000Z'],
    ['now-4d/w', '2026-02-23T00:00:00.000Z'],
    ['now-3d/w', '2026-03-02T00:00:00.000Z'],
    ['now/M', '2026-03-01T00:00:00.000Z'],
    ['now/y', '2026-01-01T00:00:00.000Z'],
    ['now-1d/d', '2026-03-04T00:00:00.000Z'],
    ['now/d+8h', '2026-03-05T08:00:00.000Z'],
    ['now-1d/d-1h+1m', '2026-03-03T23:01:00.000Z'],
  ])('%s is %s', (text, iso) => {
    expect(new Date(parseTime(text, nowMs)).toISOString()).toBe(iso);
  });

  test('months end where the calendar says', () => {
    const march31Ms = Date.parse('2026-03-31T10:00:00Z');
    expect(new Date(parseTime('now-1M', march31Ms)).toISOString()).toBe('2026-02-28T10:00:00.000Z');
    expect(new Date(parseTime('now-25M', march31Ms)).toISOString()).toBe('2024-02-29T10:00:00.000Z');
    expect(new Date(parseTime('now-1y', Date.parse('2024-02-29T01:00:00Z'))).toISOString()).toBe(
      '2023-02-28T01:00:00.000Z',
    );
  });

  test.each([
    [''],
    ['yesterday'],
    ['2026-02-29'],
    ['2026-13-01'],
    ['2026-00-01'],
    ['2026-01-00'],
    ['2026-01-31T24:00:00Z'],
    ['2026-01-31T12:60:00Z'],
    ['2026-01-31T12:00:60Z'],
    ['2026-01-31T12:00:00'],
    ['2026-01-31T12:00:00+24:00'],
    ['2026-01-31T12:00:00+01:60'],
    ['1969-12-31'],
    ['1970-01-01T00:00:00+01:00'],
    ['-1'],
    ['1.5'],
    ['99999999999999999'],
    ['9000000000000000'],
    ['now-'],
    ['now-1'],
    ['now-1x'],
    ['now - 1h'],
    ['now-1h/'],
    ['now-100y'],
    ['now+999999999y'],
    ['Now'],
    ['now-1h'.repeat(2)],
  ])('refuses %j and says what is accepted', (text) => {
    expect(() => parseTime(text, nowMs)).toThrow(
      expect.objectContaining({
        code: 'bad-query',
        message: expect.stringMatching(/^cannot read time ".*": expected RFC 3339/),
      }),
    );
  });

  test('reads back every time that a Date prints', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }),
        (date) => {
          expect(parseRfc3339(date.toISOString())).toBe(date.getTime());
        },
      ),
    );
  });

  test('refuses anything else as bad-query', () => {
    const piece = fc.constantFrom('now', '-', '+', '/', '1', '99', 's', 'd', 'M', 'y', 'T', ':', 'Z', '2026', '.');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 12 }).map((all) => all.join('')),
        ),
        (text) => {
          try {
            expect(Number.isInteger(parseTime(text, nowMs))).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(FlowError);
            expect((error as FlowError).code).toBe('bad-query');
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('parseDuration', () => {
  test.each([
    ['90', 90],
    ['0', 0],
    ['5m', 300],
    ['1h30m', 5400],
    ['1d', 86400],
    ['2w', 1209600],
    [' 10s ', 10],
    ['1h1h', 7200],
  ])('%s is %d s', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  test.each([[''], ['m'], ['5'.repeat(20)], ['1.5h'], ['-5m'], ['1h 30m'], ['5M'], ['1y'], ['5ms'], ['1h30']])(
    'refuses %j',
    (text) => {
      expect(() => parseDuration(text)).toThrow(
        expect.objectContaining({ code: 'bad-query', message: expect.stringContaining('cannot read duration') }),
      );
    },
  );
});

describe('buckets', () => {
  test.each([
    [0, 60, 0],
    [59, 60, 0],
    [60, 60, 60],
    [1769860859, 300, 1769860800],
    [1769860859.999, 60, 1769860800],
  ])('second %d with step %d is in the bucket from %d', (timeSec, bucketSec, startSec) => {
    expect(bucketStartSec(timeSec, bucketSec)).toBe(startSec);
  });

  test.each([
    [{ fromMs: 0, toMs: 120_000 }, 60, [0, 60]],
    [{ fromMs: 0, toMs: 120_001 }, 60, [0, 60, 120]],
    [{ fromMs: 59_999, toMs: 60_000 }, 60, [0]],
    [{ fromMs: 59_999, toMs: 60_001 }, 60, [0, 60]],
    [{ fromMs: 60_000, toMs: 60_001 }, 60, [60]],
    [{ fromMs: 60_000, toMs: 60_000 }, 60, []],
    [{ fromMs: 100_000_000, toMs: 100_600_000 }, 300, [99_900, 100_200, 100_500]],
  ])('%j in steps of %d s: %j', (range, bucketSec, starts) => {
    expect(bucketStarts(range, bucketSec)).toEqual(starts);
  });

  test('are exactly those that hold a millisecond of the range', () => {
    fc.assert(
      fc.property(
        fc.nat(4e6),
        fc.integer({ min: 1, max: 4e5 }),
        fc.integer({ min: 1, max: 1000 }),
        (fromMs, lengthMs, bucketSec) => {
          const toMs = fromMs + lengthMs;
          const starts = bucketStarts({ fromMs, toMs }, bucketSec);
          const touched: number[] = [];
          for (let startSec = 0; startSec * 1000 < toMs; startSec += bucketSec) {
            if ((startSec + bucketSec) * 1000 > fromMs) {
              touched.push(startSec);
            }
          }
          expect(starts).toEqual(touched);
        },
      ),
    );
  });

  test('too many are over the limit, before any is made', () => {
    const range = { fromMs: 0, toMs: MAX_BUCKETS * 1000 };
    expect(bucketStarts(range, 1)).toHaveLength(MAX_BUCKETS);
    expect(() => bucketStarts({ ...range, toMs: range.toMs + 1 }, 1)).toThrow(
      expect.objectContaining({
        code: 'over-limit',
        message: 'cannot split 11001 s into buckets of 1 s: they would be 11001, more than 11000',
        fields: { bucketCount: 11001, bucketSec: 1, limit: 11000 },
      }),
    );
    expect(() => bucketStarts({ fromMs: 0, toMs: 8.64e15 }, 1)).toThrow(
      expect.objectContaining({ code: 'over-limit' }),
    );
  });
});

describe('chooseBucketSec', () => {
  const hours = (count: number) => ({ fromMs: 1000, toMs: 1000 + count * 3_600_000 });
  test.each([
    [1, 500, 60],
    [1, 60, 60],
    [1, 59, 300],
    [6, 500, 60],
    [24, 500, 300],
    [24, 100, 900],
    [7 * 24, 500, 1800],
    [30 * 24, 500, 7200],
    [365 * 24, 500, 86400],
    [365 * 24, 1, 390 * 86400],
    [24, 0, 86400],
    [24, 1.9, 86400],
  ])('%d h at %d points: %d s', (count, maxPoints, bucketSec) => {
    expect(chooseBucketSec(hours(count), maxPoints)).toBe(bucketSec);
  });

  test('gives no more than the points, one more where the range is not aligned', () => {
    fc.assert(
      fc.property(
        fc.nat(2e12),
        fc.integer({ min: 1, max: 3e10 }),
        fc.integer({ min: 1, max: 2000 }),
        (fromMs, lengthMs, maxPoints) => {
          const range = { fromMs, toMs: fromMs + lengthMs };
          const bucketSec = chooseBucketSec(range, maxPoints);
          expect(bucketStarts(range, bucketSec).length).toBeLessThanOrEqual(maxPoints + 1);
          expect(chooseBucketSec({ fromMs: 0, toMs: lengthMs }, maxPoints)).toBe(bucketSec);
        },
      ),
    );
  });
});
