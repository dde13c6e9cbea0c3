/**
 * Files that are there as a whole or not at all, and outlive a crash of the process or the machine: written beside their
 * place, flushed, and then moved or linked there in one step.
 */
import { randomUUID } from 'node:crypto';
import { link, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Files that are being written end in this; what a crash left of them may be deleted at any time. */
export const UNFINISHED_SUFFIX = '.unfinished';

export interface FileOptions {
  /** The time that the file has from the moment it is there. */
  readonly modifiedMs?: number;
  /** It need not outlive a crash of the machine, only one of the process, which saves two flushes. */
  readonly isVolatile?: boolean;
}

/** Writes a file in place of what is there. */
export async function replaceFile(path: string, bytes: Uint8Array | string, options: FileOptions = {}): Promise<void> {
  const unfinished = await writeBeside(path, bytes, options);
  await rename(unfinished, path);
  await syncFolder(dirname(path), options);
}

/** The same where no file is; `false`, and nothing is changed, if one is there. Of several at a time one gets `true`. */
export async function createFile(
  path: string,
  bytes: Uint8Array | string,
  options: FileOptions = {},
): Promise<boolean> {
  const unfinished = await writeBeside(path, bytes, options);
  try {
    await link(unfinished, path);
  } catch (thrown) {
    if (isCode(thrown, 'EEXIST')) {
      return false;
    }
    throw thrown;
  } finally {
    await unlink(unfinished);
  }
  await syncFolder(dirname(path), options);
  return true;
}

/** True for an error of the file system with this code. */
export function isCode(thrown: unknown, ...codes: readonly string[]): boolean {
  return codes.includes((thrown as NodeJS.ErrnoException | undefined)?.code ?? '');
}

/** What `result` gives, or `undefined` if the file is not there. */
export async function ifThere<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (thrown) {
    if (isCode(thrown, 'ENOENT')) {
      return undefined;
    }
    throw thrown;
  }
}

async function writeBeside(
  path: string,
  bytes: Uint8Array | string,
  { modifiedMs, isVolatile }: FileOptions,
): Promise<string> {
  const unfinished = join(dirname(path), `${randomUUID()}${UNFINISHED_SUFFIX}`);
  const file = await open(unfinished, 'wx');
  try {
    await file.writeFile(bytes);
    if (modifiedMs !== undefined) {
      await file.utimes(modifiedMs / 1000, modifiedMs / 1000);
    }
    if (!isVolatile) {
      await file.sync();
    }
  } finally {
    await file.close();
  }
  return unfinished;
}

async function syncFolder(folder: string, { isVolatile }: FileOptions): Promise<void> {
  // Windows opens no folders; its file systems write names by themselves.
  if (isVolatile || process.platform === 'win32') {
    return;
  }
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
