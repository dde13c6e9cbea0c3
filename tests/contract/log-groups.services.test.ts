/** Log groups read from a real server process, against the same lines in files. */
import { CreateFlowLogsCommand, CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerTallies } from '../../src/digest/digester';
import { DEFAULT_FORMAT, DEFAULT_TGW_FORMAT, FIELDS } from '../../src/flow/fields';
import type { ScanResult } from '../../src/scan/run-scan';
import { digestTotals } from '../../src/view/totals';
import {
  answerError,
  forwardTo,
  startHttpServer,
  type HttpServer,
  type RecordedRequest,
  type Responder,
} from '../helpers/http-server';
import { run } from '../unit/cli/run-cli';
import { matchesPattern } from '../unit/logs/match-pattern';
import { recordLine } from '../unit/scan/flow-logs';
import {
  ACCESS_KEY,
  createGroup,
  filesOf,
  HOUR,
  HOUR_MS,
  MOTO_URL,
  openGroup,
  REGION,
  scan,
  type Message,
} from './log-group-fixture';
import { failureOf } from './object-store-contract';

const HOUR_SEC = HOUR_MS / 1000;
const ACCOUNT = '123456789012';

/** A record of the default format some seconds after the hour. */
function messageAt(sec: number, parts: Parameters<typeof recordLine>[0] = {}): Message {
  const start = HOUR_SEC + sec;
  return { text: recordLine({ ...parts, start }), timeMs: start * 1000 };
}

/** Records of any columns. */
function recordsOf(columns: readonly string[], count: number, more: Readonly<Record<string, string>> = {}): Message[] {
  return Array.from({ length: count }, (_, i) => {
    const start = HOUR_SEC + i * 7;
    const values: Record<string, string> = {
      version: '5',
      'account-id': ACCOUNT,
      'interface-id': 'eni-0123456789abcdef0',
      srcaddr: i % 3 === 0 ? '2001:db8::17' : `10.0.${i % 5}.9`,
      dstaddr: i % 3 === 0 ? '2001:db8:1::1' : '10.0.0.220',
      srcport: String(1024 + (i % 50)),
      dstport: i % 4 === 0 ? '22' : '443',
      protocol: '6',
      packets: String(i + 1),
      bytes: String(100 * i + 1),
      start: String(start),
      end: String(start + 59),
      action: i % 4 === 0 ? 'REJECT' : 'ACCEPT',
      'log-status': 'OK',
      'vpc-id': 'vpc-0123456789abcdef0',
      'subnet-id': 'subnet-0123456789abcdef0',
      'instance-id': '-',
      'tcp-flags': '3',
      type: i % 3 === 0 ? 'IPv6' : 'IPv4',
      'pkt-srcaddr': `10.0.${i % 5}.9`,
      'pkt-dstaddr': '10.0.0.220',
      region: REGION,
      'az-id': 'euw1-az1',
      'flow-direction': i % 2 === 0 ? 'ingress' : 'egress',
      'traffic-path': i % 2 === 0 ? '-' : '8',
      'resource-type': 'TransitGateway',
      'tgw-id': 'tgw-0123456789abcdef0',
      'tgw-attachment-id': 'tgw-attach-0123456789abcdef0',
      ...more,
    };
    return { text: columns.map((name) => values[name] ?? '-').join(' '), timeMs: start * 1000 };
  });
}

const fileOf = (columns: readonly string[], messages: readonly Message[]): string =>
  [columns.join(' '), ...messages.map(({ text }) => text), ''].join('\n');

/**
 * What must be equal: the answer, and what became of its lines. Headers and objects are how it was cut, and of lines that
 * do not belong to the question a group need not give all.
 */
function comparable({ answer }: ScanResult) {
  const { flows, noData, skipData, badValue, badStatus, tooFewFields, tooManyFields, filtered, missingFields } =
    answerTallies(answer);
  const content =
    answer.kind === 'digest' ? { ...answer.digest, tallies: undefined } : { ...answer.records, tallies: undefined };
  const counts = { flows, noData, skipData, badValue, badStatus, tooFewFields, tooManyFields, filtered };
  return { counts, missing: Object.keys(missingFields), content };
}

const upTo = (version: number) =>
  FIELDS.filter((field) => field.version <= version && field.scope !== 'tgw').map(({ name }) => name);
