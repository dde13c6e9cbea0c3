/** Parquet objects in a scan: beside text, read in parts, skipped by their statistics, kept digests, damaged ones. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { FIELDS } from '../../../src/flow/fields';
import { createDigestCache } from '../../../src/scan/digest-cache';
import { runScan, type ScanOptions, type ScanResult } from '../../../src/scan/run-scan';
import { createWorkerPool } from '../../../src/scan/worker-pool';
import { createDirectoryStore } from '../../../src/store/directory-store';
import type { ObjectStore } from '../../../src/store/store';
import { withCounting } from '../../../src/store/with-counting';
import type { ScanQuery } from '../../../src/query/model';
import { createRandom } from '../../../tools/random';
import { readDigest } from '../../helpers/reference-digester';
import { writeParquet } from '../parquet/write-parquet';
import { logKey, makeQuery, rangeOf } from './flow-logs';
import { createInProcessPool } from './in-process-worker';
import { createMemoryStore } from './memory-store';

/** Versions 2 to 5. */
const COLUMNS = FIELDS.filter(({ version }) => version <= 5).map(({ name }) => name);
const START_SEC = Date.parse('2026-01-15T10:00:00Z') / 1000;
const COUNT = 12_000;
const random = createRandom(7);

/** Records of which nothing but the default key can be packed well, over twenty minutes in order. */
const ROWS = Array.from({ length: COUNT }, (_, i) => {
  const start = START_SEC + Math.floor((i * 1200) / COUNT);
  const cells: Record<string, string> = {
    ...{ version: '5', 'account-id': '123456789012', 'interface-id': `eni-${i % 20}`, protocol: '6' },
    ...{ srcaddr: `10.0.${random.below(4)}.${random.below(20)}`, dstaddr: `10.1.0.${random.below(30)}` },
    ...{ srcport: String(random.below(65536)), dstport: '443', packets: String(random.below(9)), bytes: String(i) },
    ...{ start: String(start), end: String(start + 59), action: 'ACCEPT', 'log-status': i % 50 ? 'OK' : 'NODATA' },
  };
  const noise = Array.from({ length: 24 }, () => random.below(16).toString(16)).join('');
  return COLUMNS.map((name) => cells[name] ?? (name === 'tcp-flags' || name === 'traffic-path' ? '-' : noise));
});
const PARQUET = writeParquet(COLUMNS, ROWS, { groupRows: 3000 });
const TEXT = new Uint8Array(gzipSync([COLUMNS.join(' '), ...ROWS.map((row) => row.join(' ')), ''].join('\n')));
const KEY = logKey('2026-01-15T10:00:00Z', { format: 'parquet', extension: '.log.parquet' });
const INLINE = createWorkerPool({ size: 0, createWorker: () => Promise.reject(new Error('none')) as never });

function scan(store: ObjectStore, query: ScanQuery, options: Partial<ScanOptions> = {}): Promise<ScanResult> {
  return runScan(query, [{ store, prefix: '', keys: 'auto' }], { pool: INLINE, ...options });
}

/** Rows, and all tallies but those of how an object is stored. */
function contentOf({ answer }: ScanResult): unknown {
  if (answer.kind !== 'digest') {
    throw new Error('a digest was expected');
  }
  const { rows, tallies } = readDigest(answer.digest);
  const { headerLines, lines, ...rest } = tallies;
  return { rows, tallies: { ...rest, records: lines - headerLines } };
}

const twice = (key: string): string => key.replace('0a1b2c3d', 'ffffffff');

test('one of more than a MiB is read in parts, the answer that of the text', async () => {
  expect(PARQUET.length).toBeGreaterThan(2 ** 20);
  const query = makeQuery();
  const store = createMemoryStore({ [KEY]: PARQUET });
  const { store: counted, counts } = withCounting(store);
  const result = await scan(counted, query);
  const text = await scan(createMemoryStore({ [logKey('2026-01-15T10:00:00Z')]: TEXT }), query);
  expect(result.problems.count).toBe(0);
  expect(contentOf(result)).toEqual(contentOf(text));
  expect(counts().bytesRead).toBeLessThan(TEXT.length / 2);
  expect(store.ranges.every(({ start }) => start !== undefined)).toBe(true);
  // The footer, and the columns of four row groups.
  expect(store.begun).toHaveLength(5);
});

