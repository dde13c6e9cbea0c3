import fc from 'fast-check';
import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { abortError, assertNotAborted, FlowError } from '../../../src/errors';
import { createByteCache, type ByteCache } from '../../../src/store/byte-cache';
import { createDirectoryStore } from '../../../src/store/directory-store';
import type { ObjectStore, ReadOptions, StoredObject } from '../../../src/store/store';
import { withCounting } from '../../../src/store/with-counting';
import { withSharing, type SharedAnswer, type SharingOptions } from '../../../src/store/with-sharing';
import { failureOf, listAll, readAll } from '../../contract/object-store-contract';

let root: string;
const unhandled: unknown[] = [];
const noteUnhandled = (reason: unknown): void => void unhandled.push(reason);
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vpcflow-sharing-'));
  process.on('unhandledRejection', noteUnhandled);
});
afterEach(async () => {
  await settle();
  process.off('unhandledRejection', noteUnhandled);
  rmSync(root, { recursive: true, force: true });
  expect(unhandled.splice(0)).toEqual([]);
});

const MIB = 2 ** 20;
const LARGE = Buffer.alloc(3 * MIB, 'the quick brown fox. ');

function put(key: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, key)), { recursive: true });
  writeFileSync(join(root, key), content);
}

/** A folder's store that can be held before each page and chunk, as a network can. */
function createHeldStore() {
  const inner = createDirectoryStore({ root });
  const waiting = new Set<() => void>();
  const state = { isHeld: false, open: 0, aborted: 0 };
  const pass = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      if (!state.isHeld) {
        resolve();
        return;
      }
      const go = (): void => {
        waiting.delete(go);
        resolve();
      };
      waiting.add(go);
      signal?.addEventListener('abort', () => {
        waiting.delete(go);
        reject(abortError(signal));
      });
    });
  async function* holding<T>(items: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
    state.open++;
    try {
      assertNotAborted(signal);
      await pass(signal);
      for await (const item of items) {
        yield item;
        await pass(signal);
      }
    } finally {
      state.open--;
      state.aborted += signal?.aborted ? 1 : 0;
    }
  }
  const store: ObjectStore = {
    ...inner,
    list: (prefix, options) => holding(inner.list(prefix, options), options?.signal),
    read: (key, options) => holding(inner.read(key, options), options?.signal),
  };
  return {
    store,
    state,
    hold: () => (state.isHeld = true),
    /** Lets everything pass. */
    open() {
      state.isHeld = false;
      [...waiting].forEach((go) => go());
    },
    /** Lets what waits now pass once. */
    step: () => [...waiting].forEach((go) => go()),
    /** Resolves when something waits, so that all before it has come to whoever is in front. */
    held: () => until(() => waiting.size > 0),
    /** Resolves when nothing is under way. */
    idle: () => until(() => state.open === 0),
  };
}

function createSharing({ maxBytes = 64 * MIB, ...options }: Partial<SharingOptions> & { maxBytes?: number } = {}) {
  const time = { nowMs: 0 };
  const held = createHeldStore();
  const counting = withCounting(held.store);
  const cache: ByteCache<SharedAnswer> = options.cache ?? createByteCache({ maxBytes });
  const sharing = withSharing(counting.store, { clock: () => time.nowMs, ...options, cache });
  return { ...held, counting, cache, sharing, time, store: sharing.store };
}

/** What a listing says of an object, for reading it. */
async function describeObject(key: string): Promise<Pick<StoredObject, 'etag' | 'sizeBytes'>> {
  for await (const { objects } of createDirectoryStore({ root }).list(key)) {
    const { etag, sizeBytes } = objects[0]!;
    return { etag, sizeBytes };
  }
  throw new Error(`there is no ${key}`);
}

