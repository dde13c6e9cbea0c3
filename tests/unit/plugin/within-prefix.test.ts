import { discoverBranches } from '../../../src/plugin/resources/discover-branches';
import { createBoundedListing } from '../../../src/plugin/resources/bounded-listing';
import type { OpenedSource } from '../../../src/plugin/instance';
import { withinPrefix } from '../../../src/plugin/within-prefix';
import { selectObjects, type Source } from '../../../src/scan/select-objects';
import { createProblemList } from '../../../src/scan/selection';
import type { ObjectStore } from '../../../src/store/store';
import { createMemoryStore } from '../scan/memory-store';
import { logBytes, logKey, makeQuery } from '../scan/flow-logs';

const AT = '2026-01-15T10:00:00Z';
const OWN = logKey(AT, { prefix: 'team-a/' });
const GLUED = logKey(AT, { prefix: 'team-a', region: 'us-east-1' });
const NESTED = logKey(AT, { prefix: 'team-a/vpc/', region: 'eu-central-1' });
const SIBLING = logKey(AT, { prefix: 'team-ab/', region: 'ap-south-1' });
const GLUED_SIBLING = logKey(AT, { prefix: 'team-ab', region: 'ap-south-2' });
const ALL = [OWN, GLUED, NESTED, SIBLING, GLUED_SIBLING, 'team-a.log', 'team-ab.log'];

const storeOf = (keys: readonly string[]) =>
  createMemoryStore(Object.fromEntries(keys.map((key) => [key, logBytes({})])));

async function selected(prefix: string, keys: Source['keys'], objects = ALL): Promise<string[]> {
  const store = withinPrefix(storeOf(objects), prefix);
  const found: string[] = [];
  for await (const { key } of selectObjects([{ store, prefix, keys }], makeQuery(), { problems: createProblemList() })
    .objects) {
    found.push(key);
  }
  return found.sort();
}

async function readKeys(prefix: string): Promise<string[]> {
  const store = withinPrefix(storeOf(ALL), prefix);
  const read: string[] = [];
  for (const key of ALL) {
    try {
      for await (const chunk of store.read(key)) {
        expect(chunk.length).toBeGreaterThan(0);
      }
      read.push(key);
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'access-denied' });
    }
  }
  return read;
}

test('a prefix without a slash is a folder, and what AWS glues to it, not its siblings', async () => {
  expect(await readKeys('team-a')).toEqual([OWN, GLUED, NESTED]);
  expect(await readKeys('team-a/')).toEqual([OWN, NESTED]);
  expect(await readKeys('team-a.log')).toEqual(['team-a.log']);
  expect(await readKeys('')).toEqual(ALL);
});

test('a scan of any keys or of the layout finds only what is inside', async () => {
  expect(await selected('team-a', 'any')).toEqual([OWN, GLUED, NESTED].sort());
  expect(await selected('team-a', 'auto')).toEqual([OWN, GLUED].sort());
  expect(await selected('team-a', 'auto', [NESTED, SIBLING])).toEqual([NESTED]);
  expect(await selected('team-a', 'auto', [SIBLING, 'team-ab.log'])).toEqual([]);
  expect(await selected('team', 'auto')).toEqual([]);
});

test('an account’s prefix is not the beginning of another’s', async () => {
  const keys = ['123456789012', '123456789013'].map((accountId) => logKey(AT, { accountId }));
  expect(await selected('AWSLogs/123456789012', 'aws', keys)).toEqual([keys[0]]);
  expect(await selected('AWSLogs/12345678901', 'aws', keys)).toEqual([]);
});

test('the folders of a bare prefix are only its own; beside it nothing is asked for', async () => {
  const store = storeOf(ALL);
  const folders: string[] = [];
  for (const prefix of ['team-a', 'team-ab', 'team', '']) {
    for await (const page of withinPrefix(store, 'team-a').list(prefix, { delimiter: '/' })) {
      folders.push(...page.prefixes, ...page.objects.map(({ key }) => key));
    }
  }
  expect(folders.sort()).toEqual(['team-a/', 'team-aAWSLogs/']);
  expect(store.listed.map(({ prefix }) => prefix)).toEqual(['team-a']);
});

test.each([
  [ALL, ['eu-west-1', 'us-east-1']],
  [[NESTED, SIBLING], ['eu-central-1']],
  [[SIBLING, GLUED_SIBLING], []],
])('discovery looks below it only: %#', async (keys, regions) => {
  const store = storeOf(keys);
  const source: Source = { store, prefix: 'team-a', keys: 'aws' };
  const listing = createBoundedListing({ signal: new AbortController().signal, maxPages: 100 });
  // Without the wall: it may be asked for rights that are not given.
  const found = await discoverBranches([{ source } as OpenedSource], { accounts: [], regions: [] }, listing);
  expect(found.map(({ branch }) => branch.region).sort()).toEqual(regions);
  expect(store.listed.filter(({ prefix }) => !/^team-a(?:\/|AWSLogs\/)/.test(prefix))).toEqual([]);
});

test('a read outside says of what', async () => {
  const bytes = withinPrefix(storeOf(ALL), 'team-a').read(SIBLING)[Symbol.asyncIterator]();
  await expect(bytes.next()).rejects.toThrow('outside of s3://memory/team-a');
});

test('nor is anything outside read at once', async () => {
  const asked: string[] = [];
  const inner: ObjectStore = {
    ...createMemoryStore({}),
    readAtOnce: (key) => {
      asked.push(key);
      return Promise.resolve(new Uint8Array(1));
    },
  };
  const { readAtOnce } = withinPrefix(inner, 'team-a/');
  const options = { etag: 'tag', sizeBytes: 1 };
  await expect(readAtOnce!('team-b/x', options)).rejects.toMatchObject({ code: 'access-denied' });
  expect(await readAtOnce!('team-a/x', options)).toHaveLength(1);
  expect(asked).toEqual(['team-a/x']);
});
