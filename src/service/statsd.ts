/**
 * The service's metrics to a statsd server as well, each as it happens, with tags as Datadog's agent reads them
 * (`name:value|type|#tag:value,…`). Datagrams that do not arrive are nobody's problem.
 */
import { createSocket } from 'node:dgram';
import type { ServiceMetrics } from './service-metrics';

export interface StatsdTarget {
  readonly host: string;
  readonly port: number;
}

export interface StatsdMetrics extends ServiceMetrics {
  close(): void;
}

type Tags = Readonly<Record<string, string | number>>;

/** The same metrics, which are sent besides. */
export function withStatsd(metrics: ServiceMetrics, { host, port }: StatsdTarget): StatsdMetrics {
  const socket = createSocket('udp4');
  // What is being served keeps the process; this alone would be no reason.
  socket.unref();
  socket.on('error', () => undefined);
  const send = (name: string, value: number, type: 'c' | 'ms', tags: Tags): void => {
    const text = Object.entries(tags).map(([tag, told]) => `${tag}:${String(told).replace(/[,|#\s]/g, '_')}`);
    socket.send(`vpcflow.${name}:${value}|${type}|#${text.join()}`, port, host, () => undefined);
  };
  return {
    ...metrics,
    countRequest(request) {
      metrics.countRequest(request);
      const { route, method, status, ms } = request;
      send('http.request', Math.round(ms), 'ms', { route, method, status });
    },
    countJob(ended) {
      metrics.countJob(ended);
      const { job, outcome, durationMs } = ended;
      send('jobs', 1, 'c', { kind: job.kind, outcome });
      if (outcome === 'made') {
        send('job.duration', Math.round(durationMs), 'ms', { kind: job.kind });
      }
    },
    countRequested(kind, outcome) {
      metrics.countRequested(kind, outcome);
      send('windows.requested', 1, 'c', { kind, outcome });
    },
    countRemoved(kind, files) {
      metrics.countRemoved(kind, files);
      send('files.removed', files, 'c', { kind });
    },
    close: () => socket.close(),
  };
}

/** `host:port` or `host`; 8125 is statsd's own. `undefined` for anything else. */
export function parseStatsdTarget(text: string): StatsdTarget | undefined {
  const [, host = '', port = '8125'] = /^([A-Za-z0-9.-]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  return host === '' || Number(port) < 1 || Number(port) > 65_535 ? undefined : { host, port: Number(port) };
}
