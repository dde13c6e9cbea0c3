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
  windowKey,
  type HourWindow,
  type Place,
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
  const held = new Set<HourWindow>();
  /** How many objects of hours and stamps are not done. */
  const left = new Map<ObjectWindow, number>();
  /** Windows of which objects had to be read. */
  const fresh = new Set<ObjectWindow>();
  const places = new Map<SelectedObject, Place>();
  /** What is kept of windows. */
  const kept = new Map<ObjectWindow, ObjectDigest>();
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
  /** Whether something of that object's hour is kept, of whichever objects. */
  const isExpected = ({ key, startSec }: HourWindow, object: SelectedObject): boolean =>
    digests.has(key) ||
    Array.from({ length: HOUR_SEC / STAMP_SEC }, (_, i) => startSec + i * STAMP_SEC).some((stampSec) =>
      digests.has(windowKey(asked, object, stampSec, STAMP_SEC)),
    );

  /** Takes an object of the listing. */
  function add(object: SelectedObject): void {
    waiting++;
    const place = isTooMuch ? undefined : windows.add(object);
    if (!place) {
      offer(-Infinity, object);
      return;
    }
    const { hour, stamp } = place;
    places.set(object, place);
    left.set(hour, (left.get(hour) ?? 0) + 1);
    left.set(stamp, (left.get(stamp) ?? 0) + 1);
    if (held.has(hour) || (hour.objects.length === 1 && isExpected(hour, object))) {
      held.add(hour);
    } else {
      offer(hour.startSec, object);
    }
    if (waiting > MAX_WAITING) {
      isTooMuch = true;
      held.forEach((one) => one.objects.forEach((each) => offer(one.startSec, each)));
      held.clear();
      left.clear();
      places.clear();
    }
  }

  /** The digest that is kept of a window and of no other objects. */
  async function find(window: ObjectWindow): Promise<ObjectDigest | undefined> {
    const found = digests.has(window.key) ? await digests.get(window.key) : undefined;
    return found?.of !== undefined && found.of === nameObjects(window.objects) ? found : undefined;
  }

  /** Hands out what is kept of an hour whose objects waited; the other objects may be read then. */
  async function release(hour: HourWindow, onKept: (kept: KeptDigest) => void): Promise<void> {
    const use = (window: ObjectWindow, found: ObjectDigest): boolean => {
      const digest = digestWithin(found, plan.range);
      if (digest) {
        waiting -= window.objects.length;
        onKept({ digest, isInside: digest === found.digest, objects: window.objects });
      }
      return digest !== undefined;
    };
    const whole = await find(hour);
    if (whole) {
      kept.set(hour, whole);
      if (use(hour, whole)) {
        left.delete(hour);
        return;
      }
    }
    let count = 0;
    for (const stamp of hour.stamps.values()) {
      const found = await find(stamp);
      if (found) {
        kept.set(stamp, found);
        left.delete(stamp);
      }
      if (found && use(stamp, found)) {
        continue;
      }
      count += stamp.objects.length;
      stamp.objects.forEach((object) => offer(hour.startSec, object));
    }
    left.set(hour, count);
  }

  /** Adds up a window of which all is there. */
  async function build(window: ObjectWindow): Promise<void> {
    const built = await ('stamps' in window ? buildHour(window as HourWindow) : buildStamp(window)).catch(
      () => undefined,
    );
    if (built && !kept.has(window)) {
      kept.set(window, built);
    }
  }

  /** Those of an hour's stamps and of objects of stamps with few; where some are not there, or no longer, it is not kept. */
  async function buildHour(hour: HourWindow): Promise<ObjectDigest | undefined> {
    if (kept.has(hour) || !isWithin(hour, plan.range)) {
      return undefined;
    }
    const parts: ObjectDigest[] = [];
    const covered: string[] = [];
    for (const stamp of hour.stamps.values()) {
      const merged = kept.get(stamp);
      const own = merged ? [merged] : await digestsOf(stamp);
      if (!own) {
        return undefined;
      }
      parts.push(...own);
      covered.push(...(merged ? [stamp.key] : keysOf(stamp)));
    }
    return parts.length < MIN_MERGED ? undefined : keep(hour, parts, covered);
  }

  async function buildStamp(stamp: ObjectWindow): Promise<ObjectDigest | undefined> {
    const own = stamp.objects.length < MIN_MERGED ? undefined : await digestsOf(stamp);
    return own && keep(stamp, own, keysOf(stamp));
  }

  const keysOf = ({ objects }: ObjectWindow): string[] => objects.map((object) => objectDigestKey(plan, object)!);

  /** Those of all objects, if they are kept. */
  async function digestsOf(window: ObjectWindow): Promise<ObjectDigest[] | undefined> {
    const keys = keysOf(window);
    if (!keys.every((key) => digests.has(key))) {
      return undefined;
    }
    const own: ObjectDigest[] = [];
    for (const key of keys) {
      const found = await digests.get(key);
      if (!found || found.digest.tallies.textBytes > asked.maxObjectTextBytes) {
        return undefined;
      }
      own.push(found);
    }
    return own;
  }

  async function keep(
    window: ObjectWindow,
    parts: readonly ObjectDigest[],
    covered: readonly string[],
  ): Promise<ObjectDigest | undefined> {
    if (signal.aborted) {
      return undefined;
    }
    const merged = { ...(await mergeInPool(pool, plan, parts)), of: nameObjects(window.objects) };
    digests.set(window.key, merged);
    if (digests.has(window.key)) {
      covered.forEach(digests.cover);
    }
    return merged;
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
        for (const hour of [...held].sort((a, b) => a.startSec - b.startSec)) {
          if (isCutShort()) {
            break;
          }
          await release(hour, onKept);
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
      const { hour, stamp } = places.get(object) ?? {};
      for (const window of [stamp, hour]) {
        const count = window && left.get(window);
        if (count !== undefined) {
          left.set(window!, count - 1);
          if (!isKept) {
            fresh.add(window!);
          }
        }
      }
    },
    async settle() {
      const whole = isAllListed
        ? [...left].flatMap(([window, count]) => (count === 0 && !fresh.has(window) ? [window] : []))
        : [];
      // Stamps first: their hours go on with them.
      for (const window of whole.sort((a, b) => a.lengthSec - b.lengthSec)) {
        if (!(await isIdle(pool))) {
          return;
        }
        await build(window);
      }
    },
  };
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
