import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { answerTallies } from '../../../src/digest/digester';
import { createDigestCache } from '../../../src/scan/digest-cache';
import type { ScanProgress } from '../../../src/scan/read-selected';
import { runScan, type ScanOptions } from '../../../src/scan/run-scan';
import type { Source } from '../../../src/scan/select-objects';
import { MAX_SMALL_BYTES } from '../../../src/scan/small-objects';
import { createWorkerPool } from '../../../src/scan/worker-pool';
import { createDirectoryStore } from '../../../src/store/directory-store';
import { createFilesStore } from '../../../src/store/files-store';
import type { ObjectStore } from '../../../src/store/store';
import { failureOf } from '../../contract/object-store-contract';
import { logBytes, logText, makeQuery, recordLine } from './flow-logs';
import { createInProcessPool, createInProcessWorker } from './in-process-worker';

const COUNT = 300;
const LARGE = Buffer.from(logText(Array.from({ length: 2000 }, () => recordLine())));

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vpcflow-small-files-'));
  for (let i = 0; i < COUNT; i++) {
    put(`logs/${i}.log.gz`, logBytes({ bytes: i }));
  }
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(key: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, key)), { recursive: true });
  writeFileSync(join(root, key), content);
}

const sourceOf = (store: ObjectStore): Source => ({ store, prefix: '', keys: 'any' });
const byKey = (a: { readonly key: string }, b: { readonly key: string }): number => (a.key < b.key ? -1 : 1);
const INLINE = createWorkerPool({ size: 0, createWorker: () => createInProcessWorker() });

/** A scan by threads, and what messages these got. */
async function scan({
  store = createDirectoryStore({ root }),
  query = makeQuery(),
  ...options
}: Partial<ScanOptions> & { store?: ObjectStore; query?: ReturnType<typeof makeQuery> } = {}) {
  const { pool, workers } = createInProcessPool(2);
  const result = await runScan(query, [sourceOf(store)], { pool, ...options });
  return { result, requests: workers.flatMap(({ requests }) => requests) };
}

