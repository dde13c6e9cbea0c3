/** Digests of windows: whatever is kept, answers are those without, and of a range that moves only its ends are read. */
import fc from 'fast-check';
import type { ScanQuery } from '../../../src/query/model';
import { createDigestCache, type DigestCache } from '../../../src/scan/digest-cache';
import { runScan, type ScanOptions, type ScanResult } from '../../../src/scan/run-scan';
import type { Source } from '../../../src/scan/select-objects';
import { createWorkerPool } from '../../../src/scan/worker-pool';
import { logBytes, logKey, makeQuery, type RecordParts } from './flow-logs';
import { createInProcessPool } from './in-process-worker';
import { createMemoryStore, type MemoryStore } from './memory-store';

const TEN = Date.parse('2026-01-15T10:00:00Z') / 1000;
const MIB = 2 ** 20;
const INLINE = createWorkerPool({
  size: 0,
  createWorker: () => {
    throw new Error('no worker is needed');
  },
});

const rangeOf = (fromMinute: number, toMinute: number) => ({
  fromMs: (TEN + fromMinute * 60) * 1000,
  toMs: (TEN + toMinute * 60) * 1000,
});
const stampOf = (bin: number): string => new Date((TEN + bin * 300) * 1000).toISOString();
const sourceOf = (store: MemoryStore): Source => ({ store, prefix: '', keys: 'aws' });

async function scan(stores: readonly MemoryStore[], query: ScanQuery, options: Partial<ScanOptions> = {}) {
  let settled: Promise<void> | undefined;
  const onSettling = (settling: Promise<void>): void => void (settled = settling);
  const result = await runScan(query, stores.map(sourceOf), { pool: INLINE, onSettling, ...options });
  await settled;
  return result;
}

/** All but how it came about. */
function comparable({ answer, problems, partial, selection }: ScanResult): string {
  const plain = (_name: string, value: unknown): unknown =>
    ArrayBuffer.isView(value) ? Array.from(value as Uint8Array, String) : value;
  // Objects are read by time, and not as they are listed.
  const failed = problems.first.map(({ key, code }) => `${code} ${key}`).sort();
  return JSON.stringify({ answer, failed, count: problems.count, partial, notes: selection.notes }, plain, 1);
}

/** Five objects for each five minutes of so many hours, of one record each. */
function manyObjects(hours: number, accountId = '123456789012'): Record<string, Uint8Array> {
  return Object.fromEntries(
    Array.from({ length: hours * 12 * 5 }, (_, i) => [
      logKey(stampOf(Math.floor(i / 5)), { accountId, hash: i.toString(16).padStart(8, '0') }),
      logBytes({ start: TEN + Math.floor(i / 5) * 300 + 10, bytes: i, dst: `10.0.0.${i % 7}` }),
    ]),
  );
}

/** A cache that tells how many digests were used. */
function watchedCache(maxBytes: number): { cache: DigestCache; used(): number; usedKeys(): readonly string[] } {
  const cache = createDigestCache({ maxBytes });
  let found: string[] = [];
  return {
    cache: {
      ...cache,
      get(key) {
        const value = cache.get(key);
        if (value) {
          found.push(key);
        }
        return value;
      },
    },
    /** Since it was asked last. */
    used() {
      const count = found.length;
      found = [];
      return count;
    },
    usedKeys: () => found,
  };
}

