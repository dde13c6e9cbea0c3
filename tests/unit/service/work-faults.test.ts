/**
 * A process that ends at any step of its work: after each single change to the folder, everything stops at once (as if
 * killed), and a new process over the same folder must still make the digest.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFolderMarkers } from '../../../src/service/folder-markers';
import { createFolderQueue } from '../../../src/service/folder-queue';
import { createFolderStorage } from '../../../src/service/folder-storage';
import { createJob } from '../../../src/service/job';
import type { JobQueue } from '../../../src/service/job-queue';
import { createProgress } from '../../../src/service/progress';
import { describeProduct, readProduct, requestProduct, type Shelf } from '../../../src/service/shelf';
import type { MakeProduct } from '../../../src/service/work-job';
import { workQueue, type EndedJob } from '../../../src/service/work-queue';

const WINDOW = { startMs: 0, stopMs: 3_600_000 };
const { id } = createJob('digest', WINDOW);
const CONTENT = Buffer.from('lines');

let folder: string;
let nowMs: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vpcflow-faults-'));
  nowMs = Date.now() + 1000;
});
/** Ends the loops of a test that failed midway. */
let ending: AbortController;
beforeEach(() => (ending = new AbortController()));
afterEach(() => {
  ending.abort();
  rmSync(folder, { recursive: true, force: true });
});

/** A step of a process that was killed: it never goes on. */
const never = new Promise<never>(() => undefined);

/** Lets `count` calls through; the next one is done (or not, with `before`), and then nothing happens any more. */
interface Death {
  readonly count: number;
  readonly before: boolean;
  readonly onDeath: () => void;
}

function wrap<T extends object>(
  part: T,
  names: readonly (keyof T)[],
  step: <R>(call: () => Promise<R>) => Promise<R>,
): T {
  const wrapped = { ...part };
  for (const name of names) {
    const call = part[name] as (...args: unknown[]) => Promise<unknown>;
    wrapped[name] = ((...args: unknown[]) => step(() => call(...args))) as T[typeof name];
  }
  return wrapped;
}

function openShelf(death?: Death): Shelf {
  let calls = 0;
  const step = async <R>(call: () => Promise<R>): Promise<R> => {
    const number = calls++;
    if (death && number > death.count) {
      return never;
    }
    if (death && number === death.count) {
      if (!death.before) {
        await call();
      }
      death.onDeath();
      return never;
    }
    return call();
  };
  const clock = (): number => nowMs;
  const queue = createFolderQueue({ kind: 'digest', folder: join(folder, 'queue'), holdMs: 60_000, clock });
  const wrapJob: JobQueue['take'] = async (signal) => {
    const taken = await step(() => queue.take!(signal));
    return taken && wrap(taken, ['finish', 'giveBack'], step);
  };
  return {
    kind: 'digest',
    storage: wrap(createFolderStorage({ folder: join(folder, 'stored') }), ['write'], step),
    progress: createProgress({
      markers: wrap(createFolderMarkers(join(folder, 'progress')), ['write', 'remove'], step),
      timeoutMs: 60_000,
      clock,
    }),
    queue: { ...wrap(queue, ['push'], step), take: wrapJob },
  };
}

/** Works until a job has ended; tells how, and how often something was made. */
async function workOne(shelf: Shelf, made: { count: number }): Promise<EndedJob[]> {
  const stop = new AbortController();
  const onEnd = (): void => stop.abort();
  ending.signal.addEventListener('abort', onEnd);
  const ended: EndedJob[] = [];
  const make: MakeProduct = async (job) => {
    made.count++;
    const facts = { id: job.id, kind: job.kind, start: '', stop: '', made: '', complete: true, notices: [] };
    return Promise.resolve({ facts, bytes: CONTENT });
  };
  await workQueue(shelf, {
    ...{ make, clock: () => nowMs, idleMs: 1, stopTaking: stop.signal, stopWorking: stop.signal },
    report: (end) => {
      ended.push(end);
      stop.abort();
    },
  });
  ending.signal.removeEventListener('abort', onEnd);
  return ended;
}

/** Runs a request and its work until death; `true` if it came to its end alive. */
async function runUntilDeath(count: number, before: boolean, made: { count: number }): Promise<boolean> {
  let onDeath: () => void = () => undefined;
  const died = new Promise<false>((resolve) => (onDeath = () => resolve(false)));
  const shelf = openShelf({ count, before, onDeath });
  const whole = (async () => {
    await requestProduct(shelf, WINDOW);
    await workOne(shelf, made);
    return true;
  })();
  return Promise.race([whole, died]);
}

