import { findNearestName } from '../../../src/query/nearest-name';

describe('findNearestName', () => {
  const names = ['srcport', 'dstport', 'end', 'interface-id', 'interface-type', 'protocol', 'action'];
  test.each([
    ['dstprt', 'dstport'],
    ['sdtport', 'dstport'],
    ['DSTPORT', 'dstport'],
    ['interface_id', 'interface-id'],
    ['proto', 'protocol'],
    ['interface', 'interface-id'],
    ['acton', 'action'],
    ['xrcport', 'srcport'],
    ['bytes', undefined],
    ['', undefined],
    ['p', undefined],
    ['srcport'.repeat(20), undefined],
  ])('of %j is %j', (name, nearest) => {
    expect(findNearestName(name, names)).toBe(nearest);
  });

  test('is none without candidates', () => {
    expect(findNearestName('action', [])).toBeUndefined();
  });
});
