/**
 * `npm run bench:plugin`: the executable as Grafana runs it, asked over its socket. Answers are compared with the command's
 * before any time is printed. Times are of this process's client, so they hold sending and decoding of the message as well.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { openCorpus, openDemoHours } from './corpus';
import { executable, startPlugin, type PluginProcess } from './plugin-process';
import { medianOf } from './report';

const small = process.argv.includes('--small');
const RUNS = small ? 1 : 9;
const COLD_RUNS = small ? 1 : 5;
const out = join(import.meta.dirname, 'out');
mkdirSync(out, { recursive: true });
const flat = await openCorpus(out, small ? 20_000 : 2_000_000);
const demo = await openDemoHours(out, small ? 1 : 50);

type Row = readonly [what: string, value: number, unit: string];

const rows = [
  ...(await measureCold('flat corpus', flat.folder)),
  ...(await measureCold('50 hours of the demo', demo.folder)),
  ...(await measureWarm()),
];
if (!small) {
  rows.forEach(([what, value, unit]) =>
    console.log(`${what.padEnd(48)} ${value.toFixed(value < 10 ? 2 : 0).padStart(8)} ${unit}`),
  );
}

/** A first question to a plugin that was just started, and the same to the command, as a process of its own, in turns. */
async function measureCold(name: string, folder: string): Promise<readonly Row[]> {
  const commandMs: number[] = [];
  const pluginMs: number[] = [];
  for (let run = 0; run < COLD_RUNS; run++) {
    const before = performance.now();
    const command = spawnSync(executable, ['table', folder, '--format', 'json', '--quiet'], { maxBuffer: 2 ** 28 });
    commandMs.push(performance.now() - before);
    const expected = (JSON.parse(command.stdout.toString()) as { totals: { flows: number } }).totals.flows;
    const plugin = await startPlugin(out, folder);
    try {
      await plugin.checkHealth();
      const { tookMs, frames } = await plugin.ask({ view: 'table' });
      pluginMs.push(tookMs);
      const found = tableFromIPC(frames[0]!)
        .getChild('flows')!
        .toArray()
        .reduce((sum: number, flows: number) => sum + flows, 0);
      if (found !== expected || found === 0) {
        throw new Error(`wrong answer over the ${name}: ${found} flows, the command says ${expected}`);
      }
    } finally {
      await plugin.stop();
    }
  }
  console.log(`The answers over the ${name} are the command's.`);
  return [
    [`${name}: command, table`, medianOf(commandMs), 'ms'],
    [`${name}: plugin, table, nothing kept`, medianOf(pluginMs), 'ms'],
    ['  ÷ command', medianOf(pluginMs) / medianOf(commandMs), '×'],
  ];
}

async function measureWarm(): Promise<readonly Row[]> {
  const plugin = await startPlugin(out, flat.folder);
  try {
    await plugin.checkHealth();
    const idleMb = plugin.memoryMb();
    await plugin.ask({ view: 'table' });
    const tableMs = await medianOfAsks(plugin, { view: 'table' });
    const graphMs = await medianOfAsks(plugin, { view: 'graph' });
    // While something is read for the first time, and while answers are made of what is kept.
    const duringScan = await healthDuring(plugin, plugin.ask({ view: 'series', keys: ['dstport', 'action'] }));
    const duringAnswers = await healthDuring(
      plugin,
      (async () => {
        for (let run = 0; run < RUNS; run++) {
          await plugin.ask({ view: 'graph' });
          await plugin.ask({ view: 'table' });
        }
      })(),
    );
    return [
      ['start, to the handshake line', plugin.startedMs, 'ms'],
      ['memory after the first health check', idleMb, 'MB'],
      ['plugin, table, digests kept', tableMs, 'ms'],
      ['plugin, graph, digests kept', graphMs, 'ms'],
      ['health check during a scan, median', medianOf(duringScan), 'ms'],
      ['health check during a scan, longest', Math.max(...duringScan), 'ms'],
      ['health check during answers, median', medianOf(duringAnswers), 'ms'],
      ['health check during answers, longest', Math.max(...duringAnswers), 'ms'],
      ['memory at the end', plugin.memoryMb(), 'MB'],
    ];
  } finally {
    await plugin.stop();
  }
}

async function medianOfAsks(plugin: PluginProcess, query: object): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    times.push((await plugin.ask(query)).tookMs);
  }
  return medianOf(times);
}

/** Health checks, one after the other, while something else is done. */
async function healthDuring(plugin: PluginProcess, work: Promise<unknown>): Promise<number[]> {
  let isOver = false;
  void work.finally(() => (isOver = true)).catch(() => undefined);
  const times: number[] = [];
  while (!isOver) {
    const before = performance.now();
    await plugin.ping();
    times.push(performance.now() - before);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await work;
  return times;
}
