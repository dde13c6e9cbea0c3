/** Answers that are kept: over more objects only the new ones are added up, and the answer is the one without. */
import fc from 'fast-check';
import type { ScanQuery } from '../../../src/query/model';
import { createDigestCache, type DigestCache } from '../../../src/scan/digest-cache';
import { runScan, type ScanResult } from '../../../src/scan/run-scan';
import { createWorkerPool, type WorkerPool } from '../../../src/scan/worker-pool';
import { logBytes, logKey, makeQuery, type RecordParts } from './flow-logs';
import { createInProcessPool } from './in-process-worker';
import { createMemoryStore } from './memory-store';

const TEN = Date.parse('2026-01-15T10:00:00Z') / 1000;
const RANGE = { fromMs: TEN * 1000, toMs: (TEN + 7200) * 1000 };
const INLINE = createWorkerPool({
  size: 0,
  createWorker: () => {
    throw new Error('no worker is needed');
  },
});

/** The pool, which tells how often a kept answer was extended, and how often that was tried in vain. */
function watched(pool: WorkerPool): { pool: WorkerPool; extended: () => number; refused: () => number } {
  let extended = 0;
  let refused = 0;
  return {
    extended: () => extended,
    refused: () => refused,
    pool: {
      ...pool,
      load: pool.load,
      openScan(...args) {
        const session = pool.openScan(...args);
        return {
          ...session,
          async finishOnto(kept) {
            const digest = await session.finishOnto(kept);
            if (digest) {
              extended++;
            } else {
              refused++;
            }
            return digest;
          },
        };
      },
    },
  };
}

type Objects = Record<string, Uint8Array | string>;

const stampOf = (bin: number): string => new Date((TEN + bin * 300) * 1000).toISOString();

async function scan(
  objects: Objects,
  query: ScanQuery,
  { digests, pool = INLINE }: { digests?: DigestCache; pool?: WorkerPool } = {},
): Promise<string> {
  const sources = [{ store: createMemoryStore(objects), prefix: '', keys: 'aws' as const }];
  // What is added up after the answer changes none; it is not waited for.
  const { answer, problems, selection }: ScanResult = await runScan(query, sources, { pool, digests });
  const plain = (_name: string, value: unknown): unknown =>
    ArrayBuffer.isView(value) ? Array.from(value as Uint8Array, String) : value;
  return JSON.stringify({ answer, count: problems.count, notes: selection.notes }, plain, 1);
}

const record = (bin: number): fc.Arbitrary<RecordParts> =>
  fc.record({
    start: fc.integer({ min: TEN + bin * 300, max: TEN + bin * 300 + 200 }),
    bytes: fc.nat(1000),
    eni: fc.constantFrom('eni-0a', 'eni-0b', 'eni-0c'),
    src: fc.constantFrom('10.0.0.1', '10.0.0.3', '203.0.113.1', '2001:db8::2', '2001:db8::9'),
    dst: fc.constantFrom('10.0.0.1', '10.0.0.2', '2001:db8::1'),
    action: fc.constantFrom<'ACCEPT' | 'REJECT'>('ACCEPT', 'REJECT'),
  });
const object = fc.integer({ min: 0, max: 13 }).chain((bin) =>
  fc
    .record({
      records: fc.array(record(bin), { maxLength: 5 }),
      flowLogId: fc.constantFrom('fl-0a', 'fl-0b'),
      hash: fc.integer({ min: 0, max: 9 }),
    })
    .map(({ records, flowLogId, hash }): [string, Uint8Array] => [
      logKey(stampOf(bin), { flowLogId, hash: `0${hash}` }),
      logBytes(...records),
    ]),
);
const question = fc.record({
  keys: fc.constantFrom(['dstaddr'], ['srcaddr', 'dstaddr', 'port', 'protocol', 'action'], ['interface-id'], []),
  filter: fc.constantFrom(undefined, undefined, 'action = REJECT', 'dstaddr = 2001:db8::/32'),
  bucketSec: fc.constantFrom(undefined, 300),
  counting: fc.constantFrom('as-logged', 'once'),
});

test.each([0, 2])('with %i workers answers over what has come since are those without a cache', async (workers) => {
  let extended = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(object, { maxLength: 6 }), { minLength: 3, maxLength: 5 }),
      question,
      async (changes, asked) => {
        const digests = createDigestCache({ maxBytes: 1e8 });
        const own = watched(workers === 0 ? INLINE : createInProcessPool(workers).pool);
        const query = makeQuery({ range: RANGE, ...asked });
        let objects: Objects = Object.fromEntries(changes[0]!);
        for (const change of changes) {
          objects = { ...Object.fromEntries(change), ...objects };
          const expected = await scan(objects, query);
          expect(await scan(objects, query, { digests, pool: own.pool })).toBe(expected);
          expect(await scan(objects, query, { digests, pool: own.pool })).toBe(expected);
        }
        extended += own.extended();
      },
    ),
    { numRuns: 25 },
  );
  expect(extended).toBeGreaterThan(20);
});

describe('an answer that is kept', () => {
  const query = makeQuery({ range: RANGE, keys: ['srcaddr', 'dstaddr'], counting: 'once' });
  const flow = (eni: string, bin: number): RecordParts => ({
    ...{ eni, src: '10.0.0.1', dst: '10.0.0.2', bytes: 100 + bin, start: TEN + bin * 300 + 5 },
  });
  const before: Objects = {
    [logKey(stampOf(0))]: logBytes(flow('eni-0b', 0)),
    [logKey(stampOf(1))]: logBytes(flow('eni-0b', 1)),
  };

  async function askTwice(
    first: Objects,
    second: Objects,
    digests: DigestCache = createDigestCache({ maxBytes: 1e8 }),
  ) {
    const own = watched(INLINE);
    await scan(first, query, { digests, pool: own.pool });
    expect(await scan(second, query, { digests, pool: own.pool })).toBe(await scan(second, query));
    return { extended: own.extended(), refused: own.refused() };
  }

  test('is extended by what has come', async () => {
    const more = { ...before, [logKey(stampOf(2))]: logBytes(flow('eni-0b', 2)) };
    expect(await askTwice(before, more)).toEqual({ extended: 1, refused: 0 });
  });

  test('is no help once an object tells that its records were copies', async () => {
    // The sender's own interface is logged: what was seen at the other end counts there.
    const more = {
      ...before,
      [logKey(stampOf(2))]: logBytes(flow('eni-0a', 0), { ...flow('eni-0a', 1), dst: '10.0.0.9' }),
    };
    expect(await askTwice(before, more)).toEqual({ extended: 0, refused: 1 });
  });

  test.each<[string, Objects]>([
    ['one was replaced', { ...before, [logKey(stampOf(1))]: logBytes(flow('eni-0b', 1), flow('eni-0b', 2)) }],
    ['one is gone', { [logKey(stampOf(1))]: before[logKey(stampOf(1))]! }],
    ['one cannot be read', { ...before, [logKey(stampOf(2))]: 'no flow log\n' }],
  ])('is not used when %s', async (_, after) => {
    expect(await askTwice(before, after)).toEqual({ extended: 0, refused: 0 });
  });

  test('does not count again what it is of and had to be read again', async () => {
    const cache = createDigestCache({ maxBytes: 1e8 });
    const forgetful: DigestCache = {
      ...cache,
      get: (key) => (key.startsWith('answer ') ? cache.get(key) : undefined),
      has: () => false,
    };
    const more = { ...before, [logKey(stampOf(2))]: logBytes(flow('eni-0b', 2)) };
    expect(await askTwice(before, more, forgetful)).toEqual({ extended: 0, refused: 0 });
  });
});
