/**
 * Single files, as named on a command line, as an `ObjectStore`. Their keys are the paths as given, so that messages and
 * answers name a file as its user did.
 */

import { assertNotAborted, FlowError } from '../errors';
import { compareKeys } from './key-order';
import { readLocalFile, statLocalFile } from './local-file';
import { pagesFromSteps } from './paging';
import type { ListOptions, ObjectStore, ReadOptions } from './store';

/**
 * Creates the store of the given paths (each once, whatever the order). Only they can be read. A listing that comes upon
 * one that is no file fails with `not-found`: unlike an object, it was asked for by name.
 */
export function createFilesStore(paths: readonly string[]): ObjectStore {
  const keys = [...new Set(paths)].sort(compareKeys);
  const known = new Set(keys);
  return {
    name: keys.length === 1 ? (keys[0] ?? '') : `${keys.length} files`,

    async *list(prefix: string, { signal, delimiter, startAfter = '' }: ListOptions = {}) {
      assertNotAborted(signal);
      const matching = keys.filter((key) => key.startsWith(prefix));
      const folded = new Set(
        matching.map((key) => {
          const slash = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
          return slash < 0 ? key : key.slice(0, slash + 1);
        }),
      );
      const steps = [...folded].filter((step) => compareKeys(step, startAfter) > 0);
      for await (const page of pagesFromSteps([steps], (step) => entryFromStep(step, known))) {
        assertNotAborted(signal);
        yield page;
      }
    },

    async *read(key: string, options: ReadOptions = {}) {
      if (!known.has(key)) {
        throw new FlowError('not-found', `cannot read ${key}: it is not one of the files given`, { fields: { key } });
      }
      yield* readLocalFile(key, key, options);
    },

    pathOf: (key: string) => (known.has(key) ? key : undefined),

    close() {
      // Files are closed by their readers.
    },
  };
}

async function entryFromStep(step: string, known: ReadonlySet<string>) {
  if (!known.has(step)) {
    return step;
  }
  const object = await statLocalFile(step, step);
  if (object === undefined) {
    throw new FlowError('not-found', `cannot read ${step}: there is no such file`, { fields: { key: step } });
  }
  return object;
}