/** Reads bytes as they come; `abort` cancels. */
function startRead(store: ObjectStore, key: string, options: ReadOptions) {
  const abort = new AbortController();
  const chunks: Uint8Array[] = [];
  const done = (async () => {
    for await (const chunk of store.read(key, { ...options, signal: abort.signal })) {
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  })();
  done.catch(() => undefined);
  return { done, chunks, abort };
}

/** Waits for files; gives up only where it would be forever. */
async function until(isTrue: () => boolean): Promise<void> {
  for (let turn = 0; !isTrue(); turn++) {
    if (turn === 5000) {
      throw new Error('what was waited for never came');
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Lets everything go on that waits for no file. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    await new Promise(setImmediate);
  }
}

describe('read', () => {
  test('one read serves all who ask at once, and those who come later get it from memory', async () => {
    put('a', LARGE);
    const { store, counting, sharing, cache } = createSharing();
    const known = await describeObject('a');
    const bodies = await Promise.all(Array.from({ length: 10 }, () => readAll(store, 'a', known)));
    expect(bodies.every((body) => body.equals(LARGE))).toBe(true);
    expect((await readAll(store, 'a', known)).equals(LARGE)).toBe(true);
    expect(counting.counts()).toMatchObject({ readRequests: 1, bytesRead: LARGE.length });
    expect(sharing.counts()).toEqual({
      listHits: 0,
      listsShared: 0,
      listMisses: 0,
      readHits: 1,
      readsShared: 9,
      readMisses: 1,
      readsPassed: 0,
      savedBytes: 10 * LARGE.length,
    });
    expect(cache.counts()).toMatchObject({ entries: 1, keptBytes: LARGE.length + 512, reservedBytes: 0 });
  });

  test('who joins amid the object gets what there is at once and the rest as it comes', async () => {
    put('a', LARGE);
    const { store, counting, hold, step, open, held } = createSharing();
    const known = await describeObject('a');
    hold();
    const first = startRead(store, 'a', known);
    await held();
    step();
    await held();
    step();
    await held();
    expect(Buffer.concat(first.chunks).equals(LARGE.subarray(0, 2 * MIB))).toBe(true);
    const second = startRead(store, 'a', known);
    await settle();
    expect(Buffer.concat(second.chunks).equals(LARGE.subarray(0, 2 * MIB))).toBe(true);
    open();
    expect([await first.done, await second.done].every((body) => body.equals(LARGE))).toBe(true);
    expect(counting.counts().readRequests).toBe(1);
  });

  test('chunks are their reader’s own: overwritten or given away, others get the bytes of the object', async () => {
    put('a', LARGE);
    const { store, counting } = createSharing();
    const known = await describeObject('a');
    const spoil = async () => {
      for await (const chunk of store.read('a', known)) {
        expect(chunk.byteLength).toBe(chunk.buffer.byteLength);
        chunk.fill(0);
        structuredClone(chunk.buffer, { transfer: [chunk.buffer as ArrayBuffer] });
      }
    };
    const [, body] = await Promise.all([spoil(), readAll(store, 'a', known), spoil()]);
    expect(body.equals(LARGE)).toBe(true);
    await spoil();
    expect((await readAll(store, 'a', known)).equals(LARGE)).toBe(true);
    expect(counting.counts().readRequests).toBe(1);
  });

  test.each([
    ['the one who came first', 0],
    ['the one who joined', 1],
  ])('cancelling %s leaves the other unharmed', async (_, cancelled) => {
    put('a', LARGE);
    const { store, counting, state, hold, step, open, held } = createSharing();
    const known = await describeObject('a');
    hold();
    const readers = [startRead(store, 'a', known), startRead(store, 'a', known)];
    await held();
    step();
    await held();
    const reason = new FlowError('over-limit', 'cannot go on: enough');
    readers[cancelled]!.abort.abort(reason);
    // At once, not when the next chunk comes.
    expect(await failureOf(readers[cancelled]!.done)).toBe(reason);
    expect(state).toMatchObject({ open: 1, aborted: 0 });
    open();
    expect((await readers[1 - cancelled]!.done).equals(LARGE)).toBe(true);
    expect(counting.counts().readRequests).toBe(1);
  });

  test('when all have been cancelled the read is aborted, nothing is kept, and the next one reads anew', async () => {
    put('a', LARGE);
    const { store, counting, cache, state, hold, step, open, held, idle } = createSharing();
    const known = await describeObject('a');
    hold();
    const readers = [1, 2, 3].map(() => startRead(store, 'a', known));
    await held();
    step();
    await held();
    expect(cache.counts().reservedBytes).toBe(LARGE.length + 512);
    readers.forEach(({ abort }) => abort.abort());
    for (const { done } of readers) {
      expect((await failureOf(done)).code).toBe('aborted');
    }
    await idle();
    expect(state.aborted).toBe(1);
    expect(cache.counts()).toMatchObject({ entries: 0, keptBytes: 0, reservedBytes: 0 });
    open();
    expect((await readAll(store, 'a', known)).equals(LARGE)).toBe(true);
    expect(counting.counts().readRequests).toBe(2);
  });

  test('one who comes while an abandoned read is still ending gets a read of its own', async () => {
    put('a', LARGE);
    const { store, counting, hold, open, held } = createSharing();
    const known = await describeObject('a');
    hold();
    const first = startRead(store, 'a', known);
    await held();
    first.abort.abort();
    await failureOf(first.done);
    const second = startRead(store, 'a', known);
    open();
    expect((await second.done).equals(LARGE)).toBe(true);
    expect(counting.counts().readRequests).toBe(2);
  });

  test('left after a chunk by all, the read is ended', async () => {
    put('a', LARGE);
    const { store, cache, idle } = createSharing();
    const known = await describeObject('a');
    const leave = async () => {
      for await (const chunk of store.read('a', known)) {
        expect(chunk.length).toBeLessThan(LARGE.length);
        break;
      }
    };
    await Promise.all([leave(), leave()]);
    await idle();
    expect(cache.counts()).toMatchObject({ entries: 0, reservedBytes: 0 });
  });

  test('a failure reaches all who wait and is not remembered', async () => {
    put('a', LARGE);
    const { store, counting, sharing, cache } = createSharing();
    const known = await describeObject('a');
    renameSync(join(root, 'a'), join(root, 'b'));
    const failures = await Promise.all([1, 2, 3].map(() => failureOf(readAll(store, 'a', known))));
    expect(failures.map(({ code }) => code)).toEqual(['not-found', 'not-found', 'not-found']);
    expect(counting.counts().readRequests).toBe(1);
    expect(cache.counts()).toMatchObject({ entries: 0, reservedBytes: 0 });
    renameSync(join(root, 'b'), join(root, 'a'));
    expect((await readAll(store, 'a', known)).equals(LARGE)).toBe(true);
    expect(sharing.counts()).toMatchObject({ readMisses: 2, readsShared: 2, readHits: 0 });
  });

  test('a changed object is read anew, and what is kept of the old one stays the old one', async () => {
    put('a', 'one');
    const { store, counting } = createSharing();
    const before = await describeObject('a');
    expect(String(await readAll(store, 'a', before))).toBe('one');
    put('a', 'two');
    utimesSync(join(root, 'a'), 1000, 1000);
    const after = await describeObject('a');
    expect(after.etag).not.toBe(before.etag);
    expect(String(await readAll(store, 'a', after))).toBe('two');
    expect(String(await readAll(store, 'a', before))).toBe('one');
    expect(counting.counts().readRequests).toBe(2);
    // Not kept any more, the old one is what it is for any store.
    const other = createSharing();
    expect((await failureOf(readAll(other.store, 'a', before))).code).toBe('not-found');
  });

  describe('what cannot be shared passes through:', () => {
    test.each<[string, (known: ReadOptions) => ReadOptions, maxBytes: number]>([
      ['a range', (known) => ({ ...known, range: { start: 0 } }), 64 * MIB],
      ['no ETag', ({ sizeBytes }) => ({ sizeBytes }), 64 * MIB],
      ['no size', ({ etag }) => ({ etag }), 64 * MIB],
      ['an unknown size', ({ etag }) => ({ etag, sizeBytes: -1 }), 64 * MIB],
      ['more than an eighth of the cache', (known) => known, 24 * MIB - 8],
      ['a cache of no size', (known) => known, 0],
    ])('%s', async (_, change, maxBytes) => {
      put('a', LARGE);
      const { store, counting, sharing, cache } = createSharing({ maxBytes });
      const options = change(await describeObject('a'));
      const bodies = await Promise.all([1, 2].map(() => readAll(store, 'a', options)));
      expect(bodies.every((body) => body.equals(LARGE))).toBe(true);
      expect(counting.counts().readRequests).toBe(2);
      expect(sharing.counts()).toMatchObject({ readsPassed: 2, readMisses: 0, savedBytes: 0 });
      expect(cache.counts()).toMatchObject({ entries: 0, reservedBytes: 0 });
    });

    test('no room beside the reads under way', async () => {
      ['a', 'b'].forEach((key) => put(key, LARGE));
      const cache = createByteCache<SharedAnswer>({ maxBytes: 5 * MIB, maxEntryBytes: 4 * MIB });
      const { store, sharing, hold, open, held } = createSharing({ cache });
      const known = await Promise.all(['a', 'b'].map(describeObject));
      hold();
      const reads = ['a', 'b'].map((key, i) => startRead(store, key, known[i]!).done);
      await held();
      open();
      expect((await Promise.all(reads)).every((body) => body.equals(LARGE))).toBe(true);
      expect(sharing.counts()).toMatchObject({ readMisses: 1, readsPassed: 1 });
    });
  });

  test('an object longer than said is corrupt, a shorter one is given as it is; neither is kept', async () => {
    put('a', LARGE);
    const { store, cache } = createSharing();
    const { etag, sizeBytes } = await describeObject('a');
    const error = await failureOf(readAll(store, 'a', { etag, sizeBytes: sizeBytes - 1 }));
    expect(error).toMatchObject({ code: 'corrupt-object', fields: { key: 'a' } });
    expect(await readAll(store, 'a', { etag, sizeBytes: sizeBytes + 1 })).toHaveLength(sizeBytes);
    expect(cache.counts()).toMatchObject({ entries: 0, reservedBytes: 0 });
  });
});

describe('list', () => {
  const MANY = Array.from({ length: 2500 }, (_, i) => `many/${String(i).padStart(5, '0')}`);

  test('one listing serves all who ask at once, and for a while those who come later', async () => {
    MANY.forEach((key) => put(key, ''));
    const { store, counting, sharing, time } = createSharing({ listTtlMs: 5000 });
    const expected = { keys: MANY, prefixes: [], pages: [1000, 1000, 500] };
    const listed = await Promise.all([1, 2, 3].map(() => listAll(store, 'many/')));
    expect(listed).toEqual([expected, expected, expected]);
    expect(counting.counts().listRequests).toBe(3);
    put('many/x', '');
    time.nowMs = 4999;
    expect(await listAll(store, 'many/')).toEqual(expected);
    expect(sharing.counts()).toMatchObject({ listMisses: 1, listsShared: 2, listHits: 1 });
    time.nowMs = 5000;
    expect((await listAll(store, 'many/')).keys).toEqual([...MANY, 'many/x']);
    expect(sharing.counts()).toMatchObject({ listMisses: 2, listHits: 1 });
  });

  test('who joins amid a listing gets the pages there are at once and the others as they come', async () => {
    MANY.forEach((key) => put(key, ''));
    const { store, counting, hold, step, open, held } = createSharing();
    const pages: number[][] = [[], []];
    const list = async (at: number) => {
      for await (const { objects } of store.list('many/')) {
        pages[at]!.push(objects.length);
      }
    };
    hold();
    const first = list(0);
    await held();
    step();
    await held();
    const second = list(1);
    await settle();
    expect(pages).toEqual([[1000], [1000]]);
    open();
    await Promise.all([first, second]);
    expect(pages).toEqual([
      [1000, 1000, 500],
      [1000, 1000, 500],
    ]);
    expect(counting.counts().listRequests).toBe(3);
  });

  test('only the same is shared: another prefix, delimiter or start is another listing', async () => {
    ['a/b/c', 'a/d', 'b'].forEach((key) => put(key, ''));
    const { store, sharing } = createSharing();
    const listed = await Promise.all([
      listAll(store, 'a'),
      listAll(store, 'a/'),
      listAll(store, 'a', { delimiter: '/' }),
      listAll(store, 'a', { startAfter: 'a/b/c' }),
      listAll(store, 'a', { startAfter: 'a/d' }),
    ]);
    expect(listed.map(({ keys, prefixes }) => [...keys, ...prefixes])).toEqual([
      ['a/b/c', 'a/d'],
      ['a/b/c', 'a/d'],
      ['a/'],
      ['a/d'],
      [],
    ]);
    expect(sharing.counts()).toMatchObject({ listMisses: 5, listsShared: 0, listHits: 0 });
  });

  test('cancelling one leaves the other unharmed; when all are, it is aborted and not remembered', async () => {
    MANY.forEach((key) => put(key, ''));
    const { store, counting, cache, state, hold, step, open, held, idle } = createSharing();
    const start = () => {
      const abort = new AbortController();
      const done = listAll(store, 'many/', { signal: abort.signal });
      done.catch(() => undefined);
      return { abort, done };
    };
    hold();
    const [one, two] = [start(), start()];
    await held();
    one.abort.abort();
    expect((await failureOf(one.done)).code).toBe('aborted');
    open();
    expect((await two.done).keys).toEqual(MANY);
    expect(counting.counts().listRequests).toBe(3);
    cache.delete(JSON.stringify(['list', root, 'many/', undefined, undefined]));

    hold();
    const three = [start(), start()];
    await held();
    step();
    await held();
    three.forEach(({ abort }) => abort.abort());
    await Promise.all(three.map(({ done }) => failureOf(done)));
    await idle();
    expect(state.aborted).toBe(1);
    expect(cache.counts().entries).toBe(0);
  });

  test('goes only as far as wanted; left early by all, it is not remembered', async () => {
    MANY.forEach((key) => put(key, ''));
    const { store, counting, cache, idle } = createSharing();
    for await (const { objects } of store.list('many/')) {
      expect(objects).toHaveLength(1000);
      break;
    }
    await idle();
    expect(counting.counts().listRequests).toBe(1);
    expect(cache.counts().entries).toBe(0);
    expect((await listAll(store, 'many/')).keys).toEqual(MANY);
  });

  test('a failure reaches all and is not remembered', async () => {
    const away = `${root}-away`;
    put('a', '');
    renameSync(root, away);
    const { store, counting } = createSharing();
    const failures = await Promise.all([1, 2].map(() => failureOf(listAll(store))));
    expect(failures.map(({ code }) => code)).toEqual(['not-found', 'not-found']);
    expect(counting.counts().listRequests).toBe(1);
    renameSync(away, root);
    expect((await listAll(store)).keys).toEqual(['a']);
  });

  test('with no time to live only listings under way are shared', async () => {
    put('a', '');
    const { store, sharing, cache } = createSharing({ listTtlMs: 0 });
    await Promise.all([listAll(store), listAll(store)]);
    put('b', '');
    expect((await listAll(store)).keys).toEqual(['a', 'b']);
    expect(sharing.counts()).toMatchObject({ listMisses: 2, listsShared: 1, listHits: 0 });
    expect(cache.counts().entries).toBe(0);
  });

  test('one too large for the cache reaches all who are with it, and nobody joins it any more', async () => {
    MANY.forEach((key) => put(key, ''));
    // A page of these takes some 230 bytes an object.
    const { store, sharing, counting, cache, hold, step, open, held } = createSharing({ maxBytes: 8 * 300_000 });
    hold();
    const early = [listAll(store, 'many/'), listAll(store, 'many/')];
    for (let page = 0; page < 2; page++) {
      await held();
      step();
    }
    await held();
    const late = listAll(store, 'many/');
    open();
    const listed = await Promise.all([...early, late]);
    expect(listed.map(({ keys }) => keys)).toEqual([MANY, MANY, MANY]);
    expect(sharing.counts()).toMatchObject({ listMisses: 2, listsShared: 1 });
    expect(counting.counts().listRequests).toBe(6);
    expect(cache.counts().entries).toBe(0);
  });
});

test('stores of one scope share what is kept, others do not', async () => {
  put('a', 'one');
  const cache = createByteCache<SharedAnswer>({ maxBytes: MIB });
  const [one, same, other] = [undefined, undefined, 'other'].map((scope) => createSharing({ cache, scope }));
  const known = await describeObject('a');
  for (const { store } of [one!, same!, other!]) {
    await listAll(store);
    expect(String(await readAll(store, 'a', known))).toBe('one');
  }
  expect([one!, same!, other!].map(({ counting }) => counting.counts())).toMatchObject([
    { listRequests: 1, readRequests: 1 },
    { listRequests: 0, readRequests: 0 },
    { listRequests: 1, readRequests: 1 },
  ]);
});

test('what was given without asking the store is counted', async () => {
  put('a', LARGE);
  const { store, sharing } = createSharing();
  const known = await describeObject('a');
  await Promise.all([1, 2].map(() => readAll(store, 'a', known)));
  await readAll(store, 'a', known);
  await readAll(store, 'a', { ...known, range: { start: 5 } });
  await listAll(store);
  await listAll(store);
  expect(sharing.counts()).toEqual({
    listHits: 1,
    listsShared: 0,
    listMisses: 1,
    readHits: 1,
    readsShared: 1,
    readMisses: 1,
    readsPassed: 1,
    savedBytes: 2 * LARGE.length,
  });
});

test('name and close are the store’s', () => {
  let isClosed = false;
  const inner = { ...createDirectoryStore({ root }), close: () => (isClosed = true) };
  const { store } = withSharing(inner, { cache: createByteCache({ maxBytes: 0 }) });
  store.close();
  expect([store.name, isClosed]).toEqual([root, true]);
});

test('whatever is asked, cancelled and changed: the bytes are right, the bound holds, nothing stays open', async () => {
  const sizes = [0, 10, 700, 3000, 5000, 9000, 2 * MIB];
  const object = fc.nat(sizes.length - 1);
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('read' as const), object }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'list' as const }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), at: fc.nat(7) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('change' as const), object }) },
    { weight: 4, arbitrary: fc.constant({ kind: 'hold' as const }) },
    { weight: 3, arbitrary: fc.constant({ kind: 'step' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'open' as const }) },
  );
  let version = 0;
  const outcomes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 40_000 }),
      fc.array(step, { maxLength: 30, size: 'max' }),
      async (maxBytes, steps) => {
        const change = (at: number): void => {
          // In one go: reads under way go on with the old file.
          put('new', Buffer.alloc(sizes[at]!, `${at} in version ${++version}`));
          utimesSync(join(root, 'new'), version, version);
          renameSync(join(root, 'new'), join(root, `o/${at}`));
        };
        mkdirSync(join(root, 'o'), { recursive: true });
        sizes.forEach((_, at) => change(at));
        const cache = createByteCache<SharedAnswer>({ maxBytes, maxEntryBytes: 8000 });
        const { store, hold, step: stepOn, open, idle, time } = createSharing({ cache });
        const contents = new Map<string, Buffer>();
        const asked: { abort: AbortController; done: Promise<unknown> }[] = [];
        const ask = (run: (signal: AbortSignal) => Promise<unknown>): void => {
          const abort = new AbortController();
          const done = run(abort.signal);
          done.catch(() => undefined);
          asked.push({ abort, done });
        };
        for (const one of steps) {
          time.nowMs += 3000;
          if (one.kind === 'read') {
            const key = `o/${one.object}`;
            const known = await describeObject(key);
            const content = contents.get(known.etag) ?? (await readAll(createDirectoryStore({ root }), key));
            contents.set(known.etag, content);
            ask(async (signal) => {
              const body = await readAll(store, key, { ...known, signal });
              expect(body.equals(content)).toBe(true);
            });
          } else if (one.kind === 'list') {
            ask(async (signal) => {
              expect((await listAll(store, 'o/', { signal })).keys).toHaveLength(sizes.length);
            });
          } else if (one.kind === 'cancel') {
            asked[one.at]?.abort.abort();
          } else if (one.kind === 'change') {
            change(one.object);
          } else {
            ({ hold, step: stepOn, open })[one.kind]();
          }
          await new Promise(setImmediate);
          const { keptBytes, reservedBytes } = cache.counts();
          expect(keptBytes + reservedBytes).toBeLessThanOrEqual(maxBytes);
        }
        open();
        for (const [at, outcome] of (await Promise.allSettled(asked.map(({ done }) => done))).entries()) {
          const code = outcome.status === 'fulfilled' ? 'ok' : FlowError.from(outcome.reason).code;
          outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
          // An object that changed before its read began is gone under its old ETag.
          expect(['ok', 'not-found', ...(asked[at]!.abort.signal.aborted ? ['aborted'] : [])]).toContain(code);
        }
        await idle();
        expect(cache.counts().reservedBytes).toBe(0);
      },
    ),
    { numRuns: 100 },
  );
  expect(outcomes.get('ok')).toBeGreaterThan(0);
  expect(outcomes.get('aborted')).toBeGreaterThan(0);
});

