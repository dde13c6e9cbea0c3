/** Resources of a real data source: folders of made-up logs, read and digested as they would be for a panel. */
import { Registry } from 'prom-client';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';

import { FlowError } from '../../../src/errors';
import { FIELDS } from '../../../src/flow/fields';
import { normaliseQuery } from '../../../src/query/normalise';
import { createResourceHandler, type ResourceHandlerOptions } from '../../../src/plugin/call-resource';
import { createScanMetrics } from '../../../src/plugin/scan-metrics';
import { createDataSource, type DataSource } from '../../../src/plugin/data-source';
import type { ResourceCall } from '../../../src/plugin/handlers';
import type { CallResourceRequest, CallResourceResponse } from '../../../src/plugin/messages';
import { createWorkerPool } from '../../../src/scan/worker-pool';
import { writeDemoCorpus } from '../../../tools/demo-corpus';
import { demoRange } from '../../../tools/estate';
import { createFileSink } from '../../../tools/write-objects';
import { failureOf } from '../../contract/object-store-contract';
import { arbitraryQueryInput } from '../query/arbitrary-query';
import { ACCOUNT, logBytes, logKey, type RecordParts } from '../scan/flow-logs';
import { makeInput } from './data-source-input';
import { createInProcessAnswers } from './in-process-answers';

const POOL = createWorkerPool({
  size: 0,
  createWorker: () => {
    throw new Error('no worker is needed');
  },
});
const ANSWERS = createInProcessAnswers();
const OTHER = '210987654321';
const NOW_MS = demoRange.toMs;
const RANGE = `from=${demoRange.fromMs}&to=${demoRange.toMs}`;
const AT = '2026-01-15T10:00:00Z';
const atSec = Date.parse(AT) / 1000;

let localRoot: string;
const opened: DataSource[] = [];

function write(path: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(join(localRoot, path)), { recursive: true });
  writeFileSync(join(localRoot, path), bytes);
}
const writeLog = (path: string, ...records: readonly RecordParts[]) => write(path, logBytes(...records));

/** Tags and names as somebody may choose them who means ill. */
const HOSTILE = '<script>alert(1)</script>"\'&]]>--><a href="javascript:alert(2)" onload=x()>\\n</svg>';

beforeAll(async () => {
  // Graphviz speaks up when it is loaded.
  jest.spyOn(console, 'error').mockReturnValue(undefined);
  localRoot = realpathSync(mkdtempSync(join(tmpdir(), 'vpcflow-resources-')));
  const { sink, close } = createFileSink(join(localRoot, 'demo'));
  await writeDemoCorpus(sink);
  await close();

  // 10.0.0.1 asks three others: 3 × https, 2 × dns, 1 × icmp.
  writeLog(`small/${logKey('2026-01-14T23:00:00Z', { flowLogId: 'fl-0000000000000000a' })}`, { start: atSec - 40_000 });
  writeLog(
    `small/${logKey(AT)}`,
    ...[1, 2, 3].map((start) => ({ dst: '10.0.0.2', start: atSec + start, bytes: 1000 })),
    ...[1, 2].map((start) => ({ dst: '10.0.0.3', dstport: 53, start: atSec + start })),
    { dst: '10.0.0.4', srcport: 0, dstport: 0, start: atSec + 1, action: 'REJECT' as const },
  );
  writeLog(`small/${logKey(AT, { flowLogId: 'fl-0000000000000000b', region: 'us-east-1' })}`);
  writeLog(`small/${logKey(AT, { accountId: OTHER, layout: { hive: 'aws-service', hourly: true } })}`);

  const encoded = encodeURIComponent(HOSTILE);
  const bare = HOSTILE.replaceAll(' ', '_');
  const header =
    'interface-id flow-direction srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status ' +
    'vpc-id subnet-id pkt-dstaddr pkt-dst-aws-service instance-tag new-field';
  const line = `eni-1 egress 10.0.0.1 198.51.100.1 40000 443 6 1 100 ${atSec} ${atSec + 59} ${bare} OK ${bare} ${bare} 198.51.100.1 ${bare}`;
  write(`hostile/${logKey(AT)}`, gzipSync(`${header}\n${line} ${encoded} ${bare}\n`));
  write('unreadable/AWSLogs/readme.txt', 'no flow log');
});
afterEach(() => opened.splice(0).forEach((dataSource) => dataSource.close()));
afterAll(() => {
  ANSWERS.close();
  rmSync(localRoot, { recursive: true });
});

function open(...locations: readonly (string | { location: string; [setting: string]: unknown })[]): DataSource {
  return openWith({}, ...locations);
}

function openWith(
  settings: object,
  ...locations: readonly (string | { location: string; [setting: string]: unknown })[]
): DataSource {
  const sources = locations.map((at) => (typeof at === 'string' ? { location: at, name: at } : at));
  const environment = { GF_PLUGIN_LOCAL_ROOT: localRoot };
  const dataSource = createDataSource(makeInput({ ...settings, sources }, { environment }), {
    version: '1',
    pool: POOL,
    metrics: createScanMetrics(new Registry(), Date.now),
  });
  opened.push(dataSource);
  return dataSource;
}

interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly role?: string;
  readonly signal?: AbortSignal;
  readonly options?: Partial<ResourceHandlerOptions>;
}

interface Answered {
  readonly code: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly json: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- the shape is what tests look at
  readonly logged: readonly string[];
  readonly pieces: number;
}

