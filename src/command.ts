/**
 * The command's entry for Node, in the packed library (`tools/build-library.ts`); the executable's is `main.ts`.
 */
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { version } from '../package.json';
import { runCommand } from './cli/run-command';
import { threadData } from './scan/thread-data';

const worker = join(dirname(fileURLToPath(import.meta.url)), 'worker.mjs');

void runCommand({
  process,
  version,
  clock: () => performance.now() + performance.timeOrigin,
  createWorker: () => new Worker(worker, { workerData: threadData() }),
  cpuCount: availableParallelism(),
});
