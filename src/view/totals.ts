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
    totals[measure] = measureValues(digest, measure).reduce((sum, value) => sum + value, 0);
  }
  return totals;
}

/** The earliest `start` and the latest `end` of all rows. */
export function digestBounds(digest: Digest): TimeBounds {
  const minStart = digest.minStartSec.reduce((min, value) => Math.min(min, value), Infinity);
  const maxEnd = digest.maxEndSec.reduce((max, value) => Math.max(max, value), -Infinity);
  return { minStartSec: finite(minStart), maxEndSec: finite(maxEnd) };
}

/** A bound as plain data: `undefined` for the infinity that stands for "no record had one". */
export function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}
