/**
 * The filter that narrows a query to what one node or pair of a graph shows, as text in the filter language. It is exact for
 * hosts and for groups that list their members. A group of more hosts is named by the VPC or subnet of the recording
 * interface, by its address range or by its AWS service: what its own interfaces logged, not record for record the same.
 */
import { EITHER_SIDE } from '../query/filter';
import { printFilterValue } from '../query/print-filter';
import type { Graph, GraphGroup, GraphNode } from './graph-model';

/** Reads filters off a graph's nodes; `undefined` where a node (*Other*) cannot be named. */
export interface NodeFilters {
  /** Records that have the node at either end. */
  ofNode(id: string): string | undefined;
  /** Records from one node to the other, either way. */
  ofPair(a: string, b: string): string | undefined;
}

/** The filters of that graph's nodes. */
export function createNodeFilters({ nodes, groups, addressKeys }: Graph): NodeFilters {
  const groupById = new Map(groups.map((group) => [group.id, group]));
  const nodeById = new Map(nodes.map((node) => [node.id, node]));
  const nameOf = (id: string): EndName => {
    const node = nodeById.get(id)!;
    return nameNode(node, groupById.get(node.groupId ?? ''));
  };
  const [source, target] = addressKeys;
  const isPacketAddress = source.startsWith('pkt-');
  const atEnd = (name: EndName, end: 'source' | 'target'): string | undefined =>
    name.byAddress?.(end === 'source' ? source : target) ??
    (name.service === undefined
      ? undefined
      : `${EITHER_SIDE['aws-service']![end === 'source' ? 0 : 1]} = ${printText(name.service)}`);
  return {
    ofNode: (id) => {
      const name = nameOf(id);
      return (
        name.byRecorder ??
        (name.isPositive
          ? name.byAddress?.(isPacketAddress ? 'pkt-addr' : 'addr')
          : join([atEnd(name, 'source'), atEnd(name, 'target')], 'or'))
      );
    },
    ofPair: (a, b) => {
      const [nameA, nameB] = [nameOf(a), nameOf(b)];
      // A record has one recorder, which may be at either end.
      const recorder = join([nameA.byRecorder, nameB.byRecorder], 'or');
      const forth = join([atEnd(nameA, 'source'), atEnd(nameB, 'target')], 'and');
      const back = join([atEnd(nameB, 'source'), atEnd(nameA, 'target')], 'and');
      return join([recorder, join([forth, back], 'or')], 'and');
    },
  };
}

/** How a node can be named in a filter: by its addresses, by the interface that recorded it, or as an AWS service. */
interface EndName {
  readonly byAddress?: (field: string) => string;
  /** The test of the addresses is true if it is for one of them, so it may be put to either end at once. */
  readonly isPositive?: boolean;
  readonly byRecorder?: string;
  readonly service?: string;
}

function nameNode({ id, kind, members }: GraphNode, group: GraphGroup | undefined): EndName {
  switch (kind) {
    case 'other':
      return {};
    case 'unknown':
      return { byAddress: (field) => `${field} = -`, isPositive: true };
    case 'address':
      return { byAddress: (field) => `${field} = ${id}`, isPositive: true };
    case 'group':
      return members ? { byAddress: (field) => isOneOf(field, members), isPositive: true } : nameGroup(group);
  }
}

function nameGroup(group: GraphGroup | undefined): EndName {
  switch (group?.kind) {
    case 'vpc':
      return { byRecorder: `vpc-id = ${printText(group.label)}` };
    case 'subnet':
      return { byRecorder: `subnet-id = ${printText(group.label)}` };
    case 'range':
      return { byAddress: (field) => `${field} = ${group.label}`, isPositive: true };
    case 'service':
      return { service: group.label };
    case 'internet':
      return { byAddress: (field) => `not ${isOneOf(field, LOCAL_RANGES)}` };
    case undefined:
      return {};
  }
}

/** What `groupByRange` does not take for the internet. */
const LOCAL_RANGES: readonly string[] = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
  ...['198.18.0.0/15', '224.0.0.0/4', '255.255.255.255', '::', '::1', 'fc00::/7', 'fe80::/10', 'ff00::/8', '-'],
];

function isOneOf(field: string, values: readonly string[]): string {
  return values.length === 1 ? `${field} = ${values[0]!}` : `${field} in (${values.join(', ')})`;
}

function printText(text: string): string {
  return printFilterValue({ type: 'text', text }, '');
}

/** The terms that there are, in parentheses if they are two. */
function join(terms: readonly (string | undefined)[], operator: 'and' | 'or'): string | undefined {
  const known = terms.filter((term) => term !== undefined);
  return known.length < 2 ? known[0] : `(${known.join(`) ${operator} (`)})`;
}
