import { RATIOS, type Ratio, type RatioId, findFaults, formatValue, judge } from '../../../../bench/bars';

const ratioOf = (id: RatioId): Ratio => RATIOS.find((ratio) => ratio.id === id)!;

test('the bars are those that were set', () => {
  const bars = RATIOS.filter(({ bar }) => bar !== undefined).map(({ id, better, bar }) => `${id} ${better} ${bar}`);
  expect(bars).toEqual([
    'one-core/gzip lower 0.6',
    'one-core/duckdb lower 0.3',
    'one-core/go-vpcflow lower 0.12',
    'one-core/flowlogs-reader lower 0.03',
    'memory/corpus lower 250',
    'cores/two higher 1.8',
    'cores/two-tenfold higher 1.8',
    'cores/workers higher 1.7',
    'memory/tenfold lower 250',
    'objects/small higher 0.5',
    'query/filter lower 1.15',
    'query/key lower 1.15',
    'format/ipv6 higher 0.7',
    'format/wide higher 0.7',
    'format/parquet higher 1.5',
    'format/parquet-bytes lower 0.5',
    's3/small higher 0.8',
    'plugin/start lower 200',
    'plugin/warm lower 0.05',
    'plugin/new-object lower 2',
  ]);
});

test.each([
  ['one-core/gzip', 0.6, 'met'],
  ['one-core/gzip', 0.61, 'missed'],
  ['cores/two', 1.8, 'met'],
  ['cores/two', 1.79, 'missed'],
  ['cores/two', Number.NaN, 'missed'],
  ['one-core/gzip', Number.NaN, 'missed'],
  ['one-core/igzip', 9, 'no bar'],
  ['one-core/go-vpcflow', undefined, 'not measured'],
] as const)('%s of %d is %s', (id, value, verdict) => {
  expect(judge(ratioOf(id), value)).toBe(verdict);
});

describe('what is wrong', () => {
  test('every missed bar is named', () => {
    expect(findFaults({ 'one-core/gzip': 0.61, 'cores/two': 1.9, 'plugin/start': 201 }, {})).toEqual([
      'missed: one core: time ÷ gzip -dc: 0.61 ×, the bar is ≤ 0.6 ×',
      'missed: start of the plugin: 201 ms, the bar is ≤ 200 ms',
    ]);
  });

  test.each([
    ['one-core/igzip', 2, 2.29, []],
    ['one-core/igzip', 2, 2.31, ['worse: one core: time ÷ igzip, which only inflates: 2.31 ×, recorded 2.00 ×']],
    ['one-core/igzip', 2, 0.1, []],
    ['s3/large', 1, 0.86, []],
    [
      's3/large',
      1,
      0.84,
      ['worse: large objects from a local S3 server: speed ÷ a plain parallel download: 0.84 ×, recorded 1.00 ×'],
    ],
    ['s3/large', 1, 9, []],
  ] as const)('%s recorded as %d and now %d', (id, before, value, faults) => {
    expect(findFaults({ [id]: value }, { [id]: before })).toEqual(faults);
  });

  test('a ratio that misses its bar and got worse is named for both', () => {
    const faults = findFaults({ 'cores/two': 1.2 }, { 'cores/two': 1.9 });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual(['missed', 'worse']);
  });

  test('times and sizes are held to their bars alone, as another machine has others', () => {
    expect(
      findFaults({ 'plugin/start': 150, 'memory/corpus': 240 }, { 'plugin/start': 50, 'memory/corpus': 90 }),
    ).toEqual([]);
  });

  test('what was not measured is no fault, and neither is what was not recorded', () => {
    expect(findFaults({ 'cores/two': 1.9 }, { 'one-core/gzip': 0.5 })).toEqual([]);
  });
});

test.each([
  ['one-core/gzip', 0.567, '0.57 ×'],
  ['plugin/warm', 0.0213, '0.021 ×'],
  ['plugin/start', 87.4, '87 ms'],
  ['memory/corpus', 249.6, '250 MB'],
  ['cores/two', undefined, '–'],
] as const)('%s: %d is written as %s', (id, value, text) => {
  expect(formatValue(ratioOf(id), value)).toBe(text);
});