test.each([true, false])('a process killed at any step (before it: %s) loses nothing', async (before) => {
  let deaths = 0;
  for (let count = 0; ; count++) {
    rmSync(folder, { recursive: true, force: true });
    nowMs = Date.now() + 1000;
    const made = { count: 0 };
    const isAlive = await runUntilDeath(count, before, made);
    if (!isAlive) {
      deaths++;
      // What is there is whole, whatever the moment.
      const there = await readProduct(openShelf(), id);
      expect([undefined, CONTENT.toString()]).toContain(there?.toString());
      // Marks and holds of the dead run out; whoever got no answer asks again.
      nowMs += 61_000;
      const shelf = openShelf();
      await requestProduct(shelf, WINDOW);
      if ((await shelf.queue.holds(id)) === true) {
        const [ended] = await workOne(shelf, made);
        expect(['made', 'exists']).toContain(ended?.outcome);
      }
    }
    const shelf = openShelf();
    expect((await readProduct(shelf, id))?.toString()).toBe(CONTENT.toString());
    expect(await describeProduct(shelf, id)).toEqual({ state: 'ready' });
    expect(await shelf.queue.holds(id)).toBe(false);
    expect(made.count).toBeLessThanOrEqual(2);
    if (isAlive) {
      break;
    }
  }
  // Reserve, push, confirm, take, claim, renew, two writes, release, finish.
  expect(deaths).toBe(10);
});

test('several workers over one folder make each of many windows once', async () => {
  const hours = 40;
  const asked = openShelf();
  for (let hour = 0; hour < hours; hour++) {
    await requestProduct(asked, { startMs: hour * 3_600_000, stopMs: (hour + 1) * 3_600_000 });
  }
  const made: string[] = [];
  const outcomes: string[] = [];
  const stop = ending;
  const make: MakeProduct = (job) => {
    made.push(job.id);
    const facts = { id: job.id, kind: job.kind, start: '', stop: '', made: '', complete: true, notices: [] };
    return Promise.resolve({ facts, bytes: CONTENT });
  };
  await Promise.all(
    [openShelf(), openShelf(), openShelf()].map((shelf) =>
      workQueue(shelf, {
        ...{ make, clock: () => nowMs, idleMs: 1, stopTaking: stop.signal, stopWorking: stop.signal },
        report: ({ outcome }) => {
          outcomes.push(outcome);
          if (outcomes.length === hours) {
            stop.abort();
          }
        },
      }),
    ),
  );
  expect(outcomes).toEqual(Array.from({ length: hours }, () => 'made'));
  expect(made).toHaveLength(hours);
  expect(new Set(made).size).toBe(hours);
});

test('a job that is told to stop goes back and is free for the next at once', async () => {
  const shelf = openShelf();
  await requestProduct(shelf, WINDOW);
  const stop = ending;
  const outcomes: string[] = [];
  await workQueue(shelf, {
    ...{ clock: () => nowMs, idleMs: 1, stopTaking: stop.signal, stopWorking: stop.signal },
    make: (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('stopped')));
        stop.abort();
      }),
    report: ({ outcome }) => outcomes.push(outcome),
  });
  expect(outcomes).toEqual(['handed-back']);
  expect(await describeProduct(openShelf(), id)).toEqual({ state: 'queued' });
  const [ended] = await workOne(openShelf(), { count: 0 });
  expect(ended?.outcome).toBe('made');
});

test('a job that cannot be done is given up with its reason, and may be asked for again', async () => {
  const shelf = openShelf();
  await requestProduct(shelf, WINDOW);
  const stop = ending;
  const outcomes: string[] = [];
  await workQueue(shelf, {
    ...{ clock: () => (nowMs += 1000), idleMs: 1, stopTaking: stop.signal, stopWorking: new AbortController().signal },
    ...{ maxAttempts: 3, retryMs: 1 },
    make: () => Promise.reject(new Error('the bucket is gone')),
    report: ({ outcome }) => {
      outcomes.push(outcome);
      if (outcome === 'gave-up') {
        stop.abort();
      }
    },
  });
  expect(outcomes).toEqual(['failed', 'failed', 'gave-up']);
  expect(await describeProduct(openShelf(), id)).toEqual({ state: 'failed', reason: 'the bucket is gone' });
  expect(await requestProduct(openShelf(), WINDOW)).toBe('queued');
});
