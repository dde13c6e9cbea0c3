/**
 * Tries again what failed for a passing reason, from where it broke off: a listing after the last key, a body from the
 * byte reached. Callers see one unbroken listing or body.
 */

import { setTimeout as wait } from 'node:timers/promises';

import { abortError, FlowError } from '../errors';
import { compareKeys } from './key-order';
import type { ListOptions, ListPage, ObjectStore, ReadAtOnceOptions, ReadOptions } from './store';

/** One attempt that failed and will be followed by another. */
export interface RetryReport {
  readonly operation: 'list' | 'read';
  /** The prefix or key. */
  readonly key: string;
  /** Counted from 1 again by the attempt that got a page or a byte. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: FlowError;
}

export interface RetryOptions {
  /** Attempts without progress (a page, a byte) before the error is passed on. */
  readonly attempts?: number;
  /** The longest first delay; it doubles with each attempt, and the delay is a random part of it. */
  readonly baseDelayMs?: number;
  /** The same after `throttled`, where haste makes it worse. */
  readonly throttledDelayMs?: number;
  readonly maxDelayMs?: number;
  /** Rejects when the signal aborts. */
  readonly sleep?: (delayMs: number, signal: AbortSignal | undefined) => Promise<unknown>;
  /** From 0 up to but not 1. */
  readonly random?: () => number;
  readonly report?: (report: RetryReport) => void;
}

/**
 * Wraps a store; `unavailable` and `throttled` are tried again. A body of which some bytes have been handed on is resumed
 * only if the reader gave an `etag`: without one, the rest might be another version's.
 */
export function withRetry(
  store: ObjectStore,
  {
    attempts = 4,
    baseDelayMs = 200,
    throttledDelayMs = 1000,
    maxDelayMs = 10_000,
    sleep = (delayMs, signal) => wait(delayMs, undefined, { signal }),
    random = Math.random,
    report,
  }: RetryOptions = {},
): ObjectStore {
  /** Comes back when it is time for the next attempt; throws if there is to be none. */
  const settle = async (
    thrown: unknown,
    attempt: number,
    { operation, key, signal }: Pick<RetryReport, 'operation' | 'key'> & { readonly signal?: AbortSignal },
  ): Promise<void> => {
    const error = FlowError.from(thrown);
    const isPassing = error.code === 'unavailable' || error.code === 'throttled';
    if (signal?.aborted) {
      throw abortError(signal);
    }
    if (!isPassing || attempt >= attempts) {
      throw error;
    }
    const firstMs = error.code === 'throttled' ? throttledDelayMs : baseDelayMs;
    const delayMs = Math.round(random() * Math.min(maxDelayMs, firstMs * 2 ** (attempt - 1)));
    report?.({ operation, key, attempt, delayMs, error });
    await sleep(delayMs, signal).catch((reason: unknown) => {
      throw signal?.aborted ? abortError(signal) : reason;
    });
  };

  return {
    name: store.name,

    async *list(prefix: string, options: ListOptions = {}) {
      const { signal } = options;
      let reached = options.startAfter;
      for (let attempt = 1; ; attempt++) {
        const resumeAfter = reached;
        try {
          for await (const page of store.list(prefix, { ...options, startAfter: reached })) {
            attempt = 1;
            reached = lastEntry(page, reached);
            yield resumeAfter === options.startAfter ? page : entriesAfter(page, resumeAfter);
          }
          return;
        } catch (thrown) {
          await settle(thrown, attempt, { operation: 'list', key: prefix, signal });
        }
      }
    },

    async *read(key: string, options: ReadOptions = {}) {
      const { signal, range, etag } = options;
      const start = range?.start ?? 0;
      let reached = start;
      for (let attempt = 1; ; attempt++) {
        try {
          const rest = reached === start ? options : { ...options, range: { ...range, start: reached } };
          for await (const chunk of store.read(key, rest)) {
            attempt = 1;
            reached += chunk.length;
            yield chunk;
          }
          return;
        } catch (thrown) {
          if (reached > start && etag === undefined) {
            throw thrown;
          }
          await settle(thrown, attempt, { operation: 'read', key, signal });
        }
      }
    },

    ...(store.readAtOnce && {
      readAtOnce: (key: string, options: ReadAtOnceOptions) => store.readAtOnce!(key, options),
    }),

    close: () => store.close(),
  };
}

/** The last key or prefix of a page, whichever is later; both count as "after" for S3 (StartAfter filters prefixes too). */
function lastEntry({ objects, prefixes }: ListPage, reached: string | undefined): string | undefined {
  return [objects.at(-1)?.key, prefixes.at(-1)].reduce(
    (last, entry) => (entry !== undefined && (last === undefined || compareKeys(entry, last) > 0) ? entry : last),
    reached,
  );
}

/** A server that folds before it compares gives the prefix again that holds `resumeAfter`. */
function entriesAfter({ objects, prefixes }: ListPage, resumeAfter: string | undefined): ListPage {
  const isAfter = (entry: string) => resumeAfter === undefined || compareKeys(entry, resumeAfter) > 0;
  return { objects: objects.filter(({ key }) => isAfter(key)), prefixes: prefixes.filter(isAfter) };
}
