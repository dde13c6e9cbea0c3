/** Stored hours as longer windows: made once all parts are there, again when one is another, and of nothing else. */
import { FlowError } from '../../../src/errors';
import { decodeWindowPack, encodeWindowPack } from '../../../src/scan/window-pack';
import { createWorkerPool } from '../../../src/scan/worker-pool';
import { createPackAdder, type AddedPacks } from '../../../src/service/add-up-packs';
import { createTurns } from '../../../src/service/adding';
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

interface Logs {
  /** Of a record in each half hour; none for undefined. */
  readonly bytesOf?: (half: number) => number | undefined;
  /** Of the sources, each of which has these logs, with flow logs of its own. */
  readonly prefixes?: readonly string[];
}

type Made = Awaited<ReturnType<typeof makeHours>>;
const made = new Map<string, Promise<Made>>();

/** Two objects an hour, of a record each: what a job from one hour of the day to another would store. */
async function makeHours(
  fromHour: number,
  toHour: number,
  { bytesOf = (half) => 100 + half, prefixes = [''] }: Logs = {},
): Promise<readonly { readonly name: string; readonly bytes: Uint8Array }[]> {
  const objects = prefixes.flatMap((prefix, n) =>
    Array.from({ length: 48 }, (_, half) => ({ half, bytes: bytesOf(half) })).flatMap(({ half, bytes }) => {
      const key = prefix + logKey(new Date((DAY + half * 1800) * 1000).toISOString(), { flowLogId: `fl-0${n}` });
      const record = { start: DAY + half * 1800 + 5, bytes, dst: `10.0.0.${half % 3}` };
      return bytes === undefined ? [] : [[key, logBytes(record)] as const];
    }),
  );
  const store = createMemoryStore(Object.fromEntries(objects));
  const packs = await makePacks(
    { startMs: (DAY + fromHour * 3600) * 1000, stopMs: (DAY + toHour * 3600) * 1000 },
    {
      ...{ sources: prefixes.map((prefix) => ({ store, prefix, keys: 'aws' as const })), pool: POOL },
      ...{ accounts: [], regions: [], clock: () => DAY * 1000, signal },
    },
  );
  return packs!.files;
}

/** Stores it; what the usual logs make is made once. */
async function storeHours(storage: MemoryStorage, fromHour: number, toHour: number, logs?: Logs): Promise<void> {
  const id = `${fromHour} ${toHour}`;
  const files = logs ? makeHours(fromHour, toHour, logs) : (made.get(id) ?? makeHours(fromHour, toHour));
  if (!logs) {
    made.set(id, files);
  }
  for (const { name, bytes } of await files) {
    await storage.write(name, bytes);
  }
}

const longer = (storage: MemoryStorage): string[] =>
  [...storage.files.keys()].filter((name) => /^hours\d/.test(name)).sort();
const PLANS = ['accounts', 'refused', 'rejects', 'services', 'talks'];
const namesOf = (length: string, ...windows: string[]): string[] =>
  windows.flatMap((window) => PLANS.map((plan) => `hours${length}-${plan}_${window}.bin`)).sort();
const SIXTHS = [
  ...['20260115T000000Z_20260115T060000Z', '20260115T060000Z_20260115T120000Z'],
  ...['20260115T120000Z_20260115T180000Z', '20260115T180000Z_20260116T000000Z'],
];
const WHOLE_DAY = [...namesOf('24', '20260115T000000Z_20260116T000000Z'), ...namesOf('6', ...SIXTHS)].sort();
const FIRST_TALKS = `hours6-talks_${SIXTHS[0]}.bin`;

const written = (files: number): AddedPacks => ({ written: files, failures: new Map() });
const sum = (halves: readonly number[]): number => halves.reduce((all, half) => all + 100 + half, 0);
const halvesTo = (count: number): number[] => Array.from({ length: count }, (_, half) => half);

async function contentOf(storage: MemoryStorage, name: string) {
  const { windows, lengthSec } = await decodeWindowPack(storage.files.get(name)!.bytes);
  return windows.map(({ startSec, objects, own: { digest } }) => ({
    lengthSec,
    startSec: startSec - DAY,
    objects: objects.length,
    rows: digest.rowCount,
    flows: digest.tallies.flows,
    bytes: digest.sums.find((each) => each.name === 'bytes')!.values.reduce((all, value) => all + value, 0),
  }));
}

test('six hours are added up when the last of them is stored, whoever stores it, and not again', async () => {
  const storage = createMemoryStorage();
  const addUp = createPackAdder({ storage, pool: POOL, signal });
  for (const hour of [0, 1, 3, 4, 5]) {
    await storeHours(storage, hour, hour + 1);
  }
  expect([await addUp(), longer(storage)]).toEqual([written(0), []]);
  await storeHours(storage, 2, 3);
  expect(await addUp()).toEqual(written(PLANS.length));
  expect(longer(storage)).toEqual(namesOf('6', SIXTHS[0]!));
  expect(await contentOf(storage, FIRST_TALKS)).toEqual([
    { lengthSec: 21_600, startSec: 0, objects: 12, rows: 3, flows: 12, bytes: sum(halvesTo(12)) },
  ]);
  expect(await addUp()).toEqual(written(0));
  // Nor by another process, that has just started.
  expect(await createPackAdder({ storage, pool: POOL, signal })()).toEqual(written(0));
});

