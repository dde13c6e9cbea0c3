/**
 * The ratios that are measured, and the bars that this project has set itself. Each is of one run on one machine, so they
 * can be compared where times cannot. "One core" is pinned: a runtime with threads of its own (a compiler, a garbage
 * collector) would otherwise get more than its opponent. What it gains without the pin is measured as well, without a bar.
 */

export type PartName = 'contestants' | 'scaling' | 'queries' | 's3' | 'plugin';

/** What is measured, and how it is judged. */
export interface Ratio {
  readonly id: RatioId;
  readonly part: PartName;
  readonly text: string;
  /** Only `×` is compared with an earlier run: milliseconds of another machine say nothing. */
  readonly unit: '×' | 'ms' | 'MB';
  readonly better: 'lower' | 'higher';
  /** The most, or the least, that it may be. Without it the value is recorded, and may only not get worse. */
  readonly bar?: number;
}

export type RatioId = keyof typeof DEFINITIONS;

/** Values by ratio; those that were not measured are missing. */
export type Ratios = Partial<Readonly<Record<RatioId, number>>>;

const lower = (part: PartName, text: string, bar?: number, unit: Ratio['unit'] = '×') => ({
  ...({ part, text, unit, better: 'lower' } as const),
  ...(bar !== undefined && { bar }),
});
const higher = (part: PartName, text: string, bar?: number) => ({
  ...({ part, text, unit: '×', better: 'higher' } as const),
  ...(bar !== undefined && { bar }),
});

const DEFINITIONS = {
  'one-core/gzip': lower('contestants', 'one core: time ÷ gzip -dc', 0.6),
  'one-core/duckdb': lower('contestants', 'one core: time ÷ DuckDB', 0.3),
  'one-core/go-vpcflow': lower('contestants', 'one core: time ÷ go-vpcflow', 0.12),
  'one-core/flowlogs-reader': lower('contestants', 'one core: time ÷ flowlogs_reader', 0.03),
  'one-core/igzip': lower('contestants', 'one core: time ÷ igzip, which only inflates'),
  'one-worker/gzip': lower('contestants', 'one worker, not pinned: time ÷ gzip -dc'),
  'one-worker/duckdb': lower('contestants', 'one worker, not pinned: time ÷ DuckDB on one thread'),
  'all-cores/gzip': lower('contestants', 'all cores: time ÷ gzip -dc on one'),
  'all-cores/duckdb': lower('contestants', 'all cores: time ÷ DuckDB'),
  'memory/corpus': lower('contestants', 'memory: peak over the corpus', 250, 'MB'),

  'cores/two': higher('scaling', 'two cores ÷ one: speed', 1.8),
  'cores/two-tenfold': higher('scaling', 'two cores ÷ one: speed over ten times the records', 1.8),
  'cores/workers': higher('scaling', 'two workers ÷ one, not pinned: speed', 1.7),
  'records/fewer': higher('scaling', 'a tenth of the records: records a second ÷ those of the corpus'),
  'records/tenfold': higher('scaling', 'ten times the records: records a second ÷ those of the corpus'),
  'memory/tenfold': lower('scaling', 'memory: peak over ten times the records', 250, 'MB'),
  'objects/small': higher(
    'scaling',
    '30,000 objects of 3 kB in a folder: records a second ÷ those of large objects',
    0.5,
  ),
  'objects/small-all': higher('scaling', 'the same on all cores'),
  'keys/few': higher('scaling', 'few groups: records a second ÷ those of the corpus'),
  'keys/many': higher('scaling', 'every record a group of its own: records a second ÷ those of the corpus'),

  'query/filter': lower('queries', 'a filter of five fields: time ÷ the default', 1.15),
  'query/key': lower('queries', 'another key: time ÷ the default', 1.15),
  'query/once': lower('queries', 'another key, each byte counted once: time ÷ the default'),
  'format/ipv6': higher('queries', 'IPv6: bytes of text a second ÷ those of IPv4', 0.7),
  'format/wide': higher('queries', '29 columns: bytes of text a second ÷ those of 14', 0.7),
  'format/parquet': higher('queries', '29 columns, Parquet ÷ gzip text: speed', 1.5),
  'format/parquet-bytes': lower('queries', '29 columns, Parquet ÷ gzip text: bytes read', 0.5),

  's3/small': higher('s3', '30,000 objects of 3 kB from a local S3 server: speed ÷ a plain parallel download', 0.8),
  's3/large': higher('s3', 'large objects from a local S3 server: speed ÷ a plain parallel download'),
  's3/small-bun': higher('s3', "30,000 objects of 3 kB from a local S3 server: speed ÷ a download by Bun's own client"),
  's3/large-bun': higher('s3', "large objects from a local S3 server: speed ÷ a download by Bun's own client"),

  'plugin/start': lower('plugin', 'start of the plugin', 200, 'ms'),
  'plugin/warm': lower('plugin', 'the same question again: time ÷ the first', 0.05),
  'plugin/warm-on': lower('plugin', 'the same question from then on: time ÷ the first'),
  'plugin/moved': lower('plugin', 'the range moved by a minute: time ÷ the first'),
  'plugin/new-object': lower('plugin', "a refresh after one new object: time ÷ that object's own", 2),
  'plugin/cold': lower('plugin', "the first question: time ÷ the command's"),
  'plugin/cold-demo': lower('plugin', "the first question over 50 hours of the demo: time ÷ the command's"),
} as const satisfies Record<string, Omit<Ratio, 'id'>>;

