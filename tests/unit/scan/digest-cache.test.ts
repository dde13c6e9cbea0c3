/** Digests of single objects: with them an answer is the same as without, and what is kept is not read again. */
import fc from 'fast-check';
import { createDigestCache, type DigestCache } from '../../../src/scan/digest-cache';
import { runScan, type ScanOptions, type ScanResult } from '../../../src/scan/run-scan';
import { createWorkerPool } from '../../../src/scan/worker-pool';
import type { ScanQuery } from '../../../src/query/model';
import { logBytes, logKey, makeQuery, type RecordParts } from './flow-logs';
import { createInProcessPool } from './in-process-worker';
import { createMemoryStore, type MemoryStore } from './memory-store';

const TEN = Date.parse('2026-01-15T10:00:00Z') / 1000;
const MINUTES = 60;
const INLINE = createWorkerPool({
  size: 0,
  createWorker: () => {
    throw new Error('no worker is needed');
  },
});

/** A record by its minute after ten. */
const record = (minute: number, parts: RecordParts = {}): RecordParts => ({ start: TEN + minute * MINUTES, ...parts });

/** An object per five minutes, as AWS writes them: each has the records of its five minutes. */
function hourOfLogs(perObject = 3): Record<string, Uint8Array> {
  return Object.fromEntries(
    Array.from({ length: 12 }, (_, bin) => [
      logKey(new Date((TEN + bin * 5 * MINUTES) * 1000).toISOString()),
      logBytes(
        ...Array.from({ length: perObject }, (_, i) =>
          record(bin * 5 + i, {
            bytes: bin * 10 + i,
            dst: `10.0.${bin % 3}.${i}`,
            action: i % 2 ? 'REJECT' : 'ACCEPT',
          }),
        ),
      ),
    ]),
  );
}

const rangeOf = (fromMinute: number, toMinute: number) => ({
  fromMs: (TEN + fromMinute * MINUTES) * 1000,
  toMs: (TEN + toMinute * MINUTES) * 1000,
});

function scan(store: MemoryStore, query: ScanQuery, options: Partial<ScanOptions> = {}): Promise<ScanResult> {
  return runScan(query, [{ store, prefix: '', keys: 'aws' }], { pool: INLINE, ...options });
}

/** All but how it came about; as text, since arrays that come from a thread are of another realm. */
function comparable({ answer, problems, partial, selection }: ScanResult): string {
  const plain = (_name: string, value: unknown): unknown =>
    ArrayBuffer.isView(value) ? Array.from(value as Uint8Array, String) : value;
  return JSON.stringify({ answer, problems, partial, notes: selection.notes }, plain, 1);
}

const MIB = 2 ** 20;

