/**
 * Sends signed requests as they are and gives the answer as it is: no retries, no redirects, nothing decoded. Either over
 * the agents that the SDK's clients use, or, in Bun, by its own `fetch`: that takes half of the time, most of it on
 * another thread. A request takes its place at the connection's gate in both.
 */

import type { IncomingMessage } from 'node:http';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { HttpRequest } from '@smithy/types';

import type { RequestGate } from './request-gate';
import { bodyFromMessage, describeBody, type S3Body } from './s3-body';

/** An answer whose head has come. Its body must be read to the end or destroyed. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: S3Body;
}

/** An answer of which all has come, if it is as long as was expected. */
export interface WholeAnswer {
  readonly status: number;
  readonly bytes?: Uint8Array;
}

/** Sends requests without a body. */
export interface HttpSender {
  /** Rejects if no head of an answer comes, or not in time. */
  send(request: HttpRequest, signal: AbortSignal | undefined): Promise<HttpAnswer>;
  /**
   * For short answers: rejects unless all comes in the time of a head; what says to be of another length is not taken. Not
   * there if it takes no less than to `send`.
   */
  sendForAll?(request: HttpRequest, lengthBytes: number, signal: AbortSignal | undefined): Promise<WholeAnswer>;
}

/** Sends with the handler of the SDK's clients: its agents, its gate, its timeouts. */
export function createHandlerSender(handler: NodeHttpHandler): HttpSender {
  return {
    async send(request, signal) {
      const { response } = await handler.handle(request as Parameters<NodeHttpHandler['handle']>[0], {
        abortSignal: signal,
      });
      return { status: response.statusCode, body: bodyFromMessage(response.body as IncomingMessage) };
    },
  };
}

/** What Bun's `fetch` takes beyond the standard. */
export interface BunRequestInit {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly redirect: 'manual';
  readonly decompress: false;
  readonly tls?: { readonly ca?: string; readonly rejectUnauthorized?: boolean };
}

export type BunFetch = (url: string, init: BunRequestInit) => Promise<Response>;

/** Bun's `fetch`, where this is Bun. */
export function findBunFetch(): BunFetch | undefined {
  return (globalThis as { readonly Bun?: { readonly fetch: BunFetch } }).Bun?.fetch;
}

export interface FetchSenderOptions {
  readonly fetch: BunFetch;
  readonly gate: RequestGate;
  /** Of the destination. */
  readonly tls: BunRequestInit['tls'];
  /** From sending a request to the head of the answer. */
  readonly answerTimeoutMs: number;
}

/**
 * Sends by `fetch`. Not for proxies, and not where the environment names any: Bun would use it, whatever it is told. Not
 * for paths with a segment `.` or `..`: a URL has none.
 */
export function createFetchSender({ fetch, gate, tls, answerTimeoutMs }: FetchSenderOptions): HttpSender {
  /** A request under way, with a place at the gate until `end`. */
  const begin = async (request: HttpRequest, signal: AbortSignal | undefined) => {
    const leave = await gate.enter(signal);
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    signal?.addEventListener('abort', abort, { once: true });
    const timer = setTimeout(abort, answerTimeoutMs);
    return {
      abort,
      end(): void {
        signal?.removeEventListener('abort', abort);
        leave();
      },
      stopTimer: () => clearTimeout(timer),
      response: fetch(urlOf(request), {
        method: request.method,
        // A header that is not given is Bun's own.
        headers: { ...request.headers, 'accept-encoding': 'identity' },
        signal: controller.signal,
        redirect: 'manual',
        decompress: false,
        // Certificates are copied and compared for every request, for one without TLS as well.
        ...(tls && request.protocol === 'https:' && { tls }),
      }),
    };
  };
  return {
    async send(request, signal) {
      const { abort, end, stopTimer, response } = await begin(request, signal);
      try {
        const { status, headers, body } = await response;
        return {
          status,
          body: {
            ...describeBody((name) => headers.get(name) ?? undefined),
            ...readStream(body, abort, end),
          },
        };
      } catch (thrown) {
        end();
        throw thrown;
      } finally {
        stopTimer();
      }
    },
    async sendForAll(request, lengthBytes, signal) {
      const { abort, end, stopTimer, response } = await begin(request, signal);
      try {
        const answer = await response;
        const { status, headers } = answer;
        if (status !== 200 || headers.get('content-length') !== String(lengthBytes)) {
          abort();
          return { status };
        }
        return { status, bytes: new Uint8Array(await answer.arrayBuffer()) };
      } finally {
        stopTimer();
        end();
      }
    },
  };
}

/** The chunks of a stream that is destroyed by aborting its request; `end` is called once nothing more comes. */
function readStream(
  stream: ReadableStream<Uint8Array> | null,
  abort: () => void,
  end: () => void,
): Pick<S3Body, 'chunks' | 'destroy'> {
  const reader = stream?.getReader();
  let failure: Error | undefined;
  let hasEnded = false;
  return {
    chunks: {
      async next() {
        const next = await reader?.read().catch((thrown: unknown) => {
          throw failure ?? brokenOff(thrown);
        });
        if (failure) {
          // What is destroyed may end as if all had come.
          throw failure;
        }
        if (next?.value !== undefined) {
          return { value: next.value, done: false };
        }
        hasEnded = true;
        end();
        return { value: undefined, done: true };
      },
    },
    destroy(error = new Error('the body was given up')) {
      if (!hasEnded && !failure) {
        failure = error;
        abort();
        end();
      }
    },
  };
}

/** Bun's message is advice to its programmer; the code is what counts. */
function brokenOff(thrown: unknown): Error {
  const { code } = thrown as { readonly code?: unknown };
  return Object.assign(new Error('the connection broke off', { cause: thrown }), { code });
}

function urlOf({ protocol, hostname, port, path }: HttpRequest): string {
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`;
}
