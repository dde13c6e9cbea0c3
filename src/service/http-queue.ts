/**
 * A queue that is somebody else's: jobs are posted to an endpoint (an event bus, another service), which brings them to
 * `POST /{topic}/{event}` of a worker. Any 2xx answer means that it will.
 */
import { FlowError } from '../errors';
import { printJob } from './job';
import type { JobQueue } from './job-queue';

const ATTEMPTS = 4;
const RETRY_MS = 50;
const TIMEOUT_MS = 30_000;

/** The queue behind an endpoint. */
export function createHttpQueue(endpoint: string): JobQueue {
  const post = async (body: string): Promise<number> => {
    const response = await fetch(endpoint, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/octet-stream' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.status;
  };
  return {
    name: endpoint,
    async push(job) {
      let reason = '';
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        try {
          const status = await post(printJob(job));
          if (status >= 200 && status < 300) {
            return;
          }
          reason = `it answers ${status}`;
          if (status < 500) {
            break;
          }
        } catch (thrown) {
          reason = thrown instanceof Error ? String(thrown.cause ?? thrown.message) : String(thrown);
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
      throw new FlowError('unavailable', `cannot queue ${job.kind} ${job.id} at ${endpoint}: ${reason}`);
    },
    holds: () => Promise.resolve(undefined),
    depth: () => Promise.resolve(undefined),
    // A bus answers nothing but jobs; whether it takes them shows when there is one.
    check: () => Promise.resolve(),
  };
}
