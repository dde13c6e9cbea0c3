/**
 * Objects by when and where they are of: the windows whose digests are kept added up. A window is of one source, account
 * and region, so that those who ask for some of them, and an object that came late to one, leave the others as they are.
 * What is kept of a window carries the name of exactly the objects that it is of; of any other set it says nothing.
 */
import { createHash } from 'node:crypto';
import type { DigestPlan } from '../digest/plan';
import { objectName, planIdentity, type NamedObject } from './digest-cache';
import type { FlowLogKey } from '../flow/object-key';
import type { SelectedObject, Source } from './select-objects';

/** One stamp of AWS's, which a range cuts at each of its ends. */
export const STAMP_SEC = 300;
export const HOUR_SEC = 3600;
/** Of these a day has whole ones wherever it begins. */
export const SIX_HOURS_SEC = 6 * HOUR_SEC;
export const DAY_SEC = 24 * HOUR_SEC;
/** The seconds of windows, each a multiple of the one before. */
export const WINDOW_LENGTHS_SEC: readonly number[] = [STAMP_SEC, HOUR_SEC, SIX_HOURS_SEC, DAY_SEC];

/** Objects of one place and time. */
export interface ObjectWindow {
  /** Where what is kept of it stands. */
  readonly key: string;
  /** `[startSec, startSec + lengthSec)` are the stamps, in Unix seconds. */
  readonly startSec: number;
  readonly lengthSec: number;
  /** The next longer window, which it is in; a day is in none. */
  readonly whole?: ObjectWindow;
  /** The windows of the next shorter length, by their beginnings; a stamp has none. */
  readonly parts: Map<number, ObjectWindow>;
  /** Of a stamp; a longer window's are those of its parts. */
  readonly objects: SelectedObject[];
}

export interface WindowSet {
  /** The stamp of an object, which is now among the others there; `undefined` if it has no time or no ETag. */
  add(object: SelectedObject): ObjectWindow | undefined;
  /** In the order in which they came. */
  days(): Iterable<ObjectWindow>;
}

/** What makes a window's digest another one, besides its objects. */
export interface WindowPlan {
  readonly plan: DigestPlan;
  /** Objects of more text than that are told of, and no part of any window. */
  readonly maxObjectTextBytes: number;
}

/** No windows yet. */
export function createWindowSet(asked: WindowPlan): WindowSet {
  /** Days by source, then by account, region and time. */
  const days = new Map<Source, Map<string, ObjectWindow>>();

  function openWindow(object: SelectedObject, startSec: number, lengthSec: number, whole?: ObjectWindow): ObjectWindow {
    const key = windowKey(asked, object, startSec, lengthSec);
    return { key, startSec, lengthSec, whole, parts: new Map(), objects: [] };
  }

  function openDay(object: SelectedObject, { accountId, region, stampSec }: FlowLogKey): ObjectWindow {
    const own = days.get(object.source) ?? new Map<string, ObjectWindow>();
    days.set(object.source, own);
    const startSec = floorTo(stampSec, DAY_SEC);
    const name = `${startSec} ${region} ${accountId}`;
    const day = own.get(name) ?? openWindow(object, startSec, DAY_SEC);
    own.set(name, day);
    return day;
  }

  return {
    *days() {
      for (const own of days.values()) {
        yield* own.values();
      }
    },
    add(object) {
      const { parsed, etag } = object;
      if (!parsed || etag === '') {
        return undefined;
      }
      let window = openDay(object, parsed);
      for (const lengthSec of SHORTER_LENGTHS_SEC) {
        const startSec = floorTo(parsed.stampSec, lengthSec);
        const part = window.parts.get(startSec) ?? openWindow(object, startSec, lengthSec, window);
        window.parts.set(startSec, part);
        window = part;
      }
      window.objects.push(object);
      return window;
    },
  };
}

/** Those of a day's parts, the longest first. */
const SHORTER_LENGTHS_SEC = WINDOW_LENGTHS_SEC.slice(0, -1).reverse();

/** All objects of a window. */
export function objectsOf({ objects, parts }: ObjectWindow): readonly SelectedObject[] {
  return parts.size === 0 ? objects : [...parts.values()].flatMap(objectsOf);
}

/** What tells where an object is of. */
export interface Placed {
  readonly source: Source;
  readonly parsed?: Pick<FlowLogKey, 'accountId' | 'region'>;
}

/** The key of the window of that length in which an object is. */
export function windowKey(
  { plan, maxObjectTextBytes }: WindowPlan,
  { source, parsed }: Placed,
  startSec: number,
  lengthSec: number,
): string {
  const { store, prefix, columns = [] } = source;
  const place = [store.name, prefix, columns.join(' '), parsed!.accountId, parsed!.region];
  return ['window', startSec, lengthSec, ...place, maxObjectTextBytes, planIdentity(plan)].join('\n');
}

/** When the window of a key is; `undefined` for keys of other things. */
export function windowOfKey(key: string): WindowTime | undefined {
  const [kind, start, length] = key.split('\n', 3);
  return kind === 'window' ? { startSec: Number(start), lengthSec: Number(length) } : undefined;
}

/** The key of the same place at another time. */
export function shiftKey(key: string, { startSec, lengthSec }: WindowTime): string {
  return key.replace(/^window\n\d+\n\d+/, `window\n${startSec}\n${lengthSec}`);
}

/** When a window is. */
export type WindowTime = Pick<ObjectWindow, 'startSec' | 'lengthSec'>;

/** The name of exactly these objects, each told from all others and from what lay in its place before. */
export function nameObjects(objects: readonly NamedObject[]): string {
  const hash = createHash('sha256');
  objects
    .map(objectName)
    .sort()
    .forEach((name) => hash.update(name).update('\0'));
  return hash.digest('hex');
}

/** The last multiple of `step` that is not after `value`. */
export function floorTo(value: number, step: number): number {
  return Math.floor(value / step) * step;
}
