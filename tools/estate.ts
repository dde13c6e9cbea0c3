/**
 * A believable estate of made-up accounts, VPCs and hosts, for the demo's logs. What the hosts say to each other is in
 * `traffic.ts`. Outside addresses are of the ranges for documentation and benchmarks, but for those of AWS's own services.
 */
import { DEFAULT_FORMAT, FIELDS } from '../src/flow/fields';
import type { KeyLayout } from '../src/flow/object-key';
import { type Random, createRandom } from './random';

/** The hour that the demo is about, in Unix milliseconds, `[fromMs, toMs)`. */
export const demoRange = {
  fromMs: Date.UTC(2026, 0, 15, 10),
  toMs: Date.UTC(2026, 0, 15, 11),
} as const;

/** The address that scans ports in the middle of the range. */
export const SCANNER = '198.51.100.66';

/** One flow log on one VPC. */
export interface FlowLog {
  readonly id: string;
  readonly accountId: string;
  readonly region: string;
  readonly vpcId: string;
  /** Fields in the order of the header line. */
  readonly format: readonly string[];
  readonly layout: KeyLayout;
}

/** A network interface and whatever stands behind it. */
export interface Host {
  readonly kind: 'host';
  /** For people: `web-2`. */
  readonly name: string;
  readonly tier: Tier;
  readonly flowLog: FlowLog;
  readonly subnetId: string;
  readonly azId: string;
  readonly interfaceId: string;
  /** `-` where AWS runs the interface (load balancer, NAT gateway). */
  readonly instanceId: string;
  readonly address: string;
  /** Dual-stack hosts only. */
  readonly ipv6?: string;
  /** The subnet has a route to the internet gateway; others go out through the NAT gateway. */
  readonly isPublic: boolean;
}

/** An address outside all VPCs; `service` as in `pkt-dst-aws-service`, or `-`. */
export interface Outside {
  readonly kind: 'outside';
  readonly address: string;
  readonly service: string;
}

export type Tier =
  | 'alb'
  | 'nat'
  | 'web'
  | 'app'
  | 'reports'
  | 'database'
  | 'cache'
  | 'bastion'
  | 'vpn'
  | 'resolver'
  | 'monitor'
  | 'spare';

export interface Estate {
  readonly flowLogs: readonly FlowLog[];
  readonly hosts: readonly Host[];
}

/** The 29 fields up to version 5 in alphabetical order, as the console's "select all" writes a format. */
export const VERSION_5_FORMAT: readonly string[] = FIELDS.filter(
  ({ scope, version }) => scope !== 'tgw' && version <= 5,
)
  .map(({ name }) => name)
  .sort();

interface VpcPlan {
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  /** The VPC is `10.{net}.0.0/16`. */
  readonly net: number;
  readonly azIds: readonly string[];
  readonly format: readonly string[];
  readonly layout: KeyLayout;
  readonly tiers: readonly TierPlan[];
}

interface TierPlan {
  readonly tier: Tier;
  readonly hosts: number;
  readonly isPublic?: boolean;
  readonly isManaged?: boolean;
  readonly hasIPv6?: boolean;
}

const PLAIN: KeyLayout = { hive: false, hourly: false };
const HIVE_HOURLY: KeyLayout = { hive: 'aws-service', hourly: true };
const SHOP_ACCOUNT = '111122223333';
const DATA_ACCOUNT = '444455556666';
const EU = { region: 'eu-west-1', azIds: ['euw1-az1', 'euw1-az2'] } as const;
const US = { region: 'us-east-1', azIds: ['use1-az4', 'use1-az6'] } as const;