const V5 = upTo(5);
const ALPHABETICAL_V5 = [...V5].sort();
const CUSTOM = ['srcaddr', 'dstaddr', 'dstport', 'protocol', 'bytes', 'start', 'end', 'action', 'log-status'];

const QUERIES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'the default digest': {},
  'a filtered table': { view: 'table', keys: ['srcaddr', 'dstport'], filter: 'action = REJECT and dstport < 100' },
  'a series': { view: 'series', keys: ['action'], bucketSec: 300 },
  'a part of the hour': {
    range: { from: new Date(HOUR_MS + 600_000).toISOString(), to: new Date(HOUR_MS + 1_200_000).toISOString() },
  },
  'newest records': { view: 'records', top: 25 },
};

describe('the answer is that of the same lines in a file', () => {
  const cases: Readonly<
    Record<string, { formats: readonly (readonly string[])[]; messages: readonly Message[]; given?: readonly string[] }>
  > = {
    'the default format': { formats: [DEFAULT_FORMAT], messages: recordsOf(DEFAULT_FORMAT, 300, { version: '2' }) },
    'version 5 in the documented order': { formats: [V5], messages: recordsOf(V5, 300) },
    'version 5 in alphabetical order': { formats: [ALPHABETICAL_V5], messages: recordsOf(ALPHABETICAL_V5, 300) },
    'Transit Gateway': {
      formats: [DEFAULT_TGW_FORMAT],
      messages: recordsOf(DEFAULT_TGW_FORMAT, 300, { version: '6' }),
    },
    'a custom format that is given': { formats: [CUSTOM], messages: recordsOf(CUSTOM, 300), given: CUSTOM },
    'without traffic': {
      formats: [DEFAULT_FORMAT],
      messages: recordsOf(DEFAULT_FORMAT, 40, {
        version: '2',
        ...Object.fromEntries(DEFAULT_FORMAT.slice(3, 10).map((name) => [name, '-'])),
        action: '-',
        'log-status': 'NODATA',
      }),
    },
  };
  describe.each(Object.entries(cases))('%s', (_, { formats, messages, given }) => {
    let group: string;
    beforeAll(async () => {
      group = await createGroup(messages);
    });
    test.each(Object.entries(QUERIES))('%s', async (_name, query) => {
      const source = openGroup(group, { columns: given });
      const asked = { range: HOUR, ...query };
      const fromGroup = await scan(asked, [source]);
      const fromFile = await scan(asked, [filesOf({ file: fileOf(formats[0]!, messages) })]);
      source.close();
      expect(fromGroup.problems).toEqual({ count: 0, first: [] });
      expect(comparable(fromGroup).content).toEqual(comparable(fromFile).content);
      expect(comparable(fromGroup).counts).toEqual(comparable(fromFile).counts);
    });
  });
});

test('two formats in one group, of which one was made a header of by mistake, and foreign messages', async () => {
  const first = recordsOf(DEFAULT_FORMAT, 200, { version: '2' });
  const second = recordsOf(V5, 200);
  const third = recordsOf(CUSTOM, 50);
  const at = (sec: number, text: string): Message => ({ text, timeMs: HOUR_MS + sec * 1000 });
  const foreign = [
    at(5, '{"level":"info","message":"not a flow log"}'),
    at(900, 'REPORT RequestId: 7 Duration: 3 ms'),
    at(901, 'Traceback (most recent call last):\n  File "a.py", line 3\n'),
  ];
  const header = at(1, CUSTOM.join(' '));
  const group = await createGroup([...first, ...second, header, ...third.slice(0, 1), ...foreign]);
  const source = openGroup(group);
  const fromGroup = await scan({ range: HOUR, keys: ['srcaddr', 'dstport', 'action'] }, [source]);
  const fromFiles = await scan({ range: HOUR, keys: ['srcaddr', 'dstport', 'action'] }, [
    filesOf({ a: fileOf(DEFAULT_FORMAT, first), b: fileOf(V5, second), c: fileOf(CUSTOM, third.slice(0, 1)) }),
  ]);
  source.close();
  expect(comparable(fromGroup).content).toEqual(comparable(fromFiles).content);
  const tallies = answerTallies(fromGroup.answer);
  expect(tallies.flows).toBe(401);
  // The message of two lines counts as two.
  expect(tallies.tooFewFields + tallies.tooManyFields + tallies.badValue).toBe(4);
  expect(fromGroup.selection.notes).toEqual([
    expect.stringMatching(/14 fields .* and 29 fields .* \d+ of \d+ messages/),
  ]);
  expect(fromGroup.selection.regions).toEqual([REGION]);
  expect(fromGroup.selection.accounts).toEqual([ACCOUNT]);
});

