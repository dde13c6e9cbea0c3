/**
 * The files below a folder in the order in which S3 would list their keys, found step by step: only folders that the
 * prefix leads into are opened, and of each folder on the way only the names are held.
 */

import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

import { assertNotAborted } from '../errors';
import type { Confinement } from './confinement';
import { compareKeys, sortTexts } from './key-order';
import { flowErrorFromFile } from './local-file';

export interface WalkOptions {
  readonly root: string;
  /** Where all of it must lie. */
  readonly confinement: Confinement;
  readonly prefix: string;
  readonly startAfter?: string;
  /** Stop at folders below the prefix and give them as they are. */
  readonly isFolded: boolean;
  /** One file is enough, whichever. */
  readonly isAny?: boolean;
  /** Kept by the caller from one walk to the next. */
  readonly found?: FoundFile;
  readonly signal?: AbortSignal;
}

/** The file that was found last where one was enough. To see that it is still there is less than to read a folder of many. */
export interface FoundFile {
  step?: WalkStep;
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
  /** What stands before names. */
  readonly key: string;
  readonly path: string;
  /** Of files and folders, the latter with a slash, so that they sort as keys below them do. */
  readonly names: readonly string[];
  next: number;
}

/** Files given together. */
const MAX_RUN = 1000;

/**
 * Walks, and gives files that stand next to each other together. Symbolic links are followed, but not into a folder that the
 * walk is inside of; what is neither file nor folder is passed over. Throws `not-found` without a root, `access-denied` at a
 * folder that cannot be opened.
 */
export async function* walkDirectory(options: WalkOptions): AsyncGenerator<readonly WalkStep[]> {
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
    const files = takeFiles(frame);
    if (files.length > 0) {
      yield files;
      continue;
    }
    const name = frame.names[frame.next++];
    if (name === undefined) {
      frames.pop();
      continue;
    }
    const step = { type: 'folder', key: frame.key + name, path: frame.path + name.slice(0, -1) } as const;
    if (!isFolded) {
      frames.push(...(await openFolder(step, frames, options)));
    } else if (compareKeys(step.key, startAfter) > 0 && (await hasFile(options, step.key))) {
      yield [step];
    }
  }
}

/** Files up to the next folder, or some of them. */
function takeFiles(frame: Frame): readonly WalkStep[] {
  const { key, path, names } = frame;
  const files: WalkStep[] = [];
  while (files.length < MAX_RUN) {
    const name = names[frame.next];
    if (name === undefined || name.endsWith('/')) {
      break;
    }
    files.push({ type: 'file', key: key + name, path: path + name });
    frame.next++;
  }
  return files;
}

/**
 * Where the file or folder with a key (without a final `/`; `''` is the root) would be; `undefined` for keys that no file
 * can have. The way out of the root is closed here.
 */
export function pathFromKey(root: string, key: string): string | undefined {
  if (key === '') {
    return root;
  }
  if (NO_FILE.test(key) || (sep !== '/' && key.includes(sep))) {
    return undefined;
  }
  return (root.endsWith(sep) ? root : root + sep) + (sep === '/' ? key : key.replaceAll('/', sep));
}

/** A key with a segment that is no file's name: an empty one, `.` or `..`, or one with a NUL. */
const NO_FILE = /(?:^|\/)\.{0,2}(?:\/|$)|\0/;

/** Frames with nothing to do for the folders above `key`, so that a link back to one of them is known. */
async function openParents(root: string, key: string): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (let slash = key.indexOf('/'), path = root; slash >= 0; slash = key.indexOf('/', slash + 1)) {
    const id = await folderId(path).catch((thrown: unknown) => skipMissing(thrown, path, root));
    if (id === undefined) {
      break;
    }
    frames.push({ id, key: '', path: '', names: [], next: 0 });
    path = join(root, key.slice(0, slash));
  }
  return frames;
}

/** The folder as the next frame, or none if it is being walked already or is gone. */
async function openFolder(
  { key, path }: { readonly key: string; readonly path: string },
  frames: readonly Frame[],
  { root, confinement, prefix, startAfter = '', isAny = false, signal }: WalkOptions,
): Promise<Frame[]> {
  assertNotAborted(signal);
  try {
    await confinement.assertWithin(path);
    const id = await folderId(path);
    if (frames.some((frame) => frame.id === id)) {
      return [];
    }
    const start = path.endsWith(sep) ? path : path + sep;
    const entries = await readdir(path, { withFileTypes: true });
    const anyFile = isAny && entries.find((entry) => entry.isFile());
    const names: string[] = [];
    for (const entry of anyFile ? [anyFile] : entries) {
      const { name } = entry;
      // The prefix has no `/` after this folder's key, and below the first folder every name matches.
      if ((key + name).startsWith(prefix)) {
        const type = typeOf(entry) ?? (await typeBehind(start + name, confinement));
        names.push(...wantedName(type, key, name, startAfter));
      }
    }
    return [{ id, key, path: start, names: sortTexts(names), next: 0 }];
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

type FileType = 'file' | 'folder' | 'other';

/** What a folder says of an entry: nothing of a link, and on some file systems of none. */
function typeOf(entry: Pick<Dirent, 'isFile' | 'isDirectory'>): FileType | undefined {
  return entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : undefined;
}

async function typeBehind(path: string, confinement: Confinement): Promise<FileType> {
  await confinement.assertWithin(path);
  try {
    return typeOf(await stat(path)) ?? 'other';
  } catch (thrown) {
    const error = flowErrorFromFile(thrown, `follow ${path}`, { path });
    if (error.code === 'not-found') {
      // A link to nowhere.
      return 'other';
    }
    throw error;
  }
}

/** A name as frames have it, if its key, or one below it, comes after `startAfter`. */
function wantedName(type: FileType, key: string, name: string, startAfter: string): readonly string[] {
  if (type === 'file') {
    return startAfter === '' || compareKeys(key + name, startAfter) > 0 ? [name] : [];
  }
  const folder = `${key + name}/`;
  const isWanted = type === 'folder' && (compareKeys(folder, startAfter) > 0 || startAfter.startsWith(folder));
  return isWanted ? [`${name}/`] : [];
}

async function hasFile({ root, confinement, found = {}, signal }: WalkOptions, prefix: string): Promise<boolean> {
  const { step: last } = found;
  if (last?.key.startsWith(prefix) && (await typeBehind(last.path, confinement)) === 'file') {
    return true;
  }
  for await (const [step] of walkDirectory({ root, confinement, prefix, isFolded: false, isAny: true, signal })) {
    found.step = step;
    return step?.type === 'file';
  }
  return false;
}
