/** Digests in a real folder: what was stored is found after a restart, and damage of any kind only loses digests. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Digest } from '../../../src/digest/digest';
import { NO_TALLIES } from '../../../src/digest/digest';
import { shareDigest } from '../../../src/digest/share-digest';
import type { ObjectDigest } from '../../../src/scan/digest-cache';
import {
  createDigestFolder,
  type DigestFolder,
  type DigestFolderEvent,
  type DigestFolderOptions,
} from '../../../src/scan/digest-folder';

const MIB = 2 ** 20;
let root: string;
let opened: DigestFolder[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vpcflow-digests-'));
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((folder) => folder.close()));
  rmSync(root, { recursive: true, force: true });
});

const FOLDER = 'cache/digests';
const pathOf = (name: string): string => join(root, FOLDER, name);
const files = (): string[] => readdirSync(join(root, FOLDER)).sort();

/** The folder as a process opens it. */
function openFolder(options: Partial<DigestFolderOptions> = {}): DigestFolder {
  const folder = createDigestFolder({
    folder: join(root, FOLDER),
    maxBytes: 100 * MIB,
    version: '1.0.0',
    waitMs: 60_000,
    closeMs: 60_000,
    ...options,
  });
  opened.push(folder);
  return folder;
}

/** A digest that tells which one it is; its columns cannot be made small. */
function digestOf(id: number, rows = 3): ObjectDigest {
  const digest: Digest = {
    rowCount: rows,
    keys: [
      { kind: 'text', name: 'action', codes: new Uint32Array(rows), dictionary: [`text ${id}`] },
      { kind: 'integer', name: 'port', values: Uint32Array.from({ length: rows }, (_, i) => id * 1000 + i) },
    ],
    flows: new Float64Array(rows).fill(id),
    sums: [
      { name: 'packets', values: Float64Array.from({ length: rows }, (_, i) => (id + i) / 3) },
      { name: 'bytes', values: new Float64Array(rows).fill(id * 100) },
    ],
    minStartSec: new Float64Array(rows).fill(1_700_000_000 + id),
    maxEndSec: new Float64Array(rows).fill(-Infinity),
    tallies: { ...NO_TALLIES, lines: id, missingFields: { 'vpc-id': id } },
    ends: `fl-0a eni-0a 10.0.0.${id}`,
  };
  return { digest: shareDigest(digest), span: { firstSec: id, lastSec: -Infinity, hasUntimed: id % 2 === 0 } };
}

/** As text, columns by their bytes. */
const plain = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    ArrayBuffer.isView(member)
      ? createHash('sha256')
          .update(Buffer.from(new Uint8Array(member.buffer, member.byteOffset, member.byteLength)))
          .digest('hex')
      : typeof member === 'number'
        ? String(member)
        : member,
  );

async function fill(folder: DigestFolder, ids: readonly number[], rows?: number): Promise<void> {
  ids.forEach((id) => folder.save(`key ${id}`, digestOf(id, rows)));
  await folder.settle();
}

/** `fs.promises.open` with files that write as told. */
function openWith(write: (bytes: number) => number | Promise<number>): typeof openFile {
  return (async (...args: Parameters<typeof openFile>) => {
    const file = await openFile(...args);
    const plainWrite = file.write.bind(file) as (...args: unknown[]) => Promise<{ bytesWritten: number }>;
    file.write = (async (buffer: Buffer, offset: number, length: number, position: number) => {
      const allowed = await write(length);
      return plainWrite(buffer, offset, allowed, position);
    }) as unknown as typeof file.write;
    return file;
  }) as typeof openFile;
}

/** Which of them a process finds, each of which must be right. */
async function found(folder: DigestFolder, ids: readonly number[], rows?: number): Promise<number[]> {
  const there: number[] = [];
  for (const id of ids) {
    const value = await folder.load(`key ${id}`);
    if (value) {
      expect(plain(value)).toBe(plain(digestOf(id, rows)));
      there.push(id);
    }
  }
  return there;
}

const range = (count: number, from = 1): number[] => Array.from({ length: count }, (_, i) => from + i);

