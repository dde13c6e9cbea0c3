/** Views of more groups than memory may hold. */
import { tmpdir } from 'node:os';
import { readDigest, readTable } from '../../../src/library/read-views';
import type { Source } from '../../../src/scan/select-objects';
import { logBytes, logKey } from '../scan/flow-logs';
import { createMemoryStore } from '../scan/memory-store';

const objects = Object.fromEntries(
  Array.from({ length: 30 }, (_, i) => [
    logKey('2026-01-15T10:00:00Z', { hash: i.toString(16).padStart(8, '0') }),
    logBytes(...Array.from({ length: 10 }, (_record, k) => ({ dst: `10.0.${i}.${k}`, bytes: i + k }))),
  ]),
);
const sources: readonly Source[] = [{ store: createMemoryStore(objects), prefix: '', keys: 'aws' }];
const asked = { keys: ['dstaddr'], limits: { maxKeys: 20 } };

test('a table goes on where it may write to a folder', async () => {
  const { table: all } = await readTable({ sources }, { keys: ['dstaddr'], top: 3 });
  const { table, digest } = await readTable({ sources }, { ...asked, top: 3 }, { tempFolder: tmpdir() });
  expect(table).toEqual(all);
  expect(table.groupCount).toBe(300);
  expect(digest.tallies.flows).toBe(300);
  await expect(readTable({ sources }, { ...asked, top: 3 })).rejects.toMatchObject({ code: 'over-limit' });
});

test('a digest has all its rows or none', async () => {
  await expect(readDigest({ sources }, asked, { tempFolder: tmpdir() })).rejects.toMatchObject({ code: 'over-limit' });
});
