import { compileModule, isTrap, startModule, takeModules } from '../../../src/digest/web-assembly';

/** A module that exports `f`, which returns 7, and `g`, which traps. */
const CODE = Buffer.from([
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 5, 1, 0x60, 0, 1, 0x7f],
  ...[3, 3, 2, 0, 0],
  ...[7, 9, 2, 1, 0x66, 0, 0, 1, 0x67, 0, 1],
  ...[10, 10, 2, 4, 0, 0x41, 7, 0x0b, 3, 0, 0x00, 0x0b],
]).toString('base64');

interface Exports {
  f(): number;
  g(): number;
}

it('compiles a module once, and starts it with what it exports', () => {
  const compiled = compileModule('one', CODE)!;
  expect(compileModule('one', CODE)).toBe(compiled);
  expect((startModule(compiled, {}) as Exports).f()).toBe(7);
});

it('tells what the code throws from other errors', () => {
  const { g } = startModule(compileModule('one', CODE)!, {}) as Exports;
  let thrown: unknown;
  try {
    g();
  } catch (error) {
    thrown = error;
  }
  expect(isTrap(thrown)).toBe(true);
  expect(isTrap(new Error('unreachable'))).toBe(false);
});

it('gives nothing for what the machine cannot run', () => {
  expect(compileModule('damaged', CODE.slice(0, 40))).toBeUndefined();
});

it('uses what another thread has compiled', () => {
  const compiled = compileModule('one', CODE);
  takeModules({ another: compiled, none: undefined });
  expect(compileModule('another', 'no code')).toBe(compiled);
  expect(compileModule('none', CODE)).toBeUndefined();
});
