/** Lines of a transit gateway's flow log. */
import { DEFAULT_TGW_FORMAT } from '../../../src/flow/fields';

export const TGW_HEADER = DEFAULT_TGW_FORMAT.join(' ');

/** 1000 bytes from 10.0.0.1 to 10.1.0.1. */
export function tgwLine({ direction, attachment }: { direction: 'ingress' | 'egress'; attachment: string }): string {
  const cells: Readonly<Record<string, string>> = {
    version: '6',
    'resource-type': 'TransitGateway',
    'account-id': '123456789012',
    'tgw-id': 'tgw-1',
    'tgw-attachment-id': attachment,
    'tgw-src-vpc-id': 'vpc-a',
    'tgw-dst-vpc-id': 'vpc-b',
    srcaddr: '10.0.0.1',
    dstaddr: '10.1.0.1',
    srcport: '40000',
    dstport: '443',
    protocol: '6',
    packets: '10',
    bytes: '1000',
    start: '1700000000',
    end: '1700000060',
    'log-status': 'OK',
    'packets-lost-no-route': '7',
    'flow-direction': direction,
    region: 'eu-west-1',
  };
  return DEFAULT_TGW_FORMAT.map((name) => cells[name] ?? '-').join(' ');
}
