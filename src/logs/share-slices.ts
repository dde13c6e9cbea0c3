/**
 * Lets those who read the same time slice at the same time, or shortly after one another, share one reading: the panels of a
 * dashboard ask CloudWatch Logs once, whose quota is small.
 */
import { assertNotAborted } from '../errors';
import type { ByteCache } from '../store/byte-cache';
import { createSharedIterable, type SharedIterable } from '../store/shared-iterable';
import type { SharedAnswer } from '../store/with-sharing';

export interface SliceSharingOptions {
  /** May be given to several groups, and be that of `withSharing`. */
  readonly cache: ByteCache<SharedAnswer>;
  /** What tells this source from the others that have the cache: each has its own rights. */
  readonly scope: string;
  /** For how long after its end a reading stands for the next ones: what is late may come any moment. */
  readonly ttlMs?: number;
  /** Milliseconds; need not be the time of day. */
  readonly clock?: () => number;
}

export interface SliceSharing {
  /** The text of a slice, as it is read by `open` or by who came before. Chunks are the caller's own. */
  read(
    key: string,
    open: (signal: AbortSignal) => AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): AsyncIterable<Uint8Array>;
}

/** Larger slices are read by each on his own. */
const MAX_SHARED_BYTES = 8 * 2 ** 20;

/** Nothing is shared yet. */
export function createSliceSharing({
  cache,
  scope,
  ttlMs = 10_000,
  clock = () => performance.now(),
}: SliceSharingOptions): SliceSharing {
  const maxBytes = Math.min(MAX_SHARED_BYTES, cache.maxEntryBytes);
  const readings = new Map<string, SharedIterable<Uint8Array>>();

  const start = (id: string, open: (signal: AbortSignal) => AsyncIterable<Uint8Array>): SharedIterable<Uint8Array> => {
    const forget = (): void => void (readings.get(id) === reading && readings.delete(id));
    const reading = createSharedIterable({
      open: (signal) => keep(id, open(signal), () => (forget(), reading.seal())),
      onEnd: forget,
    });
    readings.set(id, reading);
    return reading;
  };

  /** The chunks as they come; kept at their end, unless they become too many and `outgrow` is called. */
  async function* keep(id: string, source: AsyncIterable<Uint8Array>, outgrow: () => void): AsyncGenerator<Uint8Array> {
    let chunks: Uint8Array[] | undefined = [];
    let bytes = 0;
    for await (const chunk of source) {
      bytes += chunk.length;
      if (chunks !== undefined && bytes > maxBytes) {
        chunks = undefined;
        outgrow();
      }
      chunks?.push(chunk);
      yield chunk;
    }
    if (chunks !== undefined && ttlMs > 0) {
      cache.reserve(bytes)?.keep(id, { kind: 'slice', chunks, endMs: clock() });
    }
  }

  const findKept = (id: string): readonly Uint8Array[] | undefined => {
    const kept = cache.get(id);
    if (kept?.kind !== 'slice') {
      return undefined;
    }
    if (clock() - kept.endMs < ttlMs) {
      return kept.chunks;
    }
    cache.delete(id);
    return undefined;
  };

  return {
    async *read(key, open, signal) {
      assertNotAborted(signal);
      const id = JSON.stringify(['slice', scope, key]);
      const kept = findKept(id);
      const chunks = kept ?? (readings.get(id) ?? start(id, open)).follow(signal);
      for await (const chunk of chunks) {
        assertNotAborted(signal);
        // A copy, because callers may give a chunk's memory away.
        yield chunk.slice();
      }
    },
  };
}
