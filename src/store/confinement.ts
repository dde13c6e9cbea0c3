/**
 * Keeps reading inside one folder, whatever symbolic links say. Nothing is remembered: a link that appears is seen.
 */

import { lstatSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { sep } from 'node:path';

import { FlowError } from '../errors';
import { flowErrorFromFile } from './local-file';

export interface Confinement {
  /** Throws `access-denied` if what is at `path` is really outside of the folder; what is not there at all passes. */
  assertWithin(path: string): Promise<void>;
}

/** Confines to a folder; without one everything passes. Paths are absolute. */
export function createConfinement(folder: string | undefined): Confinement {
  return {
    async assertWithin(path) {
      if (folder === undefined || isBelowWithoutLinks(path, folder)) {
        return;
      }
      const real = await resolvePath(path);
      if (real === undefined) {
        return;
      }
      const outer = await resolvePath(folder);
      if (outer === undefined) {
        throw new FlowError('not-found', `cannot open ${folder}: it does not exist`, { fields: { path: folder } });
      }
      if (real !== outer && !isBelow(real, outer)) {
        throw new FlowError('access-denied', `cannot open ${path}: it leads out of ${folder}`, { fields: { path } });
      }
    },
  };
}

/**
 * Whether nothing on the way from the folder to the path is a link. Not asynchronous: looking takes a hundredth of the time
 * of resolving, which every file of a listing would have to wait for.
 */
function isBelowWithoutLinks(path: string, folder: string): boolean {
  if (!isBelow(path, folder)) {
    return false;
  }
  for (let end = path.length; end > folder.length; end = path.lastIndexOf(sep, end - 1)) {
    try {
      if (lstatSync(path.slice(0, end)).isSymbolicLink()) {
        return false;
      }
    } catch {
      // Whatever it is, resolving it tells.
      return false;
    }
  }
  return true;
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
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