/** Asks as Grafana does, and holds every answer against what Grafana demands of one. */
async function ask(dataSource: DataSource, url: string, asked: Asked = {}): Promise<Answered> {
  const { body, method = body === undefined ? 'GET' : 'POST', role, signal, options } = asked;
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const request: CallResourceRequest = {
    path: url.split('?')[0]!,
    method,
    url,
    headers: new Map(),
    body: Buffer.from(text),
    ...(role !== undefined && {
      pluginContext: {
        orgId: 1,
        pluginId: '',
        pluginVersion: '',
        user: { login: 'a', name: '', email: '', role },
        grafanaConfig: new Map(),
        userAgent: '',
        apiVersion: '',
        namespace: '',
      },
    }),
  };
  const responses: CallResourceResponse[] = [];
  const logged: string[] = [];
  const log: ResourceCall['log'] = {
    debug: (message) => void logged.push(message),
    info: (message) => void logged.push(message),
    warn: (message) => void logged.push(message),
    error: (message, fields) => void logged.push(`${message}: ${String(fields?.['error'])}`),
    with: () => log,
  };
  // The clock of the process has fractions.
  await createResourceHandler({ answers: ANSWERS, now: () => NOW_MS + 0.25, ...options })(dataSource, request, {
    signal: signal ?? new AbortController().signal,
    log,
    readMetadata: () => undefined,
    send: async (response) => void responses.push({ ...response, body: Buffer.from(response.body ?? []) }),
  });
  const [first, ...rest] = responses;
  expect(first!.code).toBeGreaterThanOrEqual(200);
  expect(first!.code).toBeLessThan(600);
  expect(rest.every(({ code, headers }) => code === undefined && headers === undefined)).toBe(true);
  const headers = Object.fromEntries([...first!.headers!].map(([name, values]) => [name, values.join()]));
  const whole = Buffer.concat(responses.map((response) => response.body!)).toString('utf8');
  const isJson = headers['Content-Type'] === 'application/json' && whole !== '';
  const json: unknown = isJson ? JSON.parse(whole) : undefined;
  if (first!.code !== 200 && method !== 'HEAD') {
    expect(json).toEqual({ message: expect.any(String), code: expect.any(String) });
  }
  return { code: first!.code!, headers, text: whole, json, logged, pieces: responses.length };
}

const PATHS = [
  'sources',
  'accounts',
  'regions',
  'flow-logs',
  'fields',
  'values',
  'estimate',
  'graph.dot',
  'graph.svg',
  'graph.json',
  'health',
  'stored-digests',
  'iam-policy',
  'discover',
];

describe('routing', () => {
  test('an unknown path is told which there are, and the nearest', async () => {
    const { code, json } = await ask(open('small'), 'acounts');
    expect(code).toBe(404);
    expect(json.code).toBe('not-found');
    expect(json.message).toBe(
      `cannot find the resource "acounts": there are ${PATHS.join(', ')} (did you mean accounts?)`,
    );
  });

  test('slashes around a path do not matter', async () => {
    expect((await ask(open('small'), '/sources/')).code).toBe(200);
  });

  test.each([
    ['sources', 'POST', 'GET, HEAD'],
    ['iam-policy', 'POST', 'GET, HEAD'],
    ['accounts', 'DELETE', 'GET, HEAD, POST'],
    ['graph.svg', 'PUT', 'GET, HEAD, POST'],
  ])('%s cannot be asked by %s', async (path, method, allow) => {
    const { code, headers, json } = await ask(open('small'), path, { method });
    expect([code, headers['Allow'], json.code]).toEqual([405, allow, 'bad-query']);
  });

  test('HEAD gives the head of what GET gives', async () => {
    const dataSource = open('small');
    const get = await ask(dataSource, `graph.dot?${RANGE}`);
    const head = await ask(dataSource, `graph.dot?${RANGE}`, { method: 'HEAD' });
    expect(get.text).not.toBe('');
    expect([head.code, head.headers, head.text]).toEqual([200, get.headers, '']);
  });

  test('a parameter that is unknown is refused, since a misspelt filter would be a wrong answer', async () => {
    const { code, json } = await ask(open('small'), `graph.dot?${RANGE}&fliter=action%3DREJECT`);
    expect(code).toBe(400);
    expect(json.message).toMatch(/^cannot read parameter "fliter": it is unknown; .*did you mean filter\?\)$/);
  });

  test('what Grafana adds to URLs is passed over', async () => {
    expect((await ask(open('small'), 'accounts?_=1&orgId=1&timezone=browser&refresh=5s')).code).toBe(200);
  });

  test.each([
    ['[1]', 'body'],
    ['{"sources":{"a":1}}', 'sources'],
    ['{', 'body'],
    ['null', 'body'],
    ['"text"', 'body'],
  ])('the body %s is refused', async (body, name) => {
    const { code, json } = await ask(open('small'), 'accounts', { body });
    expect([code, json.code]).toEqual([400, 'bad-query']);
    expect(json.message).toContain(`cannot read parameter "${name}"`);
  });

  test('a body of more than a megabyte is refused, an empty one is none', async () => {
    const dataSource = open('small');
    expect((await ask(dataSource, 'accounts', { body: `{"sources":"${'a'.repeat(2 ** 20)}"}` })).code).toBe(413);
    expect((await ask(dataSource, 'accounts', { method: 'POST' })).code).toBe(200);
  });

  test('who has gone gets no answer', async () => {
    const signal = AbortSignal.abort(new FlowError('aborted', 'gone'));
    for (const url of [`graph.svg?${RANGE}`, 'accounts', `estimate?${RANGE}`, `values?field=action&${RANGE}`]) {
      expect(await failureOf(ask(open('small'), url, { signal }))).toMatchObject({ code: 'aborted' });
    }
  });

  test('a data source without a source says what to do', async () => {
    for (const path of ['accounts', 'regions', 'flow-logs', 'fields', 'values?field=action', 'estimate', 'graph.dot']) {
      const { code, json } = await ask(open(), path);
      expect([code, json.code]).toEqual([400, 'bad-settings']);
      expect(json.message).toContain('add a bucket');
    }
    expect((await ask(open(), 'sources')).json).toEqual({ sources: [] });
  });
});

