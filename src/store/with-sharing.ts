/**
 * Lets those who ask for the same at the same time, or shortly after one another, share one answer: the panels of a
 * dashboard list and read nothing twice. Objects are immutable, so their bytes are kept as long as there is room; a
 * listing is kept for some seconds only.
 */

import { assertNotAborted, FlowError, unlessAborted } from '../errors';
import type { ByteCache } from './byte-cache';
import { createSharedIterable, type SharedIterable } from './shared-iterable';
import type { ListOptions, ListPage, ObjectStore, ReadAtOnceOptions, ReadOptions } from './store';

/** What the cache keeps for stores. */
export type SharedAnswer =
  | { readonly kind: 'object'; readonly body: Uint8Array }
  | { readonly kind: 'listing'; readonly pages: readonly ListPage[]; readonly endMs: number }
  /** A time slice of a log group (`logs/share-slices`), which has the cache too. */
  | { readonly kind: 'slice'; readonly chunks: readonly Uint8Array[]; readonly endMs: number };

export interface SharingOptions {
  /** May be given to several stores. */
  readonly cache: ByteCache<SharedAnswer>;
  /** What tells this store from the others that have the cache: stores of one scope hold the same objects. */
  readonly scope?: string;
  /**
   * For how long after its end a listing stands for the next ones; 0 shares only listings under way. An object that
   * vanishes meanwhile is `not-found` when it is read.
   */
  readonly listTtlMs?: number;
  /** Milliseconds; need not be the time of day. */
  readonly clock?: () => number;
}

/** Listings and reads by where their answer came from. */
export interface SharingCounts {
  /** From memory. */
  readonly listHits: number;
  /** From one that was under way. */
  readonly listsShared: number;
  /** From the store. */
  readonly listMisses: number;
  readonly readHits: number;
  readonly readsShared: number;
  readonly readMisses: number;
  /** Reads from the store that cannot be shared: of a part, without ETag or size, too large, or no room. */
  readonly readsPassed: number;
  /** Bytes handed on by `readHits` and `readsShared`. */
  readonly savedBytes: number;
}

export interface SharingStore {
  /** To be used in place of the store. */
  readonly store: ObjectStore;
  /** A snapshot. */
  counts(): SharingCounts;
}

/** Larger pieces are handed on in chunks of this size. */
const CHUNK_BYTES = 2 ** 18;
/** What an object in a listing takes besides the text of its key and ETag. */
const LISTED_BYTES = 200;

type Tally = { -readonly [Name in keyof SharingCounts]: number };

/**
 * Wraps a store, outside of `withRetry` (which then tries again for all) and inside of whatever limits what one caller may
 * see or use. Chunks are the caller's own, as with any store; pages are shared.
 *
 * Whole objects are shared if their ETag and size are given and the cache takes that much; all other reads pass through.
 * What is kept under an ETag is given under it, whatever the store holds by now. A shared listing goes only as far as the
 * one in front wants. Each caller can leave alone; when the last one does, the request is aborted and nothing of it is
 * kept. A failure reaches all who are waiting, and is not kept.
 */
