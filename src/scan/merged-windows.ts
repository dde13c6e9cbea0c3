/**
 * Digests of windows in a scan: those that are kept stand for hundreds of objects, and those that are not are added up when
 * all of their objects are there. What is kept decides what is read and added up, and never what is answered.
 *
 * Of a window it takes all objects to tell whether what is kept is of them, so those of windows of which something is kept
 * wait for the end of the listing. The others come by time, so that all of a window is there before much else is.
 *
 * A window is added up when a scan has found the digests of all its objects, and so will the next one: who asks once does
 * not pay for it, and no answer waits for it: threads add up when they have nothing else to do.
 */
import type { Digest } from '../digest/digest';
import { digestWithin, objectDigestKey, type DigestCache, type ObjectDigest } from './digest-cache';
import { mergeInPool } from './merge-in-pool';
import {
  HOUR_SEC,
  STAMP_SEC,
  createWindowSet,
  nameObjects,
  objectsOf,
  windowKey,
  type ObjectWindow,
  type WindowPlan,
} from './object-windows';
import type { SelectedObject } from './select-objects';
import type { WorkerPool } from './worker-pool';

/** A kept digest that stands for objects. */
export interface KeptDigest {
  /** What of it there is within the range: all, or nothing. */
  readonly digest: Digest;
  readonly isInside: boolean;
  /** As `ObjectDigest.isStored`. */
  readonly isStored: boolean;
  readonly objects: readonly SelectedObject[];
}

export interface MergedWindows {
  /**
   * The objects that are to be read one by one, which do not all come in the order of the listing; the others' digests go
   * to `onKept`. What the listing throws comes after what it gave if `isAfter` says so.
   */
  arrange(
    objects: AsyncIterable<SelectedObject>,
    onKept: (kept: KeptDigest) => void,
    isAfter: (thrown: unknown) => boolean,
  ): AsyncGenerator<SelectedObject, void, undefined>;
  /** An object is done: its digest was found in the cache (`isKept`), or it was read, or cannot be had. */
  done(object: SelectedObject, isKept: boolean): void;
  /** Adds windows up; after the answer has been. Never rejects: what cannot be kept is read again. */
  settle(): Promise<void>;
}

export interface MergedWindowsOptions extends WindowPlan {
  readonly digests: DigestCache;
  readonly pool: WorkerPool;
  readonly signal: AbortSignal;
}

/** Fewer digests are added up as fast as one. */
const MIN_MERGED = 4;
/** Objects that are listed and not begun, by count: they take memory. With more of them none waits for the others. */
const MAX_WAITING = 50_000;

