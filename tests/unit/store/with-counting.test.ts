import { FlowError } from '../../../src/errors';
import { withCounting } from '../../../src/store/with-counting';
import { failureOf, listAll, readAll } from '../../contract/object-store-contract';
import { createFakeStore, page } from './fake-store';

test('counts pages, reads, bytes and objects as they pass, and changes none of them', async () => {
  const inner = createFakeStore({
    lists: [[page(['a', 'b']), page(['c'], ['d/'])], [page([])]],
    reads: [['012', '34'], ['5']],
  });
  const { store, counts } = withCounting(inner);
  const none = counts();
  expect(none).toEqual({ listRequests: 0, readRequests: 0, bytesRead: 0, objectsListed: 0 });

  expect(await listAll(store, 'p', { startAfter: 'x' })).toEqual({
    keys: ['a', 'b', 'c'],
    prefixes: ['d/'],
    pages: [2, 2],
  });
  await listAll(store);
  expect(counts()).toEqual({ listRequests: 3, readRequests: 0, bytesRead: 0, objectsListed: 3 });

  expect((await readAll(store, 'k', { range: { start: 1 } })).toString()).toBe('01234');
  await readAll(store, 'k');
  expect(counts()).toEqual({ listRequests: 3, readRequests: 2, bytesRead: 6, objectsListed: 3 });
  expect(none.bytesRead).toBe(0);

  expect(inner.listed[0]).toEqual({ prefix: 'p', options: { startAfter: 'x' } });
  expect(inner.read_[0]).toEqual({ key: 'k', options: { range: { start: 1 } } });
});

test('counts what fails, and what is left early as far as it came', async () => {
  const down = new FlowError('unavailable', 'cannot test');
  const { store, counts } = withCounting(
    createFakeStore({
      lists: [
        [page(['a']), down],
        [page(['b']), page(['c'])],
      ],
      reads: [
        ['01', down],
        ['2', '3'],
      ],
    }),
  );
  expect(await failureOf(listAll(store))).toBe(down);
  expect(await failureOf(readAll(store, 'k'))).toBe(down);
  expect(counts()).toEqual({ listRequests: 2, readRequests: 1, bytesRead: 2, objectsListed: 1 });
  for await (const { objects } of store.list('')) {
    expect(objects).toHaveLength(1);
    break;
  }
  for await (const chunk of store.read('k')) {
    expect(chunk).toHaveLength(1);
    break;
  }
  expect(counts()).toEqual({ listRequests: 3, readRequests: 2, bytesRead: 3, objectsListed: 2 });
});

test('name and close are the store’s', () => {
  const inner = createFakeStore({});
  const { store } = withCounting(inner);
  store.close();
  expect([store.name, inner.isClosed()]).toEqual(['fake', true]);
});

test('counts what comes at once', async () => {
  const { store, counts } = withCounting(createFakeStore({ reads: [['012'], []] }));
  const options = { etag: 'tag', sizeBytes: 3 };
  expect(await store.readAtOnce!('a', options)).toHaveLength(3);
  expect(await store.readAtOnce!('b', options)).toBeUndefined();
  expect(counts()).toMatchObject({ readRequests: 1, bytesRead: 3 });
});
