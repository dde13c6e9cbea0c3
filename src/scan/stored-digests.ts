/**
 * Packs that the service has stored, as digests that a scan need not make: which there are for a range, and a cache that
 * knows theirs too. A scan still lists the objects; it takes a stored digest only for an object that lies there with the
 * same ETag, so a pack that is old, partial or doubled changes no answer, only how much is read.
 */
import type { Plan } from '../digest/plan';
import { abortError, FlowError } from '../errors';
import type { ObjectStore, StoredObject } from '../store/store';
import { digestWithin, objectDigestKey, type DigestCache, type ObjectDigest } from './digest-cache';
import { decodePack, type DigestPack } from './digest-pack';
import { createRollUp, type RollUp } from './roll-up-digest';
import { STAMP_PAD_AFTER_SEC, STAMP_PAD_BEFORE_SEC, type Source } from './select-objects';

/** The longest window of which there are packs: as far before a range they are looked for. */
export const MAX_PACK_SEC = 86_400;
/** About what a pack takes in memory, of its bytes as a file. */
const UNPACKED_FACTOR = 4;
/** Packs read at a time. */
const CONCURRENCY = 4;

const PACK_START = 'pack_';

/** `[startSec, stopSec)` in Unix seconds. */
export interface PackWindow {
  readonly startSec: number;
  readonly stopSec: number;
}

/** The name of a window's pack; in the order of names starts ascend. */
export function packName({ startSec, stopSec }: PackWindow): string {
  return `${PACK_START}${stampText(startSec)}_${stampText(stopSec)}.bin`;
}

/** The window of a pack's name; `undefined` for other names. */
export function parsePackName(name: string): PackWindow | undefined {
  const [, start, stop] = /^pack_(\d{8}T\d{6}Z)_(\d{8}T\d{6}Z)\.bin$/.exec(name) ?? [];
  return start === undefined || stop === undefined ? undefined : { startSec: stampSec(start), stopSec: stampSec(stop) };
}

