/** Jobs on their way to a worker: the seam between who asks and who works. Every job arrives at least once. */
import type { Job } from './job';

/** A job that nobody else gets while it is held. */
export interface TakenJob {
  readonly job: Job;
  /** How often it was taken before. */
  readonly attempts: number;
  /** It is done, or never will be: it leaves the queue. */
  finish(): Promise<void>;
  /** It goes back, for anyone to take after `delayMs`; `isFailure` counts as an attempt. */
  giveBack(options: { readonly delayMs: number; readonly isFailure: boolean }): Promise<void>;
  /** Holds it for longer; called every now and then while the work goes on. */
  hold(): Promise<void>;
}

export interface JobQueue {
  /** For people. */
  readonly name: string;
  /** When it resolves, the job outlives a crash. */
  push(job: Job): Promise<void>;
  /** Whether the job waits or is held; `undefined` if the queue cannot tell. */
  holds(id: string): Promise<boolean | undefined>;
  /**
   * The next job, or `undefined` if there is none at the moment (or none within a few seconds, which a queue may wait).
   * Absent where jobs are brought by requests.
   */
  readonly take?: (signal: AbortSignal) => Promise<TakenJob | undefined>;
  /** Jobs that wait, for metrics; `undefined` if the queue cannot tell. */
  depth(): Promise<number | undefined>;
  /** Rejects with the reason if nothing could be pushed. */
  check(): Promise<void>;
}
