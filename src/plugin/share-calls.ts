/**
 * Equal work that is asked for while it is being done is done once: the panels of a dashboard ask together. Whoever asks
 * can leave; the work is given up when all have left.
 */
import { abortError } from '../errors';

/** Does `run`, or joins whoever does the work of that key. Rejects with `aborted` when `signal` is. */
export type ShareCall<T> = (key: string, signal: AbortSignal, run: (signal: AbortSignal) => Promise<T>) => Promise<T>;

interface Shared<T> {
  readonly result: Promise<T>;
  readonly giveUp: AbortController;
  waiting: number;
}

/** Shares nothing yet. */
export function createSharedCalls<T>(): ShareCall<T> {
  const running = new Map<string, Shared<T>>();

  const begin = (key: string, run: (signal: AbortSignal) => Promise<T>): Shared<T> => {
    const giveUp = new AbortController();
    const shared: Shared<T> = { giveUp, waiting: 0, result: run(giveUp.signal) };
    running.set(key, shared);
    const end = (): void => {
      if (running.get(key) === shared) {
        running.delete(key);
      }
    };
    shared.result.then(end, end);
    return shared;
  };

  return (key, signal, run) => {
    if (signal.aborted) {
      return Promise.reject(abortError(signal));
    }
    const shared = running.get(key) ?? begin(key, run);
    shared.waiting++;
    return new Promise<T>((resolve, reject) => {
      const leave = (): void => {
        signal.removeEventListener('abort', onAbort);
        shared.waiting--;
      };
      const onAbort = (): void => {
        leave();
        reject(abortError(signal));
        if (shared.waiting === 0) {
          // Who comes now starts anew.
          running.delete(key);
          shared.giveUp.abort(abortError(signal));
        }
      };
      signal.addEventListener('abort', onAbort, { once: true });
      shared.result.then(
        (value) => {
          leave();
          resolve(value);
        },
        (error: unknown) => {
          leave();
          reject(error);
        },
      );
    });
  };
}
