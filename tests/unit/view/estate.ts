/** A small estate as an hour of flow logs would show it: two VPCs, the internet, a scanner, a transit gateway's record. */
import type { Digest } from '../../../src/digest/digest';
import { DEFAULT_KEYS } from '../../../src/query/model';
import { makeDigest, type DigestRow } from '../../helpers/make-digest';

interface Host {
  readonly address: string;
  readonly vpc: string;
  readonly subnet: string;
}

const START_SEC = 1_767_225_600;
const PROD = 'vpc-0prod1a2b3c4d5e6f';
const BALANCER: Host = { address: '10.1.11.1', vpc: PROD, subnet: 'subnet-0public' };
const WEB: Host = { address: '10.1.12.7', vpc: PROD, subnet: 'subnet-0app' };
const DATABASE: Host = { address: '10.1.12.20', vpc: PROD, subnet: 'subnet-0app' };
const BASTION: Host = { address: '10.11.1.1', vpc: 'vpc-0ops', subnet: 'subnet-0ops' };
const SIX: Host = { address: 'fd12:3456:789a:1::5', vpc: 'vpc-0ops', subnet: 'subnet-0ops6' };

/** What one interface records: rows of one direction, from its own side. */
function record(own: Host, direction: 'ingress' | 'egress', other: string, row: DigestRow): DigestRow {
  const [srcaddr, dstaddr] = direction === 'egress' ? [own.address, other] : [other, own.address];
  return {
    version: 5,
    'account-id': own.vpc === PROD ? '111111111111' : '222222222222',
    'interface-id': `eni-${own.address.replace(/\W+/g, '-')}`,
    srcaddr,
    dstaddr,
    srcport: 0,
    dstport: 0,
    protocol: 6,
    action: 'ACCEPT',
    'log-status': 'OK',
    'vpc-id': own.vpc,
    'subnet-id': own.subnet,
    'flow-direction': direction,
    start: START_SEC,
    end: START_SEC + 3599,
    ...row,
  };
}

/** The digest of that estate, by the keys that a graph has when a query names none. */
export function makeEstate(): Digest {
  return makeDigest({ keys: DEFAULT_KEYS.graph }, [
    record(BALANCER, 'ingress', '203.0.113.7', { dstport: 443, bytes: 5_200_000, packets: 9000, flows: 812 }),
    record(BALANCER, 'egress', '203.0.113.7', { srcport: 443, bytes: 910_000_000, packets: 640_000, flows: 811 }),
    record(BALANCER, 'ingress', '2001:db8:77::9', { dstport: 443, bytes: 120_000, packets: 300, flows: 12 }),
    record(BALANCER, 'ingress', '198.51.100.99', {
      dstport: 22,
      action: 'REJECT',
      bytes: 2400,
      packets: 60,
      flows: 60,
    }),
    record(BALANCER, 'ingress', '198.51.100.99', {
      dstport: 3389,
      action: 'REJECT',
      bytes: 400,
      packets: 10,
      flows: 10,
    }),
    record(BALANCER, 'egress', WEB.address, { dstport: 8080, bytes: 6_000_000, packets: 9500, flows: 800 }),
    record(BALANCER, 'ingress', WEB.address, { srcport: 8080, bytes: 905_000_000, packets: 630_000, flows: 800 }),
    record(WEB, 'egress', DATABASE.address, { dstport: 5432, bytes: 44_000_000, packets: 80_000, flows: 90 }),
    record(WEB, 'ingress', DATABASE.address, { srcport: 5432, bytes: 2_300_000_000, packets: 1_700_000, flows: 90 }),
    record(DATABASE, 'ingress', BASTION.address, { dstport: 5432, action: 'REJECT', bytes: 180, packets: 3, flows: 3 }),
    record(BASTION, 'egress', WEB.address, { dstport: 22, bytes: 71_000, packets: 400, flows: 2 }),
    record(BASTION, 'ingress', WEB.address, { srcport: 22, bytes: 380_000, packets: 420, flows: 2 }),
    record(BASTION, 'ingress', '192.168.10.5', { dstport: 22, bytes: 3_000_000, packets: 4000, flows: 4 }),
    record(SIX, 'egress', BASTION.address, { protocol: 58, bytes: 640, packets: 10, flows: 1 }),
    { srcaddr: '172.16.4.4', dstaddr: WEB.address, dstport: 443, srcport: 0, protocol: 6, bytes: 9000, packets: 20 },
    { srcaddr: '-', dstaddr: WEB.address, action: 'ACCEPT', bytes: 100, packets: 1, start: START_SEC + 5 },
  ]);
}
