/** The worker: takes jobs from a queue one after another until it is told to stop, and then finishes or hands back. */
import { FlowError } from '../errors';
import type { Job } from './job';
import type { TakenJob } from './job-queue';
import type { Shelf } from './shelf';
import { failJob, workJob, type MakeProduct, type WorkOutcome } from './work-job';

/** How a job ended. */
export interface EndedJob {
  readonly job: Job;
  readonly outcome: WorkOutcome | 'failed' | 'gave-up' | 'handed-back';
  readonly durationMs: number;
  readonly error?: FlowError;
}

export interface WorkQueueOptions {
  readonly make: MakeProduct;
  /** No further job is taken. */
  readonly stopTaking: AbortSignal;
  /** The job in hand is handed back. */
  readonly stopWorking: AbortSignal;
  readonly report: (ended: EndedJob) => void;
  readonly clock: () => number;
  /** How long to wait when there is nothing to do. */
  readonly idleMs?: number;
  /** A job that failed this often is given up. */
  readonly maxAttempts?: number;
  /** The wait after the first failure; it doubles with each. */
  readonly retryMs?: number;
}

const MAX_RETRY_MS = 600_000;

/** Works what comes until `stopTaking`. Resolves when the last job has ended; rejects never. */
export async function workQueue(shelf: Shelf, options: WorkQueueOptions): Promise<void> {
  const { stopTaking, report, clock, idleMs = 500 } = options;
  const { queue } = shelf;
  if (!queue.take) {
    return;
  }
  while (!stopTaking.aborted) {
    let taken: TakenJob | undefined;
    try {
      taken = await queue.take(stopTaking);
    } catch {
      // A queue that cannot be asked is reported by the readiness check; jobs wait.
      await pause(idleMs * 10, stopTaking);
      continue;
    }
    if (!taken) {
      await pause(idleMs, stopTaking);
      continue;
    }
    const startMs = clock();
    const ended = await workTaken(shelf, taken, options);
    report({ job: taken.job, durationMs: clock() - startMs, ...ended });
  }
}

async function workTaken(
  shelf: Shelf,
  taken: TakenJob,
  { make, stopWorking, maxAttempts = 8, retryMs = 5_000 }: WorkQueueOptions,
): Promise<Pick<EndedJob, 'outcome' | 'error'>> {
  const { job, attempts } = taken;
  try {
    const outcome = await workJob(shelf, job, { make, signal: stopWorking, hold: () => taken.hold() });
    if (outcome === 'busy') {
      // Only what is stored is done: the other worker may yet die.
      await taken.giveBack({ delayMs: shelf.progress.timeoutMs / 2, isFailure: false });
    } else {
      await taken.finish();
    }
    return { outcome };
  } catch (thrown) {
    const error = FlowError.from(thrown);
    try {
      if (stopWorking.aborted) {
        await taken.giveBack({ delayMs: 0, isFailure: false });
        return { outcome: 'handed-back' };
      }
      if (attempts + 1 >= maxAttempts || isHopeless(error)) {
        await failJob(shelf, job, error.message);
        await taken.finish();
        return { outcome: 'gave-up', error };
      }
      await taken.giveBack({ delayMs: Math.min(MAX_RETRY_MS, retryMs * 2 ** attempts), isFailure: true });
    } catch {
      // The queue gives the job to somebody when our hold on it has run out.
    }
    return { outcome: 'failed', error };
  }
}

/** Failures that trying again does not mend. */
function isHopeless({ code }: FlowError): boolean {
  return code === 'bad-query' || code === 'over-limit';
}

/** Waits; returns early when aborted. */
export function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, waitMs);
    signal.addEventListener('abort', done, { once: true });
  });
}
