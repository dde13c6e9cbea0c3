/** Stored hours as longer windows: made once all parts are there, again when one is another, and of nothing else. */
import { FlowError } from '../../../src/errors';
import { decodeWindowPack } from '../../../src/scan/window-pack';
import { createWorkerPool } from '../../../src/scan/worker-pool';
import { createPackAdder, createTurns } from '../../../src/service/add-up-packs';
import { makePacks } from '../../../src/service/make-pack';
import { logBytes, logKey } from '../scan/flow-logs';
import { createMemoryStore } from '../scan/memory-store';
import { createMemoryStorage, type MemoryStorage } from './memory-storage';

const DAY = Date.parse('2026-01-15T00:00:00Z') / 1000;
const POOL = createWorkerPool({
  size: 0,
  createWorker: () => {
    throw new Error('no worker is needed');
  },
});
const signal = new AbortController().signal;

/** Two objects an hour, of a record each. */
const store = createMemoryStore(
  Object.fromEntries(
    Array.from({ length: 48 }, (_, half) => [
      logKey(new Date((DAY + half * 1800) * 1000).toISOString()),
      logBytes({ start: DAY + half * 1800 + 5, bytes: 100 + half, dst: `10.0.0.${half % 3}` }),
    ]),
  ),
);

/** Stores what a job from one hour of the day to another would. */
async function storeHours(storage: MemoryStorage, fromHour: number, toHour: number): Promise<void> {
  const made = await makePacks(
    { startMs: (DAY + fromHour * 3600) * 1000, stopMs: (DAY + toHour * 3600) * 1000 },
    {
      ...{ sources: [{ store, prefix: '', keys: 'aws' as const }], pool: POOL, accounts: [], regions: [] },
      ...{ clock: () => DAY * 1000, signal },
    },
  );
  for (const { name, bytes } of made!.files) {
    await storage.write(name, bytes);
  }
}

const longer = (storage: MemoryStorage): string[] =>
  [...storage.files.keys()].filter((name) => /^hours\d/.test(name)).sort();
const PLANS = ['accounts', 'refused', 'rejects', 'services', 'talks'];
const namesOf = (length: string, ...windows: string[]): string[] =>
  windows.flatMap((window) => PLANS.map((plan) => `hours${length}-${plan}_${window}.bin`)).sort();

async function contentOf(storage: MemoryStorage, name: string) {
  const { windows, lengthSec } = await decodeWindowPack(storage.files.get(name)!.bytes);
  return windows.map(({ startSec, objects, own: { digest } }) => ({
    lengthSec,
    startSec: startSec - DAY,
    objects: objects.length,
    rows: digest.rowCount,
    flows: digest.tallies.flows,
    bytes: digest.sums.find((sum) => sum.name === 'bytes')!.values.reduce((sum, value) => sum + value, 0),
  }));
}

test('six hours are added up when the last of them is stored, whoever stores it, and not again', async () => {
  const storage = createMemoryStorage();
  const addUp = createPackAdder({ storage, pool: POOL, signal });
  for (const hour of [0, 1, 3, 4, 5]) {
    await storeHours(storage, hour, hour + 1);
  }
  expect([await addUp(), longer(storage)]).toEqual([0, []]);
  await storeHours(storage, 2, 3);
  expect(await addUp()).toBe(PLANS.length);
  expect(longer(storage)).toEqual(namesOf('6', '20260115T000000Z_20260115T060000Z'));
  const bytes = Array.from({ length: 12 }, (_, half) => 100 + half).reduce((sum, value) => sum + value);
  expect(await contentOf(storage, 'hours6-talks_20260115T000000Z_20260115T060000Z.bin')).toEqual([
    { lengthSec: 21_600, startSec: 0, objects: 12, rows: 3, flows: 12, bytes },
  ]);
  expect(await addUp()).toBe(0);
  // Nor by another process, that has just started.
  expect(await createPackAdder({ storage, pool: POOL, signal })()).toBe(0);
});

