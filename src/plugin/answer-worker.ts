/** The entry of the thread that makes answers; `createAnswerWorker` in `main.ts` starts it. */
import { parentPort } from 'node:worker_threads';
import type { AnswerRequest } from './answer-job';
import { createAnswerHandler } from './serve-answers';

if (parentPort) {
  const port = parentPort;
  const handle = createAnswerHandler(
    (reply, transfer) => port.postMessage(reply, transfer),
    () => performance.now(),
  );
  port.on('message', (request: AnswerRequest) => void handle(request));
}
