/** How many requests may be under way at once, whatever sends them; the others wait in the order in which they came. */

import { abortError } from '../errors';

export interface RequestGate {
  /**
   * Waits for a place, which lasts until the function it resolves to is called (once or more often). Rejects with
   * `aborted` when the signal aborts first.
   */
  enter(signal: AbortSignal | undefined): Promise<() => void>;
}

/** Creates a gate with as many places, all free. */
export function createRequestGate(places: number): RequestGate {
  const waiting = new Set<() => void>();
  let free = places;

  /** The place goes to whoever has waited longest, or back. */
  const leave = (): void => {
    const [next] = waiting;
    if (next === undefined) {
      free++;
    } else {
      waiting.delete(next);
      next();
    }
  };
  const createLeave = (): (() => void) => {
    let isInside = true;
    return () => {
      if (isInside) {
        isInside = false;
        leave();
      }
    };
  };

  return {
    enter(signal) {
      if (signal?.aborted) {
        return Promise.reject(abortError(signal));
      }
      if (free > 0) {
        free--;
        return Promise.resolve(createLeave());
      }
      return new Promise((resolve, reject) => {
        const onAbort = (): void => {
          waiting.delete(enter);
          reject(abortError(signal!));
        };
        const enter = (): void => {
          signal?.removeEventListener('abort', onAbort);
          resolve(createLeave());
        };
        waiting.add(enter);
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
  };
}
