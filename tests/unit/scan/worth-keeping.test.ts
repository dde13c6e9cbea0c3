/** A scan whose digests do not all fit the cache leaves room for others, and does not make what would be lost at once. */
import { createDigestCache } from '../../../src/scan/digest-cache';
import { runScan, type ScanResult } from '../../../src/scan/run-scan';
import { createWorkerPool } from '../../../src/scan/worker-pool';
import { logBytes, logKey, makeQuery } from './flow-logs';
import { createMemoryStore } from './memory-store';

const POOL = createWorkerPool({
  size: 0,
  createWorker: () => {
    throw new Error('no worker is needed');
  },
});
const OBJECTS = 400;
const BYTES_EACH = 8192;

const objects = (count: number, src: string): Record<string, Uint8Array> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      logKey('2026-01-15T10:00:00Z', { hash: `${src.replaceAll('.', '')}${i}` }),
      logBytes({ src, srcport: 1024 + i, bytes: i }),
    ]),
  );
const textOf = ({ answer }: ScanResult): string =>
  JSON.stringify(answer, (_, value: unknown) => (ArrayBuffer.isView(value) ? Object.values(value).map(String) : value));

function openCache(maxBytes: number) {
  const digests = createDigestCache({ maxBytes });
  const scan = (stored: Record<string, Uint8Array>) =>
    runScan(
      makeQuery({ keys: ['srcaddr', 'srcport'] }),
      [{ store: createMemoryStore(stored), prefix: '', keys: 'any' }],
      { pool: POOL, digests },
    );
  return { digests, scan };
}

test('what fits is kept, all of it', async () => {
  const { digests, scan } = openCache(OBJECTS * BYTES_EACH * 4);
  const stored = objects(OBJECTS, '10.0.0.1');
  const first = await scan(stored);
  expect(digests.counts().entries).toBeGreaterThanOrEqual(OBJECTS);
  const again = await scan(stored);
  expect(again.cachedObjects).toBe(OBJECTS);
  expect(textOf(again)).toBe(textOf(first));
});

test('of what does not fit as much is kept as leaves room for others, and found again', async () => {
  const maxBytes = (OBJECTS * BYTES_EACH) / 2;
  const { digests, scan } = openCache(maxBytes);
  const few = objects(20, '10.0.0.2');
  await scan(few);
  const stored = objects(OBJECTS, '10.0.0.1');
  const first = await scan(stored);
  expect(digests.counts().bytes).toBeLessThan(maxBytes * 0.75);
  for (let i = 0; i < 2; i++) {
    const again = await scan(stored);
    expect(again.cachedObjects).toBeGreaterThanOrEqual(64);
    expect(again.cachedObjects).toBeLessThan(OBJECTS);
    expect(textOf(again)).toBe(textOf(first));
  }
  expect((await scan(few)).cachedObjects).toBe(20);
});
