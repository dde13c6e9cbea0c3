import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { FlowError } from '../../../src/errors';
import type { FlowLogKey } from '../../../src/flow/object-key';
import { measureCompleteness, type MeasureOptions } from '../../../src/scan/measure-completeness';
import type { Source } from '../../../src/scan/select-objects';
import { createDirectoryStore } from '../../../src/store/directory-store';
import { failureOf } from '../../contract/object-store-contract';
import { ACCOUNT, logKey, NOW_MS, REGION } from './flow-logs';
import { createMemoryStore, type MemoryObject, type MemoryStore, type MemoryStoreOptions } from './memory-store';

const OTHER = '999999999999';
/** Eleven to twelve o'clock, which is now. */
const HOUR = { fromMs: NOW_MS - 3_600_000, toMs: NOW_MS };

interface Asked {
  readonly accounts?: readonly string[];
  readonly regions?: readonly string[];
  readonly range?: typeof HOUR | undefined;
  readonly settleSec?: number;
  readonly maxSec?: number;
}

async function measure(
  store: Source['store'],
  { accounts = [], regions = [], maxSec = 60, ...asked }: Asked = {},
  { keys = 'aws', ...options }: Partial<MeasureOptions> & { readonly keys?: Source['keys'] } = {},
) {
  const query = { accounts, regions, range: HOUR, ...asked, limits: { maxSec } };
  const result = await measureCompleteness(query, [{ store, prefix: '', keys }], { nowMs: NOW_MS, ...options });
  const { rows, outsideObjects, leftOutObjects, listedObjects } = result.completeness;
  const shown = rows.reduce((sum, { objects }) => sum + objects, 0);
  expect(shown + outsideObjects + leftOutObjects).toBe(result.selection.selectedObjects);
  expect(listedObjects).toBe(result.selection.listedObjects);
  return result;
}

async function places(...args: Parameters<typeof measure>): Promise<string[]> {
  const { completeness } = await measure(...args);
  return completeness.rows.map(
    ({ accountId = '-', region = '-', flowLogId = '-', objects, ageSec }) =>
      `${accountId} ${region} ${flowLogId}: ${objects}, ${ageSec} s`,
  );
}

/** Keys of one flow log at times such as `11:05`. */
function keysAt(times: readonly string[], parts: Partial<FlowLogKey> = {}): string[] {
  return times.map((time) => logKey(`2026-01-15T${time}:00Z`, parts));
}

function storeOf(
  keys: readonly string[],
  object: Partial<MemoryObject> = {},
  options?: MemoryStoreOptions,
): MemoryStore {
  const bytes = Buffer.from('bytes');
  return createMemoryStore(Object.fromEntries(keys.map((key) => [key, { bytes, ...object }])), options);
}

test('a row per account, region and flow log, in their order, with what its stamps tell', async () => {
  const store = storeOf(
    [
      ...keysAt(['11:45', '11:00', '11:05', '11:10'], { accountId: OTHER, flowLogId: 'fl-0b' }),
      ...keysAt(['11:40', '11:30', '11:10', '11:00'], { region: 'us-east-1', flowLogId: 'fl-0c' }),
      ...keysAt(['11:40', '11:40'], { flowLogId: 'fl-0d' }),
      ...keysAt(['11:45'], { flowLogId: 'fl-0a' }),
    ],
    { lastModifiedMs: NOW_MS - 60_000 },
  );
  const { completeness, problems } = await measure(store);
  const modified = { newestModifiedMs: NOW_MS - 60_000, modifiedAgeSec: 60 };
  const stamp = (time: string) => Date.parse(`2026-01-15T${time}:00Z`) / 1000;
  const dated = (oldest: string, newest: string) => ({ oldestStampSec: stamp(oldest), newestStampSec: stamp(newest) });
  expect(completeness.rows).toEqual([
    {
      ...{ accountId: ACCOUNT, region: REGION, flowLogId: 'fl-0a', objects: 1, bytes: 5, ...dated('11:45', '11:45') },
      ...{ ...modified, ageSec: 900, stepSec: 300, missingBins: 9 },
    },
    {
      ...{ accountId: ACCOUNT, region: REGION, flowLogId: 'fl-0d', objects: 1, bytes: 5, ...dated('11:40', '11:40') },
      ...{ ...modified, ageSec: 1200, stepSec: 300, missingBins: 8 },
    },
    {
      ...{ accountId: ACCOUNT, region: 'us-east-1', flowLogId: 'fl-0c', objects: 4, bytes: 20 },
      ...{ ...dated('11:00', '11:40'), ...modified, ageSec: 1200, stepSec: 600, longestGapSec: 1200, missingBins: 1 },
    },
    {
      ...{ accountId: OTHER, region: REGION, flowLogId: 'fl-0b', objects: 4, bytes: 20, ...dated('11:00', '11:45') },
      ...{ ...modified, ageSec: 900, stepSec: 300, longestGapSec: 2100, missingBins: 6 },
    },
  ]);
  expect(completeness).toMatchObject({ range: HOUR, nowMs: NOW_MS, listedObjects: 10, leftOutObjects: 0 });
  expect(problems.count).toBe(0);
  expect(store.begun).toEqual([]);
});

