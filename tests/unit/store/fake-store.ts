/** A store in memory whose answers a test writes down, call by call. */

import type {
  ListOptions,
  ListPage,
  ObjectStore,
  ReadAtOnceOptions,
  ReadOptions,
  StoredObject,
} from '../../../src/store/store';

/** What one call gives: pages or chunks, and an error for the end of it. */
export type Answer<T> = readonly (T | Error)[];

export interface FakeStore extends ObjectStore {
  readonly listed: readonly { readonly prefix: string; readonly options: ListOptions }[];
  readonly read_: readonly { readonly key: string; readonly options: ReadOptions }[];
  readonly isClosed: () => boolean;
}

/** Creates it with an answer for each call to come; a call without one fails the test. What has no chunks does not come at once. */
export function createFakeStore({
  lists = [],
  reads = [],
}: {
  readonly lists?: readonly Answer<ListPage>[];
  readonly reads?: readonly Answer<string>[];
}): FakeStore {
  const listed: { prefix: string; options: ListOptions }[] = [];
  const read_: { key: string; options: ReadOptions }[] = [];
  let isClosed = false;
  return {
    name: 'fake',
    listed,
    read_,
    isClosed: () => isClosed,
    async *list(prefix: string, options: ListOptions = {}) {
      const answer = lists[listed.push({ prefix, options }) - 1];
      yield* give(answer, (page) => page);
    },
    async *read(key: string, options: ReadOptions = {}) {
      const answer = reads[read_.push({ key, options }) - 1];
      yield* give(answer, (text) => Buffer.from(text));
    },
    async readAtOnce(key: string, options: ReadAtOnceOptions) {
      const answer = reads[read_.push({ key, options }) - 1]!;
      return answer.length === 0 ? undefined : Buffer.from(answer.join(''));
    },
    close() {
      isClosed = true;
    },
  };
}

async function* give<T, U>(answer: Answer<T> | undefined, convert: (value: T) => U): AsyncGenerator<U> {
  if (answer === undefined) {
    throw new Error('the store was called once more than expected');
  }
  for (const item of answer) {
    await Promise.resolve();
    if (item instanceof Error) {
      throw item;
    }
    yield convert(item);
  }
}

/** A page with these keys and prefixes. */
export function page(keys: readonly string[], prefixes: readonly string[] = []): ListPage {
  return { objects: keys.map(object), prefixes };
}

function object(key: string): StoredObject {
  return { key, sizeBytes: 1, etag: `etag of ${key}`, lastModifiedMs: 0, isArchived: false };
}