describe('a custom format that EC2 knows', () => {
  const ec2 = new EC2Client({
    region: REGION,
    endpoint: MOTO_URL,
    credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: 'secret' },
  });
  afterAll(() => ec2.destroy());

  async function deliverTo(group: string, columns: readonly string[]): Promise<void> {
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
    const { Unsuccessful = [] } = await ec2.send(
      new CreateFlowLogsCommand({
        ResourceIds: [Vpc!.VpcId!],
        ResourceType: 'VPC',
        TrafficType: 'ALL',
        LogDestinationType: 'cloud-watch-logs',
        LogGroupName: group,
        DeliverLogsPermissionArn: `arn:aws:iam::${ACCOUNT}:role/flow-logs`,
        LogFormat: columns.map((name) => `\${${name}}`).join(' '),
      }),
    );
    expect(Unsuccessful).toEqual([]);
  }

  test('need not be given; one that follows another of as many columns is told from it', async () => {
    const other = [...CUSTOM].reverse();
    const [first, second] = [recordsOf(CUSTOM, 100), recordsOf(other, 70)];
    const group = await createGroup([...first, ...second]);
    await deliverTo(group, CUSTOM);
    await deliverTo(group, other);
    const source = openGroup(group);
    const fromGroup = await scan({ range: HOUR, keys: ['srcaddr', 'dstport'] }, [source]);
    const fromFiles = await scan({ range: HOUR, keys: ['srcaddr', 'dstport'] }, [
      filesOf({ a: fileOf(CUSTOM, first), b: fileOf(other, second) }),
    ]);
    source.close();
    expect(comparable(fromGroup)).toEqual(comparable(fromFiles));
    expect(answerTallies(fromGroup.answer).flows).toBe(170);
    expect(fromGroup.selection.notes).toEqual([]);
  });

  test('is not asked for where that is not allowed: the messages tell', async () => {
    const group = await createGroup(recordsOf(DEFAULT_FORMAT, 10, { version: '2' }));
    const refusing = await startHttpServer((_, response) => {
      response.writeHead(403, { 'content-type': 'text/xml' });
      response.end('<Response><Errors><Error><Code>UnauthorizedOperation</Code></Error></Errors></Response>');
    });
    const source = openGroup(group, { ec2Url: refusing.url });
    const { answer, problems } = await scan({ range: HOUR }, [source]);
    source.close();
    await refusing.close();
    expect(problems.count).toBe(0);
    expect(answerTallies(answer).flows).toBe(10);
    expect(refusing.requests.length).toBe(1);
  });
});

test('several pages of a slice, and one request for each page', async () => {
  const messages = Array.from({ length: 23_000 }, (_, i) => messageAt(i % 300, { srcport: i, bytes: i }));
  const group = await createGroup(messages);
  const server = await startHttpServer(forwardTo(process.env['VPCFLOW_TEST_MOTO_URL'] ?? ''));
  const source = openGroup(group, { url: server.url, columns: DEFAULT_FORMAT });
  const result = await scan({ range: HOUR, keys: [] }, [source]);
  source.close();
  expect(answerTallies(result.answer)).toMatchObject({ flows: 23_000, lines: 23_000, headerLines: 0 });
  expect(bytesOf(result)).toBe((23_000 * 22_999) / 2);
  const pages = eventRequests(server);
  // Five minutes with all events take three pages, each other slice one.
  expect(pages.length).toBe(result.selection.selectedObjects + 2);
  expect(pages.every(({ startTime, endTime }) => endTime! - startTime! < 3_600_000)).toBe(true);
  await server.close();
});

