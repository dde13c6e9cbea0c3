/**
 * A bucket (or an access point to one) as an `ObjectStore`, over the AWS SDK, or for most reads past it (`plain-reads`). One
 * request is one request here, but for the SDK's retries before an answer begins; broken bodies and interrupted listings are `withRetry`'s.
 */

import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import type { ListObjectsV2CommandOutput, _Object } from '@aws-sdk/client-s3';
import type { IncomingMessage } from 'node:http';

import { assertNotAborted, FlowError } from '../errors';
import { leapFrom, type StampRange } from '../flow/stamp-range';
import { compareKeys } from './key-order';
import { createPlainReads, quotedEtag, rangeHeader } from './plain-reads';
import { bodyFromMessage, readBody, timeoutError, type S3Body } from './s3-body';
import { createS3Connection, type S3Connection, type S3ConnectionOptions } from './s3-connection';
import { takeContents, type ListedContent } from './scan-listing';
import { flowErrorFromS3, regionOf, type S3Operation } from './s3-errors';
import type { ListOptions, ListPage, ObjectStore, ReadOptions, StoredObject } from './store';

interface BucketOptions {
  /** A bucket's name, or the ARN of an access point. */
  readonly bucket: string;
  /** Where to look for the bucket first, if the location says (`S3Location.region`); an access point is there. */
  readonly region?: string;
  /** How long a page of a listing may take, with the SDK's retries. */
  readonly listTimeoutMs?: number;
  /** How long a body may stay silent while we wait for its next bytes. */
  readonly idleTimeoutMs?: number;
}

/** Either a connection that others use too (and that outlives the store), or what to make one of. */
export type S3StoreOptions = BucketOptions & ({ readonly connection: S3Connection } | S3ConnectionOptions);

/**
 * Creates the store of one bucket. Nothing is requested before the first call. `close` closes the connection if the store
 * made it itself.
 */
export function createS3Store(options: S3StoreOptions): ObjectStore {
  const { bucket, region, listTimeoutMs = 60_000, idleTimeoutMs = 15_000 } = options;
  const isShared = 'connection' in options;
  const connection = isShared ? options.connection : createS3Connection(options);
  const { settings, regions } = connection;
  const isFixed = settings.endpoint !== undefined || bucket.startsWith('arn:');
  const payer = settings.requesterPays ? ({ RequestPayer: 'requester' } as const) : {};

  const findClient = async (signal: AbortSignal | undefined): Promise<S3Client> => {
    const startRegion = region ?? settings.region;
    return connection.clientFor(
      isFixed ? (startRegion ?? 'us-east-1') : await regions.find(bucket, { startRegion, signal }),
    );
  };
  const plainReads = createPlainReads(connection);
  const failure = (thrown: unknown, operation: S3Operation): FlowError => {
    const error = flowErrorFromS3(thrown, operation);
    if (!isFixed && error.code === 'bad-settings' && regionOf(thrown) !== undefined) {
      regions.forget(bucket);
    }
    return error;
  };

  return {
    name: `s3://${bucket}`,

    async *list(prefix: string, { signal, delimiter, startAfter, stamps }: ListOptions = {}) {
      const operation: S3Operation = {
        doing: `list s3://${bucket}/${prefix}`,
        action: 's3:ListBucket',
        fields: { bucket, prefix },
        signal,
      };
      let token: string | undefined;
      let after = startAfter;
      let isLast = false;
      while (!isLast) {
        assertNotAborted(signal);
        const command = new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          Delimiter: delimiter,
          ...(token === undefined ? { StartAfter: after } : { ContinuationToken: token }),
          // XML cannot carry every character of a key, and parsers trim; the encoded form survives both.
          EncodingType: 'url',
          OptionalObjectAttributes: ['RestoreStatus'],
          ...payer,
        });
        const contents = takeContents(command);
        let output: ListObjectsV2CommandOutput;
        try {
          const client = await findClient(signal);
          output = await withDeadline(listTimeoutMs, signal, (abortSignal) => client.send(command, { abortSignal }));
          assertListing(output, token, operation);
        } catch (thrown) {
          throw failure(thrown, operation);
        }
        const page = pageFromOutput({ ...output, Contents: contents() ?? output.Contents });
        isLast = output.IsTruncated !== true;
        after = stamps && leapOver(page, stamps);
        token = after === undefined ? output.NextContinuationToken : undefined;
        yield page;
      }
    },

    async *read(key: string, { signal, range, etag }: ReadOptions = {}) {
      assertNotAborted(signal);
      if (range?.end !== undefined && range.end <= range.start) {
        return;
      }
      const operation: S3Operation = {
        doing: `read s3://${bucket}/${key}`,
        action: 's3:GetObject',
        fields: { bucket, key },
        signal,
      };
      const ask = async (): Promise<S3Body> => {
        const command = new GetObjectCommand({
          Bucket: bucket,
          Key: key,
          ...(range && { Range: rangeHeader(range) }),
          ...(etag !== undefined && { IfMatch: quotedEtag(etag) }),
          ...payer,
        });
        plainReads.learnFrom(command, key);
        const client = await findClient(signal);
        const { Body } = await client.send(command, { abortSignal: signal });
        return bodyFromMessage(Body as IncomingMessage);
      };
      try {
        const body = await plainReads.open(key, { range, etag, signal }, ask);
        yield* readBody(body, { range, idleTimeoutMs, operation });
      } catch (thrown) {
        if (range !== undefined && (thrown as { name?: string }).name === 'InvalidRange') {
          // HTTP 416: the range begins at or after the end, so it holds no bytes.
          return;
        }
        throw failure(thrown, operation);
      }
    },

    readAtOnce: (key, options) => plainReads.readAtOnce(key, options),

    close() {
      if (!isShared) {
        connection.close();
      }
    },
  };
}

