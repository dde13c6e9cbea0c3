/** Scans with more groups than memory may hold: the same answers, cell for cell, by way of a temporary file. */
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { cellText, type Digest } from '../../../src/digest/digest';
import type { ScanQuery, SeriesQuery, TableQuery } from '../../../src/query/model';
import { createDigestCache } from '../../../src/scan/digest-cache';
import { runScan, type ScanOptions, type ScanResult } from '../../../src/scan/run-scan';
import type { Source } from '../../../src/scan/select-objects';
import { decodeSegment } from '../../../src/scan/spill-parts';
import { createWorkerPool, type WorkerPool } from '../../../src/scan/worker-pool';
import { buildSeries } from '../../../src/view/series';
import { buildTable } from '../../../src/view/table';
import { digestBounds, digestTotals } from '../../../src/view/totals';
import { logKey, makeQuery, recordLine, type RecordParts } from './flow-logs';
import { createInProcessPool } from './in-process-worker';
import { createMemoryStore, type MemoryObject } from './memory-store';

const INLINE = createWorkerPool({
  size: 0,
  createWorker: () => {
    throw new Error('no worker is needed');
  },
});
jest.setTimeout(240_000);
const RUNS = 10;
const TEN = Date.parse('2026-01-15T10:00:00Z') / 1000;
const HEADER =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spill-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const ADDRESSES = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '203.0.113.9', '2001:db8::1', 'fd00::7', '-'];
const record: fc.Arbitrary<RecordParts> = fc.record({
  eni: fc.constantFrom('eni-a', 'eni-b', 'eni-c'),
  src: fc.constantFrom(...ADDRESSES),
  dst: fc.constantFrom(...ADDRESSES),
  srcport: fc.constantFrom(22, 443, 50_000, 50_001),
  dstport: fc.integer({ min: 1, max: 40 }),
  bytes: fc.constantFrom(0, 10, 10, 20, 5000),
  start: fc.nat(300).map((offset) => TEN + offset),
  action: fc.constantFrom('ACCEPT', 'REJECT'),
});
/** Objects, of which some come in chunks. */
const corpus = fc.array(fc.record({ records: fc.array(record, { maxLength: 40 }), inChunks: fc.boolean() }), {
  minLength: 1,
  maxLength: 6,
});
type Corpus = typeof corpus extends fc.Arbitrary<infer T> ? T : never;

function storeOf(objects: Corpus, others: Readonly<Record<string, MemoryObject>> = {}) {
  const entries = objects.map(({ records, inChunks }, i): [string, MemoryObject] => {
    const text = [HEADER, ...records.map(recordLine), ''].join('\n');
    return [
      logKey('2026-01-15T10:05:00Z', {
        hash: i.toString(16).padStart(8, '0'),
        flowLogId: `fl-0123456789abcde${i % 2}`,
      }),
      { bytes: inChunks ? Buffer.from(text) : gzipSync(text), ...(inChunks ? { listedBytes: -1 } : {}) },
    ];
  });
  return createMemoryStore({ ...Object.fromEntries(entries), ...others }, { chunkBytes: 500 });
}

function scan(objects: Corpus, query: ScanQuery, options: Partial<ScanOptions>): Promise<ScanResult> {
  const source: Source = { store: storeOf(objects), prefix: '', keys: 'aws' };
  return runScan(query, [source], { pool: INLINE, ...options });
}

function digestOf({ answer }: ScanResult): Digest {
  if (answer.kind !== 'digest') {
    throw new Error('a digest was expected');
  }
  return answer.digest;
}

