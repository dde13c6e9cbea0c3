/**
 * Where the addresses of a graph are. Flow logs say so only of the interface that recorded a flow (`vpc-id`,
 * `subnet-id`), so the first question per row is which of its two addresses is that interface's; addresses that no row
 * places are grouped by address range.
 */
import { cellText, findKey, MISSING, type Digest } from '../digest/digest';
import { addressRange, formatAddress, parseAddress, type Address } from '../flow/address';
import type { GraphGroup } from './graph-model';
import { groupRows } from '../digest/group-rows';
import type { AddressIndex } from './index-addresses';

/** Which group each of some addresses is in, innermost first; the missing address is in none. */
export type Placement = ReadonlyMap<number, readonly [GraphGroup, ...GraphGroup[]]>;

/**
 * Places the addresses `ids`. Each row is a claim, of weight `flows`, that its interface's address is in the row's VPC
 * and subnet; rows of transit gateways claim a VPC for both their ends. The VPC with most flows wins, then its subnet
 * with most flows; ties by text order.
 *
 * The interface's address is the source of an `egress` row and the target of an `ingress` one. Without direction it is,
 * per interface and address family, the address that all of the interface's rows have; if they all have the same two, the
 * one that is not on the internet, and if that does not tell them apart the row claims nothing. Rows without an interface
 * (regional NAT gateways) claim nothing. With `isPacketAddress` (the nodes are `pkt-` addresses) neither do they for
 * addresses on the internet, which are not the interface's own but pass through it.
 */
export function placeAddresses(
  digest: Digest,
  addresses: AddressIndex,
  ids: Iterable<number>,
  isPacketAddress: boolean,
): Placement {
  const wanted = Uint32Array.from(ids);
  const rangeOf = createRangeReader();
  // Per wanted address its range; no other may claim.
  const ranges: (readonly [GraphGroup] | undefined)[] = new Array(addresses.count);
  const canClaim = new Uint8Array(addresses.count);
  for (const id of wanted) {
    const range = rangeOf(addresses.text(id));
    ranges[id] = range;
    canClaim[id] = addresses.family(id) !== 0 && !(isPacketAddress && range?.[0].kind === 'internet') ? 1 : 0;
  }

  const claims = new Map<number, VpcClaims>();
  for (const source of claimSources(digest, addresses)) {
    // Sorted rows come in runs of one interface, and so of one claim.
    let [lastId, lastVpc, lastSubnet, flows]: [number | undefined, string, string, number] = [undefined, '-', '-', 0];
    const addLast = (): void => {
      if (lastId !== undefined && canClaim[lastId] === 1) {
        addClaim(claims, lastId, lastVpc, lastSubnet, flows);
      }
    };
    for (let row = 0; row < digest.rowCount; row++) {
      const id = source.addressOf(row);
      const vpc = source.vpcOf(row);
      const subnet = source.subnetOf(row);
      if (id !== lastId || vpc !== lastVpc || subnet !== lastSubnet) {
        addLast();
        [lastId, lastVpc, lastSubnet, flows] = [id, vpc, subnet, 0];
      }
      flows += digest.flows[row]!;
    }
    addLast();
  }
  const placement = new Map<number, readonly [GraphGroup, ...GraphGroup[]]>();
  for (const id of wanted) {
    const groups = strongestClaim(claims.get(id)) ?? ranges[id];
    if (groups) {
      placement.set(id, groups);
    }
  }
  return placement;
}

/** A pair of columns that says where one address of each row is. `-` stands for no claim. */
interface ClaimSource {
  readonly addressOf: (row: number) => number | undefined;
  readonly vpcOf: (row: number) => string;
  readonly subnetOf: (row: number) => string;
}