test.each<[string, number]>([
  ['in the thread', 0],
  ['in workers', 2],
])('both formats in one prefix, with a range and kept digests, %s', async (_name, size) => {
  const pool = size === 0 ? INLINE : createInProcessPool(size).pool;
  const store = createMemoryStore({ [KEY]: PARQUET, [twice(logKey('2026-01-15T10:00:00Z'))]: TEXT });
  const texts = createMemoryStore({
    [logKey('2026-01-15T10:00:00Z')]: TEXT,
    [twice(logKey('2026-01-15T10:00:00Z'))]: TEXT,
  });
  const digests = createDigestCache({ maxBytes: 2 ** 26 });
  const whole = makeQuery({ range: rangeOf('2026-01-15T09:00:00Z', '2026-01-15T11:00:00Z') });
  const part = makeQuery({ range: rangeOf('2026-01-15T10:06:00Z', '2026-01-15T10:11:00Z') });
  for (const [query, cachedObjects] of [
    [part, 0],
    [whole, 2],
    [part, 0],
  ] as const) {
    const result = await scan(store, query, { digests, pool });
    expect(result).toMatchObject({ cachedObjects, problems: { count: 0 } });
    expect(contentOf(result)).toEqual(contentOf(await scan(texts, query)));
  }
});

test('of row groups outside of the time range not even the bytes are read', async () => {
  const all = withCounting(createMemoryStore({ [KEY]: PARQUET }));
  await scan(all.store, makeQuery());
  const some = withCounting(createMemoryStore({ [KEY]: PARQUET }));
  const query = makeQuery({ range: rangeOf('2026-01-15T10:06:00Z', '2026-01-15T10:09:00Z') });
  const result = await scan(some.store, query);
  const text = createMemoryStore({ [logKey('2026-01-15T10:00:00Z')]: TEXT });
  expect(contentOf(result)).toEqual(contentOf(await scan(text, query)));
  // Beside the first 64 KiB for the footer one row group of four.
  expect(some.counts().bytesRead - 65_536).toBeLessThan((all.counts().bytesRead - 65_536) / 3);
});

test('records read all columns', async () => {
  const query = makeQuery({ view: 'records', top: 3, order: 'oldest' });
  const { answer } = await scan(createMemoryStore({ [KEY]: PARQUET }), query);
  const lines = answer.kind === 'records' ? answer.records.records.map(({ line }) => line) : [];
  const texts = ROWS.map((row) => row.join(' '));
  expect(lines).toHaveLength(3);
  lines.forEach((line) => expect(texts).toContain(line));
});

test('in a folder, and as a file of whatever name', async () => {
  const root = mkdtempSync(join(tmpdir(), 'parquet-'));
  try {
    writeFileSync(join(root, 'a.parquet'), PARQUET);
    const named = withCounting(createDirectoryStore({ root }));
    const expected = contentOf(await scan(named.store, makeQuery()));
    expect(named.counts().bytesRead).toBeLessThan(PARQUET.length / 2);
    rmSync(join(root, 'a.parquet'));
    writeFileSync(join(root, 'a.bin'), PARQUET);
    expect(contentOf(await scan(createDirectoryStore({ root }), makeQuery()))).toEqual(expected);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('what is damaged or changed meanwhile is a problem by its key, and the others count', async () => {
  const cut = PARQUET.slice(0, -50);
  const query = makeQuery();
  const good = logKey('2026-01-15T10:00:00Z');
  const result = await scan(createMemoryStore({ [KEY]: cut, [good]: TEXT }), query);
  expect(result.problems).toEqual({
    count: 1,
    first: [
      { key: KEY, code: 'corrupt-object', message: expect.stringMatching(/does not end as a Parquet/) as string },
    ],
  });
  expect(contentOf(result)).toEqual(contentOf(await scan(createMemoryStore({ [good]: TEXT }), query)));
  const shorter = await scan(
    createMemoryStore({ [KEY]: { bytes: PARQUET, listedBytes: PARQUET.length + 10 }, [good]: TEXT }),
    query,
  );
  expect(shorter.problems.first).toMatchObject([{ key: KEY, code: 'unavailable' }]);
});
