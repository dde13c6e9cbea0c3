/**
 * `npm run bench:day`: a day of a large estate in a plugin that was just started, from what the service has stored and
 * without; then the same over a range that has moved. Answers are compared before any time is printed.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { openDay } from './corpora/day';
import { startPlugin, type PluginProcess } from './plugin-process';
import { createWorkerPool } from '../src/scan/worker-pool';
import { createPackAdder } from '../src/service/add-up-packs';
import { createFolderStorage } from '../src/service/folder-storage';
import { makePacks } from '../src/service/make-pack';
import { createDirectoryStore } from '../src/store/directory-store';

const small = process.argv.includes('--small');
const out = join(import.meta.dirname, 'out');
mkdirSync(out, { recursive: true });
const size = small ? { records: 60_000, keys: 6000, hours: 3 } : { records: 12_000_000, keys: 192_000, hours: 24 };
const day = await openDay(out, size);
const packs = join(day.folder, '..', 'stored-3');

/** What a dashboard asks over a day; the last is the picture of the network. */
const QUERIES: Readonly<Record<string, object>> = {
  'table by account and region': { view: 'table', keys: ['account-id', 'region'] },
  'series of REJECT': { view: 'series', keys: ['action'], filter: 'action = REJECT', bucketSec: '5m' },
  'top talkers': { view: 'table', keys: ['srcaddr', 'dstaddr', 'port', 'protocol', 'action'], top: 25 },
  'node graph': { view: 'graph' },
};

interface Asked {
  readonly tookMs: number;
  readonly cpuMs: number;
  /** Of the answer, but for how it came about. */
  readonly digest: string;
  /** From stored digests and from the cache. */
  readonly kept: string;
}

/** Milliseconds after the day's own range. */
async function ask(plugin: PluginProcess, query: object, laterMs = 0): Promise<Asked> {
  const fromMs = day.fromMs + laterMs;
  const range = {
    from: new Date(fromMs).toISOString(),
    to: new Date(fromMs + size.hours * 3_600_000).toISOString(),
  };
  const before = plugin.cpuSec();
  const { tookMs, frames } = await plugin.ask(day.folder, { ...query, range });
  const cpuMs = 1000 * (plugin.cpuSec() - before);
  const hash = createHash('sha256');
  let kept = '';
  for (const frame of frames) {
    const table = tableFromIPC(frame);
    const meta = JSON.parse(table.schema.metadata.get('meta') ?? '{}') as {
      stats?: readonly { displayName: string; value: number }[];
    };
    kept ||= (meta.stats ?? [])
      .flatMap(({ displayName, value }) =>
        /Objects from/.test(displayName) ? [`${displayName.slice(8)} ${value}`] : [],
      )
      .join(', ');
    hash.update(
      JSON.stringify(table.toArray(), (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    );
  }
  return { tookMs, cpuMs, digest: hash.digest('hex'), kept };
}

async function inPlugin<T>(settings: object, use: (plugin: PluginProcess) => Promise<T>): Promise<T> {
  const plugin = await startPlugin(out, settings);
  try {
    await plugin.checkHealth(day.folder);
    return await use(plugin);
  } finally {
    await plugin.stop();
  }
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const show = (what: string, { tookMs, cpuMs, kept }: Asked): void =>
  console.log(
    `${what.padEnd(56)} ${tookMs.toFixed(0).padStart(7)} ms ${cpuMs.toFixed(0).padStart(7)} ms CPU; objects ${kept}`,
  );

/** Stores what `vpcflow serve --packs` would for each hour of the day. */
async function storePacks(): Promise<void> {
  if (existsSync(packs)) {
    return;
  }
  const partial = `${packs}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const pool = createWorkerPool({
    size: 0,
    createWorker: () => {
      throw new Error('all is made in this thread');
    },
  });
  const sources = [{ store: createDirectoryStore({ root: day.folder }), prefix: '', keys: 'aws' as const }];
  const before = process.cpuUsage();
  for (let hour = 0; hour < size.hours; hour++) {
    const startMs = day.fromMs + hour * HOUR;
    const made = await makePacks(
      { startMs, stopMs: startMs + HOUR },
      { sources, pool, ...{ accounts: [], regions: [] }, clock: Date.now, signal: new AbortController().signal },
    );
    made!.files.forEach(({ name, bytes }) => writeFileSync(join(partial, name), bytes));
  }
  const signal = new AbortController().signal;
  await createPackAdder({ storage: createFolderStorage({ folder: partial }), pool, signal })();
  const { user, system } = process.cpuUsage(before);
  console.log(`Stored in ${((user + system) / 1e6).toFixed(1)} s CPU.`);
  renameSync(partial, packs);
}

await storePacks();
const bytes = new Map<string, number>();
for (const name of readdirSync(packs)) {
  const kind = name.slice(0, name.indexOf('_'));
  bytes.set(kind, (bytes.get(kind) ?? 0) + statSync(join(packs, name)).size);
}
console.log(
  `${day.records} records in ${day.objects} objects, ${mb(day.storedBytes)}; stored`,
  [...bytes].map(([kind, sum]) => `${kind} ${mb(sum)}`).join(', '),
);
const only = process.argv.find((arg) => arg.startsWith('--only='))?.slice('--only='.length);
const isStoredOnly = process.argv.includes('--stored-only');
for (const [name, query] of Object.entries(QUERIES)) {
  if (only !== undefined && !name.includes(only)) {
    continue;
  }
  const stored = await measure({ digestsAt: packs }, query);
  const raw = isStoredOnly ? stored : await measure({}, query);
  for (const [step, { digest }] of Object.entries(stored.asked)) {
    if (digest !== raw.asked[step]!.digest) {
      throw new Error(`wrong answer: ${name}, ${step}`);
    }
  }
  for (const [kind, { asked, memoryMb }] of Object.entries(isStoredOnly ? { stored } : { stored, raw })) {
    for (const [step, taken] of Object.entries(asked)) {
      show(`${name}, ${kind}, ${step}`, taken);
    }
    console.log(`  ${memoryMb.toFixed(0)} MB at the end`);
  }
}

/** A plugin that was just started, asked the same over the day and over ranges that begin later. */
async function measure(settings: object, query: object) {
  const unaligned = await inPlugin(settings, (plugin) => ask(plugin, query, 20 * MINUTE));
  return inPlugin(settings, async (plugin) => {
    const asked: Record<string, Asked> = { 'from 00:20 on, first': unaligned };
    for (const [step, laterMs] of [
      ['first', 0],
      ['again', 0],
      ['a minute later', MINUTE],
      ['an hour later', HOUR],
    ] as const) {
      asked[step] = await ask(plugin, query, laterMs);
    }
    return { asked, memoryMb: plugin.memoryMb() };
  });
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
