/**
 * Packs that the service has stored, as digests that a scan need not make: which there are for a range, and a cache that
 * knows theirs too. A scan still lists the objects; it takes a stored digest only for an object that lies there with the
 * same ETag, so a pack that is old, partial or doubled changes no answer, only how much is read.
 */
import type { Plan } from '../digest/plan';
import { FlowError } from '../errors';
import type { ObjectStore } from '../store/store';
import { digestWithin, objectDigestKey, type DigestCache, type ObjectDigest } from './digest-cache';
import { decodePack, type DigestPack } from './digest-pack';
import { createRollUp } from './roll-up-digest';
import { STAMP_PAD_AFTER_SEC, STAMP_PAD_BEFORE_SEC, type Source } from './select-objects';

/** The longest window of which there are packs: as far before a range they are looked for. */
export const MAX_PACK_SEC = 86_400;
/** About what a pack takes in memory, of its bytes as a file. */
const UNPACKED_FACTOR = 4;
/** Packs read at a time. */
const CONCURRENCY = 4;

/** `[startSec, stopSec)` in Unix seconds. */
export interface PackWindow {
  readonly startSec: number;
  readonly stopSec: number;
}

/** The name of a window's pack; in the order of names starts ascend. */
export function packName({ startSec, stopSec }: PackWindow): string {
  return `pack_${stampText(startSec)}_${stampText(stopSec)}.bin`;
}

/** The window of a pack's name; `undefined` for other names. */
export function parsePackName(name: string): PackWindow | undefined {
  const [, start, stop] = /^pack_(\d{8}T\d{6}Z)_(\d{8}T\d{6}Z)\.bin$/.exec(name) ?? [];
  return start === undefined || stop === undefined ? undefined : { startSec: stampSec(start), stopSec: stampSec(stop) };
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
  }): Promise<{ readonly cache: DigestCache; usedObjects(): number }>;
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
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;

  const readPack = async (key: string, etag: string, sizeBytes: number): Promise<DigestPack> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.read(key, { etag, sizeBytes })) {
      chunks.push(chunk);
    }
    return decodePack(Buffer.concat(chunks));
  };
  /** Of several scans at a time one reads; that is not ended when one of them is. */
  const load = (key: string, etag: string, bytes: number): Promise<DigestPack> => {
    const id = `${key}\n${etag}`;
    const known = kept.get(id);
    const pack = known?.pack ?? readPack(key, etag, bytes);
    kept.delete(id);
    kept.set(id, { pack, bytes });
    pack.catch(() => kept.delete(id));
    let sum = 0;
    for (const [other, entry] of [...kept].reverse()) {
      sum += entry.bytes;
      if (sum > maxBytes / UNPACKED_FACTOR && other !== id) {
        kept.delete(other);
      }
    }
    return pack;
  };

  async function find(fromSec: number, toSec: number, signal: AbortSignal) {
    const found: { readonly key: string; readonly etag: string; readonly sizeBytes: number }[] = [];
    const startAfter = `${folder}pack_${stampText(Math.max(0, fromSec - MAX_PACK_SEC))}`;
    for await (const { objects } of store.list(`${folder}pack_`, { startAfter, signal })) {
      for (const object of objects) {
        const window = parsePackName(object.key.slice(folder.length));
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
      /** How to get the digest of an object, by its key in the cache. */
      const stored = new Map<string, () => ObjectDigest | undefined>();
      const used = new Set<string>();
      const add = (pack: DigestPack, fromSec: number, toSec: number): void => {
        const rollUp = plan.kind === 'digest' ? createRollUp(pack.plan, plan) : undefined;
        for (const source of rollUp ? sources : []) {
          if (source.columns !== undefined) {
            continue;
          }
          for (const { place, key, etag, sizeBytes, stampSec, own } of pack.objects) {
            if (place !== source.store.name) {
              continue;
            }
            const parsed = stampSec === undefined ? undefined : { stampSec };
            const id = objectDigestKey(plan, { source, key, etag, sizeBytes, parsed });
            if (id !== undefined && (stampSec === undefined || (stampSec >= fromSec && stampSec < toSec))) {
              stored.set(id, () => rollUp!(own));
            }
          }
        }
      };
      if (plan.kind === 'digest' && plan.range) {
        const fromSec = plan.range.fromSec - STAMP_PAD_BEFORE_SEC;
        const toSec = plan.range.toSec + STAMP_PAD_AFTER_SEC;
        try {
          const found = await find(fromSec, toSec, signal);
          const packs = takeWhole(found, maxBytes / UNPACKED_FACTOR);
          if (packs.length < found.length) {
            const why = `there is room for ${packs.length} of ${found.length} files`;
            onProblem(new FlowError('over-limit', `cannot use all stored digests of this range: ${why}`));
          }
          for (let i = 0; i < packs.length; i += CONCURRENCY) {
            const some = packs.slice(i, i + CONCURRENCY);
            await Promise.all(
              some.map(async ({ key, etag, sizeBytes }) => {
                try {
                  add(await load(key, etag, sizeBytes), fromSec, toSec);
                } catch (thrown) {
                  onProblem(FlowError.from(thrown));
                }
              }),
            );
          }
        } catch (thrown) {
          const error = FlowError.from(thrown);
          if (error.code === 'aborted') {
            throw error;
          }
          onProblem(error);
        }
      }
      return {
        usedObjects: () => used.size,
        cache: {
          ...cache,
          get(key) {
            const found = cache.get(key);
            if (found) {
              return found;
            }
            const own = stored.get(key)?.();
            if (own) {
              cache.set(key, own);
              // One that crosses an end of the range is no help.
              if (digestWithin(own, plan.range)) {
                used.add(key);
              }
            }
            return own;
          },
          has: (key) => cache.has(key) || stored.has(key),
        },
      };
    },
  };
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
