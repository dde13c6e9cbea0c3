import { FlowError } from '../../../src/errors';
import { findNewestObject, type FindNewestOptions } from '../../../src/scan/find-newest-object';
import { createMemoryStore, type MemoryObject, type MemoryStoreOptions } from '../scan/memory-store';
import { logKey } from '../scan/flow-logs';

type Objects = Readonly<Record<string, MemoryObject | string>>;

function find(
  objects: Objects,
  {
    prefix = '',
    keys = 'aws',
    ...options
  }: { prefix?: string; keys?: 'aws' | 'any' | 'auto' } & MemoryStoreOptions = {},
  asked: FindNewestOptions = {},
) {
  const store = createMemoryStore(objects, options);
  return { store, found: findNewestObject({ store, prefix, keys }, asked) };
}
const keysOf = (...keys: string[]): Objects => Object.fromEntries(keys.map((key) => [key, 'x']));

const OLD = '2025-12-31T23:55:00Z';
const NEW = '2026-01-15T10:05:00Z';

test.each([
  ['by day', { layout: { hive: false, hourly: false } }],
  ['by hour', { layout: { hive: false, hourly: true } }],
  ['Hive', { layout: { hive: 'aws-service', hourly: true } }],
  ['Hive of a transit gateway', { layout: { hive: 'service', hourly: false } }],
  ['below an organisation', { organisation: 'o-0123456789' }],
] as const)('finds it in the layout %s, with few listings', async (_, parts) => {
  const newest = logKey(NEW, parts);
  const { found, store } = find(
    keysOf(logKey(OLD, parts), logKey('2026-01-15T10:00:00Z', parts), newest, logKey('2026-01-14T10:05:00Z', parts)),
  );
  expect(await found).toMatchObject({
    newest: { object: { key: newest } },
    accounts: ['123456789012'],
    regions: ['eu-west-1'],
    isSample: false,
  });
  expect(store.pageCount()).toBeLessThanOrEqual(10);
});

test('by the stamp, whichever flow log sorts last', async () => {
  const newest = logKey(NEW, { flowLogId: 'fl-00000001' });
  const { found } = find(keysOf(newest, logKey('2026-01-15T10:00:00Z', { flowLogId: 'fl-ffffffff' })));
  expect((await found).newest?.object.key).toBe(newest);
});

test('of one flow log, if that is asked for', async () => {
  const other = logKey(NEW, { flowLogId: 'fl-0000000000000002' });
  const wanted = logKey('2026-01-15T09:00:00Z', { flowLogId: 'fl-0000000000000001' });
  const find1 = find(keysOf(wanted, other), {}, { flowLogId: 'fl-0000000000000001' });
  expect((await find1.found).newest?.object.key).toBe(wanted);
  const find3 = find(keysOf(wanted, other), {}, { flowLogId: 'fl-0000000000000003' });
  expect((await find3.found).newest).toBeUndefined();
});

test('of all accounts and regions, if they are few', async () => {
  const newest = logKey(NEW, { accountId: '222222222222', region: 'us-east-1' });
  const { found } = find(keysOf(logKey(OLD), newest, logKey(OLD, { accountId: '222222222222' })));
  expect(await found).toMatchObject({
    newest: { object: { key: newest } },
    accounts: ['123456789012', '222222222222'],
    regions: ['eu-west-1', 'us-east-1'],
    isSample: false,
  });
});

test('of some of them, if they are many; all are named', async () => {
  const accounts = Array.from({ length: 50 }, (_, i) => String(100000000000 + i));
  const { found, store } = find(keysOf(...accounts.map((accountId) => logKey(NEW, { accountId }))));
  expect(await found).toMatchObject({ newest: expect.anything(), accounts, isSample: true });
  expect(store.pageCount()).toBeLessThan(40);
});

describe('of the accounts and regions that are asked for', () => {
  // More accounts than are looked into unasked, the one with the oldest logs last.
  const accounts = Array.from({ length: 9 }, (_, i) => String(100000000000 + i));
  const last = accounts.at(-1)!;
  const wanted = logKey(OLD, { accountId: last });
  const newer = logKey('2026-01-10T00:00:00Z', { accountId: last, region: 'us-east-1' });
  const objects = keysOf(...accounts.slice(0, -1).map((accountId) => logKey(NEW, { accountId })), wanted, newer);

  test.each([
    [{}, logKey(NEW, { accountId: accounts[0] })],
    [{ accounts: [last] }, newer],
    [{ regions: ['us-east-1'] }, undefined],
    [{ accounts: [last], regions: ['eu-west-1'] }, wanted],
    [{ accounts: ['999999999999'] }, undefined],
    [{ regions: ['eu-west-3'] }, undefined],
  ])('%j', async (asked, key) => {
    const { newest, accounts: seen } = await find(objects, {}, asked).found;
    expect(newest?.object.key).toBe(key);
    expect(seen).toEqual(accounts);
  });

  test.each([['AWSLogs/'], [`AWSLogs/${last}/`], [wanted.slice(0, wanted.lastIndexOf('/'))]])(
    'below the prefix %s',
    async (prefix) => {
      const at = (asked: FindNewestOptions) => find(objects, { prefix }, asked).found;
      expect((await at({ accounts: [last], regions: ['eu-west-1'] })).newest?.object.key).toBe(wanted);
      expect((await at({ accounts: ['999999999999'] })).newest).toBeUndefined();
    },
  );

  test('an object whose key does not say whose it is counts only where nothing is asked', async () => {
    const found = (asked: FindNewestOptions) => find(keysOf('a.log'), { keys: 'any' }, asked).found;
    expect((await found({})).newest?.object.key).toBe('a.log');
    expect((await found({ regions: ['eu-west-1'] })).newest).toBeUndefined();
  });
});

