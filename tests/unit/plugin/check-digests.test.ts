/** What is said of the place of stored digests; the service that stores them is a real one. S3 is in tests/contract. */
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkHealth, type HealthResult } from '../../../src/plugin/check-health';
import { createInstance, type Instance } from '../../../src/plugin/instance';
import { createInstances } from '../../../src/plugin/instances';
import type { DigestsHealth } from '../../../src/plugin/check-digests';
import { ask, HOUR, startTestService, waitFor } from '../../contract/service-contract';
import { makeInput } from './data-source-input';

const NAME = 'pack_20260115T100000Z_20260115T110000Z.bin';
/** A quarter of an hour after the window. */
const NOW_MS = Date.parse('2026-01-15T11:15:00Z');

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'vpcflow-check-digests-')));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** The service stores a window of `logs` in `data/digests/stored`. */
async function store(withPacks = true): Promise<string> {
  const service = await startTestService(root, withPacks ? { VPCFLOW_PACKS: true } : {});
  try {
    await ask(service.urls.digest!, 'POST', `/?${HOUR}`);
    expect(await waitFor(service.urls.digest!, `/?${HOUR}`)).toMatchObject({ status: 200 });
  } finally {
    await service.stop();
  }
  return join(root, 'data/digests/stored');
}

async function check(settings: object = {}, { nowMs = NOW_MS, role = 'Admin' } = {}): Promise<HealthResult> {
  const jsonData = { sources: [{ location: 'logs' }], digestsAt: 'data/digests/stored', ...settings };
  const input = makeInput(jsonData, { environment: { GF_PLUGIN_LOCAL_ROOT: root } });
  const instances = createInstances<Instance>({ create: (from) => createInstance(from, { version: '1' }) });
  try {
    return await checkHealth(input, {
      withInstance: (run) => instances.use(input, run),
      ...{ clock: () => nowMs, role },
    });
  } finally {
    await instances.close();
  }
}

const digestsOf = async (...args: Parameters<typeof check>): Promise<DigestsHealth> =>
  (await check(...args)).details.digests!;

test('digests of these sources are ok: the newest window, its age and objects; the message is about the logs', async () => {
  await store();
  const { status, message, details } = await check();
  expect(details.digests).toEqual({
    location: 'data/digests/stored',
    status: 'ok',
    message:
      'the newest window is 2026-01-15 10:00 UTC to 2026-01-15 11:00 UTC and ended 15 minutes ago, with digests of 1 object',
    newest: {
      ...{ fromMs: Date.parse('2026-01-15T10:00:00Z'), toMs: Date.parse('2026-01-15T11:00:00Z'), ageSec: 900 },
      ...{ sizeBytes: expect.any(Number), objects: 1, usableObjects: 1 },
    },
  });
  expect(status).toBe('ok');
  expect(message).not.toContain('digests');
  expect(details.verboseMessage).toContain('Stored digests (data/digests/stored): ok\n  the newest window is');
});

test('a data source without the setting says nothing of them', async () => {
  await store();
  expect((await check({ digestsAt: '' })).details).not.toHaveProperty('digests');
});

test('a folder that is not there is an error, with the sources still checked', async () => {
  await store();
  const { status, message, details } = await check({ digestsAt: 'data/elsewhere' });
  expect(status).toBe('error');
  expect(message).toMatch(
    /^The source can be read\. .* Stored digests: cannot list .*elsewhere.*digests\/stored\. Until then queries read the logs\.$/,
  );
  expect(details.digests).toMatchObject({ status: 'error', step: 'list', code: 'not-found' });
  expect(details.sources[0]).toMatchObject({ status: 'ok' });
});

test.each([
  ['an empty folder', 'empty', undefined, /Check that the service stores there and runs with --packs/],
  ['digests without packs', 'data/digests/stored', false, /There are other files: .*--packs/],
  ['the data folder', 'data/', true, /^They are in data\/digests\/stored: write that\.$/],
])('%s is a hint, not a failure', async (_, digestsAt, withPacks, fix) => {
  mkdirSync(join(root, 'empty'));
  await store(withPacks);
  const { status, message, details } = await check({ digestsAt });
  expect(details.digests).toMatchObject({ status: 'warning', message: `there are no digests at ${digestsAt}` });
  expect(details.digests!.fix).toMatch(fix);
  expect(status).toBe('ok');
  expect(message).toContain(`Stored digests: there are no digests at ${digestsAt}.`);
});

test('digests of other logs are of no use, and an administrator is told of which they are', async () => {
  await store();
  renameSync(join(root, 'logs'), join(root, 'moved'));
  const settings = { sources: [{ location: 'moved' }] };
  const health = await digestsOf(settings);
  expect(health).toMatchObject({ status: 'warning', newest: { objects: 1, usableObjects: 0 } });
  expect(health.message).toContain('None of them lies in a source of this data source');
  expect(health.fix).toContain(`it read ${join(root, 'logs')}.`);
  // Columns from the settings could be others than those that the service read.
  renameSync(join(root, 'moved'), join(root, 'logs'));
  expect(await digestsOf({ sources: [{ location: 'logs', header: 'srcaddr dstaddr' }] })).toMatchObject({
    newest: { usableObjects: 0 },
  });
  const viewer = await digestsOf(settings, { role: 'Viewer' });
  expect(viewer).toMatchObject({ status: 'warning', message: health.message });
  expect(viewer).not.toHaveProperty('fix');
});

test('a service that stopped is noticed', async () => {
  await store();
  const hour = 3_600_000;
  expect(await digestsOf({}, { nowMs: NOW_MS + 3 * hour })).toMatchObject({ status: 'ok' });
  const late = await digestsOf({}, { nowMs: NOW_MS + 4 * hour });
  expect(late).toMatchObject({ status: 'warning', message: expect.stringMatching(/4 hours ago.*service stopped\?$/) });
});

test('a file that the cache has no room for is not read, and the size that would do is named', async () => {
  await store();
  const none = await digestsOf({ digestCacheBytes: 0 });
  expect(none).toMatchObject({ status: 'warning', message: expect.stringContaining('keeps no digests') });
  const small = await digestsOf({ digestCacheBytes: 1000 });
  expect(small).toMatchObject({ status: 'warning', message: expect.stringContaining('no room for it') });
  expect(small.newest).not.toHaveProperty('objects');
  const needed = Number(/to (\d+) MiB or more/.exec(small.fix!)![1]);
  expect(await digestsOf({ digestCacheBytes: needed * 2 ** 20 })).toMatchObject({ status: 'ok' });
});

test('a damaged file is an error', async () => {
  const folder = await store();
  writeFileSync(join(folder, NAME), 'vpcflow digest pack 0\n');
  expect(await digestsOf()).toMatchObject({
    ...{ status: 'error', step: 'read', code: 'corrupt-object' },
    fix: expect.stringContaining('update the older one'),
  });
});
