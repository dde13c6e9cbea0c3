import { FlowError } from '../../../src/errors';
import { buildSeries } from '../../../src/view/series';
import { makeDigest } from '../../helpers/make-digest';

const digest = makeDigest({ keys: ['action', 'dstport'], buckets: true }, [
  { bucket: 120, action: 'ACCEPT', dstport: 443, bytes: 60, packets: 1 },
  { bucket: 240, action: 'ACCEPT', dstport: 443, bytes: 120, packets: 2 },
  { bucket: 120, action: 'REJECT', dstport: 22, bytes: 30, packets: 3 },
  { bucket: 180, action: 'REJECT', dstport: 23, bytes: 20, packets: 4 },
  { action: 'ACCEPT', dstport: 80, bytes: 1000, packets: 5, flows: 2 },
]);
const query = {
  keys: ['action', 'dstport'],
  measures: ['bytes'],
  top: 1,
  bucketSec: 60,
  fill: 'zero',
  unit: 'total',
} as const;

test('the largest groups over an axis without gaps, then Other; what has no time apart', () => {
  expect(buildSeries(digest, query)).toEqual({
    bucketSec: 60,
    unit: 'total',
    startSec: [120, 180, 240],
    series: [
      {
        kind: 'group',
        labels: { action: 'ACCEPT', dstport: '443' },
        groupCount: 1,
        measures: [{ measure: 'bytes', values: [60, 0, 120] }],
      },
      { kind: 'other', labels: {}, groupCount: 2, measures: [{ measure: 'bytes', values: [30, 20, 0] }] },
    ],
    withoutTime: { flows: 2, sums: [{ measure: 'bytes', sum: 1000 }] },
  });
});

test('rates, gaps and several measures', () => {
  const { series } = buildSeries(digest, {
    ...query,
    measures: ['packets', 'bytes'],
    top: 9,
    fill: 'null',
    unit: 'rate',
  });
  expect(series.map(({ labels, measures }) => [labels['dstport'], ...measures.map(({ values }) => values)])).toEqual([
    ['23', [null, 4 / 60, null], [null, 20 / 60, null]],
    ['443', [1 / 60, null, 2 / 60], [1, null, 2]],
    ['22', [3 / 60, null, null], [0.5, null, null]],
  ]);
});

test.each([
  ['the range decides the axis', { fromMs: 60_000, toMs: 300_000 }, [60, 120, 180, 240]],
  ['a range that begins and ends within buckets', { fromMs: 119_000, toMs: 300_001 }, [60, 120, 180, 240, 300]],
  ['a bucket outside the range is not lost', { fromMs: 180_000, toMs: 240_000 }, [120, 180, 240]],
])('%s', (_, range, startSec) => {
  expect(buildSeries(digest, { ...query, range }).startSec).toEqual(startSec);
});

test('buckets of the digest may be finer', () => {
  const { startSec, series } = buildSeries(digest, { ...query, keys: ['action'], top: 2, bucketSec: 180 });
  expect(startSec).toEqual([0, 180]);
  expect(series.map(({ measures }) => measures[0]!.values)).toEqual([
    [60, 120],
    [30, 20],
  ]);
});

test('a total of nothing is a series of zeros, or of nulls', () => {
  const empty = makeDigest({ keys: [], buckets: true }, []);
  const range = { fromMs: 0, toMs: 120_000 };
  const zeros = buildSeries(empty, { ...query, keys: [], range }).series;
  expect(zeros).toEqual([
    { kind: 'group', labels: {}, groupCount: 1, measures: [{ measure: 'bytes', values: [0, 0] }] },
  ]);
  const nulls = buildSeries(empty, { ...query, keys: [], range, fill: 'null' }).series;
  expect(nulls[0]!.measures[0]!.values).toEqual([null, null]);
  expect(
    buildSeries(makeDigest({ keys: ['action'], buckets: true }, []), { ...query, keys: ['action'] }).series,
  ).toEqual([]);
});

test('what cannot be built says so', () => {
  expect(() => buildSeries(makeDigest({ keys: [] }, []), { ...query, keys: [] })).toThrow(/no time buckets/);
  expect(() => buildSeries(digest, { ...query, keys: ['srcaddr'] })).toThrow(FlowError);
  const lost = makeDigest({ keys: [], buckets: true }, [{ bucket: 0 }, { bucket: 4_000_000_000 }]);
  expect(() => buildSeries(lost, { ...query, keys: [], bucketSec: 1 })).toThrow(
    expect.objectContaining({
      code: 'over-limit',
      message: expect.stringContaining('ask for wider buckets') as string,
    }),
  );
});