describe('a filter that CloudWatch Logs tests itself', () => {
  // Moto knows no patterns of this kind and gives everything, so a reader of their grammar stands in front of it.
  const messages = [
    ...recordsOf(DEFAULT_FORMAT, 300, { version: '2' }),
    ...recordsOf(DEFAULT_FORMAT, 7, {
      version: '2',
      ...Object.fromEntries(DEFAULT_FORMAT.slice(3, 10).map((name) => [name, '-'])),
      action: '-',
      'log-status': 'SKIPDATA',
    }),
  ];
  const forward = forwardTo(MOTO_URL);
  let group: string;
  let server: HttpServer;
  let given = 0;
  let takesPatterns = true;
  beforeAll(async () => {
    group = await createGroup(messages);
    server = await startHttpServer(async (request, response) => {
      const { filterPattern, ...body } = JSON.parse(request.body) as { filterPattern?: string };
      if (filterPattern === undefined) {
        return forward(request, response);
      }
      if (!takesPatterns) {
        return answerJson(response, 400, { __type: 'InvalidParameterException', message: 'Invalid filter pattern' });
      }
      const passed = withBody(request, body);
      const answer = await fetch(MOTO_URL, {
        method: 'POST',
        headers: {
          'x-amz-target': String(request.headers['x-amz-target']),
          authorization: String(request.headers.authorization),
        },
        body: passed.body,
      });
      const { events, ...rest } = (await answer.json()) as { events: { message: string }[] };
      const matching = events.filter(({ message }) => matchesPattern(filterPattern, message));
      given += matching.length;
      answerJson(response, 200, { ...rest, events: matching });
    });
  });
  afterAll(() => server.close());

  test.each([
    ['action = REJECT', 75 + 7],
    ['dstport = 22 and srcaddr in 10.0.0.0/8', undefined],
    ['srcaddr in (10.0.1.9, 10.0.3.0/24) and bytes > 500', undefined],
  ])('%s: the same answer from fewer lines', async (filter, expected) => {
    given = 0;
    const source = openGroup(group, { url: server.url, columns: DEFAULT_FORMAT });
    const query = { range: HOUR, filter, keys: ['srcaddr', 'dstport', 'action'], counting: 'as-logged' };
    const pushed = await scan(query, [source]);
    const file = await scan(query, [filesOf({ file: fileOf(DEFAULT_FORMAT, messages) })]);
    source.close();
    expect(comparable(pushed).content).toEqual(comparable(file).content);
    const { flows, noData, skipData } = comparable(file).counts;
    expect(comparable(pushed).counts).toMatchObject({ flows, noData, skipData: 7 });
    expect(skipData).toBe(7);
    expect(given).toBeLessThan(200);
    expect(given).toBe(expected ?? given);
    expect(pushed.selection.notes.join(' ')).toMatch(/leaves out most lines that do not pass/);
  });

  test('is tested here where copies have to be told, which takes all lines', async () => {
    given = 0;
    const source = openGroup(group, { url: server.url, columns: DEFAULT_FORMAT });
    const query = { range: HOUR, filter: 'action = REJECT', keys: ['srcaddr'], counting: 'once' };
    const result = await scan(query, [source]);
    const file = await scan(query, [filesOf({ file: fileOf(DEFAULT_FORMAT, messages) })]);
    source.close();
    expect(given).toBe(0);
    expect(comparable(result).content).toEqual(comparable(file).content);
  });

  test('a format that nobody gave is not relied on', async () => {
    given = 0;
    const source = openGroup(group, { url: server.url });
    const result = await scan({ range: HOUR, filter: 'action = REJECT', counting: 'as-logged' }, [source]);
    source.close();
    expect(given).toBe(0);
    expect(answerTallies(result.answer).flows).toBe(75);
  });

  test('a pattern that is not taken is done without', async () => {
    takesPatterns = false;
    const source = openGroup(group, { url: server.url, columns: DEFAULT_FORMAT });
    const result = await scan({ range: HOUR, filter: 'action = REJECT', counting: 'as-logged' }, [source]);
    source.close();
    takesPatterns = true;
    expect(result.problems.count).toBe(0);
    expect(answerTallies(result.answer)).toMatchObject({ flows: 75, skipData: 7 });
  });
});

test('a range without messages takes a request for each slice, and two that look for a format', async () => {
  const group = await createGroup([{ ...messageAt(0), timeMs: HOUR_MS - 3_600_000 }]);
  const server = await startHttpServer(forwardTo(MOTO_URL));
  const source = openGroup(group, { url: server.url });
  const { answer, selection } = await scan({ range: HOUR }, [source]);
  source.close();
  await server.close();
  expect(answerTallies(answer).lines).toBe(0);
  expect(eventRequests(server).length).toBe(2 + selection.selectedObjects);
});

