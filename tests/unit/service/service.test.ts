import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createJob, printJob } from '../../../src/service/job';
import type { RunningService } from '../../../src/service/serve';
import { parseWindow } from '../../../src/service/window';
import {
  ask,
  describeService,
  HOUR,
  startTestService,
  waitFor,
  type Answer,
  type Flags,
} from '../../contract/service-contract';

describeService('everything in one process and one folder', () => Promise.resolve({ flags: {} }));

describe('around the service', () => {
  let root: string;
  let running: RunningService[];
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'vpcflow-service-'));
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map((service) => service.stop()));
    rmSync(root, { recursive: true, force: true });
  });
  const start = async (flags: Flags = {}): Promise<RunningService> => {
    const service = await startTestService(root, flags);
    running.push(service);
    return service;
  };

  test('with a token, nothing but health is told to strangers', async () => {
    const { urls } = await start({ VPCFLOW_TOKEN: 'sesame' });
    for (const path of [`/?${HOUR}`, '/metrics', '/openapi.json', `/v1/digests?${HOUR}`]) {
      expect(await ask(urls.digest!, 'GET', path)).toMatchObject({ status: 401 });
      const wrong = await ask(urls.digest!, 'GET', path, { headers: { authorization: 'Bearer wrong' } });
      expect(wrong.status).toBe(401);
      const right = await ask(urls.digest!, 'GET', path, { headers: { authorization: 'Bearer sesame' } });
      expect([200, 404]).toContain(right.status);
    }
    expect(await ask(urls.digest!, 'POST', '/topic/event', { body: '{}' })).toMatchObject({ status: 401 });
    expect(await ask(urls.digest!, 'GET', '/healthz')).toMatchObject({ status: 200 });
    expect(await ask(urls.digest!, 'GET', '/readyz')).toMatchObject({ status: 200 });
  });

  test('requests have ids, bodies and rates have limits', async () => {
    const { urls } = await start({ VPCFLOW_RATE_LIMIT: '3', VPCFLOW_MAX_BODY_BYTES: '100' });
    const named = await ask(urls.digest!, 'GET', `/?${HOUR}`, { headers: { 'x-request-id': 'mine-1' } });
    expect(named.headers['x-request-id']).toBe('mine-1');
    const foul = await ask(urls.digest!, 'GET', `/?${HOUR}`, { headers: { 'x-request-id': 'a b"c' } });
    expect(foul.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(await ask(urls.digest!, 'POST', '/topic/event', { body: 'x'.repeat(101) })).toMatchObject({ status: 413 });
    expect(await ask(urls.digest!, 'GET', `/?${HOUR}`)).toMatchObject({ status: 429 });
    expect(await ask(urls.digest!, 'GET', '/healthz')).toMatchObject({ status: 200 });
  });

  test('the description names every route and every status that the contract saw', async () => {
    const { urls } = await start();
    const { paths } = JSON.parse((await ask(urls.digest!, 'GET', '/openapi.json')).body.toString()) as {
      paths: Record<string, Record<string, { responses: object }>>;
    };
    const statuses = Object.fromEntries(
      Object.entries(paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, { responses }]) => [`${method} ${path}`, Object.keys(responses).join()]),
      ),
    );
    expect(statuses).toEqual({
      'post /': '202,400,409',
      'get /': '200,204,400,404',
      'post /{topic}/{event}': '204,400,500,503',
      'post /v1/digests': '200,202,400',
      'get /v1/digests': '200,400,404',
      'get /v1/digests/{id}': '200,400,404',
      'get /v1/digests/{id}/content': '200,400,404,406,422',
      'post /v1/graphs': '200,202,400',
      'get /v1/graphs': '200,400,404',
      'get /v1/graphs/{id}': '200,400,404',
      'get /v1/graphs/{id}/content': '200,400,404,406,422',
      'get /healthz': '200',
      'get /readyz': '200,503',
      'get /metrics': '200',
    });
  });

  test('what was asked for before a stop is made after the next start', async () => {
    const first = await start();
    await ask(first.urls.digest!, 'POST', `/?${HOUR}`);
    await first.stop();
    running = [];
    const second = await start();
    expect(await waitFor(second.urls.digest!, `/?${HOUR}`)).toMatchObject({ status: 200 });
  });

  test('graphs can come from the digests of another service', async () => {
    const digester = await start({ VPCFLOW_TOKEN: 'sesame' });
    const grapher = await startTestService(join(root, 'other'), {
      DIGESTER_ENDPOINT: digester.urls.digest!,
      DIGESTER_TOKEN: 'sesame',
      DIGESTER_POLLING_INTERVAL: '20',
    });
    running.push(grapher);
    await ask(grapher.urls.graph!, 'POST', `/?${HOUR}`);
    expect((await waitFor(grapher.urls.graph!, `/?${HOUR}`)).body.toString()).toMatch(/^digraph/);
    expect(await ask(grapher.urls.digest!, 'GET', `/?${HOUR}`)).toMatchObject({ status: 404 });
    expect(
      await ask(digester.urls.digest!, 'GET', `/?${HOUR}`, { headers: { authorization: 'Bearer sesame' } }),
    ).toMatchObject({
      status: 200,
    });
  });

  test('an endpoint may be the queue: another service that works what it brings', async () => {
    const worker = await start();
    const asked = await startTestService(root, { STREAM_APPLIANCE_ENDPOINT: `${worker.urls.digest}/topic/event` });
    running.push(asked);
    await ask(asked.urls.digest!, 'POST', `/?${HOUR}`);
    expect(await waitFor(asked.urls.digest!, `/?${HOUR}`)).toMatchObject({ status: 200 });
  });

  test('metrics go to a statsd server as well, with tags', async () => {
    const server = createSocket('udp4');
    const lines: string[] = [];
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    server.on('message', (message) => lines.push(message.toString()));
    try {
      const { urls } = await start({ VPCFLOW_STATSD: `127.0.0.1:${server.address().port}` });
      await ask(urls.digest!, 'POST', `/?${HOUR}`);
      await waitFor(urls.digest!, `/?${HOUR}`);
      await ask(urls.digest!, 'GET', '/v1/digests/nonsense');
      const expected = [
        /^vpcflow\.windows\.requested:1\|c\|#kind:digest,outcome:queued$/,
        /^vpcflow\.jobs:1\|c\|#kind:digest,outcome:made$/,
        /^vpcflow\.job\.duration:\d+\|ms\|#kind:digest$/,
        /^vpcflow\.http\.request:\d+\|ms\|#route:\/,method:POST,status:202$/,
        /^vpcflow\.http\.request:\d+\|ms\|#route:\/v1\/digests\/:id,method:GET,status:400$/,
      ];
      while (!expected.every((pattern) => lines.some((line) => pattern.test(line)))) {
        await once(server, 'message');
      }
    } finally {
      server.close();
    }
  });

  test('a damaged object is left out, and the status says so', async () => {
    const { urls } = await start();
    writeFileSync(join(root, 'logs/AWSLogs/123456789012/vpcflowlogs/eu-west-1/2026/01/15', BAD_NAME), 'no gzip');
    await ask(urls.digest!, 'POST', `/?${HOUR}`);
    await waitFor(urls.digest!, `/?${HOUR}`);
    const status = JSON.parse((await ask(urls.digest!, 'GET', `/v1/digests?${HOUR}`)).body.toString()) as {
      complete: boolean;
      notices: string[];
    };
    expect(status.complete).toBe(false);
    expect(status.notices.join()).toContain('0badbad0');
  });
});

