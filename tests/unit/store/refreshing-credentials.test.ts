import type { AwsCredentialIdentity } from '@smithy/types';

import { createRefreshingCredentials } from '../../../src/store/refreshing-credentials';

const MINUTE = 60_000;

/** A source whose fetches the test answers one by one. */
function setUp() {
  let nowMs = 1_000_000_000;
  const fetches: { resolve: (lifetimeMs?: number) => void; reject: (error: Error) => void }[] = [];
  const provide = createRefreshingCredentials({
    clock: () => nowMs,
    fetch: () =>
      new Promise<AwsCredentialIdentity>((resolve, reject) => {
        const accessKeyId = `key ${fetches.length + 1}`;
        fetches.push({
          reject,
          resolve: (lifetimeMs) =>
            resolve({
              accessKeyId,
              secretAccessKey: 's',
              ...(lifetimeMs && { expiration: new Date(nowMs + lifetimeMs) }),
            }),
        });
      }),
  });
  return {
    provide,
    fetches,
    key: async () => (await provide()).accessKeyId,
    pass: (ms: number) => (nowMs += ms),
  };
}

/** Lets everything happen that is ready to. */
const settled = () => new Promise((done) => setImmediate(done));

test('tells the SDK that it remembers', () => {
  expect(setUp().provide.memoized).toBe(true);
});

test('callers at once share one fetch; without an end the answer holds for ever', async () => {
  const { key, fetches, pass } = setUp();
  const keys = Promise.all([key(), key(), key()]);
  fetches[0]!.resolve();
  expect(await keys).toEqual(['key 1', 'key 1', 'key 1']);
  pass(1e12);
  expect(await key()).toBe('key 1');
  expect(fetches).toHaveLength(1);
});

test('a failure reaches all callers and is not remembered', async () => {
  const { key, fetches } = setUp();
  const keys = Promise.allSettled([key(), key()]);
  fetches[0]!.reject(new Error('no'));
  expect((await keys).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const again = key();
  fetches[1]!.resolve();
  expect(await again).toBe('key 2');
});

test('five minutes before the end it renews in the background, once', async () => {
  const { key, fetches, pass } = setUp();
  const first = key();
  fetches[0]!.resolve(60 * MINUTE);
  await first;
  pass(55 * MINUTE - 1);
  expect(await key()).toBe('key 1');
  expect(fetches).toHaveLength(1);
  pass(1);
  expect([await key(), await key()]).toEqual(['key 1', 'key 1']);
  expect(fetches).toHaveLength(2);
  fetches[1]!.resolve(60 * MINUTE);
  await settled();
  expect(await key()).toBe('key 2');
  expect(fetches).toHaveLength(2);
});

test('a short life is used for two thirds before it is renewed', async () => {
  const { key, fetches, pass } = setUp();
  const first = key();
  fetches[0]!.resolve(6 * MINUTE);
  await first;
  pass(4 * MINUTE - 1);
  await key();
  expect(fetches).toHaveLength(1);
  pass(1);
  await key();
  expect(fetches).toHaveLength(2);
});

test('a renewal that fails in the background is not seen, and repeated only after a while', async () => {
  const { key, fetches, pass } = setUp();
  const first = key();
  fetches[0]!.resolve(60 * MINUTE);
  await first;
  pass(56 * MINUTE);
  await key();
  fetches[1]!.reject(new Error('down'));
  await settled();
  expect(await key()).toBe('key 1');
  expect(fetches).toHaveLength(2);
  pass(10_000);
  expect(await key()).toBe('key 1');
  expect(fetches).toHaveLength(3);
});

test('in the last half minute callers wait, and keep the old ones if the renewal fails', async () => {
  const { key, fetches, pass } = setUp();
  const first = key();
  fetches[0]!.resolve(60 * MINUTE);
  await first;
  pass(59.5 * MINUTE);
  const waiting = key();
  fetches[1]!.reject(new Error('down'));
  expect(await waiting).toBe('key 1');
  const again = key();
  fetches[2]!.resolve(60 * MINUTE);
  expect(await again).toBe('key 3');
});

test('after the end a failed renewal is an error', async () => {
  const { key, fetches, pass } = setUp();
  const first = key();
  fetches[0]!.resolve(60 * MINUTE);
  await first;
  pass(60 * MINUTE);
  const late = key();
  fetches[1]!.reject(new Error('down'));
  await expect(late).rejects.toThrow('down');
});

test('can be forced', async () => {
  const { provide, key, fetches } = setUp();
  const first = key();
  fetches[0]!.resolve();
  await first;
  const forced = provide({ forceRefresh: true });
  fetches[1]!.resolve();
  expect((await forced).accessKeyId).toBe('key 2');
  expect(await key()).toBe('key 2');
});
