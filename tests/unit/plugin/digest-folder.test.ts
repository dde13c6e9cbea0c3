/** The folder that the administrator names: which are refused, and that data sources share it over restarts. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Registry } from 'prom-client';
import { checkHealth } from '../../../src/plugin/check-health';
import { createDataSource, type DataSource } from '../../../src/plugin/data-source';
import { createInstance } from '../../../src/plugin/instance';
import { DEFAULT_FOLDER_BYTES, readDigestFolder } from '../../../src/plugin/digest-folder-settings';
import { createScanMetrics } from '../../../src/plugin/scan-metrics';
import { createDigestFolder } from '../../../src/scan/digest-folder';
import type { ScanResult } from '../../../src/scan/run-scan';
import { readerIdentity } from '../../../src/store/reader-identity';
import { parseS3Settings } from '../../../src/store/s3-settings';
import { logBytes, logKey, makeQuery, NOW_MS } from '../scan/flow-logs';
import { createInProcessPool } from '../scan/in-process-worker';
import { makeInput } from './data-source-input';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'vpcflow-folder-')));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('readDigestFolder', () => {
  const read = (dir: string | undefined, bytes?: string, pluginFolder = join(root, 'plugins/flowlogs')) =>
    readDigestFolder({ GF_PLUGIN_DIGEST_CACHE_DIR: dir, GF_PLUGIN_MAX_DIGEST_CACHE_DIR_BYTES: bytes }, pluginFolder);

  test('none is named', () => {
    expect(read(undefined)).toBeUndefined();
    expect(read(' ')).toBeUndefined();
  });

  test('one is named, with a limit or without', () => {
    expect(read('/var/cache/vpcflow/')).toEqual({ folder: '/var/cache/vpcflow', maxBytes: DEFAULT_FOLDER_BYTES });
    expect(read('/var/cache/vpcflow', '20000000')).toEqual({ folder: '/var/cache/vpcflow', maxBytes: 20_000_000 });
    // Only its name begins as that of the plugin's folder.
    expect(read(join(root, 'plugins/flowlogs-cache'))).toMatchObject({ folder: join(root, 'plugins/flowlogs-cache') });
  });

  test.each([
    ['a path that is not absolute', 'cache', undefined, 'digest_cache_dir', '"cache"'],
    ['a limit that is no number', '/var/cache', '1 GB', 'max_digest_cache_dir_bytes', '"1 GB"'],
    ['a limit too small to keep anything', '/var/cache', '1000', 'max_digest_cache_dir_bytes', '16777216'],
  ])('%s is refused by its name', (_, dir, bytes, setting, told) => {
    const { problem } = read(dir, bytes) as { problem: string };
    expect(problem).toContain(`${setting} in [plugin.vpcflow-flowlogs-datasource] of grafana.ini`);
    expect(problem).toContain(told);
  });

  test('the folder of the plugin is refused, by whatever way', () => {
    const plugin = join(root, 'plugins/flowlogs');
    mkdirSync(plugin, { recursive: true });
    symlinkSync(plugin, join(root, 'link'));
    for (const dir of [plugin, join(plugin, 'cache'), join(plugin, '../flowlogs/a/b'), join(root, 'link/cache')]) {
      expect(read(dir)).toMatchObject({ problem: expect.stringContaining('is in the folder of the plugin') as string });
    }
    expect(read(join(plugin, '..', 'cache'))).toMatchObject({ folder: join(root, 'plugins/cache') });
    expect(read(join(root, 'link/x'), undefined, join(root, 'link'))).toHaveProperty('problem');
  });
});

const RANGE = { from: '2026-01-15T10:00:00Z', to: '2026-01-15T11:00:00Z' };
const signal = new AbortController().signal;

/** A process with data sources of these settings; each answers one query. */
async function inOneProcess(folderPath: string, dataSources: readonly object[]) {
  const folder = createDigestFolder({
    folder: folderPath,
    maxBytes: DEFAULT_FOLDER_BYTES,
    version: '1',
    waitMs: 60_000,
    closeMs: 60_000,
  });
  const registry = new Registry();
  const metrics = createScanMetrics(registry, Date.now);
  metrics.watchFolder(folder.counts);
  const { pool } = createInProcessPool(0);
  const results: ScanResult[] = [];
  const reads: number[] = [];
  const opened: DataSource[] = [];
  for (const settings of dataSources) {
    const input = makeInput(
      { sources: [{ location: 'logs' }], ...settings },
      { environment: { GF_PLUGIN_LOCAL_ROOT: root } },
    );
    const dataSource = createDataSource(input, { version: '1', pool, metrics, folder });
    opened.push(dataSource);
    results.push(await dataSource.scan(makeQuery({ view: 'table', keys: ['dstaddr'], range: RANGE }), { signal }));
    reads.push(dataSource.sources[0]!.counts().readRequests);
    await folder.settle();
  }
  const { cachedObjects } = await opened
    .at(-1)!
    .estimate(makeQuery({ view: 'table', keys: ['dstaddr'], range: RANGE }), { signal });
  const text = await registry.metrics();
  opened.forEach((dataSource) => dataSource.close());
  await folder.close();
  const metric = (name: string, level: string): number =>
    Number(new RegExp(`^vpcflow_digest_cache_${name}\\{level="${level}"\\} (\\S+)$`, 'm').exec(text)?.[1]);
  return { results, reads, metric, estimated: cachedObjects };
}

