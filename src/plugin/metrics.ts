/**
 * The plugin's own metrics as Prometheus text: those of the process, those of the calls, and whatever else is registered.
 * Grafana shows them under `/metrics/plugins/<id>`.
 */
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

/** All names begin with this, process metrics included, so that they stand apart from Grafana's own where scraped together. */
export const METRIC_PREFIX = 'vpcflow_';

/** How a call ended: an HTTP status or a gRPC code's name. */
export interface EndedCall {
  readonly endpoint: string;
  readonly outcome: string;
  readonly durationMs: number;
}

/** Metrics of one process. */
export interface Metrics {
  /** Where others register theirs: `new Counter({ …, registers: [metrics.registry] })`. */
  readonly registry: Registry;
  countCall(call: EndedCall): void;
  /** An exception that nobody caught. */
  countUncaught(): void;
  /** Everything, as Prometheus text 0.0.4. */
  print(): Promise<string>;
}

/** Process metrics begin to be watched here. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: METRIC_PREFIX });
  const calls = new Counter({
    name: `${METRIC_PREFIX}calls_total`,
    help: 'Calls from Grafana that have ended.',
    labelNames: ['endpoint', 'outcome'] as const,
    registers: [registry],
  });
  const durations = new Histogram({
    name: `${METRIC_PREFIX}call_duration_seconds`,
    help: 'How long calls from Grafana took.',
    labelNames: ['endpoint'] as const,
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100],
    registers: [registry],
  });
  const uncaught = new Counter({
    name: `${METRIC_PREFIX}uncaught_exceptions_total`,
    help: 'Exceptions that nobody caught; each is a defect.',
    registers: [registry],
  });
  return {
    registry,
    countCall: ({ endpoint, outcome, durationMs }) => {
      calls.inc({ endpoint, outcome });
      durations.observe({ endpoint }, durationMs / 1000);
    },
    countUncaught: () => uncaught.inc(),
    print: () => registry.metrics(),
  };
}
