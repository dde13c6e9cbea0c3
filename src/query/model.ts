/**
 * What may be asked of flow logs: the one query model of command, backend and editor. `normalise.ts` makes a `FlowQuery`
 * from anything; every other module may rely on it being complete and valid.
 */
import type { FilterNode } from './filter';

/** The version of the saved form that `normalise` writes; older ones it migrates. */
export const QUERY_VERSION = 1;

/** The time range `[fromMs, toMs)` in Unix milliseconds. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What can be added up: the documented sum fields, and `flows`, the number of records. */
export const MEASURES = [
  'bytes',
  'packets',
  'flows',
  'packets-lost-no-route',
  'packets-lost-blackhole',
  'packets-lost-mtu-exceeded',
  'packets-lost-ttl-expired',
] as const;
export type Measure = (typeof MEASURES)[number];

/**
 * Which of a flow's two ports a digest keeps when it groups by both.
 * - `lower`: the lower one; the other becomes 0, as the reference implementation does (if equal, the source becomes 0)
 * - `as-logged`: both
 */
export type PortRule = 'lower' | 'as-logged';

/** Where a scan stops. Each limit either fails the query or, with `onLimit: 'partial'`, ends it with what was read. */
export interface Limits {
  readonly maxObjects: number;
  /** Stored (compressed) bytes read. */
  readonly maxBytes: number;
  /**
   * Distinct keys (rows) of the digest in memory. Where a scan may put rows aside, it goes on with more of them: tables and
   * series have the largest groups and the exact rest, what is printed has all. Otherwise it stops here.
   */
  readonly maxKeys: number;
  /** Wall time. */
  readonly maxSec: number;
  /** Uncompressed bytes of any one object; a larger one is reported and left out. */
  readonly maxObjectTextBytes: number;
  readonly onLimit: 'fail' | 'partial';
}

export const DEFAULT_LIMITS: Limits = {
  maxObjects: 200_000,
  maxBytes: 50 * 2 ** 30,
  maxKeys: 2_000_000,
  maxSec: 3600,
  maxObjectTextBytes: 8 * 2 ** 30,
  onLimit: 'fail',
};

/**
 * Which flow logs count. Those of transit gateways see again what those of VPCs have seen, so that adding up both counts
 * bytes twice; `all` does so nevertheless.
 */
export const LOG_TYPES = ['vpc', 'transit-gateway', 'all'] as const;
export type AskedLogType = (typeof LOG_TYPES)[number];

/**
 * Which records of a transit gateway count: it logs a flow where it comes in and again where it goes out. `both` counts
 * each of the two.
 */
