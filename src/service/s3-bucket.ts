/** Writing to a bucket, which the stores of flow logs never do; with S3's conditions, on which ownership is built. */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import { FlowError } from '../errors';
import type { S3Connection } from '../store/s3-connection';
import { flowErrorFromS3, regionOf } from '../store/s3-errors';

/** On what a write depends: there is no object, or it still has this ETag. */
export type WriteCondition = { readonly isNew: true } | { readonly etag: string };

export interface S3Bucket {
  readonly bucket: string;
  has(key: string): Promise<boolean>;
  /** `undefined` if there is no such object. */
  get(key: string): Promise<{ readonly body: Readable; readonly sizeBytes: number; readonly etag: string } | undefined>;
  /** The new ETag, or `undefined` if the condition does not hold. */
  put(key: string, bytes: Uint8Array, condition?: WriteCondition): Promise<string | undefined>;
  /** Nothing happens if there is no such object, or if it has another ETag. */
  remove(key: string, etag?: string): Promise<void>;
  list(): AsyncIterable<{ readonly key: string; readonly sizeBytes: number; readonly modifiedMs: number }>;
  /** Rejects if the bucket is not there or not ours to use. */
  check(): Promise<void>;
}

interface Failure {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** The bucket behind a connection. Nothing is requested before the first call. */
export function createS3Bucket({
  bucket,
  connection,
}: {
  readonly bucket: string;
  readonly connection: S3Connection;
}): S3Bucket {
  const { settings, regions } = connection;
  const isFixed = settings.endpoint !== undefined || bucket.startsWith('arn:');

  const request = async <T>(doing: string, key: string, send: (client: S3Client) => Promise<T>): Promise<T> => {
    try {
      const region = isFixed
        ? (settings.region ?? 'us-east-1')
        : await regions.find(bucket, { startRegion: settings.region });
      return await send(connection.clientFor(region));
    } catch (thrown) {
      if (statusOf(thrown) === 404 || statusOf(thrown) === 412 || statusOf(thrown) === 409) {
        throw thrown;
      }
      const error = flowErrorFromS3(thrown, {
        doing: `${doing} s3://${bucket}/${key}`,
        action: 's3:GetObject',
        fields: { bucket, key },
      });
      if (!isFixed && error.code === 'bad-settings' && regionOf(thrown) !== undefined) {
        regions.forget(bucket);
      }
      throw error;
    }
  };
  /** Only a missing object is an answer; a missing bucket is a failure. */
  const ifThere = async <T>(doing: string, key: string, result: Promise<T>): Promise<T | undefined> => {
    try {
      return await result;
    } catch (thrown) {
      if (statusOf(thrown) === 404 && (thrown as Failure).name !== 'NoSuchBucket') {
        return undefined;
      }
      throw flowErrorFromS3(thrown, {
        doing: `${doing} s3://${bucket}/${key}`,
        action: 's3:GetObject',
        fields: { bucket, key },
      });
    }
  };

  return {
    bucket,
    async has(key) {
      const command = new HeadObjectCommand({ Bucket: bucket, Key: key });
      const head = await ifThere(
        'look for',
        key,
        request('look for', key, (client) => client.send(command)),
      );
      return head !== undefined;
    },
    async get(key) {
      const command = new GetObjectCommand({ Bucket: bucket, Key: key });
      const output = await ifThere(
        'read',
        key,
        request('read', key, (client) => client.send(command)),
      );
      return (
        output && {
          body: output.Body as Readable,
          sizeBytes: output.ContentLength ?? 0,
          etag: output.ETag ?? '',
        }
      );
    },
    async put(key, bytes, condition) {
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: bytes,
        ContentLength: bytes.length,
        ...(condition && ('isNew' in condition ? { IfNoneMatch: '*' } : { IfMatch: condition.etag })),
      });
      try {
        const output = await request('write', key, (client) => client.send(command));
        return output.ETag ?? '';
      } catch (thrown) {
        // 409: another conditional write of this key is under way. 404: what should have that ETag is gone.
        if (condition && [404, 409, 412].includes(statusOf(thrown)) && (thrown as Failure).name !== 'NoSuchBucket') {
          return undefined;
        }
        throw flowErrorFromS3(thrown, {
          doing: `write s3://${bucket}/${key}`,
          action: 's3:GetObject',
          fields: { bucket, key, action: 's3:PutObject' },
        });
      }
    },
    async remove(key, etag) {
      const command = new DeleteObjectCommand({
        Bucket: bucket,
        Key: key,
        ...(etag !== undefined && { IfMatch: etag }),
      });
      try {
        await request('remove', key, (client) => client.send(command));
      } catch (thrown) {
        if (![404, 409, 412].includes(statusOf(thrown))) {
          throw FlowError.from(thrown);
        }
      }
    },
    async *list() {
      let token: string | undefined;
      do {
        const command = new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token });
        const page = await request('list', '', (client) => client.send(command));
        for (const { Key: key, Size: sizeBytes = 0, LastModified: modified } of page.Contents ?? []) {
          if (key !== undefined && modified !== undefined) {
            yield { key, sizeBytes, modifiedMs: modified.getTime() };
          }
        }
        token = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
    },
    async check() {
      const command = new HeadBucketCommand({ Bucket: bucket });
      const found = await ifThere(
        'use',
        '',
        request('use', '', (client) => client.send(command)),
      );
      if (!found) {
        throw new FlowError('not-found', `cannot use s3://${bucket}: the bucket does not exist`, {
          fields: { bucket },
        });
      }
    },
  };
}

function statusOf(thrown: unknown): number {
  return (thrown as Failure | undefined)?.$metadata?.httpStatusCode ?? 0;
}
