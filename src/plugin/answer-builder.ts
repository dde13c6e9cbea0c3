/**
 * The one thread in which answers are made of what was read: frames of a large digest and drawn graphs take a while, in
 * which the main thread has to answer other calls. Jobs are done one after the other in the order they came.
 */
import { FlowError, abortError } from '../errors';
import type { PoolLoad } from '../scan/worker-pool';
import type { AnswerJobs, AnswerKind, AnswerReply, AnswerRequest, BuiltAnswers } from './answer-job';

/** The part of a worker thread that is used (`Worker` of `node:worker_threads` is one). */
export interface AnswerPort {
  postMessage(request: AnswerRequest): void;
  on(event: 'message', listener: (reply: AnswerReply) => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  terminate(): unknown;
}

export interface AnswerBuilder {
  /** Starts the thread before the first job does, so that it is there once something has been read. */
  start(): void;
  /**
   * Does a job. Digests in shared memory are not copied. Rejects with the job's own error; with `aborted` at once when the
   * signal is; with `throttled` if too many jobs wait; with `over-limit` if it takes too long; with `internal` if the thread
   * fails.
   */
  build<Kind extends AnswerKind>(job: AnswerJobs[Kind], signal: AbortSignal): Promise<BuiltAnswers[Kind]>;
  /** At this moment. */
  load(): PoolLoad;
  close(): void;
}

export interface AnswerBuilderOptions {
  readonly createWorker: () => AnswerPort;
  /** Jobs beyond the one under way. */
  readonly maxWaiting?: number;
  /** A job that takes longer ends with its thread. */
  readonly maxJobMs?: number;
}

interface WaitingJob {
  readonly job: AnswerJobs[AnswerKind];
  resolve(answer: BuiltAnswers[AnswerKind]): void;
  reject(error: Error): void;
}

const MAX_WAITING = 200;
const MAX_JOB_MS = 60_000;

/** Creates it without its thread, which starts with the first job; one that has failed is replaced with the next. */
export function createAnswerBuilder({
  createWorker,
  maxWaiting = MAX_WAITING,
  maxJobMs = MAX_JOB_MS,
}: AnswerBuilderOptions): AnswerBuilder {
  const waiting: WaitingJob[] = [];
  let running: { readonly id: number; readonly item: WaitingJob; readonly timer: NodeJS.Timeout } | undefined;
  let worker: AnswerPort | undefined;
  let nextId = 1;
  let isClosed = false;

  /** Ends the job under way. */
  const settle = (end: (item: WaitingJob) => void): void => {
    if (running) {
      const { item, timer } = running;
      running = undefined;
      clearTimeout(timer);
      end(item);
    }
    next();
  };
  const lose = (lost: AnswerPort, error: FlowError): void => {
    if (lost === worker) {
      worker = undefined;
      settle((item) => item.reject(error));
    }
  };
  const startWorker = (): AnswerPort => {
    const started = createWorker();
    started.on('message', (reply) => {
      if (started === worker && reply.id === running?.id) {
        settle((item) => ('answer' in reply ? item.resolve(reply.answer) : item.reject(errorFrom(reply))));
      }
    });
    started.on('error', (thrown) => {
      const { message } = FlowError.from(thrown);
      lose(started, new FlowError('internal', `cannot answer: the thread failed: ${message}`, { cause: thrown }));
    });
    started.on('exit', () => lose(started, new FlowError('internal', 'cannot answer: the thread has ended')));
    return started;
  };
  const giveUp = (): void => {
    const stuck = worker;
    worker = undefined;
    void stuck?.terminate();
    const message = `cannot answer: it takes longer than ${maxJobMs / 1000} s to make the answer; ask for less`;
    settle((item) => item.reject(new FlowError('over-limit', message, { fields: { limitMs: maxJobMs } })));
  };
  const next = (): void => {
    while (!running && !isClosed) {
      const item = waiting.shift();
      if (!item) {
        return;
      }
      const id = nextId++;
      running = { id, item, timer: setTimeout(giveUp, maxJobMs) };
      try {
        worker ??= startWorker();
        worker.postMessage({ id, job: item.job });
      } catch (thrown) {
        settle(({ reject }) => reject(FlowError.from(thrown)));
      }
    }
  };

  return {
    start() {
      if (!isClosed) {
        worker ??= startWorker();
      }
    },
    build: <Kind extends AnswerKind>(job: AnswerJobs[Kind], signal: AbortSignal) =>
      new Promise<BuiltAnswers[Kind]>((resolve, reject) => {
        if (signal.aborted) {
          reject(abortError(signal));
          return;
        }
        if (isClosed) {
          reject(new FlowError('aborted', 'cannot answer: the plugin is shutting down'));
          return;
        }
        if (waiting.length >= maxWaiting) {
          reject(
            new FlowError('throttled', `cannot answer: ${waiting.length} answers wait to be made already; try again`),
          );
          return;
        }
        const onAbort = (): void => {
          // One that waits is not done. What the thread is at goes on, and its answer is dropped.
          const at = waiting.indexOf(item);
          if (at >= 0) {
            waiting.splice(at, 1);
          }
          reject(abortError(signal));
        };
        const item: WaitingJob = {
          job,
          resolve: (answer) => {
            signal.removeEventListener('abort', onAbort);
            resolve(answer as BuiltAnswers[Kind]);
          },
          reject: (error) => {
            signal.removeEventListener('abort', onAbort);
            reject(error);
          },
        };
        signal.addEventListener('abort', onAbort, { once: true });
        waiting.push(item);
        next();
      }),
    load: () => ({ running: running ? 1 : 0, waiting: waiting.length }),
    close() {
      isClosed = true;
      const open = [...(running ? [running.item] : []), ...waiting.splice(0)];
      clearTimeout(running?.timer);
      running = undefined;
      void worker?.terminate();
      worker = undefined;
      open.forEach(({ reject }) => reject(new FlowError('aborted', 'cannot answer: the plugin is shutting down')));
    },
  };
}

function errorFrom({ error, stack }: Extract<AnswerReply, { error: unknown }>): FlowError {
  const failure = FlowError.fromData(error);
  if (stack !== undefined) {
    failure.stack = stack;
  }
  return failure;
}
