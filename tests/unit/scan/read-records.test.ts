import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { answerTallies } from '../../../src/digest/digester';
import { FlowError } from '../../../src/errors';
import { DEFAULT_FORMAT } from '../../../src/flow/fields';
import type { RecordsQuery } from '../../../src/query/model';
import { readRecords, type ReadRecordsOptions } from '../../../src/scan/read-records';
import { runScan } from '../../../src/scan/run-scan';
import type { Source } from '../../../src/scan/select-objects';
import { writeParquet } from '../parquet/write-parquet';
import { logBytes, logKey, logText, makeQuery, recordLine } from './flow-logs';
import { createInProcessPool } from './in-process-worker';
import { createGate, createMemoryStore, type MemoryObject, type MemoryStoreOptions } from './memory-store';

const START = Date.parse('2026-01-15T10:00:00Z') / 1000;
const query = (input: Readonly<Record<string, unknown>> = {}, limits = {}): RecordsQuery =>
  makeQuery({ ...input, view: 'records' }, limits) as RecordsQuery;

function sourceOf(
  objects: Readonly<Record<string, MemoryObject | Uint8Array | string>>,
  options: MemoryStoreOptions = {},
): { source: Source; store: ReturnType<typeof createMemoryStore> } {
  const store = createMemoryStore(objects, options);
  return { source: { store, prefix: '', keys: 'any' }, store };
}

async function readAll(
  sources: readonly Source[],
  input: Readonly<Record<string, unknown>> = {},
  options: ReadRecordsOptions = {},
  limits = {},
) {
  const reading = readRecords(query(input, limits), sources, options);
  const lines: string[] = [];
  let batches = 0;
  for await (const batch of reading.batches) {
    batches++;
    lines.push(...batch.map(({ line }) => line));
  }
  return { reading, lines, batches, bytes: lines.map((line) => Number(line.split(' ')[9])) };
}

/** Texts that gzip cannot make small. */
const noise = (i: number): string => createHash('sha256').update(String(i)).digest('hex');

test('sources in their order, objects by key, records as they stand, however slow an object is', async () => {
  const { source: first } = sourceOf(
    Object.fromEntries(['c', 'a', 'b'].map((key, i) => [key, logBytes({ bytes: i }, { bytes: 10 + i })])),
    { beforeRead: (key) => new Promise((resolve) => setTimeout(resolve, key === 'a' ? 20 : 0)) },
  );
  const { source: second } = sourceOf({ 0: logBytes({ bytes: 99 }) });
  const { bytes, reading } = await readAll([first, second]);
  expect(bytes).toEqual([1, 11, 2, 12, 0, 10, 99]);
  expect(reading.tallies()).toMatchObject({ objects: 4, flows: 7, headerLines: 4, lines: 11 });
  expect(reading.selection().selectedObjects).toBe(4);
});

test('accounts in their order, whichever listing is slow', async () => {
  const accounts = ['111122223333', '444455556666'];
  const keys = accounts.map((accountId) => logKey('2026-01-15T10:00:00Z', { accountId }));
  const store = createMemoryStore(Object.fromEntries(keys.map((key, i) => [key, logBytes({ bytes: i })])), {
    beforePage: (prefix) => new Promise((resolve) => setTimeout(resolve, prefix.includes(accounts[0]!) ? 20 : 0)),
  });
  expect((await readAll([{ store, prefix: '', keys: 'aws' }])).bytes).toEqual([0, 1]);
});

test('text, gzip, Parquet, and large objects in chunks, with the counts of a scan', async () => {
  const rows = Array.from({ length: 500 }, (_, i) => recordLine({ bytes: i, start: START + i }).split(' '));
  // More than is held as a whole: it flows through.
  const large = Array.from({ length: 80_000 }, (_, i) =>
    recordLine({ bytes: i, start: START + (i % 600) }).replace(
      'eni-0a',
      `eni-${noise(i)}${noise(-i)}${noise(i + 0.5)}`,
    ),
  );
  const objects = {
    'a.log': logText([recordLine({ bytes: 7 }), 'no record', '']),
    'b.parquet': writeParquet(DEFAULT_FORMAT, rows, { groupRows: 100 }),
    'c.gz': gzipSync(logText(large), { level: 1 }),
  };
  expect(objects['c.gz'].length).toBeGreaterThan(8 * 2 ** 20);
  const input = { range: { from: '2026-01-15T10:00:00Z', to: '2026-01-15T10:05:00Z' }, filter: 'bytes != 7' };
  const { bytes, batches, reading } = await readAll([sourceOf(objects).source], input);
  const wanted = [
    ...rows.slice(0, 300).map((row) => Number(row[9])),
    ...large.map((_, i) => i).filter((i) => i % 600 < 300),
  ].filter((value) => value !== 7);
  expect(bytes).toEqual(wanted);
  // Never all at a time.
  expect(batches).toBeGreaterThan(30);

  const { pool } = createInProcessPool(0);
  const { answer } = await runScan(makeQuery({ ...input, view: 'records' }), [sourceOf(objects).source], { pool });
  expect(reading.tallies()).toEqual(answerTallies(answer));
});

