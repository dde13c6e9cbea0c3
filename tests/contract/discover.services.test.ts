/**
 * @jest-environment ./tests/helpers/shared-errors-environment.ts
 *
 * Flow logs of a moto: EC2 in two regions, buckets with and without objects, log groups. What moto does not do (prefixes in
 * destinations, Parquet and Hive options, pages, refusals) a server in front of it adds. A moto of its own, because the
 * flow logs of other suites would be found too.
 */

import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateFlowLogsCommand, CreateVpcCommand, EC2Client, type CreateFlowLogsRequest } from '@aws-sdk/client-ec2';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';

import { discoverFlowLogs, type DiscoverOptions } from '../../src/discover/discover-flow-logs';
import { DEFAULT_FORMAT } from '../../src/flow/fields';
import type { DiscoveredFlowLog, Discovery } from '../../src/query/discovery';
import { createS3Connection, type S3Connection } from '../../src/store/s3-connection';
import { parseS3Settings } from '../../src/store/s3-settings';
import { forwardTo, startHttpServer, type HttpServer, type RecordedRequest } from '../helpers/http-server';
import { startMoto, type MotoServer } from '../helpers/moto-server';
import { run } from '../unit/cli/run-cli';
import { logBytes, logKey } from '../unit/scan/flow-logs';
import { failureOf } from './object-store-contract';

const KEYS = { accessKeyId: 'AKIADISCOVER', secretAccessKey: 'secret' };
const ACCOUNT = '123456789012';
const NOW_MS = Math.floor(Date.now() / 1000) * 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const CUSTOM_FORMAT = '${version} ${vpc-id} ${srcaddr} ${dstaddr} ${start} ${end} ${next-hop-vpc-id}';
const CUSTOM_COLUMNS = ['version', 'vpc-id', 'srcaddr', 'dstaddr', 'start', 'end', 'next-hop-vpc-id'];

let moto: MotoServer;
/** In front of moto. */
let server: HttpServer;
let connection: S3Connection;
/** Past the server. */
let direct: S3Connection;
/** What an answer of EC2 is changed to; `undefined` leaves it. */
let changeEc2: (request: RecordedRequest, xml: string) => { status?: number; xml: string } | undefined;

beforeAll(async () => {
  moto = await startMoto();
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: KEYS.accessKeyId, AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey });
});
afterAll(async () => {
  delete process.env['AWS_ACCESS_KEY_ID'];
  delete process.env['AWS_SECRET_ACCESS_KEY'];
  await moto.stop();
});
beforeEach(async () => {
  await fetch(`${moto.url}/moto-api/reset`, { method: 'POST' });
  changeEc2 = () => undefined;
  server = await startHttpServer(async (request, response) => {
    const changed = request.body.startsWith('Action=') && (await askMoto(request));
    const answer = changed ? changeEc2(request, changed) : undefined;
    if (answer === undefined) {
      return forwardTo(moto.url)(request, response);
    }
    response.writeHead(answer.status ?? 200, { 'content-type': 'text/xml' }).end(answer.xml);
  });
  connection = connect({});
  direct = connect({ endpoint: moto.url });
});
afterEach(async () => {
  connection.close();
  direct.close();
  await server.close();
});

async function askMoto({ headers, body }: RecordedRequest): Promise<string> {
  const { authorization = '', 'content-type': type = '' } = headers;
  return (await fetch(moto.url, { method: 'POST', body, headers: { authorization, 'content-type': type } })).text();
}

function connect(settings: object): S3Connection {
  return createS3Connection({
    settings: parseS3Settings({
      authType: 'keys',
      accessKey: KEYS.accessKeyId,
      secretKey: KEYS.secretAccessKey,
      region: 'eu-west-1',
      endpoint: server.url,
      stsEndpoint: server.url,
      ec2Endpoint: server.url,
      logsEndpoint: server.url,
      ...settings,
    }),
  });
}

const discover = (options: Partial<DiscoverOptions> = {}): Promise<Discovery> =>
  discoverFlowLogs({ connection, nowMs: NOW_MS, ...options });

