import { gzipSync } from 'node:zlib';
import { FlowError } from '../../../src/errors';
import { answerTallies } from '../../../src/digest/digester';
import type { Tallies } from '../../../src/digest/digest';
import type { ScanProgress } from '../../../src/scan/read-selected';
import { runScan, type ScanOptions, type ScanResult } from '../../../src/scan/run-scan';
import type { Source } from '../../../src/scan/select-objects';
import { createWorkerPool, type WorkerPool } from '../../../src/scan/worker-pool';
import type { ScanQuery } from '../../../src/query/model';
import { digestTotals } from '../../../src/view/totals';
import { createRandom } from '../../../tools/random';
import { failureOf } from '../../contract/object-store-contract';
import { logBytes, logKey, logText, makeQuery, recordLine, type RecordParts } from './flow-logs';
import { createInProcessPool } from './in-process-worker';
import {
  createGate,
  createMemoryStore,
  type MemoryObject,
  type MemoryStore,
  type MemoryStoreOptions,
} from './memory-store';

const INLINE = createWorkerPool({
  size: 0,
  createWorker: () => {
    throw new Error('no worker is needed');
  },
});

/** Pools by number of workers; each starts afresh. */
const POOLS: [workers: number, create: () => WorkerPool][] = [0, 1, 3].map((size) => [
  size,
  () => (size === 0 ? INLINE : createInProcessPool(size).pool),
]);

function sourceOf(store: MemoryStore, source: Partial<Source> = {}): Source {
  return { store, prefix: '', keys: 'any', ...source };
}

function scan(store: MemoryStore, query: ScanQuery = makeQuery(), options: Partial<ScanOptions> = {}) {
  return runScan(query, [sourceOf(store)], { pool: INLINE, ...options });
}

function totalsOf({ answer }: ScanResult) {
  if (answer.kind !== 'digest') {
    throw new Error('a digest was expected');
  }
  return digestTotals(answer.digest, ['bytes', 'packets', 'flows']);
}

function expectConserved({ answer, selection, problems }: ScanResult): Tallies {
  const tallies = answerTallies(answer);
  const { headerLines, blankLines, flows, noData, skipData, otherTime, filtered } = tallies;
  const malformed = tallies.tooFewFields + tallies.tooManyFields + tallies.badValue + tallies.badStatus;
  expect(tallies.lines).toBe(headerLines + blankLines + flows + noData + skipData + otherTime + filtered + malformed);
  expect(tallies.objects + problems.count).toBe(selection.selectedObjects);
  if (answer.kind === 'digest') {
    expect(digestTotals(answer.digest, ['flows']).flows).toBe(flows);
  }
  return tallies;
}

/** An answer as text: typed arrays that have crossed to a worker and back are of another realm in Jest. */
function textOf({ answer }: ScanResult): string {
  return JSON.stringify(answer, (_, value: unknown) =>
    ArrayBuffer.isView(value) ? Object.values(value).map(String) : value,
  );
}

/** Lets everything that can go on go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) {
    await new Promise(setImmediate);
  }
}

/** Objects of random records, and their sums. */
function makeCorpus(objects: number, records: number) {
  const random = createRandom(7);
  const totals = { bytes: 0, packets: 0, flows: 0 };
  const stored: Record<string, Uint8Array> = {};
  for (let i = 0; i < objects; i++) {
    const parts = Array.from({ length: records }, (): RecordParts => {
      const record = {
        src: `10.0.${random.below(3)}.${random.below(20)}`,
        dst: random.below(5) === 0 ? '2001:db8::1' : `192.0.2.${random.below(9)}`,
        srcport: 1024 + random.below(60_000),
        dstport: [22, 53, 443][random.below(3)]!,
        bytes: random.below(1e9),
        packets: random.below(1000),
        action: random.below(4) === 0 ? ('REJECT' as const) : ('ACCEPT' as const),
      };
      totals.bytes += record.bytes;
      totals.packets += record.packets;
      totals.flows++;
      return record;
    });
    stored[logKey('2026-01-15T10:00:00Z', { hash: `${i}0` })] = logBytes(...parts);
  }
  return { stored, totals };
}

