/**
 * A folder as an `ObjectStore`: the layout of a bucket on disk (an `aws s3 sync`, or samples), with the listing rules of
 * S3, so that nothing above can tell the difference.
 */

import { resolve } from 'node:path';

import { FlowError } from '../errors';
import { createKeyParser } from '../flow/object-key';
import { canMatter, type StampRange } from '../flow/stamp-range';
import { createConfinement } from './confinement';
import { pathFromKey, walkDirectory, type FoundFile, type WalkStep } from './directory-walk';
import { readLocalFile, statLocalFile } from './local-file';
import { pagesFromSteps } from './paging';
import type { ListOptions, ObjectStore, ReadOptions } from './store';

export interface DirectoryStoreOptions {
  /** The folder that keys begin at. Links in it may lead out; keys (`..`) may not. */
  readonly root: string;
  /** With it nothing outside of this folder is listed or read: a link out of it, or a root outside, is `access-denied`. */
  readonly confinedTo?: string;
}

/**
 * Creates the store; the folder is looked at when it is listed, and a missing one is `not-found`. An ETag is made of a
 * file's size and modification time. A file whose name is not UTF-8 has no key and is passed over.
 */
export function createDirectoryStore({ root: rootText, confinedTo }: DirectoryStoreOptions): ObjectStore {
  const root = resolve(rootText);
  const confinement = createConfinement(confinedTo);
  const found: FoundFile = {};
  return {
    name: root,

    list(prefix: string, { signal, delimiter, startAfter, stamps }: ListOptions = {}) {
      const isFolded = delimiter !== undefined;
      const steps = walkDirectory({ root, confinement, prefix, startAfter, isFolded, found, signal });
      return pagesFromSteps(stamps ? stepsWithin(steps, stamps) : steps, async ({ type, key, path }) =>
        type === 'folder' ? key : statLocalFile(path, key),
      );
    },

    async *read(key: string, options: ReadOptions = {}) {
      const path = key === '' ? undefined : pathFromKey(root, key);
      if (path === undefined) {
        throw new FlowError('not-found', `cannot read ${JSON.stringify(key)} in ${root}: no file can have this key`, {
          fields: { key },
        });
      }
      await confinement.assertWithin(path);
      yield* readLocalFile(path, key, options);
    },

    // Where nothing outside may be read, links are followed before each read.
    ...(confinedTo === undefined && { pathOf: (key: string) => (key === '' ? undefined : pathFromKey(root, key)) }),

    close() {
      // Files are closed by their readers.
    },
  };
}

/** Without the files that no query of these stamps reads; most of what a listing costs is to look at each of its files. */
async function* stepsWithin(
  runs: AsyncIterable<readonly WalkStep[]>,
  stamps: StampRange,
): AsyncGenerator<readonly WalkStep[]> {
  const parse = createKeyParser();
  for await (const steps of runs) {
    yield steps.filter(({ type, key }) => type === 'folder' || canMatter(key, stamps, parse));
  }
}
