/**
 * What the stamps of a flow log's objects tell of their delivery: how new the newest is, in which steps they come and where
 * some are missing. AWS publishes every five minutes; a flow log with long aggregation intervals may have an object in every
 * other bin only, so the step is taken from the stamps themselves.
 *
 * Source: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html
 */

/** The width of a delivery bin: stamps are multiples of it. */
export const DELIVERY_BIN_SEC = 300;

/** What is known of one flow log, or of a place without any object. */
export interface DeliveryRow {
  /** 12 digits; absent for objects whose keys do not tell. */
  readonly accountId?: string;
  readonly region?: string;
  /** Absent for objects whose keys do not tell, and where there is no object at all. */
  readonly flowLogId?: string;
  /** Objects stamped within the range, and their stored bytes. */
  readonly objects: number;
  readonly bytes: number;
  /** The oldest stamp within the range. */
  readonly oldestStampSec?: number;
  /** The newest stamp: the start of the five minutes that the newest object is about. */
  readonly newestStampSec?: number;
  /** When an object was written last. */
  readonly newestModifiedMs?: number;
  /** From the newest stamp to now; where there is no object, from the range's start to now: at least so long. */
  readonly ageSec: number;
  /** From the last writing to now. */
  readonly modifiedAgeSec?: number;
  /** The most common distance of neighbouring stamps. */
  readonly stepSec: number;
  /** The longest distance of neighbouring stamps within the range; absent if there are fewer than two. */
  readonly longestGapSec?: number;
  /** Steps within the range, and due by now, without an object. */
  readonly missingBins: number;
}

/** Whether the logs are there, told by listings alone. */
export interface Completeness {
  /** In Unix milliseconds, `[fromMs, toMs)`. */
  readonly range: { readonly fromMs: number; readonly toMs: number };
  readonly nowMs: number;
  /** By account, region and flow log; objects whose keys do not tell come last. Never empty. */
  readonly rows: readonly DeliveryRow[];
  readonly listedObjects: number;
  /** Flow-log objects listed for the range and stamped outside it. */
  readonly outsideObjects: number;
  /** Flow-log objects that are in no row, because there were more flow logs than are kept apart. */
  readonly leftOutObjects: number;
}

/** The times that deliveries are measured against. */
export interface DeliverySpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly nowMs: number;
  /** Objects are due this long after the end of their bin. */
  readonly settleSec: number;
}

/** The objects of one flow log, as they are found. */
export interface Delivery {
  /** `false` if the stamp lies outside the range; its age counts all the same. */
  add(object: { readonly stampSec: number; readonly sizeBytes: number; readonly modifiedMs: number }): boolean;
  /** What they tell. Steps are taken to be `maxStepSec` at most, so that a rhythm of failures is not taken for the rule. */
  measure(options?: { readonly maxStepSec?: number }): Omit<DeliveryRow, 'accountId' | 'region' | 'flowLogId'>;
}

/** AWS's longest aggregation interval. */
export const MAX_AGGREGATION_SEC = 600;

/** Bytes that a delivery over this range keeps: one bit per bin. */
export function deliveryBytes(span: Pick<DeliverySpan, 'fromMs' | 'toMs'>): number {
  return Math.ceil(binsOf(span).binCount / 32) * 4;
}

/** A delivery without objects. */
export function createDelivery(span: DeliverySpan): Delivery {
  const { fromMs, nowMs } = span;
  const { firstBin, binCount } = binsOf(span);
  const words = new Uint32Array(Math.ceil(binCount / 32));
  let objects = 0;
  let bytes = 0;
  let oldestStampSec: number | undefined;
  let newestStampSec: number | undefined;
  let newestModifiedMs: number | undefined;
  const ageSec = (sinceMs: number): number => Math.max(0, nowMs - sinceMs) / 1000;
  return {
    add({ stampSec, sizeBytes, modifiedMs }) {
      newestStampSec = Math.max(newestStampSec ?? -Infinity, stampSec);
      newestModifiedMs = Math.max(newestModifiedMs ?? -Infinity, modifiedMs);
      const bin = Math.floor(stampSec / DELIVERY_BIN_SEC) - firstBin;
      if (bin < 0 || bin >= binCount) {
        return false;
      }
      words[bin >>> 5]! |= 1 << (bin & 31);
      objects++;
      bytes += Math.max(0, sizeBytes);
      oldestStampSec = Math.min(oldestStampSec ?? Infinity, stampSec);
      return true;
    },
    measure({ maxStepSec = Infinity } = {}) {
      const bins = [...setBits(words)];
      const distances = bins.slice(1).map((bin, index) => bin - bins[index]!);
      const step = Math.max(1, Math.min(mostCommon(distances) ?? 1, Math.floor(maxStepSec / DELIVERY_BIN_SEC)));
      return {
        objects,
        bytes,
        ...(oldestStampSec === undefined ? {} : { oldestStampSec }),
        ...(newestStampSec === undefined ? {} : { newestStampSec }),
        ...(newestModifiedMs === undefined ? {} : { newestModifiedMs, modifiedAgeSec: ageSec(newestModifiedMs) }),
        ageSec: ageSec(newestStampSec === undefined ? fromMs : newestStampSec * 1000),
        stepSec: step * DELIVERY_BIN_SEC,
        ...(distances.length === 0
          ? {}
          : { longestGapSec: distances.reduce((longest, distance) => Math.max(longest, distance)) * DELIVERY_BIN_SEC }),
        missingBins: countMissing(bins, step, dueBins(span)),
      };
    },
  };
}

/** The bins that a range touches, numbered from the epoch. */
function binsOf({ fromMs, toMs }: Pick<DeliverySpan, 'fromMs' | 'toMs'>): { firstBin: number; binCount: number } {
  const binMs = DELIVERY_BIN_SEC * 1000;
  const firstBin = Math.floor(fromMs / binMs);
  return { firstBin, binCount: Math.max(0, Math.ceil(toMs / binMs) - firstBin) };
}

interface Bins {
  /** `[start, end)`, numbered from the first of the range. */
  readonly start: number;
  readonly end: number;
}

/** The bins that lie wholly in the range and should have come by now. */
function dueBins(span: DeliverySpan): Bins {
  const binMs = DELIVERY_BIN_SEC * 1000;
  const { firstBin } = binsOf(span);
  const start = Math.ceil(span.fromMs / binMs) - firstBin;
  const end = Math.floor(Math.min(span.toMs, span.nowMs - span.settleSec * 1000) / binMs) - firstBin;
  return { start, end: Math.max(start, end) };
}

/**
 * How many objects that were due are not there: within the due bins, steps without an object before the first one, between
 * two and after the last. Rounded down, so that an object which comes in the bin beside its own is not missed.
 */
function countMissing(bins: readonly number[], step: number, { start, end }: Bins): number {
  const due = bins.filter((bin) => bin >= start && bin < end);
  let missing = 0;
  // The objects around the first and the last one are imagined just outside.
  let before = start - step;
  for (const bin of due) {
    missing += Math.max(0, Math.floor((bin - before) / step) - 1);
    before = bin;
  }
  return missing + Math.floor((end - 1 - before) / step);
}

/** The most frequent of the numbers, the least of equally frequent ones; `undefined` without any. */
function mostCommon(numbers: readonly number[]): number | undefined {
  const counts = new Map<number, number>();
  for (const number of numbers) {
    counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0];
}

function* setBits(words: Uint32Array): Iterable<number> {
  for (let index = 0; index < words.length; index++) {
    for (let word = words[index]!; word !== 0; word &= word - 1) {
      yield index * 32 + 31 - Math.clz32(word & -word);
    }
  }
}
