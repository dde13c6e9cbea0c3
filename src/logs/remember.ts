/**
 * Something that is asked for over the network and then known for a while: once for all who want it at the same time.
 */
import { createSharedIterable, type SharedIterable } from '../store/shared-iterable';

export interface RememberOptions<T> {
  readonly maxAgeMs: number;
  /** Whether a value is worth keeping; all are, if it is not given. */
  readonly isKept?: (value: T) => boolean;
  /** Milliseconds since any start. */
  readonly clock: () => number;
}

/**
 * Gives what `load` gave last, if that is not too old, or loads it. Each caller can leave alone; when the last one does,
 * the loading is aborted. A failure reaches all who are waiting, and is not remembered.
 */
export type Remembered<T> = (load: (signal: AbortSignal) => Promise<T>, signal: AbortSignal | undefined) => Promise<T>;

/** Nothing is known yet. */
export function createRemembered<T>({ maxAgeMs, isKept = () => true, clock }: RememberOptions<T>): Remembered<T> {
  let known: { readonly value: T; readonly atMs: number } | undefined;
  let loading: SharedIterable<T> | undefined;
  return async (load, signal) => {
    if (known && clock() - known.atMs < maxAgeMs) {
      return known.value;
    }
    loading ??= createSharedIterable({
      async *open(own) {
        const value = await load(own);
        known = isKept(value) ? { value, atMs: clock() } : undefined;
        yield value;
      },
      onEnd: () => (loading = undefined),
    });
    for await (const value of loading.follow(signal)) {
      return value;
    }
    throw new Error('BUG: the sequence has one item');
  };
}
