/** The service stores, and a data source over the same logs starts from that: equal answers, and nothing read twice. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { buildFrames } from '../../../src/plugin/build-frames';
import { createDataSource, type DataSource } from '../../../src/plugin/data-source';
import { createScanMetrics } from '../../../src/plugin/scan-metrics';
import { parseDataSourceSettings } from '../../../src/plugin/settings';
import type { ScanResult } from '../../../src/scan/run-scan';
import type { RunningService } from '../../../src/service/serve';
import { ask, HOUR, startTestService, waitFor } from '../../contract/service-contract';
import { logBytes, logKey, makeQuery } from '../scan/flow-logs';
import { createInProcessPool } from '../scan/in-process-worker';
import { makeInput } from './data-source-input';
import { decodeFrame } from './decode-frame';

const RANGE = { from: '2026-01-15T10:00:00Z', to: '2026-01-15T11:00:00Z' };
const QUERIES = [
  { view: 'table', keys: ['srcaddr', 'action'] },
  { view: 'series', keys: ['action'], bucketSec: 300, filter: 'dstaddr = 10.0.0.0/8' },
  { view: 'graph' },
];

let root: string;
let service: RunningService | undefined;
let opened: DataSource[];
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'vpcflow-stored-')));
  opened = [];
});
afterEach(async () => {
  opened.forEach((dataSource) => dataSource.close());
  await service?.stop();
  service = undefined;
  rmSync(root, { recursive: true, force: true });
});

async function store(): Promise<string[]> {
  service = await startTestService(root, { VPCFLOW_PACKS: true });
  await ask(service.urls.digest!, 'POST', `/?${HOUR}`);
  expect(await waitFor(service.urls.digest!, `/?${HOUR}`)).toMatchObject({ status: 200 });
  return readdirSync(join(root, 'data/digests/stored')).sort();
}

function open(more: object = {}): DataSource {
  const environment = { GF_PLUGIN_LOCAL_ROOT: root };
  const dataSource = createDataSource(makeInput({ sources: [{ location: 'logs' }], ...more }, { environment }), {
    version: '1',
    pool: createInProcessPool(0).pool,
    metrics: createScanMetrics(new Registry(), Date.now),
  });
  opened.push(dataSource);
  return dataSource;
}

const scan = (dataSource: DataSource, query: object): Promise<ScanResult> =>
  dataSource.scan(makeQuery({ range: RANGE, ...query }), { signal: new AbortController().signal });

const plain = (_name: string, value: unknown): unknown =>
  ArrayBuffer.isView(value) ? Array.from(value as Uint8Array, String) : value;
const answerOf = ({ answer }: ScanResult): string => JSON.stringify(answer, plain);

test('what the service has stored is not read again, what came later is, and answers are equal', async () => {
  expect(await store()).toEqual([
    '23047cde-2040-5511-85a2-d7add00e7b18.json',
    '23047cde-2040-5511-85a2-d7add00e7b18.log.gz',
    ...['hours-accounts', 'hours-refused', 'hours-rejects', 'hours-services', 'hours-talks', 'pack'].map(
      (kind) => `${kind}_20260115T100000Z_20260115T110000Z.bin`,
    ),
  ]);
  const status = await ask(service!.urls.digest!, 'GET', `/v1/digests?${HOUR}`);
  expect(JSON.parse(status.body.toString())).toMatchObject({ packedObjects: 1 });
  for (const query of QUERIES) {
    const stored = await scan(open({ digestsAt: 'data/digests/stored' }), query);
    expect(answerOf(stored)).toBe(answerOf(await scan(open(), query)));
    expect(stored).toMatchObject({ cachedObjects: 1, stored: { objects: 1 } });
    expect(opened.at(-2)!.sources[0]!.counts()).toMatchObject({ readRequests: 0 });
  }
  const late = join(root, 'logs', logKey('2026-01-15T10:05:00Z', { hash: 'ffffffff' }));
  writeFileSync(late, logBytes({ src: '10.0.0.77', bytes: 1000 }));
  for (const query of QUERIES) {
    const stored = await scan(open({ digestsAt: 'data/digests/stored' }), query);
    expect(answerOf(stored)).toBe(answerOf(await scan(open(), query)));
    expect(stored).toMatchObject({ cachedObjects: 1, stored: { objects: 1 } });
    expect(opened.at(-2)!.sources[0]!.counts()).toMatchObject({ readRequests: 1 });
  }
});

test('an estimate says what stored digests save, as long as it is not in memory', async () => {
  await store();
  writeFileSync(
    join(root, 'logs', logKey('2026-01-15T10:05:00Z', { hash: 'ffffffff' })),
    logBytes({ src: '10.0.0.77', bytes: 1000 }),
  );
  const estimate = (dataSource: DataSource, query: object = QUERIES[0]!) =>
    dataSource.estimate(makeQuery({ range: RANGE, ...query }), { signal: new AbortController().signal });
  const dataSource = open({ digestsAt: 'data/digests/stored' });
  const before = await estimate(dataSource);
  expect(before).toMatchObject({ cachedObjects: 0, storedObjects: 1, selection: { selectedObjects: 2 } });
  expect(before).not.toHaveProperty('storedProblem');
  expect(dataSource.sources[0]!.counts()).toMatchObject({ readRequests: 0 });
  expect(before.seconds).toBeLessThan((await estimate(open())).seconds);
  // What it says is what the query does.
  expect(await scan(dataSource, QUERIES[0]!)).toMatchObject({ cachedObjects: 1, stored: { objects: 1 } });
  expect(await estimate(dataSource)).toMatchObject({ cachedObjects: 2, storedObjects: 0 });
  // Neither other keys nor a range that ends amid the object's records can be told from them.
  const other = { view: 'table', keys: ['tcp-flags'] };
  const amid = { from: '2026-01-15T10:00:00Z', to: '2026-01-15T10:00:30Z' };
  for (const query of [other, { ...QUERIES[0], range: amid }]) {
    const asked = await estimate(open({ digestsAt: 'data/digests/stored' }), query);
    const done = await scan(open({ digestsAt: 'data/digests/stored' }), query);
    expect(asked.storedObjects).toBe(done.stored!.objects);
  }
  expect(await estimate(open({ digestsAt: 'data/elsewhere' }))).toMatchObject({
    storedObjects: 0,
    storedProblem: expect.stringContaining('elsewhere') as string,
  });
});

test('a repeated question is answered from memory, and says so', async () => {
  await store();
  const dataSource = open({ digestsAt: 'data/digests/stored' });
  expect(await scan(dataSource, QUERIES[0]!)).toMatchObject({ cachedObjects: 1, stored: { objects: 1 } });
  expect(await scan(dataSource, QUERIES[0]!)).toMatchObject({ cachedObjects: 1, stored: { objects: 0 } });
});

test('the query inspector says in words where the digests came from, and a notice what kept them from being used', async () => {
  await store();
  const meta = async (digestsAt: string | undefined) => {
    const query = makeQuery({ range: RANGE, ...QUERIES[0] });
    const result = await scan(open({ digestsAt }), QUERIES[0]!);
    const job = {
      kind: 'frames',
      refId: 'A',
      asker: 'panel',
      elapsedMs: 0,
      datasourceUid: 'u',
      datasourceName: 'n',
    } as const;
    return decodeFrame(buildFrames({ ...job, query, result }, () => 0).frames[0]!).meta;
  };
  const used = await meta('data/digests/stored');
  expect(used.executedQueryString).toContain(
    'stored digests: of 1 object, 1 came from what the service has stored, 0 from memory, and 0 were read',
  );
  expect(used.notices).toBeUndefined();
  const unused = await meta('data/elsewhere');
  expect(unused.executedQueryString).toContain('0 from memory, and 1 were read');
  expect(unused.notices).toMatchObject([
    {
      severity: 'info',
      text: expect.stringMatching(/^Stored digests were not used, and the objects were read: .*elsewhere/),
    },
  ]);
  expect((await meta(undefined)).executedQueryString).not.toContain('stored digests');
});

test('a folder that is not there is told of, and the logs are read', async () => {
  await store();
  const { stored, ...result } = await scan(open({ digestsAt: 'data/elsewhere' }), QUERIES[0]!);
  expect(stored).toMatchObject({ objects: 0, problem: expect.stringContaining('elsewhere') as string });
  expect(answerOf(result)).toBe(answerOf(await scan(open(), QUERIES[0]!)));
});

test.each([
  ['../outside', 'digestsAt'],
  ['s3://', 'digestsAt'],
])('digestsAt %s is refused by its name', (digestsAt, named) => {
  const input = makeInput({ sources: [], digestsAt }, { environment: { GF_PLUGIN_LOCAL_ROOT: root } });
  expect(() => parseDataSourceSettings(input)).toThrow(named);
});