const ec2 = (region: string) => new EC2Client({ region, endpoint: moto.url, credentials: KEYS });

/** A flow log of a VPC of its own; its id. */
async function createFlowLog(
  region: string,
  request: Partial<CreateFlowLogsRequest>,
  tags: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { Vpc } = await ec2(region).send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
  const { FlowLogIds, Unsuccessful } = await ec2(region).send(
    new CreateFlowLogsCommand({
      ResourceType: 'VPC',
      ResourceIds: [Vpc!.VpcId!],
      TrafficType: 'ALL',
      ...(Object.keys(tags).length > 0 && {
        TagSpecifications: [
          {
            ResourceType: 'vpc-flow-log',
            Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
          },
        ],
      }),
      ...request,
    }),
  );
  expect(Unsuccessful ?? []).toEqual([]);
  return FlowLogIds![0]!;
}

async function createBucket(): Promise<string> {
  const bucket = `vpcflow-${randomUUID()}`;
  await direct.clientFor('us-east-1').send(new CreateBucketCommand({ Bucket: bucket }));
  return bucket;
}

async function put(bucket: string, key: string): Promise<void> {
  await direct.clientFor('us-east-1').send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: logBytes({}) }));
}

const toBucket = (bucket: string): Partial<CreateFlowLogsRequest> => ({
  LogDestinationType: 's3',
  LogDestination: `arn:aws:s3:::${bucket}`,
});
const toGroup = (group: string): Partial<CreateFlowLogsRequest> => ({
  LogDestinationType: 'cloud-watch-logs',
  LogGroupName: group,
  DeliverLogsPermissionArn: `arn:aws:iam::${ACCOUNT}:role/flow`,
});

const logsIn = (region: string) => new CloudWatchLogsClient({ region, endpoint: moto.url, credentials: KEYS });

async function createGroup(region: string, group: string, newestMs?: number): Promise<void> {
  const client = logsIn(region);
  await client.send(new CreateLogGroupCommand({ logGroupName: group }));
  for (const [index, timestamp] of (newestMs === undefined ? [] : [newestMs - HOUR_MS, newestMs]).entries()) {
    const stream = { logGroupName: group, logStreamName: `eni-${index}-all` };
    await client.send(new CreateLogStreamCommand(stream));
    await client.send(new PutLogEventsCommand({ ...stream, logEvents: [{ timestamp, message: 'a record' }] }));
  }
}

/** The start of the five minutes that were `ageMs` ago. */
function stampAt(ageMs: number): string {
  return new Date(Math.floor((NOW_MS - ageMs) / (5 * MINUTE_MS)) * 5 * MINUTE_MS).toISOString();
}

/** In the description of every flow log, puts other text in place of some. */
const replacing =
  (...pairs: readonly (readonly [string | RegExp, string])[]) =>
  (request: RecordedRequest, xml: string) =>
    request.body.includes('Action=DescribeFlowLogs')
      ? { xml: pairs.reduce((text, [from, to]) => text.replaceAll(from, to), xml) }
      : undefined;

const only = ({ flowLogs }: Discovery): DiscoveredFlowLog => {
  expect(flowLogs).toHaveLength(1);
  return flowLogs[0]!;
};

