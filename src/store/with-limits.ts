/**
 * A ceiling on what may be asked of a store, however the query is written: anyone who may look at a dashboard may send one.
 */

import { FlowError } from '../errors';
import type { ListOptions, ObjectStore, ReadAtOnceOptions, ReadOptions } from './store';

/** Each over all calls together, not per call. */
export interface StoreLimits {
  /** Pages of listings. */
  readonly maxListRequests?: number;
  readonly maxReads?: number;
  /** Bytes of bodies (compressed). */
  readonly maxBytes?: number;
}

/**
 * Wraps a store; what goes over a limit fails with `over-limit` and the fields `limit` (its name) and `value`. Only when a
 * page or chunk has come is it known to be one too many: it is not handed on.
 */
export function withLimits(
  store: ObjectStore,
  { maxListRequests = Infinity, maxReads = Infinity, maxBytes = Infinity }: StoreLimits,
): ObjectStore {
  let listRequests = 0;
  let reads = 0;
  let bytes = 0;
  return {
    name: store.name,
    async *list(prefix: string, options?: ListOptions) {
      assertWithin('maxListRequests', listRequests + 1, maxListRequests, `list ${store.name}`);
      for await (const page of store.list(prefix, options)) {
        listRequests++;
        assertWithin('maxListRequests', listRequests, maxListRequests, `list ${store.name}`);
        yield page;
      }
    },
    async *read(key: string, options?: ReadOptions) {
      reads++;
      assertWithin('maxReads', reads, maxReads, `read ${key}`);
      for await (const chunk of store.read(key, options)) {
        bytes += chunk.length;
        assertWithin('maxBytes', bytes, maxBytes, `read ${key}`);
        yield chunk;
      }
    },
    ...(store.readAtOnce && {
      async readAtOnce(key: string, options: ReadAtOnceOptions) {
        reads++;
        assertWithin('maxReads', reads, maxReads, `read ${key}`);
        const body = await store.readAtOnce!(key, options);
        if (body) {
          bytes += body.length;
          assertWithin('maxBytes', bytes, maxBytes, `read ${key}`);
        } else {
          // The same read comes again.
          reads--;
        }
        return body;
      },
    }),
    close: () => store.close(),
  };
}

const WHAT: Readonly<Record<keyof StoreLimits, string>> = {
  maxListRequests: 'pages of listings',
  maxReads: 'objects',
  maxBytes: 'bytes',
};

function assertWithin(limit: keyof StoreLimits, used: number, value: number, doing: string): void {
  if (used > value) {
    throw new FlowError('over-limit', `cannot ${doing}: more than ${value} ${WHAT[limit]} would be read`, {
      fields: { limit, value },
    });
  }
}
