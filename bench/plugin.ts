/**
 * `npm run bench:plugin`: the executable as Grafana runs it, asked over its socket. Answers are compared with the command's
 * before any time is printed. Times are of this process's client, so they hold sending and decoding of the message as well.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeGenericClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { tableFromIPC } from 'apache-arrow';
import type { PluginContext, QueryDataResponse } from '../src/plugin/messages';
import { SERVICES } from '../src/plugin/pluginv2';
import { openCorpus } from './corpus';
import { medianOf } from './report';

const RUNS = 9;
const executable = join(
  import.meta.dirname,
  `../dist/gpx_vpcflow_${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`,
);
const small = process.argv.includes('--small');
const out = join(import.meta.dirname, 'out');
mkdirSync(out, { recursive: true });
const corpus = await openCorpus(out, small ? 20_000 : 2_000_000);

const startMs = performance.now();
const plugin = spawn(executable, [], {
  env: { grafana_plugin_type: 'datasource', GF_PLUGIN_LOCAL_ROOT: out },
  stdio: ['ignore', 'pipe', 'ignore'],
});
const line = await new Promise<string>((resolve) => createInterface(plugin.stdout).once('line', resolve));
const startedMs = performance.now() - startMs;
const address = line.split('|')[3]!;

const Client = makeGenericClientConstructor(
  { ...SERVICES.data, ...SERVICES.resource, ...SERVICES.diagnostics, ...SERVICES.controller },
  'bench',
);
type Call = (request: object, done: (error: ServiceError | null, answer: unknown) => void) => void;
const client = new Client(`unix:${address}`, (await import('@grpc/grpc-js')).credentials.createInsecure(), {
  'grpc.max_receive_message_length': -1,
}) as unknown as Record<'queryData' | 'checkHealth' | 'shutdown', Call> & { close(): void };

const pluginContext: PluginContext = {
  orgId: 1,
  pluginId: '',
  pluginVersion: '',
  grafanaConfig: new Map(),
  userAgent: '',
  apiVersion: '',
  namespace: '',
  dataSourceInstanceSettings: {
    ...{ id: 1, uid: 'bench', name: 'bench', url: '', user: '', database: '', apiVersion: '' },
    ...{ basicAuthEnabled: false, basicAuthUser: '', decryptedSecureJsonData: new Map(), lastUpdatedMs: 1 },
    jsonData: Buffer.from(JSON.stringify({ sources: [{ name: 'logs', location: corpus.folder }] })),
  },
};

function call<T>(method: 'queryData' | 'checkHealth' | 'shutdown', request: object): Promise<T> {
  return new Promise((resolve, reject) =>
    client[method](request, (error, answer) => (error ? reject(error) : resolve(answer as T))),
  );
}

/** The answer to a query over all of the corpus, and the milliseconds it took. */
async function ask(json: object): Promise<{ tookMs: number; frames: readonly Uint8Array[] }> {
  const query = {
    refId: 'A',
    queryType: '',
    maxDataPoints: 500,
    intervalMs: 1000,
    json: Buffer.from(JSON.stringify(json)),
  };
  const before = performance.now();
  const { responses } = await call<QueryDataResponse>('queryData', {
    pluginContext,
    headers: new Map(),
    queries: [query],
  });
  const tookMs = performance.now() - before;
  const { error, frames = [] } = responses.get('A')!;
  if (error !== undefined && error !== '') {
    throw new Error(error);
  }
  return { tookMs, frames };
}

async function medianOfAsks(json: () => object): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < (small ? 1 : RUNS); run++) {
    times.push((await ask(json())).tookMs);
  }
  return medianOf(times);
}

const memoryMb = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${plugin.pid}/status`, 'utf8'))![1]) / 1024;

try {
  await call('checkHealth', { pluginContext, headers: new Map() });
  const idleMb = memoryMb();

  // The same question to the command, as a process of its own.
  const commandBefore = performance.now();
  const command = spawnSync(executable, ['table', corpus.folder, '--format', 'json', '--quiet'], {
    maxBuffer: 2 ** 28,
  });
  const commandMs = performance.now() - commandBefore;
  const expected = (JSON.parse(command.stdout.toString()) as { totals: { flows: number } }).totals.flows;
  const cold = await ask({ view: 'table' });
  const found = tableFromIPC(cold.frames[0]!)
    .getChild('flows')!
    .toArray()
    .reduce((sum: number, flows: number) => sum + flows, 0);
  if (found !== expected || found !== corpus.records) {
    throw new Error(`wrong answer: ${found} flows, the command says ${expected}, there are ${corpus.records}`);
  }
  console.log(`The answer is the command's: ${found.toLocaleString('en')} flows.`);

  const warmMs = await medianOfAsks(() => ({ view: 'table' }));
  const graphMs = await medianOfAsks(() => ({ view: 'graph' }));
  /** Health checks, one after the other, while something else is done. */
  const healthDuring = async (work: Promise<unknown>): Promise<number[]> => {
    let isOver = false;
    void work.finally(() => (isOver = true)).catch(() => undefined);
    const times: number[] = [];
    while (!isOver) {
      const before = performance.now();
      await call('checkHealth', { headers: new Map() });
      times.push(performance.now() - before);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await work;
    return times;
  };
  // While something is being read for the first time, and while answers are made of what is kept.
  const duringScan = await healthDuring(ask({ view: 'series', keys: ['dstport', 'action'] }));
  const duringAnswers = await healthDuring(
    (async () => {
      for (let run = 0; run < (small ? 1 : RUNS); run++) {
        await ask({ view: 'graph' });
        await ask({ view: 'table' });
      }
    })(),
  );

  const rows: readonly (readonly [string, number, string])[] = [
    ['start, to the handshake line', startedMs, 'ms'],
    ['memory after the first health check', idleMb, 'MB'],
    ['command, table', commandMs, 'ms'],
    ['plugin, table, nothing kept', cold.tookMs, 'ms'],
    ['  ÷ command', cold.tookMs / commandMs, '×'],
    ['plugin, table, digests kept', warmMs, 'ms'],
    ['plugin, graph, digests kept', graphMs, 'ms'],
    ['health check during a scan, median', medianOf(duringScan), 'ms'],
    ['health check during a scan, longest', Math.max(...duringScan), 'ms'],
    ['health check during answers, median', medianOf(duringAnswers), 'ms'],
    ['health check during answers, longest', Math.max(...duringAnswers), 'ms'],
    ['memory at the end', memoryMb(), 'MB'],
  ];
  if (!small) {
    rows.forEach(([what, value, unit]) =>
      console.log(`${what.padEnd(40)} ${value.toFixed(value < 10 ? 2 : 0).padStart(8)} ${unit}`),
    );
  }
} finally {
  await call('shutdown', {}).catch(() => undefined);
  client.close();
}
