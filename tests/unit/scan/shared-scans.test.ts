/** Several scans over one store behind `withSharing`, as the panels of a dashboard run them, on real files. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

import type { ScanQuery } from '../../../src/query/model';
import { runScan, type ScanOptions, type ScanResult } from '../../../src/scan/run-scan';
import { createWorkerPool, type WorkerPool } from '../../../src/scan/worker-pool';
import { createByteCache } from '../../../src/store/byte-cache';
import { createDirectoryStore } from '../../../src/store/directory-store';
import type { ObjectStore } from '../../../src/store/store';
import { withCounting } from '../../../src/store/with-counting';
import { withSharing, type SharedAnswer } from '../../../src/store/with-sharing';
import { digestTotals } from '../../../src/view/totals';
import { failureOf } from '../../contract/object-store-contract';
import { logBytes, logKey, logText, makeQuery, recordLine } from './flow-logs';
import { createInProcessPool } from './in-process-worker';

const MIB = 2 ** 20;
const RANGE = { from: '2026-01-15T10:00:00Z', to: '2026-01-15T11:00:00Z' };
/** What the panels of one dashboard may ask of the same hour. */
const QUERIES = [
  makeQuery({ range: RANGE }),
  makeQuery({ range: RANGE, keys: ['srcaddr', 'action'] }),
  makeQuery({ range: RANGE, keys: [] }),
  makeQuery({ range: RANGE, keys: ['port'], bucketSec: 60 }),
  makeQuery({ range: RANGE, keys: ['dstaddr'], filter: 'action = REJECT' }),
  makeQuery({ range: RANGE }),
];

let root: string;
let objects: number;
let storedBytes: number;
function put(key: string, bytes: Uint8Array): void {
  mkdirSync(dirname(join(root, key)), { recursive: true });
  writeFileSync(join(root, key), bytes);
  objects++;
  storedBytes += bytes.length;
}
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vpcflow-shared-scans-'));
  [objects, storedBytes] = [0, 0];
  for (let i = 0; i < 40; i++) {
    const account = { accountId: i % 2 === 0 ? '123456789012' : '210987654321' };
    const time = `2026-01-15T10:${String(5 * (i % 12)).padStart(2, '0')}:00Z`;
    const record = { src: `10.0.0.${i}`, bytes: i, action: i % 3 === 0 ? ('REJECT' as const) : ('ACCEPT' as const) };
    put(logKey(time, { ...account, hash: `${i}0` }), logBytes(record, { srcport: 1024 + i }));
  }
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function createShared(maxBytes = 128 * MIB) {
  const counting = withCounting(createDirectoryStore({ root }));
  const cache = createByteCache<SharedAnswer>({ maxBytes });
  return { ...withSharing(counting.store, { cache, clock: () => 0 }), counting, cache };
}

function textOf({ answer, selection, problems }: ScanResult): string {
  return JSON.stringify([answer, selection, problems], (_, value: unknown) =>
    ArrayBuffer.isView(value) ? Object.values(value).map(String) : value,
  );
}

describe.each([0, 2])('with %d workers', (size) => {
  let pool: WorkerPool;
  beforeEach(() => {
    const createWorker = () => {
      throw new Error('no worker is needed');
    };
    pool = size === 0 ? createWorkerPool({ size, createWorker }) : createInProcessPool(size).pool;
  });
  afterEach(() => pool.close());

  const scan = (store: ObjectStore, query: ScanQuery, options: Partial<ScanOptions> = {}) =>
    runScan(query, [{ store, prefix: '', keys: 'aws' }], { pool, ...options });

  test('all panels at once, and again: each object is read once, each place listed once, each answer as if alone', async () => {
    const alone = withCounting(createDirectoryStore({ root }));
    const expected: string[] = [];
    for (const query of QUERIES) {
      expected.push(textOf(await scan(alone.store, query)));
    }
    const listRequests = alone.counts().listRequests / QUERIES.length;

    const shared = createShared();
    for (const round of [1, 2]) {
      const results = await Promise.all(QUERIES.map((query) => scan(shared.store, query)));
      expect(results.map(textOf)).toEqual(expected);
      expect(shared.counting.counts()).toMatchObject({
        readRequests: objects,
        bytesRead: storedBytes,
        listRequests,
      });
      const { readHits, readsShared, readMisses, readsPassed } = shared.counts();
      expect([readHits + readsShared + readMisses, readsPassed]).toEqual([round * objects * QUERIES.length, 0]);
    }
    expect(shared.counts()).toMatchObject({ readMisses: objects, savedBytes: storedBytes * (2 * QUERIES.length - 1) });
  });

  test('a large object that flows through in chunks is read once, too', async () => {
    const lines = Array.from({ length: 1000 }, (_, i) => recordLine({ src: `10.2.${i >> 8}.${i & 255}`, bytes: 3 }));
    const text = logText([]) + `${lines.join('\n')}\n`.repeat(110);
    const bytes = gzipSync(text, { level: 0 });
    expect(bytes.length).toBeGreaterThan(8 * MIB);
    put(logKey('2026-01-15T10:30:00Z', { hash: 'b1' }), bytes);
    const shared = createShared();
    for (let round = 0; round < 2; round++) {
      for (const result of await Promise.all([1, 2].map(() => scan(shared.store, QUERIES[2]!)))) {
        expect(result.answer.kind === 'digest' && digestTotals(result.answer.digest, ['flows'])).toEqual({
          flows: 80 + 110_000,
        });
      }
    }
    expect(shared.counting.counts()).toMatchObject({ readRequests: objects, bytesRead: storedBytes });
  });

  test('cancelling one scan leaves the other unharmed', async () => {
    const shared = createShared();
    const cancelling = new AbortController();
    const cancelled = failureOf(
      scan(shared.store, QUERIES[0]!, { signal: cancelling.signal, report: () => cancelling.abort() }),
    );
    const result = await scan(shared.store, QUERIES[1]!);
    expect((await cancelled).code).toBe('aborted');
    const expected = await scan(createDirectoryStore({ root }), QUERIES[1]!);
    expect(textOf(result)).toBe(textOf(expected));
  });

  test('a new object is read, and only that', async () => {
    const counting = withCounting(createDirectoryStore({ root }));
    const cache = createByteCache<SharedAnswer>({ maxBytes: MIB });
    const { store } = withSharing(counting.store, { cache, listTtlMs: 0 });
    await scan(store, QUERIES[0]!);
    put(logKey('2026-01-15T10:35:00Z', { hash: 'c1' }), logBytes({ bytes: 12_345 }));
    const result = await scan(store, QUERIES[0]!);
    expect(counting.counts()).toMatchObject({ readRequests: objects, bytesRead: storedBytes });
    expect(textOf(result)).toBe(textOf(await scan(createDirectoryStore({ root }), QUERIES[0]!)));
  });

  test('with a cache too small for all, answers are the same and the bound holds', async () => {
    const shared = createShared(10_000);
    const expected = textOf(await scan(createDirectoryStore({ root }), QUERIES[0]!));
    for (let round = 0; round < 2; round++) {
      const results = await Promise.all([1, 2, 3].map(() => scan(shared.store, QUERIES[0]!)));
      expect(results.map(textOf)).toEqual([expected, expected, expected]);
      const { keptBytes, reservedBytes } = shared.cache.counts();
      expect([keptBytes <= 10_000, reservedBytes]).toEqual([true, 0]);
    }
    expect(shared.cache.counts().evictions).toBeGreaterThan(0);
  });
});
