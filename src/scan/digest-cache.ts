/**
 * Digests of single objects, kept for the next query: objects never change, so only new ones have to be read. Bounded by
 * bytes; what was used least recently goes first. A digest is of all the object's records, whatever the time range; it serves
 * every range that holds them all.
 */
import type { Digest } from '../digest/digest';
import type { DigestPlan, Plan } from '../digest/plan';
import type { TimeSpan } from '../digest/read-objects';
import { digestBytes, emptyDigest } from '../digest/share-digest';
import type { FlowLogKey } from '../flow/object-key';
import type { SelectedObject } from './select-objects';

/**
 * One object's digest without a time range, in shared memory; or those of several added up: of windows (`object-windows.ts`)
 * and of whole answers (`kept-answer.ts`).
 */
export interface ObjectDigest {
  readonly digest: Digest;
  /** When the records began. */
  readonly span: TimeSpan;
  /** Of a window: the name of the objects that it is of. */
  readonly of?: string;
  /** It comes from where somebody else had stored it, this time. */
  readonly isStored?: boolean;
  /** Of an answer: each object that it is of, and whether its records are in the range, as `partName` names it. */
  readonly parts?: ReadonlySet<string>;
}

export interface DigestCacheCounts {
  readonly hits: number;
  readonly misses: number;
  readonly entries: number;
  readonly bytes: number;
}

export interface DigestCache {
  /** What all that is kept may take, as `digestBytes` counts. */
  readonly maxBytes: number;
  /** `object` is what it is of, if it is of one: for who has to look for it. */
  get(key: string, object?: SelectedObject): ObjectDigest | undefined | Promise<ObjectDigest | undefined>;
  /** What `get` does not have may be farther away; never rejects. */
  load?(key: string): Promise<ObjectDigest | undefined>;
  /** Whether it is here, without using it. */
  has(key: string): boolean;
  /** Whether it is here or may be had from elsewhere, without looking. */
  expects(key: string): boolean;
  /**
   * Keeps it, unless it alone is more than a quarter of the cache; whether it does. `object` is what it is of, if it is of
   * one.
   */
  set(key: string, value: ObjectDigest, object?: SelectedObject): boolean;
  /** What another digest tells, too, goes before all that was used since. */
  cover(key: string): void;
  counts(): DigestCacheCounts;
}

/** An empty cache. */
export function createDigestCache({ maxBytes }: { readonly maxBytes: number }): DigestCache {
  type Entries = Map<string, { readonly value: ObjectDigest; readonly bytes: number }>;
  const entries: Entries = new Map();
  const covered: Entries = new Map();
  let bytes = 0;
  let hits = 0;
  let misses = 0;
  const find = (key: string) => entries.get(key) ?? covered.get(key);
  const remove = (key: string): void => {
    bytes -= find(key)?.bytes ?? 0;
    entries.delete(key);
    covered.delete(key);
  };
  return {
    maxBytes,
    get(key) {
      const entry = find(key);
      if (!entry) {
        misses++;
        return undefined;
      }
      hits++;
      covered.delete(key);
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    has: (key) => find(key) !== undefined,
    expects: (key) => find(key) !== undefined,
    set(key, value) {
      const size = digestBytes(value.digest) + 2 * key.length + partBytes(value);
      remove(key);
      if (size > maxBytes / 4) {
        return false;
      }
      entries.set(key, { value, bytes: size });
      bytes += size;
      for (const some of [covered, entries]) {
        for (const oldest of some.keys()) {
          if (bytes <= maxBytes) {
            return true;
          }
          remove(oldest);
        }
      }
      return true;
    },
    cover(key) {
      const entry = entries.get(key);
      if (entry) {
        entries.delete(key);
        covered.set(key, entry);
      }
    },
    counts: () => ({ hits, misses, entries: entries.size + covered.size, bytes }),
  };
}

function partBytes({ parts = new Set() }: ObjectDigest): number {
  let bytes = 0;
  parts.forEach((name) => (bytes += name.length + 40));
  return bytes;
}

/** What tells an object from all others, and from what lay in its place before. */
export type NamedObject = Pick<SelectedObject, 'source' | 'key' | 'etag' | 'sizeBytes'> & {
  readonly parsed?: Pick<FlowLogKey, 'stampSec'>;
};

/** The key of an object's digest; `undefined` if the plan keeps records or the object cannot be told from a later one. */
export function objectDigestKey(plan: Plan, object: NamedObject): string | undefined {
  return plan.kind === 'digest' && object.etag !== undefined && object.etag !== ''
    ? `${objectName(object)}\n${planIdentity(plan)}`
    : undefined;
}

const objectNames = new WeakMap<NamedObject, string>();

/** What tells an object, and how it is read, from all others; only where it has an ETag. Made once, since several ask. */
export function objectName(object: NamedObject): string {
  let name = objectNames.get(object);
  if (name === undefined) {
    const { source, key, etag, sizeBytes, parsed } = object;
    const { columns = [], prefix, store, reader } = source;
    name = JSON.stringify([store.name, reader, prefix, etag, sizeBytes, key, parsed?.stampSec, columns]);
    objectNames.set(object, name);
  }
  return name;
}

const planIdentities = new WeakMap<Plan, string>();

/** What of a plan makes a digest another one; found once, because every object asks. */
export function planIdentity(plan: DigestPlan): string {
  let identity = planIdentities.get(plan);
  if (identity === undefined) {
    const { keys, sums, bucketSec, portRule, filter, logType, copyDirection, countsOnce, hops } = plan;
    identity = JSON.stringify([keys, sums, bucketSec, portRule, filter, logType, copyDirection, countsOnce, hops]);
    planIdentities.set(plan, identity);
  }
  return identity;
}

/** What an object's digest is within a range; `undefined` if some of its records are inside and some are not. */
export function digestWithin({ digest, span }: ObjectDigest, range: Plan['range']): Digest | undefined {
  const { firstSec, lastSec, hasUntimed } = span;
  if (range === undefined || (!hasUntimed && firstSec >= range.fromSec && lastSec < range.toSec)) {
    return digest;
  }
  return lastSec < range.fromSec || firstSec >= range.toSec ? withoutRecords(digest) : undefined;
}

/** A digest of no rows, in which every record counts as of another time: that is asked before all but its form. */
function withoutRecords(digest: Digest): Digest {
  const { flows, noData, skipData, badStatus, copies, filtered, otherTime } = digest.tallies;
  const tallies = {
    ...digest.tallies,
    ...{ flows: 0, noData: 0, skipData: 0, badStatus: 0, copies: 0, filtered: 0 },
    otherTime: otherTime + flows + noData + skipData + badStatus + copies + filtered,
  };
  return { ...emptyDigest(digest), tallies };
}
