/** Times as a table, and the ratios that this project has set itself. */
import { table, getBorderCharacters } from 'table';
import type { Corpus } from './contestant';
import type { Measurement } from './measure';

/** All timed runs of one contestant with one number of threads. */
export interface Series {
  readonly name: string;
  readonly threads: number;
  readonly corpus: Corpus;
  readonly runs: readonly Measurement[];
}

/** The middle value, or the mean of the two in the middle. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** The table of all series; the ratio is of times per record, so that corpora of different sizes can be compared. */
export function formatTimes(all: readonly Series[], yardstick: Series | undefined): string {
  const head = [
    'contestant',
    'threads',
    'wall s',
    'min–max',
    'CPU s',
    '× gzip -dc',
    'MB/s text',
    'records/s',
    'peak MB',
  ];
  const rows = all.map((series) => {
    const { name, threads, corpus, runs } = series;
    const walls = runs.map(({ wallSec }) => wallSec);
    const wallSec = medianOf(walls);
    return [
      name,
      String(threads),
      wallSec.toFixed(2),
      `${Math.min(...walls).toFixed(2)}–${Math.max(...walls).toFixed(2)}`,
      medianOf(runs.map(({ cpuSec }) => cpuSec)).toFixed(2),
      yardstick ? (secPerRecord(series) / secPerRecord(yardstick)).toFixed(2) : '',
      (corpus.textBytes / 1e6 / wallSec).toFixed(0),
      Math.round(corpus.records / wallSec).toLocaleString('en'),
      (peakBytesOf(series) / 1e6).toFixed(0),
    ];
  });
  return table([head, ...rows], {
    border: getBorderCharacters('void'),
    columnDefault: { paddingLeft: 0, paddingRight: 2, alignment: 'right' },
    columns: [{ alignment: 'left' }],
    drawHorizontalLine: () => false,
  });
}

/** What is to be reached, each with what was measured: `PASS` or `miss`. Without the series it needs, a line is left out. */
export function formatGoals(
  all: readonly Series[],
  readBytes: { readonly text?: number; readonly parquet?: number } = {},
): string {
  const find = (name: string, threads: number) => all.find((one) => one.name === name && one.threads === threads);
  const speedRatio = (fast: Series | undefined, slow: Series | undefined) =>
    fast && slow && secPerRecord(slow) / secPerRecord(fast);
  const one = find('vpcflow', 1);
  const two = find('vpcflow', 2);
  const peaks = [one, two].flatMap((series) => (series ? [peakBytesOf(series) / 1e6] : []));
  const goals: readonly { text: string; value: number | undefined; isMet: (value: number) => boolean }[] = [
    {
      text: 'throughput of one worker ÷ gzip -dc, ≥ 0.6',
      value: speedRatio(one, find('gzip -dc', 1)),
      isMet: (value) => value >= 0.6,
    },
    { text: 'throughput of two workers ÷ one, ≥ 1.7', value: speedRatio(two, one), isMet: (value) => value >= 1.7 },
    {
      text: 'the same over ten times the records, ≥ 1.7',
      value: speedRatio(find('vpcflow, ten times the records', 2), find('vpcflow, ten times the records', 1)),
      isMet: (value) => value >= 1.7,
    },
    {
      text: 'throughput of one worker ÷ flowlogs_reader, ≥ 10',
      value: speedRatio(one, find('flowlogs_reader', 1)),
      isMet: (value) => value >= 10,
    },
    {
      text: 'throughput of Parquet ÷ gzip text, 29 columns, ≥ 1.5',
      value: speedRatio(find('vpcflow, 29 columns, Parquet', 1), find('vpcflow, 29 columns', 1)),
      isMet: (value) => value >= 1.5,
    },
    {
      text: 'bytes read of Parquet ÷ gzip text, 29 columns, < 0.5',
      value: readBytes.text && readBytes.parquet && readBytes.parquet / readBytes.text,
      isMet: (value) => value < 0.5,
    },
    {
      text: 'peak memory in MB, < 350',
      value: peaks.length > 0 ? Math.max(...peaks) : undefined,
      isMet: (value) => value < 350,
    },
  ];
  return goals
    .flatMap(({ text, value, isMet }) =>
      value === undefined ? [] : [`${isMet(value) ? 'PASS' : 'miss'}  ${text}: ${value.toFixed(2)}`],
    )
    .join('\n');
}

function secPerRecord({ corpus, runs }: Series): number {
  return medianOf(runs.map(({ wallSec }) => wallSec)) / corpus.records;
}

function peakBytesOf({ runs }: Series): number {
  return Math.max(...runs.map(({ peakBytes }) => peakBytes));
}
