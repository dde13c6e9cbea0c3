/**
 * Golden files of the views. They change only by `UPDATE_GOLDEN=1 npx jest tests/unit/view`, never in CI, and a missing
 * one fails: a golden file that writes itself asserts nothing.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DIRECTORY = join(__dirname, '../../golden/view');

/** Expects `actual` to be what `tests/golden/view/<name>` holds, byte for byte. */
export function expectGolden(name: string, actual: string): void {
  const path = join(DIRECTORY, name);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    if (process.env['CI']) {
      throw new Error('golden files are not updated in CI: unset UPDATE_GOLDEN');
    }
    writeFileSync(path, actual);
  }
  if (!existsSync(path)) {
    throw new Error(`no golden file ${path}: look at the output, then make it with UPDATE_GOLDEN=1`);
  }
  expect(actual).toBe(readFileSync(path, 'utf8'));
}