/** The start of the keys of packs below a prefix. */
export function packKeysStart(prefix: string): string {
  return `${prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`}${PACK_START}`;
}

/** The key after which the packs begin whose windows start at that time or later, Unix seconds. */
export function packKeyBefore(prefix: string, startSec: number): string {
  return `${packKeysStart(prefix)}${stampText(Math.max(0, startSec))}`;
}

/** The window of a pack's key below a prefix; `undefined` for other keys. */
export function parsePackKey(prefix: string, key: string): PackWindow | undefined {
  const start = packKeysStart(prefix);
  return key.startsWith(start) ? parsePackName(key.slice(start.length - PACK_START.length)) : undefined;
}

/** The bytes of pack files that a scan holds, of the memory that there is for them. */
export function packFileBytes(maxBytes: number): number {
  return maxBytes / UNPACKED_FACTOR;
}

/** Reads a pack as it was listed. Throws what the store throws, and `corrupt-object` for what is no pack. */
export async function readPack(
  store: ObjectStore,
  { key, etag, sizeBytes }: PackFile,
  signal?: AbortSignal,
): Promise<DigestPack> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(key, { etag, sizeBytes, signal })) {
    chunks.push(chunk);
  }
  return decodePack(Buffer.concat(chunks));
}

/** A pack as a listing shows it. */
type PackFile = Pick<StoredObject, 'key' | 'etag' | 'sizeBytes'>;

/** The digests that there are for one scan. */
export interface OpenedDigests {
  /** The cache that was given, which knows the stored ones too. */
  readonly cache: DigestCache;
  /** Whether there is one of an object, by its key in the cache, that saves reading it. */
  holds(key: string): boolean;
  /** Of how many objects one was taken. */
  usedObjects(): number;
}

export interface StoredDigests {
  /**
   * A cache for one scan: what `cache` has, and else what the packs of the range have. Rejects only with `aborted`: what
   * cannot be read is told to `onProblem`, and its objects are read as if there were no packs.
   */
  open(asked: {
    readonly plan: Plan;
    readonly sources: readonly Source[];
    readonly cache: DigestCache;
    readonly signal: AbortSignal;
    readonly onProblem: (error: FlowError) => void;
  }): Promise<OpenedDigests>;
}

/**
 * The packs below a prefix of a store. No scan holds more than about `maxBytes` of them, and as much of those read last is
 * kept.
 */
export function createStoredDigests({
  store,
  prefix,
  maxBytes,
}: {
  readonly store: ObjectStore;
  readonly prefix: string;
  readonly maxBytes: number;
}): StoredDigests {
  const kept = new Map<string, { readonly pack: Promise<DigestPack>; readonly bytes: number }>();
  /** Of several scans at a time one reads; that is not ended when one of them is. */
  const load = (file: PackFile): Promise<DigestPack> => {
    const id = `${file.key}\n${file.etag}`;
    const known = kept.get(id);
    const pack = known?.pack ?? readPack(store, file);
    kept.delete(id);
    kept.set(id, { pack, bytes: file.sizeBytes });
    pack.catch(() => kept.delete(id));
    let sum = 0;
    for (const [other, entry] of [...kept].reverse()) {
      sum += entry.bytes;
      if (sum > packFileBytes(maxBytes) && other !== id) {
        kept.delete(other);
      }
    }
    return pack;
  };

  async function find(fromSec: number, toSec: number, signal: AbortSignal): Promise<readonly PackFile[]> {
    const found: PackFile[] = [];
    const startAfter = packKeyBefore(prefix, fromSec - MAX_PACK_SEC);
    for await (const { objects } of store.list(packKeysStart(prefix), { startAfter, signal })) {
      for (const object of objects) {
        const window = parsePackKey(prefix, object.key);
        if (window && window.startSec >= toSec) {
          return found;
        }
        if (window && window.stopSec > fromSec) {
          found.push(object);
        }
      }
    }
    return found;
  }

  return {
    async open({ plan, sources, cache, signal, onProblem }) {
      /** The digest of an object and how to make one of it that the plan wants, by its key in the cache. */
      const stored = new Map<string, { readonly own: ObjectDigest; readonly rollUp: RollUp }>();
      const used = new Set<string>();
      const add = (pack: DigestPack, fromSec: number, toSec: number): void => {
        const rollUp = plan.kind === 'digest' ? createRollUp(pack.plan, plan) : undefined;
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
              stored.set(id, { own, rollUp });
            }
          }
        }
      };
      if (plan.kind === 'digest' && plan.range) {
        const fromSec = plan.range.fromSec - STAMP_PAD_BEFORE_SEC;
        const toSec = plan.range.toSec + STAMP_PAD_AFTER_SEC;
        const ending = endingOf(signal);
        try {
          const found = await find(fromSec, toSec, signal);
          const packs = takeWhole(found, packFileBytes(maxBytes));
          if (packs.length < found.length) {
            const why = `there is room for ${packs.length} of ${found.length} files`;
            onProblem(new FlowError('over-limit', `cannot use all stored digests of this range: ${why}`));
          }
          for (let i = 0; i < packs.length; i += CONCURRENCY) {
            const some = packs.slice(i, i + CONCURRENCY);
            await Promise.all(
              some.map(async (file) => {
                try {
                  // Others may wait for the same file, so its reading goes on.
                  add(await Promise.race([load(file), ending.ended]), fromSec, toSec);
                } catch (thrown) {
                  onProblem(exceptAborted(thrown));
                }
              }),
            );
          }
        } catch (thrown) {
          onProblem(exceptAborted(thrown));
        } finally {
          ending.stop();
        }
      }
      return {
        holds(key) {
          const found = stored.get(key);
          return found !== undefined && found.rollUp.canMakeOf(found.own) && isWithin(found.own, plan);
        },
        usedObjects: () => used.size,
        cache: {
          ...cache,
          get(key) {
            const found = cache.get(key);
            if (found) {
              return found;
            }
            const entry = stored.get(key);
            if (!entry?.rollUp.canMakeOf(entry.own)) {
              return undefined;
            }
            const own = entry.rollUp.make(entry.own);
            cache.set(key, own);
            if (isWithin(own, plan)) {
              used.add(key);
            }
            return own;
          },
          has: (key) => cache.has(key) || stored.has(key),
        },
      };
    },
  };
}

/** Whether stored digests may be of objects of the source: columns that its settings name are in none of them. */
export function takesDigests({ columns, pieces }: Pick<Source, 'columns' | 'pieces'>): boolean {
  return columns === undefined && pieces === undefined;
}

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

/** Rejects when the signal aborts, until `stop`. */
function endingOf(signal: AbortSignal): { readonly ended: Promise<never>; stop(): void } {
  let onAbort!: () => void;
  const ended = new Promise<never>((_, reject) => {
    onAbort = () => reject(abortError(signal));
  });
  // It may be that nobody waits for it.
  ended.catch(() => undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  return { ended, stop: () => signal.removeEventListener('abort', onAbort) };
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

function stampText(sec: number): string {
  return new Date(sec * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
}

function stampSec(text: string): number {
  return Date.parse(text.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5')) / 1000;
}