test('Parquet and archived objects were delivered too', async () => {
  const parquet = keysAt(['11:40'], { format: 'parquet', extension: '.log.parquet', flowLogId: 'fl-0a' });
  const archived = keysAt(['11:45'], { flowLogId: 'fl-0b' });
  expect(await places(storeOf([...parquet, ...archived], { isArchived: true }))).toEqual([
    `${ACCOUNT} ${REGION} fl-0a: 1, 1200 s`,
    `${ACCOUNT} ${REGION} fl-0b: 1, 900 s`,
  ]);
});

test('objects around the range count for the age only', async () => {
  const range = { fromMs: NOW_MS - 2 * 3_600_000, toMs: NOW_MS - 1_800_000 };
  const { completeness } = await measure(storeOf(keysAt(['09:50', '10:00', '11:25', '11:30', '11:45', '11:50'])), {
    range,
  });
  expect(completeness.rows).toMatchObject([{ objects: 2, ageSec: 900 }]);
  expect(completeness.outsideObjects).toBe(3);
});

describe('what stopped is not just absent', () => {
  const old = { accountId: OTHER, region: 'us-east-1' };
  const keys = [
    ...keysAt(['11:45']),
    logKey('2026-01-01T00:00:00Z', old),
    logKey('2026-01-15T03:00:00Z', { region: 'eu-west-2' }),
  ];

  test('a folder without an object in the range', async () => {
    expect(await places(storeOf(keys))).toEqual([
      `${ACCOUNT} ${REGION} fl-0123456789abcdef0: 1, 900 s`,
      `${ACCOUNT} eu-west-2 -: 0, 3600 s`,
      `${OTHER} us-east-1 -: 0, 3600 s`,
    ]);
  });

  test.each([
    ['by hour', { layout: { hive: false, hourly: true } }],
    ['of Hive', { layout: { hive: 'aws-service', hourly: false } }],
  ] as const)('a folder %s', async (_, layout) => {
    const folders = [...keysAt(['11:45'], layout), logKey('2026-01-15T00:00:00Z', { ...old, ...layout })];
    expect((await places(storeOf(folders))).map((place) => place.replace(/fl-\w+/, 'fl'))).toEqual([
      `${ACCOUNT} ${REGION} fl: 1, 900 s`,
      `${OTHER} us-east-1 -: 0, 3600 s`,
    ]);
  });

  test('a folder over a range of many days, which is listed at once', async () => {
    const range = { fromMs: NOW_MS - 100 * 86_400_000, toMs: NOW_MS };
    expect(await places(storeOf([...keysAt(['11:45']), logKey('2020-01-01T00:00:00Z', old)]), { range })).toEqual([
      `${ACCOUNT} ${REGION} fl-0123456789abcdef0: 1, 900 s`,
      `${OTHER} us-east-1 -: 0, ${100 * 86_400} s`,
    ]);
  });

  test('an account or a region that was asked for; no others', async () => {
    expect(
      await places(storeOf(keys), { accounts: ['111111111111', ACCOUNT], regions: [REGION, 'ap-south-1'] }),
    ).toEqual([
      '111111111111 - -: 0, 3600 s',
      `${ACCOUNT} ${REGION} fl-0123456789abcdef0: 1, 900 s`,
      '- ap-south-1 -: 0, 3600 s',
    ]);
  });

  test('an account that has another region only', async () => {
    expect(await places(storeOf(keys), { accounts: [OTHER, ACCOUNT], regions: [REGION] })).toEqual([
      `${ACCOUNT} ${REGION} fl-0123456789abcdef0: 1, 900 s`,
      `${OTHER} - -: 0, 3600 s`,
    ]);
  });

  test('a source with nothing at all', async () => {
    expect(await places(storeOf([]))).toEqual(['- - -: 0, 3600 s']);
  });

  test('a folder that cannot be listed, with the reason', async () => {
    const refuse = (prefix: string) =>
      prefix.includes('/us-east-1/')
        ? new FlowError('access-denied', `cannot list ${prefix}: no right`, { fields: { key: prefix } })
        : undefined;
    const { completeness, problems } = await measure(
      storeOf([...keysAt(['11:45']), logKey('2026-01-15T11:45:00Z', old)], {}, { refuse }),
    );
    expect(completeness.rows).toMatchObject([
      { accountId: ACCOUNT, objects: 1 },
      { accountId: OTHER, objects: 0, ageSec: 3600 },
    ]);
    expect(problems).toMatchObject({ count: 1, first: [{ code: 'access-denied' }] });
  });
});

