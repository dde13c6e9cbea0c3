/**
 * The executable as Grafana runs it, asked over its socket: starting, a first question, and what it costs once digests are
 * kept. Times are of this process's client, so they hold sending and decoding of the message as well.
 */
import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { DEFAULT_FLAT_PLAN } from '../../tools/flat-corpus';
import { ours } from '../contestants/ours';
import { type Corpus, openCorpus, openDemoHours } from '../corpora/corpus';
import { EXECUTABLE } from '../executable';
import { type Part, type Table, definedRatios } from '../part';
import { type PluginAnswer, type PluginProcess, startPlugin } from '../plugin-process';
import { medianOf } from '../race';

/** A listing stands for so long (`listTtlMs` of `src/store/with-sharing.ts`), so a new object is not seen before. */
const LISTING_MS = 10_000;
const MINUTE_MS = 60_000;
const QUESTION = { view: 'table' };
const RANGE = {
  fromMs: DEFAULT_FLAT_PLAN.fromMs,
  toMs: DEFAULT_FLAT_PLAN.fromMs + DEFAULT_FLAT_PLAN.hours * 60 * MINUTE_MS,
};

type Row = readonly [what: string, value: number, unit: string];

export const pluginPart: Part = {
  name: 'plugin',
  async run({ out, records, runs }) {
    ours.prepare();
    const corpus = await openCorpus(out, { records });
    const demo = await openDemoHours(out, runs > 0 ? 50 : 1);
    const cold = await askCold(out, 'flat corpus', corpus.folder, Math.max(1, runs));
    const coldDemo = await askCold(out, 'hours of the demo', demo.folder, Math.max(1, runs));
    const refresh = await askAfterNewObjects(out, corpus, Math.max(1, runs));
    const health = await measureHealth(out, corpus.folder, Math.max(1, runs));
    const coldMs = medianOf(cold.pluginMs);
    const rows: readonly Row[] = [
      ['start, to the handshake line', medianOf(cold.startMs), 'ms'],
      ['flat corpus: the command', medianOf(cold.commandMs), 'ms'],
      ['flat corpus: first question', coldMs, 'ms'],
      ['flat corpus: the same question again', medianOf(cold.sameMs), 'ms'],
      ['flat corpus: from then on', medianOf(cold.onMs), 'ms'],
      ['flat corpus: the range moved by a minute', medianOf(cold.movedMs), 'ms'],
      ['an object alone: first question', medianOf(refresh.ownMs), 'ms'],
      ['flat corpus: after that object is new', medianOf(refresh.refreshMs), 'ms'],
      ['50 hours of the demo: the command', medianOf(coldDemo.commandMs), 'ms'],
      ['50 hours of the demo: first question', medianOf(coldDemo.pluginMs), 'ms'],
      ['50 hours of the demo: the same question again', medianOf(coldDemo.sameMs), 'ms'],
      ...health,
    ];
    return {
      checked: [
        'The answers of the plugin are those of the command: first, again, with a range moved, and after new objects.',
      ],
      ratios:
        runs === 0
          ? {}
          : definedRatios({
              'plugin/start': medianOf(cold.startMs),
              'plugin/cold': coldMs / medianOf(cold.commandMs),
              'plugin/cold-demo': medianOf(coldDemo.pluginMs) / medianOf(coldDemo.commandMs),
              'plugin/warm': medianOf(cold.sameMs) / coldMs,
              'plugin/warm-on': medianOf(cold.onMs) / coldMs,
              'plugin/moved': medianOf(cold.movedMs) / coldMs,
              // Of each object by itself: the two were asked for one after the other.
              'plugin/new-object': medianOf(refresh.refreshMs.map((ms, i) => ms / refresh.ownMs[i]!)),
            }),
      tables: [tableOfRows(rows)],
      charts: [],
    };
  },
};

interface ColdTimes {
  readonly startMs: readonly number[];
  readonly commandMs: readonly number[];
  /** The first question to a new plugin, the same again, the same from then on, and with its range moved. */
  readonly pluginMs: readonly number[];
  readonly sameMs: readonly number[];
  readonly onMs: readonly number[];
  readonly movedMs: readonly number[];
}

/** Questions to a plugin that was just started, and the first one to the command, as a process of its own, in turns. */
async function askCold(out: string, name: string, folder: string, runs: number): Promise<ColdTimes> {
  const times = { startMs: [], commandMs: [], pluginMs: [], sameMs: [], onMs: [], movedMs: [] } as Record<
    keyof ColdTimes,
    number[]
  >;
  const moved = { fromMs: RANGE.fromMs + MINUTE_MS, toMs: RANGE.toMs + MINUTE_MS };
  const movedFlows = askCommand(folder, moved).flows;
  for (let run = 0; run < runs; run++) {
    const { tookMs, flows } = askCommand(folder, RANGE);
    times.commandMs.push(tookMs);
    const plugin = await startPlugin(out);
    times.startMs.push(plugin.startedMs);
    try {
      await plugin.checkHealth(folder);
      const ask = async (range: typeof RANGE, expected: number): Promise<number> => {
        const answer = await plugin.ask(folder, QUESTION, range);
        assertFlows(name, answer, expected);
        return answer.tookMs;
      };
      times.pluginMs.push(await ask(RANGE, flows));
      times.sameMs.push(await ask(RANGE, flows));
      times.onMs.push(await ask(RANGE, flows), await ask(RANGE, flows), await ask(RANGE, flows));
      times.movedMs.push(await ask(moved, movedFlows));
    } finally {
      await plugin.stop();
    }
  }
  return times;
}

