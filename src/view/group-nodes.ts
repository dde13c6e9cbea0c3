/**
 * Addresses as the groups they are in: an estate of thousands of hosts as some forty nodes, of which any can be opened. A
 * group that is opened shows its subnets or its heaviest hosts, and itself for the others, so that every address is
 * in exactly one node at every step.
 */
import { cellText, findKey, type Digest } from '../digest/digest';
import type { GraphGroup } from './graph-model';
import type { AddressIndex } from './index-addresses';
import { describeAddress, type NodeFacts, type NodeSet } from './node-set';
import { placeAddresses, type Placement } from './place-addresses';
import { selectTop } from '../digest/select-top';

/** Which groups are open, and how far. */
export interface Grouping {
  /** Ids of groups to open by one level: a VPC into its subnets, any other (and a VPC without subnets) into hosts. */
  readonly expand?: readonly string[];
  /** Most hosts that an opened group shows; the others stay in its own node. */
  readonly topHosts?: number;
}

/** The nodes, and how many of them are there only because a group was opened. */
export interface GroupNodes extends NodeSet {
  readonly openedCount: number;
}

const DEFAULT_TOP_HOSTS = 25;

/** A group of no more addresses than this lists them. */
const MAX_MEMBERS = 20;

/**
 * Groups the addresses: subnets, address ranges, AWS services and the internet; if those are more than `maxGroups`, VPCs
 * stand for their subnets. Addresses on the internet are in the group of an AWS service if the records say so
 * (`pkt-src-aws-service`, `pkt-dst-aws-service`). Hosts of opened groups are ranked by `weights`, one per row.
 */
export function createGroupNodes(
  digest: Digest,
  addresses: AddressIndex,
  weights: Float64Array,
  maxGroups: number,
  { expand = [], topHosts = DEFAULT_TOP_HOSTS }: Grouping,
  isPacketAddress: boolean,
): GroupNodes {
  const all = Uint32Array.from({ length: addresses.count }, (_, id) => id);
  const placement = placeAddresses(digest, addresses, all, isPacketAddress);
  const services = placeServices(digest, addresses, placement);
  const pathOf = (id: number): GraphPath | undefined => services.get(id) ?? placement.get(id);
  const isOpen = new Set(expand);
  const innermost = new Set<string>();
  for (const id of all) {
    innermost.add(pathOf(id)?.[0].id ?? '');
  }
  innermost.delete('');
  const showsSubnets = innermost.size <= maxGroups;

  const groupNumbers = new Map<string, number>();
  const groups: ShownGroup[] = [];
  const nodeOf = new Uint32Array(addresses.count);
  const join = (id: number, path: GraphPath): void => {
    const number = groupNumbers.get(path[0].id) ?? groups.length;
    if (number === groups.length) {
      groupNumbers.set(path[0].id, number);
      groups.push({ path, ids: [] });
    }
    groups[number]!.ids.push(id);
    nodeOf[id] = number;
  };
  const opened = new Map<string, { readonly path: GraphPath; readonly ids: number[] }>();
  const single: number[] = [];
  for (const id of all) {
    const path = pathOf(id);
    const shown = path && shownPath(path, showsSubnets, isOpen);
    if (shown) {
      join(id, shown);
    } else if (path) {
      const group = opened.get(path[0].id) ?? { path, ids: [] };
      opened.set(path[0].id, group);
      group.ids.push(id);
    } else {
      single.push(id);
    }
  }
  const addressWeights = weighAddresses(addresses, weights);
  for (const { path, ids } of opened.values()) {
    const order = selectTop(
      Float64Array.from(ids, (id) => addressWeights[id]!),
      topHosts,
    );
    const isShown = new Set(Array.from(order, (index) => ids[index]!));
    single.push(...isShown);
    ids.filter((id) => !isShown.has(id)).forEach((id) => join(id, path));
  }
  single.sort((a, b) => a - b).forEach((id, index) => (nodeOf[id] = groups.length + index));

  return {
    count: groups.length + single.length,
    sourceIds: addresses.sourceIds.map((id) => nodeOf[id]!),
    targetIds: addresses.targetIds.map((id) => nodeOf[id]!),
    describe: (node) => {
      const group = groups[node];
      return group
        ? describeGroup(group, opened.has(group.path[0].id), addresses)
        : describeAddress(addresses, single[node - groups.length]!);
    },
    place: (nodes): Placement => {
      const paths = Array.from(nodes, (node) => [node, groups[node]?.path ?? pathOf(single[node - groups.length]!)]);
      return new Map(paths.filter((entry): entry is [number, GraphPath] => entry[1] !== undefined));
    },
    openedCount:
      groups.filter(({ path: [, parent] }) => !showsSubnets && parent && isOpen.has(parent.id)).length +
      single.filter((id) => pathOf(id)).length,
  };
}

