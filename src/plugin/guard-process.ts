/**
 * Keeps a plugin's process to itself: standard output carries one line to Grafana and nothing after it, exceptions that
 * nobody caught are logged where Grafana sees them, and a process whose Grafana has gone ends.
 */
import { format } from 'node:util';
import { errorFields } from './log';
import type { Log } from './log';

/** The one process there is; a parameter, so that only `main.ts` names it. */
export type HostProcess = Pick<NodeJS.Process, 'on' | 'exit' | 'ppid' | 'kill' | 'platform' | 'emitWarning' | 'stdout'>;

/**
 * Sends what libraries print to the log. Grafana's host stops reading standard output for ever after one long line, and
 * the next write would then block.
 */
export function redirectOutput({ process, console, log }: { process: HostProcess; console: Console; log: Log }): void {
  const redirect =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (...values: unknown[]): void =>
      log[level](format(...values));
  Object.assign(console, {
    log: redirect('info'),
    info: redirect('info'),
    debug: redirect('debug'),
    trace: redirect('debug'),
    dir: redirect('debug'),
    table: redirect('debug'),
    warn: redirect('warn'),
    error: redirect('error'),
  });
  process.emitWarning = (warning: string | Error) => log.warn(warning instanceof Error ? warning.message : warning);
  process.stdout.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
    log.debug('written to standard output', { text: Buffer.from(chunk).toString().trimEnd() });
    const callback = rest.at(-1);
    if (typeof callback === 'function') {
      queueMicrotask(() => callback());
    }
    return true;
  }) as NodeJS.WriteStream['write'];
}

/** More uncaught exceptions than this within a minute, and the process is given up. */
const MAX_UNCAUGHT_PER_MINUTE = 5;

/**
 * Logs exceptions that nobody caught, and goes on. That is safe here: handlers are guarded one by one, what calls share are
 * caches of things that never change, and calls have deadlines, so that the one that lost a callback ends too. To exit
 * would break every panel's running query and lose the caches, for instance over a late error of one socket. When they keep
 * coming, something shared is broken and `onHopeless` is called: Grafana then starts a fresh process within a second.
 */
export function catchUncaught({
  process,
  log,
  clock,
  count,
  onHopeless,
}: {
  readonly process: HostProcess;
  readonly log: Log;
  /** Milliseconds from any start. */
  readonly clock: () => number;
  readonly count: () => void;
  readonly onHopeless: () => void;
}): void {
  let recentMs: number[] = [];
  const onUncaught = (kind: string) => (thrown: unknown) => {
    count();
    log.error(kind, errorFields(thrown));
    const nowMs = clock();
    recentMs = [...recentMs.filter((thenMs) => nowMs - thenMs < 60_000), nowMs];
    if (recentMs.length > MAX_UNCAUGHT_PER_MINUTE) {
      onHopeless();
    }
  };
  process.on('uncaughtException', onUncaught('uncaught exception'));
  process.on('unhandledRejection', onUncaught('unhandled rejection'));
}

/** How often to look whether the parent is there. */
const PARENT_POLL_MS = 1_000;

/** Calls `onGone` once when the process's parent has ended: nobody else would end a plugin whose Grafana was killed. */
export function watchParent({ process, onGone }: { readonly process: HostProcess; readonly onGone: () => void }): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent || (process.platform === 'win32' && !isRunning(process, parent))) {
      clearInterval(timer);
      onGone();
    }
  }, PARENT_POLL_MS);
  // The server keeps the process, not this.
  timer.unref();
}

/** On Windows an orphan keeps the number of its parent. */
function isRunning(process: HostProcess, pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
