import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { FlowError } from '../../../src/errors';
import type { FlowLogKey } from '../../../src/flow/object-key';
import { selectObjects, type Source } from '../../../src/scan/select-objects';
import { createProblemList, type Problems, type Selection } from '../../../src/scan/selection';
import { createDirectoryStore } from '../../../src/store/directory-store';
import { withCounting } from '../../../src/store/with-counting';
import { createFileSink } from '../../../tools/write-objects';
import { failureOf } from '../../contract/object-store-contract';
import { ACCOUNT, REGION, logKey, makeQuery } from './flow-logs';
import { createMemoryStore, type MemoryStore, type MemoryStoreOptions } from './memory-store';

interface Selected {
  readonly keys: readonly string[];
  readonly selection: Selection;
  readonly problems: Problems;
  readonly requests: number;
}

const HOUR = { range: { from: '2026-01-15T10:00:00Z', to: '2026-01-15T11:00:00Z' } };

async function select(
  store: MemoryStore,
  asked: Readonly<Record<string, unknown>> = HOUR,
  { prefix = '', keys = 'aws', concurrency }: Partial<Source> & { concurrency?: number } = {},
): Promise<Selected> {
  const counting = withCounting(store);
  const problems = createProblemList();
  const { limits, ...query } = asked;
  const selecting = selectObjects([{ store: counting.store, prefix, keys }], makeQuery(query, limits as object), {
    problems,
    concurrency,
  });
  const selected: string[] = [];
  for await (const { key } of selecting.objects) {
    selected.push(key);
  }
  const selection = selecting.selection();
  expectConserved(selection);
  expect(new Set(selected).size).toBe(selected.length);
  expect(selection.selectedObjects).toBe(selected.length);
  expect(selecting.selected()).toEqual({
    selectedObjects: selection.selectedObjects,
    selectedBytes: selection.selectedBytes,
  });
  return { keys: selected.sort(), selection, problems: problems.all(), requests: counting.counts().listRequests };
}

function expectConserved(selection: Selection): void {
  const { selectedObjects, emptyObjects, foreignObjects, otherAccountObjects } = selection;
  const { outsideTimeObjects, archivedObjects } = selection;
  expect(selection.listedObjects).toBe(
    selectedObjects + emptyObjects + foreignObjects + otherAccountObjects + outsideTimeObjects + archivedObjects,
  );
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  expect(sum(selection.prefixes.map(({ objects }) => objects))).toBe(selectedObjects);
  expect(sum(selection.prefixes.map(({ bytes }) => bytes))).toBe(selection.selectedBytes);
}

function storeOf(keys: readonly string[], options?: MemoryStoreOptions): MemoryStore {
  return createMemoryStore(Object.fromEntries(keys.map((key) => [key, 'x'])), options);
}

const IN_HOUR = '2026-01-15T10:30:00Z';

