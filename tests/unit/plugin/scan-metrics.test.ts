import { Registry } from 'prom-client';
import { createScanMetrics } from '../../../src/plugin/scan-metrics';
import { normaliseScanQuery } from '../../../src/query/normalise';
import { runScan } from '../../../src/scan/run-scan';
import { logKey, logText, recordLine } from '../scan/flow-logs';
import { createInProcessPool } from '../scan/in-process-worker';
import { createMemoryStore } from '../scan/memory-store';

/** The samples of these names as Prometheus reads them. */
async function samplesOf(registry: Registry, ...names: readonly string[]): Promise<readonly string[]> {
  const text = await registry.metrics();
  return text.split('\n').filter((line) => names.some((name) => line.startsWith(`vpcflow_${name}`)));
}

test('a scan that is held shows what it has under way and what waits, and nothing of it once it has ended', async () => {
  const registry = new Registry();
  const metrics = createScanMetrics(registry, Date.now);
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let asked = 0;
  // The threads say nothing until they are let go.
  const { pool } = createInProcessPool(2, {
    intercept: (request, worker) => {
      if (request.type !== 'whole' || asked >= 4) {
        return true;
      }
      asked++;
      void held.then(() => worker.postMessage(request));
      return false;
    },
  });
  metrics.watchQueue('digest', pool.load);
  const jobs = () => samplesOf(registry, 'queue_jobs{', 'scans_running ');
  const idle = [
    'vpcflow_scans_running 0',
    'vpcflow_queue_jobs{queue="digest",state="running"} 0',
    'vpcflow_queue_jobs{queue="digest",state="waiting"} 0',
  ];
  expect(await jobs()).toEqual(idle);

  const keys = Array.from({ length: 7 }, (_, index) => logKey('2026-01-15T10:00:00Z', { hash: `a${index}` }));
  // Too large to be handed over together.
  const large = Buffer.from(logText(Array.from({ length: 2000 }, () => recordLine())));
  const store = createMemoryStore(Object.fromEntries(keys.map((key) => [key, large])));
  const scan = metrics.measure(() =>
    runScan(
      normaliseScanQuery({ view: 'table' }, { nowMs: Date.UTC(2026, 0, 16) }),
      [{ store, prefix: '', keys: 'auto' }],
      { pool },
    ),
  );
  // The third one waits once all have been read; a scan that ends meanwhile was not held.
  let isOver = false;
  void scan.finally(() => (isOver = true));
  while (pool.load().waiting < 3 && !isOver) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await jobs()).toEqual([
    'vpcflow_scans_running 1',
    'vpcflow_queue_jobs{queue="digest",state="running"} 4',
    'vpcflow_queue_jobs{queue="digest",state="waiting"} 3',
  ]);
  release();
  expect((await scan).answer).toMatchObject({ digest: { tallies: { objects: 7 } } });
  expect(await jobs()).toEqual(idle);
  pool.close();
});
