/**
 * A dashboard's panels over one data source on a real S3 server: what is requested of S3, counted on the wire.
 */
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { createDataSource, type DataSource } from '../../src/plugin/data-source';
import type { DataQuery, DataResponse } from '../../src/plugin/messages';
import { createNodePositions } from '../../src/plugin/node-positions';
import { queryData } from '../../src/plugin/query-data';
import { createScanMetrics } from '../../src/plugin/scan-metrics';
import { createS3Connection, type S3Connection } from '../../src/store/s3-connection';
import { parseS3Settings } from '../../src/store/s3-settings';
import { createLog } from '../../src/plugin/log';
import { forwardTo, startHttpServer, type HttpServer } from '../helpers/http-server';
import { makeInput } from '../unit/plugin/data-source-input';
import { createInProcessAnswers } from '../unit/plugin/in-process-answers';
import { logBytes, logKey } from '../unit/scan/flow-logs';
import { createInProcessPool } from '../unit/scan/in-process-worker';

const MOTO_URL = process.env['VPCFLOW_TEST_MOTO_URL'] ?? '';
const KEYS = { authType: 'keys', region: 'us-east-1' };
const SECRETS = { accessKey: 'AKIAIOSFODNN7EXAMPLE', secretKey: 'secret' };
const TEN_MS = Date.parse('2026-01-15T10:00:00Z');
const MINUTE_MS = 60_000;
const HOUR = { fromMs: TEN_MS, toMs: TEN_MS + 60 * MINUTE_MS };

/** What the panels of a dashboard ask. */
const PANELS: readonly Readonly<Record<string, unknown>>[] = [
  { view: 'series' },
  { view: 'series', filter: 'action = REJECT', keys: ['dstport'], measures: ['flows'] },
  { view: 'table' },
  { view: 'stat' },
  { view: 'graph' },
  { view: 'records' },
  { view: 'events', keys: ['srcaddr'] },
];

let admin: S3Connection;
let recorder: HttpServer;
let bucket: string;
let dataSource: DataSource;
let nowMs: number;
const { pool } = createInProcessPool(2);
const answers = createInProcessAnswers();

beforeAll(() => {
  admin = createS3Connection({ settings: parseS3Settings({ ...KEYS, ...SECRETS, endpoint: MOTO_URL }) });
});
afterAll(() => {
  admin.close();
  pool.close();
  answers.close();
});
beforeEach(async () => {
  bucket = `vpcflow-${randomUUID()}`;
  await admin.clientFor('us-east-1').send(new CreateBucketCommand({ Bucket: bucket }));
  // One per five minutes, as AWS writes them.
  for (let bin = 0; bin < 12; bin++) {
    await putObject(bin);
  }
  recorder = await startHttpServer(forwardTo(MOTO_URL));
  nowMs = HOUR.toMs;
  dataSource = createDataSource(
    makeInput(
      { ...KEYS, endpoint: recorder.url, sources: [{ name: 'logs', location: `s3://${bucket}/logs/` }] },
      { secureJsonData: SECRETS },
    ),
    { version: '1', pool, metrics: createScanMetrics(new Registry(), Date.now), clock: () => nowMs },
  );
});
afterEach(async () => {
  dataSource.close();
  await recorder.close();
});

async function putObject(bin: number): Promise<string> {
  const startMs = TEN_MS + bin * 5 * MINUTE_MS;
  const Key = logKey(new Date(startMs).toISOString(), { prefix: 'logs/' });
  const start = startMs / 1000;
  const Body = logBytes({ start, bytes: 1 }, { start: start + 60, bytes: 10, action: 'REJECT', dstport: 22 });
  await admin.clientFor('us-east-1').send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  return Key;
}

/** Each panel is a call of its own, as a browser makes them. */
function askAll(timeRange = HOUR): Promise<DataResponse[]> {
  return Promise.all(
    PANELS.map(async (panel, i) => {
      const query: DataQuery = {
        refId: 'A',
        queryType: '',
        maxDataPoints: 100,
        intervalMs: 1000,
        timeRange,
        json: Buffer.from(JSON.stringify({ ...panel, refId: 'A' })),
      };
      const { responses } = await queryData({ headers: new Map(), queries: [query] }, (run) => run(dataSource), {
        signal: new AbortController().signal,
        log: createLog({ destination: { write: (line) => fail(`panel ${i}: ${line}`) }, module: 'test' }),
        clock: () => nowMs,
        positions: createNodePositions(),
        answers,
      });
      return responses.get('A')!;
    }),
  );
}

function fail(message: string): never {
  throw new Error(message);
}

/** Requests since the last time, as path and query. */
function createCounter() {
  let seen = 0;
  return () => {
    const urls = recorder.requests.slice(seen).map(({ url }) => url);
    seen = recorder.requests.length;
    return {
      lists: urls.filter((url) => url.includes('list-type')),
      reads: urls.filter((url) => url.includes('.log')),
    };
  };
}

test('panels that ask together list and read everything once; a refresh reads only what is new', async () => {
  const newRequests = createCounter();
  const answers = await askAll();
  expect(answers.map(({ status, error }) => error ?? status)).toEqual(PANELS.map(() => 200));
  const first = newRequests();
  expect(first.reads).toHaveLength(12);
  expect(new Set(first.reads).size).toBe(12);
  expect(first.lists).toEqual([...new Set(first.lists)]);
  expect(first.lists.length).toBeLessThan(8);

  // At once again: everything is at hand.
  expect(await askAll()).toEqual(answers.map(() => expect.objectContaining({ status: 200 })));
  expect(newRequests()).toEqual({ lists: [], reads: [] });

  // Later there is one object more, and the range has moved on.
  nowMs += 5 * MINUTE_MS;
  const key = await putObject(12);
  await askAll({ fromMs: HOUR.fromMs + 5 * MINUTE_MS, toMs: nowMs });
  const later = newRequests();
  expect(later.lists).toHaveLength(first.lists.length);
  expect(later.reads.map((url) => decodeURIComponent(new URL(url, 'http://x').pathname))).toEqual([
    `/${bucket}/${key}`,
  ]);
});
