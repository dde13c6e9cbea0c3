/**
 * One exchange between two ends and the rows it leaves at every interface on its way: both hosts where both are ours, and
 * the NAT gateway where one stands between.
 */
import type { Host, Outside } from './estate';
import type { Random } from './random';
import type { Row } from './row';

/** Packets and bytes of a client and a server within one aggregation window. */
export interface Exchange {
  readonly client: Host | Outside;
  readonly server: Host | Outside;
  readonly protocol: number;
  /** 0 for protocols without ports. */
  readonly clientPort: number;
  readonly serverPort: number;
  /** Packets each way, roughly. */
  readonly packets: number;
  /** Bytes per packet to the server and back. */
  readonly requestSize: number;
  readonly responseSize: number;
  /** The connection was opened and closed within the window; else it goes on from earlier. */
  readonly isShort?: boolean;
  /** The server's security group refuses it: packets go in, none come back. */
  readonly isRefused?: boolean;
}

/** The NAT gateway of a host without a public address, for exchanges with the outside. */
export type FindNat = (host: Host) => Host | undefined;

/** The rows of one exchange in the minute that begins at `minuteSec`. */
export function rowsOfExchange(
  exchange: Exchange,
  { minuteSec, random, findNat }: { minuteSec: number; random: Random; findNat: FindNat },
): readonly Row[] {
  const { client, server, clientPort, isRefused } = exchange;
  const startSec = minuteSec + random.below(10);
  // The last packets of a window may fall into the next bin of five minutes, as they do in real files.
  const endSec = startSec + random.between(40, 58);
  const window = { startSec, endSec };
  const up = measure(exchange.packets, exchange.requestSize, random);
  const down = measure(exchange.packets, exchange.responseSize, random);

  if (client.kind === 'host' && server.kind === 'outside' && server.service === '-' && !client.isPublic) {
    const nat = findNat(client);
    if (!nat) {
      return [];
    }
    // AWS logs the hop at both faces of the gateway, and tells the far end only in pkt-srcaddr and pkt-dstaddr.
    const natPort = random.between(1024, 65_535);
    const inner = { exchange, window, client, server, clientPort };
    const outer = { exchange, window, client: nat, server, clientPort: natPort };
    const atNat = { exchange, window, client, server: nat, clientPort };
    return [
      toServer({ ...inner, at: client, amount: up }),
      toClient({ ...inner, at: client, amount: down }),
      { ...toServer({ ...atNat, at: nat, amount: up }), pktDstaddr: server.address, dstService: server.service },
      toServer({ ...outer, at: nat, amount: up }),
      toClient({ ...outer, at: nat, amount: down }),
      { ...toClient({ ...atNat, at: nat, amount: down }), pktSrcaddr: server.address, srcService: server.service },
    ];
  }

  const ends = { exchange, window, client, server, clientPort };
  const rows: Row[] = [];
  for (const at of [client, server]) {
    if (at.kind === 'host') {
      rows.push(toServer({ ...ends, at, amount: up }));
      if (!isRefused) {
        rows.push(toClient({ ...ends, at, amount: down }));
      }
    }
  }
  return rows;
}

interface Amount {
  readonly packets: number;
  readonly bytes: number;
}

interface Hop {
  readonly exchange: Exchange;
  readonly window: { readonly startSec: number; readonly endSec: number };
  readonly client: Host | Outside;
  readonly server: Host | Outside;
  readonly clientPort: number;
  /** The recording interface: that of `client` or `server`. */
  readonly at: Host;
  readonly amount: Amount;
}

const TCP = 6;
const SYN = 2;
const SYN_FIN = 3;
const SYN_ACK_FIN = 19;

function measure(packets: number, size: number, random: Random): Amount {
  const sent = Math.max(1, packets + random.below((packets >> 1) + 1));
  return { packets: sent, bytes: sent * size + random.below(size) };
}

function toServer({ exchange, window, client, server, clientPort, at, amount }: Hop): Row {
  const { protocol, serverPort, isShort, isRefused } = exchange;
  const isIngress = at === server;
  return {
    host: at,
    isIngress,
    ...addressesOf(client, server),
    srcport: clientPort,
    dstport: serverPort,
    protocol,
    ...amount,
    ...window,
    action: isRefused && isIngress ? 'REJECT' : 'ACCEPT',
    ...servicesOf(client, server),
    tcpFlags: protocol !== TCP ? 0 : isRefused ? SYN : isShort ? SYN_FIN : 0,
    ...(isIngress ? {} : { trafficPath: pathOf(at, server) }),
  };
}

function toClient({ exchange, window, client, server, clientPort, at, amount }: Hop): Row {
  const { protocol, serverPort, isShort } = exchange;
  const isIngress = at === client;
  const { srcaddr, dstaddr } = addressesOf(client, server);
  const { srcService, dstService } = servicesOf(client, server);
  return {
    host: at,
    isIngress,
    srcaddr: dstaddr,
    dstaddr: srcaddr,
    srcport: serverPort,
    dstport: clientPort,
    protocol,
    ...amount,
    ...window,
    action: 'ACCEPT',
    srcService: dstService,
    dstService: srcService,
    tcpFlags: protocol === TCP && isShort ? SYN_ACK_FIN : 0,
    ...(isIngress ? {} : { trafficPath: pathOf(at, client) }),
  };
}

function addressesOf(client: Host | Outside, server: Host | Outside): { srcaddr: string; dstaddr: string } {
  const isIPv6 = client.kind === 'outside' && client.address.includes(':');
  const dstaddr = isIPv6 && server.kind === 'host' ? server.ipv6 : server.address;
  return { srcaddr: client.address, dstaddr: dstaddr ?? server.address };
}

function servicesOf(client: Host | Outside, server: Host | Outside): { srcService: string; dstService: string } {
  return {
    srcService: client.kind === 'outside' ? client.service : '-',
    dstService: server.kind === 'outside' ? server.service : '-',
  };
}

/** The documented code of the way from a host to a peer. */
function pathOf(from: Host, peer: Host | Outside): number {
  if (peer.kind === 'outside') {
    const SAME_VPC = 1; // the next hop is the NAT gateway
    return peer.service !== '-' ? 7 : from.isPublic ? 8 : SAME_VPC;
  }
  if (peer.flowLog.vpcId === from.flowLog.vpcId) {
    return 1;
  }
  return peer.flowLog.region === from.flowLog.region ? 4 : 5;
}
