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

/** The seconds of a window: one stamp of AWS's, which a range cuts at each of its ends, and those that make up the rest. */
export const STAMP_SEC = 300;
export const HOUR_SEC = 3600;

/** Objects of one place and time. */
export interface ObjectWindow {
  /** Where what is kept of it stands. */
  readonly key: string;
  /** `[startSec, startSec + lengthSec)` are the stamps, in Unix seconds. */
  readonly startSec: number;
  readonly lengthSec: number;
  readonly objects: SelectedObject[];
}

/** An hour, and its stamps. */
export interface HourWindow extends ObjectWindow {
  readonly stamps: Map<number, ObjectWindow>;
}

/** The windows of an object. */
export interface Place {
  readonly hour: HourWindow;
  readonly stamp: ObjectWindow;
}

export interface WindowSet {
  /** Where an object is, which is now among the others there; `undefined` if it has no time or no ETag. */
  add(object: SelectedObject): Place | undefined;
  readonly hours: ReadonlyMap<string, HourWindow>;
}

/** What makes a window's digest another one, besides its objects. */
export interface WindowPlan {
  readonly plan: DigestPlan;
  /** Objects of more text than that are told of, and no part of any window. */
  readonly maxObjectTextBytes: number;
}

/** No windows yet. */
export function createWindowSet(asked: WindowPlan): WindowSet {
  const hours = new Map<string, HourWindow>();
  return {
    hours,
    add(object) {
      const { parsed, etag } = object;
      if (!parsed || etag === '') {
        return undefined;
      }
      const startSec = floorTo(parsed.stampSec, HOUR_SEC);
      const key = windowKey(asked, object, startSec, HOUR_SEC);
      const hour: HourWindow = hours.get(key) ?? {
        ...{ key, startSec, lengthSec: HOUR_SEC, objects: [] },
        stamps: new Map<number, ObjectWindow>(),
      };
      hours.set(key, hour);
      hour.objects.push(object);
      const stampSec = floorTo(parsed.stampSec, STAMP_SEC);
      const stamp: ObjectWindow = hour.stamps.get(stampSec) ?? {
        key: windowKey(asked, object, stampSec, STAMP_SEC),
        ...{ startSec: stampSec, lengthSec: STAMP_SEC, objects: [] },
      };
      hour.stamps.set(stampSec, stamp);
      stamp.objects.push(object);
      return { hour, stamp };
    },
  };
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

/** The beginning of the hour of a key; `undefined` if it is none of an hour's. */
export function hourOfKey(key: string): number | undefined {
  const [kind, start, length] = key.split('\n', 3);
  return kind === 'window' && Number(length) === HOUR_SEC ? Number(start) : undefined;
}

/** The key of the same place at another time. */
export function shiftKey(key: string, startSec: number): string {
  return key.replace(/^window\n\d+/, `window\n${startSec}`);
}

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