function claimSources(digest: Digest, addresses: AddressIndex): readonly ClaimSource[] {
  const textOf = (name: string): ((row: number) => string) | undefined => {
    const column = findKey(digest, name);
    return column && ((row) => cellText(column, row));
  };
  const none = (): string => '-';
  const sources: ClaimSource[] = [];
  const vpcOf = textOf('vpc-id');
  const subnetOf = textOf('subnet-id');
  if (vpcOf ?? subnetOf) {
    const addressOf = createLocalEnd(digest, addresses);
    sources.push({ addressOf, vpcOf: vpcOf ?? none, subnetOf: subnetOf ?? none });
  }
  for (const [name, idsOf] of [
    ['tgw-src-vpc-id', addresses.sourceIds],
    ['tgw-dst-vpc-id', addresses.targetIds],
  ] as const) {
    const tgwVpcOf = textOf(name);
    if (tgwVpcOf) {
      // The subnet fields are those of the attachments, not of the addresses.
      sources.push({ addressOf: (row) => idsOf[row], vpcOf: tgwVpcOf, subnetOf: none });
    }
  }
  return sources;
}

/** The end of each row that is its interface's own address, by direction or else by what the interface's rows share. */
function createLocalEnd(digest: Digest, addresses: AddressIndex): (row: number) => number | undefined {
  const direction = findKey(digest, 'flow-direction');
  const interfaces = findKey(digest, 'interface-id');
  const isWithoutInterface = (row: number): boolean => interfaces !== undefined && cellText(interfaces, row) === '-';
  // Only needed, and only made, once a row has no direction.
  let inferred: ((row: number) => number | undefined) | undefined;
  return (row) => {
    if (isWithoutInterface(row)) {
      return undefined;
    }
    switch (direction && cellText(direction, row)) {
      case 'egress':
        return addresses.sourceIds[row];
      case 'ingress':
        return addresses.targetIds[row];
      default:
        inferred ??= interfaces
          ? inferInterfaceAddresses(digest, addresses, groupRows(digest, [interfaces]).ids)
          : () => undefined;
        return inferred(row);
    }
  };
}

/** No address can have this number. */
const NONE = MISSING;

/** Per interface and family the one address that is an end of all its rows. */
function inferInterfaceAddresses(
  digest: Digest,
  addresses: AddressIndex,
  interfaceIds: Uint32Array,
): (row: number) => number | undefined {
  const { sourceIds, targetIds } = addresses;
  // Per interface and family two candidates, narrowed row by row.
  const candidates = new Map<number, [number, number]>();
  const groupOf = (row: number): number =>
    interfaceIds[row]! * 2 + (addresses.family(Math.max(sourceIds[row]!, targetIds[row]!)) === 6 ? 1 : 0);
  for (let row = 0; row < digest.rowCount; row++) {
    const source = sourceIds[row]!;
    const target = targetIds[row]!;
    if (addresses.family(source) === 0 || addresses.family(target) === 0) {
      continue;
    }
    const pair = candidates.get(groupOf(row));
    if (!pair) {
      candidates.set(groupOf(row), source === target ? [source, NONE] : [source, target]);
    } else {
      for (const side of [0, 1] as const) {
        if (pair[side] !== source && pair[side] !== target) {
          pair[side] = NONE;
        }
      }
    }
  }
  const found = new Map<number, number>();
  for (const [group, pair] of candidates) {
    const left = pair.filter((id) => id !== NONE);
    const own = left.length > 1 ? left.filter((id) => groupByRange(addresses.text(id))?.kind !== 'internet') : left;
    if (own.length === 1) {
      found.set(group, own[0]!);
    }
  }
  return (row) => found.get(groupOf(row));
}

/** Flows per VPC, and in it per subnet; `-` as key where the row has none. */
type VpcClaims = Map<string, { flows: number; readonly subnets: Map<string, number> }>;

function addClaim(into: Map<number, VpcClaims>, id: number, vpc: string, subnet: string, flows: number): void {
  if (vpc === '-' && subnet === '-') {
    return;
  }
  const vpcs: VpcClaims = into.get(id) ?? new Map();
  into.set(id, vpcs);
  const claim = vpcs.get(vpc) ?? { flows: 0, subnets: new Map<string, number>() };
  vpcs.set(vpc, claim);
  claim.flows += flows;
  if (subnet !== '-') {
    claim.subnets.set(subnet, (claim.subnets.get(subnet) ?? 0) + flows);
  }
}

