import { FlowError } from '../../../src/errors';
import { createBoundedListing } from '../../../src/plugin/resources/bounded-listing';
import type { ListPage, ObjectStore } from '../../../src/store/store';
import { failureOf } from '../../contract/object-store-contract';

/** A store whose every prefix has these pages of so many folders. */
function storeOf(pageSizes: readonly number[], fail?: (prefix: string) => FlowError | undefined): ObjectStore {
  return {
    name: 'store',
    async *list(prefix: string) {
      const error = fail?.(prefix);
      if (error) {
        throw error;
      }
      for (const [page, size] of pageSizes.entries()) {
        yield {
          objects: [],
          prefixes: Array.from({ length: size }, (_, index) => `${prefix}${page}-${index}/`),
        } satisfies ListPage;
      }
    },
    read() {
      throw new Error('nothing is read');
    },
    close: () => undefined,
  };
}
const create = (maxPages: number) => createBoundedListing({ signal: new AbortController().signal, maxPages });

test('all folders, while there are pages', async () => {
  const listing = create(5);
  const store = storeOf([1000, 5]);
  expect(await listing.folders(store, 'a/')).toHaveLength(1005);
  expect(await listing.folders(store, 'b/')).toHaveLength(1005);
  expect(listing.isCut()).toBe(false);
});

test('it ends amid a listing, or before one, and says so', async () => {
  const amid = create(1);
  expect(await amid.folders(storeOf([1000, 5]), 'a/')).toHaveLength(1000);
  expect(amid.isCut()).toBe(true);

  const before = create(2);
  expect(await before.folders(storeOf([5]), 'a/')).toHaveLength(5);
  expect(before.isCut()).toBe(false);
  await before.folders(storeOf([5]), 'a/');
  expect(await before.folders(storeOf([5]), 'b/')).toEqual([]);
  expect(before.isCut()).toBe(true);
});

test('a refused listing is a problem, and the others go on', async () => {
  const denied = new FlowError('access-denied', 'cannot list b/');
  const store = storeOf([2], (prefix) => (prefix === 'b/' ? denied : undefined));
  const listing = create(10);
  expect(await listing.folders(store, 'b/')).toEqual([]);
  expect(await listing.folders(store, 'a/')).toHaveLength(2);
  expect(listing.problems()).toEqual({
    count: 1,
    first: [{ key: 'b/', code: 'access-denied', message: 'cannot list b/' }],
  });
  expect(() => listing.assertNoFailure()).toThrow(denied);
});

test.each(['aborted', 'internal'] as const)('%s ends it all', async (code) => {
  const store = storeOf([1], () => new FlowError(code, 'over'));
  expect(await failureOf(create(10).folders(store, 'a/'))).toMatchObject({ code });
});