describe('sources and rights', () => {
  const bucket = {
    location: 's3://logs-bucket/team',
    name: 'Prod',
    roleArn: 'arn:aws:iam::123456789012:role/reader',
    externalId: 'secret-ish',
  };

  test('sources are names and places, whoever asks, and never how to sign in or where a folder really is', async () => {
    const { json, text } = await ask(open(bucket, 'small'), 'sources', { role: 'Viewer' });
    expect(json).toEqual({
      sources: [
        { name: 'Prod', location: 's3://logs-bucket/team', kind: 's3' },
        { name: 'small', location: 'small', kind: 'directory' },
      ],
    });
    expect(text).not.toContain('secret-ish');
    expect(text).not.toContain('role/');
    expect(text).not.toContain(localRoot);
  });

  test.each([['Viewer'], ['Editor'], ['None'], ['admin'], [undefined]])('IAM policies are not for %s', async (role) => {
    const { code, json, text } = await ask(open(bucket), 'iam-policy', role === undefined ? {} : { role });
    expect([code, json.code]).toEqual([403, 'access-denied']);
    expect(text).not.toContain('logs-bucket');
  });

  test('an Admin gets the policies of the settings', async () => {
    const { code, json, headers } = await ask(open(bucket), 'iam-policy', { role: 'Admin' });
    expect(code).toBe(200);
    expect(headers['Cache-Control']).toBe('no-store');
    expect(json.policies.map(({ roleArn }: { roleArn?: string }) => roleArn)).toEqual([undefined, bucket.roleArn]);
    expect(JSON.stringify(json)).toContain('arn:aws:s3:::logs-bucket');
  });

  test.each(PATHS.filter((path) => !['sources', 'health', 'stored-digests', 'iam-policy', 'discover'].includes(path)))(
    '%s reaches no place that is not configured',
    async (path) => {
      const dataSource = open('small');
      for (const place of ['demo', join(localRoot, 'demo'), '../small', 's3://other', '/etc']) {
        const field = path === 'values' ? '&field=action' : '';
        const { code, json } = await ask(dataSource, `${path}?sources=${encodeURIComponent(place)}${field}`);
        expect([code, json.code]).toEqual([400, 'bad-query']);
        expect(json.message).toContain('the data source has small');
      }
    },
  );
});

describe('health', () => {
  const health = async (dataSource: DataSource, source: string, asked: Asked = {}) =>
    await ask(dataSource, `health?source=${encodeURIComponent(source)}`, asked);

  test('is that of the one source named, by name or location', async () => {
    const dataSource = open({ location: 'demo', name: 'Office' }, 'missing');
    for (const name of ['Office', 'demo']) {
      const { code, json, headers } = await health(dataSource, name, { role: 'Admin' });
      expect([code, headers['Cache-Control']]).toEqual([200, 'no-store']);
      expect(json).toMatchObject({
        name: 'Office',
        location: 'demo',
        status: 'ok',
        newest: { ageSec: expect.any(Number), format: { hasRecord: true } },
      });
      expect(json.newest.ageSec).toBe((NOW_MS - json.newest.timeMs) / 1000);
    }
  });

  test('that of stored digests is an answer of its own, if there is a place of them', async () => {
    const { code, json } = await ask(openWith({ digestsAt: 'missing' }, 'demo'), 'stored-digests', { role: 'Admin' });
    expect(code).toBe(200);
    expect(json).toMatchObject({ location: 'missing', status: 'error', fix: expect.any(String) });
    const viewer = await ask(openWith({ digestsAt: 'missing' }, 'demo'), 'stored-digests', { role: 'Viewer' });
    expect(viewer.json).toMatchObject({ status: 'error', message: 'cannot find digests below missing' });
    expect(viewer.text).not.toContain(localRoot);
    expect((await ask(open('demo'), 'stored-digests')).json).toMatchObject({ code: 'not-found' });
  });

  test('a source that cannot be read is an answer too, in which only an Admin reads what to do', async () => {
    const dataSource = open('unreadable');
    const admin = await health(dataSource, 'unreadable', { role: 'Admin' });
    expect(admin.code).toBe(200);
    expect(admin.json).toMatchObject({ status: 'error', fix: expect.any(String) });
    for (const role of ['Viewer', 'Editor', undefined]) {
      const { code, json } = await health(dataSource, 'unreadable', role === undefined ? {} : { role });
      expect([code, json.status]).toEqual([200, 'error']);
      expect(json).not.toHaveProperty('fix');
    }
  });

  test('what Grafana holds back is part of the advice', async () => {
    // No credentials anywhere, whatever the machine has; only the process itself can say this to the SDK.
    process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
    const environment = {
      GF_VERSION: '12.3.0',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_CONFIG_FILE: '/dev/null',
    };
    const dataSource = createDataSource(
      makeInput({ sources: [{ location: 's3://logs-bucket', name: 'Prod', region: 'us-east-1' }] }, { environment }),
      { version: '1', pool: POOL, metrics: createScanMetrics(new Registry(), Date.now) },
    );
    opened.push(dataSource);
    const { json } = await health(dataSource, 'Prod', { role: 'Admin', options: { environment } });
    expect(json).toMatchObject({ status: 'error', step: 'credentials' });
    expect(json.fix).toContain('grafana.ini');
  });

  test.each([
    ['health', 'it is missing; name one of the sources, by name or location: Office, demo'],
    ['health?source=', 'it is missing'],
    ['health?source=demo&source=Office', 'it is given 2 times'],
    ['health?source=Ofice', 'the data source has Office, demo (did you mean Office?)'],
    ['health?source=../small', 'the data source has Office, demo'],
  ])('%s is refused', async (url, why) => {
    const { code, json } = await ask(open({ location: 'small', name: 'Office' }, 'demo'), url, { role: 'Admin' });
    expect([code, json.code]).toEqual([400, 'bad-query']);
    expect(json.message).toContain(why);
  });
});

