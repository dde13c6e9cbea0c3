/**
 * The answer to a series query: the largest groups of a digest over a time axis without gaps, and one series *Other* for
 * all that are not shown. Per bucket the series add up to the digest's own sums.
 */
import { cellText, measureValues, MISSING, type Digest } from '../digest/digest';
import { FlowError } from '../errors';
import type { Measure, SeriesQuery } from '../query/model';
import { createRowOrder, findKeys, groupRows } from '../digest/group-rows';
import { selectTop } from '../digest/select-top';
import { findAxis } from './time-axis';

/** One measure of a series, a value per bucket; `null` only where the query fills empty buckets with it. */
export interface SeriesValues {
  readonly measure: Measure;
  readonly values: readonly (number | null)[];
}

/** One group over time. */
export interface Series {
  readonly kind: 'group' | 'other';
  /** The group's keys as text, `-` where missing; without entries for *Other*. */
  readonly labels: Readonly<Record<string, string>>;
  /** Groups it stands for: 1, or for *Other* how many were folded. */
  readonly groupCount: number;
  /** One entry per measure of the query, in that order. */
  readonly measures: readonly SeriesValues[];
}

/** Series over one axis, by the total of the first measure, largest first, *Other* last. */
export interface SeriesSet {
  readonly bucketSec: number;
  /** `total`: per bucket; `rate`: per second, that is the total divided by `bucketSec`. */
  readonly unit: SeriesQuery['unit'];
  /** Start of each bucket `[start, start + bucketSec)` in Unix seconds, without gaps. */
  readonly startSec: readonly number[];
  readonly series: readonly Series[];
  /** What has no bucket because its records have no `start`: sums per measure of the query, and number of records. */
  readonly withoutTime: { readonly flows: number; readonly sums: readonly { measure: Measure; sum: number }[] };
}

/** Most values (buckets × series × measures) that one answer may have. */
const MAX_VALUES = 5_000_000;

/**
 * The `query.top` largest groups over time; groups of equal total in the order of their keys. The axis covers the
 * query's range, or without one the digest's first to last bucket; it is widened rather than lose a bucket. The digest's
 * buckets may be finer than the query's. A query without keys always has its one series, so that "nothing" shows as
 * `query.fill`.
 *
 * `internal` if the digest has no buckets; `bad-query` for a key it lacks; `over-limit` above five million values.
 */
export function buildSeries(
  digest: Digest,
  query: Pick<SeriesQuery, 'keys' | 'measures' | 'top' | 'bucketSec' | 'fill' | 'unit' | 'range'>,
): SeriesSet {
  const { bucketSec, unit } = query;
  const { bucketStartSec } = digest;
  if (!bucketStartSec) {
    throw new FlowError('internal', 'cannot build series: the digest has no time buckets');
  }
  const columns = findKeys(digest, query.keys);
  const measures = [...new Set(query.measures)];
  const axis = findAxis(bucketStartSec, bucketSec, query.range);
  const { seriesOf, firstRows, foldedGroups, shownGroups } = rankGroups(digest, bucketStartSec, query);
  const isEmptyTotal = columns.length === 0 && shownGroups === 0 && query.top > 0;
  const seriesCount = shownGroups + (foldedGroups > 0 || isEmptyTotal ? 1 : 0);
  assertSize(axis.bucketCount, seriesCount * measures.length, bucketSec);

  // Where each row is added: a cell of series × buckets, row-major.
  const cellOf = new Uint32Array(digest.rowCount);
  const isFilled = new Uint8Array(seriesCount * axis.bucketCount);
  for (let row = 0; row < digest.rowCount; row++) {
    const startSec = bucketStartSec[row]!;
    if (startSec !== MISSING) {
      cellOf[row] = seriesOf[row]! * axis.bucketCount + Math.floor((startSec - axis.firstSec) / bucketSec);
      isFilled[cellOf[row]!] = 1;
    }
  }
  const isGap = (cell: number): boolean => query.fill === 'null' && isFilled[cell] === 0;
  const divisor = unit === 'rate' ? bucketSec : 1;
  const sums = measures.map((measure) => {
    const values = measureValues(digest, measure);
    const cells = new Float64Array(isFilled.length);
    for (let row = 0; row < digest.rowCount; row++) {
      if (bucketStartSec[row] !== MISSING) {
        cells[cellOf[row]!]! += values[row]!;
      }
    }
    return { measure, cells };
  });

  return {
    bucketSec,
    unit,
    startSec: Array.from({ length: axis.bucketCount }, (_, bucket) => axis.firstSec + bucket * bucketSec),
    series: Array.from({ length: seriesCount }, (_, index): Series => {
      const row = firstRows[index];
      const firstCell = axis.bucketCount * index;
      return {
        kind: row === undefined && !isEmptyTotal ? 'other' : 'group',
        labels: row === undefined ? {} : Object.fromEntries(columns.map((key) => [key.name, cellText(key, row)])),
        groupCount: row === undefined && !isEmptyTotal ? foldedGroups : 1,
        measures: sums.map(({ measure, cells }) => ({
          measure,
          values: Array.from(cells.subarray(firstCell, firstCell + axis.bucketCount), (sum, bucket) =>
            isGap(firstCell + bucket) ? null : sum / divisor,
          ),
        })),
      };
    }),
    withoutTime: {
      flows: sumWithoutTime(digest.flows, bucketStartSec),
      sums: measures.map((measure) => ({
        measure,
        sum: sumWithoutTime(measureValues(digest, measure), bucketStartSec),
      })),
    },
  };
}

