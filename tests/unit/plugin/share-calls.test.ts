import { createSharedCalls } from '../../../src/plugin/share-calls';

/** Work that ends when it is told to, and notes whether it was given up. */
function createWork() {
  const calls: { signal: AbortSignal; finish: (value: string) => void; fail: (error: Error) => void }[] = [];
  const run = (signal: AbortSignal): Promise<string> =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
      calls.push({ signal, finish: resolve, fail: reject });
    });
  return { calls, run };
}

const never = new AbortController().signal;

test('equal work is done once for all who ask meanwhile, and anew for who asks later', async () => {
  const share = createSharedCalls<string>();
  const { calls, run } = createWork();
  const both = [share('a', never, run), share('a', never, run)];
  const other = share('b', never, run);
  expect(calls).toHaveLength(2);
  calls[0]!.finish('first');
  calls[1]!.finish('other');
  expect(await Promise.all(both)).toEqual(['first', 'first']);
  expect(await other).toBe('other');
  const again = share('a', never, run);
  calls[2]!.finish('second');
  expect(await again).toBe('second');
});

test('a failure is that of all who wait, and not remembered', async () => {
  const share = createSharedCalls<string>();
  const { calls, run } = createWork();
  const both = [share('a', never, run), share('a', never, run)];
  calls[0]!.fail(new Error('no'));
  for (const one of both) {
    await expect(one).rejects.toThrow('no');
  }
  const again = share('a', never, run);
  calls[1]!.finish('yes');
  expect(await again).toBe('yes');
});

test('who leaves does not take the work away from others; it ends when all have left', async () => {
  const share = createSharedCalls<string>();
  const { calls, run } = createWork();
  const [one, two, three] = [new AbortController(), new AbortController(), new AbortController()];
  const results = [one, two, three].map(({ signal }) => share('a', signal, run));
  const outcomes = Promise.allSettled(results);
  one.abort();
  await expect(results[0]).rejects.toMatchObject({ code: 'aborted' });
  two.abort();
  expect(calls[0]!.signal.aborted).toBe(false);
  three.abort();
  expect(calls[0]!.signal.aborted).toBe(true);
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  // Who comes after that is not given what was given up.
  const late = share('a', never, run);
  calls[1]!.finish('whole');
  expect(await late).toBe('whole');
});

test('who has left before asking starts nothing', async () => {
  const share = createSharedCalls<string>();
  const { calls, run } = createWork();
  await expect(share('a', AbortSignal.abort(), run)).rejects.toMatchObject({ code: 'aborted' });
  expect(calls).toHaveLength(0);
});
