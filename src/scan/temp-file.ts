/**
 * A file for what does not fit into memory for a while. It loses its name as soon as it is open, so that it is gone when it is
 * closed or the process ends, however that happens.
 */
import { randomUUID } from 'node:crypto';
import { open, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';

export interface TempFile {
  /** Writes at the end; resolves to where that was. Rejects with what the file system says. */
  append(bytes: Uint8Array): Promise<number>;
  /** The bytes at a place; fewer if the file is shorter than that. */
  read(at: number, length: number): Promise<Uint8Array>;
  /** Gives the room back. */
  close(): Promise<void>;
}

/** Others want to write there, too: this is left free, or a tenth of a small disk. */
const LEFT_FREE_BYTES = 2 ** 30;
const LEFT_FREE_PART = 0.1;

/** An empty file in a folder that is there. Rejects with what the file system says. */
export async function openTempFile(folder: string): Promise<TempFile> {
  const path = join(folder, `vpcflow-${randomUUID()}.tmp`);
  const file = await open(path, 'wx+', 0o600);
  // Where an open file keeps its name it is taken away at the end.
  const isNamed = await unlink(path).then(
    () => false,
    () => true,
  );
  let end = 0;
  return {
    async append(bytes) {
      const at = end;
      end += bytes.length;
      const { bavail, blocks, bsize } = await statfs(folder);
      const leftFree = Math.min(LEFT_FREE_BYTES, Math.floor(blocks * bsize * LEFT_FREE_PART));
      if (bavail * bsize < bytes.length + leftFree) {
        throw new Error(`ENOSPC: less than ${Math.ceil(leftFree / 2 ** 20)} MiB would be left free`);
      }
      for (let written = 0; written < bytes.length;) {
        written += (await file.write(bytes, written, bytes.length - written, at + written)).bytesWritten;
      }
      return at;
    },
    async read(at, length) {
      const bytes = new Uint8Array(length);
      let filled = 0;
      for (;;) {
        const { bytesRead } = await file.read(bytes, filled, length - filled, at + filled);
        filled += bytesRead;
        if (bytesRead === 0 || filled === length) {
          return bytes.subarray(0, filled);
        }
      }
    },
    async close() {
      await file.close();
      if (isNamed) {
        await unlink(path);
      }
    },
  };
}
