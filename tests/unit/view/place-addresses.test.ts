import { findKey, type AddressColumn } from '../../../src/digest/digest';
import { indexAddresses } from '../../../src/view/index-addresses';
import { groupByRange, placeAddresses } from '../../../src/view/place-addresses';
import { makeDigest, type DigestRow } from '../../helpers/make-digest';

/** Where each address is, as `outer/inner` labels. */
function place(keys: readonly string[], rows: readonly DigestRow[], prefix = ''): Readonly<Record<string, string>> {
  const [source, target] = [`${prefix}srcaddr`, `${prefix}dstaddr`];
  const digest = makeDigest({ keys: [source, target, ...keys] }, rows);
  const index = indexAddresses(findKey(digest, source) as AddressColumn, findKey(digest, target) as AddressColumn);
  const ids = Array.from({ length: index.count }, (_, id) => id);
  const placement = placeAddresses(digest, index, ids, prefix !== '');
  return Object.fromEntries(
    ids.map((id) => [
      index.text(id),
      [...(placement.get(id) ?? [])]
        .reverse()
        .map(({ label }) => label)
        .join(' / '),
    ]),
  );
}

const A = '10.1.0.1';
const B = '10.2.0.1';
const NET = '198.51.100.7';
const VPC = { 'vpc-id': 'vpc-a', 'subnet-id': 'subnet-a' };

test('direction says whose VPC it is', () => {
  const keys = ['flow-direction', 'vpc-id', 'subnet-id'];
  const placed = { [A]: 'vpc-a / subnet-a', [B]: '10.2.0.0/16' };
  expect(place(keys, [{ srcaddr: A, dstaddr: B, 'flow-direction': 'egress', ...VPC }])).toEqual(placed);
  expect(place(keys, [{ srcaddr: B, dstaddr: A, 'flow-direction': 'ingress', ...VPC }])).toEqual(placed);
});

test('without subnet, without VPC, without either', () => {
  const row = { srcaddr: A, dstaddr: B, 'flow-direction': 'egress' };
  const keys = ['flow-direction', 'vpc-id', 'subnet-id'];
  expect(place(keys, [{ ...row, 'vpc-id': 'vpc-a' }])[A]).toBe('vpc-a');
  expect(place(keys, [{ ...row, 'subnet-id': 'subnet-a' }])[A]).toBe('subnet-a');
  expect(place(keys, [row])[A]).toBe('10.1.0.0/16');
});

describe('without direction', () => {
  const keys = ['interface-id', 'vpc-id', 'subnet-id'];
  const eni = { 'interface-id': 'eni-1', ...VPC };

  test('the address that all rows of the interface have', () => {
    const rows = [
      { srcaddr: A, dstaddr: B, ...eni },
      { srcaddr: '10.3.0.1', dstaddr: A, ...eni },
    ];
    expect(place(keys, rows)).toEqual({ [A]: 'vpc-a / subnet-a', [B]: '10.2.0.0/16', '10.3.0.1': '10.3.0.0/16' });
  });

  test('one per family', () => {
    const rows = [
      { srcaddr: A, dstaddr: B, ...eni },
      { srcaddr: A, dstaddr: '10.3.0.1', ...eni },
      { srcaddr: '2001:db8::1', dstaddr: '2001:db8::2', ...eni },
      { srcaddr: '2001:db8::3', dstaddr: '2001:db8::1', ...eni },
    ];
    expect(place(keys, rows)).toMatchObject({
      [A]: 'vpc-a / subnet-a',
      '2001:db8::1': 'vpc-a / subnet-a',
      '2001:db8::2': 'internet',
    });
  });

  test('of one pair the one that is not on the internet, or none', () => {
    expect(place(keys, [{ srcaddr: NET, dstaddr: A, ...eni }])).toEqual({ [A]: 'vpc-a / subnet-a', [NET]: 'internet' });
    expect(place(keys, [{ srcaddr: B, dstaddr: A, ...eni }])).toEqual({ [A]: '10.1.0.0/16', [B]: '10.2.0.0/16' });
  });

  test('no address in common, or no interface: no claim', () => {
    const rows = [
      { srcaddr: A, dstaddr: B, ...eni },
      { srcaddr: '10.3.0.1', dstaddr: '10.4.0.1', ...eni },
    ];
    expect(place(keys, rows)[A]).toBe('10.1.0.0/16');
    expect(place(keys, [{ srcaddr: NET, dstaddr: A, ...VPC }])[A]).toBe('10.1.0.0/16');
    expect(place(['vpc-id'], [{ srcaddr: NET, dstaddr: A, ...VPC }])[A]).toBe('10.1.0.0/16');
  });
});

