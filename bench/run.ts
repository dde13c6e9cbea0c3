/**
 * `npm run bench`: digests one corpus by this project's command and by its neighbours, each run in a process of its own.
 * All answers are compared before any time is printed; if one is wrong there are no times, and the exit status is 1.
 */
import { mkdirSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { type Answer, compareAnswers, multiplyAnswer } from './answer';
import type { Contestant, Corpus } from './contestant';
import { COPIES, openCorpus, openTenfold } from './corpus';
import { duckdb } from './duckdb';
import { flowlogsReader } from './flowlogs-reader';
import { gzip } from './gzip';
import { type Measurement, measureCommand } from './measure';
import { ours, readBytesOf, tenfold, wideParquet, wideText } from './ours';
import { computeReference } from './reference-digest';
import { type Series, formatGoals, formatTimes } from './report';
import { openWideCorpora } from './wide-corpus';

const CONTESTANTS: readonly Contestant[] = [gzip, ours, tenfold, wideText, wideParquet, duckdb, flowlogsReader];

interface Options {
  readonly records: number;
  readonly runs: number;
  readonly readerRecords?: number;
  readonly skip: readonly string[];
  readonly small?: boolean;
  readonly pin?: boolean;
}

const program = new Command('bench')
  .description('Compares answers, then speed. Corpora and Python packages are kept in bench/out.')
  .option('--records <number>', 'records of the corpus', parseCount, 2_000_000)
  .option('--runs <number>', 'timed runs, after one that checks the answer', parseCount, 5)
  .option('--reader-records <number>', 'a smaller corpus for flowlogs_reader only', parseCount)
  .option('--skip <name>', 'leave a contestant out; may be repeated', collect, [])
  .option('--pin', 'pin each run to as many cores as it has threads (needs taskset)')
  .option('--small', '20,000 records, answers only')
  .action(runBench);

await program.parseAsync().catch((thrown: unknown) => {
  program.error(`error: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
});

/** One contestant with one number of threads, and its corpus. */
interface Entry {
  readonly contestant: Contestant;
  readonly threads: number;
  readonly corpus: Corpus;
}

async function runBench({ records, runs, readerRecords, skip, small, pin }: Options): Promise<void> {
  const unknown = skip.filter((name) => CONTESTANTS.every((contestant) => contestant.name !== name));
  if (unknown.length > 0) {
    program.error(
      `error: no contestant ${unknown.join(', ')}; there are ${CONTESTANTS.map(({ name }) => name).join(', ')}`,
    );
  }
  // A busy neighbour takes a core away from whoever uses two, and nothing else in the table would show it.
  const loadBefore = loadavg()[0]!;
  const out = join(import.meta.dirname, 'out');
  mkdirSync(out, { recursive: true });
  const corpus = await openCorpus(out, small ? 20_000 : records);
  const readerCorpus = small || readerRecords === undefined ? corpus : await openCorpus(out, readerRecords);

  const isWide = [wideText, wideParquet].some(({ name }) => !skip.includes(name));
  const wide = isWide ? openWideCorpora(corpus) : undefined;
  const large = skip.includes(tenfold.name) ? undefined : openTenfold(corpus);
  const corpora = new Map([
    [flowlogsReader, readerCorpus],
    ...(large ? ([[tenfold, large]] as const) : []),
    ...(wide
      ? ([
          [wideText, wide.text],
          [wideParquet, wide.parquet],
        ] as const)
      : []),
  ]);

  const entries: Entry[] = [];
  for (const contestant of CONTESTANTS.filter(({ name }) => !skip.includes(name))) {
    contestant.prepare();
    for (const threads of contestant.threads) {
      entries.push({ contestant, threads, corpus: corpora.get(contestant) ?? corpus });
    }
  }

  const expected = new Map([...new Set([corpus, readerCorpus])].map((one) => [one, computeReference(one.files)]));
  // The same records with more columns.
  Object.values(wide ?? {}).forEach((one: Corpus) => expected.set(one, expected.get(corpus)!));
  if (large) {
    expected.set(large, multiplyAnswer(expected.get(corpus)!, COPIES));
  }
  const measure = ({ contestant, threads, corpus: own }: Entry) =>
    measureCommand(contestant.command(own, threads), {
      keepOutput: contestant.parse !== undefined,
      ...(pin ? { cores: threads } : {}),
    });

  // Every run is checked, not only the first: an answer that is wrong now and then is wrong.
  const checkedRun = (entry: Entry): Measurement => {
    const run = measure(entry);
    assertAnswer(entry, run, expected.get(entry.corpus)!);
    return run;
  };
  const warmUps = entries.map(checkedRun);
  const { groups, flows } = expected.get(corpus)!;
  console.log(`All answers are the same: ${flows.toLocaleString('en')} flows, ${groups.toLocaleString('en')} groups.`);
  if (small) {
    return;
  }

  const measured: Measurement[][] = entries.map(({ contestant }, index) =>
    contestant.runs === 1 ? [warmUps[index]!] : [],
  );
  // Round by round, so that a slow spell of the machine falls on all alike.
  for (let round = 0; round < runs; round++) {
    entries.forEach((entry, index) => {
      if (measured[index]!.length < Math.min(runs, entry.contestant.runs ?? runs)) {
        measured[index]!.push(checkedRun(entry));
      }
    });
  }

  const series: readonly Series[] = entries.map(({ contestant, threads, corpus: own }, index) => ({
    name: contestant.name,
    threads,
    corpus: own,
    runs: measured[index]!,
  }));
  const { textBytes, storedBytes, files } = corpus;
  console.log(
    `${corpus.records.toLocaleString('en')} records, ${files.length} objects, ${(textBytes / 1e6).toFixed(0)} MB text, ` +
      `${(storedBytes / 1e6).toFixed(0)} MB gzip; ${runs} runs, medians${pin ? ', pinned' : ''}; ` +
      `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${process.platform} ${process.arch}, load ${loadBefore.toFixed(1)} before the start\n`,
  );
  console.log(
    formatTimes(
      series,
      series.find(({ name }) => name === gzip.name),
    ),
  );
  const bytesOf = (contestant: Contestant): number | undefined => {
    const index = entries.findIndex((entry) => entry.contestant === contestant);
    return index < 0 ? undefined : readBytesOf(warmUps[index]!.stdout);
  };
  const readBytes = { text: bytesOf(wideText), parquet: bytesOf(wideParquet) };
  if (readBytes.text !== undefined && readBytes.parquet !== undefined) {
    const [text, parquet] = [readBytes.text, readBytes.parquet].map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`);
    console.log(`29 columns, bytes read: gzip text ${text}, Parquet ${parquet}\n`);
  }
  console.log(formatGoals(series, readBytes));
}

function assertAnswer({ contestant, threads }: Entry, { stdout }: Measurement, expected: Answer): void {
  if (!contestant.parse) {
    return;
  }
  const differences = compareAnswers(expected, contestant.parse(stdout));
  if (differences.length > 0) {
    program.error(`wrong answer of ${contestant.name} with ${threads} threads:\n  ${differences.join('\n  ')}`);
  }
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > 1e9) {
    throw new InvalidArgumentError('It must be a whole number from 1 to 1000000000.');
  }
  return count;
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}
