import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { randomUUID } from 'node:crypto';
import { createAwsParts } from '../../src/service/aws-parts';
import { createS3Bucket } from '../../src/service/s3-bucket';
import { createS3Markers } from '../../src/service/s3-markers';
import { createS3Storage } from '../../src/service/s3-storage';
import { readWhole } from '../../src/service/storage';
import { createJob } from '../../src/service/job';
import { createS3Connection, type S3Connection } from '../../src/store/s3-connection';
import { parseS3Settings } from '../../src/store/s3-settings';
import { describeMarkerStore } from '../unit/service/marker-contract';
import { describeService } from './service-contract';

const MOTO_URL = process.env['VPCFLOW_TEST_MOTO_URL'] ?? '';
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };
const S3 = parseS3Settings({
  authType: 'keys',
  accessKey: KEYS.AWS_ACCESS_KEY_ID,
  secretKey: KEYS.AWS_SECRET_ACCESS_KEY,
  defaultRegion: 'us-east-1',
  endpoint: MOTO_URL,
  forcePathStyle: true,
});

const connection: S3Connection = createS3Connection({ settings: S3 });
const sqs = new SQSClient({
  region: 'us-east-1',
  endpoint: MOTO_URL,
  credentials: { accessKeyId: KEYS.AWS_ACCESS_KEY_ID, secretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY },
});
const markerBucket = `markers-${randomUUID()}`;
beforeAll(() => createBucket(markerBucket));
afterAll(() => {
  connection.close();
  sqs.destroy();
});

async function createBucket(name = `vpcflow-${randomUUID()}`): Promise<string> {
  await connection.clientFor('us-east-1').send(new CreateBucketCommand({ Bucket: name }));
  return name;
}

async function createQueue(): Promise<string> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `vpcflow-${randomUUID()}` }));
  return QueueUrl!;
}

describeMarkerStore('markers of a bucket', () => createS3Markers(createS3Bucket({ bucket: markerBucket, connection })));

test('a bucket as storage: whole objects by name, and what is missing is missing', async () => {
  const storage = createS3Storage(createS3Bucket({ bucket: await createBucket(), connection }));
  expect(await storage.exists('a.json')).toBe(false);
  expect(await readWhole(storage, 'a.json')).toBeUndefined();
  await storage.write('a.json', Buffer.from('1'));
  await storage.write('a.json', Buffer.from('two'));
  expect(await storage.exists('a.json')).toBe(true);
  expect((await readWhole(storage, 'a.json'))?.toString()).toBe('two');
  const listed = [];
  for await (const { name, modifiedMs } of storage.list()) {
    listed.push(name);
    expect(Math.abs(modifiedMs - Date.now())).toBeLessThan(600_000);
  }
  expect(listed).toEqual(['a.json']);
  await storage.remove('a.json');
  await storage.remove('a.json');
  expect(await storage.exists('a.json')).toBe(false);
});

test('a bucket that is not there is told, not taken for empty', async () => {
  const bucket = createS3Bucket({ bucket: `missing-${randomUUID()}`, connection });
  await expect(bucket.check()).rejects.toMatchObject({ code: 'not-found' });
  await expect(bucket.get('a')).rejects.toMatchObject({ code: 'not-found' });
  await expect(bucket.put('a', Buffer.from('1'), { isNew: true })).rejects.toMatchObject({ code: 'not-found' });
});

test('a queue in SQS: given to one, back when it is given back, gone when it is done', async () => {
  const aws = createAwsParts({ version: '1', environment: {} });
  const signal = new AbortController().signal;
  try {
    const queue = aws.openQueue('digest', await createQueue(), S3, 60_000);
    const job = createJob('digest', { startMs: 0, stopMs: 60_000 });
    await queue.check();
    await queue.push(job);
    expect(await queue.depth()).toBe(1);
    const taken = (await queue.take!(signal))!;
    expect(taken).toMatchObject({ job, attempts: 0 });
    await taken.hold();
    await taken.giveBack({ delayMs: 0, isFailure: true });
    const again = (await queue.take!(signal))!;
    expect(again).toMatchObject({ job, attempts: 1 });
    await again.finish();
    expect(await queue.depth()).toBe(0);
    const missing = aws.openQueue('digest', `${MOTO_URL}/123456789012/missing`, S3, 60_000);
    await expect(missing.check()).rejects.toMatchObject({ code: 'unavailable' });
  } finally {
    aws.close();
  }
});

describeService('storage, progress and queues in AWS', async () => ({
  environment: KEYS,
  flags: {
    USE_IAM: 'false',
    VPCFLOW_ENDPOINT_URL: MOTO_URL,
    VPCFLOW_PATH_STYLE: true,
    VPC_FLOW_LOGS_BUCKET_REGION: 'us-east-1',
    DIGEST_STORAGE_BUCKET: await createBucket(),
    DIGEST_STORAGE_BUCKET_REGION: 'us-east-1',
    DIGEST_PROGRESS_BUCKET: await createBucket(),
    DIGEST_PROGRESS_BUCKET_REGION: 'us-east-1',
    DIGEST_QUEUE_URL: await createQueue(),
    GRAPH_STORAGE_BUCKET: await createBucket(),
    GRAPH_STORAGE_BUCKET_REGION: 'us-east-1',
    GRAPH_PROGRESS_BUCKET: await createBucket(),
    GRAPH_PROGRESS_BUCKET_REGION: 'us-east-1',
    GRAPH_QUEUE_URL: await createQueue(),
  },
}));
