/** Digests and graphs as objects of a bucket: S3 shows an object when all of it has come. */
import type { S3Bucket } from './s3-bucket';
import type { Storage } from './storage';

/** The storage of a bucket. */
export function createS3Storage(bucket: S3Bucket): Storage {
  return {
    name: `s3://${bucket.bucket}`,
    exists: (name) => bucket.has(name),
    open: (name) => bucket.get(name),
    async write(name, bytes) {
      await bucket.put(name, bytes);
    },
    remove: (name) => bucket.remove(name),
    async *list() {
      for await (const { key, ...facts } of bucket.list()) {
        yield { name: key, ...facts };
      }
    },
    check: () => bucket.check(),
  };
}