test('finds the flow logs of every region, with all that EC2 knows', async () => {
  const bucket = await createBucket();
  await createGroup('us-east-2', '/vpc/flow', NOW_MS - 10 * MINUTE_MS);
  const inS3 = await createFlowLog(
    'eu-west-1',
    { ...toBucket(bucket), LogFormat: CUSTOM_FORMAT, MaxAggregationInterval: 60 },
    { Name: 'production', team: 'net' },
  );
  await put(bucket, logKey(stampAt(10 * MINUTE_MS), { flowLogId: inS3 }));
  const inGroup = await createFlowLog('us-east-2', { ...toGroup('/vpc/flow'), TrafficType: 'REJECT' });

  const found = await discover();
  expect(found).toMatchObject({ accountId: ACCOUNT, problems: [] });
  expect(found.regions).toEqual(expect.arrayContaining(['eu-west-1', 'us-east-1', 'us-east-2']));
  expect(found.flowLogs).toEqual([
    {
      id: inS3,
      region: 'eu-west-1',
      accountId: ACCOUNT,
      name: 'production',
      tags: { Name: 'production', team: 'net' },
      resourceId: expect.stringMatching(/^vpc-/),
      resourceType: 'vpc',
      trafficType: 'ALL',
      destination: { type: 's3', arn: `arn:aws:s3:::${bucket}`, location: `s3://${bucket}` },
      columns: CUSTOM_COLUMNS,
      fileFormat: 'plain-text',
      isHive: false,
      isHourly: false,
      intervalSec: 60,
      createdMs: expect.any(Number),
      status: 'ACTIVE',
      deliveryStatus: 'SUCCESS',
      check: {
        state: 'delivering',
        message: expect.stringContaining(`newest object of ${stampAt(10 * MINUTE_MS).slice(0, 16)}`),
        newestMs: Date.parse(stampAt(10 * MINUTE_MS)),
        ageSec: (NOW_MS - Date.parse(stampAt(10 * MINUTE_MS))) / 1000,
      },
    },
    {
      id: inGroup,
      region: 'us-east-2',
      accountId: ACCOUNT,
      tags: {},
      resourceId: expect.stringMatching(/^vpc-/),
      resourceType: 'vpc',
      trafficType: 'REJECT',
      destination: { type: 'cloud-watch-logs', location: 'logs://us-east-2//vpc/flow' },
      columns: DEFAULT_FORMAT,
      isHive: false,
      isHourly: false,
      intervalSec: 600,
      createdMs: expect.any(Number),
      status: 'ACTIVE',
      deliveryStatus: 'SUCCESS',
      check: {
        state: 'delivering',
        message: expect.stringMatching(/^newest event of the log group of /),
        newestMs: NOW_MS - 10 * MINUTE_MS,
        ageSec: 600,
      },
    },
  ]);
  expect(found.sources).toEqual([
    { location: 'logs://us-east-2//vpc/flow', name: inGroup, header: DEFAULT_FORMAT.join(' '), flowLogIds: [inGroup] },
    { location: `s3://${bucket}`, name: 'production', flowLogIds: [inS3] },
  ]);
});

test('only in the regions that are named', async () => {
  const bucket = await createBucket();
  const id = await createFlowLog('eu-west-1', toBucket(bucket));
  await createFlowLog('us-east-2', toBucket(bucket));
  const found = await discover({ regions: ['eu-west-1', 'sa-east-1', 'eu-west-1'] });
  expect([found.regions, found.flowLogs.map((flowLog) => flowLog.id)]).toEqual([['eu-west-1', 'sa-east-1'], [id]]);
  expect(server.requests.some(({ body }) => body.includes('DescribeRegions'))).toBe(false);
});