describe('what was stored', () => {
  test('is found after a restart, in one file, and not under other keys', async () => {
    const before = openFolder();
    await fill(before, range(20));
    expect(await found(before, range(25))).toEqual(range(20));
    await before.close();
    expect(files()).toHaveLength(1);

    const after = openFolder();
    expect(after.counts()).toMatchObject({ entries: 0, hits: 0 });
    expect(await found(after, range(25))).toEqual(range(20));
    expect(after.has('key 1')).toBe(true);
    expect(after.has('key 21')).toBe(false);
    expect(after.counts()).toEqual({
      ...{ hits: 20, misses: 5, entries: 20, errors: 0, dropped: 0 },
      bytes: statSync(pathOf(files()[0]!)).size,
    });
  });

  test('is there at once, while it waits to be written', async () => {
    const folder = openFolder();
    await fill(folder, []);
    folder.save('key 1', digestOf(1));
    expect(folder.has('key 1')).toBe(true);
    expect(await found(folder, [1])).toEqual([1]);
    expect(files()).toEqual([]);
  });

  test('is written by and by, also what comes while a slow disk writes', async () => {
    let release = (): void => undefined;
    const slow = new Promise<void>((resolve) => (release = resolve));
    const folder = openFolder({ open: openWith((bytes) => slow.then(() => bytes)) });
    const areStored = async (count: number): Promise<void> => {
      while (folder.counts().entries < count) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    folder.save('key 1', digestOf(1));
    while (folder.has('key 1')) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    // It is being written.
    folder.save('key 2', digestOf(2));
    await new Promise((resolve) => setTimeout(resolve, 400));
    release();
    await areStored(2);
    folder.save('key 3', digestOf(3));
    await areStored(3);
    expect(await found(openFolder(), range(3))).toEqual(range(3));
  });

  test('is written when the process ends', async () => {
    const folder = openFolder();
    folder.save('key 1', digestOf(1));
    await folder.close();
    expect(await found(openFolder(), [1])).toEqual([1]);
  });

  test('is not written again, neither by this process nor by another', async () => {
    const one = openFolder();
    await fill(one, range(3));
    await fill(one, range(3));
    const other = openFolder();
    await fill(other, range(4));
    expect(other.counts().entries).toBe(4);
    expect(files()).toHaveLength(2);
    expect(await found(openFolder(), range(4))).toEqual(range(4));
    const sizes = files().map((name) => statSync(pathOf(name)).size);
    expect(Math.min(...sizes)).toBeLessThan(Math.max(...sizes) / 2);
  });

  test('of large digests is found as well as of thousands of small ones', async () => {
    const folder = openFolder();
    await fill(folder, range(500));
    await fill(folder, range(5, 5001), 100_000);
    const after = openFolder();
    expect(await found(after, range(500))).toEqual(range(500));
    expect(await found(after, range(5, 5001), 100_000)).toEqual(range(5, 5001));
    expect(files().length).toBeLessThan(3);
  });

  test('of another version is passed over, and goes as the oldest does', async () => {
    await fill(openFolder({ version: '1.0.0' }), range(3));
    const next = openFolder({ version: '1.0.1' });
    expect(await found(next, range(3))).toEqual([]);
    await fill(next, [1]);
    expect(await found(next, range(3))).toEqual([1]);
    expect(await found(openFolder({ version: '1.0.0' }), range(3))).toEqual(range(3));
    const small = openFolder({ version: '1.0.1', maxBytes: 16 * MIB });
    await fill(small, range(12, 100), 100_000);
    expect(await found(openFolder({ version: '1.0.0' }), range(3))).toEqual([]);
  });
});

describe('several processes', () => {
  test('find what the others have stored after a while', async () => {
    let nowMs = 1_700_000_000_000;
    const clock = (): number => nowMs;
    const one = openFolder({ clock });
    const other = openFolder({ clock });
    await fill(one, [1]);
    expect(await found(other, [1])).toEqual([1]);
    await fill(one, [2]);
    await fill(other, [3]);
    expect(await found(other, [2])).toEqual([]);
    expect(await found(one, [3])).toEqual([]);
    nowMs += 60_000;
    for (const folder of [one, other]) {
      // The first asks for what is new, which is there soon.
      await folder.load('anything');
      await folder.settle();
    }
    expect(await found(one, range(3))).toEqual(range(3));
    expect(await found(other, range(3))).toEqual(range(3));
    await fill(one, [4]);
    expect(files()).toHaveLength(2);
  });

  test('go on when one deletes what the other has', async () => {
    const one = openFolder();
    await fill(one, range(3));
    const other = openFolder();
    expect(await found(other, range(3))).toEqual(range(3));
    files().forEach((name) => rmSync(pathOf(name)));
    const third = openFolder();
    await fill(third, [9]);
    expect(await found(other, [9])).toEqual([]);
    await other.check();
    await one.check();
    await fill(one, range(3, 11));
    expect(await found(one, range(3, 11))).toEqual(range(3, 11));
    expect(await found(openFolder(), range(20))).toEqual([9, 11, 12, 13]);
    expect([one, other].map((folder) => folder.counts().errors)).toEqual([0, 0]);
  });
});

test('the oldest files go when all together are too large', async () => {
  const maxBytes = 16 * MIB;
  const folder = openFolder({ maxBytes });
  for (const id of range(20)) {
    // About 2 MB each.
    await fill(folder, [id], 100_000);
    expect(files().reduce((sum, name) => sum + statSync(pathOf(name)).size, 0)).toBeLessThanOrEqual(maxBytes);
  }
  const there = await found(openFolder({ maxBytes }), range(20), 100_000);
  expect(there.length).toBeGreaterThan(5);
  expect(there).toEqual(range(there.length, 21 - there.length));
  expect(await found(folder, range(20), 100_000)).toEqual(there);
  expect(folder.counts()).toMatchObject({ errors: 0, dropped: 0 });
});

test('a limit that was lowered holds from the next start on', async () => {
  await fill(openFolder(), range(5), 100_000);
  await fill(openFolder(), range(5, 20), 100_000);
  expect(files()).toHaveLength(2);
  const folder = openFolder({ maxBytes: 16 * MIB });
  await folder.settle();
  await fill(folder, [50]);
  expect(await found(openFolder(), range(5), 100_000)).toEqual([]);
  expect(await found(openFolder(), range(5, 20), 100_000)).toEqual(range(5, 20));
});

describe('damage', () => {
  /** What a process finds of five digests in a folder with this one file. */
  async function foundIn(bytes: Uint8Array): Promise<number[]> {
    rmSync(join(root, FOLDER), { recursive: true });
    mkdirSync(join(root, FOLDER), { recursive: true });
    writeFileSync(pathOf('digests-1700000000000-0123456789ab.vfd'), bytes);
    const folder = openFolder();
    const there = await found(folder, range(5));
    // What is lost can be stored again.
    await fill(folder, range(5));
    expect(await found(folder, range(5))).toEqual(range(5));
    await folder.close();
    return there;
  }
  async function stored(): Promise<Buffer> {
    await fill(openFolder(), range(5));
    return readFileSync(pathOf(files()[0]!));
  }

  test('a file that was cut has all digests before the cut', async () => {
    const whole = await stored();
    const recordBytes = (whole.length - 64) / 5;
    for (const cut of [0, 63, 64, 64 + recordBytes, 100 + recordBytes, whole.length - 1]) {
      const count = Math.max(0, Math.floor((cut - 64) / recordBytes));
      expect(await foundIn(whole.subarray(0, cut))).toEqual(range(count));
    }
  });

  test('a flipped bit loses digests, and never gives a wrong one', async () => {
    const whole = await stored();
    const recordBytes = (whole.length - 64) / 5;
    const bits = fc.oneof(fc.nat(whole.length * 8 - 1), fc.nat(63 * 8));
    await fc.assert(
      fc.asyncProperty(bits, async (bit) => {
        const flipped = Buffer.from(whole);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        const there = await foundIn(flipped);
        const hit = Math.floor(((bit >> 3) - 64) / recordBytes) + 1;
        expect(there).not.toContain(hit);
        // A record whose length is wrong hides those behind it, nothing hides those before.
        expect(there.filter((id) => id < hit)).toEqual(range(Math.max(0, hit - 1)));
      }),
      { numRuns: 40 },
    );
  });

  test.each([
    ['zeros', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 64), Buffer.alloc(5000)])],
    ['zeros amid it, as a crash of the machine leaves them', (bytes: Buffer) => Buffer.from(bytes).fill(0, 400, 1200)],
    ['what is no segment', () => Buffer.from('x'.repeat(5000))],
    ['nothing', () => Buffer.alloc(0)],
  ])('%s in a file are passed over', async (_, spoil) => {
    for (const id of await foundIn(spoil(await stored()))) {
      expect(range(5)).toContain(id);
    }
  });

  test('is counted, and told once for each file', async () => {
    const events: DigestFolderEvent[] = [];
    const whole = await stored();
    const recordBytes = (whole.length - 64) / 5;
    whole[64 + recordBytes - 20]! ^= 1;
    whole[64 + 2 * recordBytes - 20]! ^= 1;
    writeFileSync(pathOf(files()[0]!), whole);
    const folder = openFolder({ report: (event) => events.push(event) });
    expect(await found(folder, range(5))).toEqual([3, 4, 5]);
    expect(folder.counts()).toMatchObject({ hits: 3, misses: 2, errors: 2 });
    expect(events).toEqual([{ doing: 'reading', problem: `${files()[0]} is damaged: what is left of it is used` }]);
  });

  test('other files in the folder are left alone', async () => {
    mkdirSync(join(root, FOLDER), { recursive: true });
    writeFileSync(pathOf('notes.txt'), 'x'.repeat(1000));
    mkdirSync(pathOf('digests-old'));
    const folder = openFolder({ maxBytes: 16 * MIB });
    await fill(folder, range(20), 100_000);
    expect(files()).toEqual(expect.arrayContaining(['notes.txt', 'digests-old']));
    expect(folder.counts().errors).toBe(0);
  });
});

