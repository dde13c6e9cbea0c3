/** Storage, markers and queues in AWS; one connection for each way to reach a bucket. */
import { createS3Connection, type S3Connection } from '../store/s3-connection';
import type { S3Settings } from '../store/s3-settings';
import type { JobQueue } from './job-queue';
import type { MarkerStore } from './marker-store';
import { createS3Bucket, type S3Bucket } from './s3-bucket';
import { createS3Markers } from './s3-markers';
import { createS3Storage } from './s3-storage';
import type { BucketSettings } from './settings';
import { createSqsQueue } from './sqs-queue';
import type { Storage } from './storage';
import type { ProductKind } from './window';

export interface AwsParts {
  openStorage(settings: BucketSettings): Storage;
  openMarkers(settings: BucketSettings): MarkerStore;
  /** `holdMs`: a message that is not heard of for this long is given to another worker. */
  openQueue(kind: ProductKind, url: string, s3: S3Settings, holdMs: number): JobQueue;
  close(): void;
}

/** Nothing is requested before the first call. */
export function createAwsParts(options: {
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly credentialsFile?: string;
}): AwsParts {
  const connections = new Map<string, S3Connection>();
  const connect = (settings: S3Settings): S3Connection => {
    const key = JSON.stringify(settings);
    let connection = connections.get(key);
    if (!connection) {
      connection = createS3Connection({
        settings,
        sessionName: 'vpcflow',
        userAgent: [['vpcflow', options.version]],
        environment: options.environment,
        credentialsFile: options.credentialsFile,
      });
      connections.set(key, connection);
    }
    return connection;
  };
  const open = ({ bucket, s3 }: BucketSettings): S3Bucket => createS3Bucket({ bucket, connection: connect(s3) });
  return {
    openStorage: (settings) => createS3Storage(open(settings)),
    openMarkers: (settings) => createS3Markers(open(settings)),
    openQueue: (kind, url, s3, holdMs) => createSqsQueue({ kind, url, holdMs, connection: connect(s3) }),
    close: () => connections.forEach((connection) => connection.close()),
  };
}
