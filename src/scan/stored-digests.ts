/**
 * Packs that the service has stored, as digests that a scan need not make: which there are for a range, and a cache that
 * knows theirs too. A scan still lists the objects; it takes a stored digest only for an object that lies there with the
 * same ETag, so a pack that is old, partial or doubled changes no answer, only how much is read.
 */
import type { Plan } from '../digest/plan';
import { FlowError, unlessAborted } from '../errors';
import type { ObjectStore, StoredObject } from '../store/store';
import { digestWithin, objectDigestKey, type DigestCache, type ObjectDigest } from './digest-cache';
import { decodePack, type DigestPack } from './digest-pack';
import { HOUR_SEC, floorTo } from './object-windows';
import { objectsPlan, packedPlan, packedPlanNames } from './packed-plans';
import {
  MAX_PACK_SEC,
  STORED_LENGTHS_SEC,
  packKeyBefore,
  packKeysStart,
  parsePackKey,
  type PackWindow,
  type WindowKind,
} from './pack-names';
import { createRollUp } from './roll-up-digest';
import { STAMP_PAD_AFTER_SEC, STAMP_PAD_BEFORE_SEC, type SelectedObject, type Source } from './select-objects';
import { createStoredWindows, takesDigests, wholeWindows } from './stored-windows';
import { decodeWindowPack, type WindowPack } from './window-pack';

/** About what files of objects and of windows take in memory, of their bytes. */
const UNPACKED_FACTOR = 4;
const UNPACKED_WINDOWS_FACTOR = 6;
/** Files that could not be read as what they are, of which is known that they need not be read again. */
const MAX_FAILED = 1000;
/** Packs read at a time. */
const CONCURRENCY = 4;

/** The bytes of pack files that a scan holds, of the memory that there is for them. */
export function packFileBytes(maxBytes: number): number {
  return maxBytes / UNPACKED_FACTOR;
}

/** Reads a pack of objects as it was listed. Throws what the store throws, and `corrupt-object` for what is no pack. */
export async function readPack(store: ObjectStore, file: ListedPack, signal?: AbortSignal): Promise<DigestPack> {
  return decodePack(await readFile(store, file, signal));
}

async function readFile(
  store: ObjectStore,
  { key, etag, sizeBytes }: ListedPack,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(key, { etag, sizeBytes, signal })) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A pack as a listing shows it. */
type ListedPack = Pick<StoredObject, 'key' | 'etag' | 'sizeBytes'>;

/** A file of packs. */
interface PackFile extends PackWindow, ListedPack {}

/** The digests that there are for one scan. */
export interface OpenedDigests {
  /** The cache that was given, which knows the stored ones too. */
  readonly cache: DigestCache;
  /** Whether there is one of an object, or of a window that it is in, so that it need not be read unless others are missing. */
  holds(object: SelectedObject): Promise<boolean>;
}

export interface StoredDigests {
  /**
   * A cache for one scan: what `cache` has, and else what the packs of the range have. Rejects only with `aborted`: what
   * cannot be read, now or when it is asked for, is told to `onProblem`, and its objects are read as if there were no packs.
   */
  open(asked: StoredAsked): Promise<OpenedDigests>;
}

export interface StoredAsked {
  readonly plan: Plan;
  readonly maxObjectTextBytes: number;
  readonly sources: readonly Source[];
  readonly cache: DigestCache;
  readonly signal: AbortSignal;
  readonly onProblem: (error: FlowError) => void;
}

/** A stored digest, of an object or a window. */
interface Stored {
  /** Of an object: whether it is of records in the range only, and tells all that is asked. */
  readonly helps?: () => boolean;
  readonly make: () => ObjectDigest | undefined;
}

/**
 * The packs below a prefix of a store. No scan holds more than about `maxBytes` of those of objects, of which as much is
 * kept, and `maxWindowBytes` of those of windows, which the cache takes over as they are used.
 */
