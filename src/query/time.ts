/**
 * Times and durations as people write them, and the time buckets of a series. All rounding is in UTC and buckets are
 * aligned to the epoch, so that two queries with one step have the same buckets whatever their ranges.
 */
import { FlowError } from '../errors';
import type { TimeRange } from './model';

/** Most buckets that `bucketStarts` makes: more is a step chosen by mistake, and more points than any panel draws. */
export const MAX_BUCKETS = 11_000;

/** The last millisecond that a `Date` can hold. */
export const MAX_TIME_MS = 8.64e15;

const MINUTE_SEC = 60;
const HOUR_SEC = 3600;
const DAY_SEC = 86_400;
const UNIT_SEC: Readonly<Record<string, number>> = {
  s: 1,
  m: MINUTE_SEC,
  h: HOUR_SEC,
  d: DAY_SEC,
  w: 7 * DAY_SEC,
};

/** Steps that `chooseBucketSec` picks from; beyond them, multiples of the last. */
const NICE_STEPS_SEC: readonly number[] = [
  ...[1, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_SEC),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_SEC),
  ...[1, 2, 5, 10, 30].map((days) => days * DAY_SEC),
];

/** Digits below it are Unix seconds (until the year 5138), others Unix milliseconds (from March 1973). */
const FIRST_MILLISECONDS = 1e11;

const RELATIVE = /^now(?:[+-]\d{1,9}[smhdwMy]|\/[smhdwMy])*$/;
const RELATIVE_STEP = /([+-]\d+|\/)([smhdwMy])/g;
const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?([Zz]|[+-]\d\d:\d\d))?$/;

/**
 * A moment in Unix milliseconds from text: RFC 3339 with `Z` or an offset (seconds may be left out), a date (midnight
 * UTC), digits (Unix seconds, or milliseconds from 10¹¹ on), or as in Grafana `now` followed by steps that apply from
 * left to right: `-6h` and `+30m` move it, `/d` rounds it down. Units are s m h d w M y; a week begins on Monday, and
 * months and years keep to the calendar (31 March less a month is the end of February). Moments before 1970 are refused.
 */
export function parseTime(text: string, nowMs: number): number {
  const trimmed = text.trim();
  const timeMs = parseDigits(trimmed) ?? parseRfc3339(trimmed) ?? parseRelative(trimmed, nowMs);
  if (timeMs === undefined || !(timeMs >= 0 && timeMs <= MAX_TIME_MS)) {
    throw new FlowError(
      'bad-query',
      `cannot read time ${quoteShort(text)}: expected RFC 3339 such as 2026-01-31T12:00:00Z or 2026-01-31, Unix seconds ` +
        `or milliseconds, or a time such as now, now-6h or now-1d/d (units s m h d w M y), from 1970 on`,
      { fields: { found: text } },
    );
  }
  return timeMs;
}

/**
 * Unix milliseconds of an RFC 3339 time or a date (midnight UTC), or `undefined` if the text is neither or names a
 * moment that the calendar lacks. Digits beyond the millisecond are cut off; leap seconds are refused.
 */
export function parseRfc3339(text: string): number | undefined {
  const match = RFC_3339.exec(text);
  if (!match) {
    return undefined;
  }
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part = '0') => Number(part)) as TimeParts;
  const milliseconds = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const offsetMinutes = parseOffset(match[8]);
  if (
    year < 1970 ||
    month < 1 ||
    month > 12 ||
    day < 1 ||
    day > daysInMonth(year, month - 1) ||
    hour > 23 ||
    minute > 59 ||
    second > 59 ||
    offsetMinutes === undefined
  ) {
    return undefined;
  }
  return Date.UTC(year, month - 1, day, hour, minute, second, milliseconds) - offsetMinutes * 60_000;
}

/** Seconds from text: digits are seconds; else numbers with units s m h d w that add up, as in `1h30m`. */
export function parseDuration(text: string): number {
  const trimmed = text.trim();
  let seconds = Number.NaN;
  if (/^\d+$/.test(trimmed)) {
    seconds = Number(trimmed);
  } else if (/^(?:\d+[smhdw])+$/.test(trimmed)) {
    seconds = 0;
    for (const [, count, unit] of trimmed.matchAll(/(\d+)([smhdw])/g)) {
      seconds += Number(count) * UNIT_SEC[unit!]!;
    }
  }
  if (!Number.isSafeInteger(seconds)) {
    throw new FlowError(
      'bad-query',
      `cannot read duration ${quoteShort(text)}: expected seconds, or numbers with units such as 90s, 5m or 1h30m ` +
        `(s m h d w)`,
      { fields: { found: text } },
    );
  }
  return seconds;
}

