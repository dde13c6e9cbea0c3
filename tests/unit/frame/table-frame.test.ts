import { buildAlertTableFrame } from '../../../src/frame/alert-frames';
import { buildStatFrame } from '../../../src/frame/stat-frame';
import { buildTableFrame } from '../../../src/frame/table-frame';
import type { Measure } from '../../../src/query/model';
import { buildTable, type Table } from '../../../src/view/table';
import { makeDigest, type DigestRow } from '../../helpers/make-digest';
import { rowsOf, valuesOf } from './read-frame';

const KEYS = ['dstaddr', 'dstport', 'protocol'];
const ROWS: readonly DigestRow[] = [
  { dstaddr: '10.0.0.1', dstport: 443, protocol: 6, bytes: 2 ** 40, flows: 3, start: 100, end: 160 },
  { dstaddr: '10.0.0.2', dstport: 53, protocol: 17, bytes: 10, flows: 1, start: 90, end: 95 },
  { dstaddr: '10.0.0.3', dstport: 0, protocol: 200, bytes: 5, flows: 1 },
  { dstaddr: '-', dstport: '-', protocol: '-', bytes: 1, flows: 1 },
];

function tableOf(rows = ROWS, top = 10, measures: readonly [Measure, ...Measure[]] = ['bytes', 'flows']): Table {
  return buildTable(makeDigest({ keys: KEYS }, rows), { keys: KEYS, measures, top });
}

describe('a table', () => {
  const frame = buildTableFrame(tableOf());

  test('has keys as readable text, sums and times', () => {
    expect(rowsOf(frame)).toEqual([
      { dstaddr: '10.0.0.1', dstport: '443', protocol: 'tcp', bytes: 2 ** 40, flows: 3, start: 100, end: 160 },
      { dstaddr: '10.0.0.2', dstport: '53', protocol: 'udp', bytes: 10, flows: 1, start: 90, end: 95 },
      { dstaddr: '10.0.0.3', dstport: '0', protocol: '200', bytes: 5, flows: 1, start: null, end: null },
      { dstaddr: '-', dstport: '-', protocol: '-', bytes: 1, flows: 1, start: null, end: null },
    ]);
  });

  test('has types, units and filters by column', () => {
    expect(frame.meta).toEqual({ preferredVisualisationType: 'table' });
    expect(frame.fields.map(({ name, type, config }) => [name, type, config])).toEqual([
      ['dstaddr', 'string', { filterable: true }],
      ['dstport', 'string', { filterable: true }],
      ['protocol', 'string', { filterable: true }],
      ['bytes', 'float64', { unit: 'decbytes' }],
      ['flows', 'float64', { unit: 'short' }],
      ['start', 'time', undefined],
      ['end', 'time', undefined],
    ]);
  });

  test('says how many groups Other is', () => {
    expect(rowsOf(buildTableFrame(tableOf(ROWS, 1)), 'dstaddr', 'dstport', 'bytes')).toEqual([
      { dstaddr: '10.0.0.1', dstport: '443', bytes: 2 ** 40 },
      { dstaddr: 'Other (3)', dstport: null, bytes: 16 },
    ]);
  });
});

describe('a table for rules', () => {
  const frame = buildAlertTableFrame(tableOf([...ROWS, { dstaddr: '10.0.0.4', bytes: 0 }]), { hasLogs: true });

  test('is text columns and one number, zeros too', () => {
    expect(frame.meta).toEqual({ type: 'numeric-long', typeVersion: [0, 1] });
    expect(frame.fields.map(({ name, type, nullable }) => [name, type, nullable === true])).toEqual([
      ['dstaddr', 'string', false],
      ['dstport', 'string', false],
      ['protocol', 'string', false],
      ['bytes', 'float64', false],
    ]);
    expect(rowsOf(frame).at(-1)).toEqual({ dstaddr: '10.0.0.4', dstport: '-', protocol: '-', bytes: 0 });
    const labels = rowsOf(frame, ...KEYS).map((row) => JSON.stringify(row));
    expect(new Set(labels).size).toBe(labels.length);
  });

  test('leaves out Other', () => {
    expect(valuesOf(buildAlertTableFrame(tableOf(ROWS, 2), { hasLogs: true }), 'dstaddr')).toEqual([
      '10.0.0.1',
      '10.0.0.2',
    ]);
  });

  test('without a group is one zero where logs came, and no data where none did', () => {
    expect(rowsOf(buildAlertTableFrame(tableOf([]), { hasLogs: true }))).toEqual([{ bytes: 0 }]);
    expect(buildAlertTableFrame(tableOf([]), { hasLogs: false })).toMatchObject({
      meta: { type: 'numeric-long' },
      fields: [],
    });
    expect(buildAlertTableFrame(tableOf(), { hasLogs: false }).fields).toEqual([]);
  });
});

test('totals are one row of numbers', () => {
  const frame = buildStatFrame({ bytes: 2 ** 53, flows: 7 });
  expect(frame.meta).toEqual({ type: 'numeric-wide', typeVersion: [0, 1] });
  expect(rowsOf(frame)).toEqual([{ bytes: 2 ** 53, flows: 7 }]);
  expect(frame.fields.map(({ config }) => config)).toEqual([{ unit: 'decbytes' }, { unit: 'short' }]);
});