describe('what AWS says of delivery is not believed', () => {
  test('an empty bucket, though AWS says SUCCESS', async () => {
    await createFlowLog('eu-west-1', toBucket(await createBucket()));
    changeEc2 = replacing([/<creationTime>[^<]*/g, '<creationTime>2020-01-01T00:00:00.000Z']);
    expect(only(await discover({ regions: ['eu-west-1'] }))).toMatchObject({
      deliveryStatus: 'SUCCESS',
      check: {
        state: 'empty',
        message: 'no object of it of late, nor on the newest day of its account and region',
      },
    });
  });

  test('a flow log that was made just now has had no time to deliver', async () => {
    await createFlowLog('eu-west-1', toBucket(await createBucket()));
    expect(only(await discover({ regions: ['eu-west-1'] })).check.message).toMatch(
      /; the first records come about 15 minutes after it was made$/,
    );
  });

  test('each flow log of a bucket for itself: one delivers, one has stopped, one never began', async () => {
    const bucket = await createBucket();
    const ids: string[] = [];
    for (const age of [5 * MINUTE_MS, 30 * HOUR_MS, undefined]) {
      const id = await createFlowLog('eu-west-1', toBucket(bucket));
      ids.push(id);
      if (age !== undefined) {
        await put(bucket, logKey(stampAt(age), { flowLogId: id, region: 'eu-west-1' }));
      }
    }
    const { flowLogs, sources } = await discover({ regions: ['eu-west-1'] });
    const states = Object.fromEntries(flowLogs.map(({ id, check }) => [id, check.state]));
    expect(ids.map((id) => states[id])).toEqual(['delivering', 'stopped', 'empty']);
    expect(sources).toEqual([{ location: `s3://${bucket}`, flowLogIds: [...ids].sort() }]);
  });

  test.each([
    ['yesterday', 30 * HOUR_MS],
    ['three weeks ago', 21 * 24 * HOUR_MS],
  ])('one that delivered until %s has stopped', async (_, age) => {
    const bucket = await createBucket();
    const id = await createFlowLog('eu-west-1', toBucket(bucket));
    await put(bucket, logKey(stampAt(age), { flowLogId: id }));
    expect(only(await discover({ regions: ['eu-west-1'] })).check).toMatchObject({
      state: 'stopped',
      newestMs: Date.parse(stampAt(age)),
    });
  });

  test.each([[30 * HOUR_MS], [20 * 24 * HOUR_MS]])(
    'one that stopped %i ms ago, where nobody knows the account',
    async (age) => {
      const bucket = await createBucket();
      const id = await createFlowLog('eu-west-1', toBucket(bucket));
      await put(bucket, logKey(stampAt(age), { flowLogId: id }));
      const anonymous = connect({ stsEndpoint: '' });
      const { accountId, flowLogs } = await discover({ connection: anonymous, regions: ['eu-west-1'] });
      anonymous.close();
      expect(accountId).toBeUndefined();
      expect(flowLogs).toMatchObject([{ id, check: { state: 'stopped', newestMs: Date.parse(stampAt(age)) } }]);
    },
  );

  test('a bucket that is gone', async () => {
    await createFlowLog('eu-west-1', toBucket(await createBucket()));
    changeEc2 = replacing([/arn:aws:s3:::[^<]*/g, 'arn:aws:s3:::vpcflow-that-is-gone/logs/']);
    expect(only(await discover({ regions: ['eu-west-1'] })).check).toEqual({
      state: 'failed',
      message: expect.stringMatching(
        /^cannot list s3:\/\/vpcflow-that-is-gone\/logs\/AWSLogs\/.*the bucket does not exist/,
      ),
    });
  });

  test('an empty log group, one that is gone, and one whose newest event is old', async () => {
    await createGroup('eu-west-1', 'empty');
    await createGroup('eu-west-1', 'old', NOW_MS - 5 * HOUR_MS);
    for (const group of ['empty', 'old', 'gone']) {
      await createFlowLog('eu-west-1', toGroup(group));
    }
    const { flowLogs } = await discover({ regions: ['eu-west-1'] });
    const byLocation = Object.fromEntries(flowLogs.map(({ destination, check }) => [destination.location, check]));
    expect(byLocation).toMatchObject({
      'logs://eu-west-1/empty': { state: 'empty' },
      'logs://eu-west-1/old': { state: 'stopped', ageSec: 5 * 3600 },
      'logs://eu-west-1/gone': { state: 'failed', message: expect.stringContaining('there is no such log group') },
    });
    expect(flowLogs.map(({ deliveryStatus, deliveryError }) => deliveryError ?? deliveryStatus).sort()).toEqual([
      'Access error',
      'SUCCESS',
      'SUCCESS',
    ]);
  });

  test('unless that is asked for: then nothing is listed', async () => {
    await createFlowLog('eu-west-1', toBucket(await createBucket()));
    const before = server.requests.length;
    expect(only(await discover({ regions: ['eu-west-1'], verify: false })).check.state).toBe('unchecked');
    expect(server.requests.slice(before).every(({ method }) => method === 'POST')).toBe(true);
  });
});