describe('digests of single objects', () => {
  it('make a second scan read nothing but the objects at the edges of its range', async () => {
    const digests = createDigestCache({ maxBytes: 10 * MIB });
    const store = createMemoryStore(hourOfLogs());
    const query = makeQuery({ range: rangeOf(0, 60) });
    const first = await scan(store, query, { digests });
    expect(first.cachedObjects).toBe(0);
    expect(store.begun).toHaveLength(12);
    const second = await scan(store, query, { digests });
    expect(second.cachedObjects).toBe(12);
    expect(store.begun).toHaveLength(12);
    expect(comparable(second)).toBe(comparable(first));

    // From the middle of one object on: only that one is read again, since some of its records are outside.
    const later = await scan(store, makeQuery({ range: rangeOf(11, 60) }), { digests });
    expect(store.begun.slice(12)).toEqual([logKey('2026-01-15T10:10:00Z')]);
    expect(comparable(later)).toBe(comparable(await scan(store, makeQuery({ range: rangeOf(11, 60) }))));
  });

  it('are of one plan: other keys, filters and buckets are digested anew', async () => {
    const digests = createDigestCache({ maxBytes: 10 * MIB });
    const store = createMemoryStore(hourOfLogs());
    const range = rangeOf(0, 60);
    const queries = [
      makeQuery({ range }),
      makeQuery({ range, keys: ['dstaddr'] }),
      makeQuery({ range, filter: 'action = REJECT' }),
      makeQuery({ range, bucketSec: 300 }),
      makeQuery({ range, portRule: 'as-logged' }),
      makeQuery({ range, counting: 'once' }),
    ];
    for (const query of queries) {
      const { cachedObjects } = await scan(store, query, { digests });
      expect(cachedObjects).toBe(0);
    }
    // Those of the objects, and one of the hour.
    expect(digests.counts().entries).toBe(13 * queries.length);
    // A view that needs the same digest finds it.
    const table = makeQuery({ view: 'table', range, keys: ['dstaddr'], top: 1, counting: 'as-logged' });
    expect((await scan(store, table, { digests })).cachedObjects).toBe(12);
  });

  it('are not mistaken for those of an object that has changed', async () => {
    const digests = createDigestCache({ maxBytes: 10 * MIB });
    const key = logKey('2026-01-15T10:00:00Z');
    const query = makeQuery({ range: rangeOf(0, 60) });
    await scan(createMemoryStore({ [key]: logBytes(record(1)) }), query, { digests });
    const changed = createMemoryStore({ [key]: logBytes(record(1), record(2)) });
    const { answer, cachedObjects } = await scan(changed, query, { digests });
    expect(cachedObjects).toBe(0);
    expect(answer).toMatchObject({ digest: { tallies: { flows: 2 } } });
  });

  it('give a later query all groups after one that had too many for it', async () => {
    // So many that three threads get shares of them, and the first has too many before it has taken in the last.
    const objects = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, i) => [
        logKey('2026-01-15T10:00:00Z', { hash: i.toString(16).padStart(8, '0') }),
        logBytes(record(1, { dst: `10.1.${i >> 8}.${i & 255}` })),
      ]),
    );
    const store = createMemoryStore(objects);
    const digests = createDigestCache({ maxBytes: 200 * MIB });
    const { pool } = createInProcessPool(3);
    const ask = (maxKeys: number) => {
      const query = makeQuery({ range: rangeOf(0, 60), keys: ['dstaddr'] }, { maxKeys, onLimit: 'partial' });
      return scan(store, query, { digests, pool });
    };
    await ask(1_000_000);
    expect((await ask(5000)).partial).toMatchObject({ limit: 'maxKeys' });
    expect((await ask(1_000_000)).answer).toMatchObject({ digest: { rowCount: 10_000 } });
  });

  it('do not hide that an object is too large for a query', async () => {
    const digests = createDigestCache({ maxBytes: 10 * MIB });
    const store = createMemoryStore(hourOfLogs());
    const range = rangeOf(0, 60);
    await scan(store, makeQuery({ range }), { digests });
    const { problems, cachedObjects } = await scan(store, makeQuery({ range }, { maxObjectTextBytes: 100 }), {
      digests,
    });
    expect({ cachedObjects, problems: problems.count }).toEqual({ cachedObjects: 0, problems: 12 });
  });

  it('are not made of objects that cannot be digested, which are reported each time', async () => {
    const digests = createDigestCache({ maxBytes: 10 * MIB });
    const store = createMemoryStore({
      [logKey('2026-01-15T10:00:00Z')]: 'no flow log\n',
      [logKey('2026-01-15T10:05:00Z')]: logBytes(record(6)),
    });
    for (let i = 0; i < 2; i++) {
      const { problems, cachedObjects } = await scan(store, makeQuery({ range: rangeOf(0, 60) }), { digests });
      expect(problems.first).toMatchObject([{ code: 'corrupt-object' }]);
      expect(cachedObjects).toBe(i);
    }
  });

  it.each(['fail', 'partial'] as const)('keep to the limit of keys (%s)', async (onLimit) => {
    const digests = createDigestCache({ maxBytes: 10 * MIB });
    const store = createMemoryStore(hourOfLogs(4));
    await scan(store, makeQuery({ range: rangeOf(0, 60) }), { digests });
    const limited = scan(store, makeQuery({ range: rangeOf(0, 60) }, { maxKeys: 3, onLimit }), { digests });
    if (onLimit === 'fail') {
      await expect(limited).rejects.toMatchObject({ code: 'over-limit', fields: { limit: 'maxKeys' } });
    } else {
      expect((await limited).partial).toMatchObject({ limit: 'maxKeys' });
    }
  });

  it('of two flow logs of the same interfaces count once, and say so each time', async () => {
    const digests = createDigestCache({ maxBytes: 10 * MIB });
    const bytes = logBytes(record(1, { bytes: 7 }), record(2, { dst: '10.0.0.9', bytes: 8 }));
    const keys = ['fl-0a', 'fl-0b'].map((flowLogId) => logKey('2026-01-15T10:00:00Z', { flowLogId }));
    const store = createMemoryStore(Object.fromEntries(keys.map((key) => [key, bytes])));
    for (let i = 0; i < 3; i++) {
      const query = makeQuery({ range: rangeOf(0, 60), keys: [], counting: 'once' });
      const { answer, selection } = await scan(store, query, { digests });
      expect(answer).toMatchObject({ digest: { tallies: { flows: 2, copies: 2 } } });
      expect(selection.notes).toEqual(['flow log fl-0b is left out: fl-0a has all of its records too']);
    }
  });

  it.each([0, 1, 3])('never change an answer, whatever is kept, with %i workers', async (workers) => {
    const arbitraryRecord = fc.record({
      start: fc.integer({ min: TEN - 20 * MINUTES, max: TEN + 80 * MINUTES }),
      bytes: fc.nat(1000),
      eni: fc.constantFrom('eni-0a', 'eni-0b', 'eni-0c'),
      src: fc.constantFrom('10.0.0.1', '10.0.0.3', '203.0.113.1', '2001:db8::2'),
      dst: fc.constantFrom('10.0.0.1', '10.0.0.2', '2001:db8::1'),
      action: fc.constantFrom<'ACCEPT' | 'REJECT'>('ACCEPT', 'REJECT'),
    });
    const arbitraryObject = fc.record({
      records: fc.array(arbitraryRecord, { maxLength: 6 }),
      flowLogId: fc.constantFrom('fl-0a', 'fl-0b'),
    });
    const arbitraryObjects = fc.array(arbitraryObject, { minLength: 1, maxLength: 12 });
    const arbitraryAsk = fc.record({
      from: fc.integer({ min: 0, max: 50 }),
      length: fc.integer({ min: 1, max: 60 }),
      keys: fc.constantFrom(['dstaddr'], ['dstaddr', 'action'], []),
      filter: fc.constantFrom(undefined, 'action = REJECT', 'dstaddr = 2001:db8::/32'),
      bucketSec: fc.constantFrom(undefined, 300),
      counting: fc.constantFrom('as-logged', 'once'),
    });
    await fc.assert(
      fc.asyncProperty(
        arbitraryObjects,
        fc.array(arbitraryAsk, { minLength: 1, maxLength: 6 }),
        fc.constantFrom(40_000, 100_000, MIB),
        async (objects, asks, maxBytes) => {
          const store = createMemoryStore(
            Object.fromEntries(
              objects.map(({ records, flowLogId }, bin) => [
                logKey(new Date((TEN + bin * 5 * MINUTES) * 1000).toISOString(), { flowLogId }),
                logBytes(...records),
              ]),
            ),
          );
          const digests = createDigestCache({ maxBytes });
          const pool = workers === 0 ? INLINE : createInProcessPool(workers).pool;
          for (const { from, length, ...rest } of asks) {
            const query = makeQuery({ range: rangeOf(from, from + length), ...rest });
            const expected = comparable(await scan(store, query));
            // The second time all may be there, the third time the answer itself.
            for (let i = 0; i < 3; i++) {
              expect(comparable(await scan(store, query, { digests, pool }))).toBe(expected);
            }
            expect(digests.counts().bytes).toBeLessThanOrEqual(maxBytes);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('createDigestCache', () => {
  async function someDigest(cache: DigestCache): Promise<void> {
    await scan(createMemoryStore(hourOfLogs()), makeQuery({ range: rangeOf(0, 60) }), { digests: cache });
  }

  it('lets go of what was used least recently', async () => {
    const large = createDigestCache({ maxBytes: 10 * MIB });
    await someDigest(large);
    const { bytes } = large.counts();
    const small = createDigestCache({ maxBytes: bytes / 2 });
    await someDigest(small);
    expect(small.counts().entries).toBeGreaterThan(3);
    expect(small.counts().entries).toBeLessThan(12);
    expect(small.counts().bytes).toBeLessThanOrEqual(bytes / 2);
  });

  it('keeps nothing that would fill a quarter of it', async () => {
    const cache = createDigestCache({ maxBytes: 20_000 });
    await someDigest(cache);
    expect(cache.counts()).toMatchObject({ entries: 0, bytes: 0 });
  });
});
