/** Scans with digests in a folder: after a restart nothing is read again, and no answer is another one. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import type { ScanQuery } from '../../../src/query/model';
import { createDigestCache } from '../../../src/scan/digest-cache';
import { createDigestFolder, type DigestFolder } from '../../../src/scan/digest-folder';
import { runScan, type ScanResult } from '../../../src/scan/run-scan';
import type { Source } from '../../../src/scan/select-objects';
import { withDigestFolder } from '../../../src/scan/with-digest-folder';
import { createDirectoryStore } from '../../../src/store/directory-store';
import type { ObjectStore } from '../../../src/store/store';
import { withCounting } from '../../../src/store/with-counting';
import { logBytes, logKey, makeQuery, type RecordParts } from './flow-logs';
import { createInProcessPool } from './in-process-worker';
import { createMemoryStore } from './memory-store';

const MIB = 2 ** 20;
const TEN = Date.parse('2026-01-15T10:00:00Z') / 1000;
const rangeOf = (fromMinute: number, toMinute: number) => ({
  fromMs: (TEN + fromMinute * 60) * 1000,
  toMs: (TEN + toMinute * 60) * 1000,
});

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vpcflow-digests-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const openFolder = (maxBytes = 100 * MIB): DigestFolder =>
  createDigestFolder({ folder: join(root, 'digests'), maxBytes, version: '1.0.0', waitMs: 60_000, closeMs: 60_000 });

/** A process that answers these queries one after the other, and then ends. */
async function inOneProcess(
  source: Omit<Source, 'prefix' | 'keys'>,
  queries: readonly ScanQuery[],
  { memoryBytes = 10 * MIB, workers = 0 } = {},
): Promise<ScanResult[]> {
  const folder = openFolder();
  const digests = withDigestFolder(createDigestCache({ maxBytes: memoryBytes }), folder);
  const { pool } = createInProcessPool(workers);
  const results: ScanResult[] = [];
  for (const query of queries) {
    results.push(await runScan(query, [{ ...source, prefix: '', keys: 'aws' }], { pool, digests }));
  }
  await folder.close();
  return results;
}

const without = (store: ObjectStore, query: ScanQuery): Promise<ScanResult> =>
  runScan(query, [{ store, prefix: '', keys: 'aws' }], { pool: createInProcessPool(0).pool });

/** All but how it came about; as text, since arrays that come from a thread are of another realm. */
function comparable({ answer, problems, partial, selection }: ScanResult): string {
  const plain = (_name: string, value: unknown): unknown =>
    ArrayBuffer.isView(value) ? Array.from(value as Uint8Array, String) : value;
  return JSON.stringify({ answer, problems, partial, notes: selection.notes }, plain, 1);
}

function writeLogs(objects: Readonly<Record<string, Uint8Array>>): ObjectStore {
  for (const [key, bytes] of Object.entries(objects)) {
    mkdirSync(dirname(join(root, 'logs', key)), { recursive: true });
    writeFileSync(join(root, 'logs', key), bytes);
  }
  return createDirectoryStore({ root: join(root, 'logs') });
}

const record = (minute: number, parts: RecordParts = {}): RecordParts => ({ start: TEN + minute * 60, ...parts });
const keyAt = (bin: number, flowLogId = 'fl-0a'): string =>
  logKey(new Date((TEN + bin * 300) * 1000).toISOString(), { flowLogId });
/** An object per five minutes of an hour. */
const HOUR = Object.fromEntries(
  Array.from({ length: 12 }, (_, bin) => [
    keyAt(bin),
    logBytes(record(bin * 5, { bytes: bin }), record(bin * 5 + 1, { dst: `2001:db8::${bin}`, action: 'REJECT' })),
  ]),
);
const QUERIES = [
  makeQuery({ range: rangeOf(0, 60) }),
  makeQuery({ view: 'graph', range: rangeOf(0, 60) }),
  makeQuery({
    view: 'series',
    range: rangeOf(0, 60),
    keys: ['action'],
    bucketSec: 300,
    filter: 'dstaddr = 10.0.0.0/8',
  }),
  makeQuery({ range: rangeOf(0, 60), keys: ['dstaddr'], counting: 'once' }),
];

