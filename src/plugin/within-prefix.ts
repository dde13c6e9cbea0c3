/**
 * The last wall around what a data source may read: whatever asks, no key outside of the configured prefix is listed or
 * read.
 */

import { FlowError } from '../errors';
import type { ListOptions, ListPage, ObjectStore, ReadOptions } from '../store/store';

/**
 * Wraps a store. A listing of a prefix outside is empty, as if nothing were there (a search for `AWSLogs/` may look
 * beside it); a read outside is `access-denied`. Neither makes a request.
 */
export function withinPrefix(store: ObjectStore, allowed: string): ObjectStore {
  return {
    name: store.name,
    async *list(prefix: string, options?: ListOptions) {
      if (prefix.startsWith(allowed)) {
        yield* store.list(prefix, options);
      } else {
        yield { objects: [], prefixes: [] } satisfies ListPage;
      }
    },
    async *read(key: string, options?: ReadOptions) {
      if (!key.startsWith(allowed)) {
        throw new FlowError('access-denied', `cannot read ${key}: it is outside of ${store.name}/${allowed}`, {
          fields: { key },
        });
      }
      yield* store.read(key, options);
    },
    close: () => store.close(),
  };
}
