/** The file for what does not fit into memory, on disks of several sizes: how much room it leaves to others. */
import type { StatsFs } from 'node:fs';
import * as files from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTempFile } from '../../../src/scan/temp-file';

jest.mock('node:fs/promises', () => ({ ...jest.requireActual<typeof files>('node:fs/promises'), statfs: jest.fn() }));

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const BLOCK = 4096;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'temp-file-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Whether a MiB is taken by a disk of that size with so much free. */
async function isTaken(diskBytes: number, freeBytes: number): Promise<boolean> {
  const disk = { blocks: diskBytes / BLOCK, bavail: freeBytes / BLOCK, bsize: BLOCK };
  jest.mocked(files.statfs as (path: string) => Promise<StatsFs>).mockResolvedValue(disk as StatsFs);
  const file = await openTempFile(folder);
  try {
    const bytes = new Uint8Array(MIB).fill(7);
    const at = await file.append(bytes);
    expect(Buffer.compare(await file.read(at, MIB), bytes)).toBe(0);
    return true;
  } catch (thrown) {
    expect(thrown).toMatchObject({ message: expect.stringMatching(/^ENOSPC: less than \d+ MiB would be left free$/) });
    return false;
  } finally {
    await file.close();
  }
}

test.each([
  ['a large disk', 500 * GIB, GIB],
  ['a volume of 8 GiB', 8 * GIB, 0.8 * GIB],
  ['a folder in memory of 64 MiB', 64 * MIB, 6.4 * MIB],
])('%s is filled but for 1 GiB or a tenth', async (_, diskBytes, leftBytes) => {
  expect(await isTaken(diskBytes, leftBytes + 2 * MIB)).toBe(true);
  expect(await isTaken(diskBytes, leftBytes + MIB / 2)).toBe(false);
});
