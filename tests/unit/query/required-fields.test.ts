import { normaliseQuery } from '../../../src/query/normalise';
import { filterNames, requiredFields } from '../../../src/query/required-fields';
import { parseFilter } from '../../../src/query/parse-filter';

const ALWAYS = ['start', 'end', 'log-status'];
const ADDED = ['bytes', 'packets'];

describe('requiredFields', () => {
  test.each([
    [{ view: 'table', keys: [], measures: ['flows'] }, [...ADDED, ...ALWAYS]],
    [{ view: 'table', keys: ['port', 'srcport'] }, ['srcport', 'dstport', ...ADDED, ...ALWAYS]],
    [
      { view: 'series', keys: ['`new-field`'], measures: ['packets-lost-no-route', 'packets'] },
      ['new-field', 'flow-direction', 'packets-lost-no-route', 'packets', 'bytes', ...ALWAYS],
    ],
    [
      {
        view: 'graph',
        keys: ['action'],
        filter: 'addr = 10.0.0.1 or not (port < 1 and action = ACCEPT) or aws-service = S3',
      },
      [
        'action',
        'srcaddr',
        'dstaddr',
        'srcport',
        'dstport',
        'pkt-src-aws-service',
        'pkt-dst-aws-service',
        ...ADDED,
        ...ALWAYS,
      ],
    ],
    [{ view: 'digest', keys: ['end'], filter: 'bytes > 5' }, ['end', 'bytes', 'packets', 'start', 'log-status']],
    [{ view: 'records' }, ALWAYS],
    [
      { view: 'records', fields: ['bytes', 'vpc-id'], filter: 'pkt-addr = -' },
      ['bytes', 'vpc-id', 'pkt-srcaddr', 'pkt-dstaddr', ...ALWAYS],
    ],
  ])('%j reads %j', (input, fields) => {
    expect(requiredFields(normaliseQuery(input, { nowMs: 0 }))).toEqual(fields);
  });
});

test('filterNames gives names as they stand', () => {
  expect(filterNames(parseFilter('not (addr = - and `x` = 1) or addr = -')!)).toEqual(['addr', 'x', 'addr']);
});