test('a process that starts anew reads no object again, and answers alike', async () => {
  const { store, counts } = withCounting(writeLogs(HOUR));
  const expected = await Promise.all(QUERIES.map((query) => without(store, query)));
  const before = counts().readRequests;
  const first = await inOneProcess({ store }, QUERIES);
  expect(counts().readRequests - before).toBe(12 * QUERIES.length);
  const again = await inOneProcess({ store }, QUERIES);
  expect(counts().readRequests - before).toBe(12 * QUERIES.length);
  expect(first.map(({ cachedObjects }) => cachedObjects)).toEqual(QUERIES.map(() => 0));
  expect(again.map(({ cachedObjects }) => cachedObjects)).toEqual(QUERIES.map(() => 12));
  for (const results of [first, again]) {
    expect(results.map(comparable)).toEqual(expected.map(comparable));
  }
  expect(readdirSync(join(root, 'digests'))).toHaveLength(1);
});

test('what came or changed meanwhile is read, and only that', async () => {
  const query = makeQuery({ range: rangeOf(0, 60) });
  await inOneProcess({ store: writeLogs(HOUR) }, [query]);
  const { store, counts } = withCounting(
    writeLogs({ [keyAt(3)]: logBytes(record(15, { bytes: 1000 })), [keyAt(4, 'fl-0b')]: logBytes(record(20)) }),
  );
  const [result] = await inOneProcess({ store }, [query]);
  expect(counts().readRequests).toBe(2);
  expect(result!.cachedObjects).toBe(11);
  expect(comparable(result!)).toBe(comparable(await without(store, query)));
});

test('an object that crosses an end of the range is read each time', async () => {
  const { store, counts } = withCounting(writeLogs(HOUR));
  const query = makeQuery({ range: rangeOf(6, 60) });
  await inOneProcess({ store }, [query]);
  const before = counts().readRequests;
  const [result] = await inOneProcess({ store }, [query]);
  expect(counts().readRequests - before).toBe(1);
  expect(comparable(result!)).toBe(comparable(await without(store, query)));
});

test('who reads as somebody else finds nothing', async () => {
  const store = createMemoryStore(HOUR, { name: 's3://logs' });
  const query = makeQuery({ range: rangeOf(0, 60) });
  await inOneProcess({ store, reader: 'role a' }, [query]);
  for (const [reader, cachedObjects] of [
    ['role b', 0],
    [undefined, 0],
    ['role a', 12],
  ] as const) {
    expect((await inOneProcess({ store, reader }, [query]))[0]).toMatchObject({ cachedObjects });
  }
});

test('a folder that is damaged through and through changes no answer', async () => {
  const store = createMemoryStore(HOUR);
  const [expected] = await inOneProcess({ store }, [QUERIES[0]!]);
  const [name] = readdirSync(join(root, 'digests'));
  const path = join(root, 'digests', name!);
  writeFileSync(
    path,
    readFileSync(path).map((byte, i) => (i > 200 && i % 97 === 0 ? byte ^ 16 : byte)),
  );
  const [result] = await inOneProcess({ store }, [QUERIES[0]!]);
  expect(comparable(result!)).toBe(comparable(expected!));
  expect(result!.cachedObjects).toBe(0);
  // And is whole again.
  expect((await inOneProcess({ store }, [QUERIES[0]!]))[0]).toMatchObject({ cachedObjects: 12 });
});

test.each([0, 2])(
  'no answer changes, whatever is stored, over restarts, with %i workers',
  async (workers) => {
    const arbitraryRecord = fc.record({
      start: fc.integer({ min: TEN - 20 * 60, max: TEN + 80 * 60 }),
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
        fc.array(arbitraryObject, { minLength: 1, maxLength: 12 }),
        fc.array(arbitraryAsk, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(0, 40_000, MIB),
        async (objects, asks, memoryBytes) => {
          rmSync(join(root, 'digests'), { recursive: true, force: true });
          const store = createMemoryStore(
            Object.fromEntries(
              objects.map(({ records, flowLogId }, bin) => [keyAt(bin, flowLogId), logBytes(...records)]),
            ),
          );
          const queries = asks.map(({ from, length, ...rest }) =>
            makeQuery({ range: rangeOf(from, from + length), ...rest }),
          );
          const expected: string[] = [];
          for (const query of queries) {
            expected.push(comparable(await without(store, query)));
          }
          for (let start = 0; start < 2; start++) {
            const results = await inOneProcess({ store }, queries, { memoryBytes, workers });
            expect(results.map(comparable)).toEqual(expected);
          }
        },
      ),
      { numRuns: 25 },
    );
  },
  120_000,
);
