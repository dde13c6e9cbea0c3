/** Stored digests: with them answers are those of the raw objects, and nothing else is taken for one of them. */
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { compilePlan, type DigestPlan } from '../../../src/digest/plan';
import { FlowError } from '../../../src/errors';
import { createDigestCollector } from '../../../src/scan/collect-digests';
import { createDigestCache } from '../../../src/scan/digest-cache';
import { decodePack, encodePack } from '../../../src/scan/digest-pack';
import { runScan, type ScanResult } from '../../../src/scan/run-scan';
import { packName, parsePackName } from '../../../src/scan/pack-names';
import { createStoredDigests } from '../../../src/scan/stored-digests';
import { createWorkerPool } from '../../../src/scan/worker-pool';
import { createPackAdder } from '../../../src/service/add-up-packs';
import { makePacks } from '../../../src/service/make-pack';
import { createMemoryStorage } from '../service/memory-storage';
import { logKey, makeQuery } from './flow-logs';
import { createMemoryStore, type MemoryObject, type MemoryStore } from './memory-store';

const TEN = Date.parse('2026-01-15T10:00:00Z') / 1000;
const HOUR = { startSec: TEN, stopSec: TEN + 3600 };
const INLINE = createWorkerPool({
  size: 0,
  createWorker: () => {
    throw new Error('no worker is needed');
  },
});
/** As the service packs them: all keys that panels ask for, by minute. */
const PACK_QUERY = {
  keys: [
    ...['version', 'account-id', 'interface-id', 'srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol', 'action'],
    ...['log-status', 'port', 'region', 'vpc-id', 'subnet-id', 'flow-direction'],
  ],
  counting: 'once',
  bucketSec: 60,
  view: 'series',
};

const DEFAULT =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status';
const WIDE = `${DEFAULT} vpc-id subnet-id flow-direction`;

/** A record of either format, drawn so that keys meet: few addresses, also of version 6, few ports, some lines amiss. */
const line = (isWide: boolean, bin: number): fc.Arbitrary<string> =>
  fc
    .record({
      eni: fc.constantFrom('eni-0a', 'eni-0b', 'eni-0c'),
      src: fc.constantFrom('10.0.0.1', '10.0.0.2', '2001:db8::1', '192.0.2.9', '-'),
      dst: fc.constantFrom('10.0.0.2', '2001:db8::2', '198.51.100.7'),
      ports: fc.constantFrom('50000 443', '443 50001', '53 53', '0 0', '- -'),
      protocol: fc.constantFrom('6', '17', '1'),
      bytes: fc.nat(10_000),
      second: fc.integer({ min: -40, max: 290 }),
      action: fc.constantFrom('ACCEPT', 'REJECT'),
      what: fc.constantFrom('ok', 'ok', 'ok', 'ok', 'ok', 'nodata', 'skip', 'short', 'status', 'untimed'),
      more: fc.constantFrom('vpc-1 subnet-1 ingress', 'vpc-1 subnet-2 egress', '- - -'),
    })
    .map(({ eni, src, dst, ports, protocol, bytes, second, action, what, more }) => {
      const start = TEN + bin * 300 + second;
      const times = what === 'untimed' ? '- -' : `${start} ${start + 59}`;
      const tail = isWide ? ` ${more}` : '';
      switch (what) {
        case 'nodata':
        case 'skip':
          return `2 123456789012 ${eni} - - - - - - - ${times} - ${what === 'skip' ? 'SKIPDATA' : 'NODATA'}${isWide ? ' - - -' : ''}`;
        case 'short':
          return `2 123456789012 ${eni}`;
        default:
          return `2 123456789012 ${eni} ${src} ${dst} ${ports} ${protocol} 3 ${bytes} ${times} ${action} ${what === 'status' ? 'ODD' : 'OK'}${tail}`;
      }
    });

const estate = fc.tuple(
  ...Array.from({ length: 6 }, (_, bin) =>
    fc
      .boolean()
      .chain((isWide) =>
        fc
          .array(line(isWide, bin), { maxLength: 12 })
          .map((lines): [string, Uint8Array] => [
            logKey(new Date((TEN + bin * 300) * 1000).toISOString()),
            gzipSync([isWide ? WIDE : DEFAULT, ...lines, ''].join('\n')),
          ]),
      ),
  ),
);

