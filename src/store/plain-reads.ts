/**
 * Reads of objects at a sixth of the CPU time that the SDK takes for one: its request is built once per bucket, and only the
 * key, the ETag, the range and the signature change. The first read of a bucket goes through the SDK while others wait, and
 * what it sent when that was answered well is the form for all of them, so that endpoint, path style, headers, the region to
 * sign for and the correction of the clock are the SDK's own.
 *
 * A request that does not come to a good answer tells nobody: the form is dropped, and the read goes the SDK's way,
 * which finds out what is wrong, tries again and says so.
 */

import type { GetObjectCommand } from '@aws-sdk/client-s3';
import { SMITHY_CONTEXT_KEY } from '@smithy/types';
import type { HandlerExecutionContext, HttpRequest } from '@smithy/types';
import { setTimeout as wait } from 'node:timers/promises';

import { assertNotAborted, unlessAborted } from '../errors';
import type { HttpSender } from './http-sender';
import type { SharedCredentialsProvider } from './refreshing-credentials';
import type { S3Body } from './s3-body';
import { createReadSigner, readScope, type ReadSigner } from './sign-reads';
import type { ReadAtOnceOptions, ReadOptions } from './store';

export interface PlainReads {
  /** The body, its head well, or what `ask` gives where the SDK has to be asked. Rejects as `ask` does, and if aborted. */
  open(
    key: string,
    options: Pick<ReadOptions, 'range' | 'etag' | 'signal'>,
    ask: () => Promise<S3Body>,
  ): Promise<S3Body>;
  /** All bytes at once; `undefined` if these are not what comes, or if the SDK has to be asked. */
  readAtOnce(key: string, options: ReadAtOnceOptions): Promise<Uint8Array | undefined>;
  /** To be called with what the SDK is going to send for a key: if it goes well, it becomes the form. */
  learnFrom(command: GetObjectCommand, key: string): void;
}

/** What all reads of a bucket have in common. */
interface Form {
  readonly request: Pick<HttpRequest, 'protocol' | 'hostname' | 'port'>;
  /** Up to the key. */
  readonly path: string;
  /** Adds the headers that all have. */
  readonly sign: ReadSigner;
  /** By how much the server's clock was ahead of this one. */
  readonly aheadMs: number;
}

/** Reads that come together with the first one wait for it no longer than this: it may be the one that does not come. */
const MAX_FIRST_MS = 1000;

/** Made anew for every request. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'x-amz-date',
  'x-amz-security-token',
  'amz-sdk-invocation-id',
  'amz-sdk-request',
  'if-match',
  'range',
]);

/** The reads of one bucket. Nothing is sent before there is a form. */
export function createPlainReads(options: {
  readonly sender: HttpSender;
  readonly credentials: SharedCredentialsProvider;
}): PlainReads {
  const { sender, credentials } = options;
  let form: Form | undefined;
  /** Resolves when the very first read is over, or takes long. */
  let first: Promise<unknown> | undefined;

  const requestFor = async (
    { request, path: start, sign, aheadMs }: Form,
    key: string,
    { range, etag }: Pick<ReadOptions, 'range' | 'etag'>,
  ): Promise<HttpRequest> => {
    const path = start + encodeKey(key);
    const own = {
      ...(range && { range: rangeHeader(range) }),
      ...(etag !== undefined && { 'if-match': quotedEtag(etag) }),
    };
    const headers = sign({ path, headers: own }, await credentials(), Date.now() + aheadMs);
    return { ...request, method: 'GET', path, query: {}, headers } as HttpRequest;
  };
  /** Another read may have brought a new form meanwhile; a read that was given up says nothing of it. */
  const drop = (used: Form, signal: AbortSignal | undefined): void => {
    if (form === used && !signal?.aborted) {
      form = undefined;
    }
  };

  return {
    async open(key, options, ask) {
      if (first === undefined) {
        const asked = ask();
        const over = asked.catch(() => undefined);
        first = Promise.race([over, wait(MAX_FIRST_MS, undefined, { ref: false })]);
        return asked;
      }
      if (form === undefined) {
        await unlessAborted(first, options.signal);
      }
      const used = form;
      if (used !== undefined && !isDotted(key)) {
        const answer = await requestFor(used, key, options)
          .then((request) => sender.send(request, options.signal))
          .catch(() => undefined);
        if (answer?.status === (options.range ? 206 : 200)) {
          return answer.body;
        }
        answer?.body.destroy();
        drop(used, options.signal);
        assertNotAborted(options.signal);
      }
      return ask();
    },

    async readAtOnce(key, options) {
      const used = form;
      if (used === undefined || !sender.sendForAll || isDotted(key)) {
        return undefined;
      }
      try {
        const { sizeBytes, signal } = options;
        const { status, bytes } = await sender.sendForAll(await requestFor(used, key, options), sizeBytes, signal);
        if (status === 200) {
          return bytes?.length === sizeBytes ? bytes : undefined;
        }
      } catch {
        // As any other status.
      }
      drop(used, options.signal);
      return undefined;
    },

    learnFrom(command, key) {
      if (form !== undefined) {
        return;
      }
      command.middlewareStack.add(
        (next, context) => async (args) => {
          const sentMs = Date.now();
          const result = await next(args);
          const { statusCode } = result.response as { readonly statusCode?: number };
          if (statusCode === 200 || statusCode === 206) {
            form = formFrom(args.request as HttpRequest, context, { key, sentMs });
          }
          return result;
        },
        // The last before the request is sent: as often as the SDK tries.
        { step: 'deserialize', priority: 'low', name: 'learnForm' },
      );
    },
  };
}