describe('digests of windows', () => {
  it('stand for all of their objects when the range moves, but at its ends', async () => {
    const store = createMemoryStore(manyObjects(4));
    const { cache, used } = watchedCache(10 * MIB);
    // Added up when they are asked for again.
    await scan([store], makeQuery({ range: rangeOf(0, 240) }), { digests: cache });
    await scan([store], makeQuery({ range: rangeOf(0, 240) }), { digests: cache });
    expect(store.begun).toHaveLength(240);
    used();
    const moved = makeQuery({ range: rangeOf(1, 241) });
    const expected = comparable(await scan([store], moved));
    const before = store.begun.length;
    const result = await scan([store], moved, { digests: cache });
    expect(comparable(result)).toBe(expected);
    // The records of 10:00:10 are outside now, and of that stamp only: nothing has to be told apart.
    expect({ read: store.begun.length - before, cachedObjects: result.cachedObjects }).toEqual({
      read: 0,
      cachedObjects: 240,
    });
    // Three hours, and the twelve stamps of the one that is cut, which is looked at as well; and the answer of the last range.
    expect(used()).toBeLessThanOrEqual(3 + 1 + 12 + 1);
  });

  it('stand for days and six hours, where a range holds these', async () => {
    const store = createMemoryStore(manyObjects(38));
    const { cache, used, usedKeys } = watchedCache(100 * MIB);
    // From ten o'clock on to midnight of the next day.
    const range = rangeOf(0, 38 * 60);
    await scan([store], makeQuery({ range }), { digests: cache });
    await scan([store], makeQuery({ range }), { digests: cache });
    for (const [from, to, days, sixes, hours] of [
      [0, 2280, 1, 2, 2],
      // What the range cuts, or the pad around it reaches, is looked at as well.
      [1, 1680, 1, 5, 5],
      [120, 480, 0, 2, 2],
      [840, 2280, 1, 1, 1],
    ] as const) {
      const asked = makeQuery({ range: rangeOf(from, to) });
      const expected = comparable(await scan([store], asked));
      const before = store.begun.length;
      used();
      expect(comparable(await scan([store], asked, { digests: cache }))).toBe(expected);
      expect([from, to, store.begun.length - before]).toEqual([from, to, 0]);
      const counts = [86_400, 21_600, 3600].map(
        (length) =>
          usedKeys().filter((key) => key.startsWith('window') && key.split('\n')[2] === String(length)).length,
      );
      expect([from, to, ...counts]).toEqual([from, to, days, sixes, hours]);
    }
  });

  it('are of one account and region, and serve who asks for some of them', async () => {
    const store = createMemoryStore({ ...manyObjects(2), ...manyObjects(2, '210987654321') });
    const { cache, used } = watchedCache(10 * MIB);
    const range = rangeOf(0, 120);
    await scan([store], makeQuery({ range }), { digests: cache });
    await scan([store], makeQuery({ range }), { digests: cache });
    used();
    const before = store.begun.length;
    const query = makeQuery({ range, accounts: ['210987654321'] });
    const { cachedObjects } = await scan([store], query, { digests: cache });
    expect([store.begun.length - before, cachedObjects, used()]).toEqual([0, 120, 2]);
  });

  it.each([
    ['one came late', { [logKey(stampOf(3), { hash: 'ffff' })]: logBytes({ start: TEN + 920, bytes: 5000 }) }],
    ['one was replaced', { [Object.keys(manyObjects(1))[22]!]: logBytes({ start: TEN + 1220, bytes: 7000 }) }],
  ])('say nothing of other objects: %s', async (_, change) => {
    const digests = createDigestCache({ maxBytes: 10 * MIB });
    const query = makeQuery({ range: rangeOf(0, 120) });
    await scan([createMemoryStore(manyObjects(2))], query, { digests });
    await scan([createMemoryStore(manyObjects(2))], query, { digests });
    const store = createMemoryStore({ ...manyObjects(2), ...change });
    const expected = comparable(await scan([store], query));
    const before = store.begun.length;
    expect(comparable(await scan([store], query, { digests }))).toBe(expected);
    expect(store.begun.slice(before)).toEqual(Object.keys(change));
  });

  it('do not count what is gone', async () => {
    const digests = createDigestCache({ maxBytes: 10 * MIB });
    const query = makeQuery({ range: rangeOf(0, 60) });
    await scan([createMemoryStore(manyObjects(1))], query, { digests });
    await scan([createMemoryStore(manyObjects(1))], query, { digests });
    const [gone, ...others] = Object.entries(manyObjects(1));
    expect(gone).toBeDefined();
    const { answer } = await scan([createMemoryStore(Object.fromEntries(others))], query, { digests });
    expect(answer).toMatchObject({ digest: { tallies: { flows: 59, objects: 59 } } });
  });

  it('hide no object that cannot be read, and none that is too large for a query', async () => {
    const digests = createDigestCache({ maxBytes: 10 * MIB });
    const broken = logKey(stampOf(5), { hash: 'ffff' });
    const store = createMemoryStore({ ...manyObjects(2), [broken]: 'no flow log\n' });
    const range = rangeOf(0, 120);
    for (let i = 0; i < 3; i++) {
      const { problems, answer } = await scan([store], makeQuery({ range }), { digests });
      expect(problems.first.map(({ key }) => key)).toEqual([broken]);
      expect(answer).toMatchObject({ digest: { tallies: { flows: 120 } } });
    }
    const { problems, cachedObjects } = await scan([store], makeQuery({ range }, { maxObjectTextBytes: 100 }), {
      digests,
    });
    expect([problems.count, cachedObjects]).toEqual([121, 0]);
  });

  it('are not made of a listing that was cut short', async () => {
    const digests = createDigestCache({ maxBytes: 10 * MIB });
    const store = createMemoryStore(manyObjects(2));
    const range = rangeOf(0, 120);
    const { partial } = await scan([store], makeQuery({ range }, { maxObjects: 70, onLimit: 'partial' }), { digests });
    expect(partial).toMatchObject({ limit: 'maxObjects' });
    const whole = await scan([store], makeQuery({ range }), { digests });
    expect(whole.answer).toMatchObject({ digest: { tallies: { flows: 120, objects: 120 } } });
    await expect(scan([store], makeQuery({ range }, { maxObjects: 70 }), { digests })).rejects.toMatchObject({
      code: 'over-limit',
    });
  });

  it('end with a scan that is ended', async () => {
    const abort = new AbortController();
    const digests = createDigestCache({ maxBytes: 10 * MIB });
    const query = makeQuery({ range: rangeOf(0, 120) });
    const store = createMemoryStore(manyObjects(2), {
      beforeRead: async () => {
        if (store.begun.length === 30) {
          abort.abort();
        }
      },
    });
    await expect(scan([store], query, { digests, signal: abort.signal })).rejects.toMatchObject({ code: 'aborted' });
    const { answer } = await scan([createMemoryStore(manyObjects(2))], query, { digests });
    expect(answer).toMatchObject({ digest: { tallies: { flows: 120 } } });
  });
});

