/** A data source whose sources are log groups, as Grafana configures and asks it. */
import { Registry } from 'prom-client';
import { answerTallies } from '../../src/digest/digester';
import { DEFAULT_FORMAT } from '../../src/flow/fields';
import type { FlowQuery, ScanQuery } from '../../src/query/model';
import { normaliseQuery } from '../../src/query/normalise';
import { checkHealth } from '../../src/plugin/check-health';
import { createDataSource, type DataSource } from '../../src/plugin/data-source';
import { createScanMetrics } from '../../src/plugin/scan-metrics';
import { forwardTo, startHttpServer, type HttpServer } from '../helpers/http-server';
import { makeInput } from '../unit/plugin/data-source-input';
import { createInProcessPool } from '../unit/scan/in-process-worker';
import { recordLine } from '../unit/scan/flow-logs';
import { ACCESS_KEY, createGroup, HOUR, HOUR_MS, MOTO_URL, REGION, type Message } from './log-group-fixture';
import { failureOf } from './object-store-contract';

const NOW_MS = Date.now();

function recordAt(timeMs: number, parts: Parameters<typeof recordLine>[0] = {}): Message {
  return { text: recordLine({ ...parts, start: Math.floor(timeMs / 1000) }), timeMs };
}

const opened: DataSource[] = [];
let server: HttpServer;
beforeAll(async () => {
  server = await startHttpServer(forwardTo(MOTO_URL));
});
afterAll(async () => {
  opened.forEach((dataSource) => dataSource.close());
  await server.close();
});

const inputOf = (sources: readonly object[]) =>
  makeInput(
    {
      authType: 'keys',
      defaultRegion: REGION,
      logsEndpoint: server.url,
      ec2Endpoint: MOTO_URL,
      stsEndpoint: MOTO_URL,
      sources,
    },
    { secureJsonData: { accessKey: ACCESS_KEY, secretKey: 'secret' } },
  );

function open(...sources: readonly object[]): DataSource {
  const dataSource = createDataSource(inputOf(sources), {
    version: '1.2.3',
    pool: createInProcessPool(2).pool,
    metrics: createScanMetrics(new Registry(), Date.now),
  });
  opened.push(dataSource);
  return dataSource;
}

function ask<Q extends FlowQuery = ScanQuery>(query: Readonly<Record<string, unknown>>): Q {
  return normaliseQuery({ view: 'table', range: HOUR, ...query }, { nowMs: NOW_MS }) as Q;
}

const call = { signal: new AbortController().signal };

async function health(...sources: readonly object[]) {
  const dataSource = open(...sources);
  const { status, details } = await checkHealth(inputOf(sources), {
    withInstance: (run) => run(dataSource),
    clock: () => NOW_MS,
    role: 'Admin',
  });
  return { status, source: details.sources[0]! };
}

test('a viewer reaches the configured groups by their names, and no other', async () => {
  const [a, b, secret] = await Promise.all([
    createGroup([recordAt(HOUR_MS + 1000), recordAt(HOUR_MS + 2000)]),
    createGroup([recordAt(HOUR_MS + 1000)]),
    createGroup([recordAt(HOUR_MS + 1000)]),
  ]);
  const dataSource = open({ name: 'a', location: `logs:///${a}` }, { location: `logs://${REGION}/${b}` });
  const flowsOf = async (sources: readonly string[]) =>
    answerTallies((await dataSource.scan(ask({ sources }), call)).answer).flows;
  await expect(flowsOf([])).resolves.toBe(3);
  await expect(flowsOf(['a'])).resolves.toBe(2);
  await expect(flowsOf([`logs://${REGION}/${b}`])).resolves.toBe(1);
  await expect(failureOf(flowsOf([`logs://${REGION}/${secret}`]))).resolves.toMatchObject({ code: 'bad-query' });
});

test('what a scan would read is told without reading it, and completeness is refused', async () => {
  const group = await createGroup([recordAt(HOUR_MS + 1000)]);
  const dataSource = open({ location: `logs://${REGION}/${group}` });
  const { selection } = await dataSource.estimate(ask({}), call);
  expect(selection).toMatchObject({ selectedBytes: 0, unsizedObjects: selection.selectedObjects });
  expect(selection.selectedObjects).toBeGreaterThan(0);
  await expect(failureOf(dataSource.measureCompleteness(ask({ view: 'completeness' }), call))).resolves.toMatchObject({
    code: 'bad-query',
    message: expect.stringMatching(/has no deliveries to list/),
  });
});

