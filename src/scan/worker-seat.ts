/**
 * A worker thread and what it has to do: requests with their replies, objects in chunks, and what happens to all of that when
 * the thread dies.
 */
import { FlowError } from '../errors';
import type { SessionObject } from './digest-session';
import type { HandOver } from './spill-parts';
import { ownBuffer } from './worker-messages';
import type { WorkerReply, WorkerRequest } from './worker-messages';

/** The part of a worker thread that the pool uses (`Worker` of `node:worker_threads` is one). */
export interface WorkerPort {
  postMessage(message: WorkerRequest, transfer?: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (reply: WorkerReply) => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  terminate(): unknown;
}

/** The reply to a job that was done. */
export type Done = Extract<WorkerReply, { type: 'done' }>;

/** A worker with its jobs. */
export interface Seat {
  readonly jobs: number;
  /** False once the worker has failed or ended. */
  isUsable(): boolean;
  /** Counts a job in. */
  take(): void;
  /** Counts a job out and lets the next waiter in. */
  release(): void;
  /** Resolves when a job may have ended. */
  freed(): Promise<void>;
  /** Who puts aside what the worker hands over of a scan; without anybody it is lost. */
  takeParts(scan: number, handOver: HandOver | undefined): void;
  send(request: WorkerRequest, transfer?: readonly ArrayBuffer[]): void;
  ask(request: (id: number) => WorkerRequest, transfer?: readonly ArrayBuffer[]): Promise<Done>;
  stream(scan: number, object: SessionObject, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  terminate(): void;
}

/** A worker without jobs. */
export function createSeat(worker: WorkerPort): Seat {
  interface Pending {
    resolve(reply: Done): void;
    reject(error: FlowError): void;
    pull?: () => void;
  }
  const pending = new Map<number, Pending>();
  let waiters: (() => void)[] = [];
  let nextId = 1;
  let jobs = 0;
  let fault: FlowError | undefined;

  const fail = (error: FlowError): void => {
    fault ??= error;
    const all = [...pending.values()];
    pending.clear();
    all.forEach(({ reject }) => reject(error));
  };
  const takers = new Map<number, HandOver>();
  worker.on('message', (reply) => {
    if (reply.type === 'part') {
      // The worker waits for an answer even if the scan has ended.
      const putAside = takers.get(reply.scan)?.(reply.part) ?? Promise.resolve(-1);
      void putAside.then((part) => worker.postMessage({ type: 'kept', id: reply.id, part }));
      return;
    }
    const job = pending.get(reply.id);
    if (!job) {
      return;
    }
    if (reply.type === 'pull') {
      job.pull?.();
      return;
    }
    pending.delete(reply.id);
    if (reply.type === 'done') {
      job.resolve(reply);
    } else {
      job.reject(FlowError.fromData(reply.error));
    }
  });
  worker.on('error', (thrown) => {
    const { message } = FlowError.from(thrown);
    fail(new FlowError('internal', `cannot digest: a worker thread failed: ${message}`, { cause: thrown }));
  });
  worker.on('exit', () => fail(new FlowError('internal', 'cannot digest: a worker thread has ended')));

  const send: Seat['send'] = (request, transfer = []) => worker.postMessage(request, transfer);
  const ask = (
    request: (id: number) => WorkerRequest,
    transfer?: readonly ArrayBuffer[],
    pull?: () => void,
  ): Promise<Done> =>
    new Promise((resolve, reject) => {
      if (fault) {
        reject(fault);
        return;
      }
      const id = nextId++;
      pending.set(id, { resolve, reject, pull });
      send(request(id), transfer);
    });

  return {
    get jobs() {
      return jobs;
    },
    isUsable: () => fault === undefined,
    take: () => jobs++,
    release() {
      jobs--;
      const woken = waiters;
      waiters = [];
      woken.forEach((wake) => wake());
    },
    freed: () => new Promise((resolve) => waiters.push(resolve)),
    takeParts(scan, handOver) {
      if (handOver) {
        takers.set(scan, handOver);
      } else {
        takers.delete(scan);
      }
    },
    send,
    ask,
    async stream(scan, object, chunks) {
      let wake: (() => void) | undefined;
      let leave: (() => void) | undefined;
      let pulls = 0;
      let isOver = false;
      let streamId = 0;
      const done = ask(
        (id) => {
          streamId = id;
          return { type: 'stream', scan, id, object };
        },
        undefined,
        () => {
          pulls++;
          wake?.();
        },
      ).finally(() => {
        isOver = true;
        wake?.();
        leave?.();
      });
      // `done` is awaited below; until then its failure only ends the loop.
      const over = done.then(
        () => undefined,
        () => undefined,
      );
      const reader = chunks[Symbol.asyncIterator]();
      // The worker may refuse the object while its next chunk is still to come, and that may be never. A promise of its own
      // per chunk, because one that all chunks were raced against would keep them all.
      const nextOrOver = (): Promise<IteratorResult<Uint8Array> | undefined> =>
        new Promise((resolve, reject) => {
          leave = () => resolve(undefined);
          if (isOver) {
            leave();
          } else {
            reader.next().then(resolve, reject);
          }
        });
      const pulled = async (): Promise<boolean> => {
        while (pulls === 0 && !isOver) {
          await new Promise<void>((resolve) => (wake = resolve));
        }
        pulls--;
        return !isOver;
      };
      try {
        for (;;) {
          const next = await nextOrOver();
          if (!next || next.done || !(await pulled())) {
            break;
          }
          send({ type: 'chunk', id: streamId, bytes: next.value }, ownBuffer(next.value));
        }
        send({ type: 'chunk', id: streamId });
      } catch (thrown) {
        const error = FlowError.from(thrown);
        send({ type: 'chunk', id: streamId, failure: error.toData() });
        await over;
        throw error;
      } finally {
        // Not waited for: it takes its turn after a chunk that has been asked for.
        reader.return?.().catch(() => undefined);
      }
      await done;
    },
    terminate() {
      void worker.terminate();
    },
  };
}