describe('layouts', () => {
  const cases: [name: string, parts: Partial<FlowLogKey>, prefix: string, requests: number][] = [
    // root, three forms of the account, and the day
    ['plain', {}, '', 5],
    ['divided by hour', { layout: { hive: false, hourly: true } }, '', 6],
    ['Hive', { layout: { hive: 'aws-service', hourly: false } }, '', 5],
    ['Hive of the Transit Gateway', { layout: { hive: 'service', hourly: false } }, '', 5],
    ['Hive divided by hour', { layout: { hive: 'aws-service', hourly: true } }, '', 6],
    ['a prefix', { prefix: 'p/' }, 'p/', 5],
    ['a prefix named without its slash', { prefix: 'p/' }, 'p', 6],
    ['a prefix glued on', { prefix: 'p' }, 'p', 6],
    ['a prefix with AWSLogs/', { prefix: 'p/' }, 'p/AWSLogs/', 5],
    ['a prefix with AWSLogs', { prefix: 'p/' }, 'p/AWSLogs', 6],
    ['only AWSLogs', {}, 'AWSLogs', 6],
    ['a folder whose name ends with AWSLogs', { prefix: 'myAWSLogs/' }, 'myAWSLogs', 6],
    ['a glued prefix with AWSLogs/', { prefix: 'p' }, 'pAWSLogs/', 5],
    ['an organisation', { organisation: 'o-abcdefghij' }, '', 6],
    ['China', { region: 'cn-north-1' }, '', 5],
    ['GovCloud', { region: 'us-gov-east-1' }, '', 5],
    ['an isolated region', { region: 'us-isob-east-1' }, '', 5],
  ];
  test.each(cases)('%s', async (_, parts, prefix, requests) => {
    const keys = [logKey('2026-01-15T10:00:00Z', parts), logKey(IN_HOUR, parts)];
    const other = logKey('2026-01-13T10:00:00Z', parts);
    const selected = await select(storeOf([...keys, other]), HOUR, { prefix });
    expect(selected.keys).toEqual(keys.sort());
    expect(selected.requests).toBe(requests);
    expect(selected.selection).toMatchObject({
      listPages: requests,
      listedObjects: 2,
      accounts: [ACCOUNT],
      regions: [parts.region ?? REGION],
      oldestStampSec: Date.parse('2026-01-15T10:00:00Z') / 1000,
      newestStampSec: Date.parse(IN_HOUR) / 1000,
    });
    expect(selected.problems).toEqual({ count: 0, first: [] });
  });

  test('of the flow logs asked for alone', async () => {
    const keys = ['fl-0a', 'fl-0b'].map((flowLogId) => logKey(IN_HOUR, { flowLogId }));
    const { keys: found, selection } = await select(storeOf(keys), { ...HOUR, flowLogs: ['fl-0b'] });
    expect(found).toEqual([keys[1]]);
    expect(selection).toMatchObject({ listedObjects: 2, otherAccountObjects: 1 });
    const any = await select(storeOf([...keys, 'x.log']), { flowLogs: ['fl-0a'] }, { keys: 'any' });
    expect(any.keys).toEqual([keys[0]]);
  });

  test('nested below other folders', async () => {
    const keys = ['111111111111/vpc-a/', '111111111111/vpc-b/', 'x/'].map((prefix) => logKey(IN_HOUR, { prefix }));
    expect((await select(storeOf([...keys, 'x/readme.txt']))).keys).toEqual(keys.sort());
  });

  test('nested, with the account named', async () => {
    const other = '222222222222';
    const keys = [ACCOUNT, other].map((accountId) => logKey(IN_HOUR, { prefix: `${accountId}/vpc/`, accountId }));
    for (const kind of ['aws', 'auto'] as const) {
      expect((await select(storeOf(keys), { ...HOUR, accounts: [other] }, { keys: kind })).keys).toEqual([keys[1]]);
    }
  });

  test('an organisation, with the account named', async () => {
    const keys = [ACCOUNT, '222222222222'].map((accountId) =>
      logKey(IN_HOUR, { organisation: 'o-abcdefghij', accountId }),
    );
    for (const kind of ['aws', 'auto'] as const) {
      expect((await select(storeOf(keys), { ...HOUR, accounts: [ACCOUNT] }, { keys: kind })).keys).toEqual([keys[0]]);
    }
  });

  test('two accounts named, one where it should be and one below an organisation: both, each object once', async () => {
    const other = '222222222222';
    const keys = [logKey(IN_HOUR), logKey(IN_HOUR, { organisation: 'o-abcdefghij', accountId: other })];
    const selected = await select(storeOf(keys), { ...HOUR, accounts: [ACCOUNT, other] });
    expect(selected.keys).toEqual(keys.sort());
    expect(selected.problems.count).toBe(0);
  });

  test('what may not be listed is no problem if the account is found in another layout', async () => {
    const key = logKey(IN_HOUR);
    const hiveDenied = storeOf([key], {
      refuse: (prefix) =>
        prefix.includes('aws-account-id=') ? new FlowError('access-denied', `cannot list ${prefix}`) : undefined,
    });
    const selected = await select(hiveDenied, { ...HOUR, accounts: [ACCOUNT] });
    expect(selected).toMatchObject({ keys: [key], problems: { count: 0 } });
    // Nor is it the failure of a scan that finds nothing in its time range.
    const range = { from: '2024-01-15T10:00:00Z', to: '2024-01-15T11:00:00Z' };
    const nothing = await select(hiveDenied, { range, accounts: [ACCOUNT] });
    expect(nothing).toMatchObject({ keys: [], problems: { count: 0 }, selection: { listedObjects: 0 } });
  });

  test('objects beside the layout are counted as foreign', async () => {
    const key = logKey(IN_HOUR, { prefix: 'team/' });
    const { keys, selection } = await select(storeOf([key, 'loose.log.gz', 'team/loose.log.gz']), HOUR, {
      keys: 'auto',
    });
    expect(keys).toEqual([key]);
    expect(selection).toMatchObject({ listedObjects: 3, foreignObjects: 2 });
    const atRoot = await select(storeOf([logKey(IN_HOUR), 'AWSLogs/readme.txt']));
    expect(atRoot.selection).toMatchObject({ listedObjects: 2, foreignObjects: 1 });
  });

  test('more folders before AWSLogs/ than are looked into are a problem, not silence', async () => {
    const keys = Array.from({ length: 1005 }, (_, i) => logKey(IN_HOUR, { prefix: `team-${10_000 + i}/` }));
    const { selection, problems } = await select(storeOf(keys));
    expect(selection.selectedObjects).toBe(999);
    expect(problems).toMatchObject({ count: 1, first: [{ code: 'over-limit' }] });
    const strangers = await select(storeOf(keys.map((key) => key.replace('AWSLogs', 'Logs'))));
    expect(strangers).toMatchObject({ keys: [], problems: { count: 1, first: [{ code: 'over-limit' }] } });
  });

  test('several layouts of one account, each object once', async () => {
    const layouts: FlowLogKey['layout'][] = [
      { hive: false, hourly: false },
      { hive: false, hourly: true },
      { hive: 'aws-service', hourly: false },
      { hive: 'aws-service', hourly: true },
      { hive: 'service', hourly: true },
    ];
    const keys = layouts.map((layout) => logKey(IN_HOUR, { layout }));
    const selected = await select(storeOf(keys));
    expect(selected.keys).toEqual(keys.sort());
    // root; 3 forms of the account; 3 days; an hour in each
    expect(selected.requests).toBe(10);
  });

  test('a prefix inside the layout: the region is pruned by day, the rest is read below', async () => {
    const keys = ['2026-01-14T10:30:00Z', IN_HOUR, '2026-01-16T10:30:00Z'].map((time) => logKey(time));
    const region = `AWSLogs/${ACCOUNT}/vpcflowlogs/${REGION}`;
    for (const [prefix, listed, requests] of [
      [`${region}/`, 1, 1],
      [region, 1, 1],
      [`${region}/2026/01/15/`, 1, 1],
      [`AWSLogs/${ACCOUNT}/`, 3, 1],
    ] as const) {
      const selected = await select(storeOf(keys), HOUR, { prefix });
      expect(selected.keys).toEqual([keys[1]]);
      expect([selected.selection.listedObjects, selected.requests]).toEqual([listed, requests]);
    }
  });
});

