/**
 * Metrics of queries and of what is read for them: scans, objects, bytes, records, errors by code, the queues of threads, and
 * the caches of all data sources.
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { answerTallies } from '../digest/digester';
import { FlowError, type FlowErrorCode } from '../errors';
import type { FlowQuery } from '../query/model';
import type { DigestCacheCounts } from '../scan/digest-cache';
import type { DigestFolderCounts } from '../scan/digest-folder';
import type { ScanResult } from '../scan/run-scan';
import type { PoolLoad } from '../scan/worker-pool';
import { METRIC_PREFIX } from './metrics';

/** Counts what queries come to. */
export interface QueryMetrics {
  /** Counts a query of that view (`unknown` if it names none); the outcome is `ok` or the code of its error. */
  countQuery(view: FlowQuery['view'] | 'unknown', outcome: 'ok' | FlowErrorCode): void;
}

export interface ScanMetrics extends QueryMetrics {
  /** Counts the scan, and what it read or why it failed. */
  measure(scan: () => Promise<ScanResult>): Promise<ScanResult>;
  /** Adds a cache to the gauges; the result takes it away again. */
  watchCache(counts: () => DigestCacheCounts): () => void;
  /** Shows what of digests is on disk. */
  watchFolder(counts: () => DigestFolderCounts): void;
  /** Shows the load of a queue of jobs under its name. */
  watchQueue(queue: string, load: () => PoolLoad): void;
}

/** Registers the metrics. */
export function createScanMetrics(registry: Registry, clock: () => number): ScanMetrics {
  const registers = [registry];
  const counter = <Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter<Label>({ name: `${METRIC_PREFIX}${name}`, help, labelNames, registers });
  const queries = counter('queries_total', 'Queries that have been answered, or failed.', ['view', 'outcome']);
  const scans = counter('scans_total', 'Scans for queries that have ended.', ['outcome']);
  const objects = counter('scan_objects_total', 'Objects that counted, by where they came from.', ['from']);
  const bytes = counter('scan_stored_bytes_total', 'Stored bytes of those objects.');
  const records = counter('scan_records_total', 'Records by what became of them.', ['outcome']);
  const problems = counter('scan_problems_total', 'Objects and listings that could not be read, by error code.', [
    'code',
  ]);
  const running = new Gauge({ name: `${METRIC_PREFIX}scans_running`, help: 'Scans under way.', registers });
  const durations = new Histogram({
    name: `${METRIC_PREFIX}scan_duration_seconds`,
    help: 'How long scans took.',
    buckets: [0.03, 0.1, 0.3, 1, 3, 10, 30, 100],
    registers,
  });
  const caches = new Set<() => DigestCacheCounts>();
  let folder: (() => DigestFolderCounts) | undefined;
  const inMemory = (member: keyof DigestCacheCounts): number =>
    [...caches].reduce((sum, counts) => sum + counts()[member], 0);
  /** `member` of the folder's counts, and of the caches' where they have it. */
  const watchDigests = (member: keyof DigestFolderCounts, help: string, ofCaches?: keyof DigestCacheCounts): void => {
    new Gauge({
      name: `${METRIC_PREFIX}digest_cache_${member}`,
      help,
      labelNames: ['level'] as const,
      registers,
      collect() {
        if (ofCaches) {
          this.set({ level: 'memory' }, inMemory(ofCaches));
        }
        if (folder) {
          this.set({ level: 'disk' }, folder()[member]);
        }
      },
    });
  };
  watchDigests('bytes', 'Bytes of kept digests, in memory and on disk.', 'bytes');
  watchDigests('entries', 'Kept digests.', 'entries');
  watchDigests('hits', 'Digests that were there when asked for, in the caches that are open.', 'hits');
  watchDigests('misses', 'Digests that were not there; disk is asked for what is not in memory.', 'misses');
  watchDigests('errors', 'Reads and writes that failed, and damaged records.');
  watchDigests('dropped', 'Digests that were not stored: too many at a time, or no room to write to.');
  const queues = new Map<string, () => PoolLoad>();
  new Gauge({
    name: `${METRIC_PREFIX}queue_jobs`,
    help: 'Jobs that threads have, and those that wait until a thread has room.',
    labelNames: ['queue', 'state'] as const,
    registers,
    collect() {
      for (const [queue, load] of queues) {
        const { running: busy, waiting } = load();
        this.set({ queue, state: 'running' }, busy);
        this.set({ queue, state: 'waiting' }, waiting);
      }
    },
  });

  const count = ({ answer, cachedObjects, stored, problems: { first, count: problemCount } }: ScanResult): void => {
    const tallies = answerTallies(answer);
    objects.inc({ from: 'cache' }, cachedObjects - (stored?.objects ?? 0));
    objects.inc({ from: 'stored' }, stored?.objects ?? 0);
    objects.inc({ from: 'store' }, Math.max(0, tallies.objects - cachedObjects));
    bytes.inc(tallies.storedBytes);
    for (const outcome of ['flows', 'filtered', 'otherTime', 'otherType', 'copies', 'noData', 'skipData'] as const) {
      records.inc({ outcome }, tallies[outcome]);
    }
    const { tooFewFields, tooManyFields, badValue, badStatus } = tallies;
    records.inc({ outcome: 'malformed' }, tooFewFields + tooManyFields + badValue + badStatus);
    first.forEach(({ code }) => problems.inc({ code }));
    if (problemCount > first.length) {
      problems.inc({ code: 'other' }, problemCount - first.length);
    }
  };
  return {
    countQuery: (view, outcome) => queries.inc({ view, outcome }),
    async measure(scan) {
      const startMs = clock();
      running.inc();
      try {
        const result = await scan();
        count(result);
        scans.inc({ outcome: result.partial ? 'partial' : 'whole' });
        return result;
      } catch (thrown) {
        scans.inc({ outcome: FlowError.from(thrown).code });
        throw thrown;
      } finally {
        running.dec();
        durations.observe((clock() - startMs) / 1000);
      }
    },
    watchCache(counts) {
      caches.add(counts);
      return () => caches.delete(counts);
    },
    watchFolder(counts) {
      folder = counts;
    },
    watchQueue: (queue, load) => void queues.set(queue, load),
  };
}