test('jobs of several hours, that overlap, make days as well; what is there twice counts once', async () => {
  const storage = createMemoryStorage();
  await storeHours(storage, 0, 10);
  await storeHours(storage, 4, 16);
  await storeHours(storage, 16, 24);
  expect(await createPackAdder({ storage, pool: POOL, signal })()).toEqual(written(WHOLE_DAY.length));
  expect(longer(storage)).toEqual(WHOLE_DAY);
  expect(await contentOf(storage, 'hours24-talks_20260115T000000Z_20260116T000000Z.bin')).toEqual([
    { lengthSec: 86_400, startSec: 0, objects: 48, rows: 3, flows: 48, bytes: sum(halvesTo(48)) },
  ]);
});

test('hours in which there are no objects are part of six hours and days, also if all are so', async () => {
  const storage = createMemoryStorage();
  const isQuiet = (half: number): boolean => Math.floor(half / 2) === 3 || half >= 36;
  const bytesOf = (half: number): number | undefined => (isQuiet(half) ? undefined : 100 + half);
  for (const hour of [0, 2, 3, 4]) {
    await storeHours(storage, hour, hour + 1, { bytesOf });
  }
  await storeHours(storage, 1, 2, { bytesOf });
  await storeHours(storage, 5, 18, { bytesOf });
  await storeHours(storage, 18, 24, { bytesOf });
  // Of no objects there are no digests of objects.
  expect([...storage.files.keys()].filter((name) => /^pack_20260115T180000Z/.test(name))).toEqual([]);
  await createPackAdder({ storage, pool: POOL, signal })();
  expect(longer(storage)).toEqual(WHOLE_DAY);
  expect(await contentOf(storage, `hours6-talks_${SIXTHS[3]}.bin`)).toEqual([]);
  const bytes = sum(halvesTo(48).filter((half) => !isQuiet(half)));
  expect(await contentOf(storage, 'hours24-talks_20260115T000000Z_20260116T000000Z.bin')).toMatchObject([
    { objects: 34, flows: 34, bytes },
  ]);
});

test('an hour that is stored again makes them again, of what it is now', async () => {
  const storage = createMemoryStorage();
  const addUp = createPackAdder({ storage, pool: POOL, signal });
  await storeHours(storage, 0, 3);
  await storeHours(storage, 3, 4);
  await storeHours(storage, 4, 6);
  expect(await addUp()).toEqual(written(PLANS.length));
  await storeHours(storage, 3, 4, { bytesOf: (half) => (half === 6 ? 5000 : 100 + half) });
  expect(await addUp()).toEqual(written(PLANS.length));
  expect(await contentOf(storage, FIRST_TALKS)).toMatchObject([{ bytes: sum(halvesTo(12)) - 106 + 5000 }]);
  expect(await addUp()).toEqual(written(0));
});

test('an hour that is stored again while it is added up is noticed, though what was made of it is newer', async () => {
  const storage = createMemoryStorage();
  await storeHours(storage, 0, 6);
  const again = { bytesOf: (half: number) => (half === 6 ? 5000 : 100 + half) };
  let isFirst = true;
  const racing = {
    ...storage,
    async write(name: string, bytes: Uint8Array) {
      if (isFirst) {
        isFirst = false;
        await storeHours(storage, 0, 6, again);
      }
      await storage.write(name, bytes);
    },
  };
  const addUp = createPackAdder({ storage: racing, pool: POOL, signal });
  await addUp();
  for (const name of namesOf('6', SIXTHS[0]!).filter((each) => /accounts|services|talks/.test(each))) {
    expect(await contentOf(storage, name)).toMatchObject([{ bytes: sum(halvesTo(12)) - 106 + 5000 }]);
  }
  expect(await addUp()).toEqual(written(0));
});

test('windows of another plan, as an older release may have stored, are never added up as if of this one', async () => {
  const storage = createMemoryStorage();
  await storeHours(storage, 0, 5);
  await storeHours(storage, 5, 6);
  const name = 'hours-talks_20260115T050000Z_20260115T060000Z.bin';
  const pack = await decodeWindowPack(storage.files.get(name)!.bytes);
  await storage.write(name, await encodeWindowPack({ ...pack, plan: { ...pack.plan, keys: pack.plan.keys.slice(1) } }));
  await createPackAdder({ storage, pool: POOL, signal })();
  expect(await contentOf(storage, FIRST_TALKS)).toEqual([]);
});