test('the claim with most flows wins, ties by text', () => {
  const keys = ['flow-direction', 'vpc-id', 'subnet-id'];
  const row = { srcaddr: A, dstaddr: B, 'flow-direction': 'egress' };
  const claims = (flows: number): readonly DigestRow[] => [
    { ...row, 'vpc-id': 'vpc-b', 'subnet-id': 'subnet-1', flows: 2 },
    { ...row, 'vpc-id': 'vpc-b', 'subnet-id': 'subnet-2', flows: 3 },
    { ...row, 'vpc-id': 'vpc-a', 'subnet-id': 'subnet-3', flows },
  ];
  expect(place(keys, claims(4))[A]).toBe('vpc-b / subnet-2');
  expect(place(keys, claims(5))[A]).toBe('vpc-a / subnet-3');
});

test('a public address may be an interface’s own, but not where it only passes through', () => {
  const keys = ['flow-direction', 'vpc-id'];
  const rows = (prefix: string): readonly DigestRow[] => [
    { [`${prefix}srcaddr`]: A, [`${prefix}dstaddr`]: NET, 'flow-direction': 'ingress', 'vpc-id': 'vpc-a' },
  ];
  expect(place(keys, rows(''))[NET]).toBe('vpc-a');
  expect(place(keys, rows('pkt-'), 'pkt-')[NET]).toBe('internet');
});

test('transit gateways name the VPCs of both ends, but no subnet of theirs', () => {
  const keys = ['tgw-src-vpc-id', 'tgw-dst-vpc-id', 'tgw-src-subnet-id'];
  const row = { 'tgw-src-vpc-id': 'vpc-a', 'tgw-dst-vpc-id': 'vpc-b', 'tgw-src-subnet-id': 'subnet-tgw' };
  expect(place(keys, [{ srcaddr: A, dstaddr: B, ...row }])).toEqual({ [A]: 'vpc-a', [B]: 'vpc-b' });
});

test.each([
  ['10.1.2.3', '10.1.0.0/16'],
  ['172.31.4.4', '172.31.0.0/16'],
  ['192.168.7.7', '192.168.0.0/16'],
  ['100.64.1.1', '100.64.0.0/10'],
  ['198.19.1.1', '198.18.0.0/15'],
  ['169.254.169.254', '169.254.0.0/16'],
  ['224.0.0.1', '224.0.0.0/4'],
  ['255.255.255.255', '255.255.255.255/32'],
  ['0.0.0.0', '0.0.0.0/8'],
  ['127.0.0.1', '127.0.0.0/8'],
  ['fd12:3456:789a:1::5', 'fd12:3456:789a::/48'],
  ['fe80::1', 'fe80::/10'],
  ['ff02::1', 'ff00::/8'],
  ['::1', '::1/128'],
  ['::', '::/128'],
  ['52.95.110.1', 'internet'],
  ['203.0.113.5', 'internet'],
  ['2600:1f18::1', 'internet'],
  ['64:ff9b::c633:6407', 'internet'],
  ['-', undefined],
])('%s is in %s', (address, label) => {
  expect(groupByRange(address)?.label).toBe(label);
});
