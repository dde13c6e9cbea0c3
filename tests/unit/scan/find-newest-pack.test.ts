/** The newest stored window, found without listing all that was ever stored. */
import { findNewestPack } from '../../../src/scan/find-newest-pack';
import { packName } from '../../../src/scan/pack-names';
import { createMemoryStore } from './memory-store';

const NOW_MS = Date.parse('2026-11-21T12:00:00Z');
const HOUR = 3600;
/** The name of a window of so many seconds that ended so long ago. */
const nameOf = (endedSecAgo: number, lengthSec = HOUR): string => {
  const stopSec = NOW_MS / 1000 - endedSecAgo;
  return packName({ startSec: stopSec - lengthSec, stopSec });
};
const find = async (prefix: string, names: readonly string[], pageEntries = 1000) => {
  const store = createMemoryStore(Object.fromEntries(names.map((name) => [name, 'x'])), { pageEntries });
  return { store, ...(await findNewestPack({ store, prefix }, { nowMs: NOW_MS })) };
};

test('of years of windows one page is listed', async () => {
  const names = Array.from({ length: 30_000 }, (_, i) => `team/${nameOf(i * HOUR)}`);
  const { newest, isSample, store } = await find('team', names);
  expect(newest?.object.key).toBe(names[0]);
  expect(newest?.window).toEqual({ startSec: NOW_MS / 1000 - HOUR, stopSec: NOW_MS / 1000 });
  expect(isSample).toBe(false);
  expect(store.pageCount()).toBe(1);
});

test('the window that ends last counts, not the one that begins last', async () => {
  const day = nameOf(HOUR, 24 * HOUR);
  expect((await find('', [day, nameOf(2 * HOUR, HOUR)])).newest?.object.key).toBe(day);
});

test.each([10, 100, 5000])('one of %d days ago is found where there is no newer one', async (days) => {
  const name = nameOf(days * 86_400);
  expect((await find('', [name, `${name}.unfinished`, 'pack_x.bin', 'zzz'])).newest?.object.key).toBe(name);
});

test('nothing is found beside the prefix, nor among other files', async () => {
  const { newest, isSample } = await find('team', [`team-b/${nameOf(0)}`, nameOf(0), 'team/x.log.gz']);
  expect({ newest, isSample }).toEqual({ newest: undefined, isSample: false });
});

test('where there are too many to look at all, it says so', async () => {
  const names = Array.from({ length: 100 }, (_, i) => nameOf(i * 60, 60));
  expect(await find('', names, 4)).toMatchObject({ isSample: true });
});
