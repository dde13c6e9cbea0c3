/**
 * The thread that makes answers, without a thread: the real handler behind a port that copies what passes, so that jobs,
 * answers and the errors that cross are tested as they are.
 */
import { createAnswerBuilder, type AnswerBuilder, type AnswerPort } from '../../../src/plugin/answer-builder';
import type { AnswerReply, AnswerRequest } from '../../../src/plugin/answer-job';
import { createAnswerHandler } from '../../../src/plugin/serve-answers';

export interface InProcessAnswerThread extends AnswerPort {
  isTerminated(): boolean;
  /** Ends as a thread that throws, or exits. */
  die(how: Error | number): void;
}

/** Each message is delivered in a turn of its own, as between threads. `intercept` may hold a request, or lose it by `false`. */
export function createInProcessAnswerThread(
  intercept: (request: AnswerRequest) => Promise<boolean> = async () => true,
): InProcessAnswerThread {
  const listeners: {
    message: ((reply: AnswerReply) => void)[];
    error: ((thrown: unknown) => void)[];
    exit: ((code: number) => void)[];
  } = { message: [], error: [], exit: [] };
  let isOver = false;
  const handle = createAnswerHandler((reply, transfer) => {
    const copy = structuredClone(reply, { transfer: [...transfer] });
    setImmediate(() => {
      if (!isOver) {
        listeners.message.forEach((listener) => listener(copy));
      }
    });
  }, Date.now);
  const thread: InProcessAnswerThread = {
    postMessage(request) {
      // Throws what cannot be cloned.
      const copy = structuredClone(request);
      setImmediate(() => {
        void intercept(copy).then((isTaken) => (isTaken && !isOver ? handle(copy) : undefined));
      });
    },
    on(event: keyof typeof listeners, listener: (value: never) => void) {
      (listeners[event] as ((value: never) => void)[]).push(listener);
      return thread;
    },
    terminate: () => thread.die(1),
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
  return thread;
}

/** A builder with such a thread. */
export function createInProcessAnswers(): AnswerBuilder {
  return createAnswerBuilder({ createWorker: () => createInProcessAnswerThread() });
}
