import type { Corpus } from '../../../../bench/corpora/corpus';
import { chartOfSeries, divide, peakMbOf, tableOfSeries } from '../../../../bench/part';
import { plotCharts } from '../../../../bench/plot';
import { type Entry, type Series, recordRateOf } from '../../../../bench/race';
import { formatBars, formatResults, formatTables } from '../../../../bench/report';

const corpus: Corpus = { folder: '', files: [], records: 1000, textBytes: 2e6, storedBytes: 1 };
const seriesOf = (
  name: string,
  walls: readonly number[],
  more: Partial<Corpus> = {},
  how: Partial<Entry> = {},
): Series => ({
  entry: { name, threads: 1, corpus: { ...corpus, ...more }, command: [], ...how },
  runs: walls.map((wallSec) => ({ wallSec, cpuSec: wallSec / 2, peakBytes: wallSec * 1e8, stdout: '' })),
});
const cellsOf = (line: string): string[] =>
  line
    .split('|')
    .map((cell) => cell.trim())
    .slice(1, -1);

test('a row of the table of times', () => {
  const gzip = seriesOf('gzip -dc', [1]);
  const mine = seriesOf('vpcflow', [0.5, 2.5, 0.4], {}, { threads: 2, pinnedTo: 2 });
  expect(tableOfSeries('Title', [gzip, mine], gzip).rows[2]).toEqual([
    'vpcflow',
    '2',
    '2 cores',
    '0.50',
    '0.40–2.50',
    '0.25',
    '0.50',
    '4',
    '0.00',
    '250',
  ]);
});

test('the yardstick is compared per record, so that corpora of other sizes can be', () => {
  const gzip = seriesOf('gzip -dc', [1]);
  const [head, , row] = tableOfSeries('Title', [gzip, seriesOf('slow', [1], { records: 100 })], gzip).rows;
  expect(row![head!.indexOf('× gzip -dc')]).toBe('10.00');
});

test('what was not timed has no ratio', () => {
  expect(divide(seriesOf('a', [2]), seriesOf('b', [1]), recordRateOf)).toBe(0.5);
  expect(divide(seriesOf('a', [2]), seriesOf('b', []), recordRateOf)).toBeUndefined();
  expect(divide(undefined, seriesOf('b', [1]), recordRateOf)).toBeUndefined();
});

test('the peak is that of the worst run of all', () => {
  expect(peakMbOf([seriesOf('a', [1, 3, 2]), seriesOf('b', []), seriesOf('c', [2])])).toBe(300);
  expect(peakMbOf([seriesOf('b', [])])).toBeUndefined();
});

describe('the bars', () => {
  test('are all shown: met, missed, without a bar, and not measured', () => {
    const lines = formatBars({ 'one-core/gzip': 0.5, 'one-core/duckdb': 0.4, 'one-core/igzip': 3 }, ['contestants'])
      .split('\n')
      .map(cellsOf);
    expect(lines[0]).toEqual(['', 'bar', 'measured', '']);
    expect(lines.slice(2, 7)).toEqual([
      ['one core: time ÷ gzip -dc', '≤ 0.6 ×', '0.50 ×', 'met'],
      ['one core: time ÷ DuckDB', '≤ 0.3 ×', '0.40 ×', '**missed**'],
      ['one core: time ÷ go-vpcflow', '≤ 0.12 ×', '–', 'not measured'],
      ['one core: time ÷ flowlogs_reader', '≤ 0.03 ×', '–', 'not measured'],
      ['one core: time ÷ igzip, which only inflates', '', '3.00 ×', ''],
    ]);
  });

  test('of parts that did not run are not shown', () => {
    expect(formatBars({}, ['s3'])).toContain('S3');
    expect(formatBars({}, ['s3'])).not.toContain('gzip');
  });
});

describe('the record', () => {
  const machine = {
    machine: '2 × X',
    memory: '8 GiB',
    system: 'Y',
    runtime: 'Z',
    date: '2026-01-15',
    commit: 'abc',
    load: '0.1',
  };
  const result = {
    checked: [],
    skipped: ['go-vpcflow: no binary given'],
    ratios: {},
    tables: [
      {
        title: 'Times',
        rows: [
          ['', 's'],
          ['one', '2'],
        ],
        note: 'A note.',
      },
    ],
    charts: [],
    versions: ['DuckDB 2.0.0'],
  };

  test('tells of the machine, of who took part, and of what is missing', () => {
    const text = formatResults([result], { ratios: { 'cores/two': 1 }, machine, runs: 5, isPinned: true });
    expect(text).toContain('- machine: 2 × X\n');
    expect(text).toContain('- contestants: DuckDB 2.0.0\n');
    expect(text).toContain('- go-vpcflow: no binary given\n');
    expect(text).toContain('**missed**');
    expect(text).toContain('## Times\n\n|     |   s |\n| --- | --: |\n| one |   2 |\n\nA note.');
    expect(text).not.toContain('Nothing was pinned');
  });

  test('says so where one core could not be had', () => {
    expect(formatResults([result], { ratios: {}, machine, runs: 5, isPinned: false })).toContain('Nothing was pinned');
  });

  test('a table stands between its title and its note', () => {
    expect(formatTables(result.tables, '#').split('\n\n')).toEqual([
      '# Times',
      '|     |   s |\n| --- | --: |\n| one |   2 |',
      'A note.',
    ]);
  });
});

describe('the plot', () => {
  const fast = seriesOf('vpcflow, <all>', [1], { records: 4e6 });
  const slow = seriesOf('gzip -dc', [2], { records: 4e6 });
  const svg = plotCharts([chartOfSeries('One core', [fast, slow]), chartOfSeries('Other', [slow])]);

  test('has bars in proportion, the longest of each chart of full length', () => {
    const widths = [...svg.matchAll(/<rect class="(\w+)"[^>]* width="([\d.]+)"/g)].map(
      ([, kind, width]) => `${kind} ${width}`,
    );
    expect(widths).toEqual(['ours 460.0', 'other 230.0', 'other 460.0']);
  });

  test('names what it shows, with the values', () => {
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
    expect(texts).toEqual([
      'One core, million records/s',
      ...['vpcflow, &lt;all&gt;', '4.00', 'gzip -dc', '2.00'],
      'Other, million records/s',
      ...['gzip -dc', '2.00'],
    ]);
  });

  test('has a picture even of nothing', () => {
    expect(plotCharts([])).toMatch(/^<svg [^>]*viewBox="0 0 860 8"/);
  });
});