describe('accounts and regions', () => {
  const accounts = Array.from({ length: 12 }, (_, i) => String(100_000_000_000 + i));
  const regions = ['eu-west-1', 'us-east-1', 'ap-southeast-2', 'us-gov-west-1'];
  const days = ['13', '14', '15', '16', '17'];
  const keys = accounts.flatMap((accountId) =>
    regions.flatMap((region) => days.map((day) => logKey(`2026-01-${day}T10:30:00Z`, { accountId, region }))),
  );

  test('are found, and only their days are listed', async () => {
    const selected = await select(storeOf(keys));
    expect(selected.keys).toEqual(keys.filter((key) => key.includes('20260115T')).sort());
    expect(selected.selection).toMatchObject({ accounts, regions: [...regions].sort(), listedObjects: 48 });
    // one for all accounts, three for each, one for each region's day
    expect(selected.requests).toBe(1 + 12 * 3 + 48);
  });

  test('without a time range each region is one listing', async () => {
    const selected = await select(storeOf(keys), {});
    expect(selected.keys).toEqual([...keys].sort());
    expect(selected.requests).toBe(1 + 12 * 3 + 48);
  });

  test('asked for by name: no other is listed', async () => {
    const asked = { accounts: accounts.slice(3, 5), regions: ['us-east-1'] };
    const store = storeOf(keys);
    const selected = await select(store, { ...HOUR, ...asked });
    expect(selected.selection).toMatchObject({ ...asked, selectedObjects: 2, listedObjects: 2 });
    expect(selected.requests).toBe(2 * 3 + 2);
    expect(store.listed.every(({ prefix }) => asked.accounts.some((account) => prefix.includes(account)))).toBe(true);
  });

  test('an account that is named needs no right to list its siblings', async () => {
    const store = storeOf(keys, {
      refuse: (prefix) =>
        prefix.includes(accounts[0]!) ? undefined : new FlowError('access-denied', `cannot list ${prefix}: denied`),
    });
    const selected = await select(store, { ...HOUR, accounts: [accounts[0]] }, { prefix: '' });
    expect(selected.selection.selectedObjects).toBe(4);
    expect(selected.problems.count).toBe(0);
  });

  test('an account that is named and not there gives nothing', async () => {
    const selected = await select(storeOf(keys), { ...HOUR, accounts: ['999999999999'] });
    expect(selected.selection).toMatchObject({ listedObjects: 0, accounts: [] });
  });

  test('the pages of a listing are all read', async () => {
    const selected = await select(storeOf(keys, { pageEntries: 3 }), {});
    expect(selected.keys).toEqual([...keys].sort());
    // 12 accounts in 4 pages; 4 regions in 2 pages, and the two other forms; 5 objects in 2 pages
    expect(selected.requests).toBe(4 + 12 * (2 + 2) + 48 * 2);
  });

  test('whatever the number of listings at a time, the same is selected', async () => {
    const one = await select(storeOf(keys), HOUR, { concurrency: 1 });
    const many = await select(storeOf(keys), HOUR, { concurrency: 64 });
    expect({ ...one, keys: [] }).toEqual({ ...many, keys: [] });
    expect(one.keys).toEqual(many.keys);
  });
});

