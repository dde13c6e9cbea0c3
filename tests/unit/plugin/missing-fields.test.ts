import fc from 'fast-check';
import { assertNotBlind, describeMissingColumns, describeMissingFields } from '../../../src/plugin/missing-fields';
import { compilePlan } from '../../../src/digest/plan';
import type { FlowError } from '../../../src/errors';
import type { RecordsQuery, ScanQuery } from '../../../src/query/model';
import { normaliseScanQuery } from '../../../src/query/normalise';
import { arbitraryDigestQuery, arbitraryRows } from '../digest/arbitrary-log';
import { digestOf } from '../digest/digest-text';

type Asked = Readonly<Record<string, unknown>>;
const queryOf = (asked: Asked): ScanQuery => normaliseScanQuery(asked, { nowMs: Date.UTC(2026, 0, 1) });

/** Four objects were read, of which as many lack the fields. */
const talliesOf = (missingFields: Readonly<Record<string, number>>, flows = 0) => ({
  objects: 4,
  missingFields,
  flows,
});

describe('a remark for each field that the query names and some objects lack', () => {
  test.each<[string, Asked, Readonly<Record<string, number>>, readonly string[]]>([
    [
      'a key, of one object',
      { view: 'table', keys: ['vpc-id'] },
      { 'vpc-id': 1 },
      ['the format of 1 object has no vpc-id: it counts as missing (-) there'],
    ],
    [
      'a filter',
      { view: 'stat', filter: 'reject-reason = BPA' },
      { 'reject-reason': 4 },
      ['the format of 4 objects has no reject-reason: no record there can meet the filter'],
    ],
    [
      'a filter that can be met without it, or because of that',
      { view: 'stat', filter: 'vpc-id != vpc-1 and (`tag` = a or dstport = 22)' },
      { tag: 4, 'vpc-id': 2 },
      [
        'the format of 2 objects has no vpc-id: it counts as missing (-) there',
        'the format of 4 objects has no tag: it counts as missing (-) there',
      ],
    ],
    [
      'counted values',
      { view: 'table', keys: ['srcaddr'], distinct: ['ecs-cluster-name'] },
      { 'ecs-cluster-name': 3 },
      ['the format of 3 objects has no ecs-cluster-name: it counts as one value (-) there'],
    ],
    [
      'what is added up',
      { view: 'stat', measures: ['packets-lost-blackhole'] },
      { 'packets-lost-blackhole': 3 },
      ['the format of 3 objects has no packets-lost-blackhole: nothing is added up there'],
    ],
    [
      'both fields of a name for either, and of the key port',
      { view: 'table', keys: ['port'], filter: 'pkt-addr = 10.0.0.1' },
      { srcport: 1, dstport: 1, 'pkt-srcaddr': 2, 'pkt-dstaddr': 2 },
      [
        'the format of 2 objects has no pkt-srcaddr: it counts as missing (-) there',
        'the format of 2 objects has no pkt-dstaddr: it counts as missing (-) there',
        'the format of 1 object has no srcport: it counts as missing (-) there',
        'the format of 1 object has no dstport: it counts as missing (-) there',
      ],
    ],
    [
      'both sides of one that no object has',
      { view: 'stat', filter: 'pkt-addr = 10.0.0.1' },
      { 'pkt-srcaddr': 4, 'pkt-dstaddr': 4 },
      ['pkt-srcaddr', 'pkt-dstaddr'].map(
        (name) => `the format of 4 objects has no ${name}: no record there can meet the filter`,
      ),
    ],
    [
      'the keys of a graph, if the query names them',
      { view: 'graph', keys: ['srcaddr', 'dstaddr', 'vpc-id'] },
      { 'vpc-id': 4 },
      ['the format of 4 objects has no vpc-id: it counts as missing (-) there'],
    ],
    ['not what a graph asks for by itself', { view: 'graph' }, { 'vpc-id': 4, 'subnet-id': 4 }, []],
    [
      'but what its filter names',
      { view: 'graph', filter: 'vpc-id = vpc-1' },
      { 'vpc-id': 4, 'subnet-id': 4 },
      ['the format of 4 objects has no vpc-id: no record there can meet the filter'],
    ],
    ['nothing that the query does not name', { view: 'stat', measures: ['flows'] }, { packets: 4, bytes: 4 }, []],
    [
      'the filter of records',
      { view: 'records', filter: 'vpc-id = vpc-1', fields: ['subnet-id'] },
      { 'vpc-id': 4 },
      ['the format of 4 objects has no vpc-id: no record there can meet the filter'],
    ],
  ])('%s', (_, asked, missingFields, expected) => {
    expect(describeMissingFields(queryOf(asked), talliesOf(missingFields))).toEqual(expected);
  });

  test('columns of records, told by the records', () => {
    const query = queryOf({ view: 'records', fields: ['srcaddr', 'vpc-id', 'action'] }) as RecordsQuery;
    const record = (columns: string[]) => ({ startSec: 1, line: '', columns });
    const records = [record(['srcaddr', 'action']), record(['srcaddr', 'vpc-id', 'action']), record(['srcaddr'])];
    expect(describeMissingColumns(query, records)).toEqual([
      'the format of 2 of the 3 records has no vpc-id',
      'the format of 1 of the 3 records has no action',
    ]);
    expect(describeMissingColumns(query, [])).toEqual([]);
  });
});