/** What panels ask. */
const QUERIES = [
  { view: 'digest', counting: 'once' },
  { view: 'stat', keys: [] },
  { view: 'stat', keys: [], measures: ['flows'], filter: 'action = REJECT' },
  { view: 'table', keys: ['srcaddr'], filter: 'dstaddr in (10.0.0.0/8, 2001:db8::/32)' },
  { view: 'table', keys: ['srcaddr', 'dstaddr', 'port', 'protocol', 'action'] },
  { view: 'table', keys: ['port'], distinct: ['srcaddr'], filter: 'not addr = 10.0.0.1 and protocol != 17' },
  { view: 'table', keys: ['account-id', 'region'] },
  { view: 'table', counting: 'once', keys: ['flow-direction', 'vpc-id'], filter: 'vpc-id = - or subnet-id ~ *-2' },
  { view: 'series', keys: ['action'], bucketSec: 60 },
  { view: 'series', keys: [], bucketSec: 300, filter: 'srcaddr = - or srcaddr = 2001:db8::1' },
  { view: 'graph' },
  { view: 'table', keys: ['srcaddr'], counting: 'once', filter: 'action = ACCEPT' },
  { view: 'events', keys: ['dstaddr', 'port', 'protocol'], bucketSec: 300 },
];
/** What no stored digest can tell. */
const RAW_QUERIES = [
  { view: 'stat', keys: [], counting: 'as-logged', filter: 'action = ACCEPT' },
  { view: 'table', keys: ['tcp-flags'] },
  { view: 'table', keys: ['srcport'], portRule: 'as-logged' },
  { view: 'table', keys: ['srcaddr'], filter: 'port = 50000' },
  { view: 'table', keys: ['srcaddr'], filter: 'srcport > 1000' },
  { view: 'table', keys: ['log-status'], filter: 'log-status = NODATA' },
  { view: 'series', keys: [], bucketSec: 90 },
  { view: 'stat', keys: [], logType: 'transit-gateway' },
  { view: 'table', keys: ['srcaddr'], hops: ['eni-0a'] },
];
const RANGE = { fromMs: TEN * 1000, toMs: (TEN + 1800) * 1000 };

const sourcesOf = (store: MemoryStore, prefixes: readonly string[] = ['']) =>
  prefixes.map((prefix) => ({ store, prefix, keys: 'aws' as const }));

/** The service's work: a pack of the objects that lie there now. */
async function packOf(store: MemoryStore): Promise<Buffer> {
  const query = makeQuery({ ...PACK_QUERY, range: { fromMs: HOUR.startSec * 1000, toMs: HOUR.stopSec * 1000 } });
  const { cache, pack } = createDigestCollector();
  await runScan(query, sourcesOf(store), { pool: INLINE, digests: cache });
  return encodePack(pack(compilePlan(query) as DigestPlan));
}

async function scanWith(
  store: MemoryStore,
  packs: Readonly<Record<string, MemoryObject | Uint8Array>>,
  query: Parameters<typeof makeQuery>[0],
  maxBytes = 1e8,
  place: {
    readonly store?: MemoryStore;
    readonly maxWindowBytes?: number;
    readonly sources?: ReturnType<typeof sourcesOf>;
  } = {},
): Promise<{ result: ScanResult; used: number; problems: FlowError[] }> {
  const problems: FlowError[] = [];
  const asked = makeQuery({ range: RANGE, ...query });
  const { sources = sourcesOf(store), ...rest } = place;
  const stored = createStoredDigests({
    ...{ store: createMemoryStore(packs), prefix: 'digests', maxBytes, maxWindowBytes: 1e8 },
    ...rest,
  });
  const { cache } = await stored.open({
    plan: compilePlan(asked),
    sources,
    cache: createDigestCache({ maxBytes: 1e8 }),
    maxObjectTextBytes: asked.limits.maxObjectTextBytes,
    signal: new AbortController().signal,
    onProblem: (error) => problems.push(error),
  });
  const result = await runScan(asked, sources, { pool: INLINE, digests: cache });
  return { result, used: result.storedObjects, problems };
}

