/** What a part of the benchmark is: some runs that belong together, the ratios that they give, and what is shown of them. */
import { availableParallelism } from 'node:os';
import type { PartName, RatioId, Ratios } from './bars';
import { type Series, medianOf, peakBytesOf, recordRateOf, wallSecOf } from './race';

/** What all parts are told. */
export interface Context {
  /** The folder of corpora and installed programs. */
  readonly out: string;
  /** Records of the corpus. */
  readonly records: number;
  /** Timed runs; 0 checks answers only. */
  readonly runs: number;
  /** What one-core runs are pinned to; undefined where they cannot be. */
  readonly cores: readonly number[] | undefined;
  /** The binary of go-vpcflow, if there is one. */
  readonly goVpcflow?: string;
  /** The gateway to S3, if it is not to be looked for. */
  readonly versitygw?: string;
}

/** Cells of a table, as text; the first row is the head. */
export interface Table {
  readonly title: string;
  readonly rows: readonly (readonly string[])[];
  /** What one has to know to read it. */
  readonly note?: string;
}

/** Bars of the plot, of one unit. */
export interface Chart {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly { readonly label: string; readonly value: number; readonly isOurs: boolean }[];
}

export interface PartResult {
  /** What answers were found to be right, a sentence each. */
  readonly checked: readonly string[];
  /** What could not take part, and why. */
  readonly skipped?: readonly string[];
  readonly ratios: Ratios;
  readonly tables: readonly Table[];
  readonly charts: readonly Chart[];
  /** Who took part, by name and version. */
  readonly versions?: readonly string[];
}

export interface Part {
  readonly name: PartName;
  /** Throws on a wrong answer. */
  readonly run: (context: Context) => Promise<PartResult>;
}

/** All cores that this process may use. */
export const ALL_CORES = availableParallelism();

/** Times of series as a table, in their order; `yardstick` adds a column of times per record relative to it. */
export function tableOfSeries(title: string, all: Iterable<Series>, yardstick?: Series, note?: string): Table {
  const secPerRecord = (series: Series): number => 1 / recordRateOf(series);
  const head = ['', 'threads', 'pinned to', 'wall s', 'min–max', 'CPU s'];
  head.push(...(yardstick ? [`× ${yardstick.entry.name}`] : []), 'MB/s text', 'M records/s', 'peak MB');
  const rows = Array.from(all, (series) => {
    const { entry, runs } = series;
    const walls = runs.map(({ wallSec }) => wallSec);
    return [
      entry.name,
      String(entry.threads),
      entry.pinnedTo === undefined ? '–' : `${entry.pinnedTo} core${entry.pinnedTo > 1 ? 's' : ''}`,
      wallSecOf(series).toFixed(2),
      `${Math.min(...walls).toFixed(2)}–${Math.max(...walls).toFixed(2)}`,
      medianOf(runs.map(({ cpuSec }) => cpuSec)).toFixed(2),
      ...(yardstick ? [divide(series, yardstick, secPerRecord)?.toFixed(2) ?? '–'] : []),
      (entry.corpus.textBytes / 1e6 / wallSecOf(series)).toFixed(0),
      (recordRateOf(series) / 1e6).toFixed(2),
      (peakBytesOf(series) / 1e6).toFixed(0),
    ];
  });
  return { title, rows: [head, ...rows], ...(note !== undefined && { note }) };
}

/** Records a second of series, for the plot; ours are those whose name begins with it. */
export function chartOfSeries(title: string, all: Iterable<Series>): Chart {
  const bars = Array.from(all, (series) => ({
    label: series.entry.threads > 1 ? `${series.entry.name}, ${series.entry.threads} threads` : series.entry.name,
    value: recordRateOf(series) / 1e6,
    isOurs: series.entry.name.startsWith('vpcflow'),
  }));
  return { title, unit: 'million records/s', bars };
}

/**
 * `of(a) ÷ of(b)`: the median of the rounds in which both ran, because a machine that is shared gets slower and faster from one
 * minute to the next. What ran but once is compared with the other's median. Undefined if one of them was not timed.
 */
export function divide(
  a: Series | undefined,
  b: Series | undefined,
  of: (series: Series) => number,
): number | undefined {
  if (!a || !b || a.runs.length === 0 || b.runs.length === 0) {
    return undefined;
  }
  const rounds = Math.min(a.runs.length, b.runs.length);
  if (rounds === 1) {
    return of(a) / of(b);
  }
  const inRound = ({ entry, runs }: Series, round: number): number => of({ entry, runs: [runs[round]!] });
  return medianOf(Array.from({ length: rounds }, (_, round) => inRound(a, round) / inRound(b, round)));
}

/** The ratios that have a value. */
export function definedRatios(ratios: Readonly<Partial<Record<RatioId, number | undefined>>>): Ratios {
  return Object.fromEntries(Object.entries(ratios).filter(([, value]) => value !== undefined));
}

/** The largest resident set of several series in MB, or undefined if none was timed. */
export function peakMbOf(all: readonly Series[]): number | undefined {
  const timed = all.filter(({ runs }) => runs.length > 0);
  return timed.length > 0 ? Math.max(...timed.map(peakBytesOf)) / 1e6 : undefined;
}