describe('a rule that could never tell anything fails', () => {
  const ABSENT = { 'vpc-id': 4, 'pkt-srcaddr': 4, 'pkt-dstaddr': 4, 'pkt-src-aws-service': 4, tag: 4, 'tcp-flags': 3 };
  const failureOf = (asked: Asked, missingFields: Readonly<Record<string, number>> = ABSENT, flows = 0) => {
    try {
      assertNotBlind(queryOf({ view: 'table', ...asked }), talliesOf(missingFields, flows), 'alert');
      return undefined;
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'bad-query' });
      return (thrown as FlowError).message;
    }
  };
  const why = (names: string) =>
    `no object of the time range has ${names} in its format, so an alert rule would never see a change`;

  test.each([
    ['vpc-id = vpc-1', 'vpc-id'],
    ['vpc-id in (a, b) and dstport = 22', 'vpc-id'],
    ['vpc-id ~ "*" and `tag` = x', 'vpc-id, tag'],
    ['not vpc-id != a', 'vpc-id'],
    ['not vpc-id = -', 'vpc-id'],
    ['vpc-id != -', 'vpc-id'],
    ['not (vpc-id = - or dstport = 22)', 'vpc-id'],
    ['vpc-id = a or `tag` = b', 'vpc-id, tag'],
    ['pkt-addr = 10.0.0.1', 'pkt-srcaddr, pkt-dstaddr'],
    ['pkt-addr != -', 'pkt-srcaddr, pkt-dstaddr'],
    // One side is known and the other is not, so one of them is always missing.
    ['aws-service != -', 'pkt-src-aws-service'],
  ])('by the filter %s', (filter, names) => {
    expect(failureOf({ filter })).toBe(`cannot meet the filter: ${why(names)}`);
  });

  test.each([
    'vpc-id = -',
    'vpc-id in (-, a)',
    'vpc-id != a',
    'not vpc-id = a',
    'vpc-id = a or dstport = 22',
    'not (vpc-id = a and dstport = 22)',
    'not (vpc-id = a or dstport = 22)',
    'pkt-addr = -',
    'pkt-addr != 10.0.0.1',
    'aws-service = S3',
    'aws-service = -',
    'dstport = 22',
    // Some objects have it.
    'tcp-flags = 2',
  ])('not by the filter %s', (filter) => {
    expect(failureOf({ filter })).toBeUndefined();
  });

  test('not where a record did meet the filter', () => {
    expect(failureOf({ filter: 'vpc-id = a' }, ABSENT, 1)).toBeUndefined();
  });

  test('by values that nothing has', () => {
    const keys = ['srcaddr'];
    expect(failureOf({ keys, distinct: ['vpc-id'] })).toBe(`cannot count distinct values: ${why('vpc-id')}`);
    expect(failureOf({ keys, distinct: ['vpc-id', 'dstport'] })).toBeUndefined();
    expect(failureOf({ keys: ['vpc-id'], distinct: ['dstport'] })).toBeUndefined();
  });

  test.each(['table', 'series', 'stat', 'events'])('by what %s adds up, if it is what the rule takes', (view) => {
    const lost = { 'packets-lost-blackhole': 4 };
    const measures = ['packets-lost-blackhole', 'bytes'];
    expect(failureOf({ view, measures }, lost)).toBe(`cannot add up: ${why('packets-lost-blackhole')}`);
    expect(failureOf({ view, measures: [...measures].reverse() }, lost)).toBeUndefined();
    expect(failureOf({ view, measures: ['flows'] }, { bytes: 4, packets: 4 })).toBeUndefined();
  });

  test('not where nothing was read', () => {
    const tallies = { objects: 0, missingFields: {}, flows: 0 };
    expect(() => assertNotBlind(queryOf({ view: 'stat', filter: 'vpc-id = a' }), tallies, 'expression')).not.toThrow();
  });

  test('by a filter only if no record of the log meets it', () => {
    let failed = 0;
    fc.assert(
      fc.property(arbitraryDigestQuery, arbitraryRows, (query, { columns, rows }) => {
        const text = [columns, ...rows].map((cells) => cells.join(' ')).join('\n') + '\n';
        const { tallies } = digestOf(compilePlan(query), text);
        let message = '';
        try {
          assertNotBlind(query, { ...tallies, flows: 0 }, 'alert');
        } catch (thrown) {
          message = String(thrown);
        }
        if (message.includes('meet the filter')) {
          failed++;
          expect(tallies.flows).toBe(0);
        }
      }),
      { numRuns: 200 },
    );
    expect(failed).toBeGreaterThan(3);
  });
});
