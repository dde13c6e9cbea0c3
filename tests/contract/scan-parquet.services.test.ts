/** Parquet objects in a real S3-compatible server: read in parts, under the ETag of the listing, and as text is. */
import { CreateBucketCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { answerTallies } from '../../src/digest/digester';
import { runScan } from '../../src/scan/run-scan';
import { createS3Connection, type S3Connection } from '../../src/store/s3-connection';
import { parseS3Settings } from '../../src/store/s3-settings';
import { createS3Store } from '../../src/store/s3-store';
import type { ObjectStore } from '../../src/store/store';
import { createByteCache } from '../../src/store/byte-cache';
import { withCounting } from '../../src/store/with-counting';
import { withRetry } from '../../src/store/with-retry';
import { withSharing } from '../../src/store/with-sharing';
import { createRandom } from '../../tools/random';
import { digestTotals } from '../../src/view/totals';
import { writeParquet } from '../unit/parquet/write-parquet';
import { logBytes, logKey, makeQuery } from '../unit/scan/flow-logs';
import { createInProcessPool } from '../unit/scan/in-process-worker';

const KEYS = {
  ...{ authType: 'keys', accessKey: 'AKIAIOSFODNN7EXAMPLE', secretKey: 'secret', region: 'us-east-1' },
  endpoint: process.env['VPCFLOW_TEST_MOTO_URL'] ?? '',
};
const START_SEC = Date.parse('2026-01-15T10:00:00Z') / 1000;
const random = createRandom(3);
const COLUMNS = ['start', 'srcaddr', 'dstaddr', 'bytes', 'packets', 'vpc-id', 'log-status'];
const ROWS = Array.from({ length: 60_000 }, (_, i) => [
  ...[String(START_SEC + (i % 300)), `10.0.0.${i % 9}`, `10.0.1.${i % 7}`, String(i), '1'],
  ...[Array.from({ length: 24 }, () => random.below(36).toString(36)).join(''), 'OK'],
]);
const PARQUET = writeParquet(COLUMNS, ROWS, { groupRows: 20_000 });
const BYTES = ROWS.reduce((sum, row) => sum + Number(row[3]), 0);

let connection: S3Connection;
let admin: S3Client;
let bucket: string;
const put = async (key: string, bytes: Uint8Array): Promise<void> => {
  await admin.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, ContentLength: bytes.length }));
};
beforeAll(async () => {
  connection = createS3Connection({ settings: parseS3Settings(KEYS) });
  admin = connection.clientFor('us-east-1');
});
beforeEach(async () => {
  bucket = `vpcflow-${randomUUID()}`;
  await admin.send(new CreateBucketCommand({ Bucket: bucket }));
});
afterAll(() => connection.close());

const scan = (store: ObjectStore) =>
  runScan(makeQuery({ keys: ['srcaddr', 'dstaddr'] }), [{ store, prefix: '', keys: 'aws' }], {
    pool: createInProcessPool(1).pool,
  });

test.each<[string, Parameters<typeof logKey>[1]]>([
  ['plain', {}],
  ['hourly', { layout: { hive: false, hourly: true } }],
  ['Hive', { layout: { hive: 'aws-service', hourly: true } }],
])('%s layout, beside text', async (_name, parts) => {
  expect(PARQUET.length).toBeGreaterThan(2 ** 20);
  await put(logKey('2026-01-15T10:00:00Z', { ...parts, format: 'parquet', extension: '.log.parquet' }), PARQUET);
  await put(logKey('2026-01-15T10:05:00Z', parts), logBytes({ bytes: 7, start: START_SEC }));
  const { store, counts } = withCounting(createS3Store({ connection, bucket }));
  const cache = createByteCache<never>({ maxBytes: 2 ** 26 });
  const result = await scan(withSharing(withRetry(store), { cache }).store);
  expect(result.problems).toEqual({ count: 0, first: [] });
  expect(answerTallies(result.answer)).toMatchObject({ objects: 2, flows: ROWS.length + 1 });
  expect(result.answer.kind === 'digest' && digestTotals(result.answer.digest, ['bytes']).bytes).toBe(BYTES + 7);
  // The text, the footer, and of each row group what stands on either side of the VPC's column.
  expect(counts().readRequests).toBe(2 + 2 * 3);
  expect(counts().bytesRead).toBeLessThan(PARQUET.length / 2);
});

test('an object that is replaced between footer and columns is a problem, not a mixture', async () => {
  const key = logKey('2026-01-15T10:00:00Z', { format: 'parquet', extension: '.log.parquet' });
  await put(key, PARQUET);
  const inner = createS3Store({ connection, bucket });
  let reads = 0;
  const store: ObjectStore = {
    ...inner,
    async *read(name, options) {
      if (++reads === 2) {
        await put(key, writeParquet(COLUMNS, ROWS.slice(1), { groupRows: 20_000 }));
      }
      yield* inner.read(name, options);
    },
  };
  const result = await scan(store);
  expect(result.problems.first).toMatchObject([{ key, code: 'not-found' }]);
  expect(answerTallies(result.answer).lines).toBe(0);
});
