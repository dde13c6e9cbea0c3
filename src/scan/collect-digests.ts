/** The digests of single objects that a scan makes, for a pack: a cache that finds nothing and keeps what it is given. */
import type { DigestPlan } from '../digest/plan';
import type { DigestCache } from './digest-cache';
import type { DigestPack, PackedObject } from './digest-pack';

export interface DigestCollector {
  /** For the scan; its plan must be that of the packs. */
  readonly cache: DigestCache;
  /** What came of it. */
  pack(plan: DigestPlan): DigestPack;
}

/** An empty collector. */
export function createDigestCollector(): DigestCollector {
  const objects: PackedObject[] = [];
  return {
    cache: {
      maxBytes: Infinity,
      get: () => undefined,
      has: () => false,
      expects: () => false,
      cover: () => undefined,
      set(_, own, object) {
        // Of Parquet files other plans read other bytes, and columns told from outside are not in the pack.
        if (object === undefined || object.parsed?.format === 'parquet' || object.source.columns !== undefined) {
          return false;
        }
        const { key, etag, sizeBytes, parsed, source } = object;
        const { stampSec, accountId, region } = parsed ?? {};
        const { store, prefix } = source;
        objects.push({ place: store.name, prefix, key, etag, sizeBytes, stampSec, accountId, region, own });
        return true;
      },
      counts: () => ({ hits: 0, misses: 0, entries: 0, bytes: 0 }),
    },
    pack: (plan) => ({
      plan: { ...plan, range: undefined },
      objects: [...objects].sort((a, b) => (a.key < b.key ? -1 : 1)),
    }),
  };
}
