/** The executable as Grafana runs it: a process with a socket, and calls to it. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { credentials, makeGenericClientConstructor, type ServiceError } from '@grpc/grpc-js';
import type { PluginContext, QueryDataResponse } from '../src/plugin/messages';
import { SERVICES } from '../src/plugin/pluginv2';

export const executable = join(
  import.meta.dirname,
  `../dist/gpx_vpcflow_${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`,
);

export interface PluginProcess {
  /** From its start to its handshake. */
  readonly startedMs: number;
  /** Resident memory now, in MB. */
  memoryMb(): number;
  /** The health of the data source, which lists and reads. */
  checkHealth(): Promise<void>;
  /** The health of the process alone. */
  ping(): Promise<void>;
  /** The answer to a query, and the milliseconds it took. */
  ask(query: object): Promise<{ readonly tookMs: number; readonly frames: readonly Uint8Array[] }>;
  stop(): Promise<void>;
}

const { data, resource, diagnostics, controller } = SERVICES;
const Client = makeGenericClientConstructor({ ...data, ...resource, ...diagnostics, ...controller }, 'bench');

type Method = 'queryData' | 'checkHealth' | 'shutdown';
type Call = (request: object, done: (error: ServiceError | null, answer: unknown) => void) => void;

/** Starts a plugin whose data source reads that folder, which lies below `localRoot`. */
export async function startPlugin(localRoot: string, folder: string): Promise<PluginProcess> {
  const startMs = performance.now();
  const plugin = spawn(executable, [], {
    env: { grafana_plugin_type: 'datasource', GF_PLUGIN_LOCAL_ROOT: localRoot },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const line = await new Promise<string>((resolve) => createInterface(plugin.stdout).once('line', resolve));
  const startedMs = performance.now() - startMs;
  const client = new Client(`unix:${line.split('|')[3]!}`, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
  }) as unknown as Record<Method, Call> & { close(): void };
  const call = <T>(method: Method, request: object): Promise<T> =>
    new Promise((resolve, reject) =>
      client[method](request, (error, answer) => (error ? reject(error) : resolve(answer as T))),
    );
  const pluginContext: PluginContext = {
    ...{ orgId: 1, pluginId: '', pluginVersion: '', grafanaConfig: new Map(), userAgent: '', apiVersion: '' },
    namespace: '',
    dataSourceInstanceSettings: {
      ...{ id: 1, uid: 'bench', name: 'bench', url: '', user: '', database: '', apiVersion: '' },
      ...{ basicAuthEnabled: false, basicAuthUser: '', decryptedSecureJsonData: new Map(), lastUpdatedMs: 1 },
      jsonData: Buffer.from(JSON.stringify({ sources: [{ name: 'logs', location: folder }] })),
    },
  };
  return {
    startedMs,
    memoryMb: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${plugin.pid}/status`, 'utf8'))![1]) / 1024,
    checkHealth: () => call('checkHealth', { pluginContext, headers: new Map() }),
    ping: () => call('checkHealth', { headers: new Map() }),
    async ask(query) {
      const before = performance.now();
      const { responses } = await call<QueryDataResponse>('queryData', {
        pluginContext,
        headers: new Map(),
        queries: [
          {
            ...{ refId: 'A', queryType: '', maxDataPoints: 500, intervalMs: 1000 },
            json: Buffer.from(JSON.stringify(query)),
          },
        ],
      });
      const tookMs = performance.now() - before;
      const { error, frames = [] } = responses.get('A')!;
      if (error !== undefined && error !== '') {
        throw new Error(error);
      }
      return { tookMs, frames };
    },
    async stop() {
      await call('shutdown', {}).catch(() => undefined);
      client.close();
    },
  };
}
