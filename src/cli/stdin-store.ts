/**
 * Standard input as a store with one object, so that the command reads a pipe as it reads a bucket.
 */
import { FlowError } from '../errors';
import type { ObjectStore } from '../store/store';

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
    async *read() {
      if (isRead) {
        throw new FlowError('not-found', 'cannot read standard input twice');
      }
      isRead = true;
      yield* input;
    },
    close: () => undefined,
  };
}
