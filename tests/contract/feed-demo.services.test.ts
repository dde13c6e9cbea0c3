/** The demo's feed, as it is run, against a server: what it writes, and that it writes nothing twice. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { parseObjectKey } from '../../src/flow/object-key';

const ROOT = join(__dirname, '../..');
const FLOW_LOGS = 4;
const MOTO_URL = process.env['VPCFLOW_TEST_MOTO_URL'] ?? '';
const KEYS = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' };

const client = new S3Client({
  region: 'us-east-1',
  endpoint: MOTO_URL,
  forcePathStyle: true,
  credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
});
afterAll(() => client.destroy());

/** Runs it once; what it printed. */
function feed(bucket: string, ...options: string[]): string {
  const { status, stdout, stderr } = spawnSync(
    join(ROOT, 'node_modules/.bin/bun'),
    ['tools/feed-demo.ts', '--endpoint', MOTO_URL, '--bucket', bucket, '--once', ...options],
    { cwd: ROOT, env: { ...process.env, ...KEYS }, encoding: 'utf8' },
  );
  expect({ status, stderr }).toMatchObject({ status: 0 });
  return stdout;
}

const list = async (bucket: string) =>
  (await client.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents!.map(({ Key, ETag }) => ({ Key, ETag }));

test('fills a new bucket with the last hours, and adds nothing when it is started again', async () => {
  const bucket = `feed-${randomUUID()}`;
  expect(feed(bucket, '--hours', '1')).toMatch(/ \d+ objects written to feed-/);
  const objects = await list(bucket);
  // Twelve or so, as the newest are not due yet and one may come late.
  expect(objects.length).toBeGreaterThanOrEqual(FLOW_LOGS * 10);
  expect(objects.length).toBeLessThanOrEqual(FLOW_LOGS * 13);
  const stamps = objects.map(({ Key }) => parseObjectKey(Key!)!.stampSec * 1000);
  expect(Math.max(...stamps)).toBeLessThan(Date.now() - 300_000);
  expect(Math.min(...stamps)).toBeGreaterThan(Date.now() - 2 * 3_600_000);

  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: objects[0]!.Key }));
  const [header, ...records] = gunzipSync(await Body!.transformToByteArray())
    .toString()
    .trimEnd()
    .split('\n');
  expect(header!.split(' ')).toContain('srcaddr');
  expect(records.length).toBeGreaterThan(50);

  feed(bucket, '--hours', '1');
  const again = await list(bucket);
  // Five minutes may have ended meanwhile, and no more.
  expect(again.length - objects.length).toBeLessThanOrEqual(FLOW_LOGS);
  expect(again).toEqual(expect.arrayContaining(objects));
});

test('says what is wrong with an option', () => {
  const { status, stderr } = spawnSync(
    join(ROOT, 'node_modules/.bin/bun'),
    ['tools/feed-demo.ts', '--bucket', 'b-1', '--hours', '0'],
    { cwd: ROOT, encoding: 'utf8' },
  );
  expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('a whole number from 1 to 720') });
});