/** Estates whose objects come, change and go between questions. */
const record = (bin: number): fc.Arbitrary<RecordParts> =>
  fc.record({
    start: fc.integer({ min: TEN + bin * 300 - 60, max: TEN + bin * 300 + 330 }),
    bytes: fc.nat(1000),
    eni: fc.constantFrom('eni-0a', 'eni-0b', 'eni-0c'),
    src: fc.constantFrom('10.0.0.1', '10.0.0.3', '203.0.113.1', '2001:db8::2'),
    dst: fc.constantFrom('10.0.0.1', '10.0.0.2', '2001:db8::1'),
    action: fc.constantFrom<'ACCEPT' | 'REJECT'>('ACCEPT', 'REJECT'),
  });
/** Bins of five minutes: many of two hours, and some of the day after that. */
const bins = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -1, max: 13 }) },
  { weight: 1, arbitrary: fc.constantFrom(24, 25, 30, 48, 60, 96, 100, 150, 168, 169, 240, 300, 311, 312, 313) },
);
const object = bins.chain((bin) =>
  fc.record({
    bin: fc.constant(bin),
    records: fc.array(record(bin), { maxLength: 4 }),
    flowLogId: fc.constantFrom('fl-0a', 'fl-0b'),
    accountId: fc.constantFrom('123456789012', '123456789012', '123456789012', '210987654321'),
    hash: fc.integer({ min: 0, max: 2 }),
    store: fc.constantFrom(0, 0, 0, 1),
    isDamaged: fc.constantFrom(false, false, false, false, false, false, false, false, false, true),
  }),
);
const ask = fc.record({
  from: fc.constantFrom(-60, -10, 0, 0, 1, 5, 17),
  length: fc.constantFrom(1, 30, 60, 61, 80, 120, 180, 480, 840, 1560, 2400),
  keys: fc.constantFrom(['dstaddr'], ['dstaddr', 'action'], []),
  filter: fc.constantFrom(undefined, 'action = REJECT', 'dstaddr = 2001:db8::/32'),
  bucketSec: fc.constantFrom(undefined, 300),
  ...{ accounts: fc.constantFrom([], [], ['210987654321']) },
  more: fc.constantFrom({ counting: 'as-logged' }, { counting: 'once' }, { logType: 'all' }, { hops: ['eni-0b'] }),
});

describe.each([0, 2])('digests of windows with %i workers', (workers) => {
  it('never change an answer, whatever has come, changed or gone since', async () => {
    let kept = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(object, { minLength: 8, maxLength: 40 }), { minLength: 2, maxLength: 3 }),
        fc.array(ask, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(100_000, 400_000, 10 * MIB),
        async (changes, asks, maxBytes) => {
          const digests = createDigestCache({ maxBytes });
          const pool = workers === 0 ? INLINE : createInProcessPool(workers).pool;
          let objects: (typeof changes)[number] = [];
          for (const change of changes) {
            // What comes later takes the place of what has the same key; some goes.
            objects = [...objects.slice(2), ...change];
            const stores = [0, 1].map((which) =>
              createMemoryStore(
                Object.fromEntries(
                  objects
                    .filter(({ store }) => store === which)
                    .map(({ bin, records, flowLogId, accountId, hash, isDamaged }) => [
                      logKey(stampOf(bin), { flowLogId, accountId, hash: `0${hash}` }),
                      isDamaged ? 'no flow log\n' : logBytes(...records),
                    ]),
                ),
                { name: `s3://bucket-${which}` },
              ),
            );
            for (const { from, length, more, ...rest } of asks) {
              const query = makeQuery({ range: rangeOf(from, from + length), ...rest, ...more });
              const expected = comparable(await scan(stores, query));
              for (let i = 0; i < 3; i++) {
                const result = await scan(stores, query, { digests, pool });
                expect(comparable(result)).toBe(expected);
                kept += result.cachedObjects;
              }
              expect(digests.counts().bytes).toBeLessThanOrEqual(maxBytes);
            }
          }
        },
      ),
      { numRuns: 15 },
    );
    expect(kept).toBeGreaterThan(100);
    // Many scans, which take their time on a busy machine.
  }, 120_000);
});
