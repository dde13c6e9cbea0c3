/**
 * The dictionary of flow-log fields: every field of VPC flow logs (versions 2 to 11) and of Transit Gateway flow logs.
 * It says what a column holds and how a digest may use it; which columns an object has is its header line's business
 * (`header.ts`).
 *
 * Source: https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html and
 * https://docs.aws.amazon.com/vpc/latest/tgw/tgw-flow-logs.html
 */

/**
 * How a column's text is read.
 * - `integer`: INT_32, 0 … 2³¹−1
 * - `long`: INT_64, read as an exact integer up to 2⁵³−1
 * - `address`: IPv4 or IPv6
 * - `text`: anything else
 * In all of them `-` means "not applicable or not computable".
 */
export type FieldType = 'integer' | 'long' | 'address' | 'text';

/** What a digest does with a field by nature: group by it, add it up, or keep its earliest or latest value. */
export type FieldRole = 'key' | 'sum' | 'bound';

/** Which kind of flow log offers the field. */
export type FieldScope = 'vpc' | 'tgw' | 'both';

/** One documented field. */
export interface Field {
  /** The documented name, as in a header line and in `${…}` of a custom format. */
  readonly name: string;
  readonly type: FieldType;
  /** The flow-log version that introduced the field (for `tgw` always 6). */
  readonly version: number;
  readonly role: FieldRole;
  readonly scope: FieldScope;
  /** The largest legal value of an `integer`, where the protocol gives one. */
  readonly max?: number;
  /** Text values are percent-encoded UTF-8 (tags of version 11). */
  readonly encoded?: boolean;
  readonly meaning: string;
}

const key = (name: string, type: FieldType, version: number, meaning: string, more: Partial<Field> = {}): Field => ({
  name,
  type,
  version,
  role: 'key',
  scope: 'vpc',
  meaning,
  ...more,
});
const both = { scope: 'both' } as const;
const tgw = { scope: 'tgw' } as const;