/** The answer as text, and nothing of how it came about. */
function comparable({ answer, problems, partial }: ScanResult): string {
  const plain = (_name: string, value: unknown): unknown =>
    ArrayBuffer.isView(value) ? Array.from(value as Uint8Array, String) : value;
  return JSON.stringify({ answer, problems, partial }, plain, 1);
}

/** Answers with packs are those without; how many objects' digests came from there. */
async function expectNoChange(
  store: MemoryStore,
  packs: Readonly<Record<string, Uint8Array>>,
  range: { readonly fromMs: number; readonly toMs: number },
  queries: readonly object[],
): Promise<number> {
  let used = 0;
  for (const query of queries) {
    const raw = await runScan(makeQuery({ range, ...query }), sourcesOf(store), { pool: INLINE });
    const found = await scanWith(store, packs, { range, ...query });
    expect(found.problems).toEqual([]);
    expect(comparable(found.result)).toBe(comparable(raw));
    used += found.used;
  }
  return used;
}

const NAME = `digests/${packName(HOUR)}`;

test('a pack read back is equal, number by number, and its name tells the window', async () => {
  await fc.assert(
    fc.asyncProperty(estate, async (objects) => {
      const pack = await decodePack(await packOf(createMemoryStore(Object.fromEntries(objects))));
      expect(pack).toMatchObject({ plan: { kind: 'digest', bucketSec: 60 } });
      expect(await decodePack(await encodePack(pack))).toEqual(pack);
      expect(pack.objects.map(({ key }) => key)).toEqual(objects.map(([key]) => key));
    }),
    { numRuns: 10 },
  );
  expect(parsePackName(packName(HOUR))).toEqual(HOUR);
  expect(packName(HOUR)).toBe('pack_20260115T100000Z_20260115T110000Z.bin');
  expect(parsePackName('23047cde-2040-5511-85a2-d7add00e7b18.log.gz')).toBeUndefined();
});

test('answers from stored digests are those of the objects, which are not read', async () => {
  let fromStored = 0;
  await fc.assert(
    fc.asyncProperty(estate, async (objects) => {
      const store = createMemoryStore(Object.fromEntries(objects));
      const pack = await packOf(store);
      for (const query of QUERIES) {
        const raw = await runScan(makeQuery({ range: RANGE, ...query }), sourcesOf(store), { pool: INLINE });
        const before = store.begun.length;
        const { result, used, problems } = await scanWith(store, { [NAME]: pack }, query);
        expect(problems).toEqual([]);
        expect(comparable(result)).toBe(comparable(raw));
        // Only objects that cross an end of the range are read.
        expect(store.begun.length - before).toBe(6 - result.cachedObjects);
        expect(used).toBe(result.cachedObjects);
        fromStored += result.cachedObjects;
      }
    }),
    { numRuns: 25 },
  );
  expect(fromStored).toBeGreaterThan(25 * QUERIES.length * 3);
});

test('what they cannot tell is read', async () => {
  await fc.assert(
    fc.asyncProperty(estate, fc.constantFrom(...RAW_QUERIES), async (objects, query) => {
      const store = createMemoryStore(Object.fromEntries(objects));
      const pack = await packOf(store);
      const raw = await runScan(makeQuery({ range: RANGE, ...query }), sourcesOf(store), { pool: INLINE });
      const { result, used } = await scanWith(store, { [NAME]: pack }, query);
      expect(comparable(result)).toBe(comparable(raw));
      expect(used).toBe(0);
    }),
    { numRuns: 20 },
  );
});