describe('where objects lie', () => {
  const OPTIONS =
    '<destinationOptions><fileFormat>parquet</fileFormat><hiveCompatiblePartitions>true</hiveCompatiblePartitions><perHourPartition>true</perHourPartition></destinationOptions>';

  test.each([
    ['below a prefix', 'prod/vpc/', '', { prefix: 'prod/vpc/' }, {}],
    ['below a prefix without a final slash', 'prod', '', { prefix: 'prod/' }, {}],
    ['below a prefix glued on', 'prod', '', { prefix: 'prod' }, {}],
    [
      'as Parquet, Hive and by hour',
      'prod/',
      OPTIONS,
      { prefix: 'prod/', layout: { hive: 'aws-service', hourly: true }, format: 'parquet', extension: '.log.parquet' },
      { fileFormat: 'parquet', isHive: true, isHourly: true },
    ],
  ] as const)('%s', async (_, prefix, options, parts, expected) => {
    const bucket = await createBucket();
    const id = await createFlowLog('eu-west-1', toBucket(bucket));
    const newest = stampAt(0);
    for (const time of [stampAt(2 * HOUR_MS), stampAt(HOUR_MS), newest]) {
      await put(bucket, logKey(time, { ...parts, flowLogId: id }));
    }
    await put(bucket, logKey(newest, { ...parts, flowLogId: 'fl-0ffffffffffffffff' }));
    changeEc2 = replacing(
      [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/${prefix}`],
      ['<logFormat>', `${options}<logFormat>`],
    );
    const before = server.requests.length;
    expect(only(await discover({ regions: ['eu-west-1'] }))).toMatchObject({
      ...expected,
      destination: { location: `s3://${bucket}/${prefix}` },
      check: { state: 'delivering', newestMs: Date.parse(newest) },
    });
    // However full the bucket is.
    expect(server.requests.slice(before).filter(({ url }) => url.includes('list-type')).length).toBeLessThanOrEqual(4);
  });

  test('by hour, one that has stopped beside one that delivers', async () => {
    const bucket = await createBucket();
    const layout = { hive: false, hourly: true } as const;
    const id = await createFlowLog('eu-west-1', toBucket(bucket));
    await put(bucket, logKey(stampAt(20 * HOUR_MS), { layout, flowLogId: id }));
    await put(bucket, logKey(stampAt(0), { layout, flowLogId: 'fl-0ffffffffffffffff' }));
    const hourly = '<destinationOptions><perHourPartition>true</perHourPartition></destinationOptions>';
    changeEc2 = replacing(['<logFormat>', `${hourly}<logFormat>`]);
    expect(only(await discover({ regions: ['eu-west-1'] })).check).toMatchObject({
      state: 'stopped',
      newestMs: Date.parse(stampAt(20 * HOUR_MS)),
    });
  });

  test('a Firehose stream is said to be unreadable', async () => {
    await createFlowLog('eu-west-1', toBucket(await createBucket()));
    const arn = `arn:aws:firehose:eu-west-1:${ACCOUNT}:deliverystream/flows`;
    changeEc2 = replacing(
      [/arn:aws:s3:::[^<]*/g, arn],
      ['<logDestinationType>s3', '<logDestinationType>kinesis-data-firehose'],
    );
    const { flowLogs, sources } = await discover({ regions: ['eu-west-1'] });
    expect(flowLogs[0]).toMatchObject({
      destination: { type: 'kinesis-data-firehose', arn },
      check: { state: 'unchecked', message: 'a Firehose stream cannot be read: name the place that it writes to' },
    });
    expect(flowLogs[0]!.destination.location).toBeUndefined();
    expect(sources).toEqual([]);
  });
});

