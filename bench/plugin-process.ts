/** The executable as Grafana runs it: a process with a socket, and calls to it. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { credentials, makeGenericClientConstructor, type ServiceError } from '@grpc/grpc-js';
import type { PluginContext, QueryDataResponse, QueryTimeRange } from '../src/plugin/messages';
import { SERVICES } from '../src/plugin/pluginv2';
import { EXECUTABLE } from './executable';

export interface PluginProcess {
  /** From its start to its handshake. */
  readonly startedMs: number;
  /** Resident memory now, in MB. */
  memoryMb(): number;
  /** Processor time so far, all threads, in seconds. */
  cpuSec(): number;
  /** The health of the data source of a folder, which lists and reads. */
  checkHealth(folder: string): Promise<void>;
  /** The health of the process alone. */
  ping(): Promise<void>;
  /** The answer of the data source of a folder to a query, and the milliseconds it took. */
  ask(folder: string, query: object, timeRange?: QueryTimeRange): Promise<PluginAnswer>;
  stop(): Promise<void>;
}

export interface PluginAnswer {
  readonly tookMs: number;
  readonly frames: readonly Uint8Array[];
}

const { data, resource, diagnostics, controller } = SERVICES;
const Client = makeGenericClientConstructor({ ...data, ...resource, ...diagnostics, ...controller }, 'bench');

type Method = 'queryData' | 'checkHealth' | 'shutdown';
type Call = (request: object, done: (error: ServiceError | null, answer: unknown) => void) => void;

/**
 * Starts a plugin that may read folders below `localRoot`, of which each is a data source of its own, with `settings` besides
 * its place.
 */
export async function startPlugin(localRoot: string, settings: object = {}): Promise<PluginProcess> {
  const startMs = performance.now();
  const plugin = spawn(EXECUTABLE, [], {
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
  const contextOf = (folder: string): PluginContext => ({
    ...{ orgId: 1, pluginId: '', pluginVersion: '', grafanaConfig: new Map(), userAgent: '', apiVersion: '' },
    namespace: '',
    dataSourceInstanceSettings: {
      ...{ id: 1, uid: folder, name: 'bench', url: '', user: '', database: '', apiVersion: '' },
      ...{ basicAuthEnabled: false, basicAuthUser: '', decryptedSecureJsonData: new Map(), lastUpdatedMs: 1 },
      jsonData: Buffer.from(JSON.stringify({ sources: [{ name: 'logs', location: folder }], ...settings })),
    },
  });
  return {
    startedMs,
    memoryMb: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${plugin.pid}/status`, 'utf8'))![1]) / 1024,
    cpuSec() {
      // The fields after the name in brackets; ticks are hundredths of a second.
      const fields = readFileSync(`/proc/${plugin.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
    checkHealth: (folder) => call('checkHealth', { pluginContext: contextOf(folder), headers: new Map() }),
    ping: () => call('checkHealth', { headers: new Map() }),
    async ask(folder, query, timeRange) {
      const before = performance.now();
      const { responses } = await call<QueryDataResponse>('queryData', {
        pluginContext: contextOf(folder),
        headers: new Map(),
        queries: [
          {
            ...{ refId: 'A', queryType: '', maxDataPoints: 500, intervalMs: 1000 },
            ...(timeRange && { timeRange }),
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