/** All ratios, part by part. */
export const RATIOS: readonly Ratio[] = Object.entries(DEFINITIONS).map(([id, ratio]) => ({
  id: id as RatioId,
  ...ratio,
}));

/** How much worse a ratio may be than the recorded one. */
export const TOLERANCE = 0.15;

export type Verdict = 'met' | 'missed' | 'no bar' | 'not measured';

/** What a value is by its bar. One that is not a number (nothing to divide by) has missed it. */
export function judge({ better, bar }: Ratio, value: number | undefined): Verdict {
  if (value === undefined) {
    return 'not measured';
  }
  if (bar === undefined) {
    return 'no bar';
  }
  return (better === 'lower' ? value <= bar : value >= bar) ? 'met' : 'missed';
}

/** What is wrong with the measured values, a line for each: bars that are missed, and what is worse than it was recorded. */
export function findFaults(measured: Ratios, recorded: Ratios): readonly string[] {
  return RATIOS.flatMap((ratio) => {
    const value = measured[ratio.id];
    const before = recorded[ratio.id];
    const faults: string[] = [];
    if (judge(ratio, value) === 'missed') {
      faults.push(`missed: ${ratio.text}: ${formatValue(ratio, value)}, the bar is ${formatBar(ratio)}`);
    }
    if (ratio.unit === '×' && value !== undefined && before !== undefined) {
      const isWorse = ratio.better === 'lower' ? value > before * (1 + TOLERANCE) : value < before * (1 - TOLERANCE);
      if (isWorse) {
        faults.push(`worse: ${ratio.text}: ${formatValue(ratio, value)}, recorded ${formatValue(ratio, before)}`);
      }
    }
    return faults;
  });
}

/** A value as it is printed. */
export function formatValue({ unit }: Ratio, value: number | undefined): string {
  if (value === undefined) {
    return '–';
  }
  return unit === '×' ? `${value.toFixed(Math.abs(value) < 0.1 ? 3 : 2)} ×` : `${value.toFixed(0)} ${unit}`;
}

/** A bar as it is printed; empty if there is none. */
export function formatBar({ better, bar, unit }: Ratio): string {
  return bar === undefined ? '' : `${better === 'lower' ? '≤' : '≥'} ${bar} ${unit}`;
}