function writeLogs(): void {
  for (const minute of ['00', '05', '10']) {
    const path = join(root, 'logs', logKey(`2026-01-15T10:${minute}:00Z`));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, logBytes({ dst: `10.0.0.${Number(minute)}` }));
  }
}

test('data sources share it, and a process that starts anew reads nothing again', async () => {
  writeLogs();
  const folder = join(root, 'digests');
  const first = await inOneProcess(folder, [{}, {}]);
  expect(first.reads).toEqual([3, 0]);
  expect(first.results.map(({ cachedObjects }) => cachedObjects)).toEqual([0, 3]);
  expect(['hits', 'misses', 'entries', 'errors', 'dropped'].map((name) => first.metric(name, 'disk'))).toEqual([
    3, 3, 3, 0, 0,
  ]);

  const second = await inOneProcess(folder, [{}]);
  expect(second.reads).toEqual([0]);
  expect(second.estimated).toBe(3);
  expect(second.metric('bytes', 'disk')).toBeGreaterThan(500);
  expect(second.metric('misses', 'memory')).toBe(4);
  expect(JSON.stringify(second.results[0]!.answer)).toBe(JSON.stringify(first.results[0]!.answer));
});

test('a data source that keeps nothing in memory keeps nothing there either', async () => {
  writeLogs();
  const { reads, metric } = await inOneProcess(join(root, 'digests'), [{ digestCacheBytes: 0 }, {}]);
  expect(reads).toEqual([3, 3]);
  expect(metric('entries', 'disk')).toBe(3);
});

test('a folder that cannot be used changes no answer and is counted', async () => {
  writeLogs();
  writeFileSync(join(root, 'digests'), 'no folder');
  const { results, metric } = await inOneProcess(join(root, 'digests'), [{}]);
  expect(results[0]!.answer).toMatchObject({ digest: { tallies: { flows: 3 } } });
  expect(metric('errors', 'disk')).toBeGreaterThan(0);
  expect(metric('dropped', 'disk')).toBe(3);
});

test('the health check tells administrators what is wrong, and others that something is', async () => {
  writeLogs();
  const input = makeInput({ sources: [{ location: 'logs' }] }, { environment: { GF_PLUGIN_LOCAL_ROOT: root } });
  const { pool } = createInProcessPool(0);
  const dataSource = createDataSource(input, {
    version: '1',
    pool,
    metrics: createScanMetrics(new Registry(), Date.now),
  });
  const check = (role: string, problems: readonly string[]) =>
    checkHealth(input, {
      withInstance: (run) => run(dataSource),
      checkFolder: async () => problems,
      clock: () => NOW_MS,
      role,
    });
  const problem = 'digests cannot be stored in /var/cache: it is full';
  const told = await check('Admin', [problem]);
  expect(told).toMatchObject({
    status: 'ok',
    message: expect.stringMatching(
      /can be read\. .* Digests cannot be stored in \/var\/cache: it is full\.$/,
    ) as string,
  });
  expect(told.details.verboseMessage).toMatch(/\nDigests cannot be stored in \/var\/cache: it is full\.$/);
  const { message } = await check('Viewer', [problem]);
  expect(message).toMatch(/ Digests are not kept on disk\.$/);
  expect((await check('Admin', [])).message).not.toContain('igests');
  dataSource.close();
});

test('who signs in alike shares digests of a bucket, and nobody else', () => {
  const base = { authType: 'keys', accessKey: 'AKIA0', secretKey: 'one', defaultRegion: 'eu-west-1' };
  const identity = (more: object = {}): string => readerIdentity(parseS3Settings({ ...base, ...more }));
  expect(identity({ secretKey: 'two', forcePathStyle: true })).toBe(identity());
  expect(identity()).not.toContain('one');
  const others = [
    { accessKey: 'AKIA1' },
    { assumeRoleArn: 'arn:aws:iam::123456789012:role/a' },
    { assumeRoleArn: 'arn:aws:iam::123456789012:role/a', externalId: 'b' },
    { endpoint: 'http://minio:9000' },
    { defaultRegion: 'cn-north-1' },
    { authType: 'default' },
    { authType: 'credentials', profile: 'p' },
  ];
  expect(new Set([identity(), ...others.map(identity)]).size).toBe(others.length + 1);

  // Each source of a data source by how it signs in itself.
  const roleArn = 'arn:aws:iam::123456789012:role/a';
  const sources = [{ location: 's3://logs/a' }, { location: 's3://logs/b', roleArn }];
  const { accessKey, secretKey, ...jsonData } = base;
  const instance = createInstance(makeInput({ ...jsonData, sources }, { secureJsonData: { accessKey, secretKey } }), {
    version: '1',
  });
  expect(instance.sources.map(({ source }) => source.reader)).toEqual([
    identity(),
    identity({ assumeRoleArn: roleArn }),
  ]);
  instance.close();
});
