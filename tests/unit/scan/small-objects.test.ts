import { createSmallObjects, type Batch } from '../../../src/scan/small-objects';

/** A thread that has room at any time; `sent` has the number of objects of each batch. */
function createSmall() {
  const sent: number[] = [];
  const small = createSmallObjects(async (take: () => Batch) => {
    const { objects } = take();
    sent.push(objects.length);
    return objects.map(() => ({}));
  });
  return { sent, add: () => small.add({}, new Uint8Array(10), false) };
}

describe('when batches are sent', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] }));
  afterEach(() => jest.useRealTimers());

  test('the first objects at once, further ones together with those that come within milliseconds', async () => {
    const { sent, add } = createSmall();
    for (let i = 0; i < 40; i++) {
      void add();
    }
    const first = Array.from({ length: 17 }, () => 1);
    await jest.advanceTimersByTimeAsync(1);
    expect(sent).toEqual(first);
    await jest.advanceTimersByTimeAsync(3);
    expect(sent).toEqual([...first, 40 - first.length]);
  });

  test('many that come together do not put off the next one', async () => {
    const { sent, add } = createSmall();
    for (let i = 0; i < 20_000; i++) {
      void add();
    }
    await jest.advanceTimersByTimeAsync(3);
    const before = sent.length;
    expect(sent.reduce((sum, count) => sum + count, 0)).toBe(20_000);
    expect(Math.max(...sent)).toBeGreaterThanOrEqual(32);
    void add();
    await jest.advanceTimersByTimeAsync(3);
    expect(sent.slice(before)).toEqual([1]);
  });
});
