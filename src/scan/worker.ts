/** The entry of a worker thread; `createWorker` in `main.ts` starts it. */
import { parentPort } from 'node:worker_threads';
import { createWorkerHandler } from './serve-worker';
import { replyBuffers } from './worker-messages';
import type { WorkerRequest } from './worker-messages';

if (parentPort) {
  const port = parentPort;
  const handle = createWorkerHandler((reply) => port.postMessage(reply, replyBuffers(reply)));
  port.on('message', (request: WorkerRequest) => handle(request));
}