test('windows without records are given only if they are asked for', async () => {
  const lines = ['NODATA', 'SKIPDATA'].map(
    (status) => `2 123456789012 eni-0a - - - - - - - ${START} ${START + 60} - ${status}`,
  );
  const { source } = sourceOf({ a: logText([recordLine(), ...lines]) });
  expect((await readAll([source])).lines).toHaveLength(1);
  const every = await readAll([source], {}, { everyStatus: true });
  expect(every.lines).toEqual([recordLine(), ...lines]);
  expect(every.reading.tallies()).toMatchObject({ flows: 3, noData: 0, skipData: 0 });
  const rejects = await readAll([source], { filter: 'action = -' }, { everyStatus: true });
  expect(rejects.lines).toEqual(lines);
});

test('a damaged object is told of; a small one gives nothing, a large one what came before', async () => {
  const text = logText(
    Array.from({ length: 120_000 }, (_, i) => recordLine().replace('eni-0a', `eni-${noise(i)}${noise(-i)}`)),
  );
  const large = gzipSync(text, { level: 1 });
  expect(large.length).toBeGreaterThan(8 * 2 ** 20);
  const { source } = sourceOf({
    'a.gz': logBytes({ bytes: 1 }).subarray(0, 60),
    'b.gz': { bytes: large, failure: new FlowError('unavailable', 'cut short'), failAfterBytes: large.length - 10 },
    'c.gz': logBytes({ bytes: 3 }),
    'd.gz': { bytes: logBytes(), failure: new FlowError('access-denied', 'not for you') },
  });
  const { bytes, reading } = await readAll([source]);
  expect(bytes.length).toBeGreaterThan(100_000);
  expect(bytes.at(-1)).toBe(3);
  const { first, count } = reading.problems();
  expect(first.map(({ key, code }) => [key, code])).toEqual([
    ['a.gz', 'corrupt-object'],
    ['b.gz', 'unavailable'],
    ['d.gz', 'access-denied'],
  ]);
  expect(count).toBe(3);
  expect(first[1]!.message).toBe(`cut short (after ${bytes.length - 1} records, which have been given)`);
  expect(reading.tallies()).toMatchObject({ objects: 1, flows: bytes.length });
});

test('objects are fetched ahead within the limit, and leaving early ends their reads', async () => {
  const keys = Array.from({ length: 30 }, (_, i) => String(i).padStart(2, '0'));
  const objects = Object.fromEntries(keys.map((key) => [key, logBytes({ bytes: Number(key) })]));
  const gate = createGate();
  const { source, store } = sourceOf(objects, {
    beforeRead: (key) => (key === '00' ? Promise.resolve() : gate.pass()),
  });
  for await (const batch of readRecords(query(), [source], { concurrency: 4 }).batches) {
    expect(batch).toHaveLength(1);
    expect(store.openReads()).toBe(3);
    break;
  }
  await new Promise((resolve) => setImmediate(resolve));
  expect([store.openReads(), store.begun.length]).toEqual([0, 4]);
  gate.open();
  expect((await readAll([source], {}, { concurrency: 4 })).bytes).toEqual(keys.map(Number));
  expect(store.mostOpenReads()).toBe(4);
});

test('limits fail, or leave objects out and say so; an abort ends it', async () => {
  const { source } = sourceOf({ a: logBytes({ bytes: 1 }), b: logBytes({ bytes: 2 }), c: logBytes({ bytes: 3 }) });
  await expect(readAll([source], {}, {}, { maxObjects: 2 })).rejects.toMatchObject({ code: 'over-limit' });
  const { bytes, reading } = await readAll([source], {}, {}, { maxObjects: 2, onLimit: 'partial' });
  expect(bytes).toEqual([1, 2]);
  expect(reading.partial()).toMatchObject({ limit: 'maxObjects' });

  const aborting = new AbortController();
  const { batches } = readRecords(query(), [source], { signal: aborting.signal });
  const read = async (): Promise<void> => {
    for await (const batch of batches) {
      expect(batch.length).toBeGreaterThan(0);
      aborting.abort();
    }
  };
  await expect(read()).rejects.toMatchObject({ code: 'aborted' });
});

test('the failure of all listings is thrown', async () => {
  const { source } = sourceOf({}, { refuse: () => new FlowError('access-denied', 'no list') });
  await expect(readAll([source])).rejects.toMatchObject({ code: 'access-denied' });
});