describe('what is read at once', () => {
  const AT_ONCE = { etag: 'tag', sizeBytes: 3 };
  const textOf = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString();

  /** A store whose answers are given by the test. */
  function setUp(maxBytes = MIB) {
    const asked: ((body: Uint8Array | undefined) => void)[] = [];
    const inner: ObjectStore = {
      ...createDirectoryStore({ root }),
      readAtOnce: () => new Promise((resolve) => asked.push(resolve)),
    };
    const cache = createByteCache<SharedAnswer>({ maxBytes });
    const { store, counts } = withSharing(inner, { cache });
    return { asked, cache, counts, read: () => store.readAtOnce!('a', AT_ONCE), store };
  }

  test('is shared by all who want it meanwhile and later, each with memory of its own', async () => {
    const { asked, counts, read } = setUp();
    const both = [read(), read()];
    asked[0]!(Buffer.from('abc'));
    const [first, second] = await Promise.all(both);
    first!.fill(0);
    const third = await read();
    second!.fill(0);
    expect([textOf(third), textOf(await read())]).toEqual(['abc', 'abc']);
    expect(asked).toHaveLength(1);
    expect(counts()).toMatchObject({ readMisses: 1, readsShared: 1, readHits: 2, savedBytes: 9 });
  });

  test('does not hold who wants to leave', async () => {
    const { asked, read, store } = setUp();
    const first = read();
    const leaving = new AbortController();
    const second = store.readAtOnce!('a', { ...AT_ONCE, signal: leaving.signal });
    leaving.abort();
    expect((await failureOf(second)).code).toBe('aborted');
    asked[0]!(Buffer.from('abc'));
    expect(textOf(await first)).toBe('abc');
  });

  test('is given to `read` too', async () => {
    const { asked, read, store } = setUp();
    const first = read();
    asked[0]!(Buffer.from('abc'));
    await first;
    expect((await readAll(store, 'a', AT_ONCE)).toString()).toBe('abc');
  });

  test('is none for all if it did not come, and nothing is kept', async () => {
    const { asked, cache, counts, read } = setUp();
    const both = [read(), read()];
    asked[0]!(undefined);
    expect(await Promise.all(both)).toEqual([undefined, undefined]);
    expect(cache.counts()).toMatchObject({ entries: 0, reservedBytes: 0 });
    expect(counts()).toMatchObject({ readMisses: 0, readsShared: 0 });
    void read();
    expect(asked).toHaveLength(2);
  });

  test('comes without room to keep it', async () => {
    const { asked, cache, read } = setUp(1);
    const reading = read();
    asked[0]!(Buffer.from('abc'));
    expect(textOf(await reading)).toBe('abc');
    expect(cache.counts().entries).toBe(0);
  });
});
