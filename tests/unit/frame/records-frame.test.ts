import { buildAnnotationFrame } from '../../../src/frame/annotation-frame';
import { buildRecordsFrame } from '../../../src/frame/records-frame';
import { rowsOf, valuesOf } from './read-frame';

const columns = ['srcaddr', 'dstaddr', 'dstport', 'action'];
const record = (startSec: number, line: string): { startSec: number; line: string; columns: string[] } => ({
  startSec,
  line,
  columns,
});
const RECORDS = [
  record(1_767_225_600, '10.0.0.1 10.0.0.2 443 ACCEPT'),
  record(1_767_225_599, '10.0.0.1 10.0.0.2 22 REJECT'),
  record(-1, '10.0.0.1 - - -'),
];

describe('records are log lines', () => {
  const frame = buildRecordsFrame(RECORDS);

  test('of the type that the logs panel knows', () => {
    expect(frame.meta).toEqual({ type: 'log-lines', typeVersion: [0, 1], preferredVisualisationType: 'logs' });
    expect(frame.fields.map(({ name, type, nullable }) => [name, type, nullable === true])).toEqual([
      ['timestamp', 'time', false],
      ['body', 'string', false],
      ['severity', 'string', false],
      ['id', 'string', false],
      ['labels', 'json', false],
    ]);
  });

  test('with the line, what became of it, and its values by name', () => {
    expect(rowsOf(frame, 'timestamp', 'body', 'severity', 'labels')).toEqual([
      {
        timestamp: 1_767_225_600,
        body: '10.0.0.1 10.0.0.2 443 ACCEPT',
        severity: 'info',
        labels: { srcaddr: '10.0.0.1', dstaddr: '10.0.0.2', dstport: '443', action: 'ACCEPT' },
      },
      {
        timestamp: 1_767_225_599,
        body: '10.0.0.1 10.0.0.2 22 REJECT',
        severity: 'warning',
        labels: { srcaddr: '10.0.0.1', dstaddr: '10.0.0.2', dstport: '22', action: 'REJECT' },
      },
      { timestamp: 0, body: '10.0.0.1 - - -', severity: 'unknown', labels: { srcaddr: '10.0.0.1' } },
    ]);
  });

  test('or only with the columns that are asked for', () => {
    expect(rowsOf(buildRecordsFrame(RECORDS, { fields: ['dstport', 'vpc-id'] }), 'body', 'labels')[1]).toEqual({
      body: '22 -',
      labels: { dstport: '22' },
    });
  });

  test('each with an id of its own, the same in the next answer', () => {
    const [first, second] = RECORDS as [(typeof RECORDS)[0], (typeof RECORDS)[0]];
    const idsOf = (...records: typeof RECORDS): unknown[] => valuesOf(buildRecordsFrame(records), 'id');
    const ids = idsOf(first, second, first);
    expect(new Set(ids).size).toBe(3);
    expect(idsOf(second, first, first)).toEqual([ids[1], ids[0], ids[2]]);
  });
});

test('events are annotations', () => {
  const frame = buildAnnotationFrame([
    { id: 'a', startMs: 1000, endMs: 2000, title: 'REJECT burst', text: 'x', tags: ['reject', 'vpc-1'] },
    { id: 'b', startMs: 3000, title: 'new edge', text: '', tags: [] },
  ]);
  expect(rowsOf(frame)).toEqual([
    { time: 1000, timeEnd: 2000, title: 'REJECT burst', text: 'x', tags: 'reject,vpc-1', id: 'a' },
    { time: 3000, timeEnd: null, title: 'new edge', text: '', tags: '', id: 'b' },
  ]);
});