test('all pages are read', async () => {
  const bucket = await createBucket();
  const ids = [await createFlowLog('eu-west-1', toBucket(bucket)), await createFlowLog('eu-west-1', toBucket(bucket))];
  changeEc2 = (request, xml) => {
    if (!request.body.includes('Action=DescribeFlowLogs')) {
      return undefined;
    }
    const isSecond = new URLSearchParams(request.body).get('NextToken') === 'second';
    const items = [...xml.matchAll(/<item>(?:(?!<\/item>).|<\/item>(?=<\/tagSet>))*<\/item>/gs)].map(([item]) => item);
    const rest = isSecond ? '' : '<nextToken>second</nextToken>';
    const shown = items.filter((item) => item.includes(ids[isSecond ? 1 : 0]!)).join('');
    return {
      xml: `<DescribeFlowLogsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><flowLogSet>${shown}</flowLogSet>${rest}</DescribeFlowLogsResponse>`,
    };
  };
  const { flowLogs } = await discover({ regions: ['eu-west-1'], verify: false });
  expect(flowLogs.map(({ id }) => id)).toEqual([...ids].sort());
});

const REFUSAL = {
  status: 403,
  xml: '<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized to perform this operation.</Message></Error></Errors><RequestID>r</RequestID></Response>',
};
const isFor = (request: RecordedRequest, action: string, region = '') =>
  request.body.includes(`Action=${action}`) && (request.headers.authorization ?? '').includes(region);