/** The header of a byte range `[start, end)`. */
export function rangeHeader({ start, end }: NonNullable<ReadOptions['range']>): string {
  return `bytes=${start}-${end === undefined ? '' : end - 1}`;
}

/** An ETag as headers have it. */
export function quotedEtag(etag: string): string {
  return etag.startsWith('"') ? etag : `"${etag}"`;
}

/** The form of a request that the SDK has sent for a key; `undefined` if it is of a kind that is not for us. */
function formFrom(
  { protocol, hostname, port, path, query, username, fragment, headers }: HttpRequest,
  context: HandlerExecutionContext,
  { key, sentMs }: { readonly key: string; readonly sentMs: number },
): Form | undefined {
  const schemeId = context[SMITHY_CONTEXT_KEY]?.selectedHttpAuthScheme?.httpAuthOption.schemeId;
  const all = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const scope = readScope(all.authorization);
  const signedMs = parseTime(all['x-amz-date']);
  const encoded = `/${encodeKey(key)}`;
  // `x-id` names the operation and means nothing to S3.
  const isPlain = username === undefined && fragment === undefined && Object.keys(query ?? {}).join() === 'x-id';
  const isWhole = all.host !== undefined && all['x-amz-content-sha256'] !== undefined;
  // Directory buckets and access points of many regions sign in other ways.
  if (schemeId !== 'aws.auth#sigv4' || !scope || !isPlain || !isWhole || !path.endsWith(encoded)) {
    return undefined;
  }
  return {
    request: { protocol, hostname, port },
    path: path.slice(0, 1 - encoded.length),
    sign: createReadSigner(scope, Object.fromEntries(Object.entries(all).filter(([name]) => !OWN_HEADERS.has(name)))),
    aheadMs: Number.isNaN(signedMs) ? 0 : signedMs - sentMs,
  };
}

/** A time as signatures have it, `20260115T101500Z`, in Unix milliseconds; `NaN` if it is none. */
function parseTime(text = ''): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

/** A key in a path, as the SDK writes it: of RFC 3986 only the unreserved characters, and the slash, stand for themselves. */
function encodeKey(key: string): string {
  return /^[\w.~/-]*$/.test(key)
    ? key
    : encodeURIComponent(key)
        .replaceAll('%2F', '/')
        .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Whether a URL would lose segments of the key. */
function isDotted(key: string): boolean {
  return key.startsWith('.') || key.includes('/.') ? /(?:^|\/)\.\.?(?:\/|$)/.test(key) : false;
}