/** Typed arrays that have crossed to a worker are of another realm. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, member: unknown) =>
      ArrayBuffer.isView(member) ? Array.from(member as Uint8Array, String) : member,
    ) ?? 'null',
  );

const POOLS: readonly [workers: number, create: () => WorkerPool][] = [0, 1, 3].map((size) => [
  size,
  () => (size === 0 ? INLINE : createInProcessPool(size).pool),
]);
const countings = fc.constantFrom('once', 'as-logged');
const keyLists = fc.subarray(['interface-id', 'srcaddr', 'dstaddr', 'port', 'dstport', 'action', 'start'], {
  minLength: 1,
});
const cached = fc.boolean();

describe.each(POOLS)('with %i workers', (_, createPool) => {
  /** The query without and with a limit that makes rows go to a file. */
  async function both(objects: Corpus, input: object, isCached: boolean, maxKeys: number) {
    const pool = createPool();
    const digests = () => (isCached ? createDigestCache({ maxBytes: 2 ** 24 }) : undefined);
    const all = await scan(objects, makeQuery({ ...input }), { digests: digests() });
    const query = makeQuery({ ...input }, { maxKeys });
    const few = await scan(objects, query, { pool, digests: digests(), spill: { folder, takesRows: true } });
    expect(readdirSync(folder)).toEqual([]);
    expect(openFiles()).toHaveLength(few.rows ? 1 : 0);
    expect(few.partial).toBeUndefined();
    expect(few.problems).toEqual(all.problems);
    expect(digestOf(few).tallies).toEqual(digestOf(all).tallies);
    const measures = ['bytes', 'packets', 'flows'] as const;
    expect(digestTotals(digestOf(few), measures)).toEqual(digestTotals(digestOf(all), measures));
    expect(digestBounds(digestOf(few))).toEqual(digestBounds(digestOf(all)));
    return { all, few, query };
  }

  /** What a view makes of the digest is the same with and without the limit. */
  const assertSame = (
    view: string,
    queries: fc.Arbitrary<object>,
    build: (digest: Digest, query: ScanQuery) => unknown,
  ): Promise<void> =>
    fc.assert(
      fc.asyncProperty(
        corpus,
        queries,
        cached,
        fc.integer({ min: 1, max: 30 }),
        async (objects, input, isCached, maxKeys) => {
          const { all, few, query } = await both(objects, { view, ...input }, isCached, maxKeys);
          expect(plain(build(digestOf(few), query))).toEqual(plain(build(digestOf(all), query)));
        },
      ),
      { numRuns: RUNS },
    );

  it('tables are the same', async () => {
    const queries = fc.record({
      keys: keyLists,
      measures: fc.constantFrom(['bytes', 'flows'], ['flows']),
      top: fc.integer({ min: 1, max: 12 }),
      distinct: fc.subarray(['dstport', 'dstaddr'], { maxLength: 1 }),
      counting: countings,
    });
    await assertSame('table', queries, (digest, query) => buildTable(digest, query as TableQuery));
  });

  it('series are the same', async () => {
    const queries = fc.record({
      keys: keyLists,
      measures: fc.constantFrom(['bytes', 'flows'], ['flows']),
      top: fc.integer({ min: 1, max: 5 }),
      bucketSec: fc.constantFrom(60, 120),
      fill: fc.constantFrom('zero', 'null'),
      counting: countings,
    });
    await assertSame('series', queries, (digest, query) => buildSeries(digest, query as SeriesQuery));
  });

  it('the rows of a digest come in order', async () => {
    const queries = fc.record(
      { keys: keyLists, counting: countings, bucketSec: fc.constantFrom(60) },
      { requiredKeys: ['keys', 'counting'] },
    );
    await fc.assert(
      fc.asyncProperty(corpus, queries, fc.integer({ min: 1, max: 30 }), async (objects, input, maxKeys) => {
        const { all, few } = await both(objects, { view: 'digest', ...input }, false, maxKeys);
        if (few.rows) {
          expect(few.rows.rowCount).toBe(digestOf(all).rowCount);
        }
        const pieces: Digest[] = few.rows ? [] : [digestOf(few)];
        try {
          for await (const piece of few.rows ?? []) {
            pieces.push(piece);
          }
        } finally {
          await few.rows?.close();
        }
        expect(openFiles()).toEqual([]);
        const rows = pieces.flatMap((piece) => [...textRows(piece)]);
        expect(rows).toEqual([...textRows(digestOf(all))]);
      }),
      { numRuns: RUNS },
    );
  });
});