describe('accounts, regions and flow logs', () => {
  test('accounts come sorted, each with its sources', async () => {
    const { json, headers } = await ask(open('small', 'hostile'), 'accounts');
    expect(json).toEqual({
      accounts: [
        { account: ACCOUNT, sources: ['hostile', 'small'] },
        { account: OTHER, sources: ['small'] },
      ],
      isCut: false,
      problems: { count: 0, first: [] },
    });
    expect(headers['Cache-Control']).toBe('private, max-age=60');
  });

  test('of the sources named, in the URL or in a body, with commas or without', async () => {
    const dataSource = open('small', 'hostile', { location: 'demo', name: 'a,b' });
    const names = async (url: string, body?: unknown) =>
      (await ask(dataSource, url, { body })).json.accounts.map(({ account }: { account: string }) => account);
    expect(await names('accounts?sources=hostile')).toEqual([ACCOUNT]);
    expect(await names('accounts', { sources: ['hostile'] })).toEqual([ACCOUNT]);
    expect(await names('accounts?sources=hostile,small')).toEqual([ACCOUNT, OTHER]);
    expect(await names('accounts?sources=hostile&sources=small')).toEqual([ACCOUNT, OTHER]);
    expect(await names('accounts?sources=a,b')).not.toContain(OTHER);
    // A variable without a value.
    expect(await names('accounts?sources=')).toHaveLength((await names('accounts')).length);
  });

  test('regions of all accounts, or of some', async () => {
    const dataSource = open('small');
    const regions = async (url: string) =>
      (await ask(dataSource, url)).json.regions.map(({ region }: { region: string }) => region);
    expect(await regions('regions')).toEqual(['eu-west-1', 'us-east-1']);
    expect(await regions(`regions?accounts=${OTHER}`)).toEqual(['eu-west-1']);
    expect(await regions(`regions?accounts=${ACCOUNT}`)).toEqual(['eu-west-1', 'us-east-1']);
    expect(await regions('regions?accounts=111111111111')).toEqual([]);
  });

  test.each([
    ['an account', `AWSLogs/${ACCOUNT}`, [ACCOUNT], ['eu-west-1', 'us-east-1']],
    ['a region', `AWSLogs/${ACCOUNT}/vpcflowlogs/us-east-1`, [ACCOUNT], ['us-east-1']],
    ['a day', `AWSLogs/${ACCOUNT}/vpcflowlogs/us-east-1/2026/01/15`, [ACCOUNT], ['us-east-1']],
    ['the root itself', 'AWSLogs', [ACCOUNT, OTHER], ['eu-west-1', 'us-east-1']],
  ])('a source that names %s of the layout', async (_, location, accounts, regions) => {
    const dataSource = open(`small/${location}`);
    const found = (await ask(dataSource, 'accounts')).json.accounts;
    expect(found.map(({ account }: { account: string }) => account)).toEqual(accounts);
    const foundRegions = (await ask(dataSource, 'regions')).json.regions;
    expect(foundRegions.map(({ region }: { region: string }) => region)).toEqual(regions);
  });

  test('below other folders, and below organisations', async () => {
    writeLog(`nested/x/y/${logKey(AT, { accountId: OTHER })}`);
    writeLog(`organised/${logKey(AT, { organisation: 'o-0123456789', region: 'ap-south-1' })}`);
    const dataSource = open('nested', 'organised');
    expect((await ask(dataSource, 'accounts')).json.accounts).toEqual([
      { account: ACCOUNT, sources: ['organised'] },
      { account: OTHER, sources: ['nested'] },
    ]);
    expect((await ask(dataSource, 'regions?sources=organised')).json.regions).toEqual([
      { region: 'ap-south-1', sources: ['organised'] },
    ]);
  });

  test('one source that cannot be listed is a problem, all of them an error', async () => {
    const { json } = await ask(open('small', 'gone'), 'accounts');
    expect(json.accounts).toHaveLength(2);
    expect(json.problems.first[0].code).toBe('not-found');
    const failed = await ask(open('gone'), 'accounts');
    expect([failed.code, failed.json.code]).toEqual([404, 'not-found']);
  });

  test('without a flow log there is none, and that is no error', async () => {
    const dataSource = open('unreadable');
    expect((await ask(dataSource, 'accounts')).json.accounts).toEqual([]);
    expect((await ask(dataSource, 'regions')).json.regions).toEqual([]);
    expect((await ask(dataSource, 'flow-logs')).json.flowLogs).toEqual([]);
  });

  test('flow logs are those of the newest day, in every layout', async () => {
    const { json } = await ask(open('small'), 'flow-logs');
    const id = 'fl-0123456789abcdef0';
    const common = { source: 'small', day: '2026-01-15' };
    expect(json).toEqual({
      flowLogs: [
        { id, account: ACCOUNT, region: 'eu-west-1', ...common },
        { id: 'fl-0000000000000000b', account: ACCOUNT, region: 'us-east-1', ...common },
        { id, account: OTHER, region: 'eu-west-1', ...common },
      ],
      isCut: false,
      problems: { count: 0, first: [] },
    });
    expect((await ask(open('small'), 'flow-logs?regions=us-east-1')).json.flowLogs).toHaveLength(1);
    expect((await ask(open('small'), `flow-logs?accounts=${OTHER}`)).json.flowLogs).toHaveLength(1);
  });

  test('a flow log with more objects than a page has does not hide the next', async () => {
    for (let minute = 0; minute < 1100; minute++) {
      const time = new Date(Date.parse('2026-01-15T00:00:00Z') + minute * 60_000).toISOString();
      write(`many/${logKey(time, { flowLogId: 'fl-a' })}`, 'x');
    }
    write(`many/${logKey(AT, { flowLogId: 'fl-b' })}`, 'x');
    write(`many/${logKey(AT, { flowLogId: 'fl-ab' })}`, 'x');
    const dataSource = open('many');
    const { json } = await ask(dataSource, 'flow-logs');
    expect(json.flowLogs.map(({ id }: { id: string }) => id)).toEqual(['fl-a', 'fl-ab', 'fl-b']);
    // Account, region, year, month and day, the first page of the day, and what comes after the first flow log.
    expect(dataSource.sources[0]!.counts().listRequests).toBeLessThanOrEqual(8);
  });

  test('more accounts than are looked into are said to be cut', async () => {
    for (let account = 0; account < 70; account++) {
      write(`wide/${logKey(AT, { accountId: String(100_000_000_000 + account) })}`, 'x');
    }
    const { json } = await ask(open('wide'), 'flow-logs');
    expect([json.flowLogs.length, json.isCut]).toEqual([60, true]);
    expect((await ask(open('wide'), 'accounts')).json).toMatchObject({ isCut: false });
  });
});

