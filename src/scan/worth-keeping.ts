/**
 * Whether objects are digested one by one, so that their digests can be kept. That takes several times as long as to digest
 * them together, and where the cache has no room for all of them each pushes out another before it is asked for again: those
 * of this scan, and those of all others.
 */
import type { Digest } from '../digest/digest';
import { digestBytes } from '../digest/share-digest';
import type { DigestCache } from './digest-cache';

export interface WorthKeeping {
  /** A digest of the scan that is kept, and of how many objects it is. */
  note(digest: Digest, objects: number): void;
  /** Whether one more is to be kept. */
  isWorth(): boolean;
}

/** So many tell how large the others are. */
const MIN_OBJECTS = 64;
/** Of a scan that is too large for the cache, so much of the cache is kept; the rest is for others. */
const SHARE = 0.5;

/** Nothing of a scan is kept yet; `countObjects` tells how many it has so far. */
export function createWorthKeeping({ maxBytes }: DigestCache, countObjects: () => number): WorthKeeping {
  const single = { objects: 0, bytes: 0 };
  // Of windows: these tell nothing of the size of others.
  const together = { objects: 0, bytes: 0 };
  return {
    note(digest, objects) {
      const noted = objects === 1 ? single : together;
      noted.objects += objects;
      noted.bytes += digestBytes(digest);
    },
    isWorth: () =>
      single.objects < MIN_OBJECTS ||
      single.bytes + together.bytes < maxBytes * SHARE ||
      together.bytes + (single.bytes / single.objects) * (countObjects() - together.objects) <= maxBytes,
  };
}