/**
 * A folder to which objects come one by one: the question after each, and a question over that object alone, as the first
 * of a data source of its own in the same process.
 */
async function askAfterNewObjects(
  out: string,
  corpus: Corpus,
  newCount: number,
): Promise<{ readonly refreshMs: readonly number[]; readonly ownMs: readonly number[] }> {
  const root = mkdtempSync(join(out, 'plugin-'));
  const live = join(root, 'live');
  const link = (folder: string, file: string): void => {
    const target = join(folder, relative(corpus.folder, file));
    mkdirSync(dirname(target), { recursive: true });
    linkSync(file, target);
  };
  const last = Math.max(1, corpus.files.length - newCount);
  corpus.files.slice(0, last).forEach((file) => link(live, file));
  const plugin = await startPlugin(out);
  try {
    await plugin.checkHealth(live);
    const before = await plugin.ask(live, QUESTION, RANGE);
    assertFlows('folder that grows', before, askCommand(live, RANGE).flows);
    // What runs for the first time is slow, for whichever question comes first.
    await askAlone(plugin, join(root, 'first'), corpus.files[0]!, link);
    const silence = () => new Promise((resolve) => setTimeout(resolve, LISTING_MS + 100));
    const refreshMs: number[] = [];
    const ownMs: number[] = [];
    for (const [index, file] of corpus.files.slice(last).entries()) {
      // After the same silence as the refresh below, for whatever goes to sleep.
      await silence();
      ownMs.push(await askAlone(plugin, join(root, `own-${index}`), file, link));
      link(live, file);
      await silence();
      const answer = await plugin.ask(live, QUESTION, RANGE);
      refreshMs.push(answer.tookMs);
      assertFlows('folder that grew', answer, askCommand(live, RANGE).flows);
    }
    return { refreshMs, ownMs };
  } finally {
    await plugin.stop();
    rmSync(root, { recursive: true, force: true });
  }
}

/** The time of the first question over one object. */
async function askAlone(
  plugin: PluginProcess,
  folder: string,
  file: string,
  link: (folder: string, file: string) => void,
): Promise<number> {
  link(folder, file);
  const answer = await plugin.ask(folder, QUESTION, RANGE);
  assertFlows('one object', answer, askCommand(folder, RANGE).flows);
  return answer.tookMs;
}

/** Health checks of the process while something is read for the first time, and while answers are made of what is kept. */
async function measureHealth(out: string, folder: string, rounds: number): Promise<readonly Row[]> {
  const plugin = await startPlugin(out);
  try {
    await plugin.checkHealth(folder);
    const idleMb = plugin.memoryMb();
    const duringScan = await healthDuring(
      plugin,
      plugin.ask(folder, { view: 'series', keys: ['dstport', 'action'] }, RANGE),
    );
    await plugin.ask(folder, QUESTION, RANGE);
    const duringAnswers = await healthDuring(
      plugin,
      (async () => {
        for (let round = 0; round < rounds; round++) {
          await plugin.ask(folder, { view: 'graph' }, RANGE);
          await plugin.ask(folder, QUESTION, RANGE);
        }
      })(),
    );
    return [
      ['health check during a scan, longest', Math.max(...duringScan), 'ms'],
      ['health check during answers, longest', Math.max(...duringAnswers), 'ms'],
      ['memory after the first health check', idleMb, 'MB'],
      ['memory at the end', plugin.memoryMb(), 'MB'],
    ];
  } finally {
    await plugin.stop();
  }
}

/** Health checks, one after the other, while something else is done; at least one. */
async function healthDuring(plugin: PluginProcess, work: Promise<unknown>): Promise<readonly number[]> {
  let isOver = false;
  void work.finally(() => (isOver = true)).catch(() => undefined);
  const times: number[] = [];
  do {
    const before = performance.now();
    await plugin.ping();
    times.push(performance.now() - before);
    await new Promise((resolve) => setTimeout(resolve, 5));
  } while (!isOver);
  await work;
  return times;
}

/** The command's answer to the same question, as a process of its own. */
function askCommand(
  folder: string,
  { fromMs, toMs }: typeof RANGE,
): { readonly tookMs: number; readonly flows: number } {
  const range = ['--from', new Date(fromMs).toISOString(), '--to', new Date(toMs).toISOString()];
  const before = performance.now();
  const { stdout } = spawnSync(EXECUTABLE, ['table', folder, ...range, '--format', 'json', '--quiet'], {
    maxBuffer: 2 ** 28,
  });
  const tookMs = performance.now() - before;
  return { tookMs, flows: (JSON.parse(stdout.toString()) as { totals: { flows: number } }).totals.flows };
}

function assertFlows(where: string, { frames }: PluginAnswer, expected: number): void {
  const flows = tableFromIPC(frames[0]!).getChild('flows');
  const found = flows?.toArray().reduce((sum: number, count: number) => sum + count, 0) as number | undefined;
  if (found !== expected || found === 0) {
    throw new Error(`wrong answer over the ${where}: ${found} flows, the command says ${expected}`);
  }
}

function tableOfRows(rows: readonly Row[]): Table {
  return {
    title: 'In the Grafana backend',
    rows: [['', ''], ...rows.map(([what, value, unit]) => [what, `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`])],
    note: 'Medians. An object alone is asked for in the same process, as the first question of a data source of its own.',
  };
}