test('sources that begin at several places of a bucket have windows of their own', async () => {
  const storage = createMemoryStorage();
  await storeHours(storage, 0, 6, { prefixes: ['vpc-a/', 'vpc-b/'] });
  await createPackAdder({ storage, pool: POOL, signal })();
  const { windows } = await decodeWindowPack(storage.files.get(FIRST_TALKS)!.bytes);
  expect(windows.map(({ prefix, objects }) => [prefix, objects.length])).toEqual([
    ['vpc-a/', 12],
    ['vpc-b/', 12],
  ]);
  expect(windows.every(({ prefix, objects }) => objects.every(({ key }) => key.startsWith(prefix)))).toBe(true);
});

/** How often what was opened. */
function watch(storage: MemoryStorage, failing: (name: string) => Error | undefined = () => undefined) {
  const opened: string[] = [];
  return {
    ...storage,
    opened,
    open(name: string) {
      opened.push(name);
      const error = failing(name);
      return error ? Promise.reject(error) : storage.open(name);
    },
  };
}

test('a file that is damaged is told of, and not looked at again before it is another', async () => {
  const storage = createMemoryStorage();
  await storeHours(storage, 0, 6);
  const name = `hours-talks_${SIXTHS[0]}.bin`;
  const whole = storage.files.get(name)!.bytes;
  await storage.write(name, whole.subarray(0, whole.length - 1));
  const watched = watch(storage);
  const addUp = createPackAdder({ storage: watched, pool: POOL, signal });
  const { written: files, failures } = await addUp();
  expect(files).toBe(PLANS.length - 1);
  expect([...failures]).toMatchObject([[FIRST_TALKS, { code: 'corrupt-object' }]]);
  expect(watched.opened).toHaveLength(PLANS.length);
  expect([await addUp(), watched.opened.length]).toEqual([written(0), PLANS.length]);
  await storage.write(name, whole);
  expect(await addUp()).toEqual(written(1));
});

test('a file that cannot be read keeps only its own windows from being made, until it can', async () => {
  const storage = createMemoryStorage();
  await storeHours(storage, 0, 6);
  await storeHours(storage, 6, 24);
  let isDenied = true;
  const denied = `hours-accounts_${SIXTHS[0]}.bin`;
  const watched = watch(storage, (name) =>
    isDenied && name === denied ? new FlowError('access-denied', 'kms:Decrypt is not allowed') : undefined,
  );
  const addUp = createPackAdder({ storage: watched, pool: POOL, signal });
  for (const files of [WHOLE_DAY.length - 2, 0]) {
    const turn = await addUp();
    expect([turn.written, [...turn.failures]]).toMatchObject([
      files,
      [[`hours6-accounts_${SIXTHS[0]}.bin`, { code: 'access-denied' }]],
    ]);
  }
  expect(watched.opened.filter((name) => name === denied)).toHaveLength(2);
  isDenied = false;
  expect(await addUp()).toEqual(written(2));
  expect(longer(storage)).toEqual(WHOLE_DAY);
});

test('files that would take too much memory are not even opened, however much of them is needed', async () => {
  const storage = createMemoryStorage();
  await storeHours(storage, 0, 6);
  await storeHours(storage, 6, 24);
  let sizeBytes = 0;
  const watched = {
    ...watch(storage),
    async *list() {
      for await (const file of storage.list()) {
        yield { ...file, ...(file.name.startsWith('hours-talks') && { sizeBytes }) };
      }
    },
  };
  const addUp = createPackAdder({ storage: watched, pool: POOL, signal });
  sizeBytes = 40 * 2 ** 20;
  const { failures } = await addUp();
  // The file of 18 hours is read as a whole, but only a third of it is added up at a time.
  expect([...failures]).toMatchObject([[FIRST_TALKS, { code: 'over-limit' }]]);
  expect(watched.opened).not.toContain(`hours-talks_${SIXTHS[0]}.bin`);
  expect(await addUp()).toEqual(written(0));
  sizeBytes = 24 * 2 ** 20;
  await addUp();
  expect(longer(storage)).toEqual(WHOLE_DAY);
});

test('it ends between files when it is told to, and goes on after a storage that could not be written to', async () => {
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
  expect(await createPackAdder({ storage: stopping, pool: POOL, signal: stop.signal })()).toEqual(written(1));
  expect(longer(storage)).toHaveLength(1);
  let isFull = true;
  const full = {
    ...storage,
    write: (name: string, bytes: Uint8Array) =>
      isFull ? Promise.reject(new FlowError('unavailable', 'the disk is full')) : storage.write(name, bytes),
  };
  const addUp = createPackAdder({ storage: full, pool: POOL, signal });
  const { written: files, failures } = await addUp();
  expect([files, failures.size, [...failures.values()][0]]).toMatchObject([
    0,
    PLANS.length - 1,
    { message: 'the disk is full' },
  ]);
  isFull = false;
  expect(await addUp()).toEqual(written(PLANS.length - 1));
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
