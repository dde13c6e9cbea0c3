/**
 * The files below a folder in the order in which S3 would list their keys, found step by step: only folders that the
 * prefix leads into are opened, and of each folder on the way only the names are held.
 */

import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

import { assertNotAborted } from '../errors';
import type { Confinement } from './confinement';
import { compareKeys } from './key-order';
import { flowErrorFromFile } from './local-file';

export interface WalkOptions {
  readonly root: string;
  /** Where all of it must lie. */
  readonly confinement: Confinement;
  readonly prefix: string;
  readonly startAfter?: string;
  /** Stop at folders below the prefix and give them as they are. */
  readonly isFolded: boolean;
  readonly signal?: AbortSignal;
}

/** A file, or with `isFolded` a folder with some file below it; its key then ends with `/`. */
export interface WalkStep {
  readonly type: 'file' | 'folder';
  readonly key: string;
  readonly path: string;
}

/** A folder being walked. */
interface Frame {
  /** What the folder really is, however it was reached. */
  readonly id: string;
  readonly steps: readonly WalkStep[];
  next: number;
}

/**
 * Walks. Symbolic links are followed, but not into a folder that the walk is inside of; what is neither file nor folder
 * is passed over. Throws `not-found` without a root, `access-denied` at a folder that cannot be opened.
 */
export async function* walkDirectory(options: WalkOptions): AsyncGenerator<WalkStep> {
  const { root, prefix, startAfter = '', isFolded, signal } = options;
  const firstKey = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const path = pathFromKey(root, firstKey.slice(0, -1));
  if (path === undefined) {
    return;
  }
  const frames = await openParents(root, firstKey);
  frames.push(...(await openFolder({ key: firstKey, path }, frames, options)));

  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    assertNotAborted(signal);
    const step = frame.steps[frame.next++];
    if (step === undefined) {
      frames.pop();
    } else if (step.type === 'file') {
      yield step;
    } else if (!isFolded) {
      frames.push(...(await openFolder(step, frames, options)));
    } else if (compareKeys(step.key, startAfter) > 0 && (await hasFile(options, step.key))) {
      yield step;
    }
  }
}

/**
 * Where the file or folder with a key (without a final `/`; `''` is the root) would be; `undefined` for keys that no file
 * can have. The way out of the root is closed here.
 */
export function pathFromKey(root: string, key: string): string | undefined {
  const segments = key === '' ? [] : key.split('/');
  return segments.every(isFileName) ? join(root, ...segments) : undefined;
}

function isFileName(segment: string): boolean {
  return segment !== '' && segment !== '.' && segment !== '..' && !segment.includes(sep) && !segment.includes('\0');
}

/** Frames with nothing to do for the folders above `key`, so that a link back to one of them is known. */
async function openParents(root: string, key: string): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (let slash = key.indexOf('/'), path = root; slash >= 0; slash = key.indexOf('/', slash + 1)) {
    const id = await folderId(path).catch((thrown: unknown) => skipMissing(thrown, path, root));
    if (id === undefined) {
      break;
    }
    frames.push({ id, steps: [], next: 0 });
    path = join(root, key.slice(0, slash));
  }
  return frames;
}

/** The folder as the next frame, or none if it is being walked already or is gone. */
async function openFolder(
  { key, path }: { readonly key: string; readonly path: string },
  frames: readonly Frame[],
  { root, confinement, prefix, startAfter = '', signal }: WalkOptions,
): Promise<Frame[]> {
  assertNotAborted(signal);
  try {
    await confinement.assertWithin(path);
    const id = await folderId(path);
    if (frames.some((frame) => frame.id === id)) {
      return [];
    }
    const steps: WalkStep[] = [];
    for (const entry of await readdir(path, { withFileTypes: true })) {
      // The prefix has no `/` after this folder's key, and below the first folder every name matches.
      const fileKey = key + entry.name;
      if (fileKey.startsWith(prefix)) {
        const step = { type: await typeOf(entry, path, confinement), key: fileKey, path: join(path, entry.name) };
        steps.push(...wantedStep(step, startAfter));
      }
    }
    // A folder sorts as its keys do, with the `/`: after `name-…` and `name.…`.
    return [{ id, steps: steps.sort((a, b) => compareKeys(a.key, b.key)), next: 0 }];
  } catch (thrown) {
    skipMissing(thrown, path, root);
    return [];
  }
}

/** Throws all but what means that a folder is not there (any more); that leaves nothing to list, except for the root. */
function skipMissing(thrown: unknown, path: string, root: string): undefined {
  const error = flowErrorFromFile(thrown, `list ${path}`, { path });
  if (error.code !== 'not-found' || path === root) {
    throw error;
  }
}

async function folderId(path: string): Promise<string> {
  const { dev, ino } = await stat(path, { bigint: true });
  return `${dev}:${ino}`;
}

async function typeOf(entry: Dirent, folder: string, confinement: Confinement): Promise<'file' | 'folder' | 'other'> {
  let stats: Pick<Dirent, 'isFile' | 'isDirectory'> = entry;
  if (!entry.isFile() && !entry.isDirectory()) {
    await confinement.assertWithin(join(folder, entry.name));
    try {
      stats = await stat(join(folder, entry.name));
    } catch (thrown) {
      const error = flowErrorFromFile(thrown, `follow ${join(folder, entry.name)}`, { path: folder });
      if (error.code === 'not-found') {
        // A link to nowhere.
        return 'other';
      }
      throw error;
    }
  }
  return stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
}

function wantedStep(
  { type, key, path }: { readonly type: 'file' | 'folder' | 'other'; readonly key: string; readonly path: string },
  startAfter: string,
): WalkStep[] {
  if (type === 'file' && compareKeys(key, startAfter) > 0) {
    return [{ type, key, path }];
  }
  const folderKey = `${key}/`;
  if (type === 'folder' && (compareKeys(folderKey, startAfter) > 0 || startAfter.startsWith(folderKey))) {
    return [{ type, key: folderKey, path }];
  }
  return [];
}

async function hasFile({ root, confinement, signal }: WalkOptions, prefix: string): Promise<boolean> {
  for await (const { type } of walkDirectory({ root, confinement, prefix, isFolded: false, signal })) {
    return type === 'file';
  }
  return false;
}
