/**
 * The sums of a whole digest: what every view must add up to, and what a reader checks it against.
 */
import { measureValues, type Digest } from '../digest/digest';
import type { Measure } from '../query/model';

/** A sum per measure; bytes, packets and flows are always there, others if the query asked for them. */
export type Sums = Readonly<Record<'bytes' | 'packets' | 'flows', number> & Partial<Record<Measure, number>>>;

/** Earliest `start` and latest `end` in Unix seconds; `undefined` where no record had one. */
export interface TimeBounds {
  readonly minStartSec: number | undefined;
  readonly maxEndSec: number | undefined;
}

/** The sum of each measure over all rows: exact while below 2⁵³. */
export function digestTotals<M extends Measure>(digest: Digest, measures: readonly M[]): Record<M, number> {
  const totals = {} as Record<M, number>;
  for (const measure of measures) {
    totals[measure] = sumOf(measureValues(digest, measure), digest.rowCount);
  }
  return totals;
}

/** The earliest `start` and the latest `end` of all rows. */
export function digestBounds(digest: Digest): TimeBounds {
  const { minStartSec, maxEndSec, rowCount } = digest;
  let minStart = Infinity;
  let maxEnd = -Infinity;
  for (let row = 0; row < rowCount; row++) {
    minStart = Math.min(minStart, minStartSec[row]!);
    maxEnd = Math.max(maxEnd, maxEndSec[row]!);
  }
  return { minStartSec: finite(minStart), maxEndSec: finite(maxEnd) };
}

// By row, because the calls of an iterator are most of the time where nothing has been compiled yet.
function sumOf(values: Float64Array, rowCount: number): number {
  let sum = 0;
  for (let row = 0; row < rowCount; row++) {
    sum += values[row]!;
  }
  return sum;
}

/** A bound as plain data: `undefined` for the infinity that stands for "no record had one". */
export function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}
