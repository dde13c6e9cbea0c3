import { FlowError, type FlowErrorCode } from '../../../src/errors';
import { withRetry, type RetryOptions, type RetryReport } from '../../../src/store/with-retry';
import { failureOf, listAll, readAll } from '../../contract/object-store-contract';
import { createFakeStore, page } from './fake-store';

const error = (code: FlowErrorCode) => new FlowError(code, `cannot test: ${code}`);

/** Retries without waiting, and keeps the delays it should have waited. */
function quick(options: RetryOptions = {}) {
  const delays: number[] = [];
  const reports: RetryReport[] = [];
  return {
    delays,
    reports,
    options: {
      random: () => 1,
      sleep: (delayMs: number) => Promise.resolve(delays.push(delayMs)),
      report: (report: RetryReport) => reports.push(report),
      ...options,
    },
  };
}

describe('list', () => {
  test('goes on after the last key', async () => {
    const store = createFakeStore({
      lists: [[page(['a', 'b']), page(['c']), error('unavailable')], [error('throttled')], [page(['d'])]],
    });
    const listed = await listAll(withRetry(store, quick().options), 'p', { delimiter: '/', startAfter: 'A' });
    expect(listed).toEqual({ keys: ['a', 'b', 'c', 'd'], prefixes: [], pages: [2, 1, 1] });
    expect(store.listed).toEqual([
      { prefix: 'p', options: { delimiter: '/', startAfter: 'A' } },
      { prefix: 'p', options: { delimiter: '/', startAfter: 'c' } },
      { prefix: 'p', options: { delimiter: '/', startAfter: 'c' } },
    ]);
  });

  test.each([
    ['a prefix', page(['a'], ['b/']), 'b/'],
    ['a key', page(['c'], ['b/']), 'c'],
    ['a key that sorts last only in UTF-8', page(['😀'], ['～/']), '😀'],
  ])('goes on after %s if that comes later', async (_, first, startAfter) => {
    const store = createFakeStore({ lists: [[first, error('unavailable')], [page(['😁'])]] });
    await listAll(withRetry(store, quick().options), '', { delimiter: '/' });
    expect(store.listed[1]?.options.startAfter).toBe(startAfter);
  });

  test('gives nothing twice if the store repeats the prefix it should go on after', async () => {
    const store = createFakeStore({
      lists: [[page(['a'], ['b/']), error('unavailable')], [page(['b0', 'c'], ['b/', 'd/'])]],
    });
    expect(await listAll(withRetry(store, quick().options), '', { delimiter: '/' })).toMatchObject({
      keys: ['a', 'b0', 'c'],
      prefixes: ['b/', 'd/'],
    });
  });

  test('begins anew if nothing came', async () => {
    const store = createFakeStore({ lists: [[error('unavailable')], [page([]), error('unavailable')], [page(['a'])]] });
    expect((await listAll(withRetry(store, quick().options), 'p')).keys).toEqual(['a']);
    expect(store.listed.map(({ options }) => options.startAfter)).toEqual([undefined, undefined, undefined]);
  });
});

describe('read', () => {
  test('goes on from the byte reached, with the same tag', async () => {
    const store = createFakeStore({ reads: [['01', '23', error('unavailable')], [error('throttled')], ['4', '5']] });
    const signal = new AbortController().signal;
    const bytes = await readAll(withRetry(store, quick().options), 'k', { etag: 'tag', signal });
    expect(bytes.toString()).toBe('012345');
    expect(store.read_).toEqual([
      { key: 'k', options: { etag: 'tag', signal } },
      { key: 'k', options: { etag: 'tag', signal, range: { start: 4 } } },
      { key: 'k', options: { etag: 'tag', signal, range: { start: 4 } } },
    ]);
  });

  test('goes on within its range', async () => {
    const store = createFakeStore({ reads: [['01', error('unavailable')], ['2']] });
    await readAll(withRetry(store, quick().options), 'k', { etag: 'tag', range: { start: 10, end: 13 } });
    expect(store.read_.map(({ options }) => options.range)).toEqual([
      { start: 10, end: 13 },
      { start: 12, end: 13 },
    ]);
  });

  test('without a tag is tried again only while no byte has been handed on', async () => {
    const store = createFakeStore({ reads: [[error('unavailable')], ['01', error('unavailable')]] });
    const { options, delays } = quick();
    expect((await failureOf(readAll(withRetry(store, options), 'k'))).code).toBe('unavailable');
    expect(store.read_).toHaveLength(2);
    expect(delays).toHaveLength(1);
  });

  test('passes on that the object has changed meanwhile', async () => {
    const store = createFakeStore({ reads: [['01', error('unavailable')], [error('not-found')]] });
    const reading = readAll(withRetry(store, quick().options), 'k', { etag: 'tag' });
    expect((await failureOf(reading)).code).toBe('not-found');
  });
});

