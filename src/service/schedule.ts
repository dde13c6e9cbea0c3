/** Windows that nobody has to ask for: those that have passed and settled, those missed, and those of a backfill. */
import type { ScheduleSettings, ServiceSettings } from './settings';
import { requestProduct, type RequestOutcome, type Shelf } from './shelf';
import type { Window } from './window';
import { pause } from './work-queue';

/**
 * The windows that should be there at `nowMs`, the newest first, so that after a downtime the present comes before the
 * past: they end on multiples of `everyMs` since the epoch, `settleMs` ago or longer, within the last `catchUpMs`.
 */
export function dueWindows(
  { everyMs, windowMs, catchUpMs, settleMs }: Omit<ScheduleSettings, 'withGraphs'> & { readonly settleMs: number },
  nowMs: number,
): Window[] {
  const windows: Window[] = [];
  const settledMs = nowMs - settleMs;
  for (let stopMs = Math.floor(settledMs / everyMs) * everyMs; stopMs > settledMs - catchUpMs; stopMs -= everyMs) {
    windows.push({ startMs: stopMs - windowMs, stopMs });
  }
  return windows;
}

/** The windows of a backfill, the oldest first; the last one is shorter if the length does not divide the whole. */
export function backfillWindows({ window, windowMs }: NonNullable<ServiceSettings['backfill']>): Window[] {
  const windows: Window[] = [];
  for (let startMs = window.startMs; startMs < window.stopMs; startMs += windowMs) {
    windows.push({ startMs, stopMs: Math.min(startMs + windowMs, window.stopMs) });
  }
  return windows;
}

export interface ScheduleOptions {
  readonly schedule: ScheduleSettings;
  readonly settleMs: number;
  readonly shelves: { readonly digest: Shelf; readonly graph: Shelf };
  readonly signal: AbortSignal;
  readonly clock: () => number;
  readonly report: (shelf: Shelf, window: Window, outcome: RequestOutcome) => void;
  /** A window could not be asked for; it is at the next turn. */
  readonly reportFailure: (thrown: unknown) => void;
}

/** How often it is looked whether a window is due. */
const TURN_MS = 60_000;

/** Asks for windows as they become due, until told to stop. Any number of processes may do so: there is one job. */
export async function runSchedule(options: ScheduleOptions): Promise<void> {
  const { schedule, settleMs, shelves, signal, clock, report, reportFailure } = options;
  /** Windows that are there: asking again each minute would cost a request each. */
  const there = new Set<number>();
  while (!signal.aborted) {
    const nowMs = clock();
    for (const window of dueWindows({ ...schedule, settleMs }, nowMs)) {
      if (signal.aborted || there.has(window.stopMs)) {
        continue;
      }
      try {
        const outcomes: RequestOutcome[] = [];
        for (const shelf of schedule.withGraphs ? [shelves.digest, shelves.graph] : [shelves.digest]) {
          const outcome = await requestProduct(shelf, window);
          outcomes.push(outcome);
          report(shelf, window, outcome);
        }
        if (outcomes.every((outcome) => outcome === 'exists')) {
          there.add(window.stopMs);
        }
      } catch (thrown) {
        reportFailure(thrown);
      }
    }
    there.forEach((stopMs) => stopMs < nowMs - 2 * schedule.catchUpMs - settleMs && there.delete(stopMs));
    await pause(TURN_MS, signal);
  }
}
