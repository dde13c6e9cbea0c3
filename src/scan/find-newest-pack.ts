/**
 * The pack whose window ends last, found with a few listings however many there are: keys ascend with the starts of
 * windows, so the last days are looked at first. For the health check.
 */
import type { ObjectStore, StoredObject } from '../store/store';
import { MAX_PACK_SEC, packKeyBefore, packKeysStart, parsePackKey, type PackWindow } from './pack-names';

export interface NewestPack {
  readonly object: StoredObject;
  readonly window: PackWindow;
}

export interface NewestPackFound {
  readonly newest?: NewestPack;
  /** There are more than were looked at, so that a newer one may exist. */
  readonly isSample: boolean;
}

/** How far back the listings begin, one after the other until there is a pack. */
const LOOK_BACK_SEC = [2 * MAX_PACK_SEC, 60 * MAX_PACK_SEC, Infinity];
/** Pages of one listing. */
const MAX_PAGES = 20;

/** Looks for it below a prefix. Throws what the store throws. */
export async function findNewestPack(
  { store, prefix }: { readonly store: ObjectStore; readonly prefix: string },
  { nowMs, signal }: { readonly nowMs: number; readonly signal?: AbortSignal },
): Promise<NewestPackFound> {
  for (const backSec of LOOK_BACK_SEC) {
    const startAfter = packKeyBefore(prefix, Math.floor(nowMs / 1000) - backSec);
    let newest: NewestPack | undefined;
    let pages = 0;
    for await (const { objects } of store.list(packKeysStart(prefix), { startAfter, signal })) {
      for (const object of objects) {
        const window = parsePackKey(prefix, object.key);
        if (window && window.stopSec >= (newest?.window.stopSec ?? 0)) {
          newest = { object, window };
        }
      }
      if (++pages === MAX_PAGES) {
        return { newest, isSample: true };
      }
    }
    if (newest) {
      return { newest, isSample: false };
    }
  }
  return { isSample: false };
}
