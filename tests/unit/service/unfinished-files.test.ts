/** A process is killed amid writing: nobody takes its file for anything, and it is cleared once its writer is surely dead. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFile, removeUnfinished, replaceFile } from '../../../src/service/durable-file';
import { createFolderMarkers } from '../../../src/service/folder-markers';
import { createFolderQueue } from '../../../src/service/folder-queue';
import { createFolderStorage } from '../../../src/service/folder-storage';
import { createJob } from '../../../src/service/job';
import { startTestService } from '../../contract/service-contract';

const ROOT = join(__dirname, '../../..');
const HOUR_MS = 3_600_000;
const NOW_MS = Date.now();
const JOB = createJob('digest', { startMs: 0, stopMs: HOUR_MS });

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vpcflow-unfinished-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A process of its own, which begins to write a file at that time of ours and is killed in the middle. */
async function dieWriting(how: 'createFile' | 'replaceFile', path: string, nowMs: number): Promise<void> {
  const script = `
    import { ${how} } from ${JSON.stringify(join(ROOT, 'src/service/durable-file'))};
    const half = (async function* () {
      yield Buffer.from('half of it');
      process.kill(process.pid, 'SIGKILL');
      await new Promise(() => undefined);
    })();
    await ${how}(${JSON.stringify(path)}, half, { nowMs: ${nowMs} });`;
  const child = spawn(join(ROOT, 'node_modules/.bin/bun'), ['-e', script], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  expect({ signal, said }).toEqual({ signal: 'SIGKILL', said: '' });
}

const unfinished = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.unfinished'));

test('the queue, the storage and the marks do not take it for theirs, and go on', async () => {
  const clock = () => NOW_MS;
  const queue = createFolderQueue({ kind: 'digest', folder: join(root, 'queue'), holdMs: 60_000, clock });
  const storage = createFolderStorage({ folder: join(root, 'stored'), clock });
  const markers = createFolderMarkers(join(root, 'progress'), clock);
  for (const folder of ['queue/ready', 'queue/taken', 'stored', `progress/${JOB.id}`]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  await dieWriting('createFile', join(root, 'queue/ready', JOB.id), NOW_MS);
  await dieWriting('replaceFile', join(root, 'stored', `${JOB.id}.log.gz`), NOW_MS);
  await dieWriting('createFile', join(root, 'progress', JOB.id, '1'), NOW_MS);
  expect(unfinished(root)).toHaveLength(3);

  expect([await queue.depth(), await queue.holds(JOB.id)]).toEqual([0, false]);
  expect(await queue.take!(new AbortController().signal)).toBeUndefined();
  await queue.push(JOB);
  expect(await queue.take!(new AbortController().signal)).toMatchObject({ job: JOB });
  for await (const { name } of storage.list()) {
    expect(name).toBe('nothing');
  }
  expect(await storage.exists(`${JOB.id}.log.gz`)).toBe(false);
  expect(await markers.read(JOB.id)).toBeUndefined();
  expect(await markers.write(JOB.id, 'mine', undefined)).toBe('1');

  // Whoever writes may still live, until an hour by the clock of the processes has passed.
  expect(await removeUnfinished(root, NOW_MS + HOUR_MS)).toBe(0);
  expect(await removeUnfinished(root, NOW_MS + HOUR_MS + 1)).toBe(3);
  expect(unfinished(root)).toEqual([]);
  expect(await markers.read(JOB.id)).toMatchObject({ value: 'mine' });
  expect(await queue.holds(JOB.id)).toBe(true);
});

test('a file that is due later is as old as its writing, not as the time that it is to have', async () => {
  const path = join(root, 'x');
  await replaceFile(path, 'x', { nowMs: NOW_MS - 2 * HOUR_MS, modifiedMs: NOW_MS + HOUR_MS });
  expect(await createFile(path, 'y', { nowMs: NOW_MS - 2 * HOUR_MS })).toBe(false);
  expect(await removeUnfinished(root, NOW_MS)).toBe(0);
  expect(readdirSync(root)).toEqual(['x']);
});

test('who cannot finish for another reason leaves nothing', async () => {
  mkdirSync(join(root, 'folder/not-empty'), { recursive: true });
  await expect(replaceFile(join(root, 'folder'), 'x', { nowMs: NOW_MS })).rejects.toThrow();
  const broken = (async function* () {
    yield Buffer.from('half');
    throw new Error('no space left');
  })() as never;
  await expect(replaceFile(join(root, 'x'), broken, { nowMs: NOW_MS })).rejects.toThrow('no space left');
  expect(readdirSync(root)).toEqual(['folder']);
});

test('a service that starts clears what the dead have left, and nothing else', async () => {
  const ready = join(root, 'data/digests/queue/ready');
  mkdirSync(ready, { recursive: true });
  await dieWriting('createFile', join(ready, 'old'), NOW_MS - 2 * HOUR_MS);
  await dieWriting('createFile', join(ready, 'new'), NOW_MS);
  const lines: string[] = [];
  const service = await startTestService(root, {}, {}, lines);
  try {
    while (!lines.some((line) => line.includes('left when it died'))) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(unfinished(ready)).toEqual([expect.stringMatching(new RegExp(`^${NOW_MS}~`))]);
    expect(lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  } finally {
    await service.stop();
  }
  expect(existsSync(ready)).toBe(true);
});
