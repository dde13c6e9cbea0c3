/**
 * A durable queue in a folder, which several processes may share. A waiting job is a file in `ready`, a held one is in
 * `taken`; moving a file is what takes a job, and the file system lets one process do it. A file's time is ours to set: in
 * `ready` it says from when on the job is due, in `taken` when its holder was last heard of; one that was not for a while
 * belonged to a process that died and moves back. So only the clocks of the processes count, not that of the file system.
 */
import { constants } from 'node:fs';
import { access, mkdir, readdir, readFile, rename, stat, unlink, utimes } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createFile, ifThere, isCode, replaceFile, UNFINISHED_SUFFIX } from './durable-file';
import { parseJob, printJob, type Job } from './job';
import type { JobQueue, TakenJob } from './job-queue';
import type { ProductKind } from './window';

export interface FolderQueueOptions {
  readonly kind: ProductKind;
  readonly folder: string;
  /** A held job whose holder has not been heard of for this long is given to another. */
  readonly holdMs: number;
  /** Unix milliseconds. */
  readonly clock: () => number;
}

/** The queue of a folder, which is made when it is needed. Jobs come in the order in which they were pushed. */
export function createFolderQueue({ kind, folder, holdMs, clock }: FolderQueueOptions): JobQueue {
  const ready = join(folder, 'ready');
  const taken = join(folder, 'taken');
  /** What was listed and not tried yet, the oldest first. */
  let listed: string[] = [];

  const listReady = async (): Promise<string[]> => {
    const nowMs = clock();
    const due: { name: string; timeMs: number }[] = [];
    for (const name of (await ifThere(readdir(ready))) ?? []) {
      const facts = name.endsWith(UNFINISHED_SUFFIX) ? undefined : await ifThere(stat(join(ready, name)));
      if (facts && isDue(facts.mtimeMs, nowMs)) {
        due.push({ name, timeMs: facts.mtimeMs });
      }
    }
    return due.sort((a, b) => a.timeMs - b.timeMs || (a.name < b.name ? -1 : 1)).map(({ name }) => name);
  };

  const returnAbandoned = async (): Promise<void> => {
    for (const name of (await ifThere(readdir(taken))) ?? []) {
      const path = join(taken, name);
      const facts = await ifThere(stat(path));
      if (facts && facts.mtimeMs < clock() - holdMs) {
        // Its time, long past, makes it due at once.
        await ifThere(rename(path, join(ready, name.split('~')[0]!)));
      }
    }
  };

  const takeFile = async (name: string): Promise<TakenJob | undefined> => {
    const path = join(taken, `${name}~${randomUUID()}`);
    const from = join(ready, name);
    const facts = await ifThere(stat(from));
    // Since it was listed another worker may have had it and given it back for later.
    if (!facts || !isDue(facts.mtimeMs, clock())) {
      return undefined;
    }
    // Touched before it moves: otherwise it would look abandoned at once if it has waited for long.
    const nowSec = clock() / 1000;
    const isMine =
      (await ifThere(utimes(from, nowSec, nowSec).then(() => true))) === true &&
      (await ifThere(rename(from, path).then(() => true))) === true;
    // It is gone again if this process slept amid its steps and the job was taken for abandoned.
    const text = isMine ? await ifThere(readFile(path, 'utf8')) : undefined;
    if (text === undefined) {
      return undefined;
    }
    let job: Job;
    try {
      job = parseJob(kind, text);
    } catch {
      // Not written by us; kept for whoever wonders.
      await mkdir(join(folder, 'unreadable'), { recursive: true });
      await rename(path, join(folder, 'unreadable', name));
      return undefined;
    }
    const { attempts = 0 } = JSON.parse(text) as { readonly attempts?: number };
    return {
      job,
      attempts,
      async finish() {
        await ifThere(unlink(path));
      },
      async giveBack({ delayMs, isFailure }) {
        if ((await ifThere(stat(path))) === undefined) {
          // It was taken for abandoned: another has it now.
          return;
        }
        const file = { ...(JSON.parse(printJob(job)) as object), attempts: isFailure ? attempts + 1 : attempts };
        const nowMs = clock();
        await replaceFile(from, JSON.stringify(file), { nowMs, modifiedMs: nowMs + delayMs });
        await ifThere(unlink(path));
      },
      async hold() {
        const sec = clock() / 1000;
        await ifThere(utimes(path, sec, sec));
      },
    };
  };

  const makeFolders = async (): Promise<void> => {
    await mkdir(ready, { recursive: true });
    await mkdir(taken, { recursive: true });
  };

  return {
    name: folder,
    async push(job) {
      await makeFolders();
      // One that waits already is the same job.
      const nowMs = clock();
      await createFile(join(ready, job.id), printJob(job), { nowMs, modifiedMs: nowMs });
    },
    async holds(id) {
      if ((await ifThere(stat(join(ready, id)))) !== undefined) {
        return true;
      }
      return ((await ifThere(readdir(taken))) ?? []).some((name) => name.startsWith(`${id}~`));
    },
    async take() {
      if (listed.length === 0) {
        await returnAbandoned();
        listed = await listReady();
      }
      for (let name = listed.shift(); name !== undefined; name = listed.shift()) {
        const job = await takeFile(name);
        if (job) {
          return job;
        }
      }
      return undefined;
    },
    async depth() {
      const names = (await ifThere(readdir(ready))) ?? [];
      return names.filter((name) => !name.endsWith(UNFINISHED_SUFFIX)).length;
    },
    async check() {
      await makeFolders();
      await access(ready, constants.R_OK | constants.W_OK).catch((thrown: unknown) => {
        throw isCode(thrown, 'EACCES', 'EROFS') ? new Error(`cannot write to ${ready}`, { cause: thrown }) : thrown;
      });
    },
  };
}

/** Whether a job of that time may be taken; file systems keep times a little less exactly than they are given. */
function isDue(timeMs: number, nowMs: number): boolean {
  return timeMs < nowMs + 1;
}
