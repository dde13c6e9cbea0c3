/**
 * The names of IP protocols, as IANA assigns them, for the `protocol` column. Numbers stay what is stored and compared;
 * names are for people, in a filter and on a label.
 *
 * Source: https://www.iana.org/assignments/protocol-numbers (keywords in lower case, spaces as `-`)
 */

/** The lower-case IANA keyword of a protocol number, or `undefined` where none is assigned. */
export function protocolName(number: number): string | undefined {
  return NAMES.get(number);
}

/** The number of a protocol keyword or common alias in any case, or `undefined` for a name that is none. */
export function protocolNumber(name: string): number | undefined {
  return NUMBERS.get(name.toLowerCase());
}

/**
 * Keywords from 0 on. `-` is a number without a keyword (61, 63, 68, 99 and 114 are "any …" entries). 94 is IANA's
 * `ipip`, but everyone who writes `ipip` means IP in IP by protocol 4, AWS's documents too; so 94 goes unnamed rather
 * than have one name for two numbers.
 */
const KEYWORDS =
  'hopopt icmp igmp ggp ipv4 st tcp cbt egp igp ' +
  'bbn-rcc-mon nvp-ii pup argus emcon xnet chaos udp mux dcn-meas ' +
  'hmp prm xns-idp trunk-1 trunk-2 leaf-1 leaf-2 rdp irtp iso-tp4 ' +
  'netblt mfe-nsp merit-inp dccp 3pc idpr xtp ddp idpr-cmtp tp++ ' +
  'il ipv6 sdrp ipv6-route ipv6-frag idrp rsvp gre dsr bna ' +
  'esp ah i-nlsp swipe narp min-ipv4 tlsp skip icmpv6 ipv6-nonxt ' +
  'ipv6-opts - cftp - sat-expak kryptolan rvd ippc - sat-mon ' +
  'visa ipcv cpnx cphb wsn pvp br-sat-mon sun-nd wb-mon wb-expak ' +
  'iso-ip vmtp secure-vmtp vines iptm nsfnet-igp dgp tcf eigrp ospfigp ' +
  'sprite-rpc larp mtp ax.25 - micp scc-sp etherip encap - ' +
  'gmtp ifmp pnni pim aris scps qnx a/n ipcomp snp ' +
  'compaq-peer ipx-in-ip vrrp pgm - l2tp ddx iatp stp srp ' +
  'uti smp sm ptp isis-over-ipv4 fire crtp crudp sscopmce iplt ' +
  'sps pipe sctp fc rsvp-e2e-ignore mobility-header udplite mpls-in-ip manet hip ' +
  'shim6 wesp rohc ethernet aggfrag nsh homa bit-emu';

/** Other spellings in use: IANA's own where the list above has the usual one, former keywords, and /etc/protocols. */
const ALIASES: Readonly<Record<string, number>> = {
  ip: 0,
  ipip: 4,
  ipencap: 4,
  'ipv6-icmp': 58,
  icmp6: 58,
  mobile: 55,
  ttp: 84,
  ospf: 89,
  isis: 124,
  mh: 135,
};

const NAMES: ReadonlyMap<number, string> = new Map(
  KEYWORDS.split(' ')
    .map((keyword, number) => [number, keyword] as const)
    .filter(([, keyword]) => keyword !== '-'),
);

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(ALIASES),
  ...[...NAMES].map(([number, keyword]) => [keyword, number] as const),
]);
