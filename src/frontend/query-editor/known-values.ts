/** Values of fields that are known without looking into any log. */
import { protocolName } from '../../flow/protocols';

/** A value with its meaning. */
export interface KnownValue {
  readonly value: string;
  readonly meaning?: string;
}

const MAX_PROTOCOL = 255;

/** Fields of which no other value exists, or that are of no use as a list: nobody needs to look for them. */
const SETTLED: ReadonlySet<string> = new Set([
  ...['action', 'log-status', 'flow-direction', 'type', 'tcp-flags', 'traffic-path', 'encryption-status'],
  ...['bytes', 'packets', 'start', 'end', 'packets-lost-no-route', 'packets-lost-blackhole'],
  ...['packets-lost-mtu-exceeded', 'packets-lost-ttl-expired'],
]);

const values = (...list: readonly (readonly [value: string, meaning?: string])[]): readonly KnownValue[] =>
  list.map(([value, meaning]) => ({ value, ...(meaning === undefined ? {} : { meaning }) }));

const FREQUENT_PROTOCOLS = ['tcp', 'udp', 'icmp', 'icmpv6'];
const PROTOCOLS: readonly KnownValue[] = Array.from({ length: MAX_PROTOCOL + 1 }, (_, number) => ({
  value: protocolName(number) ?? '',
  meaning: `protocol ${number}`,
}))
  .filter(({ value }) => value !== '')
  .sort((a, b) => rankOf(a.value) - rankOf(b.value));

const BLOCKS = values(
  ['10.0.0.0/8', 'private'],
  ['172.16.0.0/12', 'private'],
  ['192.168.0.0/16', 'private'],
  ['fd00::/8', 'private'],
);

const KNOWN: Readonly<Record<string, readonly KnownValue[]>> = {
  action: values(['REJECT', 'refused by a security group or network ACL'], ['ACCEPT']),
  'log-status': values(['OK'], ['NODATA', 'no traffic in the window'], ['SKIPDATA', 'records were lost']),
  'flow-direction': values(['ingress'], ['egress']),
  type: values(['IPv4'], ['IPv6'], ['EFA']),
  protocol: PROTOCOLS,
  'tcp-flags': values(
    ['1', 'FIN'],
    ['2', 'SYN: opened, not answered'],
    ['4', 'RST'],
    ['18', 'SYN-ACK'],
    ['19', 'SYN-ACK, FIN'],
  ),
  'traffic-path': values(
    ['1', 'within the VPC'],
    ['2', 'internet gateway or gateway endpoint'],
    ['3', 'virtual private gateway'],
    ['4', 'peering within the region'],
    ['5', 'peering to another region'],
    ['6', 'Local Zone or Wavelength Zone'],
    ['7', 'gateway endpoint'],
    ['8', 'internet gateway'],
  ),
  'encryption-status': values(['0', 'not encrypted'], ['1', 'by Nitro'], ['2', 'by the application'], ['3', 'by both']),
  'reject-reason': values(['BPA', 'Block Public Access'], ['EC', 'Encryption Controls']),
  'sublocation-type': values(['wavelength'], ['outpost'], ['localzone']),
  ...Object.fromEntries(
    ['addr', 'srcaddr', 'dstaddr', 'pkt-addr', 'pkt-srcaddr', 'pkt-dstaddr'].map((name) => [name, BLOCKS]),
  ),
};

/** The known values of a field, the most used first. */
export function knownValuesOf(field: string): readonly KnownValue[] {
  return Object.hasOwn(KNOWN, field) ? KNOWN[field]! : [];
}

/** Whether logs may have values of the field worth offering that are not known. */
export function hasOtherValues(field: string): boolean {
  return !SETTLED.has(field) && field !== 'protocol';
}

function rankOf(protocol: string): number {
  const rank = FREQUENT_PROTOCOLS.indexOf(protocol);
  return rank < 0 ? FREQUENT_PROTOCOLS.length : rank;
}