const CORPUS = makeCorpus(60, 40);
const KEYS = Object.keys(CORPUS.stored).sort();

describe.each(POOLS)('with %d workers', (size, createPool) => {
  let pool: WorkerPool;
  beforeEach(() => (pool = createPool()));
  afterEach(() => {
    if (size > 0) {
      pool.close();
    }
  });
  const run = (
    objects: Readonly<Record<string, MemoryObject | Uint8Array | string>>,
    query = makeQuery(),
    options: Partial<ScanOptions> = {},
  ) => scan(createMemoryStore(objects), query, { pool, ...options });

  test('the digest has the sums of all records', async () => {
    const result = await run(CORPUS.stored);
    expect(totalsOf(result)).toEqual(CORPUS.totals);
    expect(expectConserved(result)).toMatchObject({ objects: 60, headerLines: 60, flows: 2400 });
    expect(result.problems.count).toBe(0);
    expect(result.partial).toBeUndefined();
    const storedBytes = Object.values(CORPUS.stored).reduce((sum, { length }) => sum + length, 0);
    expect(answerTallies(result.answer).storedBytes).toBe(storedBytes);
    expect(result.selection.selectedBytes).toBe(storedBytes);
  });

  test.each([
    ['the default digest', {}],
    ['other keys', { keys: ['srcaddr', 'action'] }],
    ['no key', { keys: [] }],
    ['buckets', { keys: ['port'], bucketSec: 60 }],
    ['a filter', { keys: ['dstaddr'], filter: 'action = REJECT and dstport = 443' }],
    ['records', { view: 'records', top: 50 }],
  ])('the answer is the same as without workers: %s', async (_, input) => {
    const query = makeQuery(input);
    const [here, there] = [await run(CORPUS.stored, query), await scan(createMemoryStore(CORPUS.stored), query)];
    expect(textOf(here)).toBe(textOf(there));
    expectConserved(here);
  });

  test('small objects come at once where the store can, and otherwise as others do', async () => {
    const large = logText(Array.from({ length: 4000 }, () => recordLine()));
    const store = createMemoryStore({ ...CORPUS.stored, large, 'zz-bad': 'no log' });
    const atOnce: string[] = [];
    const readAtOnce: MemoryStore['readAtOnce'] = async (key, { etag, sizeBytes }) => {
      atOnce.push(key);
      const bytes = new Uint8Array(CORPUS.stored[key] ?? []);
      expect([etag, sizeBytes === bytes.length || key === 'zz-bad']).toEqual([expect.stringMatching(/./), true]);
      return atOnce.length % 2 === 0 && bytes.length > 0 ? bytes : undefined;
    };
    const result = await scan({ ...store, readAtOnce }, makeQuery(), { pool });
    expect(textOf(result)).toBe(textOf(await scan(store, makeQuery(), { pool })));
    expect(result.problems).toMatchObject({ count: 1, first: [{ key: 'zz-bad', code: 'corrupt-object' }] });
    expect(atOnce.sort()).toEqual([...KEYS, 'zz-bad'].sort());
    expect(store.begun).toHaveLength(KEYS.length + 2 - KEYS.length / 2 + KEYS.length + 2);

    const bytes = KEYS.slice(0, 5).reduce((sum, key) => sum + CORPUS.stored[key]!.length, 0);
    const limited = makeQuery({}, { maxBytes: bytes, onLimit: 'partial' });
    const some = createMemoryStore(CORPUS.stored);
    const partial = await scan({ ...some, readAtOnce }, limited, { pool });
    expect(answerTallies(partial.answer)).toMatchObject({ objects: 5, storedBytes: bytes });
  });

  test('columns for objects without a header line go along', async () => {
    const store = createMemoryStore({ 'a.log': '10.0.0.1 10.0.0.2 5 700\n' });
    const columns = ['srcaddr', 'dstaddr', 'packets', 'bytes'];
    const result = await runScan(makeQuery({ keys: ['srcaddr'] }), [sourceOf(store, { columns })], { pool });
    expect(totalsOf(result)).toEqual({ bytes: 700, packets: 5, flows: 1 });
  });

  describe('objects that cannot be read are problems by key, and the others count', () => {
    const text = logText(Array.from({ length: 100 }, (_, i) => recordLine({ src: `10.1.0.${i}`, bytes: i })));
    const whole = gzipSync(text);
    const cut = whole.subarray(0, whole.length - 20);
    const damaged = Uint8Array.from(whole, (byte, i) => (i === whole.length - 6 ? byte ^ 1 : byte));
    const denied = new FlowError('access-denied', 'cannot read bad: no');
    const cases: [name: string, object: MemoryObject, code: string, message: RegExp][] = [
      ['cut short', { bytes: cut }, 'corrupt-object', /^cannot inflate/],
      ['damaged', { bytes: damaged }, 'corrupt-object', /^cannot inflate/],
      ['only a gzip header', { bytes: whole.subarray(0, 10) }, 'corrupt-object', /^cannot inflate/],
      ['not a flow log', { bytes: Buffer.from('hello world\n') }, 'corrupt-object', /^not a flow log: its first line/],
      ['compressed, not a flow log', { bytes: gzipSync('{"a":1}\n') }, 'corrupt-object', /^not a flow log: it is JSON/],
      ['Parquet by another name', { bytes: Buffer.from('PAR1\0\0\0\0') }, 'corrupt-object', /Parquet/],
      ['denied', { bytes: whole, failure: denied }, 'access-denied', /^cannot read bad: no/],
      [
        'broken off',
        { bytes: whole, failure: new FlowError('unavailable', 'cut'), failAfterBytes: 50 },
        'unavailable',
        /^cut$/,
      ],
      ['shorter than listed', { bytes: whole, listedBytes: whole.length + 1 }, 'unavailable', /got \d+ of \d+ bytes/],
      [
        'longer than listed',
        { bytes: whole, listedBytes: whole.length - 1 },
        'corrupt-object',
        /larger than the listing/,
      ],
    ];
    test.each(cases)('%s', async (_, object, code, message) => {
      const result = await run({ ...CORPUS.stored, bad: object });
      expect(result.problems).toEqual({
        count: 1,
        first: [{ key: 'bad', code, message: expect.stringMatching(message) }],
      });
      expect(totalsOf(result)).toEqual(CORPUS.totals);
      expect(expectConserved(result)).toMatchObject({ objects: 60, flows: 2400, lines: 2460 });
    });

    test.each(cases.filter(([name]) => !name.endsWith('than listed')))('%s, as a stream', async (_, object, code) => {
      const result = await run({ ...CORPUS.stored, bad: { ...object, listedBytes: -1 } });
      expect(result.problems).toMatchObject({ count: 1, first: [{ key: 'bad', code }] });
      expect(totalsOf(result)).toEqual(CORPUS.totals);
      expectConserved(result);
    });
  });

  test('an object with nothing but a header counts, and so does one of nothing but white space', async () => {
    const result = await run({ header: logText([]), blank: '\n \n', ...CORPUS.stored });
    expect(expectConserved(result)).toMatchObject({ objects: 62, headerLines: 61, blankLines: 2 });
  });

  test('all members of a gzip object count', async () => {
    const members = [logText([recordLine()]), recordLine({ bytes: 7 }) + '\n'].map((text) => gzipSync(text));
    for (const listedBytes of [undefined, -1]) {
      const result = await run({ two: { bytes: Buffer.concat(members), listedBytes } });
      expect(totalsOf(result)).toEqual({ bytes: 107, packets: 2, flows: 2 });
    }
  });

  describe('large objects flow through', () => {
    const lines = Array.from(
      { length: 1000 },
      (_, i) => recordLine({ src: `10.2.${i >> 8}.${i & 255}`, bytes: 3 }) + '\n',
    );
    const repeats = 110;
    const text = logText([]) + lines.join('').repeat(repeats);
    const sums = { bytes: 3 * 1000 * repeats, packets: 1000 * repeats, flows: 1000 * repeats };

    test.each([
      ['plain', Buffer.from(text)],
      ['gzip', gzipSync(text, { level: 0 })],
    ])('%s, more than 8 MiB stored', async (_, bytes) => {
      expect(bytes.length).toBeGreaterThan(8 * 2 ** 20);
      const result = await run({ big: bytes, ...CORPUS.stored });
      const expected = (name: keyof typeof sums) => sums[name] + CORPUS.totals[name];
      expect(totalsOf(result)).toEqual({
        bytes: expected('bytes'),
        packets: expected('packets'),
        flows: expected('flows'),
      });
      expect(expectConserved(result).textBytes).toBeGreaterThan(text.length);
    });

    test('one that is cut short counts nothing', async () => {
      const bytes = gzipSync(text, { level: 0 });
      const result = await run({ big: bytes.subarray(0, bytes.length - 9), ...CORPUS.stored });
      expect(result.problems).toMatchObject({ count: 1, first: [{ key: 'big', code: 'corrupt-object' }] });
      expect(totalsOf(result)).toEqual(CORPUS.totals);
    });

    test('one of unknown size, in chunks that cut lines and the gzip header', async () => {
      const few = gzipSync(logText(lines.map((line) => line.trimEnd())));
      const store = createMemoryStore({ '-': { bytes: few, listedBytes: -1 } }, { chunkBytes: 1 });
      const result = await scan(store, makeQuery(), { pool });
      expect(totalsOf(result)).toEqual({ bytes: 3000, packets: 1000, flows: 1000 });
      expect(result.selection.selectedBytes).toBe(0);
      expect(answerTallies(result.answer).storedBytes).toBe(few.length);
    });

    test('one whose text is longer than the limit is left out', async () => {
      for (const object of [{ bytes: gzipSync(text) }, { bytes: gzipSync(text), listedBytes: -1 }]) {
        const result = await run({ bomb: object, ...CORPUS.stored }, makeQuery({}, { maxObjectTextBytes: 1e6 }));
        expect(result.problems).toMatchObject({ count: 1, first: [{ key: 'bomb', code: 'over-limit' }] });
        expect(result.partial).toBeUndefined();
        expect(totalsOf(result)).toEqual(CORPUS.totals);
      }
    });
  });

  describe('abort', () => {
    async function aborted(
      options: MemoryStoreOptions,
      reach: (store: MemoryStore) => Promise<void>,
      source: Partial<Source> = {},
    ): Promise<MemoryStore> {
      const store = createMemoryStore(CORPUS.stored, options);
      const aborting = new AbortController();
      const running = runScan(makeQuery(), [sourceOf(store, source)], { pool, signal: aborting.signal });
      const failure = failureOf(running);
      await reach(store);
      aborting.abort();
      expect(await failure).toMatchObject({ code: 'aborted' });
      const before = [store.pageCount(), store.listed.length, store.begun.length];
      await settle();
      expect([store.pageCount(), store.listed.length, store.begun.length]).toEqual(before);
      expect(store.openReads()).toBe(0);
      return store;
    }

    test('before: nothing is listed', async () => {
      const store = createMemoryStore(CORPUS.stored);
      const signal = AbortSignal.abort();
      expect(await failureOf(scan(store, makeQuery(), { pool, signal }))).toMatchObject({ code: 'aborted' });
      expect([store.pageCount(), store.begun.length]).toEqual([0, 0]);
    });

    test('during listing', async () => {
      const gate = createGate();
      const store = await aborted({ beforePage: () => gate.pass() }, () => gate.arrived(1), { keys: 'aws' });
      expect(store.pageCount()).toBe(0);
    });

    test('between pages', async () => {
      const gate = createGate();
      let pages = 0;
      const beforePage = () => (pages++ < 2 ? Promise.resolve() : gate.pass());
      const store = await aborted({ beforePage, pageEntries: 5 }, () => gate.arrived(1));
      expect(store.pageCount()).toBe(2);
    });

    test('during reads, with more to read', async () => {
      const gate = createGate();
      const store = await aborted({ beforeRead: () => gate.pass() }, () => gate.arrived(16));
      expect(store.begun).toHaveLength(16);
    });

    test('during the last read, when all has been listed', async () => {
      const gate = createGate();
      const last = KEYS.at(-1)!;
      const beforeRead = (key: string) => (key === last ? gate.pass() : Promise.resolve());
      const store = await aborted({ beforeRead }, async () => {
        await gate.arrived(1);
        await settle();
      });
      expect(store.begun).toHaveLength(60);
    });

    test('the pool goes on to serve others', async () => {
      const gate = createGate();
      await aborted({ beforeRead: () => gate.pass() }, () => gate.arrived(16));
      expect(totalsOf(await run(CORPUS.stored))).toEqual(CORPUS.totals);
    });

    test('the reason is passed on', async () => {
      const signal = AbortSignal.abort(new FlowError('unavailable', 'cannot go on: shutting down'));
      expect(await failureOf(run(CORPUS.stored, makeQuery(), { signal }))).toMatchObject({ code: 'unavailable' });
    });
  });

  describe('limits', () => {
    const limited = (limits: object, options: Partial<ScanOptions> = {}) =>
      run(CORPUS.stored, makeQuery({ keys: ['srcaddr'] }, limits), options);

    test('of objects: fails, or answers over as many', async () => {
      expect(await failureOf(limited({ maxObjects: 59 }))).toMatchObject({
        code: 'over-limit',
        fields: { limit: 'maxObjects', value: 59 },
      });
      const result = await limited({ maxObjects: 10, onLimit: 'partial' });
      expect(answerTallies(result.answer)).toMatchObject({ objects: 10, flows: 400 });
      expect(result.partial).toEqual({
        limit: 'maxObjects',
        message: expect.stringMatching(/^cannot read more than 10/),
      });
      expect((await limited({ maxObjects: 60, onLimit: 'partial' })).partial).toBeUndefined();
    });

    test('of bytes: fails, or answers over as many', async () => {
      const sizes = KEYS.map((key) => CORPUS.stored[key]!.length);
      const maxBytes = sizes.slice(0, 7).reduce((sum, size) => sum + size, 0);
      expect(await failureOf(limited({ maxBytes }))).toMatchObject({
        code: 'over-limit',
        fields: { limit: 'maxBytes' },
      });
      const result = await limited({ maxBytes, onLimit: 'partial' });
      expect(answerTallies(result.answer)).toMatchObject({ objects: 7, storedBytes: maxBytes });
      expect(result.partial?.limit).toBe('maxBytes');
    });

    test('of keys: fails, or answers over what was read until then', async () => {
      const failure = await failureOf(limited({ maxKeys: 20 }));
      expect(failure).toMatchObject({ code: 'over-limit', fields: { limit: 'maxKeys', value: 20 } });
      const result = await limited({ maxKeys: 20, onLimit: 'partial' });
      expect(result.partial?.limit).toBe('maxKeys');
      const { answer } = result;
      expect(answer.kind === 'digest' && answer.digest.rowCount).toBeGreaterThan(19);
      expect((await limited({ maxKeys: 60 })).partial).toBeUndefined();
    });

    test('of keys that no single worker exceeds: fails on the sum', async () => {
      const one = (i: number) => logBytes({ src: `10.9.0.${i}` });
      const objects = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`o/${i}`, one(i)]));
      const limited = (maxKeys: number) => run(objects, makeQuery({ keys: ['srcaddr'] }, { maxKeys }));
      expect(totalsOf(await limited(30)).flows).toBe(30);
      expect((await failureOf(limited(29))).fields['limit']).toBe('maxKeys');
    });
  });

  test('two scans at once do not mix', async () => {
    const other = Object.fromEntries(KEYS.slice(0, 30).map((key) => [key, CORPUS.stored[key]!]));
    const queries = [
      makeQuery(),
      makeQuery({ keys: ['action'] }),
      makeQuery({ view: 'records', top: 9, filter: 'action = REJECT' }),
    ];
    const alone = [];
    for (const query of queries) {
      alone.push(textOf(await run(CORPUS.stored, query)), textOf(await run(other, query)));
    }
    const together = await Promise.all(queries.flatMap((query) => [run(CORPUS.stored, query), run(other, query)]));
    expect(together.map(textOf)).toEqual(alone);
  });

  test('reports progress that only grows, and ends complete', async () => {
    const reports: ScanProgress[] = [];
    const { selection } = await run({ ...CORPUS.stored, bad: 'x\n' }, makeQuery(), { report: (r) => reports.push(r) });
    expect(reports).toHaveLength(61);
    reports.slice(1).forEach((report, i) => {
      for (const name of ['selectedObjects', 'selectedBytes', 'doneObjects', 'doneBytes'] as const) {
        expect(report[name]).toBeGreaterThanOrEqual(reports[i]![name]);
      }
      expect(report.doneObjects).toBeLessThanOrEqual(report.selectedObjects);
    });
    const { selectedObjects, selectedBytes } = selection;
    expect(reports.at(-1)).toEqual({
      selectedObjects,
      selectedBytes,
      doneObjects: selectedObjects,
      doneBytes: selectedBytes,
    });
  });

  test('however many objects, what is read ahead of digesting stays within the budget', async () => {
    const small = logBytes({ bytes: 1 }, { bytes: 2 });
    const objects = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`o/${i}`, small]));
    const prefetchBytes = small.length * 5 + 1;
    let begunBytes = 0;
    let doneBytes = 0;
    let mostBytes = 0;
    const store = createMemoryStore(objects, {
      beforeRead: () => {
        begunBytes += small.length;
        mostBytes = Math.max(mostBytes, begunBytes - doneBytes);
        return Promise.resolve();
      },
    });
    const report = (progress: ScanProgress) => (doneBytes = progress.doneBytes);
    const result = await scan(store, makeQuery(), { pool, prefetchBytes, report });
    expect(totalsOf(result)).toEqual({ bytes: 9000, packets: 6000, flows: 6000 });
    // In this thread an object is digested as soon as it is there.
    expect(mostBytes).toBeLessThanOrEqual(small.length * 5);
    expect(mostBytes).toBeGreaterThan(size === 0 ? 0 : small.length * 4);
  });
});

