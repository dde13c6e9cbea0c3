/**
 * The answer to an events query: moments at which something changed, as marks on a time axis. Which moments those are is
 * decided per group and from its own buckets only, so one group's events do not depend on what the others did.
 */
import { measureValues, MISSING, type Digest } from '../digest/digest';
import { FlowError } from '../errors';
import type { EventsQuery, Measure } from '../query/model';
import { describeEvent } from './describe-event';
import { createRowOrder, findKeys, groupRows } from '../digest/group-rows';
import { combineMoments, NO_MOMENTS, standardDeviation, type Moments } from './moments';
import { keyColumn, type Table } from './table';
import { findAxis } from './time-axis';

/** Something that happened at a time or over one. */
export interface FlowEvent {
  /** The same in every answer. */
  readonly id: string;
  readonly startMs: number;
  readonly endMs?: number;
  readonly title: string;
  readonly text: string;
  /** Without commas, which separate them. */
  readonly tags: readonly string[];
}

/** The largest events, and how many there are besides. */
export interface EventSet {
  /** In the order of time; at one time in the order of their groups' keys. */
  readonly events: readonly FlowEvent[];
  /** Events that were found and are not among the largest. */
  readonly droppedEvents: number;
  /** Records that can be in no event, because they have no `start`. */
  readonly flowsWithoutTime: number;
}

/** An event as numbers. Buckets are counted from the first of the axis. */
export interface GroupEvent {
  readonly kind: EventsQuery['kind'];
  /** A row of the digest that has the group's keys. */
  readonly row: number;
  readonly firstBucket: number;
  readonly lastBucket: number;
  /** The largest bucket of the event; of a new group, its largest of all. */
  readonly peakBucket: number;
  readonly peak: number;
  /** Of the event's buckets; of a new group, of all its buckets. */
  readonly total: number;
  /** What the peak was held against: the group's other buckets. */
  readonly usual: Moments;
}

/** Groups seen in the first of so many parts of the axis are known, not new. */
const AXIS_PARTS = 10;

/**
 * The events of `query.kind`, by the query's first measure. The axis is that of a series: all buckets of the range.
 *
 * - `bursts`: buckets whose value is at least `atLeast` and above `mean + sigmas × standard deviation` of all other buckets
 *   of the group on the axis, empty ones as 0. The bucket itself is left out, so that one spike in a quiet group counts. It
 *   follows that with 3 sigmas a burst can take up to a tenth of the axis: what lasts longer is usual. Neighbouring buckets
 *   are one event, as large as its peak. An axis of one bucket has no bursts.
 * - `new`: the first bucket of a group that has none in the first tenth of the axis (at least in its first bucket) and
 *   reaches `atLeast` in any bucket; as large as the group's sum.
 *
 * The `query.top` largest are kept, those of equal size by time and then by key; the others are counted. `internal` if the
 * digest has no buckets; `bad-query` for a key that it lacks.
 */
export function buildEvents(digest: Digest, query: EventsOf): EventSet {
  const { kind, bucketSec, top } = query;
  const bucketStartSec = bucketsOf(digest);
  const columns = findKeys(digest, query.keys);
  const measure: Measure = query.measures[0];
  const axis = findAxis(bucketStartSec, bucketSec, query.range);
  const compareKeys = createRowOrder(columns);
  const compareTime = (a: GroupEvent, b: GroupEvent): number =>
    a.firstBucket - b.firstBucket || compareKeys(a.row, b.row);
  const sizeOf = kind === 'new' ? ({ total }: GroupEvent) => total : ({ peak }: GroupEvent) => peak;
  const largest = createLargest<GroupEvent>(top, (a, b) => sizeOf(b) - sizeOf(a) || compareTime(a, b));
  for (const group of bucketsByGroup(digest, bucketStartSec, query)) {
    for (const event of findEvents(group, axis.bucketCount, query)) {
      largest.add(event);
    }
  }
  const { kept, droppedCount } = largest.take();
  return {
    events: kept
      .sort(compareTime)
      .map((event) => describeEvent(event, { columns, measure, bucketSec, firstSec: axis.firstSec })),
    droppedEvents: droppedCount,
    flowsWithoutTime: digest.flows.reduce((sum, flows, row) => sum + (bucketStartSec[row] === MISSING ? flows : 0), 0),
  };
}

/**
 * What is happening now: the groups that have an event of `buildEvents`, each with its first measure in the last bucket of
 * the axis if it has one there, and 0 if its events are over; largest first, the `query.top` largest of them. The range has
 * to end with a bucket.
 */
export function buildLastEvents(digest: Digest, query: EventsOf): Table {
  const { bucketSec, range, top } = query;
  const bucketStartSec = bucketsOf(digest);
  const columns = findKeys(digest, query.keys);
  const { bucketCount } = findAxis(bucketStartSec, bucketSec, range);
  const found: { readonly row: number; readonly value: number }[] = [];
  for (const group of bucketsByGroup(digest, bucketStartSec, query)) {
    const last = [...findEvents(group, bucketCount, query)].at(-1);
    if (last) {
      found.push({ row: group.row, value: last.lastBucket === bucketCount - 1 ? group.values.at(-1)! : 0 });
    }
  }
  const compareKeys = createRowOrder(columns);
  const largest = found.sort((a, b) => b.value - a.value || compareKeys(a.row, b.row)).slice(0, top);
  const rows = largest.map(({ row }) => row);
  return {
    columns: [
      ...columns.map((column) => keyColumn(column, rows, false)),
      { kind: 'sum', name: query.measures[0], values: largest.map(({ value }) => value) },
    ],
    rowCount: rows.length,
    otherRow: undefined,
    foldedGroups: 0,
    groupCount: rows.length,
  };
}

