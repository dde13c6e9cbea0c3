import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createFilesStore } from '../../../src/store/files-store';
import { failureOf, listAll, readAll } from '../../contract/object-store-contract';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vpcflow-files-'));
  mkdirSync(join(folder, 'sub'));
  for (const name of ['b.log', 'a.log', 'sub/c.log', 'other.log']) {
    writeFileSync(join(folder, name), `content of ${name}`);
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

const paths = () => ['sub/c.log', 'b.log', 'a.log', 'b.log'].map((name) => join(folder, name));

test('lists the files given, once each and sorted, by the paths given', async () => {
  const store = createFilesStore(paths());
  expect((await listAll(store)).keys).toEqual(['a.log', 'b.log', 'sub/c.log'].map((name) => join(folder, name)));
  expect((await listAll(store, join(folder, 'b'))).keys).toEqual([join(folder, 'b.log')]);
  expect((await listAll(store, '', { startAfter: join(folder, 'a.log') })).keys).toHaveLength(2);
  expect(await listAll(store, `${folder}/`, { delimiter: '/' })).toMatchObject({
    keys: ['a.log', 'b.log'].map((name) => join(folder, name)),
    prefixes: [join(folder, 'sub/')],
  });
  expect(await listAll(store, 'none')).toEqual({ keys: [], prefixes: [], pages: [0] });
});

test('keeps a path as it was written', async () => {
  const path = `${folder}/./sub/../a.log`;
  const store = createFilesStore([path]);
  expect((await listAll(store)).keys).toEqual([path]);
  expect((await readAll(store, path, { range: { start: 11 } })).toString()).toBe('a.log');
  expect(store.name).toBe(path);
});

test('reads the files given and no others', async () => {
  const store = createFilesStore(paths());
  expect((await readAll(store, join(folder, 'b.log'))).toString()).toBe('content of b.log');
  const other = join(folder, 'other.log');
  expect(await failureOf(readAll(store, other))).toMatchObject({ code: 'not-found', fields: { key: other } });
  expect(store.name).toBe('3 files');
});

test.each(['none.log', 'sub'])('fails for %s, which is no file, when it comes upon it', async (name) => {
  const path = join(folder, name);
  const store = createFilesStore([...paths(), path]);
  expect(await failureOf(listAll(store))).toMatchObject({ code: 'not-found', fields: { key: path } });
  expect((await listAll(store, join(folder, 'a'))).keys).toHaveLength(1);
  expect((await failureOf(readAll(store, path))).code).toBe('not-found');
});

test('heeds an aborted signal', async () => {
  const signal = AbortSignal.abort();
  const store = createFilesStore(paths());
  expect((await failureOf(listAll(store, '', { signal }))).code).toBe('aborted');
  expect((await failureOf(readAll(store, paths()[0]!, { signal }))).code).toBe('aborted');
});