interface Ranking {
  /** Per row of the digest the series it belongs to; `shownGroups` for *Other*. Undefined for rows without time. */
  readonly seriesOf: Uint32Array;
  /** Per series of one group a row that has its keys. */
  readonly firstRows: readonly number[];
  readonly shownGroups: number;
  readonly foldedGroups: number;
}

/** Ranks the groups by what lies on the axis; a group that has only rows without time is no series. */
function rankGroups(
  digest: Digest,
  bucketStartSec: Uint32Array,
  { keys, measures, top }: Pick<SeriesQuery, 'keys' | 'measures' | 'top'>,
): Ranking {
  const columns = findKeys(digest, keys);
  const { groupCount, ids, firstRows } = groupRows(digest, columns);
  const values = measureValues(digest, measures[0]);
  const weights = new Float64Array(groupCount).fill(-1);
  for (let row = 0; row < (digest.folded?.firstRow ?? digest.rowCount); row++) {
    const group = ids[row]!;
    if (bucketStartSec[row] !== MISSING) {
      weights[group] = Math.max(0, weights[group]!) + values[row]!;
    }
  }
  const timedCount = weights.reduce((count, weight) => count + (weight < 0 ? 0 : 1), 0);
  const compareKeys = createRowOrder(columns);
  const order = selectTop(weights, Math.min(top, timedCount), (a, b) => compareKeys(firstRows[a]!, firstRows[b]!));
  const seriesOfGroup = new Uint32Array(groupCount + 1).fill(order.length);
  order.forEach((group, series) => (seriesOfGroup[group] = series));
  return {
    seriesOf: ids.map((group) => seriesOfGroup[group]!),
    firstRows: Array.from(order, (group) => firstRows[group]!),
    shownGroups: order.length,
    foldedGroups: timedCount - order.length + (digest.folded?.groupCount ?? 0),
  };
}

function assertSize(bucketCount: number, columnCount: number, bucketSec: number): void {
  const valueCount = bucketCount * Math.max(1, columnCount);
  if (valueCount > MAX_VALUES) {
    throw new FlowError(
      'over-limit',
      `cannot build series: ${bucketCount} buckets of ${bucketSec} s for ${columnCount} columns are more than ` +
        `${MAX_VALUES} values; ask for wider buckets, a shorter range or fewer series`,
      { fields: { bucketCount, columnCount, bucketSec, maxValues: MAX_VALUES } },
    );
  }
}

function sumWithoutTime(values: Float64Array, bucketStartSec: Uint32Array): number {
  let sum = 0;
  for (let row = 0; row < values.length; row++) {
    if (bucketStartSec[row] === MISSING) {
      sum += values[row]!;
    }
  }
  return sum;
}
