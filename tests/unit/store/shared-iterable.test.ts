import fc from 'fast-check';

import { FlowError } from '../../../src/errors';
import { createSharedIterable } from '../../../src/store/shared-iterable';
import { failureOf } from '../../contract/object-store-contract';

const unhandled: unknown[] = [];
const noteUnhandled = (reason: unknown): void => void unhandled.push(reason);
beforeEach(() => void process.on('unhandledRejection', noteUnhandled));
afterEach(async () => {
  await settle();
  process.off('unhandledRejection', noteUnhandled);
  expect(unhandled.splice(0)).toEqual([]);
});

/** Numbers from 0 on, each given when the test says so; notes how it is used. */
function createNumbers({ length = Infinity, failure }: { length?: number; failure?: Error } = {}) {
  const asked: (() => void)[] = [];
  const state = { asked: 0, openNexts: 0, mostOpenNexts: 0, isReturned: false, isAborted: false, ends: 0 };
  const shared = createSharedIterable<number>({
    open: (signal) => ({
      [Symbol.asyncIterator]: () => ({
        async next() {
          const value = state.asked++;
          state.mostOpenNexts = Math.max(state.mostOpenNexts, ++state.openNexts);
          await new Promise<void>((resolve, reject) => {
            asked.push(resolve);
            signal.addEventListener('abort', () => {
              state.isAborted = true;
              reject(new FlowError('aborted', 'cannot go on: abandoned'));
            });
          }).finally(() => state.openNexts--);
          if (value >= length && failure) {
            throw failure;
          }
          return value >= length ? { done: true, value: undefined } : { done: false, value };
        },
        return() {
          state.isReturned = true;
          return Promise.reject(new Error('cannot close'));
        },
      }),
    }),
    onEnd: () => state.ends++,
  });
  return { shared, state, give: () => asked.shift()?.() };
}

/** Lets everything that can go on go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    await new Promise(setImmediate);
  }
}

function follow(shared: ReturnType<typeof createNumbers>['shared'], signal?: AbortSignal) {
  const items: number[] = [];
  const done = (async () => {
    for await (const item of shared.follow(signal)) {
      items.push(item);
    }
    return items;
  })();
  done.catch(() => undefined);
  return { items, done };
}

test('one run serves all, from the first item, however late they join', async () => {
  const { shared, state, give } = createNumbers({ length: 3 });
  const early = follow(shared);
  await settle();
  give();
  await settle();
  give();
  await settle();
  const late = follow(shared);
  await settle();
  expect([early.items, late.items]).toEqual([
    [0, 1],
    [0, 1],
  ]);
  give();
  await settle();
  give();
  expect(await Promise.all([early.done, late.done])).toEqual([
    [0, 1, 2],
    [0, 1, 2],
  ]);
  expect(state).toEqual({ asked: 4, openNexts: 0, mostOpenNexts: 1, isReturned: false, isAborted: false, ends: 1 });
});

test('goes only as far as the one in front wants', async () => {
  const { shared, state, give } = createNumbers();
  const iterators = [1, 2].map(() => shared.follow(undefined)[Symbol.asyncIterator]());
  expect(state.asked).toBe(0);
  for (const wanted of [1, 2]) {
    const both = iterators.map((iterator) => iterator.next());
    await settle();
    expect(state.asked).toBe(wanted);
    give();
    await Promise.all(both);
  }
  await settle();
  expect(state.asked).toBe(2);
});

test('when all have left between two items, the sequence is returned to at once', async () => {
  const { shared, state, give } = createNumbers();
  const [first, second] = [1, 2].map(() => shared.follow(undefined)[Symbol.asyncIterator]());
  const item = first!.next();
  give();
  await item;
  await second!.next();
  await first!.return!();
  expect(state).toMatchObject({ isReturned: false, ends: 0 });
  await second!.return!();
  expect(state).toMatchObject({ isReturned: true, ends: 1 });
  await expect(follow(shared).done).rejects.toThrow('BUG');
});

test('sealed, it goes on for those who follow, and nobody joins', async () => {
  const { shared, state, give } = createNumbers({ length: 1 });
  const present = follow(shared);
  shared.seal();
  await expect(follow(shared).done).rejects.toThrow('BUG');
  give();
  await settle();
  give();
  expect(await present.done).toEqual([0]);
  expect(state).toMatchObject({ ends: 1, isAborted: false });
});

test('a failure reaches all who wait, after the items before it', async () => {
  const failure = new FlowError('unavailable', 'cannot test');
  const { shared, state, give } = createNumbers({ length: 1, failure });
  const slow = shared.follow(undefined)[Symbol.asyncIterator]();
  const [one, two] = [follow(shared), follow(shared)];
  give();
  await slow.next();
  await settle();
  give();
  expect(await failureOf(one.done)).toBe(failure);
  expect(await failureOf(two.done)).toBe(failure);
  expect(await failureOf(slow.next())).toBe(failure);
  expect(one.items).toEqual([0]);
  expect(state.ends).toBe(1);
});

test('whoever leaves whenever, the others get everything; it is aborted if and only if all leave', async () => {
  const step = fc.oneof(
    fc.constant({ kind: 'give' as const }),
    fc.constant({ kind: 'join' as const }),
    fc.record({ kind: fc.constant('abort' as const), at: fc.nat(5) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(4), fc.array(step, { maxLength: 20 }), async (length, steps) => {
      const { shared, state, give } = createNumbers({ length });
      const followers: { abort: AbortController; items: number[]; done: Promise<number[]> }[] = [];
      const join = (): void => {
        if (state.ends === 0) {
          const abort = new AbortController();
          followers.push({ abort, ...follow(shared, abort.signal) });
        }
      };
      join();
      for (const one of steps) {
        if (one.kind === 'give') {
          give();
        } else if (one.kind === 'join') {
          join();
        } else {
          followers[one.at]?.abort.abort(new FlowError('over-limit', `cannot go on: ${one.at}`));
        }
        await settle();
      }
      for (let i = 0; i <= length; i++) {
        give();
        await settle();
      }
      const numbers = Array.from({ length }, (_, i) => i);
      const outcomes = await Promise.allSettled(followers.map(({ done }) => done));
      outcomes.forEach((outcome, at) => {
        if (outcome.status === 'fulfilled') {
          expect(outcome.value).toEqual(numbers);
        } else {
          expect(outcome.reason).toMatchObject({ message: `cannot go on: ${at}` });
          expect(followers[at]!.items).toEqual(numbers.slice(0, followers[at]!.items.length));
        }
      });
      expect(state.isAborted).toBe(outcomes.every(({ status }) => status === 'rejected'));
      expect(state).toMatchObject({ ends: 1, openNexts: 0, mostOpenNexts: 1 });
    }),
    { numRuns: 150 },
  );
});