/** All fields: the VPC ones in documented order, then those that only Transit Gateway flow logs have. */
export const FIELDS: readonly Field[] = [
  key('version', 'integer', 2, 'highest version among the fields of the format', both),
  key('account-id', 'text', 2, 'account that owns the network interface', both),
  key('interface-id', 'text', 2, 'network interface (ENI) that recorded the flow'),
  key('srcaddr', 'address', 2, 'source address; outgoing: the primary private address of the interface', both),
  key('dstaddr', 'address', 2, 'destination address; incoming: the primary private address of the interface', both),
  key('srcport', 'integer', 2, 'source port, 0 where the protocol has none', { ...both, max: 65535 }),
  key('dstport', 'integer', 2, 'destination port, 0 where the protocol has none', { ...both, max: 65535 }),
  key('protocol', 'integer', 2, 'IANA protocol number', { ...both, max: 255 }),
  key('packets', 'long', 2, 'packets in the window', { ...both, role: 'sum' }),
  key('bytes', 'long', 2, 'bytes in the window', { ...both, role: 'sum' }),
  key('start', 'long', 2, 'Unix seconds of the first packet in the window', { ...both, role: 'bound' }),
  key('end', 'long', 2, 'Unix seconds of the last packet in the window', { ...both, role: 'bound' }),
  key('action', 'text', 2, 'ACCEPT, or REJECT by a security group, a network ACL or after the connection closed'),
  key('log-status', 'text', 2, 'OK, NODATA (no traffic in the window) or SKIPDATA (records were lost)', both),
  key('vpc-id', 'text', 3, 'VPC of the network interface'),
  key('subnet-id', 'text', 3, 'subnet of the network interface'),
  key('instance-id', 'text', 3, 'EC2 instance of the network interface'),
  key('tcp-flags', 'integer', 3, 'TCP flags OR-ed over the window: FIN 1, SYN 2, RST 4, SYN-ACK 18', both),
  key('type', 'text', 3, 'IPv4, IPv6 or EFA', both),
  key('pkt-srcaddr', 'address', 3, 'source address in the packet itself, where srcaddr is an intermediate one'),
  key('pkt-dstaddr', 'address', 3, 'destination address in the packet itself, where dstaddr is an intermediate one'),
  key('region', 'text', 4, 'region of the network interface', both),
  key('az-id', 'text', 4, 'availability zone id of the network interface'),
  key('sublocation-type', 'text', 4, 'wavelength, outpost or localzone'),
  key('sublocation-id', 'text', 4, 'id of the sublocation'),
  key('pkt-src-aws-service', 'text', 5, 'AWS service whose address range holds pkt-srcaddr', both),
  key('pkt-dst-aws-service', 'text', 5, 'AWS service whose address range holds pkt-dstaddr', both),
  key('flow-direction', 'text', 5, 'ingress or egress, as seen from the recording interface', both),
  key('traffic-path', 'integer', 5, 'path of egress traffic: 1 same VPC … 8 internet gateway'),
  key('ecs-cluster-arn', 'text', 7, 'ECS cluster ARN'),
  key('ecs-cluster-name', 'text', 7, 'ECS cluster name'),
  key('ecs-container-instance-arn', 'text', 7, 'ECS container instance ARN (EC2 launch type)'),
  key('ecs-container-instance-id', 'text', 7, 'ECS container instance id (EC2 launch type)'),
  key('ecs-container-id', 'text', 7, 'Docker runtime id of the first container'),
  key('ecs-second-container-id', 'text', 7, 'Docker runtime id of the second container'),
  key('ecs-service-name', 'text', 7, 'ECS service name'),
  key('ecs-task-definition-arn', 'text', 7, 'ECS task definition ARN'),
  key('ecs-task-arn', 'text', 7, 'ECS task ARN'),
  key('ecs-task-id', 'text', 7, 'ECS task id'),
  key('reject-reason', 'text', 8, 'BPA (Block Public Access) or EC (Encryption Controls)'),
  key('resource-id', 'text', 9, 'regional NAT gateway id'),
  key('encryption-status', 'integer', 10, '0 not encrypted, 1 by Nitro, 2 by the application, 3 by both'),
  key('instance-tag', 'text', 11, 'value of the first chosen tag of the instance', { encoded: true }),
  key('instance-tag-2', 'text', 11, 'value of the second chosen tag of the instance', { encoded: true }),
  key('interface-tag', 'text', 11, 'value of the first chosen tag of the interface', { encoded: true }),
  key('interface-tag-2', 'text', 11, 'value of the second chosen tag of the interface', { encoded: true }),
  key('asg-tag', 'text', 11, 'value of the first chosen tag of the Auto Scaling group', { encoded: true }),
  key('asg-tag-2', 'text', 11, 'value of the second chosen tag of the Auto Scaling group', { encoded: true }),
  key('interface-type', 'text', 11, 'nat_gateway, network_load_balancer, transit_gateway, vpc_endpoint …'),
  key('next-hop-interface-id', 'text', 11, 'interface that receives (egress) or sent (ingress) the flow'),
  key('next-hop-subnet-id', 'text', 11, 'subnet of the next hop'),
  key('next-hop-az-id', 'text', 11, 'availability zone id of the next hop'),
  key('next-hop-vpc-id', 'text', 11, 'VPC of the next hop'),
  key('next-hop-interface-type', 'text', 11, 'interface type of the next hop'),
  key('resource-type', 'text', 6, 'TransitGateway', tgw),
  key('tgw-id', 'text', 6, 'transit gateway', tgw),
  key('tgw-attachment-id', 'text', 6, 'transit gateway attachment that recorded the flow', tgw),
  key('tgw-src-vpc-account-id', 'text', 6, 'account of the source VPC', tgw),
  key('tgw-dst-vpc-account-id', 'text', 6, 'account of the destination VPC', tgw),
  key('tgw-src-vpc-id', 'text', 6, 'source VPC', tgw),
  key('tgw-dst-vpc-id', 'text', 6, 'destination VPC', tgw),
  key('tgw-src-subnet-id', 'text', 6, 'subnet of the source attachment', tgw),
  key('tgw-dst-subnet-id', 'text', 6, 'subnet of the destination attachment', tgw),
  key('tgw-src-eni', 'text', 6, 'interface of the source attachment', tgw),
  key('tgw-dst-eni', 'text', 6, 'interface of the destination attachment', tgw),
  key('tgw-src-az-id', 'text', 6, 'availability zone id of the source attachment', tgw),
  key('tgw-dst-az-id', 'text', 6, 'availability zone id of the destination attachment', tgw),
  key('tgw-pair-attachment-id', 'text', 6, 'the attachment on the other side of the flow', tgw),
  key('packets-lost-no-route', 'long', 6, 'packets lost for want of a route', { ...tgw, role: 'sum' }),
  key('packets-lost-blackhole', 'long', 6, 'packets lost to a blackhole route', { ...tgw, role: 'sum' }),
  key('packets-lost-mtu-exceeded', 'long', 6, 'packets lost because they exceeded the MTU', { ...tgw, role: 'sum' }),
  key('packets-lost-ttl-expired', 'long', 6, 'packets lost because their time to live ran out', {
    ...tgw,
    role: 'sum',
  }),
];

const byName: ReadonlyMap<string, Field> = new Map(FIELDS.map((field) => [field.name, field]));

/** The documented field of that name, or `undefined` for a column newer than this dictionary. */
export function findField(name: string): Field | undefined {
  return byName.get(name);
}

/** The documented field of that name, or a text key for a column newer than this dictionary. */
export function fieldOrText(name: string): Field {
  return (
    findField(name) ?? { name, type: 'text', version: 0, role: 'key', scope: 'vpc', meaning: 'not in the dictionary' }
  );
}

/** The default VPC format (version 2), in order; also what an S3 object without a header is taken for. */
export const DEFAULT_FORMAT: readonly string[] = FIELDS.filter((f) => f.version === 2).map((f) => f.name);

/** The default Transit Gateway format (version 6), in order. */
export const DEFAULT_TGW_FORMAT: readonly string[] = (
  'version resource-type account-id tgw-id tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id ' +
  'tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id ' +
  'tgw-dst-az-id tgw-pair-attachment-id srcaddr dstaddr srcport dstport protocol packets bytes start end log-status ' +
  'type packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded packets-lost-ttl-expired tcp-flags ' +
  'region flow-direction pkt-src-aws-service pkt-dst-aws-service'
).split(' ');
