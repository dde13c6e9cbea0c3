/**
 * The executable's entry: the only place that touches the process itself.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { version } from '../package.json';
import { runCli } from './cli/program';

const aborting = new AbortController();
process.once('SIGINT', () => aborting.abort());
process.once('SIGTERM', () => aborting.abort());
// The reader of a pipe may have seen enough (`vpcflow digest … | head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runCli(process.argv.slice(2), {
  version,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  // The worker's file is an entry point of the build beside this one.
  createWorker: () => new Worker(new URL('./scan/worker.ts', import.meta.url)),
  cpuCount: availableParallelism(),
  clock: () => performance.now() + performance.timeOrigin,
  signal: aborting.signal,
});
