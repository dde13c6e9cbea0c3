/** Random digests for properties: few distinct values, so that groups, edges and ties are many. */
import fc from 'fast-check';
import type { Digest } from '../../../src/digest/digest';
import { makeDigest, type DigestRow } from '../../helpers/make-digest';

/** Keys of the random rows. */
export const KEYS = [
  'interface-id',
  'srcaddr',
  'dstaddr',
  'srcport',
  'dstport',
  'protocol',
  'action',
  'vpc-id',
  'subnet-id',
  'flow-direction',
];

/** Sums of the random rows. */
export const SUMS = ['packets', 'bytes', 'packets-lost-no-route'];

const address = fc.constantFrom(
  '-',
  '10.1.11.1',
  '10.11.1.1',
  '192.168.0.9',
  '203.0.113.7',
  'fd00::1',
  '2001:db8::5',
  '10.1.11.2',
);

/** Any row with those keys and sums. */
export const arbitraryRow: fc.Arbitrary<DigestRow> = fc
  .record({
    'interface-id': fc.constantFrom('-', 'eni-1', 'eni-2', 'eni-3'),
    srcaddr: address,
    dstaddr: address,
    srcport: fc.constantFrom(0, 53, 443),
    dstport: fc.constantFrom('-', 0, 22, 443),
    protocol: fc.constantFrom('-', 1, 6, 17, 200),
    action: fc.constantFrom('-', 'ACCEPT', 'REJECT'),
    'vpc-id': fc.constantFrom('-', 'vpc-a', 'vpc-b'),
    'subnet-id': fc.constantFrom('-', 'subnet-1', 'subnet-2'),
    'flow-direction': fc.constantFrom('-', 'ingress', 'egress'),
    bucket: fc.constantFrom(undefined, 600, 660, 1200),
    bytes: fc.nat(5000),
    packets: fc.nat(5),
    'packets-lost-no-route': fc.nat(1),
    flows: fc.integer({ min: 1, max: 3 }),
    start: fc.constantFrom(undefined, 600, 700),
    end: fc.constantFrom(undefined, 800, 900),
  })
  .map((row) => row as DigestRow);

/** Any digest of up to 40 such rows, with or without buckets. */
export function arbitraryDigest(buckets: boolean): fc.Arbitrary<Digest> {
  return fc.array(arbitraryRow, { maxLength: 40 }).map((rows) => makeDigest({ keys: KEYS, sums: SUMS, buckets }, rows));
}
