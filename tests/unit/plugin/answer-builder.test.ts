import { createAnswerBuilder, type AnswerBuilderOptions } from '../../../src/plugin/answer-builder';
import type { AnswerJobs, AnswerRequest } from '../../../src/plugin/answer-job';
import type { FlowError } from '../../../src/errors';
import type { GraphQuery } from '../../../src/query/model';
import { normaliseScanQuery } from '../../../src/query/normalise';
import type { ScanResult } from '../../../src/scan/run-scan';
import { runScan } from '../../../src/scan/run-scan';
import { createWorkerPool } from '../../../src/scan/worker-pool';
import { logBytes, logKey } from '../scan/flow-logs';
import { createMemoryStore } from '../scan/memory-store';
import { createInProcessAnswerThread, type InProcessAnswerThread } from './in-process-answers';

const query = normaliseScanQuery({ view: 'graph' }, { nowMs: Date.UTC(2026, 0, 16) }) as GraphQuery;
const never = new AbortController().signal;
let result: ScanResult;

beforeAll(async () => {
  const store = createMemoryStore({ [logKey('2026-01-15T10:00:00Z')]: logBytes({}) });
  const pool = createWorkerPool({ size: 0, createWorker: () => fail('there are no threads') });
  result = await runScan(query, [{ store, prefix: '', keys: 'auto' }], { pool });
});

function fail(message: string): never {
  throw new Error(message);
}

/** A graph in DOT, whose title tells jobs apart. */
const jobOf = (title: string): AnswerJobs['graph'] => ({ kind: 'graph', query, result, format: 'dot', title });

/** A job that fails in the thread as a defect does. */
const defective = (): AnswerJobs['graph'] => ({
  ...jobOf('x'),
  result: { ...result, answer: { kind: 'records' } as never },
});

/** A builder, its threads, and the titles of the jobs that they got. With `hold`, jobs wait in the thread until let go. */
function setUp({ hold = false, ...options }: Partial<AnswerBuilderOptions> & { readonly hold?: boolean } = {}) {
  const threads: InProcessAnswerThread[] = [];
  const got: string[] = [];
  let letGo: (() => void)[] = [];
  const answers = createAnswerBuilder({
    createWorker: () => {
      const thread = createInProcessAnswerThread(async ({ job }: AnswerRequest) => {
        got.push((job as AnswerJobs['graph']).title);
        if (hold) {
          await new Promise<void>((resolve) => letGo.push(resolve));
        }
        return true;
      });
      threads.push(thread);
      return thread;
    },
    ...options,
  });
  const build = (title: string, signal = never) => answers.build<'graph'>(jobOf(title), signal);
  return {
    ...{ answers, build, threads, got },
    release: () => {
      letGo.forEach((go) => go());
      letGo = [];
    },
  };
}