export function createStoredDigests({
  store,
  prefix,
  maxBytes,
  maxWindowBytes,
}: {
  readonly store: ObjectStore;
  readonly prefix: string;
  readonly maxBytes: number;
  readonly maxWindowBytes: number;
}): StoredDigests {
  const kept = new Map<string, { readonly pack: Promise<unknown>; readonly bytes: number }>();
  /** What was wrong with files, so that each is read once only. */
  const failed = new Map<string, FlowError>();
  /** Of several scans at a time one reads; that is not ended when one of them is. */
  const load = <T>(file: PackFile, decode: (bytes: Uint8Array) => Promise<T>): Promise<T> => {
    const id = `${file.key}\n${file.etag}`;
    const failure = failed.get(id);
    if (failure) {
      return Promise.reject(failure);
    }
    const pack = kept.get(id)?.pack ?? readFile(store, file).then(decode);
    kept.delete(id);
    kept.set(id, { pack, bytes: file.sizeBytes });
    pack.catch((thrown: unknown) => {
      kept.delete(id);
      const error = FlowError.from(thrown);
      if (error.code === 'corrupt-object' && failed.size < MAX_FAILED) {
        failed.set(id, error);
      }
    });
    let sum = 0;
    for (const [other, entry] of [...kept].reverse()) {
      sum += entry.bytes;
      if (sum > packFileBytes(maxBytes) && other !== id) {
        kept.delete(other);
      }
    }
    return pack as Promise<T>;
  };

  async function find(
    kind: WindowKind | undefined,
    { fromSec, toSec }: Range,
    signal: AbortSignal,
  ): Promise<PackFile[]> {
    const found: PackFile[] = [];
    const startAfter = packKeyBefore(prefix, fromSec - MAX_PACK_SEC, kind);
    for await (const { objects } of store.list(packKeysStart(prefix, kind), { startAfter, signal })) {
      for (const object of objects) {
        const window = parsePackKey(prefix, object.key);
        if (window && window.startSec >= toSec) {
          return found;
        }
        if (window && window.stopSec > fromSec) {
          found.push({ ...object, ...window });
        }
      }
    }
    return found;
  }

  /** Reads packs of objects, as many as there is room for, and hands them on. */
  async function readAll(
    found: readonly PackFile[],
    { signal, onProblem }: Pick<StoredAsked, 'signal' | 'onProblem'>,
    onPack: (pack: DigestPack) => void,
  ): Promise<void> {
    const files = takeWhole(found, packFileBytes(maxBytes));
    if (files.length < found.length) {
      const why = `there is room for ${files.length} of ${found.length} files`;
      onProblem(new FlowError('over-limit', `cannot use all stored digests of this range: ${why}`));
    }
    for (let i = 0; i < files.length; i += CONCURRENCY) {
      await Promise.all(
        files.slice(i, i + CONCURRENCY).map(async (file) => {
          try {
            // Others may wait for the same file, so its reading goes on.
            onPack(await unlessAborted(load(file, decodePack), signal));
          } catch (thrown) {
            onProblem(exceptAborted(thrown));
          }
        }),
      );
    }
  }

  return {
    async open({ plan, maxObjectTextBytes, sources, cache, signal, onProblem }) {
      if (plan.kind !== 'digest' || !plan.range) {
        return { cache, holds: () => Promise.resolve(false) };
      }
      const { range } = plan;
      /** The digest of an object or a window, by its key in the cache. */
      const stored = new Map<string, Stored>();
      const readFiles = new Map<PackFile, Promise<void>>();
      /** Packs of objects that were passed over, because there are windows. */
      let passed: readonly PackFile[] = [];
      let passedBytes = 0;
      /** Reads the pack of an object whose window is no help: another one came late, or the range cuts it. */
      const readPassed = (object: SelectedObject | undefined): Promise<void> | undefined => {
        const stampSec = object?.parsed?.stampSec;
        const file = passed.find(
          ({ startSec, stopSec }) => stampSec !== undefined && stampSec >= startSec && stampSec < stopSec,
        );
        if (!file) {
          return undefined;
        }
        let reading = readFiles.get(file);
        if (!reading && passedBytes + file.sizeBytes <= packFileBytes(maxBytes)) {
          passedBytes += file.sizeBytes;
          const all = { fromSec: file.startSec, toSec: file.stopSec };
          reading = readAll([file], { signal, onProblem }, (pack) => addObjects(pack, all));
          readFiles.set(file, reading);
        }
        return reading;
      };

      const addObjects = (pack: DigestPack, { fromSec, toSec }: Range): void => {
        const rollUp = createRollUp(pack.plan, plan);
        if (!rollUp) {
          return;
        }
        for (const source of sources) {
          if (!takesDigests(source)) {
            continue;
          }
          for (const { place, key, etag, sizeBytes, stampSec, own } of pack.objects) {
            if (place !== source.store.name) {
              continue;
            }
            const parsed = stampSec === undefined ? undefined : { stampSec };
            const id = objectDigestKey(plan, { source, key, etag, sizeBytes, parsed });
            if (id !== undefined && (stampSec === undefined || (stampSec >= fromSec && stampSec < toSec))) {
              const canMake = (): boolean => rollUp.canMakeOf(own);
              stored.set(id, {
                helps: () => canMake() && isWithin(own, plan),
                make: () => (canMake() ? rollUp.make(own) : undefined),
              });
            }
          }
        }
      };

      /** What `ask` gives; `instead` if that failed, since the others may be had all the same. */
      const attempt = <T>(ask: Promise<T>, instead: T): Promise<T> =>
        ask.catch((thrown: unknown) => {
          onProblem(exceptAborted(thrown));
          return instead;
        });
      const files = await Promise.all(
        STORED_LENGTHS_SEC.map(async (lengthSec): Promise<[number, readonly PackFile[]]> => {
          const name = packedPlanNames(lengthSec).find((known) => createRollUp(packedPlan(known, lengthSec), plan));
          const isPossible =
            name !== undefined && wholeWindows({ startSec: range.fromSec, stopSec: range.toSec }, lengthSec).length > 0;
          return [lengthSec, isPossible ? await attempt(find({ plan: name, lengthSec }, range, signal), []) : []];
        }),
      );
      let windowBytes = 0;
      const windows = createStoredWindows<PackFile>({
        ...{ plan, maxObjectTextBytes, sources, range, files: new Map(files) },
        read(file) {
          if (windowBytes + file.sizeBytes > maxWindowBytes / UNPACKED_WINDOWS_FACTOR) {
            onProblem(
              new FlowError('over-limit', 'cannot use all stored digests of this range: there is no room for them'),
            );
            return Promise.resolve(undefined);
          }
          windowBytes += file.sizeBytes;
          return attempt<WindowPack | undefined>(unlessAborted(load(file, decodeWindowPack), signal), undefined);
        },
        isKept: (key) => cache.has(key),
        onWindow(key, of, { own }, rollUp) {
          // Of few keys there are as many rows as were stored, until they are added up with the others.
          stored.set(key, { make: () => (rollUp.canMakeOf(own) ? { ...rollUp.make(own), of } : undefined) });
        },
      });
      // Where there are hours the objects are not looked for.
      const isNeeded = ({ startSec, stopSec }: PackWindow): boolean =>
        wholeWindows({ startSec: floorTo(startSec, HOUR_SEC), stopSec: stopSec + HOUR_SEC - 1 }, HOUR_SEC).some(
          (hourSec) => !windows.hasHour(hourSec),
        );
      const around = { fromSec: range.fromSec - STAMP_PAD_BEFORE_SEC, toSec: range.toSec + STAMP_PAD_AFTER_SEC };
      const found = createRollUp(objectsPlan(), plan) ? await attempt(find(undefined, around, signal), []) : [];
      passed = found.filter((file) => !isNeeded(file));
      await readAll(found.filter(isNeeded), { signal, onProblem }, (pack) => addObjects(pack, around));
      return {
        async holds(object) {
          const key = objectDigestKey(plan, object);
          if (await windows.holds(object)) {
            return true;
          }
          return key !== undefined && stored.get(key)?.helps?.() === true;
        },
        cache: {
          ...cache,
          async get(key, object) {
            const found = await cache.get(key);
            if (found) {
              return found;
            }
            await windows.load(key);
            if (!stored.has(key)) {
              await readPassed(object);
            }
            const own = stored.get(key)?.make();
            stored.delete(key);
            if (own) {
              cache.set(key, own);
            }
            return own && { ...own, isStored: true };
          },
          expects: (key) => cache.expects(key) || stored.has(key) || windows.has(key),
        },
      };
    },
  };
}

type Range = NonNullable<Plan['range']>;

/** One that crosses an end of the range is no help. */
function isWithin(own: ObjectDigest, { range }: Plan): boolean {
  return digestWithin(own, range) !== undefined;
}

/** What was thrown, as an error; `aborted` is thrown on. */
function exceptAborted(thrown: unknown): FlowError {
  const error = FlowError.from(thrown);
  if (error.code === 'aborted') {
    throw error;
  }
  return error;
}

/** The last of the files that are together no more than so many bytes: of a long range what is new is looked at most. */
function takeWhole<T extends { readonly sizeBytes: number }>(files: readonly T[], maxBytes: number): T[] {
  const taken: T[] = [];
  let bytes = 0;
  for (const file of [...files].reverse()) {
    bytes += file.sizeBytes;
    if (bytes > maxBytes) {
      break;
    }
    taken.push(file);
  }
  return taken;
}
