/** Ratios on a machine that gets slower and faster. */
import { divide } from '../../../../bench/part';
import { type Series, wallSecOf } from '../../../../bench/race';

const entry = {
  ...{ name: 'one', threads: 1, command: [] },
  corpus: { folder: '', files: [], records: 1, textBytes: 1, storedBytes: 1 },
};
const seriesOf = (...walls: readonly number[]): Series => ({
  entry,
  runs: walls.map((wallSec) => ({ wallSec, cpuSec: wallSec, peakBytes: 1, stdout: '' })),
});

test('what ran in the same round is compared', () => {
  // Half as long in each of them, while the machine is up to four times as slow.
  expect(divide(seriesOf(1, 4, 1), seriesOf(2, 8, 2), wallSecOf)).toBe(0.5);
  // One slow spell of one of them is no matter; medians by themselves would say 1.
  expect(divide(seriesOf(1, 4, 2, 4, 1), seriesOf(2, 2, 4, 8, 2), wallSecOf)).toBe(0.5);
});

test('rounds that only one of them ran do not count, and a single run is compared with the median', () => {
  expect(divide(seriesOf(1, 1, 9, 9), seriesOf(2, 2), wallSecOf)).toBe(0.5);
  expect(divide(seriesOf(1, 2, 4), seriesOf(8), wallSecOf)).toBe(0.25);
});

test('there is no ratio to what was not timed', () => {
  expect(divide(seriesOf(1), undefined, wallSecOf)).toBeUndefined();
  expect(divide(seriesOf(), seriesOf(1), wallSecOf)).toBeUndefined();
  expect(divide(seriesOf(1), seriesOf(), wallSecOf)).toBeUndefined();
});