describe('fields', () => {
  test('are the columns of the newest object, in order, with what the dictionary says', async () => {
    const { json } = await ask(open('small'), 'fields?sources=small');
    expect(json.fields).toHaveLength(14);
    expect(json.fields[3]).toEqual({
      name: 'srcaddr',
      type: 'address',
      role: 'key',
      meaning: FIELDS.find(({ name }) => name === 'srcaddr')!.meaning,
      version: 2,
      isDocumented: true,
      isFound: true,
    });
    expect(json.fields.find(({ name }: { name: string }) => name === 'bytes').role).toBe('sum');
    expect(json.formats).toMatchObject([{ source: 'small', columnsFrom: 'header line' }]);
  });

  test('a column that nobody knows is there too', async () => {
    const { json } = await ask(open('hostile'), 'fields');
    expect(json.fields.at(-1)).toMatchObject({
      name: 'new-field',
      type: 'text',
      isDocumented: false,
      isFound: true,
    });
  });

  test('all=1 adds the rest of the dictionary and the names that only queries know', async () => {
    const { json } = await ask(open('small'), 'fields?all=1');
    const names = json.fields.map(({ name }: { name: string }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining([...FIELDS.map(({ name }) => name), 'port', 'addr']));
    expect(json.fields.find(({ name }: { name: string }) => name === 'vpc-id')).toMatchObject({ isFound: false });
    expect(json.fields.find(({ name }: { name: string }) => name === 'port').derived).toEqual(['key', 'filter']);
    expect((await ask(open('small'), 'fields?all=yes')).code).toBe(400);
  });

  test('an object that is no flow log is a problem of its source only', async () => {
    write(`broken/${logKey(AT)}`, gzipSync('hello\n'));
    expect((await ask(open('broken'), 'fields')).json.code).toBe('corrupt-object');
    const { code, json } = await ask(open('small', 'broken'), 'fields');
    expect([code, json.fields.length]).toEqual([200, 14]);
    expect(json.problems).toMatchObject([{ source: 'broken', code: 'corrupt-object' }]);
    expect((await ask(open('broken'), 'fields?all=1')).code).toBe(200);
  });
});

describe('values', () => {
  const range = `from=${AT}&to=2026-01-15T11:00:00Z&accounts=${ACCOUNT}&regions=eu-west-1`;

  test('largest first by flows', async () => {
    const { json } = await ask(open('small'), `values?field=dstaddr&${range}`);
    expect(json).toMatchObject({
      field: 'dstaddr',
      values: [
        { value: '10.0.0.2', text: '10.0.0.2', flows: 3, bytes: 3000 },
        { value: '10.0.0.3', flows: 2, bytes: 200 },
        { value: '10.0.0.4', flows: 1, bytes: 100 },
      ],
      valueCount: 3,
      missingFlows: 0,
      isPartial: false,
      notices: [],
    });
  });

  test('protocols have names, ports numbers; limit, search and filter narrow', async () => {
    const dataSource = open('small');
    const values = async (more: string) => (await ask(dataSource, `values?${range}&${more}`)).json;
    expect((await values('field=protocol')).values).toMatchObject([{ value: '6', text: 'tcp', flows: 6 }]);
    expect((await values('field=port')).values.map(({ value }: { value: string }) => value)).toEqual([
      '443',
      '53',
      '0',
    ]);
    expect(await values('field=dstaddr&limit=1')).toMatchObject({ values: [{ value: '10.0.0.2' }], valueCount: 3 });
    expect(await values('field=dstaddr&search=0.4')).toMatchObject({ values: [{ value: '10.0.0.4' }], valueCount: 1 });
    expect(await values('field=dstaddr&filter=action%3DREJECT')).toMatchObject({ values: [{ value: '10.0.0.4' }] });
    expect((await values('field=protocol&search=TC')).values).toHaveLength(1);
  });

  test('of either side at once', async () => {
    const { json } = await ask(open('small'), `values?field=addr&${range}`);
    expect(json.field).toBe('addr');
    expect(json.values.map(({ value, flows }: { value: string; flows: number }) => [value, flows])).toEqual([
      ['10.0.0.1', 6],
      ['10.0.0.2', 3],
      ['10.0.0.3', 2],
      ['10.0.0.4', 1],
    ]);
  });

  test('a field that the format lacks has none, and it says in how many records', async () => {
    const { json } = await ask(open('small'), `values?field=vpc-id&${range}`);
    expect([json.values, json.missingFlows]).toEqual([[], 6]);
  });

  test.each([
    ['', 'field'],
    ['field=dstprot', 'dstprot'],
    ['field=action&limit=0', 'limit'],
    ['field=action&limit=1e9', 'limit'],
    ['field=action&from=yesterday', 'yesterday'],
    ['field=action&from=now&to=now-1h', 'range'],
    ['field=action&field=dstport', 'field'],
    ['field=action&filter=action%3D', 'filter'],
  ])('values?%s is refused by name', async (url, named) => {
    const { code, json } = await ask(open('small'), `values?${url}`);
    expect([code, json.code]).toEqual([400, 'bad-query']);
    expect(json.message).toContain(named);
  });

  test('of a range with too many objects the newest are read, of every account, and it says so', async () => {
    const first = Date.parse('2026-01-15T06:00:00Z');
    for (const accountId of [ACCOUNT, OTHER]) {
      for (let bin = 0; bin < 240; bin++) {
        const time = new Date(first + bin * 60_000).toISOString();
        const start = Date.parse(time) / 1000;
        const src = accountId === ACCOUNT ? '10.1.0.1' : '10.2.0.1';
        writeLog(`dense/${logKey(time, { accountId })}`, { src, dst: bin < 120 ? '10.0.0.9' : '10.0.0.8', start });
      }
    }
    const ask4h = (field: string) =>
      ask(open('dense'), `values?field=${field}&from=2026-01-15T06:00Z&to=2026-01-15T10:00Z`);
    const { json } = await ask4h('srcaddr');
    expect(json.isPartial).toBe(true);
    expect(json.notices).toEqual(['only the newest part of the time range was read']);
    expect(json.values.map(({ value }: { value: string }) => value)).toEqual(['10.1.0.1', '10.2.0.1']);
    expect((await ask4h('dstaddr')).json.values.map(({ value }: { value: string }) => value)).toEqual(['10.0.0.8']);
    expect(json.range.toMs - json.range.fromMs).toBeGreaterThan(30 * 60_000);
  });

  test('limits of the data source count, where they are lower', async () => {
    const dataSource = openWith({ maxLimits: { maxObjects: 1 }, defaultLimits: { maxObjects: 1 } }, 'small');
    const { code, json } = await ask(dataSource, `values?field=dstaddr&from=2026-01-14&to=2026-01-16`);
    expect([code, json.isPartial]).toEqual([200, true]);
    expect(dataSource.sources[0]!.counts().readRequests).toBe(1);
    // Which object is found first is open; none holds more.
    expect(json.values.length).toBeLessThanOrEqual(3);
  });
});

describe('estimate', () => {
  test('counts what the query would read, and reads nothing', async () => {
    const dataSource = open('demo');
    const { json } = await ask(dataSource, `estimate?${RANGE}`);
    const { estimate } = {
      estimate: await dataSource.estimate(normaliseQuery({ range: demoRange }, { nowMs: Date.now() }), {
        signal: new AbortController().signal,
      }),
    };
    expect(json).toMatchObject({
      objects: estimate.selection.selectedObjects,
      bytes: estimate.selection.selectedBytes,
      wouldFail: false,
      overLimits: [],
      range: demoRange,
      cost: { class: 'none', text: 'Nothing is read from S3.' },
    });
    expect(json.objects).toBeGreaterThan(10);
    expect(json.prefixes.reduce((sum: number, { objects }: { objects: number }) => sum + objects, 0)).toBe(
      json.objects,
    );
    expect(json.prefixes.every(({ source }: { source: string }) => source === 'demo')).toBe(true);
    expect(JSON.stringify(json)).not.toContain(localRoot);
    expect(dataSource.sources[0]!.counts().readRequests).toBe(0);
  });

  test('knows what is kept from an equal query, and that it takes less time then', async () => {
    const dataSource = open('demo');
    const url = `estimate?view=graph&nodes=hosts&${RANGE}`;
    const { json: before } = await ask(dataSource, url);
    expect(before.cachedObjects).toBe(0);
    await ask(dataSource, `graph.json?nodes=hosts&${RANGE}`);
    const { json: after } = await ask(dataSource, url);
    // Those that cross an end of the range are kept too, but are read again.
    expect(after.cachedObjects).toBe(after.objects);
    expect(after.seconds).toBeLessThan(before.seconds);
    // Another filter is another digest.
    expect((await ask(dataSource, `${url}&filter=dstport%20%3D%2022`)).json.cachedObjects).toBe(0);
  });

  test('says which limits the query would exceed, and by how much', async () => {
    const dataSource = openWith({ maxLimits: { maxObjects: 2 }, defaultLimits: { maxObjects: 2 } }, 'small');
    const url = 'estimate?from=2026-01-14&to=2026-01-16';
    const { json } = await ask(dataSource, url);
    expect(json).toMatchObject({
      objects: 4,
      limits: { maxObjects: 2 },
      overLimits: [{ limit: 'maxObjects', allowed: 2, found: 4, excess: 2 }],
      wouldFail: true,
    });
    // What it says is what the query does.
    expect((await ask(dataSource, 'graph.dot?from=2026-01-14&to=2026-01-16')).code).toBe(413);
    expect((await ask(dataSource, `${url}&onLimit=partial`)).json.wouldFail).toBe(false);
    // A query cannot lift the limit.
    expect((await ask(dataSource, `${url}&maxObjects=100000`)).json.limits.maxObjects).toBe(2);
  });

  test('of any view, saved as JSON, narrowed by parameters', async () => {
    const dataSource = open('small');
    const query = { view: 'records', accounts: [ACCOUNT, OTHER], range: { from: '2026-01-14', to: '2026-01-16' } };
    expect((await ask(dataSource, 'estimate', { body: { query } })).json.objects).toBe(4);
    expect((await ask(dataSource, 'estimate', { body: { query, accounts: OTHER } })).json.objects).toBe(1);
    expect((await ask(dataSource, `estimate?query=${encodeURIComponent(JSON.stringify(query))}`)).json.objects).toBe(4);
    expect((await ask(dataSource, 'estimate', { body: { query, from: 0, to: 1 } })).json.objects).toBe(0);
    expect((await ask(dataSource, 'estimate', { body: { query: { view: 'completeness' } } })).code).toBe(200);
  });

  test('of buckets it names the source and what AWS would charge, of folders only the source', async () => {
    const dataSource = open(
      { location: 's3://logs-bucket/other', name: 'Other' },
      { location: 's3://logs-bucket/team', name: 'Prod' },
      'small',
    );
    const found = await dataSource.estimate(normaliseQuery({ sources: ['small'] }, { nowMs: Date.now() }), {
      signal: new AbortController().signal,
    });
    const bucket = { source: 's3://logs-bucket', prefix: 'team/AWSLogs/x/', objects: 10_000, bytes: 10 * 2 ** 30 };
    const prefixes = [...found.selection.prefixes, bucket];
    expect(found.readFromS3).toEqual({ objects: 0, bytes: 0 });
    const readFromS3 = { objects: bucket.objects, bytes: bucket.bytes };
    const selection = { ...found.selection, prefixes };
    const listed = { ...dataSource, estimate: async () => ({ ...found, selection, readFromS3 }) };
    const { json } = await ask(listed, 'estimate');
    expect(json.prefixes[0]).toEqual({ ...bucket, source: 'Prod' });
    expect(new Set(json.prefixes.slice(1).map(({ source }: { source: string }) => source))).toEqual(new Set(['small']));
    expect(json.cost).toMatchObject({ class: 'low', transferUsd: { internet: 0.9 } });
  });

  test('a listing without end is given up', async () => {
    const dataSource = open('demo');
    const slow: DataSource = {
      ...dataSource,
      estimate: (_, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    };
    const { code, json } = await ask(slow, 'estimate', { options: { estimateTimeoutMs: 1 } });
    expect([code, json.code]).toEqual([413, 'over-limit']);
    expect(json.message).toContain('narrow the time range');
  });
});

describe('graphs', () => {
  test.each([
    // All restricts nothing, a value does, several do; what is blank is left out.
    ['var-port=$__all&var-focus=', ''],
    ['var-port=22&var-focus=', 'dstport = 22'],
    ['var-port=22&var-port=443&var-focus=action%20%3D%20REJECT', 'dstport in (22, 443) and action = REJECT'],
    // Ad-hoc filters, in Grafana's spelling.
    [
      'var-port=$__all&var-focus=&var-filters=action|=|REJECT&var-filters=srcaddr|!=__gfp__|10.0.0.9|10.0.0.8',
      'action = REJECT and srcaddr not in (10.0.0.9, 10.0.0.8)',
    ],
  ])('take the variables of a dashboard: %s', async (variables, filter) => {
    const query = { nodes: 'hosts', accounts: ['$account'], filter: 'dstport = $port and $focus' };
    const url = `graph.json?${RANGE}&query=${encodeURIComponent(JSON.stringify(query))}&var-account=$__all&${variables}`;
    const { code, json } = await ask(open('demo'), url);
    expect([code, json.message]).toEqual([200, undefined]);
    const plain = await ask(open('demo'), `graph.json?${RANGE}&nodes=hosts&filter=${encodeURIComponent(filter)}`);
    expect(json.nodes.length).toBeGreaterThan(0);
    expect(json.nodes).toEqual(plain.json.nodes);
  });

  test('a variable that the URL lacks is named', async () => {
    const { code, json } = await ask(open('demo'), `graph.json?filter=dstport%20%3D%20$port&var-other=1`);
    expect([code, json.message]).toEqual([400, 'cannot read filter: there is no variable $port']);
    const without = await ask(open('demo'), 'graph.json?filter=dstport%20%3D%20$port');
    expect([without.code, without.json.message]).toEqual([
      400,
      expect.stringMatching(/^cannot use the variable \$port/),
    ]);
  });

  test('an ad-hoc filter that is not understood is refused, never left out; where it comes from does not matter', async () => {
    const graph = (filters: string) => ask(open('demo'), `graph.json?${RANGE}&nodes=hosts&${filters}`);
    const { code, json } = await graph('var-filters=dstport|=|443&var-filters=srcaddr|>=|10.0.0.0');
    expect([code, json.message]).toEqual([400, expect.stringMatching(/^cannot filter by srcaddr >= 10/)]);
    const named = await graph(`var-filters=${encodeURIComponent('dstport|=|443#dashboard#restorable')}`);
    const plain = await graph('filter=dstport%20%3D%20443');
    expect(named.json.nodes).toEqual(plain.json.nodes);
    expect(plain.json.nodes.length).toBeGreaterThan(0);
  });

  const small = `from=${AT}&to=2026-01-15T11:00:00Z&accounts=${ACCOUNT}&regions=eu-west-1&nodes=hosts`;
  const nodeIds = ({ json }: Answered): string[] => json.nodes.map(({ id }: { id: string }) => id);

  test.each([
    ['dot', 'text/vnd.graphviz; charset=utf-8', /^digraph "vpcflow" \{/],
    ['svg', 'image/svg+xml', /^<svg role="img"/],
    ['json', 'application/json', /^\{/],
  ])('graph.%s is of its type, named and may be kept for a minute', async (format, type, start) => {
    const { code, headers, text } = await ask(open('small'), `graph.${format}?${small}`);
    expect(code).toBe(200);
    expect(text).toMatch(start);
    expect(headers).toEqual({
      'Content-Type': type,
      'Cache-Control': 'private, max-age=60',
      'X-Content-Type-Options': 'nosniff',
      'Content-Disposition': `inline; filename="vpcflow-20260115T100000Z-20260115T110000Z.${format}"`,
    });
  });

  test('has the hosts and sums of the logs, and honours filter, top, keys, measures and times', async () => {
    const dataSource = open('small');
    const graph = (more: string) => ask(dataSource, `graph.json?${small}&${more}`);
    const all = await graph('');
    expect(nodeIds(all).sort()).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4']);
    expect(all.json.totals).toMatchObject({ bytes: 3300, flows: 6 });
    expect(all.json.scan).toMatchObject({ complete: true, partial: null });
    expect(nodeIds(await graph('filter=action%3DREJECT')).sort()).toEqual(['10.0.0.1', '10.0.0.4']);
    expect(nodeIds(await graph('top=1'))).toContain('Other');
    expect((await graph('measures=flows')).json.rankedBy).toBe('flows');
    expect((await graph('keys=srcaddr,dstaddr')).json.query.keys).toEqual(['srcaddr', 'dstaddr']);
    expect((await graph(`from=${atSec + 3}`)).code).toBe(400);
    const later = await ask(
      dataSource,
      `graph.json?from=${(atSec + 3) * 1000}&to=${atSec + 60}&accounts=${ACCOUNT}&regions=eu-west-1`,
    );
    expect(later.json.totals.flows).toBe(1);
  });

  test('groups are drawn unless hosts are asked for, as in a panel', async () => {
    const { json } = await ask(open('demo'), `graph.json?${RANGE}`);
    expect(json.query.nodes).toBe('groups');
    expect(json.nodes.some(({ kind }: { kind: string }) => kind === 'group')).toBe(true);
  });

  test('from a saved query, by URL or body; a parameter counts more', async () => {
    const dataSource = open('small');
    const query = { view: 'graph', nodes: 'hosts', filter: 'action = REJECT', accounts: [ACCOUNT], refId: 'A' };
    const byUrl = await ask(dataSource, `graph.json?${RANGE}&query=${encodeURIComponent(JSON.stringify(query))}`);
    expect(nodeIds(byUrl).sort()).toEqual(['10.0.0.1', '10.0.0.4']);
    const byBody = await ask(dataSource, 'graph.json', { body: { ...demoTimes(), query } });
    expect(byBody.json).toEqual(byUrl.json);
    const other = await ask(dataSource, 'graph.json', { body: { ...demoTimes(), query, filter: 'dstport = 53' } });
    expect(nodeIds(other).sort()).toEqual(['10.0.0.1', '10.0.0.3']);
  });
  const demoTimes = () => ({ from: demoRange.fromMs, to: demoRange.toMs });

  test('without a time it is the last hour', async () => {
    const { json, headers } = await ask(open('small'), 'graph.json?nodes=hosts');
    expect(json.query.range).toEqual({ fromMs: NOW_MS - 3_600_000, toMs: NOW_MS });
    expect(headers['Content-Disposition']).toContain('vpcflow-20260115T100000Z-20260115T110000Z.json');
  });

  test('equal queries give equal bytes, in pieces that fit together', async () => {
    const dataSource = open('demo');
    const url = `graph.json?${RANGE}&nodes=hosts&top=1000`;
    const first = await ask(dataSource, url);
    expect(first.pieces).toBeGreaterThan(0);
    expect((await ask(dataSource, url)).text).toBe(first.text);
  });

  test('a body that is too long is refused instead of sent, whatever it is of', async () => {
    const dataSource = open('small');
    const { text } = await ask(dataSource, `graph.dot?${small}`);
    const bytes = Buffer.byteLength(text);
    const askWithin = (maxBodyBytes: number) => ask(dataSource, `graph.dot?${small}`, { options: { maxBodyBytes } });
    expect((await askWithin(bytes)).text).toBe(text);
    const { code, json } = await askWithin(bytes - 1);
    expect([code, json.code]).toEqual([413, 'over-limit']);
    expect(json.message).toContain('ask for less');
  });

  test('what is missing is said in the title', async () => {
    write(`gaps/${logKey(AT)}`, logBytes({}));
    write(`gaps/${logKey('2026-01-15T10:05:00Z')}`, 'no gzip');
    const { code, text } = await ask(open('gaps'), `graph.dot?${RANGE}&title=Mine`);
    expect(code).toBe(200);
    expect(text).toContain('Mine (INCOMPLETE: NOT READ: AWSLogs/');
    const { json } = await ask(open('gaps'), `graph.json?${RANGE}`);
    expect(json.scan).toMatchObject({ complete: false, problems: { count: 1 } });
  });

  test.each([
    ['svg', 'top=200', 413, 'graph.dot takes more'],
    ['dot', 'nodes=hosts&top=1001', 413, 'at most 1000'],
    ['json', 'nodes=hosts&top=100000', 413, 'at most 1000'],
    ['dot', 'view=table', 400, 'use view graph'],
    ['dot', 'query=%7B%22view%22%3A%22series%22%7D', 400, 'use view graph'],
    ['dot', 'fill=zero', 400, 'belongs to series'],
    ['dot', 'keys=action', 400, 'srcaddr'],
    ['dot', 'top=many', 400, 'top'],
    ['dot', 'query=%5B1%5D', 400, 'JSON object'],
    ['dot', `title=${'x'.repeat(201)}`, 400, 'title'],
  ])('graph.%s?%s is refused', async (format, url, status, named) => {
    const { code, json } = await ask(open('small'), `graph.${format}?${RANGE}&${url}`);
    expect(code).toBe(status);
    expect(json.message).toContain(named);
  });

  test('a picture is safe to be served from Grafana’s own address, whatever logs and titles say', async () => {
    const dataSource = open('hostile');
    const keys =
      'interface-id,flow-direction,srcaddr,dstaddr,action,vpc-id,subnet-id,pkt-dstaddr,pkt-dst-aws-service,instance-tag,`new-field`';
    const title = encodeURIComponent(HOSTILE);
    for (const nodes of ['hosts', 'groups']) {
      const { code, text } = await ask(
        dataSource,
        `graph.svg?${RANGE}&nodes=${nodes}&keys=${encodeURIComponent(keys)}&title=${title}`,
      );
      expect(code).toBe(200);
      expect(text).not.toContain('INCOMPLETE');
      // In the picture's own title twice, so the others are from the log: a group's label, the action of an edge.
      expect(text.match(/&lt;script&gt;/g)!.length).toBeGreaterThan(4);
      // Every `<` begins one of these tags, so nothing of it was taken for markup.
      const tags = [...text.matchAll(/<(\/?[a-z]+)((?:\s+[\w:-]+="[^"<]*")*)\s*\/?>/g)];
      expect(tags).toHaveLength(text.match(/</g)!.length);
      const allowed = /^\/?(?:svg|g|a|title|path|polygon|polyline|ellipse|rect|text|tspan)$/;
      expect(tags.map(([, name]) => name!).filter((name) => !allowed.test(name))).toEqual([]);
      const attributes = tags.flatMap(([, , list]) =>
        [...list!.matchAll(/([\w:-]+)="[^"]*"/g)].map(([, name]) => name!),
      );
      expect(attributes.length).toBeGreaterThan(50);
      expect(attributes.filter((name) => /^on|href$|^style$|^src$/i.test(name))).toEqual([]);
    }
  });

  test('a title cannot set a header', async () => {
    const { headers } = await ask(open('small'), `graph.dot?${small}&title=${encodeURIComponent('a"\r\nX: y')}`);
    expect(Object.keys(headers)).toHaveLength(4);
    expect(Object.values(headers).join()).not.toMatch(/[\r\n]/);
  });
});

describe('whatever is asked, there is an answer', () => {
  const path = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...PATHS) },
    fc.string({ unit: 'binary', maxLength: 20 }),
  );
  const name = fc.constantFrom(
    ...[
      'query',
      'from',
      'to',
      'sources',
      'accounts',
      'regions',
      'filter',
      'field',
      'limit',
      'top',
      'keys',
      'nodes',
      'all',
    ],
    ...['__proto__', 'constructor', 'view', 'title', 'maxSec', 'search', 'measures', 'expand'],
  );
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom(
      'small',
      'now',
      'now-1h',
      '1',
      'action',
      'hosts',
      '10.0.0.1',
      'table',
      '{}',
      '[]',
      'null',
      '%',
      '%ff',
      '&',
      '`',
    ),
    arbitraryQueryInput.map((query) => JSON.stringify(query)),
  );
  const queryString = fc
    .array(fc.tuple(name, value, fc.boolean()), { maxLength: 4 })
    .map((pairs) =>
      pairs
        .map(
          ([key, text, isRaw]) => `${key}=${isRaw ? text : encodeURIComponent(text.replace(/[\ud800-\udfff]/g, '?'))}`,
        )
        .join('&'),
    );
  const body = fc.oneof(
    fc.constant(undefined),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.json(),
    fc.dictionary(name, fc.oneof(fc.jsonValue(), value), { maxKeys: 4 }).map((members) => JSON.stringify(members)),
    arbitraryQueryInput.map((query) => JSON.stringify({ query, from: AT })),
  );

  test('with a valid status, and no defect', async () => {
    const dataSource = open('small');
    const codes = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(
        path,
        queryString,
        body,
        fc.constantFrom('GET', 'POST', 'HEAD', 'BREW'),
        async (to, query, sent, method) => {
          const { code, logged } = await ask(dataSource, `${to}?${query}`, { body: sent, method, role: 'Admin' });
          codes.set(code, (codes.get(code) ?? 0) + 1);
          expect(logged).toEqual([]);
          expect([200, 400, 403, 404, 405, 413]).toContain(code);
        },
      ),
      { numRuns: 1000 },
    );
    // It went past the parameters, too.
    expect(codes.get(200)).toBeGreaterThan(20);
    expect(codes.get(400)).toBeGreaterThan(20);
  });

  test('also for JSON without bottom', async () => {
    const deep = `{"query":{"filter":${'{"not":'.repeat(50_000)}1${'}'.repeat(50_000)}}}`;
    const { code } = await ask(open('small'), 'graph.dot', { body: deep });
    expect(code).toBe(400);
  });
});
