/**
 * Markers in a folder, which several processes may share. Each marker is a folder of numbered files, and the highest number
 * is its value: a change creates the next number, which the file system grants to one process only. A removed marker stays
 * as an empty file, so that its number is not given out again to a process that slept.
 */
import { access, constants, mkdir, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createFile, ifThere } from './durable-file';
import type { MarkerStore } from './marker-store';

/** The markers of a folder, which is made when it is needed. `clock` gives Unix milliseconds. */
export function createFolderMarkers(folder: string, clock: () => number = Date.now): MarkerStore {
  const numbersOf = async (id: string): Promise<number[]> =>
    ((await ifThere(readdir(join(folder, id)))) ?? []).filter((name) => /^\d+$/.test(name)).map(Number);

  /** The highest number and its text; an empty text stands for a removed marker. */
  const readNewest = async (id: string): Promise<{ number: number; value: string }> => {
    for (;;) {
      const number = Math.max(0, ...(await numbersOf(id)));
      if (number === 0) {
        return { number, value: '' };
      }
      const value = await ifThere(readFile(join(folder, id, String(number)), 'utf8'));
      // It is gone if a higher one came meanwhile.
      if (value !== undefined) {
        return { number, value };
      }
    }
  };

  /** Creates the number after `number`; `false` if somebody did so before. */
  const createNext = async (id: string, number: number, value: string): Promise<boolean> => {
    const path = join(folder, id, String(number + 1));
    await mkdir(join(folder, id), { recursive: true });
    // A machine that crashed runs no worker; what it lost of a mark is then no loss.
    if (!(await createFile(path, value, { nowMs: clock(), isVolatile: true }))) {
      return false;
    }
    const numbers = await numbersOf(id);
    if (numbers.some((other) => other > number + 1)) {
      // Others went on and tidied up while this process slept; the highest number is never tidied up.
      await ifThere(unlink(path));
      return false;
    }
    for (const old of numbers) {
      if (old <= number) {
        await ifThere(unlink(join(folder, id, String(old))));
      }
    }
    return true;
  };

  return {
    name: folder,
    async read(id) {
      const { number, value } = await readNewest(id);
      return value === '' ? undefined : { value, version: String(number) };
    },
    async write(id, value, expected) {
      let number = Number(expected);
      if (expected === undefined) {
        const newest = await readNewest(id);
        if (newest.value !== '') {
          return undefined;
        }
        number = newest.number;
      }
      return (await createNext(id, number, value)) ? String(number + 1) : undefined;
    },
    async remove(id, expected) {
      await createNext(id, Number(expected), '');
    },
    async check() {
      await mkdir(folder, { recursive: true });
      await access(folder, constants.R_OK | constants.W_OK);
    },
  };
}
