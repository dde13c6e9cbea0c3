import { gzipSync } from 'node:zlib';
import type { WorkerRequest } from '../../../src/scan/worker-messages';
import { runScan } from '../../../src/scan/run-scan';
import { answerTallies, createDigester } from '../../../src/digest/digester';
import { compilePlan } from '../../../src/digest/plan';
import { createWorkerHandler } from '../../../src/scan/serve-worker';
import { createWorkerPool, type WorkerPool } from '../../../src/scan/worker-pool';
import { failureOf } from '../../contract/object-store-contract';
import { logBytes, logText, makeQuery, recordLine } from './flow-logs';
import { createInProcessPool, createInProcessWorker, type InProcessWorker } from './in-process-worker';
import { createMemoryStore } from './memory-store';

const OBJECTS = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`o/${i}`, logBytes({ bytes: i })]));
const STREAMED = { '-': { bytes: gzipSync(logText([recordLine(), recordLine()])), listedBytes: -1 } };
const LARGE_RECORDS = 2000;
/** More than what is handed over with others. */
const LARGE = new Uint8Array(Buffer.from(logText(Array.from({ length: LARGE_RECORDS }, () => recordLine()))));
const LIMITS = { maxObjectTextBytes: 1e9 };
const PLAN = compilePlan(makeQuery());

const scan = (pool: WorkerPool, objects: Parameters<typeof createMemoryStore>[0] = OBJECTS) =>
  runScan(makeQuery(), [{ store: createMemoryStore(objects), prefix: '', keys: 'any' }], { pool });

describe('a pool', () => {
  test('starts its workers with the first scan, and keeps them', async () => {
    const { pool, workers } = createInProcessPool(3);
    expect(workers).toHaveLength(0);
    const objects = { a: LARGE, b: LARGE, c: LARGE, d: LARGE };
    await scan(pool, objects);
    expect(workers).toHaveLength(3);
    await scan(pool, objects);
    expect(workers).toHaveLength(3);
    expect(workers.every((worker) => worker.requests.includes('whole'))).toBe(true);
    pool.close();
    expect(workers.every((worker) => worker.isTerminated())).toBe(true);
    expect(() => pool.openScan(PLAN, LIMITS)).toThrow('BUG: the pool is closed');
  });

  test('without workers starts none', async () => {
    const pool = createWorkerPool({ size: 0, createWorker: () => createInProcessWorker() });
    const session = pool.openScan(PLAN, LIMITS);
    await session.addWhole({}, OBJECTS['o/1']!);
    session.drop();
    expect((await scan(pool)).problems.count).toBe(0);
  });

  test('gives an answer to a scan of nothing', async () => {
    const { pool } = createInProcessPool(2);
    expect(answerTallies(await pool.openScan(PLAN, LIMITS).finish()).objects).toBe(0);
  });

  test('forgets a scan that is dropped', async () => {
    const { pool, workers } = createInProcessPool(1);
    const session = pool.openScan(PLAN, LIMITS);
    await session.addWhole({}, OBJECTS['o/1']!);
    session.drop();
    expect(await failureOf(session.addWhole({}, OBJECTS['o/2']!))).toMatchObject({ code: 'aborted' });
    expect(workers[0]!.requests).toEqual(['open', 'batch', 'drop', 'batch']);
  });

  test('gives bytes away that fill their buffer, and copies others', async () => {
    const { pool } = createInProcessPool(1);
    const session = pool.openScan(PLAN, LIMITS);
    const own = new Uint8Array(LARGE);
    const part = Buffer.concat([Buffer.alloc(1), own, Buffer.alloc(1)]).subarray(1, own.length + 1);
    await session.addWhole({}, part);
    await session.addWhole({}, own);
    expect([part.length, own.length]).toEqual([LARGE.length, 0]);
    expect(answerTallies(await session.finish()).flows).toBe(2 * LARGE_RECORDS);
  });
});