describe('packs and objects', () => {
  const key = (bin: number): string => logKey(new Date((TEN + bin * 300) * 1000).toISOString());
  const log = (bin: number, bytes: number): Uint8Array =>
    gzipSync(
      `${DEFAULT}\n2 123456789012 eni-0a 10.0.0.1 10.0.0.2 50000 443 6 1 ${bytes} ${TEN + bin * 300} ${TEN + bin * 300 + 59} ACCEPT OK\n`,
    );
  const before = { [key(0)]: log(0, 1), [key(1)]: log(1, 10), [key(2)]: log(2, 100) };
  const bytesOf = ({ answer }: ScanResult): number => {
    if (answer.kind !== 'digest') {
      throw new Error('expected a digest');
    }
    return answer.digest.sums.find(({ name }) => name === 'bytes')!.values.reduce((sum, value) => sum + value, 0);
  };
  const query = { view: 'stat', keys: [] };

  test('one that came later and one that was replaced are read; one that is gone does not count', async () => {
    const pack = await packOf(createMemoryStore(before));
    const now = createMemoryStore({ [key(0)]: before[key(0)]!, [key(1)]: log(1, 20), [key(3)]: log(3, 1000) });
    const { result, used } = await scanWith(now, { [NAME]: pack }, query);
    expect(bytesOf(result)).toBe(1021);
    expect(used).toBe(1);
    expect([...now.begun].sort()).toEqual([key(1), key(3)]);
  });

  test('packs that overlap, or are there twice, count no object twice', async () => {
    const store = createMemoryStore(before);
    const pack = await packOf(store);
    const packs = {
      [NAME]: pack,
      [`digests/${packName({ startSec: TEN - 3600, stopSec: TEN + 600 })}`]: pack,
      [`digests/${packName({ startSec: TEN + 7200, stopSec: TEN + 9000 })}`]: Buffer.from('never looked at'),
    };
    const { result, used, problems } = await scanWith(store, packs, query);
    expect([bytesOf(result), used, problems.length]).toEqual([111, 3, 0]);
  });

  test('an object with a value that only the finer digest reads, and that is none, is read', async () => {
    const bad = Buffer.from(log(1, 10));
    const text = gunzipSync(bad).toString();
    const store = createMemoryStore({
      ...before,
      [key(1)]: gzipSync(text + text.split('\n')[1]!.replace(' 443 ', ' x ')),
    });
    const pack = await packOf(store);
    expect(bytesOf((await scanWith(store, { [NAME]: pack }, query)).result)).toBe(121);
    const { result, used } = await scanWith(store, { [NAME]: pack }, { view: 'digest', counting: 'once' });
    expect([bytesOf(result), used]).toEqual([111, 2]);
    expect(result.answer).toMatchObject({ digest: { tallies: { badValue: 1 } } });
  });

  test('a pack of another bucket is of other objects, even of the same names', async () => {
    const pack = await packOf(createMemoryStore(before, { name: 's3://other' }));
    const { result, used } = await scanWith(createMemoryStore(before), { [NAME]: pack }, query);
    expect([bytesOf(result), used]).toEqual([111, 0]);
  });

  test('where packs would take too much room the newest are used, which is told, and the other objects are read', async () => {
    const store = createMemoryStore(before);
    const packs = {
      [NAME]: await packOf(createMemoryStore({ [key(0)]: before[key(0)]! })),
      [`digests/${packName({ startSec: TEN + 300, stopSec: TEN + 900 })}`]: await packOf(
        createMemoryStore({ [key(1)]: before[key(1)]!, [key(2)]: before[key(2)]! }),
      ),
    };
    const { result, used, problems } = await scanWith(store, packs, query, 4 * Object.values(packs)[1]!.length + 8);
    expect([bytesOf(result), used]).toEqual([111, 2]);
    expect(problems.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      'over-limit: cannot use all stored digests of this range: there is room for 1 of 2 files',
    ]);
    expect(store.begun).toEqual([key(0)]);
  });

  test.each([
    ['cut short', (pack: Buffer) => pack.subarray(0, pack.length - 1)],
    ['damaged', (pack: Buffer) => Buffer.from(pack.map((byte, i) => (i === pack.length - 20 ? byte ^ 1 : byte)))],
    [
      'of another version',
      (pack: Buffer) => Buffer.concat([Buffer.from('vpcflow digest pack 1\n'), pack.subarray(22)]),
    ],
    ['empty', () => Buffer.alloc(0)],
  ])('a pack that is %s is told of, and the objects are read', async (_, spoil) => {
    const store = createMemoryStore(before);
    const { result, used, problems } = await scanWith(store, { [NAME]: spoil(await packOf(store)) }, query);
    expect([bytesOf(result), used]).toEqual([111, 0]);
    expect(problems.map(({ code }) => code)).toEqual(['corrupt-object']);
  });

  test('a pack that cannot be read is told of, and the objects are read', async () => {
    const store = createMemoryStore(before);
    const failure = new FlowError('access-denied', 'no');
    const { result, problems } = await scanWith(store, { [NAME]: { bytes: Buffer.from('x'), failure } }, query);
    expect(bytesOf(result)).toBe(111);
    expect(problems).toEqual([failure]);
  });
});