type EventsOf = Pick<EventsQuery, 'keys' | 'measures' | 'kind' | 'bucketSec' | 'sigmas' | 'atLeast' | 'top' | 'range'>;

function bucketsOf({ bucketStartSec }: Digest): Uint32Array {
  if (!bucketStartSec) {
    throw new FlowError('internal', 'cannot build events: the digest has no time buckets');
  }
  return bucketStartSec;
}

/** The buckets of one group that have records, in the order of time. */
interface GroupBuckets {
  readonly row: number;
  /** Counted from the first of the axis. */
  readonly buckets: readonly number[];
  readonly values: readonly number[];
}

function* bucketsByGroup(
  digest: Digest,
  bucketStartSec: Uint32Array,
  { keys, measures, bucketSec, range }: Pick<EventsQuery, 'keys' | 'measures' | 'bucketSec' | 'range'>,
): Iterable<GroupBuckets> {
  const { groupCount, ids, firstRows } = groupRows(digest, findKeys(digest, keys));
  const { firstSec } = findAxis(bucketStartSec, bucketSec, range);
  const rowValues = measureValues(digest, measures[0]);
  // The rows of each group side by side, in the digest's order, which is that of time.
  const ends = new Uint32Array(groupCount + 1);
  ids.forEach((group) => ends[group + 1]!++);
  for (let group = 0; group < groupCount; group++) {
    ends[group + 1]! += ends[group]!;
  }
  const next = ends.slice();
  const rows = new Uint32Array(digest.rowCount);
  ids.forEach((group, row) => (rows[next[group]!++] = row));

  for (let group = 0; group < groupCount; group++) {
    const buckets: number[] = [];
    const values: number[] = [];
    for (const row of rows.subarray(ends[group]!, ends[group + 1]!)) {
      const startSec = bucketStartSec[row]!;
      if (startSec === MISSING) {
        continue;
      }
      const bucket = Math.floor((startSec - firstSec) / bucketSec);
      if (buckets.at(-1) === bucket) {
        values[values.length - 1]! += rowValues[row]!;
      } else {
        buckets.push(bucket);
        values.push(rowValues[row]!);
      }
    }
    if (buckets.length > 0) {
      yield { row: firstRows[group]!, buckets, values };
    }
  }
}

/** The group's events, in the order of time. */
function findEvents(group: GroupBuckets, bucketCount: number, query: EventsOf): Iterable<GroupEvent> {
  return query.kind === 'new' ? findNew(group, bucketCount, query) : findBursts(group, bucketCount, query);
}

function* findBursts(
  { row, buckets, values }: GroupBuckets,
  bucketCount: number,
  { sigmas, atLeast }: Pick<EventsQuery, 'sigmas' | 'atLeast'>,
): Iterable<GroupEvent> {
  if (bucketCount < 2 || values.every((value) => value < atLeast)) {
    return;
  }
  const one = (value: number): Moments => ({ count: 1, mean: value, squares: 0 });
  const empty: Moments = { count: bucketCount - buckets.length, mean: 0, squares: 0 };
  // Of the buckets after each one; those before it are added up on the way.
  const after: Moments[] = new Array<Moments>(values.length).fill(NO_MOMENTS);
  for (let index = values.length - 2; index >= 0; index--) {
    after[index] = combineMoments(one(values[index + 1]!), after[index + 1]!);
  }
  let before = empty;
  let open: GroupEvent | undefined;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    const bucket = buckets[index]!;
    const usual = combineMoments(before, after[index]!);
    before = combineMoments(before, one(value));
    if (value < atLeast || !(value > usual.mean + sigmas * standardDeviation(usual))) {
      continue;
    }
    if (open && open.lastBucket === bucket - 1) {
      const peak: Partial<GroupEvent> = value > open.peak ? { peakBucket: bucket, peak: value, usual } : {};
      open = { ...open, ...peak, lastBucket: bucket, total: open.total + value };
    } else {
      if (open) {
        yield open;
      }
      open = {
        kind: 'bursts',
        row,
        firstBucket: bucket,
        lastBucket: bucket,
        peakBucket: bucket,
        peak: value,
        total: value,
        usual,
      };
    }
  }
  if (open) {
    yield open;
  }
}

function* findNew(
  { row, buckets, values }: GroupBuckets,
  bucketCount: number,
  { atLeast }: Pick<EventsQuery, 'atLeast'>,
): Iterable<GroupEvent> {
  const firstBucket = buckets[0]!;
  const peak = values.reduce((largest, value) => Math.max(largest, value));
  if (firstBucket < Math.ceil(bucketCount / AXIS_PARTS) || peak < atLeast) {
    return;
  }
  const total = values.reduce((sum, value) => sum + value, 0);
  const peakBucket = buckets[values.indexOf(peak)]!;
  yield { kind: 'new', row, firstBucket, lastBucket: firstBucket, peakBucket, peak, total, usual: NO_MOMENTS };
}

interface Largest<T> {
  add(item: T): void;
  take(): { readonly kept: T[]; readonly droppedCount: number };
}

/** Keeps the first `top` items of an order, with little more than those in memory. */
function createLargest<T>(top: number, compare: (a: T, b: T) => number): Largest<T> {
  let items: T[] = [];
  let added = 0;
  const cut = (): void => {
    items = items.sort(compare).slice(0, top);
  };
  return {
    add(item) {
      added++;
      items.push(item);
      if (items.length > 2 * top + 1000) {
        cut();
      }
    },
    take() {
      cut();
      return { kept: items, droppedCount: added - items.length };
    },
  };
}