type GraphPath = readonly [GraphGroup, ...GraphGroup[]];

/** A group that is a node, and the addresses it stands for. */
interface ShownGroup {
  /** Innermost first: the group itself, then what it is in. */
  readonly path: GraphPath;
  readonly ids: number[];
}

/** The part of the path from the group on that is shown for an address, or `undefined` if the address itself is. */
function shownPath(path: GraphPath, showsSubnets: boolean, isOpen: ReadonlySet<string>): GraphPath | undefined {
  let at = showsSubnets ? 0 : path.length - 1;
  while (at >= 0 && isOpen.has(path[at]!.id)) {
    at--;
  }
  return at < 0 ? undefined : [path[at]!, ...path.slice(at + 1)];
}

function describeGroup({ path: [group], ids }: ShownGroup, isRest: boolean, addresses: AddressIndex): NodeFacts {
  const hosts = `${ids.length}${isRest ? ' other' : ''} ${ids.length === 1 ? 'host' : 'hosts'}`;
  return {
    id: group.id,
    kind: 'group',
    label: `${group.label} (${hosts})`,
    family: undefined,
    hosts: ids.length,
    ...(ids.length <= MAX_MEMBERS ? { members: ids.map((id) => addresses.text(id)) } : {}),
  };
}

function weighAddresses({ count, sourceIds, targetIds }: AddressIndex, weights: Float64Array): Float64Array {
  const sums = new Float64Array(count);
  for (let row = 0; row < weights.length; row++) {
    sums[sourceIds[row]!]! += weights[row]!;
    sums[targetIds[row]!]! += weights[row]!;
  }
  return sums;
}

/** Of addresses on the internet the AWS service that most of their flows name; ties by text order. */
function placeServices(digest: Digest, addresses: AddressIndex, placement: Placement): Placement {
  const claims = new Map<number, Map<string, number>>();
  for (const [name, ids] of [
    ['pkt-src-aws-service', addresses.sourceIds],
    ['pkt-dst-aws-service', addresses.targetIds],
  ] as const) {
    const column = findKey(digest, name);
    for (let row = 0; column && row < digest.rowCount; row++) {
      const id = ids[row]!;
      const service = cellText(column, row);
      if (service !== '-' && placement.get(id)?.[0].kind === 'internet') {
        const flowsByService = claims.get(id) ?? new Map<string, number>();
        claims.set(id, flowsByService);
        flowsByService.set(service, (flowsByService.get(service) ?? 0) + digest.flows[row]!);
      }
    }
  }
  const services = Array.from(claims, ([id, flowsByService]) => {
    const [[service]] = [...flowsByService].sort(([a, flowsA], [b, flowsB]) => flowsB - flowsA || (a < b ? -1 : 1)) as [
      [string, number],
    ];
    const group: GraphGroup = { id: `service:${service}`, kind: 'service', label: service, parentId: undefined };
    return [id, [group]] as const;
  });
  return new Map<number, GraphPath>(services);
}
