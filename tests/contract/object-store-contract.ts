/**
 * What every `ObjectStore` must do, whatever it is made of. A store's test file calls `describeObjectStore` with a way to
 * make a store that holds given objects; tests of what is special to a store stay in that file.
 */

import { FlowError } from '../../src/errors';
import { compareKeys } from '../../src/store/key-order';
import type { ListOptions, ObjectStore, ReadOptions } from '../../src/store/store';

/** Key to content. */
export type Seed = Readonly<Record<string, string | Uint8Array>>;

export interface SeededStore {
  readonly store: ObjectStore;
  /** Writes one more object, or another content under the same key. */
  put(key: string, content: string | Uint8Array): Promise<void>;
  /** Frees what `seed` took; closes the store. */
  dispose(): Promise<void>;
}

/** Everything that a listing gives, and how it came. */
export interface Listed {
  readonly keys: readonly string[];
  readonly prefixes: readonly string[];
  /** Entries (objects and prefixes) per page. */
  readonly pages: readonly number[];
}

/** Reads a listing to its end. */
export async function listAll(store: ObjectStore, prefix = '', options?: ListOptions): Promise<Listed> {
  const keys: string[] = [];
  const prefixes: string[] = [];
  const pages: number[] = [];
  for await (const page of store.list(prefix, options)) {
    keys.push(...page.objects.map(({ key }) => key));
    prefixes.push(...page.prefixes);
    pages.push(page.objects.length + page.prefixes.length);
  }
  return { keys, prefixes, pages };
}

/** Reads an object to its end. */
export async function readAll(store: ObjectStore, key: string, options?: ReadOptions): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(key, options)) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The `FlowError` that a promise rejects with; fails if it does not. */
export async function failureOf(promise: Promise<unknown>): Promise<FlowError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (thrown: unknown) => ({ thrown }),
  );
  if (!('thrown' in outcome)) {
    throw new Error(`expected a failure, got ${JSON.stringify(outcome.value)}`);
  }
  if (!(outcome.thrown instanceof FlowError)) {
    throw new Error('expected a FlowError', { cause: outcome.thrown });
  }
  return outcome.thrown;
}

const FLOW_LOG =
  'AWSLogs/123456789012/vpcflowlogs/eu-west-1/2026/11/20/123456789012_vpcflowlogs_eu-west-1_fl-00aa_20261120T0000Z_0badcafe.log.gz';

/** Keys that sort differently by UTF-16 units, by folder before file, and by locale. */
const TREE: Seed = {
  [FLOW_LOG]: 'log',
  'Upper/x': '1',
  'a-b/x': '2',
  'a.txt': '3',
  'a/b/c': '4',
  'a/b/d': '5',
  'a/bb': '6',
  'a/z': '7',
  a0: '8',
  'year=2026/month=11/day=20/x y+z%20%.gz': '9',
  'é/x': '10',
  '～': '11',
  '😀': '12',
};