/** Until everything that was posted has arrived. */
const settled = async () => {
  for (let turn = 0; turn < 10; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
};

test('the thread starts with the first job or when it is told to, and only once', async () => {
  const { answers, build, threads } = setUp();
  expect(threads).toHaveLength(0);
  answers.start();
  answers.start();
  expect(threads).toHaveLength(1);
  expect(await build('first')).toContain('first');
  expect(await build('second')).toContain('second');
  expect(threads).toHaveLength(1);
  answers.close();
});

test('jobs are done one after the other, in the order they came; the load says so', async () => {
  const { answers, build, got, release } = setUp({ hold: true });
  const all = Promise.all(['a', 'b', 'c'].map((title) => build(title)));
  await settled();
  expect([got, answers.load()]).toEqual([['a'], { running: 1, waiting: 2 }]);
  release();
  await settled();
  expect([got, answers.load()]).toEqual([['a', 'b'], { running: 1, waiting: 1 }]);
  release();
  await settled();
  release();
  expect((await all).map((dot) => /label="?([abc])/.exec(dot)?.[1])).toEqual(['a', 'b', 'c']);
  expect(answers.load()).toEqual({ running: 0, waiting: 0 });
  answers.close();
});

test('who leaves is told at once; what waits is not done, what is under way is dropped, and the thread lives on', async () => {
  const { answers, build, got, threads, release } = setUp({ hold: true });
  const [first, second] = [new AbortController(), new AbortController()];
  const running = build('a', first.signal);
  const waiting = build('b', second.signal);
  const last = build('c');
  await settled();
  second.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
  expect(answers.load()).toEqual({ running: 1, waiting: 1 });
  first.abort();
  await expect(running).rejects.toMatchObject({ code: 'aborted' });
  await expect(build('d', first.signal)).rejects.toMatchObject({ code: 'aborted' });
  release();
  await settled();
  release();
  expect(await last).toContain('c');
  expect(got).toEqual(['a', 'c']);
  expect(threads).toHaveLength(1);
  answers.close();
});

test.each([
  ['throws', new Error('out of memory'), /the thread failed: out of memory/],
  ['ends', 0, /the thread has ended/],
] as const)('a thread that %s fails the job under way, and the next gets a new one', async (_, how, message) => {
  const { answers, build, threads, release } = setUp({ hold: true });
  const lost = build('a');
  const next = build('b');
  await settled();
  threads[0]!.die(how);
  await expect(lost).rejects.toMatchObject({ code: 'internal', message: expect.stringMatching(message) as string });
  await settled();
  release();
  expect(await next).toContain('b');
  expect(threads).toHaveLength(2);
  answers.close();
});

test('a thread that dies while it has nothing to do is replaced', async () => {
  const { answers, build, threads } = setUp();
  await build('a');
  threads[0]!.die(1);
  expect(await build('b')).toContain('b');
  expect(threads).toHaveLength(2);
  answers.close();
});

test('a job that takes too long ends with its thread', async () => {
  const { answers, build, threads } = setUp({ hold: true, maxJobMs: 1 });
  await expect(build('a')).rejects.toMatchObject({
    code: 'over-limit',
    message: expect.stringMatching(/^cannot answer/) as string,
  });
  expect(threads[0]!.isTerminated()).toBe(true);
  answers.close();
  const patient = setUp();
  expect(await patient.build('b')).toContain('b');
  patient.answers.close();
});

test('no more wait than may; who comes then is told to try again', async () => {
  const { answers, build, release } = setUp({ hold: true, maxWaiting: 1 });
  const kept = [build('a'), build('b')];
  await expect(build('c')).rejects.toMatchObject({ code: 'throttled' });
  await settled();
  release();
  await settled();
  release();
  await Promise.all(kept);
  answers.close();
});

test('a failed job is its own error, with the place of a defect; the thread goes on', async () => {
  const { answers, build, threads } = setUp();
  const failure = await answers.build<'graph'>(defective(), never).catch((thrown: unknown) => thrown as FlowError);
  expect(failure).toMatchObject({ code: 'internal', message: expect.stringContaining('BUG') as string });
  expect((failure as FlowError).stack).toContain('print-graph');
  const unclonable = { ...jobOf('x'), title: (() => 'x') as never };
  await expect(answers.build<'graph'>(unclonable, never)).rejects.toMatchObject({ code: 'internal' });
  expect(await build('after')).toContain('after');
  expect(threads).toHaveLength(1);
  answers.close();
});

test('closing ends the thread and tells all who wait', async () => {
  const { answers, build, threads } = setUp({ hold: true });
  const all = Promise.allSettled([build('a'), build('b')]);
  await settled();
  answers.close();
  expect((await all).map((each) => (each as PromiseRejectedResult).reason)).toMatchObject([
    { code: 'aborted' },
    { code: 'aborted' },
  ]);
  expect(threads[0]!.isTerminated()).toBe(true);
  await expect(build('c')).rejects.toMatchObject({ code: 'aborted' });
  answers.start();
  expect(threads).toHaveLength(1);
});
