import { buildAlertSeriesFrame } from '../../../src/frame/alert-frames';
import { buildSeriesFrames } from '../../../src/frame/series-frames';
import type { SeriesQuery } from '../../../src/query/model';
import { buildSeries, type SeriesSet } from '../../../src/view/series';
import { makeDigest, type DigestRow } from '../../helpers/make-digest';
import { fieldOf, valuesOf } from './read-frame';

const ROWS: readonly DigestRow[] = [
  { action: 'ACCEPT', protocol: 6, bucket: 60, bytes: 60, flows: 1 },
  { action: 'REJECT', protocol: 6, bucket: 180, bytes: 30, flows: 2 },
  { action: '-', protocol: 200, bucket: 120, bytes: 6, flows: 3 },
];

function seriesOf(query: Partial<SeriesQuery> = {}, rows = ROWS): SeriesSet {
  return buildSeries(makeDigest({ keys: ['action', 'protocol'], buckets: true }, rows), {
    keys: ['action'],
    measures: ['bytes', 'flows'],
    top: 10,
    bucketSec: 60,
    fill: 'zero',
    unit: 'total',
    range: { fromMs: 60_000, toMs: 240_000 },
    ...query,
  });
}

const noSeries = { rows: [], keys: ['action'] } as const;

describe('wide', () => {
  test('one frame: times that are never null, and a number per series and measure with its labels', () => {
    const [frame, ...others] = buildSeriesFrames(seriesOf());
    expect(others).toEqual([]);
    expect(frame!.meta).toMatchObject({ type: 'timeseries-wide', typeVersion: [0, 1] });
    expect(frame!.fields.map(({ name, type, labels, nullable }) => [name, type, labels, nullable === true])).toEqual([
      ['time', 'time', undefined, false],
      ['bytes', 'float64', { action: 'ACCEPT' }, false],
      ['flows', 'float64', { action: 'ACCEPT' }, false],
      ['bytes', 'float64', { action: 'REJECT' }, false],
      ['flows', 'float64', { action: 'REJECT' }, false],
      ['bytes', 'float64', { action: '-' }, false],
      ['flows', 'float64', { action: '-' }, false],
    ]);
    expect(frame!.fields.map(({ values }) => Array.from<unknown>(values as ArrayLike<unknown>))).toEqual([
      [60, 120, 180],
      [60, 0, 0],
      [1, 0, 0],
      [0, 0, 30],
      [0, 0, 2],
      [0, 6, 0],
      [0, 3, 0],
    ]);
  });

  test('gaps stay gaps', () => {
    const [frame] = buildSeriesFrames(seriesOf({ fill: 'null', measures: ['bytes'] }));
    expect(frame!.fields.slice(1).map(({ nullable, values }) => [nullable, values])).toEqual([
      [true, [60, null, null]],
      [true, [null, null, 30]],
      [true, [null, 6, null]],
    ]);
  });

  test('units and the colours of actions', () => {
    const configs = (query: Partial<SeriesQuery>): unknown =>
      buildSeriesFrames(seriesOf({ top: 2, ...query }))[0]!
        .fields.slice(1)
        .map(({ config }) => config);
    const green = { mode: 'fixed', fixedColor: '#56a64b' };
    const red = { mode: 'fixed', fixedColor: '#e02f44' };
    expect(configs({})).toEqual([
      { unit: 'decbytes', color: green },
      { unit: 'short', color: green },
      { unit: 'decbytes', color: red },
      { unit: 'short', color: red },
      { unit: 'decbytes', displayNameFromDS: 'bytes Other (1)' },
      { unit: 'short', displayNameFromDS: 'flows Other (1)' },
    ]);
    // Many series of one action would all look the same.
    expect(
      configs({ unit: 'rate', measures: ['bytes', 'packets', 'flows'], keys: ['action', 'protocol'], top: 1 }),
    ).toEqual([
      ...['Bps', 'pps', 'cps'].map((unit) => ({ unit })),
      ...['bytes', 'packets', 'flows'].map((measure, i) => ({
        unit: ['Bps', 'pps', 'cps'][i],
        displayNameFromDS: `${measure} Other (2)`,
      })),
    ]);
  });

  test('protocols by name', () => {
    const [frame] = buildSeriesFrames(seriesOf({ keys: ['protocol'], measures: ['bytes'] }));
    expect(frame!.fields.map(({ labels }) => labels)).toEqual([undefined, { protocol: 'tcp' }, { protocol: '200' }]);
  });

  test('nothing is a frame without fields', () => {
    const [frame] = buildSeriesFrames(seriesOf({}, noSeries.rows));
    expect(frame).toMatchObject({ meta: { type: 'timeseries-wide' }, fields: [] });
  });
});

test('multi: a frame per series and measure, each with the time and the type', () => {
  const frames = buildSeriesFrames(seriesOf(), 'multi');
  expect(frames).toHaveLength(6);
  for (const frame of frames) {
    expect(frame.meta).toMatchObject({ type: 'timeseries-multi', typeVersion: [0, 1] });
    expect(frame.fields).toHaveLength(2);
    expect(valuesOf(frame, 'time')).toEqual([60, 120, 180]);
  }
});

describe('for rules', () => {
  test('the first measure of each group, without Other', () => {
    const frame = buildAlertSeriesFrame(seriesOf({ top: 2 }), { hasLogs: true });
    expect(frame.meta).toMatchObject({ type: 'timeseries-wide', typeVersion: [0, 1] });
    expect(frame.fields.map(({ name, labels }) => [name, labels])).toEqual([
      ['time', undefined],
      ['bytes', { action: 'ACCEPT' }],
      ['bytes', { action: 'REJECT' }],
    ]);
  });

  test('no group is zero where logs came, and no data where none did', () => {
    const nothing = seriesOf({}, noSeries.rows);
    const zeros = buildAlertSeriesFrame(nothing, { hasLogs: true });
    expect(valuesOf(zeros, 'bytes')).toEqual([0, 0, 0]);
    expect(fieldOf(zeros, 'bytes').labels).toEqual({});
    expect(buildAlertSeriesFrame(nothing, { hasLogs: false }).fields).toEqual([]);
    expect(buildAlertSeriesFrame(seriesOf(), { hasLogs: false }).fields).toEqual([]);
  });
});