const VPCS: readonly VpcPlan[] = [
  {
    name: 'shop',
    ...EU,
    accountId: SHOP_ACCOUNT,
    net: 10,
    format: VERSION_5_FORMAT,
    layout: PLAIN,
    tiers: [
      { tier: 'alb', hosts: 2, isPublic: true, isManaged: true, hasIPv6: true },
      { tier: 'nat', hosts: 1, isPublic: true, isManaged: true },
      { tier: 'web', hosts: 6 },
      { tier: 'app', hosts: 8 },
      { tier: 'reports', hosts: 2 },
      { tier: 'spare', hosts: 1 },
    ],
  },
  {
    name: 'ops',
    ...EU,
    accountId: SHOP_ACCOUNT,
    net: 20,
    format: VERSION_5_FORMAT,
    layout: PLAIN,
    tiers: [
      { tier: 'bastion', hosts: 1, isPublic: true },
      { tier: 'vpn', hosts: 1, isPublic: true },
      { tier: 'resolver', hosts: 1 },
      { tier: 'monitor', hosts: 1 },
    ],
  },
  {
    name: 'shop-us',
    ...US,
    accountId: SHOP_ACCOUNT,
    net: 30,
    format: DEFAULT_FORMAT,
    layout: PLAIN,
    tiers: [
      { tier: 'alb', hosts: 2, isPublic: true, isManaged: true },
      { tier: 'nat', hosts: 1, isPublic: true, isManaged: true },
      // Grown, not planned: this web tier still has public addresses, so the scan reaches it.
      { tier: 'web', hosts: 3, isPublic: true },
      { tier: 'app', hosts: 3 },
      { tier: 'database', hosts: 1 },
      { tier: 'cache', hosts: 1 },
      { tier: 'spare', hosts: 1 },
    ],
  },
  {
    name: 'data',
    ...EU,
    accountId: DATA_ACCOUNT,
    net: 40,
    format: VERSION_5_FORMAT,
    layout: HIVE_HOURLY,
    tiers: [
      { tier: 'database', hosts: 2 },
      { tier: 'cache', hosts: 2 },
    ],
  },
];

/** Builds the estate; ids follow from the seed, names and addresses are always the same. */
export function createEstate(seed: number): Estate {
  const random = createRandom(seed);
  const built = VPCS.map((plan) => buildVpc(plan, random));
  return { flowLogs: built.map(({ flowLog }) => flowLog), hosts: built.flatMap(({ hosts }) => hosts) };
}

/** The hosts of a tier; `region` narrows it. */
export function hostsOf({ hosts }: Estate, tier: Tier, region?: string): readonly Host[] {
  return hosts.filter((host) => host.tier === tier && (region === undefined || host.flowLog.region === region));
}

function buildVpc(plan: VpcPlan, random: Random): { flowLog: FlowLog; hosts: readonly Host[] } {
  const flowLog: FlowLog = {
    id: `fl-${random.hex(17)}`,
    accountId: plan.accountId,
    region: plan.region,
    vpcId: `vpc-${random.hex(17)}`,
    format: plan.format,
    layout: plan.layout,
  };
  const hosts = plan.tiers.flatMap((tier, tierIndex) => {
    // Each tier has a subnet in each zone: 10.{net}.{tier}{zone}.0/24.
    const subnetIds = plan.azIds.map(() => `subnet-${random.hex(17)}`);
    return Array.from({ length: tier.hosts }, (_, index): Host => {
      const zone = index % plan.azIds.length;
      const third = tierIndex * 10 + zone;
      const last = 11 + index * 13;
      return {
        kind: 'host',
        name: `${plan.name}-${tier.tier}-${index + 1}`,
        tier: tier.tier,
        flowLog,
        subnetId: subnetIds[zone]!,
        azId: plan.azIds[zone]!,
        interfaceId: `eni-0${random.hex(16)}`,
        instanceId: tier.isManaged ? '-' : `i-0${random.hex(16)}`,
        address: `10.${plan.net}.${third}.${last}`,
        ...(tier.hasIPv6 ? { ipv6: `2001:db8:${plan.net}:${third || 'a'}::${last}` } : {}),
        isPublic: tier.isPublic ?? false,
      };
    });
  });
  return { flowLog, hosts };
}
