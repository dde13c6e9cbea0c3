/**
 * The last wall around what a data source may read: whatever asks, no key outside of the configured prefix is listed or
 * read.
 */

import { FlowError } from '../errors';
import type { ListOptions, ListPage, ObjectStore, ReadAtOnceOptions, ReadOptions } from '../store/store';

/**
 * Wraps a store. Inside is what begins with the prefix if that is empty or ends with `/`. Of a prefix `team-a` it is
 * `team-a/…` and, since AWS glues so, `team-aAWSLogs/…`, and an object `team-a` itself; never `team-ab/…`.
 *
 * A listing of a prefix outside is empty, as if nothing were there (a search for `AWSLogs/` may look beside it); a read
 * outside is `access-denied`. Neither makes a request. A listing of `team-a` itself shows only what is inside.
 */
export function withinPrefix(store: ObjectStore, allowed: string): ObjectStore {
  const isWhole = allowed === '' || allowed.endsWith('/');
  const starts = isWhole ? [allowed] : [`${allowed}/`, `${allowed}AWSLogs/`];
  const isInside = (path: string): boolean => path === allowed || starts.some((start) => path.startsWith(start));
  const assertInside = (key: string): void => {
    if (!isInside(key)) {
      throw new FlowError('access-denied', `cannot read ${key}: it is outside of ${store.name}/${allowed}`, {
        fields: { key },
      });
    }
  };
  return {
    name: store.name,
    async *list(prefix: string, options?: ListOptions) {
      if (!isInside(prefix)) {
        yield { objects: [], prefixes: [] } satisfies ListPage;
      } else if (prefix === allowed && !isWhole) {
        for await (const page of store.list(prefix, options)) {
          yield {
            ...page,
            objects: page.objects.filter(({ key }) => isInside(key)),
            prefixes: page.prefixes.filter(isInside),
          };
        }
      } else {
        yield* store.list(prefix, options);
      }
    },
    async *read(key: string, options?: ReadOptions) {
      assertInside(key);
      yield* store.read(key, options);
    },
    ...(store.readAtOnce && {
      async readAtOnce(key: string, options: ReadAtOnceOptions) {
        assertInside(key);
        return store.readAtOnce!(key, options);
      },
    }),
    close: () => store.close(),
  };
}
