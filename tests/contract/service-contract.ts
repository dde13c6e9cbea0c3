/**
 * Requests and answers of vpcflow-digesterd and vpcflow-grapherd, from their documentation, held against a running service;
 * and what ours adds under `/v1`.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { tableFromIPC } from 'apache-arrow';
import { startService, type RunningService } from '../../src/service/serve';
import { readSettings } from '../../src/service/settings';
import type { VariableName } from '../../src/service/variables';
import { createInProcessWorker } from '../unit/scan/in-process-worker';
import { logBytes, logKey } from '../unit/scan/flow-logs';

export type Flags = Partial<Record<VariableName, string | boolean>>;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Asks, and takes the bytes as they come: `fetch` would decompress. */
export function ask(
  base: string,
  method: string,
  path: string,
  { headers = {}, body }: { readonly headers?: Record<string, string>; readonly body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(new URL(path, base), { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** A service in this process, over a folder with logs of 2026-01-15, 10:00 to 11:00. */
export async function startTestService(
  root: string,
  flags: Flags = {},
  environment: Readonly<Record<string, string>> = {},
  logLines: string[] = [],
): Promise<RunningService> {
  const logs = join(root, 'logs');
  const key = join(logs, logKey('2026-01-15T10:05:00Z'));
  mkdirSync(dirname(key), { recursive: true });
  writeFileSync(
    key,
    logBytes({ src: '10.0.0.1', bytes: 7 }, { src: '10.0.0.1', bytes: 5 }, { src: '10.0.0.9', action: 'REJECT' }),
  );
  const settings = readSettings({
    locations: [logs],
    flags: {
      PORT: '0',
      GRAPH_PORT: '0',
      VPCFLOW_DATA_DIR: join(root, 'data'),
      VPCFLOW_WORKERS: '0',
      VPCFLOW_GRACE: '5s',
      ...flags,
    },
    environment,
  });
  return startService(settings, {
    version: '9.8.7',
    environment,
    createWorker: () => createInProcessWorker(),
    cpuCount: 1,
    clock: Date.now,
    destination: { write: (line) => logLines.push(line) },
  });
}

export const HOUR = 'start=2026-01-15T10:00:00Z&stop=2026-01-15T11:00:00Z';
const HOUR_ID = '23047cde-2040-5511-85a2-d7add00e7b18';
const LINES = [
  '2 123456789012 eni-0a 10.0.0.1 10.0.0.2 0 443 6 2 12 1768471200 1768471259 ACCEPT OK',
  '2 123456789012 eni-0a 10.0.0.9 10.0.0.2 0 443 6 1 100 1768471200 1768471259 REJECT OK',
];

/** Asks until there is another answer than 204. */
export async function waitFor(base: string, path: string): Promise<Answer> {
  for (;;) {
    const answer = await ask(base, 'GET', path);
    if (answer.status !== 204) {
      return answer;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Runs the contract; `flagsFor` gives the settings of a service with nothing stored. */
export function describeService(
  name: string,
  flagsFor: () => Promise<{ readonly flags: Flags; readonly environment?: Readonly<Record<string, string>> }>,
): void {
  describe(name, () => {
    let root: string;
    let service: RunningService;
    let digests: string;
    let graphs: string;
    let logLines: string[];
    beforeEach(async () => {
      logLines = [];
      root = mkdtempSync(join(tmpdir(), 'vpcflow-service-'));
      const { flags, environment } = await flagsFor();
      service = await startTestService(root, flags, environment, logLines);
      digests = service.urls.digest!;
      graphs = service.urls.graph!;
    });
    afterEach(async () => {
      await service.stop();
      rmSync(root, { recursive: true, force: true });
      // What a client does not see: an answer sent twice, a part that failed and was tried again.
      expect(logLines.filter((line) => /"level":"(?:warn|error|fatal)"/.test(line))).toEqual([]);
      expect(logLines.join('')).toContain('service stopped');
    });

    test('a digest: 404, 202, and then gzip without an encoding, 409 for who asks again', async () => {
      expect(await ask(digests, 'GET', `/?${HOUR}`)).toMatchObject({ status: 404 });
      const posted = await ask(digests, 'POST', `/?${HOUR}`);
      expect(posted.status).toBe(202);
      expect(posted.body).toHaveLength(0);
      const got = await waitFor(digests, `/?${HOUR}`);
      expect(got.status).toBe(200);
      expect(got.headers['content-type']).toBe('application/octet-stream');
      expect(got.headers['content-encoding']).toBeUndefined();
      expect(gunzipSync(got.body).toString().trimEnd().split('\n')).toEqual(LINES);
      const again = await ask(
        digests,
        'POST',
        '/?start=2026-01-15T12:00:59.5%2B02:00&stop=2026-01-15T11:00:00.000000001Z',
      );
      expect(again.status).toBe(409);
      expect(JSON.parse(again.body.toString())).toEqual({ message: `digest ${HOUR_ID} already exists` });
    });

    test('a graph: has the digest made, and is DOT as it is', async () => {
      expect(await ask(graphs, 'GET', `/?${HOUR}`)).toMatchObject({ status: 404 });
      expect(await ask(graphs, 'POST', `/?${HOUR}`)).toMatchObject({ status: 202 });
      const got = await waitFor(graphs, `/?${HOUR}`);
      expect(got).toMatchObject({ status: 200, headers: { 'content-type': 'application/octet-stream' } });
      expect(got.body.toString()).toMatch(/^digraph "vpcflow" \{[^]*"10\.0\.0\.9" -> "10\.0\.0\.2"/);
      expect(await ask(graphs, 'POST', `/?${HOUR}`)).toMatchObject({ status: 409 });
      expect(await ask(digests, 'GET', `/?${HOUR}`)).toMatchObject({ status: 200 });
    });

    test.each(['GET', 'POST'])('%s says what is wrong with a window', async (method) => {
      for (const [query, why] of [
        ['start=invalid&stop=2026-01-15T11:00:00Z', 'start is "invalid"'],
        ['start=2026-01-15T11:00:00Z&stop=invalid', 'stop is "invalid"'],
        ['start=2026-01-15T11:00:00Z&stop=2026-01-15T10:00:00Z', 'start should be before stop'],
        ['stop=2026-01-15T10:00:00Z', 'start is missing'],
      ] as const) {
        const answer = await ask(digests, method, `/?${query}`);
        expect(answer).toMatchObject({ status: 400, headers: { 'content-type': 'application/json; charset=utf-8' } });
        expect((JSON.parse(answer.body.toString()) as { message: string }).message).toContain(why);
      }
    });

    test('of overlapping requests one gets the job', async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask(digests, 'POST', `/?${HOUR}`)));
      expect(answers.map(({ status }) => status).sort()).toEqual([202, ...Array.from({ length: 9 }, () => 409)]);
      expect(await waitFor(digests, `/?${HOUR}`)).toMatchObject({ status: 200 });
      const metrics = (await ask(digests, 'GET', '/metrics')).body.toString();
      expect(metrics).toContain('vpcflow_windows_requested_total{kind="digest",outcome="queued"} 1\n');
    });

    test('a job that is brought is worked at once, and once more is no harm', async () => {
      const body = JSON.stringify({ id: HOUR_ID, start: '2026-01-15T10:00:00Z', stop: '2026-01-15T11:00:00Z' });
      const headers = { 'content-type': 'application/octet-stream' };
      for (let time = 0; time < 2; time++) {
        expect(await ask(digests, 'POST', '/topic/event', { body, headers })).toMatchObject({ status: 204 });
        expect(await ask(digests, 'GET', `/?${HOUR}`)).toMatchObject({ status: 200 });
      }
      for (const wrong of ['', '{}', '{"id":"x"}', body.replace('T11', 'T09')]) {
        expect(await ask(digests, 'POST', '/topic/event', { body: wrong, headers })).toMatchObject({ status: 400 });
      }
    });

    test('/v1 tells the status and has the contents in the format asked for', async () => {
      const path = `/v1/digests/${HOUR_ID}`;
      const unknown = await ask(digests, 'GET', path);
      expect(unknown.status).toBe(404);
      expect(JSON.parse(unknown.body.toString())).toMatchObject({ state: 'unknown', id: HOUR_ID });
      const body = JSON.stringify({ start: '2026-01-15T10:00:00Z', stop: '2026-01-15T11:00:00Z' });
      const posted = await ask(digests, 'POST', '/v1/digests', { body });
      expect(posted).toMatchObject({ status: 202, headers: { location: path } });
      await waitFor(digests, `/?${HOUR}`);
      expect(await ask(digests, 'POST', '/v1/digests', { body })).toMatchObject({ status: 200 });
      const ready = await ask(digests, 'GET', `/v1/digests?${HOUR}`);
      expect(JSON.parse(ready.body.toString())).toMatchObject({
        ...{ kind: 'digest', state: 'ready', complete: true, notices: [], rowCount: 2, records: 3, bytes: 112 },
        ...{ start: '2026-01-15T10:00:00Z', stop: '2026-01-15T11:00:00Z', links: { content: `${path}/content` } },
      });
      const content = (headers: Record<string, string>) => ask(digests, 'GET', `${path}/content`, { headers });
      expect((await content({})).body.toString().trimEnd().split('\n')).toEqual(LINES);
      const packed = await content({ 'accept-encoding': 'gzip' });
      expect(packed.headers['content-encoding']).toBe('gzip');
      expect(gunzipSync(packed.body).toString()).toBe(`${LINES.join('\n')}\n`);
      const { columns, rows } = JSON.parse((await content({ accept: 'application/json' })).body.toString()) as {
        columns: string[];
        rows: unknown[][];
      };
      expect(rows.map((row) => row[columns.indexOf('bytes')])).toEqual([12, 100]);
      const arrow = tableFromIPC((await content({ accept: 'application/vnd.apache.arrow.file' })).body);
      expect([...arrow.getChild('bytes')!].sort()).toEqual([100, 12]);
      expect(await content({ accept: 'image/png' })).toMatchObject({ status: 406 });
      expect(await ask(digests, 'GET', '/v1/digests/nonsense')).toMatchObject({ status: 400 });
    });

    test('/v1/graphs has DOT and SVG', async () => {
      expect(await ask(digests, 'POST', `/v1/graphs?${HOUR}`)).toMatchObject({ status: 202 });
      await waitFor(graphs, `/?${HOUR}`);
      const { links } = JSON.parse((await ask(digests, 'GET', `/v1/graphs?${HOUR}`)).body.toString()) as {
        links: { content: string };
      };
      expect((await ask(digests, 'GET', links.content)).body.toString()).toMatch(/^digraph/);
      const svg = await ask(digests, 'GET', links.content, { headers: { accept: 'image/svg+xml' } });
      expect(svg.headers['content-type']).toBe('image/svg+xml');
      expect(svg.body.toString()).toContain('<svg');
    });

    test('everything is ready', async () => {
      const ready = await ask(digests, 'GET', '/readyz');
      expect(JSON.parse(ready.body.toString())).toMatchObject({ status: 'ok' });
      expect(ready.status).toBe(200);
    });
  });
}
