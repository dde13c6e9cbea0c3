import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { FlowError } from '../../../src/errors';
import { readLocalFile, readLocalFileNow, statLocalFile } from '../../../src/store/local-file';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vpcflow-file-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What reading a file gives that was listed before something happened to it: bytes or an error, in both ways. */
async function readBothWays(happen: (path: string) => void): Promise<readonly [unknown, unknown]> {
  const path = join(folder, 'file');
  writeFileSync(path, 'some bytes');
  const { etag, sizeBytes } = (await statLocalFile(path, 'file'))!;
  happen(path);
  const told = (thrown: unknown): unknown => {
    const { code, message } = FlowError.from(thrown);
    return { code, message };
  };
  const now = (): unknown => {
    try {
      return Buffer.from(readLocalFileNow({ path, etag, sizeBytes }, new Uint8Array(100).fill(7))).toString();
    } catch (thrown) {
      return told(thrown);
    }
  };
  const later = async (): Promise<unknown> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of readLocalFile(path, 'file', { etag })) {
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString();
  };
  return [now(), await later().catch(told)];
}

describe('a small file that is read at once', () => {
  test('is all of its bytes, and nothing of what was in the room', async () => {
    expect(await readBothWays(() => undefined)).toEqual(['some bytes', 'some bytes']);
  });

  test.each<[string, string, (path: string) => void]>([
    ['is gone', 'not-found', (path) => rmSync(path)],
    ['is longer', 'not-found', (path) => writeFileSync(path, 'some more bytes')],
    ['is shorter', 'not-found', (path) => truncateSync(path, 3)],
    ['is another one', 'not-found', (path) => utimesSync(path, 1, 1)],
    ['is a folder now', 'not-found', (path) => (rmSync(path), mkdirSync(path))],
    ['is a pipe now', 'not-found', (path) => (rmSync(path), execFileSync('mkfifo', [path]))],
    ['is a circle of links now', 'not-found', (path) => (rmSync(path), symlinkSync(path, path))],
  ])('fails as any other does if it %s', async (_, code, happen) => {
    const [now, later] = await readBothWays(happen);
    expect(now).toMatchObject({ code });
    expect(now).toEqual(later);
  });
});