test('never with more pages than allowed', async () => {
  const many = Array.from({ length: 3000 }, (_, i) => `x/${i}`);
  const { found, store } = find(keysOf(...many), { keys: 'any', pageEntries: 10 }, { maxPages: 7 });
  expect((await found).isSample).toBe(true);
  expect(store.pageCount()).toBeLessThanOrEqual(7);
});

test.each([
  ['prod/', 'prod/'],
  ['prod', 'prod/'],
  ['prod', 'prod'],
  ['prod/AWSLogs', 'prod/'],
  ['prod/AWSLogs/', 'prod/'],
  ['prod/AWSLogs/123456789012/', 'prod/'],
  ['prod/AWSLogs/123456789012/vpcflowlogs/eu-west-1', 'prod/'],
  ['prod/AWSLogs/123456789012/vpcflowlogs/eu-west-1/2026/01/15/', 'prod/'],
  ['', 'deep/down/'],
])('with the prefix "%s" and keys below "%s"', async (prefix, before) => {
  const newest = logKey(NEW, { prefix: before });
  const { found } = find(keysOf(newest), { prefix });
  expect((await found).newest).toMatchObject({ object: { key: newest }, parsed: { region: 'eu-west-1' } });
});

test('what can be read comes before what is newer but empty or archived', async () => {
  const readable = logKey(OLD);
  const empty = logKey('2026-01-15T10:05:00Z');
  const archived = logKey('2026-01-15T10:10:00Z');
  const all = { [readable]: 'x', [empty]: '', [archived]: { bytes: new Uint8Array(1), isArchived: true } };
  // The same day, since only the last is looked into.
  const sameDay = logKey('2026-01-15T00:00:00Z');
  expect((await find({ ...all, [sameDay]: 'x' }).found).newest?.object.key).toBe(sameDay);
  expect((await find({ [archived]: all[archived]! }).found).newest?.object.isArchived).toBe(true);
});

test('other objects count only where any key does', async () => {
  const objects = keysOf('notes.txt', 'AWSLogs/readme', 'AWSLogs/123456789012/CloudTrail/x.json.gz');
  expect((await find(objects).found).newest).toBeUndefined();
  for (const keys of ['any', 'auto'] as const) {
    expect((await find(objects, { keys }).found).newest?.object.key).toBeDefined();
  }
  const log = logKey(NEW);
  expect((await find({ ...objects, [log]: 'x' }, { keys: 'auto' }).found).newest?.object.key).toBe(log);
});

test('nothing in an empty bucket', async () => {
  expect(await find({}).found).toEqual({ accounts: [], regions: [], isSample: false });
});

describe('what cannot be listed', () => {
  const refuse = (pattern: RegExp) => ({
    refuse: (prefix: string) =>
      pattern.test(prefix) ? new FlowError('access-denied', `cannot list ${prefix}: denied`) : undefined,
  });

  test('is thrown if nothing else is found', async () => {
    await expect(find(keysOf(logKey(NEW)), refuse(/./)).found).rejects.toMatchObject({
      code: 'access-denied',
      message: 'cannot list AWSLogs/: denied',
    });
  });

  test('is noted if something is', async () => {
    const other = logKey(OLD, { accountId: '222222222222' });
    const { found } = find(keysOf(logKey(NEW), other), refuse(/123456789012/));
    expect(await found).toMatchObject({ newest: { object: { key: other } }, failure: { code: 'access-denied' } });
  });
});

test('what is wrong everywhere is not tried again elsewhere', async () => {
  const gone = () => new FlowError('unavailable', 'no connection');
  const { found, store } = find(keysOf(logKey(NEW)), { prefix: 'prod', refuse: gone });
  await expect(found).rejects.toMatchObject({ code: 'unavailable' });
  expect(store.listed).toHaveLength(1);
});

test('with the least rights, nothing where it should be is nothing, not a refusal', async () => {
  const least = (prefix: string) =>
    /^prod\/?AWSLogs\//.test(prefix) ? undefined : new FlowError('access-denied', `cannot list ${prefix}`);
  const { found } = find(keysOf('other/x'), { prefix: 'prod', refuse: least });
  expect((await found).newest).toBeUndefined();
});

test('an aborted signal ends it', async () => {
  const store = createMemoryStore(keysOf(logKey(NEW)));
  const finding = findNewestObject({ store, prefix: '', keys: 'aws' }, { signal: AbortSignal.abort() });
  await expect(finding).rejects.toMatchObject({ code: 'aborted' });
});
