/**
 * A worker without a thread: the real handler behind a port that copies what passes, so that the pool, its messages and
 * the errors that cross are tested as they are.
 */
import { createWorkerHandler } from '../../../src/scan/serve-worker';
import { replyBuffers, type WorkerReply, type WorkerRequest } from '../../../src/scan/worker-messages';
import { createWorkerPool, type WorkerPool } from '../../../src/scan/worker-pool';
import type { WorkerPort } from '../../../src/scan/worker-seat';

export interface InProcessWorker extends WorkerPort {
  readonly requests: readonly WorkerRequest['type'][];
  isTerminated(): boolean;
  /** Ends as a thread that throws, or exits. */
  die(how: Error | number): void;
}

export interface InProcessWorkerOptions {
  /** Called with each request before it is handled; `false` loses it. */
  readonly intercept?: (request: WorkerRequest, worker: InProcessWorker) => boolean | undefined;
}

/** Creates a worker; each message is delivered in a turn of its own, as between threads. */
export function createInProcessWorker({ intercept }: InProcessWorkerOptions = {}): InProcessWorker {
  const listeners: {
    message: ((reply: WorkerReply) => void)[];
    error: ((e: unknown) => void)[];
    exit: ((c: number) => void)[];
  } = { message: [], error: [], exit: [] };
  const requests: WorkerRequest['type'][] = [];
  let isOver = false;
  const handle = createWorkerHandler((reply) => {
    const copy = structuredClone(reply, { transfer: replyBuffers(reply) });
    setImmediate(() => {
      if (!isOver) {
        listeners.message.forEach((listener) => listener(copy));
      }
    });
  });
  const worker: InProcessWorker = {
    requests,
    postMessage(request, transfer = []) {
      // Throws what cannot be cloned, and detaches what is given away.
      const copy = structuredClone(request, { transfer: [...transfer] });
      setImmediate(() => {
        if (!isOver) {
          requests.push(copy.type);
          if (intercept?.(copy, worker) !== false) {
            handle(copy);
          }
        }
      });
    },
    on(event: 'message' | 'error' | 'exit', listener: (value: never) => void) {
      (listeners[event] as ((value: never) => void)[]).push(listener);
      return worker;
    },
    terminate() {
      worker.die(1);
    },
    isTerminated: () => isOver,
    die(how) {
      if (!isOver) {
        isOver = true;
        if (how instanceof Error) {
          listeners.error.forEach((listener) => listener(how));
        }
        listeners.exit.forEach((listener) => listener(typeof how === 'number' ? how : 1));
      }
    },
  };
  return worker;
}

/** A pool of such workers, and the workers it has started. */
export function createInProcessPool(
  size: number,
  options?: InProcessWorkerOptions,
): { readonly pool: WorkerPool; readonly workers: readonly InProcessWorker[] } {
  const workers: InProcessWorker[] = [];
  const pool = createWorkerPool({
    size,
    createWorker: () => {
      const worker = createInProcessWorker(options);
      workers.push(worker);
      return worker;
    },
  });
  return { pool, workers };
}
