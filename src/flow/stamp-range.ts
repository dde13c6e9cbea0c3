/**
 * Which keys of a listing lie in a range of stamps, and how a listing gets past those that do not: a day's keys sort by
 * flow log first and then by stamp, so each flow log has one stretch inside.
 */
import { flowLogBound, parseObjectKey, stampBound, type KeyBranch } from './object-key';

/** Stamps of flow logs, in Unix seconds; both ends are inside. */
export interface StampRange {
  readonly fromSec: number;
  readonly toSec: number;
}

/**
 * False for the key of a flow log stamped outside; true for all other keys, whatever they are. `parse` is for keys that
 * come as a listing has them.
 */
export function canMatter(key: string, { fromSec, toSec }: StampRange, parse = parseObjectKey): boolean {
  const stampSec = parse(key)?.stampSec;
  return stampSec === undefined || (stampSec >= fromSec && stampSec <= toSec);
}

/**
 * Where a listing that has come to a key may go on (`startAfter`): it leaves out nothing but this flow log's objects
 * stamped outside. `undefined` if it has to go on with the next key, as within the range, and where days are divided by hour.
 */
export function leapFrom(key: string, { fromSec, toSec }: StampRange): string | undefined {
  const parsed = parseObjectKey(key);
  if (!parsed || parsed.layout.hourly) {
    return undefined;
  }
  const { flowLogId, stampSec, layout } = parsed;
  const branch: KeyBranch = { ...parsed, hive: layout.hive };
  const dayEndSec = (Math.floor(stampSec / DAY_SEC) + 1) * DAY_SEC;
  if (stampSec > toSec || (stampSec < fromSec && fromSec >= dayEndSec)) {
    return flowLogBound(branch, flowLogId, stampSec);
  }
  // The bound is written in whole minutes, rounded down.
  const bound = stampSec < fromSec ? stampBound(branch, flowLogId, fromSec) : undefined;
  return bound !== undefined && bound > key ? bound : undefined;
}

const DAY_SEC = 86_400;
