/** Digests of windows with more groups than memory may hold: every line of them, and facts of all of it. */
import { gunzipSync } from 'node:zlib';
import { createWorkerPool } from '../../../src/scan/worker-pool';
import { createJob } from '../../../src/service/job';
import { createDigestMaker } from '../../../src/service/make-digest';
import { logBytes, logKey, type RecordParts } from '../scan/flow-logs';
import { createMemoryStore } from '../scan/memory-store';

const TEN_MS = Date.parse('2026-01-15T10:00:00Z');

test('a digest of more rows than memory may hold is whole', async () => {
  const records = Array.from({ length: 3000 }, (_, i): RecordParts => ({
    src: `10.0.${i >> 8}.${i & 255}`,
    bytes: i,
    start: TEN_MS / 1000 + 5,
  }));
  const store = createMemoryStore(
    Object.fromEntries(
      [0, 1, 2].map((part) => [
        logKey(new Date(TEN_MS + part * 300_000).toISOString()),
        logBytes(...records.slice(part * 1000, part * 1000 + 1000)),
      ]),
    ),
  );
  const make = (maxKeys?: number) =>
    createDigestMaker({
      sources: [{ store, prefix: '', keys: 'aws' }],
      pool: createWorkerPool({
        size: 0,
        createWorker: () => {
          throw new Error('no worker is needed');
        },
      }),
      ...{ accounts: [], regions: [], maxKeys, settleMs: 0, withPacks: false, clock: () => TEN_MS + 7_200_000 },
    })(createJob('digest', { startMs: TEN_MS, stopMs: TEN_MS + 3_600_000 }), new AbortController().signal);
  const [small, whole] = [await make(700), await make()];
  expect(small.facts).toEqual(whole.facts);
  expect(small.facts).toMatchObject({ complete: true, rowCount: 3000, records: 3000, bytes: (2999 * 3000) / 2 });
  const linesOf = ({ bytes }: typeof whole): string[] => gunzipSync(bytes).toString().trimEnd().split('\n');
  expect(linesOf(small)).toEqual(linesOf(whole));
  expect(linesOf(whole)).toHaveLength(3000);
});