/** The start of the bucket that holds a moment; both in Unix seconds, the bucket `[start, start + bucketSec)`. */
export function bucketStartSec(timeSec: number, bucketSec: number): number {
  return Math.floor(timeSec / bucketSec) * bucketSec;
}

/**
 * The starts, in Unix seconds and ascending, of the buckets that cover a range: the first one holds its first
 * millisecond, the last one its last. An empty range has none. More than `MAX_BUCKETS` are an `over-limit` error.
 */
export function bucketStarts({ fromMs, toMs }: TimeRange, bucketSec: number): number[] {
  if (toMs <= fromMs) {
    return [];
  }
  const firstSec = bucketStartSec(fromMs / 1000, bucketSec);
  const lastSec = bucketStartSec((toMs - 1) / 1000, bucketSec);
  const bucketCount = (lastSec - firstSec) / bucketSec + 1;
  if (bucketCount > MAX_BUCKETS) {
    throw new FlowError(
      'over-limit',
      `cannot split ${Math.ceil((toMs - fromMs) / 1000)} s into buckets of ${bucketSec} s: they would be ` +
        `${bucketCount}, more than ${MAX_BUCKETS}`,
      { fields: { bucketCount, bucketSec, limit: MAX_BUCKETS } },
    );
  }
  return Array.from({ length: bucketCount }, (_, i) => firstSec + i * bucketSec);
}

/**
 * The shortest nice step, in seconds, of which the range is at most `maxPoints` long (alignment may add one bucket). It
 * depends on the range's length only, so that a panel keeps its step from refresh to refresh. Never below 60 s, the
 * shortest aggregation interval of a flow log.
 */
export function chooseBucketSec({ fromMs, toMs }: TimeRange, maxPoints: number): number {
  const leastSec = (toMs - fromMs) / 1000 / Math.max(1, Math.floor(maxPoints));
  const longestSec = NICE_STEPS_SEC.at(-1)!;
  return NICE_STEPS_SEC.find((step) => step >= leastSec) ?? Math.ceil(leastSec / longestSec) * longestSec;
}

type TimeParts = [year: number, month: number, day: number, hour: number, minute: number, second: number];

function parseDigits(text: string): number | undefined {
  if (!/^\d{1,16}$/.test(text)) {
    return undefined;
  }
  const number = Number(text);
  return number < FIRST_MILLISECONDS ? number * 1000 : number;
}

/** Minutes east of UTC; a date alone has no offset and is taken for UTC. */
function parseOffset(text = 'Z'): number | undefined {
  if (text.toUpperCase() === 'Z') {
    return 0;
  }
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(4));
  return hours > 23 || minutes > 59 ? undefined : (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

function parseRelative(text: string, nowMs: number): number | undefined {
  if (!RELATIVE.test(text)) {
    return undefined;
  }
  let timeMs = nowMs;
  for (const [, count, unit] of text.matchAll(RELATIVE_STEP)) {
    timeMs = count === '/' ? roundDown(timeMs, unit!) : move(timeMs, Number(count), unit!);
  }
  return timeMs;
}

function move(timeMs: number, count: number, unit: string): number {
  switch (unit) {
    case 'M':
      return moveMonths(timeMs, count);
    case 'y':
      return moveMonths(timeMs, 12 * count);
    default:
      return timeMs + count * UNIT_SEC[unit]! * 1000;
  }
}

/** A day that the new month lacks becomes its last one. `NaN` beyond the dates that exist. */
function moveMonths(timeMs: number, count: number): number {
  const date = new Date(timeMs);
  const firstOfMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + count, 1));
  const day = Math.min(date.getUTCDate(), daysInMonth(firstOfMonth.getUTCFullYear(), firstOfMonth.getUTCMonth()));
  const timeOfDayMs = timeMs - roundDown(timeMs, 'd');
  return firstOfMonth.getTime() + (day - 1) * DAY_SEC * 1000 + timeOfDayMs;
}

function roundDown(timeMs: number, unit: string): number {
  const date = new Date(timeMs);
  switch (unit) {
    case 'M':
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
    case 'y':
      return Date.UTC(date.getUTCFullYear(), 0, 1);
    case 'w': {
      // The epoch is a Thursday: Mondays are those days whose number leaves 4 when divided by 7.
      const mondayMs = 4 * DAY_SEC * 1000;
      return Math.floor((timeMs - mondayMs) / (UNIT_SEC.w! * 1000)) * UNIT_SEC.w! * 1000 + mondayMs;
    }
    default:
      return Math.floor(timeMs / (UNIT_SEC[unit]! * 1000)) * UNIT_SEC[unit]! * 1000;
  }
}

function daysInMonth(year: number, monthIndex: number): number {
  return new Date(Date.UTC(year, monthIndex + 1, 0)).getUTCDate();
}

function quoteShort(text: string): string {
  return `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`;
}