test('events that are said to be earlier than their records count by the records', async () => {
  const early = messageAt(10);
  const group = await createGroup([
    { ...early, timeMs: early.timeMs - 5 * 60_000 },
    // Within the time that is asked for, but before the range.
    messageAt(-60),
  ]);
  const source = openGroup(group, { columns: DEFAULT_FORMAT });
  const { answer } = await scan({ range: HOUR }, [source]);
  source.close();
  expect(answerTallies(answer)).toMatchObject({ flows: 1, otherTime: 1 });
});

describe('what is asked for', () => {
  let group: string;
  beforeAll(async () => {
    group = await createGroup(recordsOf(DEFAULT_FORMAT, 20, { version: '2' }));
  });
  test.each([
    ['the account', { accounts: [ACCOUNT] }, 20],
    ['another account', { accounts: ['999999999999'] }, 0],
    ['the region', { regions: [REGION] }, 20],
    ['another region', { regions: ['us-east-1'] }, 0],
  ])('%s', async (_, asked, flows) => {
    const source = openGroup(group);
    const { answer, selection, problems } = await scan({ range: HOUR, ...asked }, [source]);
    source.close();
    expect(problems.count).toBe(0);
    expect(answerTallies(answer).flows).toBe(flows);
    expect(selection.listedObjects).toBe(selection.selectedObjects + selection.otherAccountObjects);
    expect(selection.otherAccountObjects > 0).toBe(flows === 0);
  });

  test('a group by its ARN is asked for by it, also in a linked account', async () => {
    const forward = forwardTo(process.env['VPCFLOW_TEST_MOTO_URL'] ?? '');
    const arn = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${group}`;
    const asked: unknown[] = [];
    // Moto knows names only.
    const server = await startHttpServer((request, response) => {
      const body = JSON.parse(request.body) as Record<string, unknown>;
      asked.push(body['logGroupIdentifier'] ?? body['accountIdentifiers']);
      return forward(withBody(request, { ...body, logGroupName: group }), response);
    });
    const source = openGroup(group, { url: server.url, location: `${arn}:*` });
    const { answer } = await scan({ range: HOUR, accounts: [ACCOUNT] }, [source]);
    source.close();
    await server.close();
    expect(answerTallies(answer).flows).toBe(20);
    expect(new Set(asked.map((value) => JSON.stringify(value)))).toEqual(
      new Set([JSON.stringify(arn), JSON.stringify([ACCOUNT])]),
    );
  });
});

describe('what cannot be read says why', () => {
  test('no group of that name', async () => {
    const group = await createGroup([]);
    const source = openGroup(group.slice(1));
    await expect(failureOf(scan({ range: HOUR }, [source]))).resolves.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/cannot find the log group vpc\/flow-.* \(did you mean \/vpc\/flow-/),
    });
    source.close();
  });

  test('no time range', async () => {
    const source = openGroup(await createGroup([]));
    await expect(failureOf(scan({}, [source]))).resolves.toMatchObject({
      code: 'bad-query',
      message: expect.stringMatching(/cannot read all of the log group .*--from now-1h/),
    });
    source.close();
  });

  test('a group of other logs, of which nothing is shown', async () => {
    const group = await createGroup([{ text: '{"level":"info"}', timeMs: HOUR_MS + 5000 }]);
    const source = openGroup(group);
    await expect(failureOf(scan({ range: HOUR }, [source]))).resolves.toMatchObject({
      code: 'bad-settings',
      message: expect.stringMatching(/cannot tell the format of .*of 1 messages \(with 1 fields\) none is .*--header/),
    });
    source.close();
  });

  test('a custom format that nobody gave, and then somebody gives', async () => {
    // The messages of samples/otel_valid_vpc_flow_cw_custom.json.
    const texts = [
      '2 eni-1235b8ca123456789 172.31.16.139 172.31.16.21',
      '2 eni-1235b8ca123456789 172.31.9.69 172.31.9.12',
    ];
    const group = await createGroup(texts.map((text) => ({ text, timeMs: HOUR_MS + 5000 })));
    const unknown = openGroup(group);
    await expect(failureOf(scan({ range: HOUR }, [unknown]))).resolves.toMatchObject({ code: 'bad-settings' });
    unknown.close();
    const given = openGroup(group, { columns: ['version', 'interface-id', 'srcaddr', 'dstaddr'] });
    const { answer } = await scan({ range: HOUR, keys: ['srcaddr'] }, [given]);
    given.close();
    expect(answerTallies(answer)).toMatchObject({ lines: 2, tooFewFields: 0, tooManyFields: 0, badValue: 0 });
  });

  test('a group of the class Infrequent Access', async () => {
    const group = await createGroup(recordsOf(DEFAULT_FORMAT, 3));
    const server = await startHttpServer(
      withAnswers((target) =>
        target === 'DescribeLogGroups'
          ? { logGroups: [{ logGroupName: group, logGroupClass: 'INFREQUENT_ACCESS' }] }
          : undefined,
      ),
    );
    const source = openGroup(group, { url: server.url });
    await expect(failureOf(scan({ range: HOUR }, [source]))).resolves.toMatchObject({
      code: 'bad-settings',
      message: expect.stringMatching(/of the class INFREQUENT_ACCESS; FilterLogEvents serves only .* Standard/),
    });
    expect(eventRequests(server)).toEqual([]);
    source.close();
    await server.close();
  });

  test.each(['logs:DescribeLogGroups', 'logs:FilterLogEvents'])('no right for %s', async (action) => {
    const group = await createGroup(recordsOf(DEFAULT_FORMAT, 3, { version: '2' }));
    const forward = forwardTo(process.env['VPCFLOW_TEST_MOTO_URL'] ?? '');
    const server = await startHttpServer((request, response) =>
      `logs:${targetOf(request)}` === action
        ? answerJson(response, 400, {
            __type: 'AccessDeniedException',
            message: `not authorized to perform: ${action}`,
          })
        : forward(request, response),
    );
    const source = openGroup(group, { url: server.url });
    const scanning = scan({ range: HOUR }, [source]);
    if (action === 'logs:FilterLogEvents') {
      await expect(failureOf(scanning)).resolves.toMatchObject({ code: 'access-denied', fields: { action } });
    } else {
      // What a group is need not be known.
      expect(answerTallies((await scanning).answer).flows).toBe(3);
    }
    source.close();
    await server.close();
  });
});

describe('a server that is not well', () => {
  const messages = Array.from({ length: 12_000 }, (_, i) => messageAt(i % 3600, { srcport: i % 60_000, bytes: i }));
  let group: string;
  beforeAll(async () => {
    group = await createGroup(messages);
  });
  const forward = forwardTo(process.env['VPCFLOW_TEST_MOTO_URL'] ?? '');
  const faults: Readonly<Record<string, (n: number) => Responder | undefined>> = {
    'refuses a request in three for its rate': (n) =>
      n % 3 === 1
        ? (_, response) => answerJson(response, 400, { __type: 'ThrottlingException', message: 'Rate exceeded' })
        : undefined,
    'fails now and then': (n) =>
      n % 3 === 1 ? (_, response) => answerError(response, 500, 'InternalFailure') : undefined,
    'breaks off amid an answer': (n) =>
      n % 3 === 1
        ? (_, response) => {
            response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1', 'content-length': '5000' });
            response.write('{"events":[{"message":"2 ');
            setTimeout(() => response.destroy(), 20);
          }
        : undefined,
    'answers half of an answer': (n) =>
      n % 3 === 1
        ? (_, response) => {
            response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
            response.end('{"events":[{"message":"2 ');
          }
        : undefined,
    'gives empty pages with a token': (n) =>
      n % 2 === 0
        ? (request, response) => {
            const { nextToken } = JSON.parse(request.body) as { nextToken?: string };
            return answerJson(response, 200, { events: [], nextToken: `empty-${n} ${nextToken ?? ''}` });
          }
        : undefined,
  };
  test.each(Object.entries(faults))('%s: the answer is whole, and nobody hears of it', async (what, faultOf) => {
    let requests = 0;
    const server = await startHttpServer((request, response) => {
      if (targetOf(request) !== 'FilterLogEvents') {
        return forward(request, response);
      }
      const body = JSON.parse(request.body) as { nextToken?: string };
      // The token of an empty page carries the one that it stands for.
      const nextToken = body.nextToken?.replace(/^empty-\d+ /, '');
      const passed = withBody(request, { ...body, nextToken: nextToken || undefined });
      const fault = faultOf(++requests);
      return fault ? fault(passed, response) : forward(passed, response);
    });
    const retries: string[] = [];
    const source = openGroup(group, {
      url: server.url,
      columns: DEFAULT_FORMAT,
      logs: { report: ({ error }) => void retries.push(error.code), sleep: () => Promise.resolve() },
    });
    const result = await scan({ range: HOUR, keys: [] }, [source]);
    source.close();
    await server.close();
    expect(result.problems).toEqual({ count: 0, first: [] });
    expect(answerTallies(result.answer)).toMatchObject({ flows: 12_000, lines: 12_000 });
    expect(bytesOf(result)).toBe((12_000 * 11_999) / 2);
    expect(requests).toBeGreaterThan(result.selection.selectedObjects);
    if (!what.startsWith('gives')) {
      expect(retries.length).toBeGreaterThan(1);
      expect(new Set(retries)).toEqual(new Set([what.startsWith('refuses') ? 'throttled' : 'unavailable']));
    }
  });

  test('one that stays so is given up, and the slice is said to be missing', async () => {
    const server = await startHttpServer((request, response) => {
      const body = request.body.startsWith('{') ? (JSON.parse(request.body) as { startTime?: number }) : {};
      return targetOf(request) === 'FilterLogEvents' && body.startTime === HOUR_MS
        ? answerError(response, 503, 'ServiceUnavailable')
        : forward(request, response);
    });
    const source = openGroup(group, {
      url: server.url,
      columns: DEFAULT_FORMAT,
      logs: { sleep: () => Promise.resolve() },
    });
    const result = await scan({ range: HOUR, keys: [] }, [source]);
    source.close();
    await server.close();
    expect(result.problems.first).toEqual([
      { key: expect.stringContaining(`${group} ${HOUR.from}/`), code: 'unavailable', message: expect.any(String) },
    ]);
    expect(answerTallies(result.answer).flows).toBeGreaterThan(0);
  });

  test('one that refuses all for their rate is waited for until the query has no time left', async () => {
    const server = await startHttpServer((request, response) =>
      targetOf(request) === 'FilterLogEvents'
        ? answerJson(response, 400, { __type: 'ThrottlingException', message: 'Rate exceeded' })
        : forward(request, response),
    );
    const source = openGroup(group, { url: server.url, columns: DEFAULT_FORMAT });
    await expect(failureOf(scan({ range: HOUR }, [source], {}, { maxSec: 1 }))).resolves.toMatchObject({
      code: 'over-limit',
      fields: { limit: 'maxSec' },
    });
    source.close();
    await server.close();
  });

  test('an abort ends all requests at once', async () => {
    const controller = new AbortController();
    const server = await startHttpServer((request, response) => {
      if (targetOf(request) === 'FilterLogEvents') {
        // Never answered.
        controller.abort();
        return;
      }
      return forward(request, response);
    });
    const source = openGroup(group, { url: server.url, columns: DEFAULT_FORMAT });
    await expect(failureOf(scan({ range: HOUR }, [source], { signal: controller.signal }))).resolves.toMatchObject({
      code: 'aborted',
    });
    // No request is under way any more.
    source.close();
    await server.whenUnconnected();
    await server.close();
  });
});

test('limits hold while reading', async () => {
  const group = await createGroup(Array.from({ length: 2000 }, (_, i) => messageAt(i)));
  const source = openGroup(group, { columns: DEFAULT_FORMAT });
  await expect(failureOf(scan({ range: HOUR }, [source], {}, { maxBytes: 100_000 }))).resolves.toMatchObject({
    code: 'over-limit',
    fields: { limit: 'maxBytes' },
  });
  source.close();
});

function bytesOf({ answer }: ScanResult): number | undefined {
  return answer.kind === 'digest' ? digestTotals(answer.digest, ['bytes']).bytes : undefined;
}

describe('the command', () => {
  const messages = recordsOf(DEFAULT_FORMAT, 300, { version: '2' });
  const environment = {
    AWS_ACCESS_KEY_ID: ACCESS_KEY,
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: REGION,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: MOTO_URL,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const between = ['--from', HOUR.from, '--to', HOUR.to];
  let group: string;
  let folder: string;
  let before: typeof process.env;
  beforeAll(async () => {
    group = await createGroup(messages);
    folder = mkdtempSync(join(tmpdir(), 'vpcflow-logs-'));
    writeFileSync(join(folder, 'flows.log'), fileOf(DEFAULT_FORMAT, messages));
    // The SDK's chain reads the variables of the process itself.
    before = { ...process.env };
    Object.assign(process.env, environment);
  });
  afterAll(() => {
    process.env = before;
    rmSync(folder, { recursive: true });
  });

  test.each([
    ['digest', '--format', 'json'],
    ['table', '--by', 'srcaddr,dstport', '--filter', 'action = REJECT', '--format', 'csv'],
    ['series', '--by', 'action', '--bucket', '5m', '--format', 'json'],
    ['graph', '--format', 'dot'],
    ['records', '--top', '20', '--format', 'csv'],
  ])('%s', async (...args) => {
    // The default region, a name with a slash.
    const ofGroup = await run([...args, `logs:///${group}`, ...between], { environment });
    const ofFile = await run([...args, join(folder, 'flows.log'), ...between], { environment });
    expect([ofGroup.exitCode, ofFile.exitCode]).toEqual([0, 0]);
    const withoutTallies = (text: string) => text.replace(/"tallies": ?\{[^}]*(?:\{[^}]*\})?[^}]*\}/g, '');
    expect(withoutTallies(ofGroup.stdout)).toBe(withoutTallies(ofFile.stdout));
    expect(ofGroup.stderr).toMatch(/note: the log group \/vpc\/flow.* of eu-west-1: 14 fields .* of all 300 messages/);
  });

  test('plan counts slices and says that their size is not known', async () => {
    const { exitCode, stdout } = await run(['plan', `logs://${REGION}/${group}`, ...between], { environment });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/to read: (\d+) objects, 0 B .*\nof unknown size: \1 objects/);
  });

  test.each([
    [
      'no range',
      ['table', 'GROUP'],
      2,
      /cannot read all of the log group .*; give a time range, such as --from now-1h/,
    ],
    ['completeness', ['completeness', 'GROUP', ...between], 2, /a log group has no deliveries to list/],
    ['twice', ['table', 'GROUP', 'logs:///NAME', ...between], 2, /it is the log group of .* and would count twice/],
    ['no such group', ['table', 'logs://eu-west-1/vpc-flaw', ...between], 1, /there is none of that name/],
    ['a typo', ['table', 'GROUP', '--header', 'srcadr dstaddr', ...between], 2, /did you mean srcaddr/],
  ])('%s', async (_, args, exitCode, message) => {
    const words = args.map((word) => word.replace('GROUP', `logs://${REGION}/${group}`).replace('NAME', group));
    const ran = await run(words, { environment });
    expect(ran.stderr).toMatch(message);
    expect(ran.exitCode).toBe(exitCode);
  });
});

interface EventRequest {
  readonly startTime?: number;
  readonly endTime?: number;
}

function eventRequests(server: HttpServer): readonly EventRequest[] {
  return server.requests
    .filter((request) => targetOf(request) === 'FilterLogEvents')
    .map(({ body }) => JSON.parse(body) as EventRequest);
}

/** `FilterLogEvents`. */
function targetOf({ headers }: Parameters<Responder>[0]): string {
  return String(headers['x-amz-target']).split('.').at(-1)!;
}

/** The request with another body. */
function withBody(request: RecordedRequest, body: unknown): RecordedRequest {
  const text = JSON.stringify(body);
  return { ...request, headers: { ...request.headers, 'content-length': String(Buffer.byteLength(text)) }, body: text };
}

function answerJson(response: Parameters<Responder>[1], status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(body));
}

/** Answers some requests, and passes the others on. */
function withAnswers(answerFor: (target: string) => unknown): Responder {
  const forward = forwardTo(process.env['VPCFLOW_TEST_MOTO_URL'] ?? '');
  return (request, response) => {
    const body = answerFor(targetOf(request));
    return body === undefined ? forward(request, response) : answerJson(response, 200, body);
  };
}
