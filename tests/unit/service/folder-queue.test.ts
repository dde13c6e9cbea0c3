import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFolderQueue } from '../../../src/service/folder-queue';
import { createJob, type Job } from '../../../src/service/job';
import type { JobQueue } from '../../../src/service/job-queue';

const signal = new AbortController().signal;
let folder: string;
let nowMs: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vpcflow-queue-'));
  nowMs = Date.now() + 1000;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A process of its own over the folder. */
function open(): JobQueue {
  return createFolderQueue({ kind: 'digest', folder, holdMs: 60_000, clock: () => nowMs });
}

function jobOf(hour: number): Job {
  const startMs = Date.parse('2026-01-15T00:00:00Z') + hour * 3_600_000;
  return createJob('digest', { startMs, stopMs: startMs + 3_600_000 });
}

test('a job is given to one worker, and is gone when it has finished', async () => {
  await open().push(jobOf(1));
  const taken = (await open().take!(signal))!;
  expect(taken).toMatchObject({ job: jobOf(1), attempts: 0 });
  expect(await open().take!(signal)).toBeUndefined();
  expect(await open().holds(jobOf(1).id)).toBe(true);
  await taken.finish();
  expect(await open().holds(jobOf(1).id)).toBe(false);
  nowMs += 1e6;
  expect(await open().take!(signal)).toBeUndefined();
});

test('a job is due by the clock of the processes, whatever that of the file system says', async () => {
  nowMs = Date.parse('2020-01-01T00:00:00Z');
  await open().push(jobOf(1));
  const taken = (await open().take!(signal))!;
  await taken.giveBack({ delayMs: 0, isFailure: false });
  expect(await open().take!(signal)).toMatchObject({ job: jobOf(1) });
});

test('a job given back for later is not taken by who had seen it before', async () => {
  for (const hour of [1, 2]) {
    await open().push(jobOf(hour));
  }
  const [first, second] = [open(), open()];
  const [own, other] = [(await first.take!(signal))!, (await second.take!(signal))!];
  expect([own, other].map(({ job }) => job.id).sort()).toEqual([jobOf(1).id, jobOf(2).id].sort());
  // Each queue may have listed both.
  await other.giveBack({ delayMs: 30_000, isFailure: true });
  await own.giveBack({ delayMs: 30_000, isFailure: true });
  expect(await first.take!(signal)).toBeUndefined();
  expect(await second.take!(signal)).toBeUndefined();
});

test('a job that waits is there once, however often it is pushed', async () => {
  await Promise.all([open(), open(), open()].map((queue) => queue.push(jobOf(1))));
  expect(await open().depth()).toBe(1);
});

test('many workers never get the same job', async () => {
  const jobs = Array.from({ length: 40 }, (_, hour) => jobOf(hour));
  for (const job of jobs) {
    await open().push(job);
  }
  const got: string[] = [];
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      const queue = open();
      for (let taken = await queue.take!(signal); taken; taken = await queue.take!(signal)) {
        got.push(taken.job.id);
      }
    }),
  );
  expect(got.sort()).toEqual(jobs.map(({ id }) => id).sort());
});

test('a job of a worker that died goes to another, one of a worker that lives does not', async () => {
  await open().push(jobOf(1));
  await open().push(jobOf(2));
  const queue = open();
  const living = (await queue.take!(signal))!;
  const dead = (await queue.take!(signal))!;
  nowMs += 50_000;
  await living.hold();
  nowMs += 20_000;
  expect((await open().take!(signal))?.job).toEqual(dead.job);
  expect(await open().take!(signal)).toBeUndefined();
});

test('a job that waited for longer than a hold is not taken for abandoned', async () => {
  await open().push(jobOf(1));
  nowMs += 1e9;
  expect(await open().take!(signal)).toBeDefined();
  expect(await open().take!(signal)).toBeUndefined();
});

test('a job that was given back comes again when its time has come, with its attempts', async () => {
  await open().push(jobOf(1));
  const first = (await open().take!(signal))!;
  await first.giveBack({ delayMs: 30_000, isFailure: true });
  expect(await open().take!(signal)).toBeUndefined();
  nowMs += 30_000;
  const second = (await open().take!(signal))!;
  expect(second.attempts).toBe(1);
  await second.giveBack({ delayMs: 0, isFailure: false });
  expect((await open().take!(signal))?.attempts).toBe(1);
});

test('who slept through its hold gives nothing back: another has the job', async () => {
  await open().push(jobOf(1));
  const sleeper = (await open().take!(signal))!;
  nowMs += 61_000;
  const other = (await open().take!(signal))!;
  await sleeper.giveBack({ delayMs: 0, isFailure: true });
  await sleeper.hold();
  await sleeper.finish();
  expect(await open().depth()).toBe(0);
  expect(await open().holds(jobOf(1).id)).toBe(true);
  await other.finish();
  expect(await open().holds(jobOf(1).id)).toBe(false);
});

test('what is no job is put aside and stops nothing', async () => {
  await open().push(jobOf(1));
  await open().push(jobOf(2));
  writeFileSync(join(folder, 'ready', jobOf(1).id), 'rubbish');
  nowMs += 1000;
  expect((await open().take!(signal))?.job).toEqual(jobOf(2));
  expect(await open().take!(signal)).toBeUndefined();
  expect(readdirSync(join(folder, 'unreadable'))).toEqual([jobOf(1).id]);
});
