/** Writes made-up objects as gzip files below a folder, a few at a time. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ObjectSink } from './demo-corpus';

const compress = promisify(gzip);

/** A sink into a folder. `close` waits for what is still being written. */
export interface FileSink {
  readonly sink: ObjectSink;
  /** The compressed bytes written. */
  close(): Promise<number>;
}

/** A sink that compresses in the background; its memory is that of `concurrency` objects. */
export function createFileSink(folder: string, { concurrency = 4 }: { concurrency?: number } = {}): FileSink {
  const pending = new Set<Promise<void>>();
  let storedBytes = 0;
  const write = async (key: string, text: string) => {
    const path = join(folder, ...key.split('/'));
    const body = await compress(Buffer.from(text, 'latin1'));
    storedBytes += body.length;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, body);
  };
  return {
    sink: async ({ key, text }) => {
      const written = write(key, text);
      pending.add(written);
      // The failure is thrown where the promise is awaited, below or in `close`.
      void written.then(
        () => pending.delete(written),
        () => undefined,
      );
      if (pending.size >= concurrency) {
        await Promise.race(pending);
      }
    },
    close: async () => {
      await Promise.all(pending);
      return storedBytes;
    },
  };
}