describe('reading ahead', () => {
  const ten = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`o/${i}`, logText([recordLine()])]));
  const bytes = logText([recordLine()]).length;

  test.each([
    ['as many places as there are', { concurrency: 4 }, 4],
    ['as many bytes as there are', { prefetchBytes: 3 * bytes }, 3],
    ['one byte less', { prefetchBytes: 3 * bytes - 1 }, 2],
    ['one object, however large', { prefetchBytes: 1 }, 1],
    ['all of it', { concurrency: 100 }, 10],
  ])('takes %s', async (_, options, expected) => {
    const gate = createGate();
    const store = createMemoryStore(ten, { beforeRead: () => gate.pass() });
    const running = scan(store, makeQuery(), options);
    await gate.arrived(expected);
    await settle();
    expect(store.begun).toHaveLength(expected);
    gate.open();
    expect(totalsOf(await running).flows).toBe(10);
    expect(store.mostOpenReads()).toBe(expected);
  });

  test.each([
    ['small', 1, 96],
    ['large', 2000, 16],
  ])('takes a number of %s ones unless it is told', async (_, lines, expected) => {
    const gate = createGate();
    const text = logText(Array.from({ length: lines }, () => recordLine()));
    const store = createMemoryStore(Object.fromEntries(Array.from({ length: 140 }, (_, i) => [`o/${i}`, text])), {
      beforeRead: () => gate.pass(),
    });
    const running = scan(store, makeQuery());
    await gate.arrived(expected);
    await settle();
    expect(store.begun).toHaveLength(expected);
    gate.open();
    expect(totalsOf(await running).flows).toBe(140 * lines);
  });

  test('waits for digesting, not only for reading', async () => {
    const held: (() => void)[] = [];
    const { pool } = createInProcessPool(1, {
      intercept: (request, worker) => {
        if (request.type !== 'batch') {
          return true;
        }
        held.push(() => worker.die(0));
        return false;
      },
    });
    const store = createMemoryStore(ten);
    const failure = failureOf(scan(store, makeQuery(), { pool, concurrency: 5 }));
    await settle();
    expect(store.begun).toHaveLength(5);
    // One batch being digested and one waiting.
    expect(held).toHaveLength(2);
    held[0]!();
    expect((await failure).code).toBe('internal');
  });

  test('an object that flows through is taken as fast as it is digested', async () => {
    let given = 0;
    const { pool } = createInProcessPool(1, {
      intercept: (request) => (request.type === 'chunk' && request.bytes ? ++given < 3 : true),
    });
    const aborting = new AbortController();
    let chunks = 0;
    const store = createMemoryStore({});
    const slow: MemoryStore = {
      ...store,
      async *list() {
        yield {
          objects: [{ key: '-', sizeBytes: -1, etag: '', lastModifiedMs: 0, isArchived: false }],
          prefixes: [],
        };
      },
      async *read(_, options) {
        for (; !options?.signal?.aborted; chunks++) {
          yield Buffer.from(chunks === 0 ? logText([recordLine()]) : recordLine() + '\n');
        }
        throw new FlowError('aborted', 'cannot go on');
      },
    };
    const failure = failureOf(scan(slow, makeQuery(), { pool, signal: aborting.signal }));
    await settle();
    // Two taken, one lost on its way, and one in hand.
    expect([given, chunks]).toEqual([3, 3]);
    aborting.abort();
    pool.close();
    expect((await failure).code).toBe('aborted');
  });
});