describe('a folder that cannot be used', () => {
  test('is told of once, tried again after a while, and told of when it works', async () => {
    let nowMs = 1_700_000_000_000;
    const events: DigestFolderEvent[] = [];
    mkdirSync(join(root, 'cache'));
    writeFileSync(join(root, FOLDER), 'a file where the folder should be');
    const folder = openFolder({ clock: () => nowMs, report: (event) => events.push(event) });
    await fill(folder, range(3));
    expect(await found(folder, range(3))).toEqual([]);
    await fill(folder, range(3));
    expect(events.map(({ doing }) => doing)).toEqual(['reading', 'writing']);
    expect(events[0]!.problem).toContain('EEXIST');
    expect(folder.counts()).toMatchObject({ hits: 0, entries: 0, dropped: 6, errors: 2 });
    expect(await folder.check()).toEqual([
      expect.stringMatching(/^digests in .* cannot be read: .*EEXIST/),
      expect.stringMatching(/^digests cannot be stored in .*: .*EEXIST/),
    ]);

    rmSync(join(root, FOLDER));
    await fill(folder, [1]);
    expect(events).toHaveLength(2);
    nowMs += 61_000;
    await folder.check();
    await fill(folder, [1]);
    expect(await found(folder, [1])).toEqual([1]);
    expect(events.slice(2)).toEqual([{ doing: 'reading' }, { doing: 'writing' }]);
    expect(await folder.check()).toEqual([]);
  });

  test('a disk that is full amid a record loses what it has no room for', async () => {
    let nowMs = 1_700_000_000_000;
    let left = 2500;
    const full = (bytes: number): number => {
      if (left === 0) {
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      }
      const room = Math.min(bytes, left);
      left -= room;
      return room;
    };
    const events: DigestFolderEvent[] = [];
    const folder = openFolder({ clock: () => nowMs, open: openWith(full), report: (event) => events.push(event) });
    await fill(folder, range(10));
    expect(events).toEqual([{ doing: 'writing', problem: 'ENOSPC: no space left on device, write' }]);
    expect(folder.counts()).toMatchObject({ entries: 0, dropped: 10, errors: 1 });
    expect(await folder.check()).toEqual([expect.stringMatching(/cannot be stored.*ENOSPC/)]);
    // Another process finds the records that were written before the disk was full.
    const there = await found(openFolder(), range(10));
    expect(there.length).toBeGreaterThan(0);
    expect(there).toEqual(range(there.length));

    left = Infinity;
    nowMs += 61_000;
    await fill(folder, range(10));
    expect(await found(folder, range(10))).toEqual(range(10));
    expect(events.slice(1)).toEqual([{ doing: 'writing' }]);
  });

  test('one that never answers keeps nobody waiting for long, and holds few threads', async () => {
    let isHung = false;
    let hung = 0;
    const hanging = (async (...args: Parameters<typeof openFile>) => {
      if (isHung) {
        hung++;
        await new Promise(() => undefined);
      }
      return openFile(...args);
    }) as typeof openFile;
    await fill(openFolder(), range(20), 100_000);
    const events: DigestFolderEvent[] = [];
    const folder = openFolder({ open: hanging, waitMs: 200, closeMs: 200, report: (event) => events.push(event) });
    for (let there = 0; there < 20; there = folder.counts().entries) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      folder.start();
    }
    isHung = true;
    const loads = await Promise.all(range(20).map((id) => folder.load(`key ${id}`)));
    expect(loads.every((load) => load === undefined)).toBe(true);
    expect(hung).toBe(2);
    expect(events).toEqual([{ doing: 'reading', problem: 'it did not answer within 0.2 s' }]);
    // For a while nothing is tried at all.
    expect(await folder.load('key 1')).toBeUndefined();
    expect(folder.counts()).toMatchObject({ errors: 1, misses: 21 });
  });
});

test('what is made faster than it can be written is dropped, and counted', async () => {
  const folder = openFolder();
  const large = digestOf(1, 1_000_000);
  range(6).forEach((id) => folder.save(`key ${id}`, large));
  expect(folder.counts().dropped).toBeGreaterThan(0);
  await folder.settle();
  const { entries, dropped } = folder.counts();
  expect(entries + dropped).toBe(6);
});
