/** @jest-environment ./tests/helpers/shared-errors-environment.ts */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { selectObjects } from '../../src/scan/select-objects';
import { createProblemList } from '../../src/scan/selection';
import { createByteCache } from '../../src/store/byte-cache';
import { createDirectoryStore } from '../../src/store/directory-store';
import { parseS3Settings } from '../../src/store/s3-settings';
import { createS3Store } from '../../src/store/s3-store';
import type { ObjectStore } from '../../src/store/store';
import { withCounting } from '../../src/store/with-counting';
import { withSharing } from '../../src/store/with-sharing';
import { createFileSink } from '../../tools/write-objects';
import { answerListing, startHttpServer, type HttpServer } from '../helpers/http-server';
import { logKey, makeQuery } from '../unit/scan/flow-logs';

const KEYS = { authType: 'keys', accessKey: 'AKIAIOSFODNN7EXAMPLE', secretKey: 'secret', region: 'us-east-1' };
const DAY_MS = Date.parse('2026-01-15T00:00:00Z');
const HOUR = { range: { from: '2026-01-15T10:00:00Z', to: '2026-01-15T11:00:00Z' } };
/** From ten minutes before the hour to a quarter of an hour after it, every five minutes. */
const STAMPS_OF_HOUR = 18;
const PAGE_KEYS = 100;

const time = (minute: number): string => new Date(DAY_MS + minute * 60_000).toISOString();

/** A day of a flow log: an object for every five minutes. */
const dayOf = (flowLogId: string, objectsPerStamp = 1): string[] =>
  Array.from({ length: 288 * objectsPerStamp }, (_, i) =>
    logKey(time(Math.floor(i / objectsPerStamp) * 5), { flowLogId, hash: `${i % objectsPerStamp}` }),
  );

let keys: string[];
let pages: number;
let server: HttpServer;
let store: ObjectStore;
beforeEach(async () => {
  pages = 0;
  server = await startHttpServer(({ url }, response) => {
    const asked = new URL(url, 'http://s3').searchParams;
    const prefix = asked.get('prefix') ?? '';
    const after = asked.get('continuation-token') ?? asked.get('start-after') ?? '';
    const isFolded = asked.get('delimiter') === '/';
    const entries = new Set<string>();
    for (const key of [...keys].sort()) {
      const slash = isFolded ? key.indexOf('/', prefix.length) : -1;
      const entry = slash < 0 ? key : key.slice(0, slash + 1);
      if (key.startsWith(prefix) && entry > after) {
        entries.add(entry);
      }
    }
    const page = [...entries].slice(0, PAGE_KEYS);
    pages++;
    answerListing(response, {
      next: entries.size > PAGE_KEYS ? page.at(-1) : undefined,
      contents: page
        .map((entry) =>
          entry.endsWith('/')
            ? `<CommonPrefixes><Prefix>${entry}</Prefix></CommonPrefixes>`
            : `<Contents><Key>${entry}</Key><Size>1</Size><ETag>"e"</ETag></Contents>`,
        )
        .join(''),
    });
  });
  store = createS3Store({ bucket: 'bucket', settings: parseS3Settings({ ...KEYS, endpoint: server.url }) });
});
afterEach(async () => {
  store.close();
  await server.close();
});

async function select(from: ObjectStore = store, query: Readonly<Record<string, unknown>> = HOUR): Promise<string[]> {
  pages = 0;
  const problems = createProblemList();
  const selecting = selectObjects([{ store: from, prefix: '', keys: 'aws' }], makeQuery(query), { problems });
  const selected: string[] = [];
  for await (const { key } of selecting.objects) {
    selected.push(key);
  }
  expect(problems.all()).toEqual(createProblemList().all());
  expect(new Set(selected).size).toBe(selected.length);
  return selected.sort();
}

/** What of the keys an hour needs, by looking at each. */
const ofHour = (): string[] =>
  keys
    .filter((key) => {
      const [, hour = '', minute = ''] = /T(\d\d)(\d\d)Z/.exec(key) ?? [];
      const at = Number(hour) * 60 + Number(minute);
      return at >= 590 && at <= 675;
    })
    .sort();

/** Root, three forms of the account, and the regions. */
const WALK_PAGES = 4;

