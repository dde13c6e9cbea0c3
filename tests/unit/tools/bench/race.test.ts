import type { Corpus } from '../../../../bench/corpora/corpus';
import { type Entry, medianOf, race } from '../../../../bench/race';

const corpus: Corpus = { folder: '', files: [], records: 1, textBytes: 1, storedBytes: 1 };
const node = (script: string, more: Partial<Entry> = {}): Entry => ({
  ...{ name: script, threads: 1, corpus, command: [process.execPath, '-e', script] },
  ...more,
});
const isOne = (stdout: string): readonly string[] => (stdout === '1' ? [] : [`expected 1, got ${stdout}`]);

test.each([
  [[3], 3],
  [[3, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
])('the median of %j is %d', (values, median) => {
  expect(medianOf(values)).toBe(median);
});

test('runs everyone as often as asked, and slow ones less', () => {
  const one = node('process.stdout.write("1")', { differences: isOne });
  const series = race(
    { one, two: { ...one, maxRuns: 2 }, once: { ...one, maxRuns: 1 } },
    { runs: 3, cores: undefined },
  );
  expect([...series].map(([id, { runs }]) => [id, runs.length])).toEqual([
    ['one', 3],
    ['two', 2],
    ['once', 1],
  ]);
});

test('without timed runs every answer is still checked', () => {
  const right = node('process.stdout.write("1")', { differences: isOne });
  expect([...race({ right }, { runs: 0, cores: undefined }).values()].map(({ runs }) => runs)).toEqual([[]]);
  const wrong = node('process.stdout.write("2")', { differences: isOne, name: 'wrong' });
  expect(() => race({ right, wrong }, { runs: 0, cores: undefined })).toThrow(
    'wrong answer of wrong with 1 threads:\n  expected 1, got 2',
  );
});

test('an answer that is wrong in a later run is found', () => {
  let answers = 0;
  const entry = node('process.stdout.write("1")', { differences: () => (++answers === 3 ? ['the third'] : []) });
  expect(() => race({ entry }, { runs: 5, cores: undefined })).toThrow('the third');
});

test('a yardstick has no answer, and its output is not kept', () => {
  const series = race({ yardstick: node('process.stdout.write("x")') }, { runs: 1, cores: undefined });
  expect(series.get('yardstick')!.runs.map(({ stdout }) => stdout)).toEqual(['']);
});
