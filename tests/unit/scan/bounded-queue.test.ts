import { createBoundedQueue, createTaskQueue } from '../../../src/scan/bounded-queue';

async function turn(): Promise<void> {
  await new Promise(setImmediate);
}

describe('a bounded queue', () => {
  test('gives items in order, and then ends', async () => {
    const queue = createBoundedQueue<number>(10);
    await Promise.all([1, 2, 3].map((item) => queue.push([item])));
    queue.end();
    const items: number[] = [];
    for await (const batch of queue.batches) {
      items.push(...batch);
    }
    expect(items).toEqual([1, 2, 3]);
  });

  test('holds producers back while it is full', async () => {
    const queue = createBoundedQueue<number>(2);
    let pushed = 0;
    const producing = (async () => {
      for (let item = 0; item < 100; item++) {
        await queue.push([item]);
        pushed++;
      }
      queue.end();
    })();
    await turn();
    expect(pushed).toBe(2);
    let taken = 0;
    for await (const batch of queue.batches) {
      expect(batch).toEqual(batch.map(() => taken++));
      await turn();
      expect(pushed - taken).toBeLessThanOrEqual(2);
    }
    await producing;
    expect(taken).toBe(100);
  });

  test('takes no more than it holds of many that are pushed together', async () => {
    const queue = createBoundedQueue<number>(2);
    const pushed = queue.push([1, 2, 3, 4, 5]).then(() => queue.end());
    const batches: (readonly number[])[] = [];
    for await (const batch of queue.batches) {
      batches.push(batch);
    }
    await pushed;
    expect(batches).toEqual([[1, 2], [3, 4], [5]]);
  });

  test('gives an error after what was queued, or with fail at once', async () => {
    for (const [way, expected] of [
      ['end', [1, 2]],
      ['fail', []],
    ] as const) {
      const queue = createBoundedQueue<number>(10);
      await queue.push([1]);
      await queue.push([2]);
      queue[way](new Error('no more'));
      const items: number[] = [];
      await expect(
        (async () => {
          for await (const batch of queue.batches) {
            items.push(...batch);
          }
        })(),
      ).rejects.toThrow('no more');
      expect(items).toEqual(expected);
    }
  });

  test('lets producers go when the consumer has left', async () => {
    const queue = createBoundedQueue<number>(1);
    await queue.push([1]);
    const waiting = queue.push([2]);
    for await (const batch of queue.batches) {
      expect(batch).toEqual([1]);
      break;
    }
    await waiting;
    await queue.push([3]);
  });
});

describe('a task queue', () => {
  test('runs as many at a time as it may, those added by tasks too', async () => {
    const tasks = createTaskQueue(3);
    let running = 0;
    let most = 0;
    let done = 0;
    const work = (depth: number) => async () => {
      running++;
      most = Math.max(most, running);
      await turn();
      if (depth > 0) {
        tasks.add(work(depth - 1));
        tasks.add(work(depth - 1));
      }
      running--;
      done++;
    };
    tasks.add(work(4));
    await tasks.drained();
    expect([most, done, running]).toEqual([3, 31, 0]);
  });

  test('without any task is drained', async () => {
    await createTaskQueue(1).drained();
  });

  test('rejects with the first failure, and starts none after it', async () => {
    const tasks = createTaskQueue(1);
    let started = 0;
    tasks.add(async () => {
      started++;
      await turn();
      throw new Error('first');
    });
    tasks.add(() => {
      started++;
      return Promise.resolve();
    });
    await expect(tasks.drained()).rejects.toThrow('first');
    expect(started).toBe(1);
  });
});