describe('small objects', () => {
  const MANY = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`o/${i}`, logBytes({ bytes: i })]));

  test('that come while all threads are busy go to the next one together', async () => {
    const { pool, workers } = createInProcessPool(2);
    const { answer } = await scan(pool, MANY);
    expect(answerTallies(answer)).toMatchObject({ objects: 300, flows: 300 });
    const batches = workers.flatMap(({ requests }) => requests.filter((type) => type === 'batch'));
    expect(batches.length).toBeLessThan(100);
  });

  test('one that is damaged does not keep the others of its batch from counting', async () => {
    const { pool } = createInProcessPool(1);
    const session = pool.openScan(PLAN, LIMITS);
    const damaged = Buffer.from(gzipSync(logText([recordLine()]))).fill(0, 12);
    const objects = [
      OBJECTS['o/1']!,
      damaged,
      OBJECTS['o/2']!,
      Buffer.from('no log'),
      OBJECTS['o/3']!,
      OBJECTS['o/4']!,
    ];
    const outcomes = await Promise.allSettled(objects.map((bytes) => session.addWhole({}, new Uint8Array(bytes))));
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([true, false, true, false, true, true]);
    expect(answerTallies(await session.finish()).objects).toBe(4);
  });

  test('have digests of their own where these are asked for', async () => {
    const { pool } = createInProcessPool(1);
    const session = pool.openScan(PLAN, LIMITS);
    const all = Object.values(OBJECTS).slice(0, 9);
    const alone = await Promise.all(all.map((bytes) => session.addAlone({}, new Uint8Array(bytes))));
    expect(alone.map((own) => own!.digest.sums.map(({ values }) => [...values]))).toEqual(
      all.map((_, i) => [[expect.any(Number)], [i]]),
    );
    expect(answerTallies(await session.finish()).flows).toBe(9);
  });
});

describe('a worker that dies', () => {
  /** Kills the first worker at its first request of a type. */
  const dyingAt = (type: WorkerRequest['type'], how: Error | number) => {
    let hasDied = false;
    return createInProcessPool(2, {
      intercept: (request: WorkerRequest, worker: InProcessWorker) => {
        if (request.type === type && !hasDied) {
          hasDied = true;
          worker.die(how);
          return false;
        }
        return true;
      },
    });
  };

  test.each([
    ['whole', { large: LARGE }],
    ['batch', OBJECTS],
    ['stream', STREAMED],
    ['chunk', STREAMED],
    ['finish', OBJECTS],
    ['open', OBJECTS],
  ] as const)('at %s fails the scan with the reason, and is replaced for the next', async (type, objects) => {
    const { pool, workers } = dyingAt(type, new Error('out of memory'));
    expect(await failureOf(scan(pool, objects))).toMatchObject({
      code: 'internal',
      message: 'cannot digest: a worker thread failed: out of memory',
    });
    const { answer, problems } = await scan(pool, objects);
    expect(answerTallies(answer).objects + problems.count).toBe(Object.keys(objects).length);
    expect(workers).toHaveLength(3);
  });

  test('by itself, without an error', async () => {
    const { pool } = dyingAt('batch', 0);
    expect(await failureOf(scan(pool))).toMatchObject({
      code: 'internal',
      message: 'cannot digest: a worker thread has ended',
    });
  });

  test('because the pool is closed fails what is under way', async () => {
    const { pool } = createInProcessPool(1, {
      intercept: (request) => {
        if (request.type === 'batch') {
          setImmediate(() => pool.close());
          return false;
        }
        return true;
      },
    });
    expect(await failureOf(scan(pool))).toMatchObject({ code: 'internal' });
  });
});

