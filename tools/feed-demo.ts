/**
 * `npm run feed-demo`: fills an S3 bucket with the last hours of the demo's estate and goes on with an object per flow log
 * and five minutes, as AWS does. What is there already is not written again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import {
  CreateBucketCommand,
  HeadBucketCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { Command, InvalidArgumentError } from 'commander';
import { type DeliveredObject, feedObjects } from './demo-feed';

interface Options {
  readonly endpoint?: string;
  readonly bucket: string;
  readonly region: string;
  readonly hours: number;
  readonly once: boolean;
}

const compress = promisify(gzip);

/** How many objects are written at a time. */
const CONCURRENCY = 8;
/** A server that is started beside the feed is there within a minute. */
const START_TRIES = 30;
const START_WAIT_MS = 2000;

await new Command('feed-demo')
  .description(
    'Fills an S3 bucket with made-up VPC flow logs, and goes on. Credentials are found as the AWS SDK finds them.',
  )
  .requiredOption('--bucket <name>', 'made if it is not there')
  .option('--endpoint <url>', 'an S3-compatible server, asked with the bucket in the path; AWS without it')
  .option('--region <name>', 'of the bucket', 'us-east-1')
  .option('--hours <number>', 'how far back the logs go', parseHours, 6)
  .option('--once', 'fill up to now, then end', false)
  .action(feed)
  .parseAsync();

async function feed({ endpoint, bucket, region, hours, once }: Options): Promise<void> {
  const client = new S3Client({ region, ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }) });
  await openBucket(client, bucket);
  const present = await listKeys(client, bucket);
  const objects = feedObjects(Date.now() - hours * 3_600_000);
  const take = () => objects.next().value as DeliveredObject;
  let next = take();
  let undelivered: readonly DeliveredObject[] = [];
  for (;;) {
    const nowMs = Date.now();
    const writing = new Set<Promise<void>>();
    let objectCount = 0;
    const deliver = async (object: DeliveredObject): Promise<void> => {
      if (present.has(object.key)) {
        return;
      }
      objectCount++;
      const written = putObject(client, bucket, object).then(() => void writing.delete(written));
      writing.add(written);
      if (writing.size >= CONCURRENCY) {
        await Promise.race(writing);
      }
    };
    for (const object of undelivered.filter(({ dueMs }) => dueMs <= nowMs)) {
      await deliver(object);
    }
    undelivered = undelivered.filter(({ dueMs }) => dueMs > nowMs);
    for (; next.stampSec * 1000 <= nowMs; next = take()) {
      if (next.dueMs <= nowMs) {
        await deliver(next);
      } else {
        undelivered = [...undelivered, next];
      }
    }
    await Promise.all(writing);
    if (objectCount > 0) {
      process.stdout.write(`${new Date(nowMs).toISOString()} ${objectCount} objects written to ${bucket}\n`);
    }
    if (once) {
      return;
    }
    const wakeMs = Math.min(next.stampSec * 1000, ...undelivered.map(({ dueMs }) => dueMs));
    await sleep(Math.max(1000, wakeMs - Date.now()));
  }
}

/** Makes the bucket if it is not there; waits for a server that does not answer yet. */
async function openBucket(client: S3Client, bucket: string): Promise<void> {
  for (let triesLeft = START_TRIES; ; triesLeft--) {
    try {
      await client.send(new HeadBucketCommand({ Bucket: bucket }));
      return;
    } catch (thrown) {
      if (thrown instanceof S3ServiceException && thrown.$metadata.httpStatusCode === 404) {
        await client.send(new CreateBucketCommand({ Bucket: bucket }));
        return;
      }
      if (thrown instanceof S3ServiceException || triesLeft === 1) {
        throw thrown;
      }
      process.stdout.write(`waiting for the server: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
      await sleep(START_WAIT_MS);
    }
  }
}

async function listKeys(client: S3Client, bucket: string): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: 'AWSLogs/' })) {
    Contents.forEach(({ Key }) => keys.add(Key!));
  }
  return keys;
}

async function putObject(client: S3Client, bucket: string, { key, text }: DeliveredObject): Promise<void> {
  const body = await compress(Buffer.from(text, 'latin1'));
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
}

function parseHours(text: string): number {
  const hours = Number(text);
  if (!/^\d+$/.test(text) || hours < 1 || hours > 24 * 30) {
    throw new InvalidArgumentError('It must be a whole number from 1 to 720.');
  }
  return hours;
}