describe('the limit of time', () => {
  beforeEach(() => {
    jest.useFakeTimers({
      doNotFake: ['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'],
    });
  });
  afterEach(() => jest.useRealTimers());

  async function limited(onLimit: 'fail' | 'partial') {
    const gate = createGate();
    const stuck = KEYS.at(-1)!;
    const store = createMemoryStore(CORPUS.stored, {
      beforeRead: (key) => (key === stuck ? gate.pass() : Promise.resolve()),
    });
    const running = scan(store, makeQuery({}, { maxSec: 100, onLimit }));
    const ended = running.then(
      (result) => ({ result, failure: undefined }),
      (failure: FlowError) => ({ result: undefined, failure }),
    );
    await gate.arrived(1);
    await settle();
    jest.advanceTimersByTime(99_999);
    await settle();
    expect(store.openReads()).toBe(1);
    jest.advanceTimersByTime(1);
    const outcome = await ended;
    expect(store.openReads()).toBe(0);
    return outcome;
  }

  test('fails', async () => {
    expect((await limited('fail')).failure).toMatchObject({
      code: 'over-limit',
      message: 'cannot finish within 100 s',
      fields: { limit: 'maxSec', value: 100 },
    });
  });

  test('or answers over what was read until then', async () => {
    const { result } = await limited('partial');
    expect(result?.partial).toEqual({ limit: 'maxSec', message: 'cannot finish within 100 s' });
    expect(answerTallies(result!.answer)).toMatchObject({ objects: 59, flows: 59 * 40 });
    expect(result!.problems.count).toBe(0);
  });

  test('leaves no timer behind', async () => {
    await scan(createMemoryStore(CORPUS.stored));
    await failureOf(scan(createMemoryStore({}, { refuse: () => new FlowError('access-denied', 'no') })));
    await failureOf(scan(createMemoryStore(CORPUS.stored), makeQuery(), { signal: AbortSignal.abort() }));
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('where every line goes', () => {
  const start = Date.parse('2026-01-15T10:00:00Z') / 1000;
  const lines = [
    recordLine(),
    recordLine({ start: start - 60 }),
    recordLine({ start: start + 3600 }),
    recordLine({ action: 'REJECT' }),
    `2 123456789012 eni-0a - - - - - - - ${start} ${start + 59} - NODATA`,
    `2 123456789012 eni-0a - - - - - - - ${start} ${start + 59} - SKIPDATA`,
    `2 123456789012 eni-0a - - - - - - - ${start} ${start + 59} - WHAT`,
    '',
    'too few',
    recordLine() + ' more',
    recordLine().replace(' 100 ', ' bytes '),
  ];
  test.each(POOLS)('%d workers', async (_, createPool) => {
    const objects = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`o/${i}`, logText(lines)]));
    const range = { from: '2026-01-15T10:00:00Z', to: '2026-01-15T11:00:00Z' };
    const query = makeQuery({ range, filter: 'action = ACCEPT' });
    const result = await scan(createMemoryStore({ ...objects, bad: 'no log\n' }), query, { pool: createPool() });
    expect(expectConserved(result)).toMatchObject({
      lines: 7 * 12,
      headerLines: 7,
      flows: 7,
      otherTime: 14,
      filtered: 7,
      noData: 7,
      skipData: 7,
      badStatus: 7,
      blankLines: 7,
      tooFewFields: 7,
      tooManyFields: 7,
      badValue: 7,
      objects: 7,
    });
  });
});

describe('sources', () => {
  test('several are one answer; the problems of one leave the others', async () => {
    const stores = KEYS.slice(0, 4).map((key) => createMemoryStore({ [key]: CORPUS.stored[key]! }));
    const denied = createMemoryStore({}, { name: 's3://no', refuse: () => new FlowError('access-denied', 'no') });
    const sources = [...stores, denied].map((store) => sourceOf(store));
    const result = await runScan(makeQuery(), sources, { pool: INLINE });
    expect(answerTallies(result.answer).objects).toBe(4);
    expect(result.problems.first).toEqual([{ key: 's3://no', code: 'access-denied', message: 'no' }]);
  });

  test('none of which can be listed fail with the reason', async () => {
    const refuse = () => new FlowError('not-found', 'cannot list: the bucket does not exist');
    const failure = await failureOf(scan(createMemoryStore({}, { refuse })));
    expect(failure).toMatchObject({ code: 'not-found', message: 'cannot list: the bucket does not exist' });
  });

  test('with nothing in them give an empty answer', async () => {
    const result = await scan(createMemoryStore({}));
    expect(totalsOf(result)).toEqual({ bytes: 0, packets: 0, flows: 0 });
    expect(result.selection.listedObjects).toBe(0);
  });

  test('a fault of the program is not mistaken for a bad object', async () => {
    const store = createMemoryStore({
      ...CORPUS.stored,
      bug: { bytes: Buffer.from('x'), failure: new TypeError('BUG') },
    });
    expect(await failureOf(scan(store))).toMatchObject({ code: 'internal', message: 'BUG' });
    expect(store.openReads()).toBe(0);
  });
});