test('jobs of several hours, that overlap, make days as well; what is there twice counts once', async () => {
  const storage = createMemoryStorage();
  await storeHours(storage, 0, 10);
  await storeHours(storage, 4, 16);
  await storeHours(storage, 16, 24);
  await createPackAdder({ storage, pool: POOL, signal })();
  expect(longer(storage)).toEqual(
    [
      ...namesOf('24', '20260115T000000Z_20260116T000000Z'),
      ...namesOf(
        '6',
        ...['20260115T000000Z_20260115T060000Z', '20260115T060000Z_20260115T120000Z'],
        ...['20260115T120000Z_20260115T180000Z', '20260115T180000Z_20260116T000000Z'],
      ),
    ].sort(),
  );
  const bytes = Array.from({ length: 48 }, (_, half) => 100 + half).reduce((sum, value) => sum + value);
  expect(await contentOf(storage, 'hours24-talks_20260115T000000Z_20260116T000000Z.bin')).toEqual([
    { lengthSec: 86_400, startSec: 0, objects: 48, rows: 3, flows: 48, bytes },
  ]);
});

test('an hour that is stored again makes them again', async () => {
  const storage = createMemoryStorage();
  const addUp = createPackAdder({ storage, pool: POOL, signal });
  await storeHours(storage, 0, 6);
  expect(await addUp()).toBe(PLANS.length);
  await storeHours(storage, 3, 4);
  expect(await addUp()).toBe(PLANS.length);
  expect(await addUp()).toBe(0);
});

test('a file that is damaged is passed over, and not looked at again before it is another', async () => {
  const storage = createMemoryStorage();
  await storeHours(storage, 0, 6);
  const name = 'hours-talks_20260115T000000Z_20260115T060000Z.bin';
  const whole = storage.files.get(name)!.bytes;
  await storage.write(name, whole.subarray(0, whole.length - 1));
  let opened = 0;
  const watched = { ...storage, open: (each: string) => (opened++, storage.open(each)) };
  const addUp = createPackAdder({ storage: watched, pool: POOL, signal });
  expect(await addUp()).toBe(PLANS.length - 1);
  expect(opened).toBe(PLANS.length);
  expect([await addUp(), opened]).toEqual([0, PLANS.length]);
  await storage.write(name, whole);
  expect(await addUp()).toBe(1);
});

test('it ends between files when it is told to, and fails as its storage does', async () => {
  const storage = createMemoryStorage();
  await storeHours(storage, 0, 6);
  const stop = new AbortController();
  const stopping = {
    ...storage,
    async write(name: string, bytes: Uint8Array) {
      await storage.write(name, bytes);
      stop.abort();
    },
  };
  expect(await createPackAdder({ storage: stopping, pool: POOL, signal: stop.signal })()).toBe(1);
  expect(longer(storage)).toHaveLength(1);
  let isFull = true;
  const full = {
    ...storage,
    write: (name: string, bytes: Uint8Array) =>
      isFull ? Promise.reject(new FlowError('unavailable', 'the disk is full')) : storage.write(name, bytes),
  };
  const addUp = createPackAdder({ storage: full, pool: POOL, signal });
  await expect(addUp()).rejects.toThrow('the disk is full');
  isFull = false;
  expect(await addUp()).toBe(PLANS.length - 1);
});

test('turns come one at a time, and one more for all who ask during one', async () => {
  let running = 0;
  let turns = 0;
  const asked = createTurns(async () => {
    expect(++running).toBe(1);
    turns++;
    await new Promise((resolve) => setImmediate(resolve));
    running--;
  });
  asked.ask();
  await new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 5; i++) {
    asked.ask();
  }
  await asked.ended();
  expect(turns).toBe(2);
  asked.ask();
  await asked.ended();
  expect(turns).toBe(3);
});
