/**
 * One file as a stored object: its entry in a listing and its bytes. Shared by the stores of folders and of named files.
 */

import { closeSync, constants, fstatSync, openSync, readSync, type BigIntStats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';

import { assertNotAborted, FlowError, type FlowErrorCode } from '../errors';
import type { ReadOptions, StoredObject } from './store';

/** Large enough that most objects are one call, small enough that many readers at once stay cheap. */
const CHUNK_BYTES = 1024 * 1024;
/** Opening a named pipe does not wait for a writer then; regular files do not know the difference. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** The file as an object, or `undefined` if there is no regular file. Throws `access-denied`, `unavailable`. */
export async function statLocalFile(path: string, key: string): Promise<StoredObject | undefined> {
  try {
    const stats = await stat(path, { bigint: true });
    return stats.isFile() ? storedObject(key, stats) : undefined;
  } catch (thrown) {
    const error = flowErrorFromFile(thrown, `look at ${path}`, { key, path });
    if (error.code === 'not-found') {
      return undefined;
    }
    throw error;
  }
}

/** The file's bytes under the rules of `ObjectStore.read`. Each chunk is a buffer of its own. */
export async function* readLocalFile(
  path: string,
  key: string,
  { signal, range: { start, end = Infinity } = { start: 0 }, etag }: ReadOptions,
): AsyncGenerator<Uint8Array> {
  assertNotAborted(signal);
  const doing = `read ${path}`;
  const fields = { key, path };
  let file: FileHandle | undefined;
  try {
    file = await open(path, OPEN_FLAGS);
    const sizeBytes = assertListed(await file.stat({ bigint: true }), etag, doing, fields);
    const endBytes = Math.min(end, sizeBytes);
    for (let position = start; position < endBytes;) {
      assertNotAborted(signal);
      const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, endBytes - position));
      const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
      if (bytesRead === 0) {
        throw becameShorter(doing, fields);
      }
      position += bytesRead;
      yield bytesRead === chunk.length ? chunk : chunk.subarray(0, bytesRead);
    }
  } catch (thrown) {
    throw flowErrorFromFile(thrown, doing, fields);
  } finally {
    await file?.close();
  }
}

/** A file that was listed, for whoever reads it elsewhere. */
export interface LocalFile {
  readonly path: string;
  /** As the listing gave them. */
  readonly sizeBytes: number;
  readonly etag: string;
}

/**
 * All bytes of a file, in `room`, which has room for them; the errors are those of `readLocalFile`. The caller's thread waits
 * meanwhile.
 */
export function readLocalFileNow({ path, etag }: LocalFile, room: Uint8Array): Uint8Array {
  const doing = `read ${path}`;
  const fields = { path };
  let file: number | undefined;
  try {
    file = openSync(path, OPEN_FLAGS);
    const sizeBytes = assertListed(fstatSync(file, { bigint: true }), etag, doing, fields);
    for (let position = 0; position < sizeBytes;) {
      const bytesRead = readSync(file, room, position, sizeBytes - position, position);
      if (bytesRead === 0) {
        throw becameShorter(doing, fields);
      }
      position += bytesRead;
    }
    return room.subarray(0, sizeBytes);
  } catch (thrown) {
    throw flowErrorFromFile(thrown, doing, fields);
  } finally {
    if (file !== undefined) {
      closeSync(file);
    }
  }
}

/** The size of an open file, if it is what was listed. */
function assertListed(
  stats: BigIntStats,
  etag: string | undefined,
  doing: string,
  fields: Readonly<Record<string, string>>,
): number {
  if (!stats.isFile()) {
    throw new FlowError('not-found', `cannot ${doing}: it is no regular file`, { fields });
  }
  if (etag !== undefined && etag !== etagOf(stats)) {
    throw new FlowError('not-found', `cannot ${doing}: the file has changed since it was listed`, { fields });
  }
  return Number(stats.size);
}

function becameShorter(doing: string, fields: Readonly<Record<string, string>>): FlowError {
  return new FlowError('unavailable', `cannot ${doing}: it became shorter meanwhile`, { fields });
}

/** By the code of Node's and Bun's file errors; whatever else goes wrong is the disk's. */
const BY_CODE: Readonly<Record<string, readonly [code: FlowErrorCode, why: string]>> = {
  ENOENT: ['not-found', 'it does not exist'],
  ENOTDIR: ['not-found', 'it does not exist'],
  ENAMETOOLONG: ['not-found', 'the name is too long for a file'],
  ELOOP: ['not-found', 'its symbolic links go in a circle'],
  EISDIR: ['not-found', 'it is a folder'],
  EACCES: ['access-denied', 'this user may not read it'],
  EPERM: ['access-denied', 'this user may not read it'],
};

/** Turns what the file system threw into a `FlowError`. */
export function flowErrorFromFile(thrown: unknown, doing: string, fields: Readonly<Record<string, string>>): FlowError {
  if (thrown instanceof FlowError) {
    return thrown;
  }
  const { code = '', message = String(thrown) } = thrown as { code?: string; message?: string };
  const [flowCode, why] = BY_CODE[code] ?? ['unavailable', message];
  return new FlowError(flowCode, `cannot ${doing}: ${why}`, { fields, cause: thrown });
}

function storedObject(key: string, stats: BigIntStats): StoredObject {
  return {
    key,
    sizeBytes: Number(stats.size),
    etag: etagOf(stats),
    lastModifiedMs: Number(stats.mtimeMs),
    isArchived: false,
  };
}

function etagOf({ size, mtimeNs }: BigIntStats): string {
  return `${size.toString(16)}-${mtimeNs.toString(16)}`;
}
