/** Digests and graphs as files of one folder. */
import { constants, createReadStream } from 'node:fs';
import { access, mkdir, open, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ifThere, replaceFile, UNFINISHED_SUFFIX } from './durable-file';
import type { Storage } from './storage';

/** The storage of a folder, which is made when it is needed. */
export function createFolderStorage({
  folder,
  clock = Date.now,
}: {
  readonly folder: string;
  readonly clock?: () => number;
}): Storage {
  const pathOf = (name: string): string => {
    if (!/^[\w-][\w.-]*$/.test(name)) {
      throw new Error(`BUG: ${JSON.stringify(name)} is not the name of a stored object`);
    }
    return join(folder, name);
  };
  return {
    name: folder,
    async exists(name) {
      return (await ifThere(stat(pathOf(name)))) !== undefined;
    },
    async open(name) {
      const handle = await ifThere(open(pathOf(name), 'r'));
      if (!handle) {
        return undefined;
      }
      try {
        const { size } = await handle.stat();
        return { sizeBytes: size, body: createReadStream('', { fd: handle, autoClose: true }) };
      } catch (thrown) {
        await handle.close();
        throw thrown;
      }
    },
    async write(name, bytes) {
      await mkdir(folder, { recursive: true });
      await replaceFile(pathOf(name), bytes, { nowMs: clock() });
    },
    async remove(name) {
      await ifThere(unlink(pathOf(name)));
    },
    async *list() {
      for (const name of (await ifThere(readdir(folder))) ?? []) {
        const facts = name.endsWith(UNFINISHED_SUFFIX) ? undefined : await ifThere(stat(join(folder, name)));
        if (facts?.isFile()) {
          yield { name, sizeBytes: facts.size, modifiedMs: facts.mtimeMs };
        }
      }
    },
    async check() {
      await mkdir(folder, { recursive: true });
      await access(folder, constants.R_OK | constants.W_OK);
    },
  };
}
