/**
 * Files that are there as a whole or not at all, and outlive a crash of the process or the machine: written beside their
 * place, flushed, and then moved or linked there in one step.
 */
import { randomUUID } from 'node:crypto';
import { link, open, readdir, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Files that are being written end in this. Before it stands when that began, by the clock of who writes. */
export const UNFINISHED_SUFFIX = '.unfinished';
/** Nothing takes this long to write: what is older was left by a process that died. */
const UNFINISHED_MS = 3_600_000;

export interface FileOptions {
  /** Our time, Unix milliseconds. */
  readonly nowMs: number;
  /** The time that the file has from the moment it is there. */
  readonly modifiedMs?: number;
  /** It need not outlive a crash of the machine, only one of the process, which saves two flushes. */
  readonly isVolatile?: boolean;
}

/** Writes a file in place of what is there. */
export async function replaceFile(path: string, bytes: Uint8Array | string, options: FileOptions): Promise<void> {
  const unfinished = await writeBeside(path, bytes, options);
  await rename(unfinished, path).catch((thrown: unknown) => discard(unfinished, thrown));
  await syncFolder(dirname(path), options);
}

/** The same where no file is; `false`, and nothing is changed, if one is there. Of several at a time one gets `true`. */
export async function createFile(path: string, bytes: Uint8Array | string, options: FileOptions): Promise<boolean> {
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

/**
 * Removes what processes that died amid writing have left in a folder and those below it; how many files. Should one of them
 * only have slept, its writing fails, and nothing else.
 */
export async function removeUnfinished(folder: string, nowMs: number): Promise<number> {
  let removed = 0;
  for (const path of (await ifThere(readdir(folder, { recursive: true }))) ?? []) {
    const [, began] = /(?:^|[\\/])(\d+)~[^\\/]*$/.exec(path) ?? [];
    if (began !== undefined && path.endsWith(UNFINISHED_SUFFIX) && Number(began) < nowMs - UNFINISHED_MS) {
      removed += (await ifThere(unlink(join(folder, path)).then(() => 1))) ?? 0;
    }
  }
  return removed;
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
  { nowMs, modifiedMs, isVolatile }: FileOptions,
): Promise<string> {
  const unfinished = join(dirname(path), `${Math.floor(nowMs)}~${randomUUID()}${UNFINISHED_SUFFIX}`);
  const file = await open(unfinished, 'wx');
  try {
    await file.writeFile(bytes);
    if (modifiedMs !== undefined) {
      await file.utimes(modifiedMs / 1000, modifiedMs / 1000);
    }
    if (!isVolatile) {
      await file.sync();
    }
  } catch (thrown) {
    // Of a full disk nothing is to be kept occupied.
    return await discard(unfinished, thrown);
  } finally {
    await file.close();
  }
  return unfinished;
}

/** Removes the file and throws. */
async function discard(unfinished: string, thrown: unknown): Promise<never> {
  await unlink(unfinished).catch(() => undefined);
  throw thrown;
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