function strongestClaim(claims: VpcClaims | undefined): [GraphGroup, ...GraphGroup[]] | undefined {
  const vpc = claims && strongest([...claims].map(([text, { flows }]) => [text, flows]));
  if (vpc === undefined) {
    return undefined;
  }
  const subnet = strongest([...claims!.get(vpc)!.subnets]);
  const vpcGroup: GraphGroup = { id: `vpc:${vpc}`, kind: 'vpc', label: vpc, parentId: undefined };
  if (subnet === undefined) {
    return [vpcGroup];
  }
  // A digest may group by subnet alone; then the subnet is in no VPC.
  return vpc === '-'
    ? [{ id: `subnet:${subnet}`, kind: 'subnet', label: subnet, parentId: undefined }]
    : [{ id: `subnet:${vpc}/${subnet}`, kind: 'subnet', label: subnet, parentId: vpcGroup.id }, vpcGroup];
}

function strongest(claims: readonly (readonly [text: string, flows: number])[]): string | undefined {
  const [best] = [...claims].sort(([a, flowsA], [b, flowsB]) => flowsB - flowsA || (a < b ? -1 : 1));
  return best?.[0];
}

/**
 * The group of an address that no record places: RFC 1918 ranges by /16, unique local IPv6 by /48, other ranges of local
 * meaning as a whole, and everything else (documentation addresses too) is the internet. `undefined` for `-`.
 */
export function groupByRange(address: string): GraphGroup | undefined {
  const parsed = parseAddress(address);
  if (!parsed) {
    return undefined;
  }
  const range = addressRange(address);
  const prefix = range === 'private' ? 16 : range === 'uniqueLocal' ? 48 : undefined;
  if (prefix !== undefined) {
    const first = formatAddress({ ...parsed, bytes: parsed.bytes.map((byte, i) => (i < prefix / 8 ? byte : 0)) });
    return rangeGroup(`${first}/${prefix}`);
  }
  const block = isBenchmarking(parsed) ? '198.18.0.0/15' : WHOLE_RANGES[range]?.[parsed.family];
  return block === undefined
    ? { id: 'internet', kind: 'internet', label: 'internet', parentId: undefined }
    : rangeGroup(block);
}

/** `groupByRange` that looks at each IPv4 /16 once: all its addresses are in one group, but for the broadcast address. */
function createRangeReader(): (address: string) => readonly [GraphGroup] | undefined {
  const known = new Map<string, readonly [GraphGroup]>();
  const read = (address: string): readonly [GraphGroup] | undefined => {
    const group = groupByRange(address);
    return group && [group];
  };
  return (address) => {
    const dot = address.indexOf('.', address.indexOf('.') + 1);
    if (dot < 0 || address.startsWith('255.255.')) {
      return read(address);
    }
    const prefix = address.slice(0, dot);
    const group = known.get(prefix) ?? read(address);
    if (group) {
      known.set(prefix, group);
    }
    return group;
  };
}

function rangeGroup(label: string): GraphGroup {
  return { id: `range:${label}`, kind: 'range', label, parentId: undefined };
}

/** A range that VPCs may have as their own, and that `addressRange` lumps together with documentation addresses. */
function isBenchmarking({ family, bytes }: Address): boolean {
  return family === 4 && bytes[0] === 198 && (bytes[1]! & 0xfe) === 18;
}

/** Blocks by the names of `addressRange`. */
const WHOLE_RANGES: Readonly<Record<string, Readonly<Partial<Record<4 | 6, string>>>>> = {
  linkLocal: { 4: '169.254.0.0/16', 6: 'fe80::/10' },
  loopback: { 4: '127.0.0.0/8', 6: '::1/128' },
  multicast: { 4: '224.0.0.0/4', 6: 'ff00::/8' },
  broadcast: { 4: '255.255.255.255/32' },
  unspecified: { 4: '0.0.0.0/8', 6: '::/128' },
  carrierGradeNat: { 4: '100.64.0.0/10' },
};