describe('files', () => {
  test('are read by the threads, many at a time, and give the answer that reading them elsewhere gives', async () => {
    put('logs/damaged.log.gz', Buffer.from(gzipSync(logText([recordLine()]))).fill(0, 12));
    put('logs/notes.txt', 'no log');
    put('logs/large.log', LARGE);
    put('empty', '');
    const { result, requests } = await scan();
    const expected = await runScan(makeQuery(), [sourceOf(createDirectoryStore({ root }))], { pool: INLINE });
    const sorted = ({ problems, ...rest }: typeof result): unknown =>
      // Arrays that have crossed threads are of another realm here.
      JSON.parse(JSON.stringify({ ...rest, problems: [...problems.first].sort(byKey) }));
    expect(sorted(result)).toEqual(sorted(expected));
    expect(result.problems.count).toBe(2);
    const tallies = answerTallies(result.answer);
    expect(tallies).toMatchObject({ objects: COUNT + 1, flows: COUNT + 2000 });
    expect(LARGE.length).toBeGreaterThan(MAX_SMALL_BYTES);
    const count = (type: string): number => requests.filter((one) => one === type).length;
    expect([count('whole'), count('batch')]).toEqual([0, 0]);
    expect(count('files')).toBeGreaterThan(0);
    expect(count('files')).toBeLessThan(COUNT / 10);
  });

  test('that are large are read ahead where reading takes long', async () => {
    const MANY = 60;
    for (let i = 0; i < MANY; i++) {
      put(`large/${String(i).padStart(2, '0')}.log`, LARGE);
    }
    const requests = async (readShare: number): Promise<readonly string[]> => {
      const worker = createInProcessWorker();
      // A disk as slow as that: the time in which threads read.
      const pool = createWorkerPool({
        size: 1,
        createWorker: () => ({
          postMessage: worker.postMessage,
          terminate: worker.terminate,
          on: (event: string, listener: (value: never) => void) =>
            worker.on('message', (reply) => {
              const files = reply.type === 'done' && reply.files;
              const told = files ? { ...reply, files: { ...files, readMs: 50 * readShare, tookMs: 50 } } : reply;
              if (event === 'message') {
                listener(told as never);
              }
            }),
        }),
      });
      const source = { ...sourceOf(createDirectoryStore({ root })), prefix: 'large/' };
      const { answer } = await runScan(makeQuery(), [source], { pool, concurrency: 4 });
      expect(answerTallies(answer)).toMatchObject({ objects: MANY, flows: MANY * 2000 });
      return worker.requests;
    };
    const few = await requests(0.1);
    expect(few).not.toContain('whole');
    const ahead = await requests(0.8);
    expect(ahead.filter((type) => type === 'whole').length).toBeGreaterThan(MANY / 2);
    expect(ahead.filter((type) => type === 'files').length).toBeLessThan(MANY / 4);
  });

  test('are the same if they are named one by one', async () => {
    const paths = Array.from({ length: COUNT }, (_, i) => join(root, `logs/${i}.log.gz`));
    const { result, requests } = await scan({ store: createFilesStore(paths) });
    expect(answerTallies(result.answer)).toMatchObject({ objects: COUNT, flows: COUNT });
    expect(requests).toContain('files');
  });

  test('that change or vanish after they were listed are problems of their own', async () => {
    const inner = createDirectoryStore({ root });
    const store: ObjectStore = {
      ...inner,
      async *list(prefix, options) {
        for await (const page of inner.list(prefix, options)) {
          utimesSync(join(root, 'logs/7.log.gz'), 1, 1);
          rmSync(join(root, 'logs/8.log.gz'));
          yield page;
        }
      },
    };
    const { result } = await scan({ store });
    expect(answerTallies(result.answer)).toMatchObject({ objects: COUNT - 2, flows: COUNT - 2 });
    expect([...result.problems.first].sort(byKey)).toEqual([
      {
        key: 'logs/7.log.gz',
        code: 'not-found',
        message: `cannot read ${join(root, 'logs/7.log.gz')}: the file has changed since it was listed`,
      },
      {
        key: 'logs/8.log.gz',
        code: 'not-found',
        message: `cannot read ${join(root, 'logs/8.log.gz')}: it does not exist`,
      },
    ]);
  });

  test('are all told of as they are done', async () => {
    const seen: ScanProgress[] = [];
    await scan({ report: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toMatchObject({ selectedObjects: COUNT, doneObjects: COUNT });
    expect(seen.at(-1)!.doneBytes).toBe(seen.at(-1)!.selectedBytes);
  });

  test('end with the scan at a limit, and with a thread that fails', async () => {
    const query = makeQuery({ keys: ['bytes'] }, { maxKeys: 10 });
    expect(await failureOf(scan({ query }))).toMatchObject({ code: 'over-limit', fields: { limit: 'maxKeys' } });
    const { pool } = createInProcessPool(1, {
      intercept: ({ type }, worker) => (type === 'files' ? (worker.die(new Error('out of memory')), false) : undefined),
    });
    expect(await failureOf(runScan(makeQuery(), [sourceOf(createDirectoryStore({ root }))], { pool }))).toMatchObject({
      code: 'internal',
      message: expect.stringContaining('out of memory'),
    });
  });

  test('are left to their store where that looks at links, and where digests are kept of each', async () => {
    const confined = await scan({ store: createDirectoryStore({ root, confinedTo: root }) });
    const kept = await scan({ digests: createDigestCache({ maxBytes: 1e8 }) });
    for (const { result, requests } of [confined, kept]) {
      expect(answerTallies(result.answer)).toMatchObject({ objects: COUNT, flows: COUNT });
      expect(requests).not.toContain('files');
    }
  });
});
