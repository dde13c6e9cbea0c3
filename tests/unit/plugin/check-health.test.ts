/** Over folders and settings; what S3 and STS answer is in tests/contract/data-source-health.services.test.ts. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { FlowError } from '../../../src/errors';
import { checkHealth, type HealthResult } from '../../../src/plugin/check-health';
import { createInstance, type Instance } from '../../../src/plugin/instance';
import { createInstances } from '../../../src/plugin/instances';
import type { DataSourceInput } from '../../../src/plugin/settings';
import { createMemoryStore } from '../scan/memory-store';
import { logBytes, logKey, NOW_MS } from '../scan/flow-logs';
import { makeInput } from './data-source-input';
import { writeParquet } from '../parquet/write-parquet';

let localRoot: string;
beforeEach(() => {
  localRoot = realpathSync(mkdtempSync(join(tmpdir(), 'vpcflow-health-')));
});
afterEach(() => rmSync(localRoot, { recursive: true }));

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(localRoot, path)), { recursive: true });
  writeFileSync(join(localRoot, path), content);
}

function folderInput(sources: object[]): DataSourceInput {
  return makeInput({ sources }, { environment: { GF_PLUGIN_LOCAL_ROOT: localRoot } });
}

async function check(input: DataSourceInput, role = 'Admin'): Promise<HealthResult> {
  const instances = createInstances<Instance>({ create: (from) => createInstance(from, { version: '1' }) });
  try {
    const result = await checkHealth(input, {
      withInstance: (run) => instances.use(input, run),
      clock: () => NOW_MS,
      role,
    });
    // Grafana takes details only as a JSON object.
    expect(JSON.parse(JSON.stringify(result.details))).toMatchObject({ verboseMessage: expect.any(String) });
    return result;
  } finally {
    await instances.close();
  }
}

test('a data source that was just added is told what to add', async () => {
  const result = await check(makeInput());
  expect(result).toMatchObject({
    status: 'error',
    message:
      'The data source has no source yet: add a bucket (s3://bucket/prefix) or a log group (logs://region/name) under Sources',
    details: { sources: [], grafana: { hasAwsSettings: false } },
  });
  expect(result.details.verboseMessage).toContain('[aws] forward_settings_to_plugins');
});

test('wrong settings are the message', async () => {
  const result = await check(makeInput({ authType: 'grafana_assume_role' }));
  expect(result.status).toBe('error');
  expect(result.message).toMatch(/exists only in Grafana Cloud/);
});

test('a folder of an old export is ok, and not asked for credentials or fresh objects', async () => {
  write(`export/${logKey('2026-01-10T10:00:00Z')}`, logBytes({}));
  const { status, message, details } = await check(folderInput([{ name: 'old', location: 'export' }]));
  expect(status).toBe('ok');
  expect(message).toBe(
    'The source can be read. Newest object is 5 days old, 14 fields (header line), 1 account, 1 region.',
  );
  expect(details.sources[0]).toMatchObject({ name: 'old', status: 'ok', accounts: ['123456789012'] });
  expect(details.sources[0]).not.toHaveProperty('identity');
  expect(details.verboseMessage).not.toContain('grafana.ini');
});

test('each source is judged by itself, and the first that fails is the message', async () => {
  write(`good/${logKey('2026-01-15T11:55:00Z')}`, logBytes({}));
  write('json/events.json', '{"a":1}\n');
  write('parquet/x.parquet', 'PAR1....');
  write('empty/.keep', '');
  write('none/sub/x', '2 - - - -\n');
  const { status, message, details } = await check(
    folderInput(['good', 'json', 'parquet', 'empty', 'missing'].map((location) => ({ location }))),
  );
  expect(status).toBe('error');
  expect(message).toMatch(/^4 of 5 sources cannot be read\. json: cannot decode .*it is JSON.* Check the prefix/);
  expect(details.sources.map(({ location, status: each, step, code }) => [location, each, step, code])).toEqual([
    ['good', 'ok', undefined, undefined],
    ['json', 'error', 'read', 'corrupt-object'],
    ['parquet', 'error', 'read', 'corrupt-object'],
    ['empty', 'error', 'read', 'corrupt-object'],
    ['missing', 'error', 'list', 'not-found'],
  ]);
  for (const name of ['good', 'json', 'parquet', 'empty', 'missing']) {
    expect(details.verboseMessage).toMatch(new RegExp(`^${name}: `, 'm'));
  }
});

test('objects without a header line: of the default format, or of the columns given', async () => {
  write('plain/a.log', '2 123456789012 eni-0a 10.0.0.1 10.0.0.2 1 2 6 1 1 1 2 ACCEPT OK\n');
  write('custom/a.log', '10.0.0.1 10.0.0.2 99\n');
  const sources = [{ location: 'plain' }, { location: 'custom', header: 'srcaddr dstaddr bytes' }];
  const { details } = await check(folderInput(sources));
  expect(details.sources.map(({ newest }) => newest?.format)).toMatchObject([
    { columnsFrom: 'default format', hasRecord: true },
    { columns: ['srcaddr', 'dstaddr', 'bytes'], columnsFrom: 'settings' },
  ]);
  const wrong = await check(folderInput([{ location: 'custom', header: 'srcaddr dstaddr' }]));
  expect(wrong.details.sources[0]).toMatchObject({ code: 'corrupt-object' });
});

test('a Parquet object tells its columns', async () => {
  write('columns/a.log.parquet', Buffer.from(writeParquet(['srcaddr', 'bytes'], [['10.0.0.1', '5']])));
  const { details } = await check(folderInput([{ location: 'columns' }]));
  expect(details.sources[0]).toMatchObject({
    status: 'ok',
    newest: { format: { columns: ['srcaddr', 'bytes'], columnsFrom: 'Parquet footer', hasRecord: true } },
  });
});

test('a header without a record is a warning', async () => {
  write('a/x.log', 'version account-id srcaddr dstaddr\n1 2\n');
  const result = await check(folderInput([{ location: 'a' }]));
  expect(result).toMatchObject({ status: 'ok', details: { sources: [{ status: 'warning' }] } });
});

test('who is no administrator is told what works, not what else is there', async () => {
  write('good/x.log', '2 123456789012 eni-0a 10.0.0.1 10.0.0.2 1 2 6 1 1 1 2 ACCEPT OK\n');
  write(`team-b/${logKey('2026-01-15T11:55:00Z')}`, logBytes({}));
  const input = folderInput([{ location: 'good' }, { location: 'team-a' }]);
  const instance = createInstance(input, { version: '1' });
  const [good, other] = instance.sources as [(typeof instance.sources)[0], (typeof instance.sources)[0]];
  // A bucket of which a prefix without anything is the source.
  const probe = createMemoryStore({ 'team-b/x': 'x' });
  const wrong = {
    ...other,
    settings: { ...other.settings, prefix: 'team-a' },
    source: { ...other.source, prefix: 'team-a' },
    probe,
  };
  const checkAs = (role: string | undefined) =>
    checkHealth(input, { withInstance: (run) => run({ ...instance, sources: [good, wrong] }), role });
  expect((await checkAs('Admin')).details.sources[1]).toMatchObject({ prefixesFound: ['team-b/'] });
  for (const role of ['Viewer', 'Editor', 'None', '', undefined]) {
    const result = await checkAs(role);
    expect(result.details.sources.map(({ status }) => status)).toEqual(['ok', 'error']);
    expect(result.message).toContain('cannot find flow logs below team-a');
    expect(JSON.stringify(result)).not.toContain('team-b');
  }
});

test('settings that are wrong are told to anyone, identities in them only to administrators', async () => {
  const input = makeInput();
  const role = 'arn:aws:iam::123456789012:role/read-logs';
  const withInstance = () => Promise.reject(new FlowError('bad-settings', 'cannot use it', { fields: { fix: role } }));
  expect((await checkHealth(input, { withInstance, role: 'Admin' })).message).toContain(role);
  const { message, details } = await checkHealth(input, { withInstance, role: 'Viewer' });
  expect(message).toContain('cannot use it');
  expect(JSON.stringify([message, details])).not.toContain(role);
});

test('a damaged object is told from a foreign one', async () => {
  const bytes = logBytes({}).slice();
  write(`a/${logKey('2026-01-15T11:55:00Z')}`, bytes.subarray(0, 20));
  const { message } = await check(folderInput([{ location: 'a' }]));
  expect(message).toMatch(/Cannot inflate the object/);
});

describe('over a store that is watched', () => {
  /** A data source whose folders stand for stores that answer as told. */
  function withStores(count: number, options: Parameters<typeof createMemoryStore>[1]) {
    const input = folderInput(Array.from({ length: count }, (_, i) => ({ name: `s${i}`, location: `s${i}` })));
    const instance = createInstance(input, { version: '1' });
    const sources = instance.sources.map((source) => ({
      ...source,
      probe: createMemoryStore({ [logKey('2026-01-15T11:55:00Z')]: logBytes({}) }, options),
    }));
    return { input, withInstance: (run: (of: Instance) => Promise<HealthResult>) => run({ ...instance, sources }) };
  }

  test('few sources are tried at a time', async () => {
    let now = 0;
    let most = 0;
    const beforeRead = async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
    };
    const { input, withInstance } = withStores(9, { beforeRead });
    const { details } = await checkHealth(input, { withInstance, clock: () => NOW_MS, concurrency: 3 });
    expect(details.sources.map(({ name, status }) => `${name} ${status}`)).toEqual(
      Array.from({ length: 9 }, (_, i) => `s${i} ok`),
    );
    expect(most).toBe(3);
  });

  test('all end when the time is over, also those that had not begun', async () => {
    const { input, withInstance } = withStores(6, { beforeRead: () => new Promise(() => undefined) });
    const { status, details } = await checkHealth(input, { withInstance, timeoutMs: 50, concurrency: 2 });
    expect(status).toBe('error');
    expect(details.sources.map(({ code }) => code)).toEqual(Array(6).fill('unavailable'));
    expect(details.sources[0]!.message).toBe('cannot read an object of s0: there was no answer in time');
  });

  test('the call’s own end is thrown', async () => {
    const controller = new AbortController();
    const beforeRead = () => {
      controller.abort();
      return new Promise<void>(() => undefined);
    };
    const { input, withInstance } = withStores(1, { beforeRead });
    await expect(checkHealth(input, { withInstance, signal: controller.signal })).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});

test('what is our own fault is thrown, not reported as the user’s', async () => {
  const withInstance = () => Promise.reject(new FlowError('internal', 'bug'));
  await expect(checkHealth(makeInput(), { withInstance })).rejects.toThrow('bug');
});
