import { interpolateQuery } from '../../../src/query/interpolate-query';
import { knownVariables } from '../../helpers/variables';

const variables = knownVariables({
  account: ['111122223333', '444455556666'],
  everywhere: { all: ['eu-west-1', 'us-east-1'] },
  group: ['srcaddr', 'dstport'],
  top: '25',
  bucket: '5m',
  nodes: 'hosts',
  open: '',
  none: [],
  __interval: '30s',
});
const interpolate = (members: Record<string, unknown>, filters?: Parameters<typeof interpolateQuery>[2]) =>
  interpolateQuery<Record<string, unknown>>({ refId: 'A', ...members }, variables, filters);

test('entries of lists become all values, each once', () => {
  expect(interpolate({ accounts: ['$account', '111122223333', '999999999999'], keys: ['$group'] })).toEqual({
    refId: 'A',
    accounts: ['111122223333', '444455556666', '999999999999'],
    keys: ['srcaddr', 'dstport'],
  });
});

test('a place on All is not restricted, a list of fields on All is all of them', () => {
  expect(interpolate({ regions: ['$everywhere', 'eu-north-1'] })).toEqual({ refId: 'A' });
  expect(interpolate({ keys: ['$everywhere'] }).keys).toEqual(['eu-west-1', 'us-east-1']);
});

test('numbers, durations and choices may be variables', () => {
  expect(interpolate({ view: 'graph', top: '$top', bucketSec: '$bucket', nodes: '$nodes', expand: ['$open'] })).toEqual(
    { refId: 'A', view: 'graph', top: 25, bucketSec: '5m', nodes: 'hosts', expand: [] },
  );
  expect(interpolate({ top: '40' }).top).toBe(40);
  expect(interpolate({ bucketSec: '$__interval' }).bucketSec).toBe('30s');
});

test('an interval below a second is one second', () => {
  const reader = knownVariables({ __interval: '200ms' });
  expect(interpolateQuery({ refId: 'A', bucketSec: '$__interval' }, reader).bucketSec).toBe('1s');
});

test.each<[Record<string, unknown>, string]>([
  [{ accounts: ['$none'] }, 'cannot read accounts: $none: it has no value'],
  [{ accounts: ['$nobody'] }, 'cannot read accounts: $nobody: there is no such variable'],
  [{ top: '$nodes' }, 'cannot read top: $nodes must be a whole number, found hosts'],
  [{ bucketSec: '$group' }, 'cannot read bucketSec: $group must have one value, not 2'],
  [{ filter: 'dstport = $none' }, '$none has no value'],
])('%j is refused', (members, message) => {
  expect(() => interpolate(members)).toThrow(message);
});

test('ad-hoc filters are added to the filter, whatever it is', () => {
  const filters = [
    { key: 'dstport', operator: '=', value: '443' },
    { key: 'srcaddr', operator: '!=|', value: '', values: ['10.0.0.1', '10.0.0.2'] },
    { key: '', operator: '=', value: '' },
  ];
  const added = 'dstport = 443 and srcaddr not in (10.0.0.1, 10.0.0.2)';
  expect(interpolate({}, filters).filter).toBe(added);
  expect(interpolate({ filter: 'action = REJECT or bytes > 5' }, filters).filter).toBe(
    `(action = REJECT or bytes > 5) and ${added}`,
  );
  // However the filter is saved.
  expect(interpolate({ filter: null }, filters).filter).toBe(added);
  const tree = { type: 'test', field: 'action', op: '=', values: [{ type: 'text', text: 'REJECT' }] };
  expect(interpolate({ filter: tree }, filters).filter).toBe(`action = REJECT and ${added}`);
  expect(() => interpolate({ filter: 7 }, filters)).toThrow('cannot read filter');
  // Completeness knows no records.
  expect(interpolate({ view: 'completeness' }, filters)).toEqual({ refId: 'A', view: 'completeness' });
});