/** For one scan. */
export function createMergedWindows({ digests, pool, signal, ...asked }: MergedWindowsOptions): MergedWindows {
  const { plan } = asked;
  const windows = createWindowSet(asked);
  /** Objects that may be read, by the beginning of their hours; those without any first. */
  const ready = new Map<number, { readonly objects: SelectedObject[]; next: number }>();
  /** Hours of which all objects wait. */
  const held = new Set<ObjectWindow>();
  /** How many objects of windows are not done. */
  const left = new Map<ObjectWindow, number>();
  /** Windows of which objects had to be read. */
  const fresh = new Set<ObjectWindow>();
  /** The stamps of objects. */
  const stamps = new Map<SelectedObject, ObjectWindow>();
  /** What is kept of windows. */
  const kept = new Map<ObjectWindow, ObjectDigest>();
  /** Windows of which more rows are kept than there are keys. */
  const loose: [ObjectWindow, ObjectDigest][] = [];
  let waiting = 0;
  let isAllListed = false;
  let isTooMuch = false;

  const offer = (startSec: number, object: SelectedObject): void => {
    const queued = ready.get(startSec) ?? { objects: [], next: 0 };
    ready.set(startSec, queued);
    queued.objects.push(object);
  };
  const takeReady = (): SelectedObject | undefined => {
    if (ready.size === 0) {
      return undefined;
    }
    const first = Math.min(...ready.keys());
    const queued = ready.get(first)!;
    const object = queued.objects[queued.next++];
    if (queued.next === queued.objects.length) {
      ready.delete(first);
    }
    waiting--;
    return object;
  };
  /** Whether something of that object's hour is kept, or of a longer window, of whichever objects. */
  const isExpected = (hour: ObjectWindow, object: SelectedObject): boolean =>
    isKnown(hour) ||
    Array.from({ length: HOUR_SEC / STAMP_SEC }, (_, i) => hour.startSec + i * STAMP_SEC).some((stampSec) =>
      digests.expects(windowKey(asked, object, stampSec, STAMP_SEC)),
    );

  const isKnown = ({ key, whole }: ObjectWindow): boolean =>
    digests.expects(key) || (whole !== undefined && isKnown(whole));

  /** Takes an object of the listing. */
  function add(object: SelectedObject): void {
    waiting++;
    const stamp = isTooMuch ? undefined : windows.add(object);
    if (!stamp) {
      offer(-Infinity, object);
      return;
    }
    stamps.set(object, stamp);
    for (let window: ObjectWindow | undefined = stamp; window; window = window.whole) {
      left.set(window, (left.get(window) ?? 0) + 1);
    }
    const hour = stamp.whole!;
    const isFirst = hour.parts.size === 1 && stamp.objects.length === 1;
    if (isFirst && isExpected(hour, object)) {
      held.add(hour);
    }
    if (!held.has(hour)) {
      offer(hour.startSec, object);
    }
    if (waiting > MAX_WAITING) {
      isTooMuch = true;
      held.forEach((one) => objectsOf(one).forEach((each) => offer(one.startSec, each)));
      held.clear();
      left.clear();
      stamps.clear();
    }
  }

  /** The digest that is kept of a window and of no other objects. */
  async function find(window: ObjectWindow): Promise<ObjectDigest | undefined> {
    const found = digests.expects(window.key) ? await digests.get(window.key) : undefined;
    return found?.of !== undefined && found.of === nameObjects(objectsOf(window)) ? found : undefined;
  }

  /** Whether all objects of a window wait. */
  const isHeld = (window: ObjectWindow): boolean =>
    window.lengthSec <= HOUR_SEC ? held.has(window) : [...window.parts.values()].every(isHeld);

  /** Hands out what is kept of a window, the longest first, as far as its objects waited; the others may be read then. */
  async function release(window: ObjectWindow, onKept: (kept: KeptDigest) => void): Promise<void> {
    const isStamp = window.lengthSec === STAMP_SEC;
    if (window.lengthSec === HOUR_SEC && !held.has(window)) {
      return;
    }
    const found = isStamp || isHeld(window) ? await find(window) : undefined;
    if (found) {
      kept.set(window, found);
      left.delete(window);
      if (found.digest.isUnsorted) {
        loose.push([window, found]);
      }
      const digest = digestWithin(found, plan.range);
      if (digest) {
        const objects = objectsOf(window);
        waiting -= objects.length;
        forget(window);
        countOff(window.whole, objects.length);
        onKept({ digest, isInside: digest === found.digest, isStored: found.isStored === true, objects });
        return;
      }
    }
    for (const part of window.parts.values()) {
      await release(part, onKept);
    }
    window.objects.forEach((object) => offer(window.whole!.startSec, object));
  }

  /** So many objects of a window are done. */
  function countOff(window: ObjectWindow | undefined, count: number, isKept = true): void {
    for (let each = window; each; each = each.whole) {
      const before = left.get(each);
      if (before !== undefined) {
        left.set(each, before - count);
      }
      if (!isKept) {
        fresh.add(each);
      }
    }
  }

  /** Nothing has to be added up of a window that is kept, nor of its parts. */
  function forget(window: ObjectWindow): void {
    left.delete(window);
    window.parts.forEach(forget);
  }

  /** Adds up a window of which all is there: what is kept of its parts, or of theirs. */
  async function build(window: ObjectWindow): Promise<void> {
    if (kept.has(window) || (window.lengthSec > STAMP_SEC && !isWithin(window, plan.range))) {
      return;
    }
    const parts = await collect(window);
    if (parts && parts.digests.length >= MIN_MERGED && !signal.aborted) {
      const merged = await mergeInPool(pool, plan, parts.digests);
      const own = { ...merged, of: nameObjects(objectsOf(window)) };
      kept.set(window, own);
      if (digests.set(window.key, own)) {
        parts.keys.forEach(digests.cover);
      }
    }
  }

  /** Adds up the rows of a window that are of equal keys. */
  async function tighten({ key }: ObjectWindow, own: ObjectDigest): Promise<void> {
    if (digests.has(key) && !signal.aborted) {
      digests.set(key, { ...(await mergeInPool(pool, plan, [own])), of: own.of });
    }
  }

  /** The digests that make up a window, and where they stand; `undefined` if some are not there, or no longer. */
  async function collect({ parts, objects }: ObjectWindow): Promise<Collected | undefined> {
    const all: Collected = { digests: [], keys: [] };
    for (const part of parts.values()) {
      const merged = kept.get(part);
      const own = merged ? { digests: [merged], keys: [part.key] } : await collect(part);
      if (!own) {
        return undefined;
      }
      all.digests.push(...own.digests);
      all.keys.push(...own.keys);
    }
    const keys = objects.map((object) => objectDigestKey(plan, object)!);
    if (!keys.every((key) => digests.has(key))) {
      return undefined;
    }
    for (const key of keys) {
      const found = await digests.get(key);
      if (!found || found.digest.tallies.textBytes > asked.maxObjectTextBytes) {
        return undefined;
      }
      all.digests.push(found);
      all.keys.push(key);
    }
    return all;
  }

  return {
    async *arrange(objects, onKept, isAfter) {
      let wake: (() => void) | undefined;
      let more: (() => void) | undefined;
      let isLeft = false;
      let isOver = false;
      let failure: { readonly thrown: unknown } | undefined;
      const listing = (async () => {
        for await (const object of objects) {
          add(object);
          wake?.();
          // With too many the listing waits, as it does without windows.
          while (isTooMuch && waiting > MAX_WAITING && !isLeft) {
            await new Promise<void>((resolve) => (more = resolve));
          }
          if (isLeft) {
            return;
          }
        }
      })();
      void listing
        .catch((thrown: unknown) => (failure = { thrown }))
        .finally(() => {
          isOver = true;
          // A window is whole only if all has been listed.
          isAllListed = failure === undefined && !isTooMuch;
          wake?.();
        });
      const isCutShort = (): boolean => failure !== undefined && !isAfter(failure.thrown);
      try {
        while (!isCutShort()) {
          const object = takeReady();
          if (object) {
            yield object;
            more?.();
          } else if (isOver) {
            break;
          } else {
            await new Promise<void>((resolve) => (wake = resolve));
          }
        }
        for (const day of [...windows.days()].sort((a, b) => a.startSec - b.startSec)) {
          if (isCutShort() || held.size === 0) {
            break;
          }
          await release(day, onKept);
          for (let object = takeReady(); object; object = takeReady()) {
            yield object;
          }
        }
        if (failure) {
          throw failure.thrown;
        }
      } finally {
        isLeft = true;
        more?.();
      }
    },
    done(object, isKept) {
      countOff(stamps.get(object), 1, isKept);
    },
    async settle() {
      for (const [window, own] of loose) {
        if (!(await isIdle(pool))) {
          return;
        }
        await tighten(window, own).catch(() => undefined);
      }
      const whole = isAllListed
        ? [...left].flatMap(([window, count]) => (count === 0 && !fresh.has(window) ? [window] : []))
        : [];
      // Parts first, since the whole is made of them; and what is whole early, so that its parts may go when there is no room.
      for (const window of whole.sort((a, b) => endOf(a) - endOf(b) || a.lengthSec - b.lengthSec)) {
        if (!(await isIdle(pool))) {
          return;
        }
        // What cannot be added up now is next time, or read again.
        await build(window).catch(() => undefined);
      }
    },
  };
}

/** Digests, and where they stand in the cache. */
interface Collected {
  readonly digests: ObjectDigest[];
  readonly keys: string[];
}

function endOf({ startSec, lengthSec }: ObjectWindow): number {
  return startSec + lengthSec;
}

/** Whether all stamps of a window are within a range: others may come. */
function isWithin({ startSec, lengthSec }: ObjectWindow, range: WindowPlan['plan']['range']): boolean {
  return range === undefined || (startSec >= range.fromSec && startSec + lengthSec <= range.toSec);
}

/** How often is looked whether threads have something to do, and how often at most. */
const IDLE_POLL_MS = 50;
const MAX_POLLS = 200;

/** Waits until a pool has nothing to do; false if that takes so long that somebody else will ask again. */
async function isIdle(pool: WorkerPool): Promise<boolean> {
  for (let poll = 0; poll < MAX_POLLS; poll++) {
    const { running, waiting } = pool.load();
    if (running + waiting === 0) {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, IDLE_POLL_MS).unref());
  }
  return false;
}