export const DIRECTIONS = ['ingress', 'egress', 'both'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/**
 * How often a flow counts of which several interfaces have a record.
 * - `once`: where its sender's interface is logged, by that interface's records, else as it was seen
 * - `as-logged`: every record
 */
export const COUNTINGS = ['once', 'as-logged'] as const;
export type Counting = (typeof COUNTINGS)[number];

interface QueryBase {
  readonly version: typeof QUERY_VERSION;
  /** Names or locations of the sources to read; empty means all that the asker has. */
  readonly sources: readonly string[];
  /** 12-digit account ids; empty means all that are found. */
  readonly accounts: readonly string[];
  /** Region names; empty means all that are found. */
  readonly regions: readonly string[];
  /** Ids of flow logs (`fl-…`), as objects' keys have them; absent for all. Two of the same interfaces count everything twice. */
  readonly flowLogs?: readonly string[];
  /** Records whose `start` lies in it; without it all. */
  readonly range?: TimeRange;
  /** Logs come late: leave out this many seconds before now. */
  readonly settleSec?: number;
  readonly filter?: FilterNode;
  readonly limits: Limits;
}

interface GroupedQuery extends QueryBase {
  /**
   * Fields to group by: documented names, the derived `port` (the lower of the two, 0 for protocols without ports), or
   * columns that the dictionary does not know. May be empty for one total.
   */
  readonly keys: readonly string[];
  /** What to add up; the first one ranks. Bytes, packets and flows are always added up. */
  readonly measures: readonly [Measure, ...Measure[]];
  readonly portRule: PortRule;
  /** If absent: `transit-gateway` where a field is named that only those have, else `vpc`. */
  readonly logType: AskedLogType;
  /** Only for `transit-gateway`. */
  readonly direction?: Direction;
  /**
   * Only for `vpc`. If absent: `as-logged` for a digest, and where a field is named that tells where a flow was recorded
   * (its copies lie elsewhere), else `once`.
   */
  readonly counting?: Counting;
  /**
   * Ids of interfaces that only pass flows on (NAT gateways, load balancers), where flows count once: what they accepted is
   * left out, as if they were not logged.
   */
  readonly hops?: readonly string[];
}

/** All groups, in key order. */
export interface DigestQuery extends GroupedQuery {
  readonly view: 'digest';
  /** Split groups by time, in steps of this many seconds. */
  readonly bucketSec?: number;
}

/** The largest groups and one row *Other* for the rest. */
export interface TableQuery extends GroupedQuery {
  readonly view: 'table';
  /**
   * Fields whose values are counted in each group: how many distinct ones (of several fields: combinations) its records
   * have. A source that hits many ports scans. If there are any, the largest groups are those with the most.
   */
  readonly distinct: readonly string[];
  readonly top: number;
}

/** The largest groups over time, and *Other*. */
export interface SeriesQuery extends GroupedQuery {
  readonly view: 'series';
  readonly top: number;
  readonly bucketSec: number;
  /** What an empty bucket shows. */
  readonly fill: 'zero' | 'null';
  /** `rate`: per second; `total`: per bucket. */
  readonly unit: 'total' | 'rate';
}

/** Who talks to whom: the largest nodes and one node *Other*. */
export interface GraphQuery extends GroupedQuery {
  readonly view: 'graph';
  /** Most nodes besides *Other*. */
  readonly top: number;
  /** What a node is: an address, or a group of them (a VPC, a subnet, an address range, an AWS service, the internet). */
  readonly nodes: 'hosts' | 'groups';
  /** Ids of groups to open by one level. */
  readonly expand: readonly string[];
  /** The canvas that positions are made for, in pixels. */
  readonly widthPx: number;
  readonly heightPx: number;
}

/** One total per measure. */
export interface StatQuery extends GroupedQuery {
  readonly view: 'stat';
}

/**
 * Moments worth a mark on a time axis.
 * - `bursts`: buckets in which a group exceeds its own mean by `sigmas` standard deviations
 * - `new`: the first bucket of groups that were not there at the beginning of the range
 */
export interface EventsQuery extends GroupedQuery {
  readonly view: 'events';
  readonly kind: 'bursts' | 'new';
  readonly bucketSec: number;
  readonly sigmas: number;
  /** The least value of the first measure in the bucket. */
  readonly atLeast: number;
  /** Most events: the largest. */
  readonly top: number;
}

/** Whether the logs themselves are there: the newest delivery and the gaps of each account and region. */
export interface CompletenessQuery extends QueryBase {
  readonly view: 'completeness';
}

/** Single records. */
export interface RecordsQuery extends QueryBase {
  readonly view: 'records';
  /** All if it is absent: nothing is added up. */
  readonly logType?: AskedLogType;
  /** Columns to show; empty means those of each object's own format. */
  readonly fields: readonly string[];
  readonly top: number;
  readonly order: 'newest' | 'oldest';
}

/** What is answered from records. */
export type ScanQuery = DigestQuery | TableQuery | SeriesQuery | GraphQuery | StatQuery | EventsQuery | RecordsQuery;
export type FlowQuery = ScanQuery | CompletenessQuery;
export type View = FlowQuery['view'];
/** Views that group records. */
export type GroupedView = Exclude<ScanQuery['view'], 'records'>;

/** The key of the reference implementation (go-vpcflow), which is the default digest's. */
export const REFERENCE_KEYS: readonly string[] = [
  'version',
  'account-id',
  'interface-id',
  'srcaddr',
  'dstaddr',
  'srcport',
  'dstport',
  'protocol',
  'action',
  'log-status',
];

/** Keys when a query names none. A graph needs what places an address: the interface, its direction, VPC and subnet. */
export const DEFAULT_KEYS: Readonly<Record<GroupedView, readonly string[]>> = {
  digest: REFERENCE_KEYS,
  table: ['srcaddr', 'dstaddr', 'port', 'protocol', 'action'],
  series: ['action'],
  graph: [...REFERENCE_KEYS, 'vpc-id', 'subnet-id', 'flow-direction'],
  stat: [],
  events: ['dstaddr', 'port', 'protocol'],
};

/** The key of transit gateways: theirs of the reference key, with the gateway and its attachment for the interface. */
export const TRANSIT_GATEWAY_KEYS: readonly string[] = [
  'version',
  'account-id',
  'tgw-id',
  'tgw-attachment-id',
  'srcaddr',
  'dstaddr',
  'srcport',
  'dstport',
  'protocol',
  'log-status',
];

/** Keys of queries about transit gateways that name none: they have no action, and know the VPCs at both ends. */
const TRANSIT_GATEWAY_DEFAULTS: Readonly<Record<GroupedView, readonly string[]>> = {
  digest: TRANSIT_GATEWAY_KEYS,
  table: ['srcaddr', 'dstaddr', 'port', 'protocol'],
  series: ['tgw-attachment-id'],
  graph: [...TRANSIT_GATEWAY_KEYS, 'tgw-src-vpc-id', 'tgw-dst-vpc-id'],
  stat: [],
  events: ['dstaddr', 'port', 'protocol'],
};

/** The keys of a query that names none. */
export function defaultKeys(view: GroupedView, logType: AskedLogType = 'vpc'): readonly string[] {
  return (logType === 'transit-gateway' ? TRANSIT_GATEWAY_DEFAULTS : DEFAULT_KEYS)[view];
}
