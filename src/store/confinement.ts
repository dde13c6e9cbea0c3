/**
 * Keeps reading inside one folder, whatever symbolic links say. What folders really are is remembered for a moment, because
 * a listing asks for the same few of them thousands of times.
 */

import { lstatSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, sep } from 'node:path';

import { FlowError } from '../errors';
import { flowErrorFromFile } from './local-file';

export interface Confinement {
  /** Throws `access-denied` if what is at `path` is really outside of the folder; what is not there at all passes. */
  assertWithin(path: string): Promise<void>;
}

/** How long a folder is taken for what it was. */
const REMEMBERED_MS = 1000;

/** Confines to a folder; without one everything passes. */
export function createConfinement(folder: string | undefined, clock: () => number = Date.now): Confinement {
  let realPaths = new Map<string, Promise<string | undefined>>();
  let untilMs = -Infinity;

  /** What a folder really is; `undefined` if it is not there. */
  const resolveFolder = (path: string): Promise<string | undefined> => {
    if (clock() > untilMs) {
      realPaths = new Map();
      untilMs = clock() + REMEMBERED_MS;
    }
    const known = realPaths.get(path);
    if (known) {
      return known;
    }
    const resolving = resolvePath(path);
    realPaths.set(path, resolving);
    return resolving;
  };

  return {
    async assertWithin(path) {
      if (folder === undefined) {
        return;
      }
      const parent = dirname(path);
      const isPlain = parent !== path && isNoLink(path);
      const real = await (isPlain ? resolveFolder(parent) : resolvePath(path));
      if (real === undefined) {
        return;
      }
      const outer = await resolveFolder(folder);
      if (outer === undefined) {
        throw new FlowError('not-found', `cannot open ${folder}: it does not exist`, { fields: { path: folder } });
      }
      // The folder itself is inside, and its parent is not.
      if (real !== outer && !real.startsWith(outer.endsWith(sep) ? outer : outer + sep)) {
        if (isPlain && (await resolvePath(path)) === outer) {
          return;
        }
        throw new FlowError('access-denied', `cannot open ${path}: it leads out of ${folder}`, { fields: { path } });
      }
    },
  };
}

/** Not asynchronous: that takes thirty times as long as looking. */
function isNoLink(path: string): boolean {
  try {
    return !lstatSync(path).isSymbolicLink();
  } catch {
    // Whatever it is, resolving it tells.
    return false;
  }
}

async function resolvePath(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (thrown) {
    const error = flowErrorFromFile(thrown, `open ${path}`, { path });
    if (error.code === 'not-found') {
      return undefined;
    }
    throw error;
  }
}
