/**
 * Counts what a store is asked for: requests are what S3 charges, and "we read less" becomes something a test can assert.
 */

import type { ListOptions, ObjectStore, ReadAtOnceOptions, ReadOptions } from './store';

/** Totals since the counter was made. */
export interface StoreCounts {
  /** Pages asked for, whether they came or failed. */
  readonly listRequests: number;
  readonly readRequests: number;
  /** Bytes of bodies handed on. */
  readonly bytesRead: number;
  /** Objects in the pages (without folded prefixes). */
  readonly objectsListed: number;
}

export interface CountingStore {
  /** To be used in place of the store. */
  readonly store: ObjectStore;
  /** A snapshot. */
  counts(): StoreCounts;
}

/** Wraps a store. Inside `withRetry` it counts every attempt, outside of it what was asked for. */
export function withCounting(store: ObjectStore): CountingStore {
  let listRequests = 0;
  let readRequests = 0;
  let bytesRead = 0;
  let objectsListed = 0;
  return {
    counts: () => ({ listRequests, readRequests, bytesRead, objectsListed }),
    store: {
      name: store.name,
      async *list(prefix: string, options?: ListOptions) {
        try {
          for await (const page of store.list(prefix, options)) {
            listRequests++;
            objectsListed += page.objects.length;
            yield page;
          }
        } catch (thrown) {
          listRequests++;
          throw thrown;
        }
      },
      async *read(key: string, options?: ReadOptions) {
        readRequests++;
        for await (const chunk of store.read(key, options)) {
          bytesRead += chunk.length;
          yield chunk;
        }
      },
      ...(store.readAtOnce && {
        async readAtOnce(key: string, options: ReadAtOnceOptions) {
          const body = await store.readAtOnce!(key, options);
          readRequests += body ? 1 : 0;
          bytesRead += body?.length ?? 0;
          return body;
        },
      }),
      close: () => store.close(),
    },
  };
}
