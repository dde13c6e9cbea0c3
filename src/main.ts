/**
 * The executable's entry: the only place that touches the process itself.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { version } from '../package.json';
import { runCli } from './cli/program';

/** Where the build put the worker inside the executable; not defined when the sources run as they are. */
declare const EMBEDDED_WORKER: string | undefined;
const worker = typeof EMBEDDED_WORKER === 'string' ? EMBEDDED_WORKER : new URL('./scan/worker.ts', import.meta.url);

const aborting = new AbortController();
process.once('SIGINT', () => aborting.abort());
process.once('SIGTERM', () => aborting.abort());
// The reader of a pipe may have seen enough (`vpcflow digest … | head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

void runCli(process.argv.slice(2), {
  version,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  createWorker: () => new Worker(worker),
  cpuCount: availableParallelism(),
  environment: process.env,
  clock: () => performance.now() + performance.timeOrigin,
  signal: aborting.signal,
}).then((code) => {
  process.exitCode = code;
  // A read of standard input that is still waiting would keep the process.
  process.stdin.destroy();
});