test('panels of a dashboard ask once, whatever they ask', async () => {
  const group = await createGroup(Array.from({ length: 60 }, (_, i) => recordAt(HOUR_MS + i * 60_000, { bytes: i })));
  const dataSource = open({ location: `logs://${REGION}/${group}`, header: DEFAULT_FORMAT.join(' ') });
  const requestsBefore = server.requests.length;
  const panels = [{ keys: ['srcaddr'] }, { view: 'series', keys: ['action'] }, { view: 'records' }, { keys: [] }];
  const leaving = new AbortController();
  const [left, ...results] = await Promise.all([
    failureOf(dataSource.scan(ask({ keys: ['dstport'] }), { signal: leaving.signal })),
    ...panels.map((panel) => dataSource.scan(ask(panel), call)),
    // One of them goes away, which the others do not notice.
    Promise.resolve(leaving.abort()),
  ]);
  expect(left).toMatchObject({ code: 'aborted' });
  const answers = results.flatMap((result) => (result ? [result] : []));
  expect(answers.map(({ answer }) => answerTallies(answer).flows)).toEqual([60, 60, 60, 60]);
  // The group itself, and each slice.
  const requests = 1 + answers[0]!.selection.selectedObjects;
  expect(server.requests.length - requestsBefore).toBe(requests);
  // And so does one that comes a moment later.
  await dataSource.scan(ask({ keys: ['dstaddr'] }), call);
  expect(server.requests.length - requestsBefore).toBe(requests);
});

describe('health', () => {
  test.each([
    [
      'recognised from the data',
      {},
      /newest event seen is .* old, 14 fields \(recognised from all 3 messages; set header/,
    ],
    ['given', { header: DEFAULT_FORMAT.map((name) => `\${${name}}`).join(' ') }, /14 fields \(settings\)/],
  ])('of a group whose format is %s', async (_, more, message) => {
    const group = await createGroup([1, 2, 3].map((i) => recordAt(NOW_MS - 600_000 + i)));
    const { status, source } = await health({ location: `logs://${REGION}/${group}`, ...more });
    expect(source.message).toMatch(message);
    expect(status).toBe('ok');
    expect(source).toMatchObject({ status: 'ok', regions: [REGION], accounts: ['123456789012'] });
  });

  test('of one whose logs have stopped, is empty, or is not there', async () => {
    const stopped = await createGroup([recordAt(NOW_MS - 5 * 3_600_000)]);
    const { source: old } = await health({ location: `logs://${REGION}/${stopped}` });
    expect(old).toMatchObject({
      status: 'warning',
      message: expect.stringMatching(/5 h.* old.*Has delivery stopped\?/),
    });
    const { source: empty } = await health({ location: `logs://${REGION}/${await createGroup([])}` });
    expect(empty).toMatchObject({
      status: 'error',
      code: 'not-found',
      message: expect.stringMatching(/cannot find any event of the last week/),
    });
    const { source: absent } = await health({ location: `logs://${REGION}/vpc/flaw` });
    expect(absent).toMatchObject({ status: 'error', code: 'not-found', fix: expect.stringMatching(/Check the name/) });
  });

  test('of one of foreign messages names the setting', async () => {
    const group = await createGroup([{ text: '{"level":"info"}', timeMs: NOW_MS - 60_000 }]);
    const { source } = await health({ location: `logs://${REGION}/${group}` });
    expect(source).toMatchObject({ status: 'error', code: 'bad-settings' });
    expect(source.message).toMatch(/give the columns as header/);
    expect(source.message).not.toContain('level');
  });

  test('without the right to read', async () => {
    const group = await createGroup([recordAt(NOW_MS - 60_000)]);
    const refusing = await startHttpServer((request, response) => {
      if (!String(request.headers['x-amz-target']).endsWith('FilterLogEvents')) {
        return forwardTo(MOTO_URL)(request, response);
      }
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ __type: 'AccessDeniedException', message: 'no' }));
    });
    const dataSource = createDataSource(
      makeInput(
        {
          authType: 'keys',
          logsEndpoint: refusing.url,
          stsEndpoint: MOTO_URL,
          sources: [{ location: `logs://${REGION}/${group}` }],
        },
        { secureJsonData: { accessKey: ACCESS_KEY, secretKey: 'secret' } },
      ),
      { version: '1', pool: createInProcessPool(1).pool, metrics: createScanMetrics(new Registry(), Date.now) },
    );
    const { details } = await checkHealth(makeInput(), {
      withInstance: (run) => run(dataSource),
      clock: () => NOW_MS,
      role: 'Admin',
    });
    expect(details.sources[0]).toMatchObject({
      code: 'access-denied',
      missingAction: 'logs:FilterLogEvents',
      fix: `Allow logs:FilterLogEvents on arn:aws:logs:${REGION}:*:log-group:${group}:* for arn:aws:sts::123456789012:user/moto.`,
    });
    dataSource.close();
    await refusing.close();
  });
});