/** Files of the folder that are open, with or without a name. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return [];
    }
  });
}

const MANY: Corpus = Array.from({ length: 20 }, (_, object) => ({
  inChunks: object % 2 === 0,
  records: Array.from({ length: 30 }, (_record, i) => ({ dst: `10.1.${object}.${i}`, bytes: object + i })),
}));
const TABLE = { view: 'table', keys: ['dstaddr'], top: 3, counting: 'as-logged' };

describe('what goes wrong', () => {
  afterEach(() => {
    expect(readdirSync(folder)).toEqual([]);
    expect(openFiles()).toEqual([]);
  });

  it('a limit, after rows were put aside: the file is gone', async () => {
    const query = makeQuery(TABLE, { maxKeys: 50, maxObjects: 15 });
    await expect(scan(MANY, query, { spill: { folder } })).rejects.toMatchObject({ code: 'over-limit' });
    const partial = makeQuery(TABLE, { maxKeys: 50, maxObjects: 15, onLimit: 'partial' });
    const result = await scan(MANY, partial, { spill: { folder } });
    expect(result.partial?.limit).toBe('maxObjects');
    expect(digestTotals(digestOf(result), ['flows'])).toEqual({ flows: digestOf(result).tallies.flows });
    expect(buildTable(digestOf(result), { keys: ['dstaddr'], measures: ['bytes'], top: 3 }).groupCount).toBe(15 * 30);
  });

  it('an abort amid the scan', async () => {
    const stop = new AbortController();
    const query = makeQuery(TABLE, { maxKeys: 50 });
    const report = ({ doneObjects }: { doneObjects: number }) => doneObjects === 10 && stop.abort();
    await expect(scan(MANY, query, { spill: { folder }, signal: stop.signal, report })).rejects.toMatchObject({
      code: 'aborted',
    });
  });

  it.each(['kept', 'addUp', 'flush'])('a thread that dies at %s', async (type) => {
    let left = 3;
    const { pool } = createInProcessPool(2, {
      intercept(request, worker) {
        if (request.type === type && --left === (type === 'flush' ? 2 : 0)) {
          worker.die(new Error('killed'));
          return false;
        }
        return undefined;
      },
    });
    await expect(scan(MANY, makeQuery(TABLE, { maxKeys: 50 }), { pool, spill: { folder } })).rejects.toMatchObject({
      code: 'internal',
    });
  });

  it('a damaged file: an error and no number', async () => {
    const { pool } = createInProcessPool(2, {
      intercept(request) {
        if (request.type === 'addUp') {
          const { bytes } = request.segments[0]!;
          bytes[bytes.length >> 1]! ^= 1;
        }
        return undefined;
      },
    });
    await expect(scan(MANY, makeQuery(TABLE, { maxKeys: 50 }), { pool, spill: { folder } })).rejects.toMatchObject({
      code: 'internal',
      message: 'cannot add up the groups: a temporary file is damaged',
    });
  });

  it('a folder that is not there, or no room: the limit is what it was', async () => {
    for (const place of [{ folder: join(folder, 'none') }, { folder, maxBytes: 5000 }]) {
      await expect(scan(MANY, makeQuery(TABLE, { maxKeys: 50 }), { spill: place })).rejects.toMatchObject({
        code: 'over-limit',
        fields: { limit: 'maxKeys' },
        message: expect.stringMatching(
          /more than 50 distinct keys.*make room for a temporary file in .*: .+/,
        ) as string,
      });
      const partial = makeQuery(TABLE, { maxKeys: 50, onLimit: 'partial' });
      const result = await scan(MANY, partial, { spill: place });
      expect(result.partial?.limit).toBe('maxKeys');
      const { flows } = digestOf(result).tallies;
      expect(flows).toBeGreaterThan(50);
      expect(digestTotals(digestOf(result), ['flows'])).toEqual({ flows });
    }
  });

  it('an object that is damaged after some of its rows were put aside: it does not count', async () => {
    const text = [HEADER, ...MANY.flatMap(({ records }) => records.map(recordLine)), ''].join('\n');
    const stored = gzipSync(text);
    stored[stored.length - 5]! ^= 1;
    const key = logKey('2026-01-15T10:05:00Z', { hash: 'ffffffff' });
    const source = (): Source => ({
      store: storeOf(MANY.slice(0, 4), { [key]: { bytes: stored, listedBytes: -1 } }),
      prefix: '',
      keys: 'aws',
    });
    const all = await runScan(makeQuery(TABLE), [source()], { pool: INLINE });
    const few = await runScan(makeQuery(TABLE, { maxKeys: 20 }), [source()], { pool: INLINE, spill: { folder } });
    expect(few.problems).toMatchObject({ count: 1, first: [{ key, code: 'corrupt-object' }] });
    expect(few.problems).toEqual(all.problems);
    expect(digestOf(few).tallies).toEqual(digestOf(all).tallies);
    expect(digestOf(few).tallies.flows).toBe(4 * 30);
  });

  it.each([
    ['table', TABLE],
    ['distinct values', { ...TABLE, distinct: ['dstport'] }],
    ['series', { ...TABLE, view: 'series', bucketSec: 60 }],
    ['digest', { view: 'digest', counting: 'as-logged' }],
    ['stat', { view: 'stat', keys: ['dstaddr'], counting: 'as-logged' }],
  ])('%s: all that was put aside is of a damaged object: nothing counts', async (_, input) => {
    const text = [HEADER, ...MANY.flatMap(({ records }) => records.map(recordLine)), ''].join('\n');
    const bytes = gzipSync(text).subarray(0, -5);
    const key = logKey('2026-01-15T10:05:00Z', { hash: 'ffffffff' });
    const source = (): Source => ({
      store: storeOf([], { [key]: { bytes, listedBytes: -1 } }),
      prefix: '',
      keys: 'aws',
    });
    const all = await runScan(makeQuery(input), [source()], { pool: INLINE });
    for (const pool of [INLINE, createInProcessPool(2).pool]) {
      for (const takesRows of [false, true]) {
        const query = makeQuery(input, { maxKeys: 20 });
        const few = await runScan(query, [source()], { pool, spill: { folder, takesRows } });
        expect(few.problems).toMatchObject({ count: 1, first: [{ key, code: 'corrupt-object' }] });
        expect(few.selection.notes).toEqual(all.selection.notes);
        expect(plain({ ...digestOf(few), notes: [] })).toEqual(plain({ ...digestOf(all), notes: [] }));
        expect(digestOf(few).rowCount).toBe(0);
        expect(few.rows?.rowCount ?? 0).toBe(0);
        for await (const piece of few.rows ?? []) {
          expect(piece).toBe('no row was expected');
        }
        await few.rows?.close();
      }
    }
  });

  it.each([{ distinct: [] }, { distinct: ['dstport'] }])(
    'all that was put aside turns out to be copies: nothing counts (distinct: $distinct)',
    async ({ distinct }) => {
      // The sender has two peers, by which its own address is known; only what the receiver saw passes the filter.
      const told = ['10.0.0.2', '10.0.0.3'].map((dst) => ({ eni: 'eni-a', dst, bytes: 1 }));
      const seen = Array.from({ length: 40 }, (_record, i) => ({
        eni: 'eni-b',
        srcport: i + 1,
        dstport: i + 1,
        bytes: 7,
      }));
      const objects: Corpus = [told, seen].map((records) => ({ inChunks: true, records }));
      const input = { view: 'table', keys: ['srcport'], distinct, counting: 'once', filter: 'bytes = 7' };
      const all = await scan(objects, makeQuery(input), {});
      const few = await scan(objects, makeQuery(input, { maxKeys: 10 }), { spill: { folder } });
      expect(digestOf(few).tallies).toEqual(digestOf(all).tallies);
      expect(digestOf(few).tallies).toMatchObject({ flows: 0, copies: 40 });
      const query = makeQuery(input) as TableQuery;
      expect(plain(buildTable(digestOf(few), query))).toEqual(plain(buildTable(digestOf(all), query)));
    },
  );

  it('a view that needs all groups at once keeps its limit', async () => {
    const query = makeQuery({ view: 'graph', keys: ['srcaddr', 'dstaddr'] }, { maxKeys: 50 });
    await expect(scan(MANY, query, { spill: { folder } })).rejects.toMatchObject({
      code: 'over-limit',
      fields: { limit: 'maxKeys' },
    });
  });
});

describe('what was put aside is added up', () => {
  /** The most rows and partitions that 8 threads had at a time. */
  async function watchAdding(maxKeys: number): Promise<{ rows: number; partitions: number }> {
    const { pool } = createInProcessPool(8);
    const now = { rows: 0, partitions: 0 };
    const most = { ...now };
    const watched: WorkerPool = {
      ...pool,
      openAdding(...args) {
        const adding = pool.openAdding(...args);
        return {
          ...adding,
          async add(segments) {
            const rows = segments.reduce((sum, segment) => sum + decodeSegment(segment).rowCount, 0);
            now.rows += rows;
            now.partitions++;
            most.rows = Math.max(most.rows, now.rows);
            most.partitions = Math.max(most.partitions, now.partitions);
            await adding.add(segments);
            now.rows -= rows;
            now.partitions--;
          },
        };
      },
    };
    const result = await scan(MANY, makeQuery(TABLE, { maxKeys }), { pool: watched, spill: { folder } });
    expect(digestTotals(digestOf(result), ['flows'])).toEqual({ flows: MANY.length * 30 });
    return most;
  }

  it('by all threads if their partitions are together not too many rows', async () => {
    expect(await watchAdding(200)).toMatchObject({ partitions: 8 });
  });

  it('by fewer threads otherwise: the limit holds for the rows in memory', async () => {
    const { rows, partitions } = await watchAdding(50);
    expect(rows).toBeLessThanOrEqual(50);
    expect(partitions).toBeGreaterThan(1);
  });

  it('one partition at a time if two would be too many', async () => {
    expect(await watchAdding(10)).toMatchObject({ partitions: 1 });
  });
});

it('says how many groups there are and how many of them are kept', async () => {
  const objects = Array.from({ length: 3 }, (_, object) => ({
    inChunks: false,
    records: Array.from({ length: 400 }, (_record, i) => ({ dst: `10.${object}.${i >> 8}.${i & 255}` })),
  }));
  const { answer, selection } = await scan(objects, makeQuery(TABLE, { maxKeys: 500 }), { spill: { folder } });
  expect(selection.notes).toEqual([
    '1,200 groups: the 1,000 with most bytes are kept, the others are added up as Other: they do not fit into ' +
      'memory (limits.maxKeys: 500)',
  ]);
  expect(answer).toMatchObject({ digest: { rowCount: 1001, folded: { firstRow: 1000, groupCount: 200 } } });
});

function* textRows({ rowCount, bucketStartSec, keys, flows, sums, minStartSec, maxEndSec }: Digest): Iterable<string> {
  for (let row = 0; row < rowCount; row++) {
    yield [
      bucketStartSec?.[row],
      ...keys.map((key) => cellText(key, row)),
      ...[flows[row], ...sums.map(({ values }) => values[row]), minStartSec[row], maxEndSec[row]],
    ].join(' ');
  }
}
