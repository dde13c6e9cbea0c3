/**
 * The SDK's HTTP handler with a gate in front. Its own timers begin when a request is handed over, so a request that
 * waits in an agent's queue for a free socket fails with "no connection" although nothing is wrong; here it waits before
 * the timers begin.
 */

import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import type { Readable } from 'node:stream';

import type { RequestGate } from './request-gate';

export type GatedHandlerOptions = NodeHttpHandlerOptions & {
  /** A request is inside from its first byte to the last of the answer's body. */
  readonly gate: RequestGate;
};

type Handle = NodeHttpHandler['handle'];

/** A `NodeHttpHandler` whose requests go through a gate. */
export class GatedHttpHandler extends NodeHttpHandler {
  readonly #gate: RequestGate;

  constructor({ gate, ...options }: GatedHandlerOptions) {
    super(options);
    this.#gate = gate;
  }

  override async handle(...[request, options = {}]: Parameters<Handle>): ReturnType<Handle> {
    const leave = await this.#gate.enter(options.abortSignal as AbortSignal | undefined);
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
}