describe('hours that are stored added up', () => {
  /** Objects of two hours and around them. */
  const wideEstate = fc.array(
    fc
      .record({
        bin: fc.integer({ min: -2, max: 26 }),
        isWide: fc.boolean(),
        flowLogId: fc.constantFrom('fl-0a', 'fl-0b'),
        accountId: fc.constantFrom('123456789012', '210987654321'),
      })
      .chain(({ bin, isWide, ...parts }) =>
        fc
          .array(line(isWide, bin), { maxLength: 8 })
          .map((lines): [string, Uint8Array] => [
            logKey(new Date((TEN + bin * 300) * 1000).toISOString(), parts),
            gzipSync([isWide ? WIDE : DEFAULT, ...lines, ''].join('\n')),
          ]),
      ),
    { minLength: 4, maxLength: 24 },
  );
  const DASHBOARD_QUERIES = [
    { view: 'stat' },
    { view: 'stat', measures: ['flows'], filter: 'action = REJECT' },
    { view: 'table', keys: [], distinct: ['dstaddr'], filter: 'action = REJECT' },
    { view: 'series', keys: ['action'], measures: ['bytes'], bucketSec: 300 },
    { view: 'series', keys: ['port', 'protocol'], bucketSec: 3600 },
    {
      view: 'series',
      keys: ['dstaddr', 'port', 'protocol'],
      bucketSec: 600,
      filter: 'action = REJECT and protocol = 6',
    },
    { view: 'table', keys: ['srcaddr', 'dstaddr', 'port', 'protocol', 'action'] },
    { view: 'table', keys: ['account-id', 'region'] },
    { view: 'graph' },
    { view: 'graph', filter: 'srcaddr in (10.0.0.0/8, 2001:db8::/32)' },
    { view: 'events', keys: ['srcaddr'], bucketSec: 300, filter: 'action = REJECT' },
    { view: 'table', keys: ['tcp-flags'], filter: 'action in (REJECT, ACCEPT)' },
  ];

  async function packsOf(store: MemoryStore, sources = sourcesOf(store)): Promise<Record<string, Uint8Array>> {
    const packs: Record<string, Uint8Array> = {};
    for (const startMs of [0, 1].map((hour) => (TEN + hour * 3600) * 1000)) {
      const made = await makePacks(
        { startMs, stopMs: startMs + 3_600_000 },
        {
          ...{ sources, pool: INLINE, accounts: [], regions: [] },
          ...{ clock: () => startMs, signal: new AbortController().signal },
        },
      );
      made?.files.forEach(({ name, bytes }) => (packs[`digests/${name}`] = bytes));
    }
    return packs;
  }

  test('change no answer, whatever of the estate has changed since and however the range cuts them', async () => {
    let used = 0;
    await fc.assert(
      fc.asyncProperty(
        wideEstate,
        wideEstate,
        fc.constantFrom<readonly [number, number]>([0, 120], [-10, 130], [1, 120], [0, 60], [30, 121]),
        fc.shuffledSubarray(DASHBOARD_QUERIES, { minLength: 4, maxLength: 4 }),
        fc.boolean(),
        async (before, after, [from, to], queries, isChanged) => {
          const packs = await packsOf(createMemoryStore(Object.fromEntries(before)));
          const now = isChanged ? [...before.slice(1), ...after.slice(0, 2)] : before;
          const range = { fromMs: (TEN + from * 60) * 1000, toMs: (TEN + to * 60) * 1000 };
          used += await expectNoChange(createMemoryStore(Object.fromEntries(now)), packs, range, queries);
        },
      ),
      { numRuns: 10 },
    );
    expect(used).toBeGreaterThan(40);
  }, 90_000);

  test.each([
    ['one place', ['']],
    ['several places of a bucket', ['vpc-a/', 'vpc-b/']],
  ])('serve a day without the digests of objects, which are not even read, of %s', async (_, prefixes) => {
    const objects = Object.fromEntries(
      Array.from({ length: 24 }, (_, bin) => [
        prefixes[bin % prefixes.length]! + logKey(new Date((TEN + bin * 300) * 1000).toISOString()),
        gzipSync(
          [
            DEFAULT,
            // Both ends of one flow, and a refused one.
            `2 123456789012 eni-0a 10.0.0.1 10.0.0.2 50000 443 6 1 ${bin} ${TEN + bin * 300} ${TEN + bin * 300 + 59} ACCEPT OK`,
            `2 123456789012 eni-0b 10.0.0.1 10.0.0.2 50000 443 6 1 ${bin} ${TEN + bin * 300} ${TEN + bin * 300 + 59} ACCEPT OK`,
            `2 123456789012 eni-0b 192.0.2.1 10.0.0.2 50000 22 6 1 40 ${TEN + bin * 300} ${TEN + bin * 300 + 59} REJECT OK`,
            '',
          ].join('\n'),
        ),
      ]),
    );
    const store = createMemoryStore(objects);
    const sources = sourcesOf(store, prefixes);
    const packs = await packsOf(store, sources);
    const range = { fromMs: TEN * 1000, toMs: (TEN + 7200) * 1000 };
    for (const query of DASHBOARD_QUERIES.slice(0, 9)) {
      const raw = await runScan(makeQuery({ range, ...query }), sources, { pool: INLINE });
      const before = store.begun.length;
      const withoutObjects = Object.entries(packs).filter(([name]) => name.includes('/hours-'));
      const { result, used } = await scanWith(store, Object.fromEntries(withoutObjects), { range, ...query }, 1e8, {
        sources,
      });
      expect(comparable(result)).toBe(comparable(raw));
      expect([query, store.begun.length - before, used]).toEqual([query, 0, 24]);
    }
  });
});

