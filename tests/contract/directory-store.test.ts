import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { createDirectoryStore } from '../../src/store/directory-store';
import { describeObjectStore, failureOf, listAll, readAll, type Seed } from './object-store-contract';

jest.mock('node:fs/promises', () => ({ __esModule: true, ...jest.requireActual<object>('node:fs/promises') }));

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vpcflow-directory-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function put(key: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, key)), { recursive: true });
  writeFileSync(join(root, key), content);
}

function seed(objects: Seed): void {
  for (const [key, content] of Object.entries(objects)) {
    put(key, content);
  }
}

describeObjectStore('createDirectoryStore', (objects) => {
  seed(objects);
  const store = createDirectoryStore({ root });
  return Promise.resolve({
    store,
    put: (key, content) => Promise.resolve(put(key, content)),
    dispose: () => Promise.resolve(store.close()),
  });
});

describe('a directory store', () => {
  test('fails with not-found without its root, for any prefix', async () => {
    const store = createDirectoryStore({ root: join(root, 'none') });
    for (const prefix of ['', 'a', 'a/b/']) {
      const error = await failureOf(listAll(store, prefix));
      expect(error).toMatchObject({ code: 'not-found', fields: { path: join(root, 'none') } });
    }
    expect((await failureOf(readAll(store, 'a'))).code).toBe('not-found');
  });

  test('fails with not-found if its root is a file', async () => {
    put('file', 'x');
    expect((await failureOf(listAll(createDirectoryStore({ root: join(root, 'file') })))).code).toBe('not-found');
  });

  test('takes a relative root', async () => {
    put('a/b', 'x');
    const store = createDirectoryStore({ root: `${root}/./a/../` });
    expect(store.name).toBe(root);
    expect((await listAll(store, 'a/')).keys).toEqual(['a/b']);
  });

  test.each(['../outside', 'a/../../outside', '/etc/hostname', 'a//b', './a/b', 'a/.', '', 'a/b\0', '..'])(
    'reads nothing for the key %j',
    async (key) => {
      seed({ 'inside/a/b': 'x', outside: 'secret' });
      const store = createDirectoryStore({ root: join(root, 'inside') });
      expect(await failureOf(readAll(store, key))).toMatchObject({ code: 'not-found', fields: { key } });
    },
  );

  test('folds only folders that hold some file', async () => {
    seed({ 'full/deep/deeper/x': '1', 'top.txt': '2' });
    mkdirSync(join(root, 'empty/deep/deeper'), { recursive: true });
    const store = createDirectoryStore({ root });
    expect(await listAll(store, '', { delimiter: '/' })).toMatchObject({ keys: ['top.txt'], prefixes: ['full/'] });
    expect(await listAll(store, 'empty/')).toEqual({ keys: [], prefixes: [], pages: [0] });
  });

  test('follows links to files and folders, passes over links to nowhere and special files', async () => {
    seed({ 'real/x': 'one', 'target/deep/y': 'two' });
    symlinkSync(join(root, 'target'), join(root, 'real/folder'));
    symlinkSync('x', join(root, 'real/file'));
    symlinkSync('nowhere', join(root, 'real/dangling'));
    symlinkSync('self', join(root, 'real/self'));
    execFileSync('mkfifo', [join(root, 'real/pipe')]);
    const store = createDirectoryStore({ root: join(root, 'real') });
    expect((await listAll(store)).keys).toEqual(['file', 'folder/deep/y', 'x']);
    expect((await listAll(store, '', { delimiter: '/' })).prefixes).toEqual(['folder/']);
    expect((await readAll(store, 'folder/deep/y')).toString()).toBe('two');
    expect((await readAll(store, 'file')).toString()).toBe('one');
    for (const key of ['pipe', 'dangling', 'self']) {
      expect(await failureOf(readAll(store, key))).toMatchObject({ code: 'not-found', fields: { key } });
    }
  });

  test('goes around a circle of links once, from wherever the prefix enters it', async () => {
    seed({ 'a/b/x': '1', 'c/y': '2' });
    symlinkSync('../..', join(root, 'a/b/up'));
    symlinkSync('../a', join(root, 'c/a'));
    const store = createDirectoryStore({ root });
    expect((await listAll(store)).keys).toEqual(['a/b/x', 'c/a/b/x', 'c/y']);
    expect((await listAll(store, 'a/b/')).keys).toEqual(['a/b/x']);
    // `up` is the root, which the walk is inside of as soon as it begins there.
    expect((await listAll(store, 'a/b/up/')).keys).toEqual([]);
  });

  test('gives the ETag by size and modification time', async () => {
    put('x', 'abc');
    const tag = async () => {
      for await (const { objects } of createDirectoryStore({ root }).list('')) {
        return objects[0]!.etag;
      }
      return undefined;
    };
    utimesSync(join(root, 'x'), 1000, 1000);
    const first = await tag();
    put('x', 'abd');
    utimesSync(join(root, 'x'), 1000, 1000);
    expect(await tag()).toBe(first);
    utimesSync(join(root, 'x'), 1000, 1000.001);
    expect(await tag()).not.toBe(first);
    put('x', 'abcd');
    utimesSync(join(root, 'x'), 1000, 1000);
    expect(await tag()).not.toBe(first);
  });

  test('opens only the folders that the prefix leads into, and those after the start', async () => {
    seed({ 'a/1/x': '', 'a/2/x': '', 'a/2/y/z': '', 'a/3/x': '', 'b/1/x': '', 'b/2/x': '' });
    const readdir = jest.spyOn(fs, 'readdir');
    const opened = () => readdir.mock.calls.splice(0).map(([path]) => String(path).slice(root.length));
    const store = createDirectoryStore({ root });

    expect((await listAll(store, 'a/2/')).keys).toEqual(['a/2/x', 'a/2/y/z']);
    expect(opened()).toEqual(['/a/2', '/a/2/y']);

    expect((await listAll(store, 'a/', { startAfter: 'a/2/x' })).keys).toEqual(['a/2/y/z', 'a/3/x']);
    expect(opened()).toEqual(['/a', '/a/2', '/a/2/y', '/a/3']);

    expect((await listAll(store, '', { delimiter: '/', startAfter: 'a/' })).prefixes).toEqual(['b/']);
    expect(opened()).toEqual(['', '/b', '/b/1']);
  });

  test('reads no folder twice to see that it has a file, and sees when that is gone', async () => {
    seed({ 'a/2026/01/x': '', 'b/y': '' });
    const readdir = jest.spyOn(fs, 'readdir');
    const store = createDirectoryStore({ root });
    const folders = async (prefix: string) =>
      (await listAll(store, prefix, { delimiter: '/', startAfter: '' })).prefixes;

    expect(await folders('a/')).toEqual(['a/2026/']);
    expect(await folders('a/2026/')).toEqual(['a/2026/01/']);
    const opened = readdir.mock.calls.map(([path]) => String(path).slice(root.length));
    expect(opened).toEqual(['/a', '/a/2026', '/a/2026/01', '/a/2026']);

    rmSync(join(root, 'a/2026/01/x'));
    expect(await folders('a/')).toEqual([]);
    expect(await folders('')).toEqual(['b/']);
  });

  test('walks on only as far as pages are asked for', async () => {
    seed(Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [`${1000 + Math.floor(i / 100)}/${i % 100}`, ''])));
    const readdir = jest.spyOn(fs, 'readdir');
    for await (const page of createDirectoryStore({ root }).list('')) {
      expect(page.objects).toHaveLength(1000);
      break;
    }
    // The root and the ten folders that fill a page.
    expect(readdir).toHaveBeenCalledTimes(11);
  });

  test('leaves out a file that vanishes between its folder and its page', async () => {
    seed({ 'a/gone': 'x', 'a/here': 'x' });
    const { stat } = jest.requireActual<typeof fs>('node:fs/promises');
    jest
      .spyOn(fs, 'stat')
      .mockImplementation(((path: string, options: object) =>
        stat(path.endsWith('gone') ? `${path}-${path}` : path, options)) as never);
    expect((await listAll(createDirectoryStore({ root }))).keys).toEqual(['a/here']);
  });

  test('says access-denied for a folder or file that may not be read', async () => {
    seed({ 'a/closed/x': 'x', 'a/secret': 'x' });
    chmodSync(join(root, 'a/closed'), 0);
    chmodSync(join(root, 'a/secret'), 0);
    if (process.getuid?.() === 0) {
      // Root may read everything; let the file system say what it says to others.
      const denied = (path: unknown) => Object.assign(new Error(`EACCES: ${String(path)}`), { code: 'EACCES' });
      jest.spyOn(fs, 'open').mockImplementation((path) => Promise.reject(denied(path)));
      const { readdir } = jest.requireActual<typeof fs>('node:fs/promises');
      jest
        .spyOn(fs, 'readdir')
        .mockImplementation(((path: string, options: object) =>
          path.endsWith('closed') ? Promise.reject(denied(path)) : readdir(path, options as never)) as never);
    }
    const store = createDirectoryStore({ root });
    expect(await failureOf(listAll(store))).toMatchObject({
      code: 'access-denied',
      fields: { path: join(root, 'a/closed') },
    });
    expect(await failureOf(readAll(store, 'a/secret'))).toMatchObject({
      code: 'access-denied',
      fields: { key: 'a/secret' },
    });
    chmodSync(join(root, 'a/closed'), 0o700);
  });

  test('says unavailable for a file that becomes shorter while it is read', async () => {
    put('x', Buffer.alloc(3_000_000, 'x'));
    const reading = (async () => {
      for await (const chunk of createDirectoryStore({ root }).read('x')) {
        expect(chunk.length).toBeGreaterThan(0);
        put('x', 'short');
      }
    })();
    expect(await failureOf(reading)).toMatchObject({ code: 'unavailable', fields: { key: 'x' } });
  });
});
