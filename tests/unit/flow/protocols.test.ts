import { protocolName, protocolNumber } from '../../../src/flow/protocols';

/** From https://www.iana.org/assignments/protocol-numbers, spread over the list so that one missing entry shows. */
const ASSIGNED: readonly (readonly [number, string])[] = [
  [0, 'hopopt'],
  [1, 'icmp'],
  [2, 'igmp'],
  [4, 'ipv4'],
  [6, 'tcp'],
  [9, 'igp'],
  [17, 'udp'],
  [20, 'hmp'],
  [29, 'iso-tp4'],
  [33, 'dccp'],
  [39, 'tp++'],
  [41, 'ipv6'],
  [47, 'gre'],
  [50, 'esp'],
  [51, 'ah'],
  [58, 'icmpv6'],
  [60, 'ipv6-opts'],
  [62, 'cftp'],
  [69, 'sat-mon'],
  [79, 'wb-expak'],
  [88, 'eigrp'],
  [89, 'ospfigp'],
  [93, 'ax.25'],
  [98, 'encap'],
  [103, 'pim'],
  [108, 'ipcomp'],
  [112, 'vrrp'],
  [115, 'l2tp'],
  [124, 'isis-over-ipv4'],
  [132, 'sctp'],
  [137, 'mpls-in-ip'],
  [139, 'hip'],
  [143, 'ethernet'],
  [145, 'nsh'],
  [147, 'bit-emu'],
];

describe('protocol names', () => {
  test.each(ASSIGNED)('%i is %s', (number, name) => {
    expect(protocolName(number)).toBe(name);
    expect(protocolNumber(name)).toBe(number);
  });

  test.each([61, 63, 68, 94, 99, 114, 148, 253, 255, 256, -1, 6.5, NaN])('%d has no name', (number) => {
    expect(protocolName(number)).toBeUndefined();
  });

  test.each([
    ['ipip', 4],
    ['ipencap', 4],
    ['IPv6-ICMP', 58],
    ['ICMPv6', 58],
    ['TCP', 6],
    ['Udp', 17],
    ['ospf', 89],
  ])('%s is understood as %i', (name, number) => {
    expect(protocolNumber(name)).toBe(number);
  });

  test.each(['', '-', 'tcpp', ' tcp', '6', 'constructor', 'toString'])('%j is no protocol', (name) => {
    expect(protocolNumber(name)).toBeUndefined();
  });

  test('every name leads back to its number, and every assigned number has one', () => {
    const named = Array.from({ length: 256 }, (_, number) => number).filter(
      (number) => protocolName(number) !== undefined,
    );
    expect(named.map((number) => protocolNumber(protocolName(number)!))).toEqual(named);
    // 0 to 147 without the five "any …" entries and 94.
    expect(named).toHaveLength(148 - 6);
  });
});
