/**
 * The SDK's HTTP handler with a queue in front. Its own timers begin when a request is handed over, so a request that
 * waits in an agent's queue for a free socket fails with "no connection" although nothing is wrong; here it waits before
 * the timers begin.
 */

import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import type { Readable } from 'node:stream';

import { abortError } from '../errors';

export type GatedHandlerOptions = NodeHttpHandlerOptions & {
  /** Requests under way at once, from their first byte to the last of the answer's body. */
  readonly maxRequests: number;
};

type Handle = NodeHttpHandler['handle'];

/** A `NodeHttpHandler` that sends at most `maxRequests` at once; the others wait in the order in which they came. */
export class GatedHttpHandler extends NodeHttpHandler {
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor({ maxRequests, ...options }: GatedHandlerOptions) {
    super(options);
    this.#free = maxRequests;
  }

  override async handle(...[request, options = {}]: Parameters<Handle>): ReturnType<Handle> {
    await this.#enter(options.abortSignal as AbortSignal | undefined);
    let isInside = true;
    const leave = () => {
      if (isInside) {
        isInside = false;
        this.#leave();
      }
    };
    try {
      const result = await super.handle(request, options);
      const body = result.response.body as Readable;
      if (request.method === 'HEAD' || body.closed) {
        // The empty body of an answer to HEAD closes only if somebody reads it all the same.
        leave();
      } else {
        body.once('close', leave);
      }
      return result;
    } catch (thrown) {
      leave();
      throw thrown;
    }
  }

  #enter(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) {
      return Promise.reject(abortError(signal));
    }
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.delete(enter);
        reject(abortError(signal!));
      };
      const enter = () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      this.#waiting.add(enter);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** The place goes to whoever has waited longest, or back. */
  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free++;
    } else {
      this.#waiting.delete(next);
      next();
    }
  }
}
