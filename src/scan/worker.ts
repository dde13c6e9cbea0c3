/** The entry of a worker thread; `createWorker` in `main.ts` starts it. */
import { parentPort, workerData } from 'node:worker_threads';
import { takeModules } from '../digest/web-assembly';
import { delayCompiling } from './delay-compiling';
import { createWorkerHandler } from './serve-worker';
import type { ThreadData } from './thread-data';
import { replyBuffers } from './worker-messages';
import type { WorkerRequest } from './worker-messages';

if (parentPort) {
  const { isBrief, modules } = workerData as ThreadData;
  takeModules(modules);
  if (isBrief) {
    delayCompiling();
  }
  const port = parentPort;
  const handle = createWorkerHandler((reply) => port.postMessage(reply, replyBuffers(reply)));
  port.on('message', (request: WorkerRequest) => handle(request));
}
