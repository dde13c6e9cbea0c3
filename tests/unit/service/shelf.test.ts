import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFolderMarkers } from '../../../src/service/folder-markers';
import { createFolderQueue } from '../../../src/service/folder-queue';
import { createFolderStorage } from '../../../src/service/folder-storage';
import { createJob } from '../../../src/service/job';
import { createProgress } from '../../../src/service/progress';
import { removeOldProducts, storeProduct, type Shelf } from '../../../src/service/shelf';

const NOW_MS = Date.parse('2026-01-15T12:00:00Z');
let folder: string;
let stored: string;
let shelf: Shelf;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vpcflow-shelf-'));
  stored = join(folder, 'stored');
  const clock = (): number => NOW_MS;
  shelf = {
    kind: 'digest',
    storage: createFolderStorage({ folder: stored, clock }),
    progress: createProgress({ markers: createFolderMarkers(join(folder, 'progress')), timeoutMs: 60_000, clock }),
    queue: createFolderQueue({ kind: 'digest', folder: join(folder, 'queue'), holdMs: 60_000, clock }),
  };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('what is past the retention goes with all that belongs to it, and nothing else of a shared place', async () => {
  const ids = [1, 2].map(
    (hour) => createJob('digest', { startMs: hour * 3_600_000, stopMs: hour * 3_600_000 + 60_000 }).id,
  );
  for (const [i, id] of ids.entries()) {
    const facts = { id, kind: 'digest', start: '', stop: '', made: '', complete: true, notices: [] } as const;
    const packs = ['pack', 'hours-talks'].map((kind) => ({
      name: `${kind}_20260115T0${i}0000Z_20260115T0${i}0100Z.bin`,
      bytes: Buffer.from('pack'),
    }));
    await storeProduct(shelf, { facts, bytes: Buffer.from('lines'), packs });
  }
  for (const name of ['notes.txt', `${ids[0]}.dot`, `${ids[0]}_in_progress`, 'pack_of_mine.bin']) {
    writeFileSync(join(stored, name), 'of somebody else');
  }
  const old = [ids[0]!, 'pack_20260115T00', 'hours-talks_20260115T00', 'notes.txt', 'pack_of_mine'];
  for (const name of readdirSync(stored)) {
    const sec = NOW_MS / 1000 - (old.some((start) => name.startsWith(start)) ? 1000 : 10);
    utimesSync(join(stored, name), sec, sec);
  }
  expect(await removeOldProducts(shelf, NOW_MS - 500_000)).toBe(4);
  expect(readdirSync(stored).sort()).toEqual(
    [
      ...[`${ids[0]}.dot`, `${ids[0]}_in_progress`, 'notes.txt', 'pack_of_mine.bin'],
      ...[`${ids[1]}.json`, `${ids[1]}.log.gz`],
      ...['pack', 'hours-talks'].map((kind) => `${kind}_20260115T010000Z_20260115T010100Z.bin`),
    ].sort(),
  );
  expect(await removeOldProducts(shelf, NOW_MS - 500_000)).toBe(0);
});
