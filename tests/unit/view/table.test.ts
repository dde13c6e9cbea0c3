import { buildTable } from '../../../src/view/table';
import { makeDigest } from '../../helpers/make-digest';

const digest = makeDigest({ keys: ['srcaddr', 'dstport', 'action'] }, [
  { srcaddr: '10.0.0.1', dstport: 443, action: 'ACCEPT', bytes: 100, packets: 1, flows: 2, start: 50, end: 60 },
  { srcaddr: '10.0.0.2', dstport: 22, action: 'REJECT', bytes: 300, packets: 5, start: 40, end: 90 },
  { srcaddr: '-', dstport: '-', action: '-', bytes: 100, packets: 2 },
  { srcaddr: 'fd00::1', dstport: 443, action: 'ACCEPT', bytes: 7, packets: 3, start: 10, end: 20 },
]);

test('the largest groups, then Other; equal ones in key order', () => {
  expect(buildTable(digest, { keys: ['srcaddr', 'dstport', 'action'], measures: ['bytes', 'flows'], top: 2 })).toEqual({
    columns: [
      { kind: 'address', name: 'srcaddr', values: ['10.0.0.2', null, null] },
      { kind: 'integer', name: 'dstport', values: [22, null, null] },
      { kind: 'text', name: 'action', values: ['REJECT', null, null] },
      { kind: 'sum', name: 'bytes', values: [300, 100, 107] },
      { kind: 'sum', name: 'flows', values: [1, 1, 3] },
      { kind: 'seconds', name: 'start', values: [40, null, 10] },
      { kind: 'seconds', name: 'end', values: [90, null, 60] },
    ],
    rowCount: 3,
    otherRow: 2,
    foldedGroups: 2,
    groupCount: 4,
  });
});

test('fewer keys than the digest has', () => {
  const table = buildTable(digest, { keys: ['action'], measures: ['packets'], top: 9 });
  expect(table.columns.slice(0, 2)).toEqual([
    { kind: 'text', name: 'action', values: ['REJECT', 'ACCEPT', null] },
    { kind: 'sum', name: 'packets', values: [5, 4, 2] },
  ]);
  expect(table.otherRow).toBeUndefined();
});

test('no keys: one total', () => {
  const table = buildTable(digest, { keys: [], measures: ['bytes'], top: 5 });
  expect(table.rowCount).toBe(1);
  expect(table.columns[0]).toEqual({ kind: 'sum', name: 'bytes', values: [507] });
});

test('time buckets do not split groups', () => {
  const bucketed = makeDigest({ keys: ['action'], buckets: true }, [
    { action: 'ACCEPT', bucket: 0, bytes: 1 },
    { action: 'ACCEPT', bucket: 60, bytes: 2 },
  ]);
  expect(buildTable(bucketed, { keys: ['action'], measures: ['bytes'], top: 5 }).columns[1]!.values).toEqual([3]);
});

test('the largest 64-bit key is not taken for a missing one', () => {
  const longs = makeDigest({ keys: ['end'] }, [{ end: 0xffffffff }, { end: '-' }]);
  expect(buildTable(longs, { keys: ['end'], measures: ['bytes'], top: 5 }).columns[0]!.values).toEqual([
    null,
    0xffffffff,
  ]);
});

describe('distinct values', () => {
  const scan = makeDigest({ keys: ['srcaddr', 'dstport', 'action'], buckets: true }, [
    { srcaddr: '10.0.0.1', dstport: 443, action: 'ACCEPT', bucket: 0, bytes: 900 },
    { srcaddr: '10.0.0.1', dstport: 443, action: 'REJECT', bucket: 60, bytes: 1 },
    { srcaddr: '10.0.0.9', dstport: 22, action: 'REJECT', bucket: 0, bytes: 1 },
    { srcaddr: '10.0.0.9', dstport: 22, action: 'REJECT', bucket: 60, bytes: 1 },
    { srcaddr: '10.0.0.9', dstport: 23, action: 'REJECT', bucket: 0, bytes: 1 },
    { srcaddr: '10.0.0.9', dstport: '-', action: 'REJECT', bucket: 0, bytes: 1 },
    { srcaddr: '10.0.0.5', dstport: 80, action: 'ACCEPT', bucket: 0, bytes: 5 },
  ]);

  test('are counted per group, whatever the time, and rank it', () => {
    const table = buildTable(scan, { keys: ['srcaddr'], distinct: ['dstport'], measures: ['bytes'], top: 2 });
    expect(table.columns.slice(0, 3)).toEqual([
      { kind: 'address', name: 'srcaddr', values: ['10.0.0.9', '10.0.0.1', null] },
      { kind: 'sum', name: 'distinct dstport', values: [3, 1, 1] },
      { kind: 'sum', name: 'bytes', values: [4, 901, 5] },
    ]);
  });

  test('of several fields are combinations', () => {
    const table = buildTable(scan, { keys: [], distinct: ['srcaddr', 'dstport'], measures: ['bytes'], top: 2 });
    expect(table.columns[0]).toEqual({ kind: 'sum', name: 'distinct srcaddr, dstport', values: [5] });
  });
});

test('nothing is an empty table', () => {
  const table = buildTable(makeDigest({ keys: ['action'] }, []), { keys: ['action'], measures: ['bytes'], top: 5 });
  expect(table).toMatchObject({ rowCount: 0, groupCount: 0, foldedGroups: 0, otherRow: undefined });
});
