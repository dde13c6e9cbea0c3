/** One row of a made-up flow log and its text in any format. */
import type { Host } from './estate';

/** What an interface recorded of one direction of one flow in one window. */
export interface Row {
  /** The recording interface. */
  readonly host: Host;
  readonly isIngress: boolean;
  readonly srcaddr: string;
  readonly dstaddr: string;
  readonly srcport: number;
  readonly dstport: number;
  readonly protocol: number;
  readonly packets: number;
  readonly bytes: number;
  /** Unix seconds. */
  readonly startSec: number;
  readonly endSec: number;
  readonly action: 'ACCEPT' | 'REJECT';
  /** The addresses in the packet, where a NAT gateway makes them differ from `srcaddr` and `dstaddr`. */
  readonly pktSrcaddr?: string;
  readonly pktDstaddr?: string;
  /** The AWS service behind an address, or `-`. */
  readonly srcService: string;
  readonly dstService: string;
  readonly tcpFlags: number;
  /** Egress only. */
  readonly trafficPath?: number;
}

/** A window in which an interface saw nothing, or lost what it saw. */
export interface EmptyRow {
  readonly host: Host;
  readonly startSec: number;
  readonly endSec: number;
  readonly status: 'NODATA' | 'SKIPDATA';
}

/** A row as text in the given format, without line end; fields that it does not have are `-`. */
export function formatRow(row: Row | EmptyRow, format: readonly string[]): string {
  return format.map((name) => cellOf(row, name, format)).join(' ');
}

function cellOf(row: Row | EmptyRow, name: string, format: readonly string[]): string {
  const { host } = row;
  switch (name) {
    case 'version':
      return format.includes('traffic-path') ? '5' : '2';
    case 'account-id':
      return host.flowLog.accountId;
    case 'interface-id':
      return host.interfaceId;
    case 'vpc-id':
      return host.flowLog.vpcId;
    case 'subnet-id':
      return host.subnetId;
    case 'instance-id':
      return host.instanceId;
    case 'region':
      return host.flowLog.region;
    case 'az-id':
      return host.azId;
    case 'start':
      return String(row.startSec);
    case 'end':
      return String(row.endSec);
    case 'log-status':
      return 'status' in row ? row.status : 'OK';
    default:
      return 'status' in row ? '-' : flowCellOf(row, name);
  }
}

function flowCellOf(row: Row, name: string): string {
  switch (name) {
    case 'srcaddr':
      return row.srcaddr;
    case 'dstaddr':
      return row.dstaddr;
    case 'srcport':
      return String(row.srcport);
    case 'dstport':
      return String(row.dstport);
    case 'protocol':
      return String(row.protocol);
    case 'packets':
      return String(row.packets);
    case 'bytes':
      return String(row.bytes);
    case 'action':
      return row.action;
    case 'tcp-flags':
      return String(row.tcpFlags);
    case 'type':
      return row.srcaddr.includes(':') ? 'IPv6' : 'IPv4';
    case 'pkt-srcaddr':
      return row.pktSrcaddr ?? row.srcaddr;
    case 'pkt-dstaddr':
      return row.pktDstaddr ?? row.dstaddr;
    case 'pkt-src-aws-service':
      return row.srcService;
    case 'pkt-dst-aws-service':
      return row.dstService;
    case 'flow-direction':
      return row.isIngress ? 'ingress' : 'egress';
    case 'traffic-path':
      return row.trafficPath === undefined ? '-' : String(row.trafficPath);
    default:
      return '-';
  }
}
