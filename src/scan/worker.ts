/** The entry of a worker thread; `createWorker` in `main.ts` starts it. */
import { parentPort, workerData } from 'node:worker_threads';
import { BRIEF, delayCompiling } from './delay-compiling';
import { createWorkerHandler } from './serve-worker';
import { replyBuffers } from './worker-messages';
import type { WorkerRequest } from './worker-messages';

if (parentPort) {
  if (workerData === BRIEF) {
    delayCompiling();
  }
  const port = parentPort;
  const handle = createWorkerHandler((reply) => port.postMessage(reply, replyBuffers(reply)));
  port.on('message', (request: WorkerRequest) => handle(request));
}
