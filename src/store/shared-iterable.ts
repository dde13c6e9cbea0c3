/**
 * An asynchronous sequence that is run once for all who follow it, each at a pace of its own and from the first item on.
 * The next item is asked for when the one in front wants it; the sequence is aborted when all have gone.
 */

import { abortError, assertNotAborted } from '../errors';

export interface SharedIterableOptions<Item> {
  /** Starts the sequence; its signal aborts when nobody follows any more. */
  readonly open: (signal: AbortSignal) => AsyncIterable<Item>;
  /** Called once, when nobody may join any more: all items have come, the sequence failed, or all followers have gone. */
  readonly onEnd: () => void;
}

export interface SharedIterable<Item> {
  /**
   * All items from the first; then the sequence's end or failure. Throws the reason of the follower's own signal as soon
   * as it aborts, which others do not notice. Not to be called after `onEnd` or `seal`.
   */
  follow(signal: AbortSignal | undefined): AsyncIterable<Item>;
  /** Lets nobody join any more, so that items which all followers have passed can be freed. */
  seal(): void;
}

/** An item and, once asked for, what comes after it. Links point only forward: nothing holds what all have passed. */
interface Link<Item> {
  readonly item?: Item;
  next?: Promise<Link<Item> | undefined>;
}

/** Creates the sequence; it starts with its first follower. */
export function createSharedIterable<Item>({ open, onEnd }: SharedIterableOptions<Item>): SharedIterable<Item> {
  const abandoning = new AbortController();
  let first: Link<Item> | undefined = {};
  let iterator: AsyncIterator<Item> | undefined;
  let followers = 0;
  let hasEnded = false;

  const end = (): void => {
    if (!hasEnded) {
      hasEnded = true;
      first = undefined;
      onEnd();
    }
  };
  const pull = async (): Promise<Link<Item> | undefined> => {
    try {
      iterator ??= open(abandoning.signal)[Symbol.asyncIterator]();
      const { done, value } = await iterator.next();
      if (!done) {
        return { item: value };
      }
      end();
      return undefined;
    } catch (thrown) {
      end();
      throw thrown;
    }
  };
  /** Only the last link has not been advanced, so the iterator is asked for one item at a time. */
  const advance = (link: Link<Item>): Promise<Link<Item> | undefined> => (link.next ??= pull());
  const leave = (): void => {
    followers--;
    if (followers === 0 && !hasEnded) {
      end();
      abandoning.abort();
      // Takes its turn after an item that has been asked for; a sequence that waits between two items ends at once.
      iterator?.return?.().catch(() => undefined);
    }
  };

  return {
    async *follow(signal) {
      let link = first;
      if (link === undefined) {
        throw new Error('BUG: the sequence cannot be joined any more');
      }
      followers++;
      try {
        for (;;) {
          assertNotAborted(signal);
          link = await orAborted(advance(link), signal);
          if (link === undefined) {
            return;
          }
          yield link.item as Item;
        }
      } finally {
        leave();
      }
    },
    seal() {
      first = undefined;
    },
  };
}

/** The promise's outcome, or the reason of the signal if that comes first; a failure after that counts as handled. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) {
    return promise;
  }
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(abortError(signal));
    const settled = (): void => signal.removeEventListener('abort', onAbort);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(settled);
  });
}
