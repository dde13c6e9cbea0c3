/** The body of an object from S3, whoever sent the request: all of its bytes, or an error. */

import type { IncomingMessage } from 'node:http';

import { assertNotAborted, FlowError } from '../errors';
import type { S3Operation } from './s3-errors';
import type { ReadOptions } from './store';

/** An answer whose head has come. */
export interface S3Body {
  /** What the answer says of its length. */
  readonly lengthBytes?: number;
  /** It has an end of its own, other than the connection's. */
  readonly isChunked: boolean;
  /** The header of an answer to a range. */
  readonly contentRange?: string;
  /** To be read once. */
  readonly chunks: AsyncIterator<Uint8Array>;
  /** Gives the connection up; whoever waits for a chunk gets the error. Does nothing after the end. */
  destroy(error?: Error): void;
}

/** The body in an answer of Node's HTTP client. */
export function bodyFromMessage(message: IncomingMessage): S3Body {
  const { headers } = message;
  return {
    ...describeBody((name) => headers[name] as string | undefined),
    chunks: message[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>,
    destroy: (error) => void message.destroy(error),
  };
}

/** What the headers of an answer (by their names in small letters) say of its body. */
export function describeBody(
  header: (name: string) => string | undefined,
): Pick<S3Body, 'lengthBytes' | 'isChunked' | 'contentRange'> {
  const length = header('content-length');
  return {
    ...(length !== undefined && { lengthBytes: Number(length) }),
    isChunked: header('transfer-encoding') !== undefined,
    contentRange: header('content-range'),
  };
}

export interface BodyReading {
  /** What was asked for. */
  readonly range: ReadOptions['range'];
  readonly idleTimeoutMs: number;
  readonly operation: S3Operation;
}

/**
 * The body's chunks; all of them, or an error. Only waiting for the network is timed, never the time between two calls:
 * a reader may be as slow as it likes. Leaving early gives the connection up.
 */
export async function* readBody(
  body: S3Body,
  { range, idleTimeoutMs, operation: { doing, fields, signal } }: BodyReading,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { lengthBytes, chunks } = body;
  let receivedBytes = 0;
  let isComplete = false;
  try {
    assertTellsEnd(body, range, { doing, fields });
    for (;;) {
      const timer = setTimeout(() => body.destroy(timeoutError(`no bytes for ${idleTimeoutMs} ms`)), idleTimeoutMs);
      const next = await chunks.next().finally(() => clearTimeout(timer));
      assertNotAborted(signal);
      if (next.done) {
        break;
      }
      receivedBytes += next.value.length;
      yield next.value;
    }
    isComplete = true;
  } finally {
    if (!isComplete) {
      body.destroy();
    }
  }
  if (lengthBytes !== undefined && receivedBytes !== lengthBytes) {
    throw new FlowError('unavailable', `cannot ${doing}: ${receivedBytes} of ${lengthBytes} bytes came`, { fields });
  }
}

/** What took too long, in the shape that `flowErrorFromS3` knows. */
export function timeoutError(message: string): Error {
  return Object.assign(new Error(message), { name: 'TimeoutError' });
}

/** Refuses an answer of which it could not be told whether all of the bytes came, and the right ones. */
function assertTellsEnd(
  { lengthBytes, isChunked, contentRange }: S3Body,
  range: ReadOptions['range'],
  { doing, fields }: Pick<S3Operation, 'doing' | 'fields'>,
): void {
  if (lengthBytes === undefined && !isChunked) {
    throw new FlowError('unavailable', `cannot ${doing}: the answer does not say how long it is`, { fields });
  }
  if (range !== undefined && !contentRange?.startsWith(`bytes ${range.start}-`)) {
    throw new FlowError('bad-settings', `cannot ${doing}: the endpoint does not heed byte ranges`, { fields });
  }
}
