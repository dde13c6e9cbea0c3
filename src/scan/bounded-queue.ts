/**
 * A queue between producers that may run ahead and one consumer: `push` waits while the queue is full, which is what
 * bounds memory.
 */

export interface BoundedQueue<T> {
  /** Resolves when there is room for all of them; at once and without effect after `end` or when the consumer has left. */
  push(items: readonly T[]): Promise<void>;
  /** No more items; with an error the consumer gets it after those queued. */
  end(error?: unknown): void;
  /** No more items, and those queued are dropped: the consumer gets the error next. */
  fail(error: unknown): void;
  /** What there is, up to `MAX_TAKEN` at a time. */
  readonly batches: AsyncIterable<readonly T[]>;
}

/** Few enough that a failure is soon heard of, many enough that waiting for them costs nothing. */
export const MAX_TAKEN = 64;

/** An empty queue that holds up to `capacity` items before `push` waits. */
export function createBoundedQueue<T>(capacity: number): BoundedQueue<T> {
  let queued: T[] = [];
  let head = 0;
  let ended: { error?: unknown } | undefined;
  let wakeConsumer: (() => void) | undefined;
  let producers: (() => void)[] = [];

  const wakeProducers = (): void => {
    const woken = producers;
    producers = [];
    woken.forEach((wake) => wake());
  };
  async function* batches(): AsyncGenerator<readonly T[], void, undefined> {
    try {
      for (;;) {
        while (head < queued.length) {
          const taken = queued.slice(head, head + MAX_TAKEN);
          head += taken.length;
          yield taken;
        }
        queued = [];
        head = 0;
        if (ended) {
          if ('error' in ended) {
            throw ended.error;
          }
          return;
        }
        wakeProducers();
        await new Promise<void>((resolve) => (wakeConsumer = resolve));
      }
    } finally {
      ended ??= {};
      wakeProducers();
    }
  }
  return {
    async push(items) {
      for (let pushed = 0; pushed < items.length && !ended;) {
        const room = capacity - (queued.length - head);
        if (room > 0) {
          queued.push(...items.slice(pushed, pushed + room));
          pushed += room;
          wakeConsumer?.();
        } else {
          await new Promise<void>((resolve) => producers.push(resolve));
        }
      }
    },
    end(...error) {
      ended ??= error.length > 0 && error[0] !== undefined ? { error: error[0] } : {};
      wakeConsumer?.();
      wakeProducers();
    },
    fail(error) {
      if (!ended) {
        ended = { error };
        queued = [];
        head = 0;
        wakeConsumer?.();
        wakeProducers();
      }
    },
    batches: batches(),
  };
}

/** Runs tasks with bounded concurrency; a task may add more. */
export interface TaskQueue {
  add(task: () => Promise<void>): void;
  /** Resolves when all tasks have ended; rejects with the first failure, after which no new task starts. */
  drained(): Promise<void>;
}

/** An idle queue. */
export function createTaskQueue(concurrency: number): TaskQueue {
  const waiting: (() => Promise<void>)[] = [];
  let running = 0;
  let failure: { thrown: unknown } | undefined;
  let settle: (() => void) | undefined;

  const next = (): void => {
    while (!failure && running < concurrency && waiting.length > 0) {
      running++;
      waiting.shift()!()
        .catch((thrown: unknown) => {
          failure ??= { thrown };
        })
        .finally(() => {
          running--;
          next();
        });
    }
    if (running === 0 && (failure || waiting.length === 0)) {
      settle?.();
    }
  };
  return {
    add(task) {
      waiting.push(task);
      next();
    },
    async drained() {
      while (running > 0 || (waiting.length > 0 && !failure)) {
        await new Promise<void>((resolve) => (settle = resolve));
      }
      if (failure) {
        throw failure.thrown;
      }
    },
  };
}