/** Defines the tests. `seed` gives a fresh, empty place each time. */
export function describeObjectStore(name: string, seed: (objects: Seed) => Promise<SeededStore>): void {
  describe(name, () => {
    let seeded: SeededStore | undefined;
    const storeWith = async (objects: Seed): Promise<ObjectStore> => {
      seeded = await seed(objects);
      return seeded.store;
    };
    afterEach(async () => {
      await seeded?.dispose();
      seeded = undefined;
    });

    describe('list', () => {
      const keysOf = (prefix: string, after = '') =>
        Object.keys(TREE)
          .filter((key) => key.startsWith(prefix) && compareKeys(key, after) > 0)
          .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

      test('gives all keys, in UTF-8 byte order, on one page', async () => {
        const listed = await listAll(await storeWith(TREE));
        expect(listed.keys).toEqual(keysOf(''));
        expect(listed.keys).toHaveLength(13);
        expect(listed.pages).toEqual([13]);
      });

      test.each([
        ['a', 7],
        ['a/', 4],
        ['a/b', 3],
        ['a/b/', 2],
        ['a/b/c', 1],
        ['a0', 1],
        ['AWSLogs/123456789012/vpcflowlogs/eu-', 1],
        ['year=2026/month=1', 1],
        ['é', 1],
        ['😀', 1],
      ])('takes any text as prefix: %s', async (prefix, keyCount) => {
        const { keys } = await listAll(await storeWith(TREE), prefix);
        expect(keys).toEqual(keysOf(prefix));
        expect(keys).toHaveLength(keyCount);
      });

      test.each(['nothing', 'a/b/c/', 'a/b/c/d', 'a0/', '/a', 'a//b', '../', 'a/../a', './a'])(
        'finds nothing, in one empty page, under %s',
        async (prefix) => {
          expect(await listAll(await storeWith(TREE), prefix)).toEqual({ keys: [], prefixes: [], pages: [0] });
        },
      );

      test('shows size, time and a tag that changes with the content', async () => {
        const store = await storeWith({ 'a/b': 'four', empty: '' });
        const objectsOf = async () => {
          const objects = [];
          for await (const page of store.list('')) {
            objects.push(...page.objects);
          }
          return objects;
        };
        const [object, empty] = await objectsOf();
        expect(object).toEqual({
          key: 'a/b',
          sizeBytes: 4,
          etag: expect.stringMatching(/^[^"]+$/),
          lastModifiedMs: expect.any(Number),
          isArchived: false,
        });
        expect(empty?.sizeBytes).toBe(0);
        expect(Math.abs(Date.now() - object!.lastModifiedMs)).toBeLessThan(60_000);
        expect((await objectsOf())[0]).toEqual(object);

        await seeded!.put('a/b', 'other content');
        expect((await objectsOf())[0]!.etag).not.toBe(object!.etag);
      });

      test.each([
        ['', ['a.txt', 'a0', '～', '😀'], ['AWSLogs/', 'Upper/', 'a-b/', 'a/', 'year=2026/', 'é/']],
        ['a', ['a.txt', 'a0'], ['a-b/', 'a/']],
        ['a/', ['a/bb', 'a/z'], ['a/b/']],
        ['a/b', ['a/bb'], ['a/b/']],
        ['a/b/', ['a/b/c', 'a/b/d'], []],
        ['year=2026/', [], ['year=2026/month=11/']],
        ['AWSLogs/1', [], ['AWSLogs/123456789012/']],
        ['none', [], []],
      ])('folds at the delimiter under "%s"', async (prefix, keys, prefixes) => {
        const listed = await listAll(await storeWith(TREE), prefix, { delimiter: '/' });
        expect(listed).toEqual({ keys, prefixes, pages: [keys.length + prefixes.length] });
      });

      test.each([
        ['', 'a'],
        ['', 'a/b/c'],
        ['', 'a/b/'],
        ['', 'a/b'],
        ['', 'a/b/c/d'],
        ['a/', 'a/bb'],
        ['a/', 'A'],
        ['a/', 'b'],
        ['', '～'],
        ['', '😀'],
      ])('under "%s" gives only keys after "%s"', async (prefix, startAfter) => {
        const { keys } = await listAll(await storeWith(TREE), prefix, { startAfter });
        expect(keys).toEqual(keysOf(prefix, startAfter));
      });

      // "CommonPrefixes is filtered out from results if it is not lexicographically greater than the StartAfter value."
      test.each([
        ['a', ['a.txt', 'a0', '～', '😀'], ['a-b/', 'a/', 'year=2026/', 'é/']],
        ['a/', ['a0', '～', '😀'], ['year=2026/', 'é/']],
        ['a/b/c', ['a0', '～', '😀'], ['year=2026/', 'é/']],
        ['a.txt', ['a0', '～', '😀'], ['a/', 'year=2026/', 'é/']],
      ])('folded, gives only keys and prefixes after "%s"', async (startAfter, keys, prefixes) => {
        const listed = await listAll(await storeWith(TREE), '', { delimiter: '/', startAfter });
        expect(listed).toMatchObject({ keys, prefixes });
      });

      test('comes in pages of 1000, each key once', async () => {
        const names = Array.from({ length: 1203 }, (_, i) => `many/${String(i).padStart(5, '0')}`);
        const store = await storeWith(Object.fromEntries(names.map((key) => [key, 'x'])));
        expect(await listAll(store, 'many/')).toEqual({ keys: names, prefixes: [], pages: [1000, 203] });
        expect(await listAll(store, 'many/', { delimiter: '/', startAfter: names[202] })).toEqual({
          keys: names.slice(203),
          prefixes: [],
          pages: [1000],
        });
      });

      test('left after a page, leaves the store usable', async () => {
        const store = await storeWith(TREE);
        for await (const page of store.list('')) {
          expect(page.objects).toHaveLength(13);
          break;
        }
        expect((await listAll(store, 'a/')).keys).toHaveLength(4);
      });
    });

    describe('read', () => {
      const digits = '0123456789';

      test.each(Object.keys(TREE))('gives the bytes of %s', async (key) => {
        expect((await readAll(await storeWith(TREE), key)).toString()).toBe(TREE[key]);
      });

      test('gives nothing of an empty object', async () => {
        expect(await readAll(await storeWith({ empty: '' }), 'empty')).toHaveLength(0);
      });

      test.each([
        [{ start: 0 }, '0123456789'],
        [{ start: 3 }, '3456789'],
        [{ start: 3, end: 4 }, '3'],
        [{ start: 0, end: 10 }, '0123456789'],
        [{ start: 8, end: 100 }, '89'],
        [{ start: 5, end: 5 }, ''],
        [{ start: 10 }, ''],
        [{ start: 100 }, ''],
        [{ start: 100, end: 200 }, ''],
      ])('gives the bytes of the range %j', async (range, bytes) => {
        expect((await readAll(await storeWith({ digits }), 'digits', { range })).toString()).toBe(bytes);
      });

      test('gives a large object whole, in chunks that stay as they were', async () => {
        const content = Buffer.alloc(3_000_000, 'the quick brown fox. ');
        const store = await storeWith({ large: content });
        expect((await readAll(store, 'large')).equals(content)).toBe(true);
        const range = { start: 1_000_001, end: 2_999_999 };
        expect((await readAll(store, 'large', { range })).equals(content.subarray(range.start, range.end))).toBe(true);
      });

      test('heeds the ETag, also with a range', async () => {
        const store = await storeWith({ digits });
        let etag = '';
        for await (const page of store.list('digits')) {
          etag = page.objects[0]!.etag;
        }
        expect((await readAll(store, 'digits', { etag })).toString()).toBe(digits);
        expect((await readAll(store, 'digits', { etag, range: { start: 8 } })).toString()).toBe('89');
        expect((await readAll(store, 'digits', { etag, range: { start: 10 } })).toString()).toBe('');

        await seeded!.put('digits', 'other content');
        for (const range of [undefined, { start: 8 }, { start: 100 }]) {
          const error = await failureOf(readAll(store, 'digits', { etag, range }));
          expect(error).toMatchObject({ code: 'not-found', fields: { key: 'digits' } });
        }
      });

      test.each(['none', 'a/b', 'a/b/', 'a', 'a.txt/x', 'a.tx'])(
        'fails with not-found for %s, which is no object',
        async (key) => {
          const error = await failureOf(readAll(await storeWith(TREE), key));
          expect(error).toMatchObject({ code: 'not-found', fields: { key } });
          expect(error.message).toMatch(/^cannot read .+: .+/);
        },
      );

      test('left after a chunk, leaves the store usable, many times', async () => {
        const store = await storeWith({ large: Buffer.alloc(2_000_000, 'x'), small: 'x' });
        for (let i = 0; i < 150; i++) {
          for await (const chunk of store.read('large')) {
            expect(chunk.length).toBeGreaterThan(0);
            break;
          }
        }
        expect((await readAll(store, 'small')).toString()).toBe('x');
      });

      test('many at once', async () => {
        const store = await storeWith(TREE);
        const keys = Array.from({ length: 20 }, () => Object.keys(TREE)).flat();
        const contents = await Promise.all(keys.map((key) => readAll(store, key)));
        expect(contents.map(String)).toEqual(keys.map((key) => TREE[key]));
      });
    });

    describe('a signal', () => {
      test('aborted before stops list and read at once', async () => {
        const store = await storeWith(TREE);
        const signal = AbortSignal.abort();
        expect((await failureOf(listAll(store, '', { signal }))).code).toBe('aborted');
        expect((await failureOf(readAll(store, 'a0', { signal }))).code).toBe('aborted');
      });

      test('aborted between two pages stops the listing', async () => {
        const names = Array.from({ length: 1001 }, (_, i) => `many/${i}`);
        const store = await storeWith(Object.fromEntries(names.map((key) => [key, 'x'])));
        const controller = new AbortController();
        let pageCount = 0;
        const listing = (async () => {
          for await (const page of store.list('', { signal: controller.signal })) {
            pageCount += page.objects.length > 0 ? 1 : 0;
            controller.abort();
          }
        })();
        expect((await failureOf(listing)).code).toBe('aborted');
        expect(pageCount).toBe(1);
      });

      test('aborted between two chunks stops the read, with the reason of the signal', async () => {
        const store = await storeWith({ large: Buffer.alloc(3_000_000, 'x') });
        const controller = new AbortController();
        const reason = new FlowError('over-limit', 'cannot go on: enough');
        let chunkCount = 0;
        const reading = (async () => {
          for await (const chunk of store.read('large', { signal: controller.signal })) {
            chunkCount += chunk.length > 0 ? 1 : 0;
            controller.abort(reason);
          }
        })();
        expect(await failureOf(reading)).toBe(reason);
        expect(chunkCount).toBe(1);
      });
    });
  });
}
