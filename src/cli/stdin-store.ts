/**
 * Standard input as a store with one object, so that the command reads a pipe as it reads a bucket.
 */
import { FlowError, abortError, assertNotAborted } from '../errors';
import type { ObjectStore, ReadOptions } from '../store/store';

const KEY = 'standard input';

/** The store; its object can be read once. */
export function createStdinStore(input: AsyncIterable<Uint8Array>): ObjectStore {
  let isRead = false;
  return {
    name: KEY,
    async *list(prefix: string) {
      if (KEY.startsWith(prefix)) {
        const object = { key: KEY, sizeBytes: -1, etag: '', lastModifiedMs: 0, isArchived: false };
        yield { objects: [object], prefixes: [] };
      }
    },
    async *read(_key: string, { signal }: ReadOptions = {}) {
      if (isRead) {
        throw new FlowError('not-found', 'cannot read standard input twice');
      }
      isRead = true;
      const chunks = input[Symbol.asyncIterator]();
      for (;;) {
        const next = await nextChunk(chunks, signal);
        if (next.done) {
          return;
        }
        yield next.value;
      }
    },
    close: () => undefined,
  };
}

/** The next chunk, which on a terminal or an open pipe may never come; the signal ends the waiting. */
async function nextChunk(
  chunks: AsyncIterator<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<IteratorResult<Uint8Array, unknown>> {
  assertNotAborted(signal);
  let onAbort: (() => void) | undefined;
  try {
    return await new Promise((resolve, reject) => {
      onAbort = () => reject(abortError(signal!));
      signal?.addEventListener('abort', onAbort, { once: true });
      chunks.next().then(resolve, reject);
    });
  } finally {
    signal?.removeEventListener('abort', onAbort!);
  }
}
