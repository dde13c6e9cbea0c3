/** The resource `discover` of a data source, over a server that answers as EC2 and STS do. */
import { Registry } from 'prom-client';
import { createResourceHandler } from '../../../src/plugin/call-resource';
import { createDataSource, type DataSource } from '../../../src/plugin/data-source';
import type { ResourceCall } from '../../../src/plugin/handlers';
import type { CallResourceResponse } from '../../../src/plugin/messages';
import { createScanMetrics } from '../../../src/plugin/scan-metrics';
import { createWorkerPool } from '../../../src/scan/worker-pool';
import { startHttpServer, type HttpServer } from '../../helpers/http-server';
import { makeInput } from './data-source-input';
import { createInProcessAnswers } from './in-process-answers';

const POOL = createWorkerPool({
  size: 0,
  createWorker: () => {
    throw new Error('no worker is needed');
  },
});
const ANSWERS = createInProcessAnswers();
const ARN = 'arn:aws:firehose:eu-west-1:123456789012:deliverystream/x';
const ANSWERS_OF_AWS: Readonly<Record<string, string>> = {
  GetCallerIdentity:
    '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/u</Arn><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
  DescribeRegions:
    '<DescribeRegionsResponse><regionInfo><item><regionName>eu-west-1</regionName></item></regionInfo></DescribeRegionsResponse>',
  DescribeFlowLogs: `<DescribeFlowLogsResponse><flowLogSet><item><flowLogId>fl-01</flowLogId><resourceId>vpc-01</resourceId><logDestinationType>kinesis-data-firehose</logDestinationType><logDestination>${ARN}</logDestination></item></flowLogSet></DescribeFlowLogsResponse>`,
};

let server: HttpServer;
const opened: DataSource[] = [];

beforeEach(async () => {
  server = await startHttpServer(({ body }, response) => {
    const action = new URLSearchParams(body).get('Action') ?? '';
    response.writeHead(200, { 'content-type': 'text/xml' }).end(ANSWERS_OF_AWS[action]);
  });
});
afterEach(async () => {
  opened.splice(0).forEach((dataSource) => dataSource.close());
  await server.close();
});
afterAll(() => ANSWERS.close());

function open(settings: object = {}): DataSource {
  const own = { authType: 'keys', endpoint: server.url, stsEndpoint: server.url, ec2Endpoint: server.url };
  const secureJsonData = { accessKey: 'AKIAOWN', secretKey: 'secret' };
  const dataSource = createDataSource(makeInput({ ...own, ...settings }, { secureJsonData }), {
    version: '1',
    pool: POOL,
    metrics: createScanMetrics(new Registry(), Date.now),
  });
  opened.push(dataSource);
  return dataSource;
}

interface Asked {
  readonly url?: string;
  readonly role?: string;
  readonly grafanaConfig?: Readonly<Record<string, string>>;
}

async function ask(dataSource: DataSource, { url = 'discover', role, grafanaConfig = {} }: Asked) {
  const responses: CallResourceResponse[] = [];
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  await createResourceHandler({ answers: ANSWERS })(
    dataSource,
    {
      path: 'discover',
      method: 'GET',
      url,
      headers: new Map(),
      body: new Uint8Array(),
      pluginContext: {
        orgId: 1,
        pluginId: '',
        pluginVersion: '',
        ...(role !== undefined && { user: { login: 'a', name: '', email: '', role } }),
        grafanaConfig: new Map(Object.entries(grafanaConfig)),
        userAgent: '',
        apiVersion: '',
        namespace: '',
      },
    },
    {
      signal: new AbortController().signal,
      log: { ...log, with: () => log } as unknown as ResourceCall['log'],
      readMetadata: () => undefined,
      send: async (response) => void responses.push(response),
    },
  );
  const [{ code, headers, body } = {}] = responses;
  const json = JSON.parse(Buffer.from(body!).toString()) as Record<string, unknown>;
  return { code, cacheControl: headers!.get('Cache-Control'), json };
}

test.each([['Viewer'], ['Editor'], ['None'], ['admin'], [undefined]])('is not for %s', async (role) => {
  expect(await ask(open(), { role })).toMatchObject({ code: 403, json: { code: 'access-denied' } });
  expect(server.requests).toHaveLength(0);
});

test('tells an Admin what the data source’s own keys find, also where it has no source yet', async () => {
  const { code, cacheControl, json } = await ask(open(), { role: 'Admin' });
  expect([code, cacheControl]).toEqual([200, ['no-store']]);
  expect(json).toEqual({
    accountId: '123456789012',
    regions: ['eu-west-1'],
    flowLogs: [
      expect.objectContaining({
        id: 'fl-01',
        resourceId: 'vpc-01',
        destination: { type: 'kinesis-data-firehose', arn: ARN },
      }),
    ],
    sources: [],
    problems: [],
  });
  expect(server.requests.every(({ headers }) => headers.authorization!.includes('Credential=AKIAOWN/'))).toBe(true);
});

test('looks in the regions that are named', async () => {
  const { json } = await ask(open(), { role: 'Admin', url: 'discover?regions=us-east-1,eu-west-1' });
  expect(json).toMatchObject({ regions: ['eu-west-1', 'us-east-1'] });
  expect(await ask(open(), { role: 'Admin', url: 'discover?regions=evil.example%2F' })).toMatchObject({
    code: 400,
    json: { code: 'bad-query', message: expect.stringContaining('not the name of a region') },
  });
});

test('a way of signing in that the administrator forbids is not used, though no source needs it', async () => {
  const grafanaConfig = { AWS_AUTH_AllowedAuthProviders: 'default,credentials' };
  expect(await ask(open(), { role: 'Admin', grafanaConfig })).toMatchObject({
    code: 400,
    json: { message: 'trying to use non-allowed auth method keys' },
  });
  expect(server.requests).toHaveLength(0);
});

test('a private S3 is told to name an EC2 as well', async () => {
  expect(await ask(open({ ec2Endpoint: '' }), { role: 'Admin' })).toMatchObject({
    code: 400,
    json: { code: 'bad-settings', message: expect.stringContaining('name an EC2 endpoint as well') },
  });
  expect(server.requests).toHaveLength(0);
});
