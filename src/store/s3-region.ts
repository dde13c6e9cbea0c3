/**
 * In which region a bucket is. Asked once per bucket and remembered: the SDK's own `followRegionRedirects` pays for the
 * redirect again with every request.
 */

import { HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';

import { unlessAborted, assertNotAborted } from '../errors';
import { flowErrorFromS3, regionOf } from './s3-errors';

/** Remembers the regions of buckets. Safe to share; callers that ask for the same bucket at once share one request. */
export interface RegionFinder {
  /** The region of a bucket; rejects with the asker's error, which is not remembered. */
  find(bucket: string, options?: { readonly startRegion?: string; readonly signal?: AbortSignal }): Promise<string>;
  /** To be called when a bucket turns out not to be where it was. */
  forget(bucket: string): void;
}

export interface RegionFinderOptions {
  /** Asks for a bucket's region beginning at a region; gives that region if the answer does not say. */
  readonly ask: (bucket: string, startRegion: string) => Promise<string>;
  /** Where to begin unless the caller knows better. */
  readonly startRegion: string;
}

export function createRegionFinder({ ask, startRegion: usual }: RegionFinderOptions): RegionFinder {
  const asked = new Map<string, Promise<string>>();
  return {
    async find(bucket, { startRegion = usual, signal } = {}) {
      assertNotAborted(signal);
      let answer = asked.get(bucket);
      if (answer === undefined) {
        answer = ask(bucket, startRegion);
        asked.set(bucket, answer);
        answer.catch(() => asked.delete(bucket));
      }
      return unlessAborted(answer, signal);
    },
    forget(bucket) {
      asked.delete(bucket);
    },
  };
}

/**
 * Asks S3 with HeadBucket. Its refusals (301, 400, 403) name the region as well, so no permission is needed
 * (`x-amz-bucket-region`; the SDK gives it only as a header of the error's response).
 */
export async function askBucketRegion(client: S3Client, bucket: string, startRegion: string): Promise<string> {
  try {
    const { BucketRegion } = await client.send(new HeadBucketCommand({ Bucket: bucket }));
    return BucketRegion ?? startRegion;
  } catch (thrown) {
    const region = regionOf(thrown);
    if (region !== undefined) {
      return region;
    }
    const status = (thrown as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (status === 403) {
      // Something before S3 refused (a service control policy); the list or read will say it with more words.
      return startRegion;
    }
    throw flowErrorFromS3(thrown, {
      doing: `find the region of s3://${bucket}`,
      action: 's3:ListBucket',
      fields: { bucket },
    });
  }
}
