/** The buckets that an answer over time has: without gaps, whichever of them records fall into. */
import { MISSING } from '../digest/digest';
import type { TimeRange } from '../query/model';

export interface TimeAxis {
  /** Start of the first bucket in Unix seconds. */
  readonly firstSec: number;
  readonly bucketCount: number;
}

/**
 * The buckets of the range, or without one from a digest's first to its last; widened rather than lose one of the digest's.
 * Buckets start at multiples of their width, counted from the epoch.
 */
export function findAxis(bucketStartSec: Uint32Array, bucketSec: number, range: TimeRange | undefined): TimeAxis {
  let fromSec = range && range.toMs > range.fromMs ? range.fromMs / 1000 : Infinity;
  let toSec = range && range.toMs > range.fromMs ? range.toMs / 1000 : -Infinity;
  for (const startSec of bucketStartSec) {
    if (startSec !== MISSING) {
      fromSec = Math.min(fromSec, startSec);
      toSec = Math.max(toSec, startSec + 1);
    }
  }
  if (fromSec >= toSec) {
    return { firstSec: 0, bucketCount: 0 };
  }
  const first = Math.floor(fromSec / bucketSec);
  return { firstSec: first * bucketSec, bucketCount: Math.ceil(toSec / bucketSec) - first };
}
