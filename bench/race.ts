/** Runs command lines against each other, each run in a process of its own, every answer checked. */
import type { Corpus } from './corpora/corpus';
import { type Measurement, measureCommand } from './measure';

/** A command line over a corpus, as it takes part. */
export interface Entry {
  readonly name: string;
  /** Threads that it was told to use. */
  readonly threads: number;
  /** Pinned to so many cores; otherwise the system may run it on all. */
  readonly pinnedTo?: number;
  readonly corpus: Corpus;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** How its standard output differs from the right answer; without it the output is thrown away (a yardstick). */
  readonly differences?: (stdout: string) => readonly string[];
  /** Timed runs when the usual number would take too long; with 1 the run that checks the answer counts. */
  readonly maxRuns?: number;
}

/** An entry and its timed runs. */
export interface Series {
  readonly entry: Entry;
  readonly runs: readonly Measurement[];
}

export interface RaceOptions {
  /** Timed runs of each; with 0 answers are checked and nothing is timed. */
  readonly runs: number;
  /** What entries are pinned to, best first (`findCores`); undefined pins nothing. */
  readonly cores: readonly number[] | undefined;
}

/**
 * Runs all entries once and then in rounds, so that a slow spell of the machine falls on all alike. Every run is checked, not
 * only the first: an answer that is wrong now and then is wrong. Throws on the first wrong answer.
 */
export function race<Id extends string>(
  entries: Readonly<Partial<Record<Id, Entry>>>,
  { runs, cores }: RaceOptions,
): ReadonlyMap<Id, Series> {
  const all = Object.entries(entries) as [Id, Entry][];
  const run = (entry: Entry): Measurement => {
    const { command, pinnedTo, environment, differences } = entry;
    const measurement = measureCommand(command, {
      keepOutput: differences !== undefined,
      ...(environment && { environment }),
      ...(pinnedTo !== undefined && cores && { cores: cores.slice(0, pinnedTo) }),
    });
    const found = differences?.(measurement.stdout) ?? [];
    if (found.length > 0) {
      throw new Error(`wrong answer of ${entry.name} with ${entry.threads} threads:\n  ${found.join('\n  ')}`);
    }
    return measurement;
  };
  const series = all.map(([id, entry]) => {
    const first = run(entry);
    return { id, entry, runs: entry.maxRuns === 1 && runs > 0 ? [first] : [] };
  });
  for (let round = 0; round < runs; round++) {
    for (const { entry, runs: done } of series) {
      if (done.length < Math.min(runs, entry.maxRuns ?? runs)) {
        done.push(run(entry));
      }
    }
  }
  return new Map(series.map(({ id, ...one }) => [id, one]));
}

/** The middle value, or the mean of the two in the middle. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** The median wall time of a run, in seconds. */
export function wallSecOf({ runs }: Series): number {
  return medianOf(runs.map(({ wallSec }) => wallSec));
}

/** Records a second, of the median run. */
export function recordRateOf(series: Series): number {
  return series.entry.corpus.records / wallSecOf(series);
}

/** Bytes of text a second, of the median run. */
export function byteRateOf(series: Series): number {
  return series.entry.corpus.textBytes / wallSecOf(series);
}

/** The largest resident set of all runs, in bytes. */
export function peakBytesOf({ runs }: Series): number {
  return Math.max(...runs.map(({ peakBytes }) => peakBytes));
}