describe('stored hours as six hours', () => {
  const SIX_HOURS = 'start=2026-01-15T06:00:00Z&stop=2026-01-15T12:00:00Z';
  const WINDOW = parseWindow('2026-01-15T06:00:00Z', '2026-01-15T12:00:00Z');
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'vpcflow-service-'))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const stored = (): string => join(root, 'data/digests/stored');
  const sixHours = (): string[] =>
    existsSync(stored()) ? readdirSync(stored()).filter((name) => /^hours6-.*\.bin$/.test(name)) : [];
  let isOver: boolean;
  beforeEach(() => void (isOver = false));
  afterEach(() => void (isOver = true));
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo() && !isOver) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  /** Resolves when those of all plans are stored. */
  const waitForSix = (): Promise<void> => until(() => sixHours().length === 5);

  // Nothing listens there; what is asked for is brought by the test.
  const BUS = { STREAM_APPLIANCE_ENDPOINT: 'http://127.0.0.1:9/' };
  test.each<[string, Flags, (urls: RunningService['urls']) => Promise<Answer>]>([
    ['from a queue', {}, ({ digest }) => ask(digest!, 'POST', `/?${SIX_HOURS}`)],
    [
      'brought by an event bus',
      BUS,
      ({ digest }) => ask(digest!, 'POST', '/topic/event', { body: printJob(createJob('digest', WINDOW)) }),
    ],
    [
      'that a graph needs',
      BUS,
      ({ graph }) => ask(graph!, 'POST', '/topic/event', { body: printJob(createJob('graph', WINDOW)) }),
    ],
  ])('are made after a digest %s', async (_, flags, bring) => {
    const service = await startTestService(root, { VPCFLOW_PACKS: true, ...flags });
    try {
      expect((await bring(service.urls)).status).toBeLessThan(300);
      await waitForSix();
    } finally {
      await service.stop();
    }
  });

  test('are made after a start if they are missing, and hold up no stop for longer than the grace time', async () => {
    const first = await startTestService(root, { VPCFLOW_PACKS: true });
    await ask(first.urls.digest!, 'POST', `/?${SIX_HOURS}`);
    await waitForSix();
    await first.stop();
    sixHours().forEach((name) => rmSync(join(stored(), name)));
    const logLines: string[] = [];
    const second = await startTestService(
      root,
      { VPCFLOW_PACKS: true, VPCFLOW_GRACE: '1s' },
      { VPCFLOW_TEST_PAUSE_AFTER: 'write-pack', VPCFLOW_TEST_RESUME_FILE: join(root, 'resume') },
      logLines,
    );
    const isLogged = (text: string) => (): boolean => logLines.some((line) => line.includes(text));
    await until(isLogged('write-pack'));
    await second.stop();
    expect(sixHours()).toHaveLength(1);
    writeFileSync(join(root, 'resume'), '');
    await until(isLogged('added up stored digests'));
  });
});

const BAD_NAME = '123456789012_vpcflowlogs_eu-west-1_fl-0123456789abcdef0_20260115T1010Z_0badbad0.log.gz';