export function withSharing(
  inner: ObjectStore,
  { cache, scope = inner.name, listTtlMs = 10_000, clock = () => performance.now() }: SharingOptions,
): SharingStore {
  const listings = new Map<string, SharedIterable<ListPage>>();
  const bodies = new Map<string, SharedBody>();
  /** Bodies that come in one piece; those who share one get copies. */
  const comingAtOnce = new Map<string, Promise<Uint8Array | undefined>>();
  const total: Tally = {
    listHits: 0,
    listsShared: 0,
    listMisses: 0,
    readHits: 0,
    readsShared: 0,
    readMisses: 0,
    readsPassed: 0,
    savedBytes: 0,
  };

  const startListing = (id: string, prefix: string, options: ListOptions): SharedIterable<ListPage> => {
    const forget = (): void => void (listings.get(id) === listing && listings.delete(id));
    const listing = createSharedIterable({
      open: (signal) => keepListing(inner.list(prefix, { ...options, signal }), id, () => (forget(), listing.seal())),
      onEnd: forget,
    });
    listings.set(id, listing);
    return listing;
  };

  /** The pages as they come; kept at their end. One that becomes too large calls `outgrow` and is not. */
  async function* keepListing(source: AsyncIterable<ListPage>, id: string, outgrow: () => void) {
    let pages: ListPage[] | undefined = [];
    let bytes = 0;
    for await (const page of source) {
      bytes += pageBytes(page);
      if (pages !== undefined && bytes > cache.maxEntryBytes) {
        pages = undefined;
        outgrow();
      }
      pages?.push(page);
      yield page;
    }
    if (pages !== undefined && listTtlMs > 0) {
      cache.reserve(bytes)?.keep(id, { kind: 'listing', pages, endMs: clock() });
    }
  }

  const findListing = (id: string): readonly ListPage[] | undefined => {
    const kept = cache.get(id);
    if (kept?.kind !== 'listing') {
      return undefined;
    }
    if (clock() - kept.endMs < listTtlMs) {
      return kept.pages;
    }
    cache.delete(id);
    return undefined;
  };

  /** Starts to read an object for the cache; `undefined` if there is no room. */
  const startBody = (id: string, key: string, etag: string, sizeBytes: number): SharedBody | undefined => {
    const room = cache.reserve(sizeBytes);
    if (room === undefined) {
      return undefined;
    }
    const body = Buffer.allocUnsafeSlow(sizeBytes);
    const shared: SharedBody = {
      body,
      spans: createSharedIterable({
        open: (signal) =>
          fillBody(body, inner.read(key, { etag, sizeBytes, signal }), key, () =>
            room.keep(id, { kind: 'object', body }),
          ),
        onEnd() {
          bodies.delete(id);
          room.release();
        },
      }),
    };
    bodies.set(id, shared);
    return shared;
  };

  /** Reads an object in one piece, for the cache if there is room for it. */
  const startAtOnce = (id: string, key: string, options: ReadAtOnceOptions): Promise<Uint8Array | undefined> => {
    const room = cache.reserve(options.sizeBytes);
    const coming = inner.readAtOnce!(key, options)
      .then((body) => {
        if (body) {
          room?.keep(id, { kind: 'object', body });
        }
        return body;
      })
      .finally(() => {
        comingAtOnce.delete(id);
        room?.release();
      });
    comingAtOnce.set(id, coming);
    return coming;
  };

  const count = (name: keyof Tally, more = 1): void => {
    total[name] += more;
  };
  return {
    counts: () => ({ ...total }),
    store: {
      name: inner.name,

      async *list(prefix: string, { signal, ...options }: ListOptions = {}) {
        assertNotAborted(signal);
        const { delimiter, startAfter, stamps } = options;
        const range = stamps ? [stamps.fromSec, stamps.toSec] : [];
        const id = JSON.stringify(['list', scope, prefix, delimiter, startAfter, ...range]);
        const pages = findListing(id);
        if (pages !== undefined) {
          count('listHits');
          for (const page of pages) {
            assertNotAborted(signal);
            yield page;
          }
          return;
        }
        const underWay = listings.get(id);
        count(underWay ? 'listsShared' : 'listMisses');
        yield* (underWay ?? startListing(id, prefix, options)).follow(signal);
      },

      async *read(key: string, options: ReadOptions = {}) {
        const { signal, range, etag, sizeBytes = -1 } = options;
        assertNotAborted(signal);
        if (range !== undefined || etag === undefined || sizeBytes < 0) {
          count('readsPassed');
          yield* inner.read(key, options);
          return;
        }
        const id = JSON.stringify(['read', scope, key, etag]);
        const kept = cache.get(id);
        if (kept?.kind === 'object') {
          count('readHits');
          for (const chunk of copyChunks(kept.body, 0, kept.body.length)) {
            assertNotAborted(signal);
            count('savedBytes', chunk.length);
            yield chunk;
          }
          return;
        }
        const underWay = bodies.get(id);
        const shared = underWay ?? startBody(id, key, etag, sizeBytes);
        if (shared === undefined) {
          count('readsPassed');
          yield* inner.read(key, options);
          return;
        }
        count(underWay ? 'readsShared' : 'readMisses');
        for await (const { start, end } of shared.spans.follow(signal)) {
          for (const chunk of copyChunks(shared.body, start, end)) {
            assertNotAborted(signal);
            count('savedBytes', underWay ? chunk.length : 0);
            yield chunk;
          }
        }
      },

      ...(inner.readAtOnce && {
        async readAtOnce(key: string, options: ReadAtOnceOptions) {
          const { signal, etag } = options;
          assertNotAborted(signal);
          const id = JSON.stringify(['read', scope, key, etag]);
          const kept = cache.get(id);
          if (kept?.kind === 'object') {
            count('readHits');
            count('savedBytes', kept.body.length);
            return copyOf(kept.body);
          }
          if (bodies.has(id)) {
            // `read` follows it.
            return undefined;
          }
          const underWay = comingAtOnce.get(id);
          const body = await (underWay ? unlessAborted(underWay, signal) : startAtOnce(id, key, options));
          if (!body) {
            return undefined;
          }
          count(underWay ? 'readsShared' : 'readMisses');
          count('savedBytes', underWay ? body.length : 0);
          // Each may give the memory of its own away.
          return copyOf(body);
        },
      }),

      close: () => inner.close(),
    },
  };
}

/** Memory of its own, of which nothing else is a part. */
function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

/** An object being read: its memory and which part of it has come with each chunk. */
interface SharedBody {
  readonly body: Uint8Array;
  readonly spans: SharedIterable<Span>;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Fills the body; calls `onFull` if all of it has come. Chunks may be parts of larger memory, so they are not kept. */
async function* fillBody(
  body: Uint8Array,
  chunks: AsyncIterable<Uint8Array>,
  key: string,
  onFull: () => void,
): AsyncGenerator<Span> {
  let start = 0;
  for await (const chunk of chunks) {
    const end = start + chunk.length;
    if (end > body.length) {
      throw new FlowError('corrupt-object', `cannot read ${key}: it is larger than the listing said`, {
        fields: { key },
      });
    }
    body.set(chunk, start);
    yield { start, end };
    start = end;
  }
  if (start === body.length) {
    onFull();
  }
}

/** Copies, because callers may give a chunk's memory away. */
function* copyChunks(body: Uint8Array, start: number, end: number): Generator<Uint8Array> {
  for (let from = start; from < end; from += CHUNK_BYTES) {
    yield copyOf(body.subarray(from, Math.min(end, from + CHUNK_BYTES)));
  }
}

function pageBytes({ objects, prefixes }: ListPage): number {
  let bytes = LISTED_BYTES;
  for (const { key, etag } of objects) {
    bytes += key.length + etag.length + LISTED_BYTES;
  }
  for (const prefix of prefixes) {
    bytes += prefix.length + LISTED_BYTES;
  }
  return bytes;
}