describe('attempts', () => {
  test('without progress are counted, and the last error is passed on', async () => {
    const errors = Array.from({ length: 9 }, () => error('unavailable'));
    const store = createFakeStore({ reads: errors.map((one) => [one]) });
    const { options, reports } = quick({ attempts: 3 });
    expect(await failureOf(readAll(withRetry(store, options), 'k'))).toBe(errors[2]);
    expect(store.read_).toHaveLength(3);
    expect(reports).toEqual([
      { operation: 'read', key: 'k', attempt: 1, delayMs: 200, error: errors[0] },
      { operation: 'read', key: 'k', attempt: 2, delayMs: 400, error: errors[1] },
    ]);
  });

  test('begin from 1 again with each byte and each page', async () => {
    const down = [error('unavailable')];
    const reads = ['0', '1', '2', '3'].flatMap((byte) => [down, [byte, error('unavailable')]]);
    const store = createFakeStore({ reads: [...reads, []] });
    const { options } = quick({ attempts: 3 });
    expect((await readAll(withRetry(store, options), 'k', { etag: 'tag' })).toString()).toBe('0123');

    const lists = ['a', 'b', 'c', 'd'].flatMap((key) => [down, [page([key]), error('unavailable')]]);
    const lister = createFakeStore({ lists: [...lists, []] });
    expect((await listAll(withRetry(lister, options))).keys).toEqual(['a', 'b', 'c', 'd']);
  });

  test.each<FlowErrorCode>([
    'bad-query',
    'bad-settings',
    'access-denied',
    'not-found',
    'corrupt-object',
    'over-limit',
    'aborted',
    'internal',
  ])('are not repeated after %s', async (code) => {
    const store = createFakeStore({ lists: [[error(code)]], reads: [[error(code)]] });
    const { options, delays } = quick();
    expect((await failureOf(listAll(withRetry(store, options)))).code).toBe(code);
    expect((await failureOf(readAll(withRetry(store, options), 'k'))).code).toBe(code);
    expect(delays).toEqual([]);
  });

  test('that throw something else are not repeated', async () => {
    const store = createFakeStore({ reads: [[new TypeError('a mistake')]] });
    expect(await failureOf(readAll(withRetry(store, quick().options), 'k'))).toMatchObject({
      code: 'internal',
      message: 'a mistake',
    });
  });

  test('wait twice as long each time up to a maximum, longer when throttled, and a random part of that', async () => {
    const codes: FlowErrorCode[] = [
      'unavailable',
      'unavailable',
      'throttled',
      'unavailable',
      'throttled',
      'unavailable',
    ];
    for (const [random, delays] of [
      [1, [100, 200, 2000, 800, 5000, 3200]],
      [0.5, [50, 100, 1000, 400, 2500, 1600]],
      [0, [0, 0, 0, 0, 0, 0]],
    ] as const) {
      const store = createFakeStore({ lists: [...codes.map((code) => [error(code)]), [page([])]] });
      const retry = quick({
        attempts: 9,
        baseDelayMs: 100,
        throttledDelayMs: 500,
        maxDelayMs: 5000,
        random: () => random,
      });
      await listAll(withRetry(store, retry.options));
      expect(retry.delays).toEqual(delays);
    }
  });
});

describe('a signal', () => {
  test('ends the waiting with its reason', async () => {
    const controller = new AbortController();
    const reason = new FlowError('over-limit', 'cannot go on: enough');
    const store = createFakeStore({ lists: [[error('unavailable')]] });
    // The real sleep: it must end by the signal, long before its time.
    const retrying = withRetry(store, {
      baseDelayMs: 600_000,
      maxDelayMs: 600_000,
      random: () => 1,
      report: () => controller.abort(reason),
    });
    expect(await failureOf(listAll(retrying, '', { signal: controller.signal }))).toBe(reason);
    expect(store.listed).toHaveLength(1);
  });

  test('aborted forbids another attempt, whatever the error', async () => {
    const controller = new AbortController();
    const store = createFakeStore({ reads: [['0', error('unavailable')]] });
    const { options, delays } = quick();
    const reading = (async () => {
      for await (const chunk of withRetry(store, options).read('k', { etag: 'tag', signal: controller.signal })) {
        expect(chunk.length).toBe(1);
        controller.abort();
      }
    })();
    expect((await failureOf(reading)).code).toBe('aborted');
    expect(delays).toEqual([]);
  });
});

test('name and close are the store’s', () => {
  const store = createFakeStore({});
  const retrying = withRetry(store);
  retrying.close();
  expect([retrying.name, store.isClosed()]).toEqual(['fake', true]);
});

test('what did not come at once is not tried again', async () => {
  const inner = createFakeStore({ reads: [[], ['012']] });
  const store = withRetry(inner);
  const options = { etag: 'tag', sizeBytes: 3 };
  expect(await store.readAtOnce!('a', options)).toBeUndefined();
  expect(await store.readAtOnce!('a', options)).toHaveLength(3);
});