describe('time', () => {
  test('stamps from 10 minutes before to 15 minutes after the range, both included', async () => {
    const inside = ['09:50', '09:55', '10:00', '10:55', '11:00', '11:15'];
    const outside = ['09:49', '09:45', '11:16', '11:20'];
    const key = (time: string) => logKey(`2026-01-15T${time}:00Z`);
    const selected = await select(storeOf([...inside, ...outside].map(key)));
    expect(selected.keys).toEqual(inside.map(key).sort());
    expect(selected.selection.outsideTimeObjects).toBe(outside.length);
  });

  test('a range of milliseconds is widened to seconds', async () => {
    const key = (time: string) => logKey(`2026-01-15T${time}:00Z`);
    const keys = ['09:50', '11:15', '11:16'].map(key);
    const fromMs = Date.parse('2026-01-15T10:00:00Z') + 999;
    const selected = await select(storeOf(keys), { range: { fromMs, toMs: Date.parse('2026-01-15T11:00:00Z') + 1 } });
    expect(selected.keys).toEqual(keys.slice(0, 2));
  });

  const crossings: [name: string, from: string, to: string, days: readonly string[]][] = [
    ['inside a day', '2026-01-15T10:00:00Z', '2026-01-15T11:00:00Z', ['2026-01-15']],
    ['the padding before midnight', '2026-01-15T00:05:00Z', '2026-01-15T01:00:00Z', ['2026-01-14', '2026-01-15']],
    ['no padding before midnight', '2026-01-15T00:10:00Z', '2026-01-15T01:00:00Z', ['2026-01-15']],
    ['the padding after midnight', '2026-01-15T22:00:00Z', '2026-01-15T23:45:00Z', ['2026-01-15', '2026-01-16']],
    ['no padding after midnight', '2026-01-15T22:00:00Z', '2026-01-15T23:44:59Z', ['2026-01-15']],
    ['midnight', '2026-01-14T23:30:00Z', '2026-01-15T00:30:00Z', ['2026-01-14', '2026-01-15']],
    ['the end of a month', '2026-02-28T23:30:00Z', '2026-03-01T00:30:00Z', ['2026-02-28', '2026-03-01']],
    [
      'the end of a leap February',
      '2028-02-28T23:30:00Z',
      '2028-03-01T00:30:00Z',
      ['2028-02-28', '2028-02-29', '2028-03-01'],
    ],
    ['the end of a year', '2025-12-31T23:30:00Z', '2026-01-01T00:30:00Z', ['2025-12-31', '2026-01-01']],
  ];
  test.each(crossings)('lists the days of a range: %s', async (_, from, to, days) => {
    for (const layout of [
      { hive: false, hourly: false },
      { hive: 'aws-service', hourly: true },
    ] as const) {
      const keys = days.map((day) => {
        // A stamp of the day that the range needs: the earliest, or for the first day the latest.
        const minute =
          day === days[0] && days.length > 1 ? '23:55' : from.slice(0, 10) === day ? from.slice(11, 16) : '00:00';
        return logKey(`${day}T${minute}:00Z`, { layout });
      });
      const store = storeOf([...keys, logKey('2026-06-01T00:00:00Z', { layout })]);
      const selected = await select(store, { range: { from, to } });
      expect(selected.keys).toEqual(keys.sort());
      const listedDays = store.listed
        .map(({ prefix }) => /(\d{4})\/(?:month=)?(\d\d)\/(?:day=)?(\d\d)\/$/.exec(prefix))
        .flatMap((match) => (match ? [match.slice(1).join('-')] : []));
      expect(listedDays.sort()).toEqual(days);
      // A day of which most hours matter is not listed by hour.
      const wholeDays = days.length > 2 ? 1 : 0;
      expect(selected.requests).toBe(4 + days.length + (layout.hourly ? days.length - wholeDays : 0));
    }
  });

  const everyHour = (days: number, parts: Partial<FlowLogKey> = {}) =>
    Array.from({ length: days * 24 }, (_, hour) =>
      logKey(new Date(Date.UTC(2026, 0, 1, hour, 30)).toISOString(), parts),
    );

  test('of a day divided by hour only the hours that matter are listed', async () => {
    const layout = { hive: false, hourly: true } as const;
    const store = storeOf(everyHour(31, { layout }));
    const selected = await select(store, { range: { from: '2026-01-15T10:00:00Z', to: '2026-01-15T12:00:00Z' } });
    expect(selected.selection).toMatchObject({ listedObjects: 4, selectedObjects: 2, outsideTimeObjects: 2 });
    // root, 3 of the account, the day, and the hours 09 (padding), 10, 11 and 12 (padding)
    expect(selected.requests).toBe(4 + 1 + 4);
  });

  test('of a day of which most hours matter, all is one listing', async () => {
    const layout = { hive: false, hourly: true } as const;
    const selected = await select(storeOf(everyHour(31, { layout })), {
      range: { from: '2026-01-15T02:00:00Z', to: '2026-01-15T20:00:00Z' },
    });
    expect(selected.selection).toMatchObject({ listedObjects: 24, selectedObjects: 18 });
    expect(selected.requests).toBe(5);
  });

  test('several days are one listing each', async () => {
    const selected = await select(storeOf(everyHour(31)), {
      range: { from: '2026-01-05T01:00:00Z', to: '2026-01-12T23:00:00Z' },
    });
    expect(selected.selection).toMatchObject({ listedObjects: 8 * 24, selectedObjects: 8 * 24 - 2 });
    expect(selected.requests).toBe(4 + 8);
  });

  test('more than 40 days are one listing, from the first day to the last', async () => {
    const keys = everyHour(120);
    const store = storeOf(keys, { pageEntries: 100 });
    const selected = await select(store, { range: { from: '2026-01-11T01:00:00Z', to: '2026-03-01T23:00:00Z' } });
    expect(selected.keys).toEqual(
      keys.filter((key) => /_2026(?:01(?:1[1-9]|2|3)|02|0301)/.test(key)).filter((key) => !/0111T00|0301T23/.test(key)),
    );
    const branch = `AWSLogs/${ACCOUNT}/vpcflowlogs/${REGION}/`;
    expect(store.listed.filter(({ prefix }) => prefix.startsWith(branch))).toEqual([
      { prefix: branch, delimiter: undefined, startAfter: `${branch}2026/01/11/` },
    ]);
    // 50 days of 24 objects begin after the first and are 12 pages; the first key after them ends the listing.
    expect(selected.requests).toBe(4 + 13);
    expect(selected.selection.listedObjects).toBe(50 * 24);
  });

  test('a range of 40 days is 40 listings at most, of 41 days one', async () => {
    const store = storeOf(everyHour(60));
    const range = (to: string) => ({ range: { from: '2026-01-02T01:00:00Z', to } });
    expect((await select(store, range('2026-02-10T01:00:00Z'))).requests).toBe(4 + 40);
    expect((await select(store, range('2026-02-11T01:00:00Z'))).requests).toBe(4 + 1);
  });

  test('no object that can hold records of the range is missed, whatever the range and the layout', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 3000 }),
        fc.integer({ min: 1, max: 80_000 }),
        fc.array(fc.integer({ min: -200, max: 90_000 }), { maxLength: 30 }),
        fc.boolean(),
        fc.constantFrom(false as const, 'aws-service' as const, 'service' as const),
        async (fromMinute, minutes, stamps, hourly, hive) => {
          const baseMs = Date.parse('2025-12-30T00:00:00Z');
          const fromMs = baseMs + fromMinute * 60_000;
          const toMs = fromMs + minutes * 60_000;
          const byKey = new Map(
            stamps.map((minute) => {
              const timeMs = baseMs + minute * 60_000;
              return [logKey(new Date(timeMs).toISOString(), { layout: { hive, hourly } }), timeMs];
            }),
          );
          const expected = [...byKey].filter(([, ms]) => ms >= fromMs - 600_000 && ms <= toMs + 900_000);
          const selected = await select(storeOf([...byKey.keys()]), { range: { fromMs, toMs } });
          expect(selected.keys).toEqual(expected.map(([key]) => key).sort());
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('what is left out is counted', () => {
  const parquet = logKey('2026-01-15T10:35:00Z', { format: 'parquet', extension: '.log.parquet' });
  const archived = logKey('2026-01-15T10:40:00Z');
  const empty = logKey('2026-01-15T10:45:00Z');
  const foreign = `${logKey(IN_HOUR).slice(0, logKey(IN_HOUR).lastIndexOf('/'))}/notes.txt`;
  const early = logKey('2026-01-15T01:00:00Z');
  const good = logKey(IN_HOUR);
  const objects = {
    [good]: 'xyz',
    [parquet]: 'PAR1',
    [archived]: { bytes: Buffer.from('x'), isArchived: true },
    [empty]: '',
    [foreign]: 'x',
    [early]: 'x',
  };

  test('by reason', async () => {
    const { keys, selection } = await select(createMemoryStore(objects));
    expect(keys).toEqual([good, parquet].sort());
    expect(selection).toMatchObject({
      listedObjects: 6,
      selectedObjects: 2,
      selectedBytes: 7,
      archivedObjects: 1,
      emptyObjects: 1,
      foreignObjects: 1,
      outsideTimeObjects: 1,
      otherAccountObjects: 0,
    });
  });

  test('other accounts and regions below one prefix', async () => {
    const other = logKey(IN_HOUR, { accountId: '222222222222' });
    const prefix = 'AWSLogs/';
    const store = createMemoryStore({ ...objects, [other]: 'x', [logKey(IN_HOUR, { region: 'us-east-1' })]: 'x' });
    const asked = { ...HOUR, accounts: [ACCOUNT], regions: [REGION] };
    const { keys, selection } = await select(store, asked, { prefix, keys: 'any' });
    expect(keys).toEqual([good, parquet].sort());
    // The notes are of no account that is known.
    expect(selection).toMatchObject({ otherAccountObjects: 3, foreignObjects: 0, listedObjects: 8 });
  });

  test('only the time range judges objects of which nothing else is known', async () => {
    const { selection } = await select(createMemoryStore(objects), {}, { keys: 'any' });
    expect(selection).toMatchObject({ selectedObjects: 4, outsideTimeObjects: 0, foreignObjects: 0 });
  });
});

describe('keys', () => {
  const loose = { 'a.log': 'x', 'b/c.log.gz': 'x', 'b/d/e/f/g.txt': 'x', 'empty.log': '' };

  test('auto takes every object of a folder without the layout', async () => {
    const { keys, selection } = await select(createMemoryStore(loose), HOUR, { keys: 'auto' });
    expect(keys).toEqual(['a.log', 'b/c.log.gz', 'b/d/e/f/g.txt']);
    expect(selection).toMatchObject({ emptyObjects: 1, foreignObjects: 0, accounts: [] });
    expect(selection.oldestStampSec).toBeUndefined();
  });

  test('aws takes none of them', async () => {
    const { keys, selection } = await select(createMemoryStore(loose), HOUR, { keys: 'aws' });
    expect(keys).toEqual([]);
    expect(selection.listedObjects).toBe(0);
  });

  test('auto keeps to the layout where there is one', async () => {
    const key = logKey(IN_HOUR);
    const { keys } = await select(createMemoryStore({ ...loose, [key]: 'x' }), HOUR, { keys: 'auto' });
    expect(keys).toEqual([key]);
  });

  test('any takes every object below the prefix', async () => {
    const key = logKey(IN_HOUR, { prefix: 'b/' });
    const selected = await select(createMemoryStore({ ...loose, [key]: 'x' }), HOUR, { prefix: 'b/', keys: 'any' });
    expect(selected.keys).toEqual([key, 'b/c.log.gz', 'b/d/e/f/g.txt'].sort());
    expect(selected.requests).toBe(1);
  });

  test('objects whose keys tell no account are left out when accounts are asked for', async () => {
    const asked = { ...HOUR, accounts: [ACCOUNT] };
    const { selection } = await select(createMemoryStore(loose), asked, { keys: 'auto' });
    expect(selection).toMatchObject({ selectedObjects: 0, otherAccountObjects: 3, emptyObjects: 1 });
  });
});

describe('failures of listings', () => {
  const accounts = ['111111111111', '222222222222', '333333333333'];
  const keys = accounts.map((accountId) => logKey(IN_HOUR, { accountId }));
  const refuse = (text: string, code: 'access-denied' | 'unavailable' = 'access-denied') => ({
    refuse: (prefix: string) => (prefix.includes(text) ? new FlowError(code, `cannot list ${prefix}: no`) : undefined),
  });

  test('of one account are a problem, and the others go on', async () => {
    const { keys: selected, problems } = await select(storeOf(keys, refuse(accounts[1]!)));
    expect(selected).toEqual([keys[0], keys[2]]);
    // Its three forms.
    expect(problems.count).toBe(3);
    expect(problems.first[0]).toEqual({
      key: `AWSLogs/${accounts[1]}/vpcflowlogs/`,
      code: 'access-denied',
      message: `cannot list AWSLogs/${accounts[1]}/vpcflowlogs/: no`,
    });
  });

  test('of one day are a problem, and the others go on', async () => {
    const range = { range: { from: '2026-01-14T10:00:00Z', to: '2026-01-15T11:00:00Z' } };
    const { keys: selected, problems } = await select(storeOf(keys, refuse('2026/01/14/', 'unavailable')), range);
    expect(selected).toEqual(keys);
    expect(problems.count).toBe(3);
  });

  test('of everything are thrown', async () => {
    const failure = await failureOf(select(storeOf(keys, refuse(''))));
    expect(failure).toMatchObject({ code: 'access-denied', message: 'cannot list AWSLogs/: no' });
  });

  test('of the bucket itself are a problem with its name, if another one can be listed', async () => {
    const problems = createProblemList();
    const sources = [storeOf(keys), storeOf([], { ...refuse(''), name: 's3://denied' })].map((store): Source => ({
      store,
      prefix: '',
      keys: 'any',
    }));
    const selecting = selectObjects(sources, makeQuery(HOUR), { problems });
    let count = 0;
    for await (const { source } of selecting.objects) {
      count++;
      expect(source).toBe(sources[0]);
    }
    expect(count).toBe(3);
    expect(problems.all()).toMatchObject({ count: 1, first: [{ key: 's3://denied', code: 'access-denied' }] });
  });

  test('only the first 20 are kept, all are counted', async () => {
    const many = Array.from({ length: 30 }, (_, i) => logKey(IN_HOUR, { accountId: String(400_000_000_000 + i) }));
    const { problems } = await select(storeOf([...keys, ...many], refuse('/4000')));
    expect(problems.count).toBe(30);
    expect(problems.first).toHaveLength(20);
  });

  test('that are faults of the program are thrown at once', async () => {
    const store = storeOf(keys, {
      refuse: (prefix) => (prefix.includes('3333') ? new FlowError('internal', 'BUG') : undefined),
    });
    expect((await failureOf(select(store))).code).toBe('internal');
  });
});

describe('limits', () => {
  const keys = Array.from({ length: 50 }, (_, i) => logKey(IN_HOUR, { hash: `${i}0` }));
  const objects = Object.fromEntries(keys.map((key) => [key, 'xxxx']));

  test.each([
    ['maxObjects', 49, 50],
    ['maxBytes', 199, 200],
  ] as const)('%s: one more than allowed is over-limit, as many as allowed are not', async (limit, tooFew, enough) => {
    const selected = await select(createMemoryStore(objects), { ...HOUR, limits: { [limit]: enough } });
    expect(selected.keys).toHaveLength(50);
    const failure = await failureOf(select(createMemoryStore(objects), { ...HOUR, limits: { [limit]: tooFew } }));
    expect(failure).toMatchObject({ code: 'over-limit', fields: { limit, value: tooFew } });
    expect(failure.message).toMatch(/^cannot read more than \d+ .*: narrow the time range/);
  });

  test('failing gives nothing to read, a partial answer what was selected', async () => {
    const read = async (onLimit: 'fail' | 'partial') => {
      const sources: Source[] = [{ store: createMemoryStore(objects), prefix: '', keys: 'any' }];
      const query = makeQuery({}, { maxObjects: 10, onLimit });
      const selecting = selectObjects(sources, query, { problems: createProblemList() });
      let count = 0;
      const failure = await failureOf(
        (async () => {
          for await (const object of selecting.objects) {
            void object;
            // Reading is slower than listing.
            await new Promise(setImmediate);
            count++;
          }
        })(),
      );
      expect(failure.code).toBe('over-limit');
      return count;
    };
    expect(await read('partial')).toBe(10);
    expect(await read('fail')).toBeLessThanOrEqual(1);
  });
});

describe('a folder', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'vpcflow-select-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is selected from as a bucket is', async () => {
    const keys = [
      logKey(IN_HOUR),
      logKey(IN_HOUR, { accountId: '222222222222', layout: { hive: 'aws-service', hourly: true } }),
      logKey(IN_HOUR, { prefix: 'glued' }),
      logKey('2026-01-12T10:00:00Z'),
    ];
    const { sink, close } = createFileSink(folder);
    for (const key of keys) {
      await sink({ key, text: 'text', recordCount: 0 });
    }
    await close();
    const select = async (prefix: string) => {
      const store = createDirectoryStore({ root: folder });
      const problems = createProblemList();
      const selecting = selectObjects([{ store, prefix, keys: 'auto' }], makeQuery(HOUR), { problems });
      const selected: string[] = [];
      for await (const { key } of selecting.objects) {
        selected.push(key);
      }
      return selected.sort();
    };
    expect(await select('')).toEqual([keys[0], keys[1]].sort());
    expect(await select('glued')).toEqual([keys[2]]);
  });
});
