/** Markers as objects `<id>_in_progress` of a bucket, as the Go services name them; an ETag is the version. */
import type { MarkerStore } from './marker-store';
import type { S3Bucket } from './s3-bucket';

const SUFFIX = '_in_progress';

/**
 * The markers of a bucket. It must honour `If-None-Match` and `If-Match` for PUT, as S3 does since 2024; where it does not
 * for DELETE, a marker may be removed in the moment between two owners.
 */
export function createS3Markers(bucket: S3Bucket): MarkerStore {
  return {
    name: `s3://${bucket.bucket}`,
    async read(id) {
      const object = await bucket.get(`${id}${SUFFIX}`);
      if (!object) {
        return undefined;
      }
      const chunks: Buffer[] = [];
      for await (const chunk of object.body as AsyncIterable<Buffer>) {
        chunks.push(chunk);
      }
      return { value: Buffer.concat(chunks).toString(), version: object.etag };
    },
    write: (id, value, expected) =>
      bucket.put(`${id}${SUFFIX}`, Buffer.from(value), expected === undefined ? { isNew: true } : { etag: expected }),
    remove: (id, expected) => bucket.remove(`${id}${SUFFIX}`, expected),
    check: () => bucket.check(),
  };
}