describe('what is not allowed', () => {
  test('one region: the others are found all the same', async () => {
    const bucket = await createBucket();
    const id = await createFlowLog('eu-west-1', toBucket(bucket));
    changeEc2 = (request) => (isFor(request, 'DescribeFlowLogs', '/us-east-2/') ? REFUSAL : undefined);
    const { flowLogs, problems } = await discover({ regions: ['eu-west-1', 'us-east-2'] });
    expect(flowLogs.map((flowLog) => flowLog.id)).toEqual([id]);
    expect(problems).toEqual([
      {
        region: 'us-east-2',
        code: 'access-denied',
        message: expect.stringMatching(
          /^cannot list the flow logs of us-east-2: access is denied \(UnauthorizedOperation/,
        ),
        missingAction: 'ec2:DescribeFlowLogs',
      },
    ]);
  });

  test('the regions: only that of the settings is looked at, and that is said', async () => {
    changeEc2 = (request) => (isFor(request, 'DescribeRegions') ? REFUSAL : undefined);
    expect(await discover()).toMatchObject({
      regions: ['eu-west-1'],
      problems: [
        {
          code: 'access-denied',
          message: expect.stringMatching(/^cannot list the regions: .*; only eu-west-1 was looked at$/),
          missingAction: 'ec2:DescribeRegions',
        },
      ],
    });
  });

  describe('listing the destination', () => {
    /** Below these prefixes only. */
    async function discoverWith(isAllowed: (prefix: string) => boolean): Promise<DiscoveredFlowLog> {
      const denying = await startHttpServer((request, response) => {
        const prefix = new URL(request.url, server.url).searchParams.get('prefix');
        return prefix === null || isAllowed(prefix)
          ? forwardTo(moto.url)(request, response)
          : void response.writeHead(403).end('<Error><Code>AccessDenied</Code><Message>no</Message></Error>');
      });
      const denied = connect({ endpoint: denying.url });
      try {
        return only(await discover({ connection: denied, regions: ['eu-west-1'] }));
      } finally {
        denied.close();
        await denying.close();
      }
    }

    test('at all', async () => {
      await createFlowLog('eu-west-1', toBucket(await createBucket()));
      expect((await discoverWith(() => false)).check).toMatchObject({
        state: 'denied',
        missingAction: 's3:ListBucket',
      });
    });

    test.each([['prod/'], ['prod']])('but where it is, %s: that is enough', async (prefix) => {
      const bucket = await createBucket();
      const id = await createFlowLog('eu-west-1', toBucket(bucket));
      changeEc2 = replacing([`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/prod`]);
      const isAllowed = (asked: string) => asked.startsWith(`${prefix}AWSLogs/`);
      expect((await discoverWith(isAllowed)).check.state).toBe('empty');
      await put(bucket, logKey(stampAt(20 * MINUTE_MS), { prefix, flowLogId: id }));
      expect((await discoverWith(isAllowed)).check.state).toBe('delivering');
    });
  });
});

test('keys that AWS does not know are no missing right', async () => {
  changeEc2 = (request) =>
    isFor(request, 'Describe')
      ? {
          status: 401,
          xml: '<Response><Errors><Error><Code>AuthFailure</Code><Message>not able to validate</Message></Error></Errors></Response>',
        }
      : undefined;
  const error = await failureOf(discover());
  expect(error).toMatchObject({
    code: 'access-denied',
    message: expect.stringContaining('does not accept the credentials'),
  });
  expect((error as { fields: object }).fields).not.toHaveProperty('action');
});

test.each(['eu_west_1', 'evil.example/', 'EU', ''])('%j is no region', async (region) => {
  expect(await failureOf(discover({ regions: [region] }))).toMatchObject({ code: 'bad-query' });
  expect(server.requests).toHaveLength(0);
});

test('a private S3 without an EC2 is not asked', async () => {
  const priv = connect({ ec2Endpoint: '' });
  expect(await failureOf(discover({ connection: priv }))).toMatchObject({
    code: 'bad-settings',
    message: expect.stringContaining('is a private S3'),
  });
  expect(server.requests).toHaveLength(0);
});

describe('time', () => {
  test('a region that never answers is missing, the others are there', async () => {
    const bucket = await createBucket();
    const id = await createFlowLog('eu-west-1', toBucket(bucket));
    await server.close();
    server = await startHttpServer((request, response) =>
      isFor(request, 'DescribeFlowLogs', '/us-east-2/')
        ? new Promise(() => undefined)
        : forwardTo(moto.url)(request, response),
    );
    connection.close();
    connection = connect({});
    const { flowLogs, problems } = await discover({ regions: ['eu-west-1', 'us-east-2'], timeoutMs: 2000 });
    expect(flowLogs).toMatchObject([
      { id, check: { state: 'unchecked', message: expect.stringContaining('no time left') } },
    ]);
    expect(problems).toEqual([
      {
        region: 'us-east-2',
        code: 'unavailable',
        message: 'cannot list the flow logs of us-east-2: there was no answer in time',
      },
    ]);
  });

  test('credentials that never come are not waited for', async () => {
    const silent = await startHttpServer(() => new Promise(() => undefined));
    const role = connect({ assumeRoleArn: `arn:aws:iam::${ACCOUNT}:role/read`, stsEndpoint: silent.url });
    try {
      expect(await failureOf(discover({ connection: role, timeoutMs: 300 }))).toMatchObject({
        code: 'unavailable',
        message: 'cannot get credentials: there was no answer in time',
      });
    } finally {
      role.close();
      await silent.close();
    }
  });

  test('whoever has gone gets no answer', async () => {
    expect(await failureOf(discover({ signal: AbortSignal.abort() }))).toMatchObject({ code: 'aborted' });
  });
});

describe('the command', () => {
  const command = (args: readonly string[], { isTTY = false } = {}) =>
    run(['discover', ...args], {
      isTTY,
      clock: () => NOW_MS,
      environment: { AWS_ENDPOINT_URL: server.url, AWS_REGION: 'eu-west-1' },
    });

  test('prints a row per flow log and the commands that read them', async () => {
    const bucket = await createBucket();
    const id = await createFlowLog('eu-west-1', toBucket(bucket), { Name: 'two words' });
    await put(bucket, logKey(stampAt(10 * MINUTE_MS), { flowLogId: id }));
    const { exitCode, stdout, stderr } = await command(['--region', 'eu-west-1', '--region', 'us-east-1']);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['region', 'flow-log', 'name', 'resource', 'traffic', 'destination', 'format', 'interval', 'status', 'delivery'],
      [
        'eu-west-1',
        id,
        'two words',
        expect.stringMatching(/^vpc-/),
        'ALL',
        `s3://${bucket}`,
        '14 fields',
        '10m',
        'SUCCESS',
        expect.stringMatching(/^delivering, 1\d minutes ago$/),
      ],
      [''],
      ['To read them:'],
      ['', `vpcflow table s3://${bucket} --from now-1h`],
      [''],
    ]);
    expect(stderr).toBe(`1 flow log in 2 regions of account ${ACCOUNT}\n`);
    expect(exitCode).toBe(0);
  });

  test('what it prints to read them reads them', async () => {
    const bucket = await createBucket();
    const id = await createFlowLog('eu-west-1', toBucket(bucket));
    await put(bucket, logKey('2026-01-15T10:00:00Z', { flowLogId: id }));
    const { stdout } = await command(['--region', 'eu-west-1', '--path-style']);
    const args = /vpcflow (table .*) --from now-1h/.exec(stdout)![1]!.split(' ');
    const read = await run([...args, '--workers', '0', '--format', 'json'], {
      environment: { AWS_ENDPOINT_URL: server.url, AWS_REGION: 'eu-west-1' },
    });
    expect(JSON.parse(read.stdout)).toMatchObject({ totals: { flows: 1 } });
  });

  test('as JSON with everything, as CSV with a row each', async () => {
    const bucket = await createBucket();
    const id = await createFlowLog('eu-west-1', { ...toBucket(bucket), LogFormat: CUSTOM_FORMAT });
    const json = await command(['--region', 'eu-west-1', '--format', 'json', '-q']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      accountId: ACCOUNT,
      regions: ['eu-west-1'],
      flowLogs: [{ id, columns: CUSTOM_COLUMNS, check: { state: 'empty' } }],
      sources: [{ location: `s3://${bucket}` }],
      problems: [],
    });
    expect(json.stderr).toBe('');
    const csv = (await command(['--region', 'eu-west-1', '--format', 'csv'])).stdout.trimEnd().split('\n');
    expect(csv).toHaveLength(2);
    const row = Object.fromEntries(csv[0]!.split(',').map((name, i) => [name, csv[1]!.split(',')[i]]));
    expect(row).toMatchObject({
      account: ACCOUNT,
      'flow-log': id,
      'resource-type': 'vpc',
      destination: `s3://${bucket}`,
      fields: CUSTOM_COLUMNS.join(' '),
      interval: '600',
      delivery: 'empty',
      newest: '',
    });
  });

  test('ends with 3 if a part could not be looked at, with 1 if nothing could', async () => {
    changeEc2 = (request) => (isFor(request, 'DescribeFlowLogs', '/us-east-2/') ? REFUSAL : undefined);
    const partly = await command(['--region', 'eu-west-1', '--region', 'us-east-2', '-q']);
    expect(partly).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/^cannot list the flow logs of us-east-2/),
    });
    const nothing = await command(['--region', 'us-east-2']);
    expect(nothing).toMatchObject({ exitCode: 1, stdout: '' });
    expect(nothing.stderr).toMatch(/^vpcflow: cannot list the flow logs of us-east-2: access is denied/);
    expect(nothing.stderr).toContain('the right ec2:DescribeFlowLogs.');
  });

  test('tells a terminal how far it has come, and takes that away', async () => {
    await createFlowLog('eu-west-1', toBucket(await createBucket()));
    const args = ['--region', 'eu-west-1', '--region', 'us-east-1'];
    const { stderr } = await command(args, { isTTY: true });
    const lines = stderr.split('\r\u001b[2K');
    expect(lines).toContainEqual(expect.stringMatching(/^regions: 1 of 2, flow logs: [01]$/));
    expect(lines).toContain('flow logs looked at: 1 of 1');
    expect(lines.at(-1)).toBe(`1 flow log in 2 regions of account ${ACCOUNT}\n`);
    expect((await command([...args, '-q'], { isTTY: true })).stderr).toBe('');
  });

  test('without any flow log says so', async () => {
    expect(await command(['--region', 'eu-west-1'])).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: `no flow logs in eu-west-1 of account ${ACCOUNT}\n`,
    });
  });

  test('names a misspelt region as wrong usage', async () => {
    expect(await command(['--region', 'Ireland'])).toMatchObject({ exitCode: 2 });
  });
});
