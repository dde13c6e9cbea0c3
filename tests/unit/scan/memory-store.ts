/**
 * A bucket in memory with S3's rules of listing, which notes what it is asked for and can be made slow, or to refuse.
 */
import { createHash } from 'node:crypto';
import { abortError, assertNotAborted, FlowError } from '../../../src/errors';
import type { ListOptions, ObjectStore, ReadOptions } from '../../../src/store/store';

/** Bytes, and what is unusual about the object. */
export interface MemoryObject {
  readonly bytes: Uint8Array;
  readonly isArchived?: boolean;
  readonly lastModifiedMs?: number;
  /** What the listing says, if it is not the truth. */
  readonly listedBytes?: number;
  /** Thrown when the object is read, after `failAfterBytes` (0). */
  readonly failure?: Error;
  readonly failAfterBytes?: number;
}

export interface MemoryStoreOptions {
  readonly name?: string;
  /** Objects and prefixes of a page. */
  readonly pageEntries?: number;
  readonly chunkBytes?: number;
  /** Refuses a listing. */
  readonly refuse?: (prefix: string, options: ListOptions) => FlowError | undefined;
  /** Waited for before each page; gives way to the signal. */
  readonly beforePage?: (prefix: string) => Promise<void>;
  /** Waited for before an object's first byte; gives way to the signal. */
  readonly beforeRead?: (key: string) => Promise<void>;
}

export interface MemoryStore extends ObjectStore {
  readonly listed: readonly { readonly prefix: string; readonly delimiter?: string; readonly startAfter?: string }[];
  /** Pages given. */
  pageCount(): number;
  /** Keys in the order in which their reading began. */
  readonly begun: readonly string[];
  /** What was asked of them; without `start` the whole object. */
  readonly ranges: readonly { readonly key: string; readonly start?: number; readonly end?: number }[];
  /** Reads that have begun and not ended, in whatever way. */
  openReads(): number;
  mostOpenReads(): number;
}

/** Creates the store. */
export function createMemoryStore(
  objects: Readonly<Record<string, MemoryObject | Uint8Array | string>>,
  {
    name = 's3://memory',
    pageEntries = 1000,
    chunkBytes = 1 << 16,
    refuse,
    beforePage,
    beforeRead,
  }: MemoryStoreOptions = {},
): MemoryStore {
  const entries = new Map(Object.entries(objects).map(([key, object]) => [key, toObject(object)]));
  const keys = [...entries.keys()].sort();
  const listed: { prefix: string; delimiter?: string; startAfter?: string }[] = [];
  const begun: string[] = [];
  const ranges: { key: string; start?: number; end?: number }[] = [];
  let pages = 0;
  let open = 0;
  let mostOpen = 0;
  return {
    name,
    listed,
    begun,
    ranges,
    pageCount: () => pages,
    openReads: () => open,
    mostOpenReads: () => mostOpen,

    async *list(prefix: string, options: ListOptions = {}) {
      const { signal, delimiter, startAfter = '' } = options;
      assertNotAborted(signal);
      listed.push({ prefix, delimiter, startAfter: options.startAfter });
      const steps = new Set<string>();
      for (const key of keys) {
        if (key.startsWith(prefix) && key > startAfter) {
          const slash = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
          steps.add(slash < 0 ? key : key.slice(0, slash + 1));
        }
      }
      const all = [...steps];
      for (let from = 0; from === 0 || from < all.length; from += pageEntries) {
        await orAborted(beforePage?.(prefix), signal);
        const refusal = refuse?.(prefix, options);
        if (refusal) {
          throw refusal;
        }
        const page = all.slice(from, from + pageEntries);
        pages++;
        yield {
          objects: page.flatMap((key) => {
            const object = entries.get(key);
            return object ? [stored(key, object)] : [];
          }),
          prefixes: page.filter((key) => !entries.has(key)),
        };
      }
    },

    async *read(key: string, { signal, range }: ReadOptions = {}) {
      begun.push(key);
      ranges.push({ key, ...range });
      open++;
      mostOpen = Math.max(mostOpen, open);
      try {
        await orAborted(beforeRead?.(key), signal);
        const object = entries.get(key);
        if (!object) {
          throw new FlowError('not-found', `cannot read ${key}: there is no such object`, { fields: { key } });
        }
        const { bytes, failure, failAfterBytes = 0 } = object;
        const end = failure ? failAfterBytes : Math.min(range?.end ?? Infinity, bytes.length);
        for (let at = range?.start ?? 0; at < end; at += chunkBytes) {
          assertNotAborted(signal);
          // Whoever reads owns it, and may give its memory away.
          yield new Uint8Array(bytes.subarray(at, Math.min(end, at + chunkBytes)));
        }
        if (failure) {
          throw failure;
        }
      } finally {
        open--;
      }
    },

    close: () => undefined,
  };
}

/** A place to wait at until the test opens it. */
export interface Gate {
  /** Resolves when it is open. */
  pass(): Promise<void>;
  open(): void;
  /** Resolves when as many are waiting, or have passed. */
  arrived(count: number): Promise<void>;
}

export function createGate(): Gate {
  let isOpen = false;
  let waiting: (() => void)[] = [];
  let came = 0;
  let watchers: { count: number; resolve: () => void }[] = [];
  return {
    pass() {
      came++;
      watchers.filter(({ count }) => count <= came).forEach(({ resolve }) => resolve());
      watchers = watchers.filter(({ count }) => count > came);
      return isOpen ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve));
    },
    open() {
      isOpen = true;
      waiting.forEach((resolve) => resolve());
      waiting = [];
    },
    arrived: (count) =>
      came >= count ? Promise.resolve() : new Promise((resolve) => watchers.push({ count, resolve })),
  };
}

async function orAborted(waited: Promise<void> | undefined, signal: AbortSignal | undefined): Promise<void> {
  if (!waited) {
    return;
  }
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(abortError(signal!));
    signal?.addEventListener('abort', onAbort, { once: true });
  });
  try {
    await (signal?.aborted ? Promise.reject(abortError(signal)) : Promise.race([waited, aborted]));
  } finally {
    signal?.removeEventListener('abort', onAbort!);
  }
}

function toObject(object: MemoryObject | Uint8Array | string): MemoryObject {
  if (typeof object === 'string') {
    return { bytes: Buffer.from(object) };
  }
  return object instanceof Uint8Array ? { bytes: object } : object;
}

function stored(
  key: string,
  { bytes, isArchived = false, lastModifiedMs = 0, listedBytes = bytes.length }: MemoryObject,
) {
  return {
    key,
    sizeBytes: listedBytes,
    etag: createHash('md5').update(bytes).digest('hex'),
    lastModifiedMs,
    isArchived,
  };
}
