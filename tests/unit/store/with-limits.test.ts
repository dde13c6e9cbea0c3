import { withLimits } from '../../../src/store/with-limits';
import { failureOf, listAll, readAll } from '../../contract/object-store-contract';
import { createFakeStore, page } from './fake-store';

test('without limits everything passes', async () => {
  const store = withLimits(createFakeStore({ lists: [[page(['a']), page(['b'])]], reads: [['01', '2']] }), {});
  expect((await listAll(store)).keys).toEqual(['a', 'b']);
  expect((await readAll(store, 'k')).toString()).toBe('012');
});

test('pages are limited over all listings', async () => {
  const inner = createFakeStore({ lists: [[page(['a'])], [page(['b']), page(['c'])]] });
  const store = withLimits(inner, { maxListRequests: 2 });
  await listAll(store);
  const keys: string[] = [];
  const listing = (async () => {
    for await (const { objects } of store.list('')) {
      keys.push(...objects.map(({ key }) => key));
    }
  })();
  expect(await failureOf(listing)).toMatchObject({
    code: 'over-limit',
    message: 'cannot list fake: more than 2 pages of listings would be read',
    fields: { limit: 'maxListRequests', value: 2 },
  });
  expect(keys).toEqual(['b']);
  // Nothing is asked for any more.
  expect((await failureOf(listAll(store))).code).toBe('over-limit');
  expect(inner.listed).toHaveLength(2);
});

test('a listing that just fits passes', async () => {
  const store = withLimits(createFakeStore({ lists: [[page(['a']), page(['b'])]] }), { maxListRequests: 2 });
  expect((await listAll(store)).keys).toEqual(['a', 'b']);
});

test('reads are limited before they are made', async () => {
  const inner = createFakeStore({ reads: [['0'], ['1']] });
  const store = withLimits(inner, { maxReads: 2 });
  await Promise.all([readAll(store, 'k'), readAll(store, 'k')]);
  expect(await failureOf(readAll(store, 'third'))).toMatchObject({
    code: 'over-limit',
    message: expect.stringMatching(/^cannot read third: /),
    fields: { limit: 'maxReads', value: 2 },
  });
  expect(inner.read_).toHaveLength(2);
});

test('bytes are limited over all reads, and none beyond is handed on', async () => {
  const store = withLimits(createFakeStore({ reads: [['0123'], ['45', '6', '7']] }), { maxBytes: 7 });
  await readAll(store, 'k');
  let bytes = '';
  const reading = (async () => {
    for await (const chunk of store.read('k')) {
      bytes += Buffer.from(chunk).toString();
    }
  })();
  expect(await failureOf(reading)).toMatchObject({ code: 'over-limit', fields: { limit: 'maxBytes', value: 7 } });
  expect(bytes).toBe('456');
});

test('name and close are the store’s', () => {
  const inner = createFakeStore({});
  const store = withLimits(inner, {});
  store.close();
  expect([store.name, inner.isClosed()]).toEqual(['fake', true]);
});

test('what is read at once is limited alike, but what did not come that way is read again', async () => {
  const options = { etag: 'tag', sizeBytes: 3 };
  const inner = createFakeStore({ reads: [[], ['0', '12'], ['3456'], []] });
  const store = withLimits(inner, { maxReads: 3, maxBytes: 6 });
  expect(await store.readAtOnce!('a', options)).toBeUndefined();
  expect(Buffer.from((await store.readAtOnce!('a', options))!).toString()).toBe('012');
  expect(await failureOf(store.readAtOnce!('b', options))).toMatchObject({ fields: { limit: 'maxBytes', value: 6 } });
  expect(await store.readAtOnce!('c', options)).toBeUndefined();
  await Promise.allSettled([store.readAtOnce!('d', options)]);
  expect(await failureOf(store.readAtOnce!('e', options))).toMatchObject({ fields: { limit: 'maxReads', value: 3 } });
  expect(inner.read_.map(({ key }) => key)).toEqual(['a', 'a', 'b', 'c', 'd']);
});
