import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFolderMarkers } from '../../../src/service/folder-markers';
import { createProgress, type Progress } from '../../../src/service/progress';
import { describeMarkerStore } from './marker-contract';

const folder = mkdtempSync(join(tmpdir(), 'vpcflow-progress-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeMarkerStore('markers of a folder', () => createFolderMarkers(join(folder, 'contract')));

let nowMs: number;
let count = 0;
let id: string;
/** Two processes over one folder. */
let ours: Progress;
let theirs: Progress;
beforeEach(() => {
  nowMs = Date.parse('2026-01-15T12:00:00Z');
  id = `id-${count++}`;
  [ours, theirs] = [1, 2].map(() =>
    createProgress({ markers: createFolderMarkers(join(folder, 'own')), timeoutMs: 60_000, clock: () => nowMs }),
  ) as [Progress, Progress];
});

test('a window is reserved once, and again when the mark has run out', async () => {
  const reservation = await ours.reserve(id);
  await reservation!.confirm();
  expect(await theirs.reserve(id)).toBeUndefined();
  expect(await theirs.read(id)).toMatchObject({ state: 'queued' });
  nowMs += 60_000;
  expect(await theirs.read(id)).toBeUndefined();
  expect(await theirs.reserve(id)).toBeDefined();
});

test('a reservation that is not confirmed holds nobody up for long', async () => {
  await ours.reserve(id);
  nowMs += 15_000;
  expect(await theirs.reserve(id)).toBeDefined();
});

test('one worker has it, until the claim is released', async () => {
  const claim = (await ours.claim(id))!;
  expect(await theirs.claim(id)).toBeUndefined();
  expect(await theirs.reserve(id)).toBeUndefined();
  await claim.release();
  expect(await theirs.read(id)).toBeUndefined();
  expect(await theirs.claim(id)).toBeDefined();
});

test('a worker that renews keeps it; one that does not loses it, and learns so', async () => {
  const claim = (await ours.claim(id))!;
  nowMs += 50_000;
  expect(await claim.renew()).toBe(true);
  nowMs += 50_000;
  expect(await theirs.claim(id)).toBeUndefined();
  nowMs += 10_000;
  const other = (await theirs.claim(id))!;
  expect(await claim.renew()).toBe(false);
  // Neither end of the old claim touches the new one.
  await claim.release();
  await claim.handBack();
  expect(await ours.read(id)).toMatchObject({ state: 'working' });
  expect(await other.renew()).toBe(true);
});

test('confirming after a worker took the job takes nothing from it', async () => {
  const reservation = (await ours.reserve(id))!;
  const claim = (await theirs.claim(id))!;
  await reservation.confirm();
  await reservation.cancel();
  expect(await ours.read(id)).toMatchObject({ state: 'working' });
  expect(await claim.renew()).toBe(true);
});

test('a worker that is met by the confirmation gets the job all the same', async () => {
  const markers = createFolderMarkers(join(folder, 'own'));
  const reservation = (await ours.reserve(id))!;
  const worker = createProgress({
    markers: {
      ...markers,
      async write(name, value, expected) {
        // Between the worker's look and its claim.
        await reservation.confirm();
        return markers.write(name, value, expected);
      },
    },
    timeoutMs: 60_000,
    clock: () => nowMs,
  });
  expect(await worker.claim(id)).toBeDefined();
  expect(await ours.read(id)).toMatchObject({ state: 'working' });
});

test('a failure stays with its reason until somebody asks again', async () => {
  await (await ours.claim(id))!.fail('the bucket is gone');
  nowMs += 1e9;
  expect(await theirs.read(id)).toMatchObject({ state: 'failed', reason: 'the bucket is gone' });
  await (await theirs.reserve(id))!.confirm();
  expect(await ours.read(id)).toMatchObject({ state: 'queued' });
});

test('marks of the Go services hold for the timeout from their time', async () => {
  const markers = createFolderMarkers(join(folder, 'own'));
  await markers.write(id, '2026-01-15T11:59:30.123456789Z', undefined);
  expect(await ours.reserve(id)).toBeUndefined();
  nowMs += 31_000;
  expect(await ours.reserve(id)).toBeDefined();
});

test('a mark that cannot be read holds nobody up', async () => {
  const markers = createFolderMarkers(join(folder, 'own'));
  await markers.write(id, 'rubbish', undefined);
  expect(await ours.read(id)).toBeUndefined();
  expect(await ours.claim(id)).toBeDefined();
});
