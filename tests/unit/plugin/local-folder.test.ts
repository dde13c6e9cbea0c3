/** A folder as a source: real files and links below and beside `local_root`. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { createInstance, type Instance } from '../../../src/plugin/instance';
import { failureOf, listAll, readAll } from '../../contract/object-store-contract';
import { makeInput } from './data-source-input';

let top: string;
let localRoot: string;
let instance: Instance | undefined;

beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'vpcflow-local-')));
  localRoot = join(top, 'root');
  write('root/export/a.log', 'inside');
  write('root/export/sub/b.log', 'inside');
  write('root/shared/c.log', 'shared');
  write('outside/secret.log', 'secret');
  write('outside/sub/secret.log', 'secret');
});
afterEach(() => {
  instance?.close();
  instance = undefined;
  rmSync(top, { recursive: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(top, path)), { recursive: true });
  writeFileSync(join(top, path), text);
}
const link = (path: string, target: string) => symlinkSync(target, join(top, path));

function open(location: string) {
  const environment = { GF_PLUGIN_LOCAL_ROOT: localRoot };
  instance = createInstance(makeInput({ sources: [{ location }] }, { environment }), { version: '1' });
  return instance.sources[0]!.source.store;
}

test('its files can be read, and links that stay below local_root followed', async () => {
  link('root/export/shared', '../shared');
  link('root/export/z.log', '../shared/c.log');
  const store = open('export');
  expect((await listAll(store)).keys).toEqual(['a.log', 'shared/c.log', 'sub/b.log', 'z.log']);
  expect(String(await readAll(store, 'shared/c.log'))).toBe('shared');
  expect(String(await readAll(store, 'z.log'))).toBe('shared');
});

test('local_root may itself be a link', async () => {
  link('alias', 'root');
  localRoot = join(top, 'alias');
  expect((await listAll(open('export'))).keys).toEqual(['a.log', 'sub/b.log']);
});

const OUT: [string, string, string][] = [
  ['a folder, by an absolute link', 'out', '/outside'],
  ['a folder, by a relative link', 'out', '../../outside'],
  ['a file', 'out.log', '/outside/secret.log'],
  ['the folder above', 'out', '../..'],
  ['a folder whose name begins as local_root’s', 'out', '/root2'],
];
test.each(OUT)('a link that leads out to %s is refused, listed or read', async (_, name, target) => {
  write('root2/secret.log', 'secret');
  link(`root/export/${name}`, target.startsWith('/') ? join(top, target) : target);
  const store = open('export');
  const attempts = [
    () => listAll(store),
    () => listAll(store, '', { delimiter: '/' }),
    () => listAll(store, 'out'),
    () => readAll(store, name === 'out.log' ? name : `${name}/secret.log`),
    ...(name === 'out'
      ? [() => listAll(store, 'out/'), () => listAll(store, 'out/', { delimiter: '/' }), () => readAll(store, 'out/x')]
      : []),
  ];
  for (const attempt of attempts) {
    // A file that is nowhere is only not found.
    expect((await failureOf(attempt())).code).toMatch(/^(access-denied|not-found)$/);
  }
  const error = await failureOf(listAll(store));
  expect(error).toMatchObject({ code: 'access-denied' });
  expect(error.message).toBe(`cannot open ${join(localRoot, 'export', name)}: it leads out of ${localRoot}`);
  expect(String(await readAll(store, 'a.log'))).toBe('inside');
});

test('a source that is itself a link out is refused', async () => {
  link('root/away', join(top, 'outside'));
  const store = open('away');
  expect(await failureOf(listAll(store))).toMatchObject({ code: 'access-denied' });
  expect(await failureOf(readAll(store, 'secret.log'))).toMatchObject({ code: 'access-denied' });
});

test('a link out that appears later is refused then', async () => {
  const store = open('export');
  expect((await listAll(store)).keys).toHaveLength(2);
  rmSync(join(localRoot, 'export'), { recursive: true });
  link('root/export', join(top, 'outside'));
  expect(await failureOf(listAll(store))).toMatchObject({ code: 'access-denied' });
  expect(await failureOf(readAll(store, 'secret.log'))).toMatchObject({ code: 'access-denied' });
});

test('a missing folder is not found', async () => {
  expect(await failureOf(listAll(open('nothing')))).toMatchObject({ code: 'not-found' });
});

test.each(['../outside/secret.log', 'sub/../../../outside/secret.log', '/etc/hostname', '..', 'sub/..'])(
  'no key leads out: %s',
  async (key) => {
    const store = open('export');
    expect(await failureOf(readAll(store, key))).toMatchObject({ code: 'not-found' });
    expect((await listAll(store, key)).keys).toEqual([]);
    expect((await listAll(store, `${key}/`)).keys).toEqual([]);
  },
);

test('below AWSLogs only the folder named is reached, though the layout is known', async () => {
  write('root/AWSLogs/111111111111/x.log', 'mine');
  write('root/AWSLogs/222222222222/x.log', 'theirs');
  const store = open('AWSLogs/111111111111');
  expect((await listAll(store, 'AWSLogs/111111111111/')).keys).toEqual(['AWSLogs/111111111111/x.log']);
  expect((await listAll(store, 'AWSLogs/222222222222/')).keys).toEqual([]);
  expect((await listAll(store, '')).keys).toEqual([]);
  expect(await failureOf(readAll(store, 'AWSLogs/222222222222/x.log'))).toMatchObject({ code: 'access-denied' });
});