describe('the listing of a day for an hour of it', () => {
  test('passes over what a flow log has before and after the hour', async () => {
    keys = ['fl-aa', 'fl-bb', 'fl-cc'].flatMap((id) => dayOf(id, 10));
    expect(await select()).toEqual(ofHour());
    expect(ofHour()).toHaveLength(3 * 10 * STAMPS_OF_HOUR);
    // 8640 keys are 87 pages; of each flow log one before, four or five of the three hours that it touches, one behind.
    expect(pages - WALK_PAGES).toBeLessThanOrEqual(3 * 6);
  });

  test('takes no more requests than to list it all, however many flow logs there are', async () => {
    keys = Array.from({ length: 40 }, (_, i) => `fl-${(i + 16).toString(16)}`).flatMap((id) => dayOf(id));
    expect(await select()).toEqual(ofHour());
    expect(pages - WALK_PAGES).toBeLessThanOrEqual(Math.ceil(keys.length / PAGE_KEYS));
  });

  test('has an object that was delivered late the next time, wherever it sorts', async () => {
    keys = ['fl-aa', 'fl-bb'].flatMap((id) => dayOf(id, 10));
    await select();
    const late = [
      logKey(time(600), { flowLogId: 'fl-aa', hash: 'ff' }),
      logKey(time(635), { flowLogId: 'fl-bb', hash: '00' }),
      logKey(time(640), { flowLogId: 'fl-ab' }),
    ];
    keys = [...keys, ...late];
    expect(await select()).toEqual(expect.arrayContaining(late));
    expect(await select()).toEqual(ofHour());
  });

  test('has it when a shared listing has had its time', async () => {
    keys = dayOf('fl-aa', 10);
    let nowMs = 0;
    const { store: shared } = withSharing(store, {
      cache: createByteCache({ maxBytes: 10 ** 7 }),
      listTtlMs: 10_000,
      clock: () => nowMs,
    });
    const before = ofHour();
    await select(shared);
    const late = logKey(time(600), { flowLogId: 'fl-aa', hash: 'ff' });
    keys.push(late);
    nowMs = 9_999;
    // A range that differs by minutes asks for the same pages.
    const other = { range: { from: '2026-01-15T10:00:30Z', to: '2026-01-15T11:00:30Z' } };
    expect(await select(shared, other)).toEqual(before.filter((key) => !key.includes('T0950Z')));
    expect(pages).toBe(0);
    // Other hours do not.
    const afternoon = { range: { from: '2026-01-15T14:00:00Z', to: '2026-01-15T15:00:00Z' } };
    expect(await select(shared, afternoon)).toHaveLength(10 * STAMPS_OF_HOUR);
    nowMs = 10_000;
    expect(await select(shared)).toContain(late);
  });

  test('has what is divided by hour, and what lies beside the flow logs', async () => {
    const hourly = (minute: number): string =>
      logKey(time(minute), { flowLogId: 'fl-aa', layout: { hive: false, hourly: true } });
    const folder = logKey(time(0)).slice(0, logKey(time(0)).lastIndexOf('/') + 1);
    keys = [
      ...dayOf('fl-aa', 10),
      ...Array.from({ length: 288 }, (_, i) => hourly(i * 5)),
      ...[`${folder}notes.txt`, `${folder}zz.txt`, `${folder}12/notes.txt`],
    ];
    const expected = ofHour();
    expect(await select()).toEqual(expected);
    expect(expected).toHaveLength(11 * STAMPS_OF_HOUR);
  });

  test('does not go back behind a folder at the end of a page', async () => {
    const hourly = (minute: number): string =>
      logKey(time(minute), { flowLogId: 'fl-aa', layout: { hive: false, hourly: true } });
    // Of the folders 13 sort before the account's files and 11 behind them, of which 5 are in the first page.
    keys = [...dayOf('fl-aa').slice(0, PAGE_KEYS - 13 - 5), ...Array.from({ length: 288 }, (_, i) => hourly(i * 5))];
    const range = { from: '2026-01-15T14:00:00Z', to: '2026-01-15T15:00:00Z' };
    expect(await select(store, { range })).toHaveLength(STAMPS_OF_HOUR);
  });

  test('is complete over more hours than are listed one by one, and over midnight', async () => {
    keys = ['fl-aa', 'fl-bb'].flatMap((id) => [...dayOf(id, 4), ...dayOf(id, 4).map(nextDay)]);
    const range = (from: string, to: string) => ({ range: { from, to } });
    expect(await select(store, range('2026-01-15T02:00:00Z', '2026-01-15T20:00:00Z'))).toHaveLength(
      2 * 4 * (18 * 12 + 6),
    );
    expect(await select(store, range('2026-01-15T23:30:00Z', '2026-01-16T00:30:00Z'))).toHaveLength(
      2 * 4 * STAMPS_OF_HOUR,
    );
    expect(await select(store, range('2026-01-15T00:00:00Z', '2026-01-17T00:00:00Z'))).toHaveLength(keys.length);
  });
});

test('of a folder the files outside of the hour are not looked at', async () => {
  const root = mkdtempSync(join(tmpdir(), 'vpcflow-'));
  try {
    keys = dayOf('fl-aa');
    const { sink, close } = createFileSink(root);
    for (const key of keys) {
      await sink({ key, text: 'text', recordCount: 0 });
    }
    await close();
    const { store: counting, counts } = withCounting(createDirectoryStore({ root }));
    expect(await select(counting)).toEqual(ofHour());
    // Whole hours are asked for.
    expect(counts().objectsListed).toBe(36);
  } finally {
    rmSync(root, { recursive: true });
  }
});

function nextDay(key: string): string {
  return key.replace('/01/15/', '/01/16/').replace('_20260115T', '_20260116T');
}