test('objects of other keys are one row, by when they were written', async () => {
  const root = mkdtempSync(join(tmpdir(), 'completeness-'));
  try {
    // One in the range, one before it, and one that was written long after it.
    for (const [name, time] of Object.entries({
      'a/1.log': NOW_MS - 5_400_000,
      'b.gz': NOW_MS - 86_400_000,
      'c.log': NOW_MS,
    })) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), 'x');
      utimesSync(join(root, name), time / 1000, time / 1000);
    }
    const range = { fromMs: NOW_MS - 2 * 3_600_000, toMs: NOW_MS - 3_600_000 };
    const { completeness } = await measure(createDirectoryStore({ root }), { range }, { keys: 'auto' });
    expect(completeness.rows).toMatchObject([{ objects: 1, bytes: 1, ageSec: 5400, modifiedAgeSec: 5400 }]);
    expect(completeness.rows[0]).not.toHaveProperty('accountId');
    expect(completeness.outsideObjects).toBe(2);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test('without a range it is the last day, and logs may be a quarter of an hour late or as late as the query says', async () => {
  const { completeness } = await measure(storeOf(keysAt(['11:45'])), { range: undefined });
  expect(completeness.range).toEqual({ fromMs: NOW_MS - 86_400_000, toMs: NOW_MS });
  // The bin of 11:45 is not due, nor is that of 11:50.
  expect(completeness.rows).toMatchObject([{ missingBins: 24 * 12 - 3 }]);
  const strict = await measure(storeOf(keysAt(['11:45'])), { range: undefined, settleSec: 0 });
  expect(strict.completeness.rows).toMatchObject([{ missingBins: 24 * 12 - 1 }]);
});

test('flow logs beyond the most are counted, and are not called silent', async () => {
  const ids = ['fl-0a', 'fl-0b', 'fl-0c'];
  const keys = ids.flatMap((flowLogId, index) =>
    keysAt(['11:40', '11:45'], { flowLogId, accountId: `${index}`.repeat(12) }),
  );
  const { completeness } = await measure(
    storeOf(keys),
    { accounts: ['111111111111', '222222222222'] },
    { maxFlowLogs: 1 },
  );
  expect(completeness.rows).toHaveLength(1);
  expect(completeness).toMatchObject({ leftOutObjects: 2, rows: [{ objects: 2 }] });
});

describe('what cannot be measured throws', () => {
  test('when no listing succeeds', async () => {
    const refuse = () => new FlowError('access-denied', 'cannot list: no right');
    expect(await failureOf(measure(storeOf([], {}, { refuse })))).toMatchObject({ code: 'access-denied' });
  });

  test('when it takes too long', async () => {
    const store = storeOf(keysAt(['11:45']), {}, { beforePage: () => new Promise(() => undefined) });
    const error = await failureOf(measure(store, { maxSec: 0.001 }));
    expect(error).toMatchObject({ code: 'over-limit', fields: { limit: 'maxSec' } });
  });

  test('when it is aborted, before and amid', async () => {
    const store = storeOf(keysAt(['11:45']), {}, { beforePage: () => new Promise(() => aborting.abort()) });
    const aborting = new AbortController();
    expect(await failureOf(measure(store, {}, { signal: aborting.signal }))).toMatchObject({ code: 'aborted' });
    expect(await failureOf(measure(store, {}, { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'aborted',
    });
  });
});

test('any objects, in any order of sources, give the same rows', async () => {
  const object = fc.record({
    accountId: fc.constantFrom(ACCOUNT, OTHER),
    region: fc.constantFrom(REGION, 'us-east-1'),
    flowLogId: fc.constantFrom('fl-0a', 'fl-0b'),
    bin: fc.integer({ min: -4, max: 13 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(object, { maxLength: 40 }),
      fc.constantFrom([], [ACCOUNT], [OTHER, ACCOUNT]),
      async (objects, accounts) => {
        const keys = objects.map(({ bin, ...parts }) =>
          logKey(new Date(HOUR.fromMs + bin * 300_000).toISOString(), parts),
        );
        const distinct = [...new Set(keys)];
        const query = { accounts, regions: [], range: HOUR, limits: { maxSec: 60 } };
        const half = distinct.length >> 1;
        const sources = [distinct.slice(0, half), distinct.slice(half)].map((part, index): Source => {
          return { store: storeOf(part, {}, { name: `s3://logs-${index}` }), prefix: '', keys: 'aws' };
        });
        const whole = await measure(storeOf(distinct), { accounts });
        const split = await measureCompleteness(query, [...sources].reverse(), { nowMs: NOW_MS });
        expect(split.completeness.rows.filter(({ objects: count }) => count > 0)).toEqual(
          whole.completeness.rows.filter(({ objects: count }) => count > 0),
        );
        for (const account of accounts) {
          expect(whole.completeness.rows.map(({ accountId }) => accountId)).toContain(account);
        }
      },
    ),
    { numRuns: 50 },
  );
});
