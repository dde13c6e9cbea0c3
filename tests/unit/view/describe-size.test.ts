import { describeBytes, describeCount, describeExactly } from '../../../src/view/describe-size';

test.each([
  [0, '0 B', '0', '0'],
  [1, '1 B', '1', '1'],
  [999, '999 B', '999', '999'],
  [1000, '1 kB', '1k', '1,000'],
  [1234, '1.23 kB', '1.23k', '1,234'],
  [999_499, '999 kB', '999k', '999,499'],
  [999_999, '1 MB', '1M', '999,999'],
  [12_345_678, '12.3 MB', '12.3M', '12,345,678'],
  [1.5e9, '1.5 GB', '1.5G', '1,500,000,000'],
  [7e12, '7 TB', '7T', '7,000,000,000,000'],
  [4.321e18, '4320 PB', '4320P', '4,321,000,000,000,000,000'],
])('%d', (value, bytes, count, exact) => {
  expect([describeBytes(value), describeCount(value), describeExactly(value)]).toEqual([bytes, count, exact]);
});
