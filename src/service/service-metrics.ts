/** The service's metrics as Prometheus text: the process, requests, jobs and what waits. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ProductKind } from './window';
import type { EndedJob } from './work-queue';

export interface ServiceMetrics {
  countRequest(request: {
    readonly route: string;
    readonly method: string;
    readonly status: number;
    readonly ms: number;
  }): void;
  countJob(ended: EndedJob): void;
  countRequested(kind: ProductKind, outcome: string): void;
  countRemoved(kind: ProductKind, files: number): void;
  /** Everything, as Prometheus text 0.0.4. */
  print(): Promise<string>;
  readonly contentType: string;
}

/** Process metrics begin to be watched here. `readDepth` tells how many jobs wait, if anyone can. */
export function createServiceMetrics(readDepth: (kind: ProductKind) => Promise<number | undefined>): ServiceMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'vpcflow_' });
  const requests = new Histogram({
    name: 'vpcflow_http_request_duration_seconds',
    help: 'How long requests took, until the last byte of the answer.',
    labelNames: ['route', 'method', 'status'] as const,
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 60],
    registers,
  });
  const jobs = new Counter({
    name: 'vpcflow_jobs_total',
    help: 'Jobs that have ended, by how: made, exists, busy, failed, gave-up, handed-back.',
    labelNames: ['kind', 'outcome'] as const,
    registers,
  });
  const durations = new Histogram({
    name: 'vpcflow_job_duration_seconds',
    help: 'How long it took to make digests and graphs.',
    labelNames: ['kind'] as const,
    buckets: [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000],
    registers,
  });
  const newest = new Gauge({
    name: 'vpcflow_newest_window_end_seconds',
    help: 'The end of the newest window that this process has made, in Unix seconds: it stands still when work does.',
    labelNames: ['kind'] as const,
    registers,
  });
  const requested = new Counter({
    name: 'vpcflow_windows_requested_total',
    help: 'Windows asked for, by what came of it: queued, in-progress, exists.',
    labelNames: ['kind', 'outcome'] as const,
    registers,
  });
  const removed = new Counter({
    name: 'vpcflow_files_removed_total',
    help: 'Stored files removed because they were past the retention.',
    labelNames: ['kind'] as const,
    registers,
  });
  new Gauge({
    name: 'vpcflow_jobs_waiting',
    help: 'Jobs that wait, where the queue can tell.',
    labelNames: ['kind'] as const,
    registers,
    async collect() {
      for (const kind of ['digest', 'graph'] as const) {
        const depth = await readDepth(kind).catch(() => undefined);
        if (depth !== undefined) {
          this.set({ kind }, depth);
        }
      }
    },
  });
  const newestSec: Record<ProductKind, number> = { digest: 0, graph: 0 };
  return {
    countRequest: ({ route, method, status, ms }) => requests.observe({ route, method, status }, ms / 1000),
    countJob({ job: { kind, window }, outcome, durationMs }) {
      jobs.inc({ kind, outcome });
      if (outcome === 'made') {
        durations.observe({ kind }, durationMs / 1000);
        newestSec[kind] = Math.max(newestSec[kind], window.stopMs / 1000);
        newest.set({ kind }, newestSec[kind]);
      }
    },
    countRequested: (kind, outcome) => requested.inc({ kind, outcome }),
    countRemoved: (kind, files) => removed.inc({ kind }, files),
    print: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
