/**
 * Work with a folder that may be slow, full, gone or hung, for who can do without it: it never fails and never takes long.
 * After a failure nothing is tried for a while.
 */
import { FlowError } from '../errors';

export interface FileGuard {
  /** What the work comes to; `undefined` if it failed, took too long, or was not tried. */
  run<T>(work: () => Promise<T>): Promise<T | undefined>;
  /** Whether work would be tried now. */
  isOpen(): boolean;
  /** Why the last work failed, until one succeeds. */
  problem(): string | undefined;
  failures(): number;
}

export interface FileGuardOptions {
  /** Works under way at a time, hung ones included: more would take the threads of all other files too. */
  readonly places: number;
  /** How long is waited for a work. */
  readonly waitMs: number;
  /** How long nothing is tried after a failure. */
  readonly pauseMs: number;
  /** Milliseconds from any start. */
  readonly clock: () => number;
  /** Told when what worked fails, and when it works again. */
  readonly onChange?: (problem: string | undefined) => void;
}

/** A guard that lets work through. */
export function createFileGuard({ places, waitMs, pauseMs, clock, onChange }: FileGuardOptions): FileGuard {
  let problem: string | undefined;
  let failures = 0;
  let pausedUntilMs = -Infinity;
  let running = 0;
  const waiting: (() => void)[] = [];

  const change = (next: string | undefined): void => {
    const isNew = (next === undefined) !== (problem === undefined);
    problem = next;
    if (isNew) {
      onChange?.(next);
    }
  };
  const fail = (why: string): void => {
    failures++;
    pausedUntilMs = clock() + pauseMs;
    change(why);
  };
  const isOpen = (): boolean => clock() >= pausedUntilMs;

  return {
    isOpen,
    problem: () => problem,
    failures: () => failures,
    run: <T>(work: () => Promise<T>) =>
      new Promise<T | undefined>((resolve) => {
        if (!isOpen()) {
          resolve(undefined);
          return;
        }
        let isLate = false;
        const timer = setTimeout(() => {
          isLate = true;
          // Of many that wait for the same hung work one tells.
          if (isOpen()) {
            fail(`it did not answer within ${waitMs / 1000} s`);
          }
          resolve(undefined);
        }, waitMs);
        timer.unref();
        const begin = async (): Promise<void> => {
          if (isLate || !isOpen()) {
            clearTimeout(timer);
            resolve(undefined);
            waiting.shift()?.();
            return;
          }
          running++;
          try {
            const result = await work();
            if (!isLate) {
              change(undefined);
              resolve(result);
            }
          } catch (thrown) {
            if (!isLate) {
              fail(FlowError.from(thrown).message);
              resolve(undefined);
            }
          } finally {
            clearTimeout(timer);
            running--;
            waiting.shift()?.();
          }
        };
        if (running < places) {
          void begin();
        } else {
          waiting.push(() => void begin());
        }
      }),
  };
}

/** What `result` gives, or `undefined` if the file is not there: another process may have deleted it. */
export async function ifThere<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') {
      return undefined;
    }
    throw thrown;
  }
}