/** Runs a request under a signal of its own, which aborts with the caller's, or with `unavailable` when time is up. */
async function withDeadline<T>(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const onAbort = () => controller.abort();
  signal?.addEventListener('abort', onAbort, { once: true });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    controller.abort();
  }, timeoutMs);
  try {
    return await run(controller.signal);
  } catch (thrown) {
    throw isLate ? timeoutError(`no complete answer in ${timeoutMs} ms`) : thrown;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** The SDK reads any XML or HTML that comes with 200 as an empty page, and a listing must not end unseen. */
function assertListing(output: ListObjectsV2CommandOutput, token: string | undefined, operation: S3Operation): void {
  const { Name, IsTruncated, NextContinuationToken } = output;
  if (Name === undefined || IsTruncated === undefined) {
    throw new FlowError('bad-settings', `cannot ${operation.doing}: the endpoint does not answer as S3 does`, {
      fields: operation.fields,
    });
  }
  if (IsTruncated && (NextContinuationToken === undefined || NextContinuationToken === token)) {
    throw new FlowError('unavailable', `cannot ${operation.doing}: the answer says there is more, but not where`, {
      fields: operation.fields,
    });
  }
}

function pageFromOutput({
  Contents = [],
  CommonPrefixes = [],
  EncodingType,
}: Pick<ListObjectsV2CommandOutput, 'CommonPrefixes' | 'EncodingType'> & {
  readonly Contents?: readonly (ListedContent & Pick<_Object, 'RestoreStatus'>)[];
}): ListPage {
  // A server that does not know the parameter sends keys as they are, and does not repeat it.
  const decode = EncodingType === 'url' ? decodeKey : (text: string) => text;
  return {
    objects: Contents.map((content) => storedObject(content, decode)),
    prefixes: CommonPrefixes.map(({ Prefix = '' }) => decode(Prefix)),
  };
}

/** Where to go on after a page whose last entry is a flow log stamped outside, instead of with the next key. */
function leapOver({ objects, prefixes }: ListPage, stamps: StampRange): string | undefined {
  const lastKey = objects.at(-1)?.key;
  const lastPrefix = prefixes.at(-1);
  const isLastEntry = lastKey !== undefined && (lastPrefix === undefined || compareKeys(lastKey, lastPrefix) > 0);
  return isLastEntry ? leapFrom(lastKey, stamps) : undefined;
}

/** S3 writes a space as `+`, other servers as `%20`. */
function decodeKey(text: string): string {
  return text.includes('%') || text.includes('+') ? decodeURIComponent(text.replaceAll('+', ' ')) : text;
}

function storedObject(
  {
    Key = '',
    Size = 0,
    ETag = '',
    LastModified,
    StorageClass,
    RestoreStatus,
  }: ListedContent & Pick<_Object, 'RestoreStatus'>,
  decode: (text: string) => string,
): StoredObject {
  const isColdClass = StorageClass === 'GLACIER' || StorageClass === 'DEEP_ARCHIVE';
  return {
    key: decode(Key),
    sizeBytes: Size,
    etag: ETag.replaceAll('"', ''),
    lastModifiedMs: LastModified?.getTime() ?? 0,
    isArchived: isColdClass && RestoreStatus?.RestoreExpiryDate === undefined,
  };
}