describe('windows of hours that are stored added up', () => {
  const DAY = Date.parse('2026-01-15T00:00:00Z') / 1000;
  /** Bins of five minutes of a day and what is around it, drawn so that hours, six hours and the day have several. */
  const dayEstate = fc.array(
    fc
      .record({
        hour: fc.constantFrom(-1, 0, 0, 1, 5, 6, 7, 11, 12, 13, 18, 19, 23, 24),
        bin: fc.constantFrom(0, 0, 1, 6, 11),
        isWide: fc.boolean(),
        flowLogId: fc.constantFrom('fl-0a', 'fl-0b'),
        accountId: fc.constantFrom('123456789012', '123456789012', '210987654321'),
      })
      .chain(({ hour, bin, isWide, ...parts }) =>
        fc
          .array(line(isWide, (DAY - TEN) / 300 + hour * 12 + bin), { maxLength: 6 })
          .map((lines): [string, Uint8Array] => [
            logKey(new Date((DAY + hour * 3600 + bin * 300) * 1000).toISOString(), parts),
            gzipSync([isWide ? WIDE : DEFAULT, ...lines, ''].join('\n')),
          ]),
      ),
    { minLength: 10, maxLength: 40 },
  );
  const QUERIES_OF_DAYS = [
    { view: 'stat', keys: [] },
    { view: 'stat', measures: ['flows'], filter: 'action = REJECT' },
    { view: 'series', keys: ['action'], measures: ['flows'], bucketSec: 300, filter: 'action = REJECT' },
    { view: 'series', keys: ['port', 'protocol'], bucketSec: 3600 },
    { view: 'table', keys: ['srcaddr', 'dstaddr', 'port', 'protocol', 'action'] },
    { view: 'table', keys: ['account-id', 'region'] },
    { view: 'graph' },
    { view: 'graph', filter: 'srcaddr in (10.0.0.0/8, 2001:db8::/32)' },
    { view: 'events', keys: ['srcaddr'], bucketSec: 300, filter: 'action = REJECT' },
  ];

  /** What the service stores of a day, by one job, and adds up afterwards. */
  async function packsOf(store: MemoryStore): Promise<Record<string, Uint8Array>> {
    const storage = createMemoryStorage();
    const signal = new AbortController().signal;
    const made = await makePacks(
      { startMs: DAY * 1000, stopMs: (DAY + 86_400) * 1000 },
      { ...{ sources: sourcesOf(store), pool: INLINE, accounts: [], regions: [], clock: () => DAY * 1000, signal } },
    );
    for (const { name, bytes } of made?.files ?? []) {
      await storage.write(name, bytes);
    }
    await createPackAdder({ storage, pool: INLINE, signal })();
    return Object.fromEntries([...storage.files].map(([name, { bytes }]) => [`digests/${name}`, bytes]));
  }

  test('change no answer, whatever of the estate has changed since and however the range cuts them', async () => {
    let used = 0;
    await fc.assert(
      fc.asyncProperty(
        dayEstate,
        dayEstate,
        fc.constantFrom<readonly [number, number]>([0, 1440], [-60, 1500], [20, 1440], [360, 1441], [0, 721]),
        fc.shuffledSubarray(QUERIES_OF_DAYS, { minLength: 3, maxLength: 3 }),
        fc.boolean(),
        async (before, after, [from, to], queries, isChanged) => {
          const packs = await packsOf(createMemoryStore(Object.fromEntries(before)));
          const now = isChanged ? [...before.slice(1), ...after.slice(0, 2)] : before;
          const range = { fromMs: (DAY + from * 60) * 1000, toMs: (DAY + to * 60) * 1000 };
          used += await expectNoChange(createMemoryStore(Object.fromEntries(now)), packs, range, queries);
        },
      ),
      { numRuns: 10 },
    );
    expect(used).toBeGreaterThan(100);
  }, 90_000);

  test.each([
    ['a day by itself', [0, 1440], 'hours24-', 288],
    ['six hours by themselves', [360, 720], 'hours6-', 72],
    ['a range that cuts both, where hours are there too', [300, 780], 'hours', 96],
  ] as const)('serve %s', async (_, [from, to], files, objects) => {
    const store = createMemoryStore(
      Object.fromEntries(
        Array.from({ length: 288 }, (_each, bin) => [
          logKey(new Date((DAY + bin * 300) * 1000).toISOString()),
          gzipSync(
            [
              DEFAULT,
              `2 123456789012 eni-0a 10.0.0.1 10.0.0.2 50000 443 6 1 ${bin} ${DAY + bin * 300} ${DAY + bin * 300 + 59} ACCEPT OK`,
              `2 123456789012 eni-0b 192.0.2.1 10.0.0.2 50000 22 6 1 40 ${DAY + bin * 300} ${DAY + bin * 300 + 59} REJECT OK`,
              '',
            ].join('\n'),
          ),
        ]),
      ),
    );
    const stored = Object.entries(await packsOf(store)).filter(([name]) => name.startsWith(`digests/${files}`));
    const range = { fromMs: (DAY + from * 60) * 1000, toMs: (DAY + to * 60) * 1000 };
    for (const query of QUERIES_OF_DAYS.slice(0, 8)) {
      const raw = await runScan(makeQuery({ range, ...query }), sourcesOf(store), { pool: INLINE });
      const before = store.begun.length;
      const { result, used } = await scanWith(store, Object.fromEntries(stored), { range, ...query });
      expect(comparable(result)).toBe(comparable(raw));
      expect([query, used]).toEqual([query, objects]);
      // Those within the pad around the range are read to find out that they hold none of it.
      expect(store.begun.length - before).toBe(result.selection.selectedObjects - objects);
    }
  });

  describe('where something is amiss', () => {
    const key = (bin: number): string => logKey(new Date((DAY + bin * 300) * 1000).toISOString());
    const log = (bin: number, bytes = bin): Uint8Array =>
      gzipSync(
        `${DEFAULT}\n2 123456789012 eni-0a 10.0.0.1 10.0.0.2 50000 443 6 1 ${bytes} ${DAY + bin * 300} ${DAY + bin * 300 + 59} ACCEPT OK\n`,
      );
    const objects = Object.fromEntries(Array.from({ length: 96 }, (_, bin) => [key(bin), log(bin)]));
    const range = { fromMs: DAY * 1000, toMs: (DAY + 8 * 3600) * 1000 };
    const query = { view: 'table', keys: ['srcaddr', 'dstaddr'], range };
    let packs: Record<string, Uint8Array>;
    beforeAll(async () => {
      packs = await packsOf(createMemoryStore(objects));
    });
    const expectAnswer = async (store: MemoryStore, result: ScanResult): Promise<void> => {
      const raw = await runScan(makeQuery(query), sourcesOf(store), { pool: INLINE });
      expect(comparable(result)).toBe(comparable(raw));
    };

    test.each([
      ['hours6-', 96],
      ['hours-', 72 + 24],
      ['pack_', 96],
    ])('files %s that may not be listed keep no others from being used', async (kind, used) => {
      const place = createMemoryStore(packs, {
        refuse: (prefix) =>
          prefix.startsWith(`digests/${kind}`) ? new FlowError('access-denied', `no ${kind}`) : undefined,
      });
      const store = createMemoryStore(objects);
      const found = await scanWith(store, {}, query, 1e8, { store: place });
      await expectAnswer(store, found.result);
      expect([found.problems.map(({ message }) => message), found.used]).toEqual([[`no ${kind}`], used]);
    });

    test('files of windows for which there is no room are not read, which is told', async () => {
      const store = createMemoryStore(objects);
      const place = createMemoryStore(packs);
      const found = await scanWith(store, {}, query, 1e8, { store: place, maxWindowBytes: 1 });
      await expectAnswer(store, found.result);
      expect(place.begun.filter((name) => name.includes('/hours'))).toEqual([]);
      expect(found.problems.map(({ code }) => code)).toContain('over-limit');
    });

    test('a file that is damaged is told of by every scan, and read by the first', async () => {
      const name = Object.keys(packs).find((each) => each.startsWith('digests/hours6-talks'))!;
      const place = createMemoryStore({ ...packs, [name]: packs[name]!.subarray(1) });
      const stored = createStoredDigests({ store: place, prefix: 'digests', maxBytes: 1e8, maxWindowBytes: 1e8 });
      for (let i = 0; i < 2; i++) {
        const problems: string[] = [];
        const store = createMemoryStore(objects);
        const asked = makeQuery(query);
        const { cache } = await stored.open({
          ...{ plan: compilePlan(asked), sources: sourcesOf(store), cache: createDigestCache({ maxBytes: 1e8 }) },
          maxObjectTextBytes: asked.limits.maxObjectTextBytes,
          signal: new AbortController().signal,
          onProblem: ({ code }) => problems.push(code),
        });
        await expectAnswer(store, await runScan(asked, sourcesOf(store), { pool: INLINE, digests: cache }));
        expect(problems).toEqual(['corrupt-object']);
      }
      expect(place.begun.filter((each) => each === name)).toHaveLength(1);
    });

    test('what is not used, because an object came late, is not said to be', async () => {
      const late = logKey(new Date(DAY * 1000).toISOString(), { hash: 'ffff' });
      const store = createMemoryStore({ ...objects, [late]: log(0, 5000) });
      const windowsOnly = Object.fromEntries(Object.entries(packs).filter(([name]) => name.includes('/hours')));
      const found = await scanWith(store, windowsOnly, query);
      await expectAnswer(store, found.result);
      // Not the hour of the late one, nor the six hours: the other seven hours of eight.
      expect([found.used, found.result.cachedObjects]).toEqual([84, 84]);
    });
  });
});
