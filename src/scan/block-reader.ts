/**
 * Pieces of files, read by blocks: small pieces that lie beside each other, as the digests of one scan do, come with few
 * reads. The last blocks are kept for a moment.
 */
import type { open as openFile } from 'node:fs/promises';
import { ifThere, type FileGuard } from './file-guard';

export interface BlockReader {
  /** So many bytes of a file; `undefined` if they are not there or cannot be had. The result must not be changed. */
  read(path: string, at: number, bytes: number): Promise<Buffer | undefined>;
}

const BLOCK_BYTES = 2 ** 18;
const KEPT_BLOCKS = 16;

/** A reader without any file open: files may be deleted at any time, and an open one would keep its room. */
export function createBlockReader({
  open,
  guard,
}: {
  readonly open: typeof openFile;
  readonly guard: FileGuard;
}): BlockReader {
  const kept = new Map<string, Promise<Buffer | undefined>>();

  const readFile = (path: string, at: number, bytes: number): Promise<Buffer | undefined> =>
    guard.run(async () => {
      const file = await ifThere(open(path, 'r'));
      if (!file) {
        return undefined;
      }
      try {
        const buffer = Buffer.allocUnsafeSlow(bytes);
        let done = 0;
        for (let read = -1; read !== 0 && done < bytes;) {
          read = (await file.read(buffer, done, bytes - done, at + done)).bytesRead;
          done += read;
        }
        return buffer.subarray(0, done);
      } finally {
        await file.close();
      }
    });

  /** A block, from which `until` bytes are wanted: what was read of a file that has grown since is read again. */
  const readBlock = async (path: string, block: number, until: number): Promise<Buffer | undefined> => {
    const id = `${path}\n${block}`;
    for (;;) {
      const before = kept.get(id);
      const reading = before ?? readFile(path, block * BLOCK_BYTES, BLOCK_BYTES);
      kept.delete(id);
      kept.set(id, reading);
      for (const oldest of kept.keys()) {
        if (kept.size <= KEPT_BLOCKS) {
          break;
        }
        kept.delete(oldest);
      }
      const buffer = await reading;
      if (buffer && buffer.length >= until) {
        return buffer;
      }
      if (kept.get(id) === reading) {
        kept.delete(id);
      }
      if (!before) {
        return undefined;
      }
    }
  };

  return {
    async read(path, at, bytes) {
      if (bytes > BLOCK_BYTES) {
        const buffer = await readFile(path, at, bytes);
        return buffer?.length === bytes ? buffer : undefined;
      }
      const first = Math.floor(at / BLOCK_BYTES);
      const offset = at - first * BLOCK_BYTES;
      const rest = offset + bytes - BLOCK_BYTES;
      if (rest <= 0) {
        return (await readBlock(path, first, offset + bytes))?.subarray(offset, offset + bytes);
      }
      const [one, other] = await Promise.all([readBlock(path, first, BLOCK_BYTES), readBlock(path, first + 1, rest)]);
      return one && other && Buffer.concat([one.subarray(offset), other.subarray(0, rest)]);
    },
  };
}
