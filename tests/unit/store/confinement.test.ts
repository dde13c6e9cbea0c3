import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { FlowError } from '../../../src/errors';
import { createConfinement } from '../../../src/store/confinement';

let folder: string;
let inner: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'vpcflow-')));
  inner = join(folder, 'logs');
  mkdirSync(join(inner, 'a'), { recursive: true });
  mkdirSync(join(folder, 'logs-of-others'));
  writeFileSync(join(inner, 'a', 'one.log'), '');
  writeFileSync(join(folder, 'logs-of-others', 'two.log'), '');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function codeOf(promise: Promise<void>): Promise<string> {
  try {
    await promise;
    return 'passes';
  } catch (thrown) {
    return FlowError.from(thrown).code;
  }
}

test('what lies in the folder passes, and so does the folder', async () => {
  const { assertWithin } = createConfinement(inner);
  for (const path of [inner, join(inner, 'a'), join(inner, 'a', 'one.log'), join(inner, 'a', 'nothing.log')]) {
    expect([path, await codeOf(assertWithin(path))]).toEqual([path, 'passes']);
  }
});

test('what lies outside is refused, also under a name that begins like the folder', async () => {
  const { assertWithin } = createConfinement(inner);
  for (const path of [folder, join(folder, 'logs-of-others'), join(folder, 'logs-of-others', 'two.log')]) {
    expect([path, await codeOf(assertWithin(path))]).toEqual([path, 'access-denied']);
  }
});

test('links are what they lead to', async () => {
  symlinkSync(join(folder, 'logs-of-others', 'two.log'), join(inner, 'file-out.log'));
  symlinkSync(join(folder, 'logs-of-others'), join(inner, 'folder-out'));
  symlinkSync(join(inner, 'a'), join(inner, 'folder-in'));
  symlinkSync(inner, join(folder, 'way-in'));
  const { assertWithin } = createConfinement(inner);
  const codes = await Promise.all(
    ['file-out.log', 'folder-out', 'folder-out/two.log', 'folder-in/one.log'].map((name) =>
      codeOf(assertWithin(join(inner, name))),
    ),
  );
  expect(codes).toEqual(['access-denied', 'access-denied', 'access-denied', 'passes']);
  expect(await codeOf(createConfinement(join(folder, 'way-in')).assertWithin(join(inner, 'a', 'one.log')))).toBe(
    'passes',
  );
});

test('a folder that has become a link is seen for what it is', async () => {
  const { assertWithin } = createConfinement(inner);
  expect(await codeOf(assertWithin(join(inner, 'a', 'one.log')))).toBe('passes');
  rmSync(join(inner, 'a'), { recursive: true });
  symlinkSync(join(folder, 'logs-of-others'), join(inner, 'a'));
  expect(await codeOf(assertWithin(join(inner, 'a', 'two.log')))).toBe('access-denied');
});

test('without a folder everything passes', async () => {
  expect(await codeOf(createConfinement(undefined).assertWithin('/'))).toBe('passes');
});