test('chunks that reach a worker in one turn are all read', async () => {
  const replies: unknown[] = [];
  let done: () => void;
  const finished = new Promise<void>((resolve) => (done = resolve));
  const handle = createWorkerHandler((reply) => {
    replies.push(reply);
    if (reply.type !== 'pull') {
      done();
    }
  });
  handle({ type: 'open', scan: 1, plan: PLAN, limits: LIMITS });
  handle({ type: 'stream', scan: 1, id: 5, object: {} });
  await new Promise(setImmediate);
  handle({ type: 'chunk', id: 5, bytes: Buffer.from(logText([recordLine()])) });
  handle({ type: 'chunk', id: 5, bytes: Buffer.from(recordLine() + '\n') });
  handle({ type: 'chunk', id: 5 });
  await finished;
  expect(replies.at(-1)).toEqual({ type: 'done', id: 5 });
  handle({ type: 'finish', scan: 1, id: 6, sorted: true, others: [] });
  expect(replies.at(-1)).toMatchObject({
    type: 'done',
    id: 6,
    answer: { digest: { tallies: { flows: 2, objects: 1 } } },
  });
});

test.each([1, 2])(
  'a digest that is to be shared lies in memory that all threads see, whole: %i threads',
  async (size) => {
    const { pool } = createInProcessPool(size);
    const answerOf = async (shared: boolean) => {
      const session = pool.openScan({ ...PLAN, kind: 'digest' } as typeof PLAN, LIMITS);
      for (const dst of ['10.0.0.2', '10.0.0.3', '10.0.0.4']) {
        await session.addWhole({}, logBytes({ dst }));
      }
      const answer = await session.finish({ shared });
      return answer.kind === 'digest' ? answer.digest : undefined;
    };
    const [shared, own] = [(await answerOf(true))!, (await answerOf(false))!];
    // What is cloned belongs to another realm here, so that only its name tells.
    expect(String(shared.flows.buffer)).toBe('[object SharedArrayBuffer]');
    expect(String(own.flows.buffer)).toBe('[object ArrayBuffer]');
    expect(shared.rowCount).toBe(3);
    expect(shared).toEqual(own);
    pool.close();
  },
);

test('requests for a scan that a worker does not know fail with their id', async () => {
  const replies: unknown[] = [];
  const handle = createWorkerHandler((reply) => replies.push(reply));
  handle({ type: 'finish', scan: 9, id: 1, sorted: true, others: [] });
  handle({ type: 'whole', scan: 9, id: 2, object: {}, bytes: new Uint8Array(1) });
  handle({ type: 'stream', scan: 9, id: 3, object: {} });
  handle({ type: 'chunk', id: 3 });
  handle({ type: 'drop', scan: 9 });
  await new Promise(setImmediate);
  const failed = (id: number) => ({ type: 'failed', id, error: expect.objectContaining({ code: 'aborted' }) });
  expect(replies).toEqual([failed(1), failed(2), failed(3)]);
});

test('a session whose end fails is forgotten, and one that is full takes in no more', () => {
  const replies: { type: string; answer?: unknown }[] = [];
  const handle = createWorkerHandler((reply) => replies.push(reply));
  const plan = { ...PLAN, kind: 'digest', maxKeys: 1 } as typeof PLAN;
  const other = (flows: number) => {
    const digester = createDigester(PLAN);
    digester.begin({});
    digester.addBlock(
      Buffer.from(logText(Array.from({ length: flows }, (_, i) => recordLine({ dst: `10.1.0.${i}` })))),
    );
    return digester.finish({ sorted: false });
  };
  handle({ type: 'open', scan: 1, plan, limits: LIMITS });
  handle({ type: 'finish', scan: 1, id: 1, sorted: true, others: [other(2), other(9), other(9)] });
  expect(replies.at(-1)).toMatchObject({ type: 'done', answer: { digest: { rowCount: 2, tallies: { flows: 2 } } } });
  handle({ type: 'open', scan: 2, plan, limits: LIMITS });
  handle({ type: 'finish', scan: 2, id: 2, sorted: true, others: [undefined as never] });
  expect(replies.at(-1)).toMatchObject({ type: 'failed', id: 2 });
  handle({ type: 'finish', scan: 2, id: 3, sorted: true, others: [] });
  expect(replies.at(-1)).toMatchObject({ type: 'failed', id: 3, error: { code: 'aborted' } });
});
