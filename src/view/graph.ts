/**
 * The answer to a graph query: who talks to whom, the largest nodes each by itself and all others as one node *Other*.
 * Every row of the digest is in exactly one edge, so the edges add up to the digest.
 */
import { findKey, measureValues, type AddressColumn, type Digest, type KeyColumn } from '../digest/digest';
import { FlowError } from '../errors';
import { MEASURES, type GraphQuery, type Measure } from '../query/model';
import { createFieldReader, createPortReader } from './describe-edges';
import { selectNodes, type GraphRows } from './fold-nodes';
import {
  OTHER_ID,
  type ActionShares,
  type Graph,
  type GraphEdge,
  type GraphGroup,
  type GraphNode,
} from './graph-model';
import { indexAddresses, type AddressIndex } from './index-addresses';
import { placeAddresses } from './place-addresses';
import { digestBounds, digestTotals, finite, type Sums } from './totals';

/** Limits of a graph beside the query's own. */
export interface GraphOptions {
  /** Most edges; by default four per node of `top`, but at least 200. See `selectNodes` for what gives way. */
  readonly maxEdges?: number;
}

/**
 * The graph of the digest's addresses: its keys `srcaddr` and `dstaddr`, or without both of them `pkt-srcaddr` and
 * `pkt-dstaddr`; `bad-query` if neither pair is there.
 *
 * Nodes are sorted by group (VPCs with their subnets, ranges, the internet), family and address, then the unknown and
 * *Other*; edges by source, target (in the order of nodes) and action.
 */
export function buildGraph(
  digest: Digest,
  query: Pick<GraphQuery, 'measures' | 'top'>,
  { maxEdges = Math.max(200, 4 * query.top) }: GraphOptions = {},
): Graph {
  const [sourceKey, targetKey] = findAddressKeys(digest);
  const addresses = indexAddresses(sourceKey, targetKey);
  const { actions, actionTexts } = indexActions(digest);
  const rows: GraphRows = {
    nodeCount: addresses.count,
    sourceIds: addresses.sourceIds,
    targetIds: addresses.targetIds,
    actionCount: actionTexts.length,
    actions,
  };
  const kept = selectNodes(rows, measureValues(digest, query.measures[0]), query.top, maxEdges);
  const isPacketAddress = sourceKey.name.startsWith('pkt-');
  const order = orderNodes(digest, addresses, kept.ids, isPacketAddress);
  const foldedIds = addresses.count - order.ids.length;

  const positionOf = new Uint32Array(addresses.count).fill(order.ids.length);
  order.ids.forEach((id, position) => (positionOf[id] = position));
  const nodeIds = [...order.ids.map((id) => addresses.text(id)), ...(foldedIds > 0 ? [OTHER_ID] : [])];
  const measures = [...new Set<Measure>(['bytes', 'packets', 'flows', ...query.measures])].sort(
    (a, b) => MEASURES.indexOf(a) - MEASURES.indexOf(b),
  );
  const fieldKeys = digest.keys.filter((key) => key !== sourceKey && key !== targetKey && key.name !== 'action');
  const edges = buildEdges({ digest, rows, positionOf, nodeIds, actionTexts, measures, fieldKeys });

  const isUnknownKnown = addresses.count > 0 && addresses.family(0) === 0;
  const isUnknownKept = order.ids.some((id) => addresses.family(id) === 0);
  const foldedAddresses = foldedIds - (isUnknownKnown && !isUnknownKept ? 1 : 0);
  const nodes = nodeIds.map((id, position): GraphNode => {
    const addressId = order.ids[position];
    const family = addressId === undefined ? 0 : addresses.family(addressId);
    const kind = addressId === undefined ? 'other' : family === 0 ? 'unknown' : 'address';
    return {
      id,
      kind,
      label: kind === 'other' ? describeOther(foldedAddresses) : kind === 'unknown' ? 'unknown' : id,
      family: family === 0 ? undefined : family,
      groupId: order.groupIds[position],
      hosts: kind === 'other' ? foldedAddresses : kind === 'unknown' ? 0 : 1,
      ...sumNode(id, edges.byNode[position]!, measures, query.measures[0]),
    };
  });
  return {
    rankedBy: query.measures[0],
    addressKeys: [sourceKey.name, targetKey.name],
    nodes,
    edges: edges.edges,
    groups: order.groups,
    totals: digestTotals(digest, measures) as Sums,
    ...digestBounds(digest),
    addressCount: addresses.count - (isUnknownKnown ? 1 : 0),
    foldedAddresses,
    foldedForEdges: kept.foldedForEdges,
  };
}

function describeOther(hosts: number): string {
  return `${OTHER_ID} (${hosts} ${hosts === 1 ? 'host' : 'hosts'})`;
}

function findAddressKeys(digest: Digest): readonly [AddressColumn, AddressColumn] {
  for (const prefix of ['', 'pkt-']) {
    const source = findKey(digest, `${prefix}srcaddr`);
    const target = findKey(digest, `${prefix}dstaddr`);
    if (source?.kind === 'address' && target?.kind === 'address') {
      return [source, target];
    }
  }
  const keys = digest.keys.map((key) => key.name).join(', ');
  throw new FlowError(
    'bad-query',
    'cannot build a graph: it needs the keys srcaddr and dstaddr (or pkt-srcaddr and pkt-dstaddr) to make its nodes ' +
      `from, and the keys are ${keys === '' ? 'none' : keys}`,
    { fields: { keys } },
  );
}

/** Numbers of the rows' actions, in text order with the missing one last. */
function indexActions(digest: Digest): { actions: Uint32Array; actionTexts: readonly (string | undefined)[] } {
  const column = findKey(digest, 'action');
  if (column?.kind !== 'text') {
    return { actions: new Uint32Array(digest.rowCount), actionTexts: [undefined] };
  }
  const missing = column.dictionary.length;
  return {
    actions: column.codes.map((code) => Math.min(code, missing)),
    actionTexts: [...column.dictionary, undefined],
  };
}

interface NodeOrder {
  /** Address numbers of the nodes that are shown. */
  readonly ids: readonly number[];
  readonly groupIds: readonly (string | undefined)[];
  readonly groups: readonly GraphGroup[];
}

const KIND_ORDER: readonly GraphGroup['kind'][] = ['vpc', 'subnet', 'range', 'internet'];

function orderNodes(digest: Digest, addresses: AddressIndex, kept: Uint32Array, isPacketAddress: boolean): NodeOrder {
  const placement = placeAddresses(digest, addresses, kept, isPacketAddress);
  const groupById = new Map<string, GraphGroup>();
  for (const group of [...placement.values()].flat()) {
    groupById.set(group.id, group);
  }
  const pathOf = (group: GraphGroup): readonly GraphGroup[] => {
    const parent = group.parentId === undefined ? undefined : groupById.get(group.parentId);
    return parent ? [parent, group] : [group];
  };
  const groups = [...groupById.values()].sort((a, b) => comparePaths(pathOf(a), pathOf(b)));
  const groupRank = new Map(groups.map((group, rank) => [group.id, rank]));
  // Numbers of addresses are in the order of family and value, with the missing one first; it goes last here.
  const rankOf = (id: number): number => groupRank.get(placement.get(id)?.[0].id ?? '') ?? groups.length;
  const ids = Array.from(kept)
    .map((id) => ({ id, rank: rankOf(id) }))
    .sort((a, b) => a.rank - b.rank || a.id - b.id)
    .map(({ id }) => id);
  return { ids, groupIds: ids.map((id) => placement.get(id)?.[0].id), groups };
}

/** Orders groups by kind and id from the outermost on; a group comes before those in it. */
function comparePaths(a: readonly GraphGroup[], b: readonly GraphGroup[]): number {
  for (let depth = 0; depth < Math.min(a.length, b.length); depth++) {
    const [x, y] = [a[depth]!, b[depth]!];
    if (x.id !== y.id) {
      return KIND_ORDER.indexOf(x.kind) - KIND_ORDER.indexOf(y.kind) || (x.id < y.id ? -1 : 1);
    }
  }
  return a.length - b.length;
}

interface EdgeInput {
  readonly digest: Digest;
  readonly rows: GraphRows;
  /** Per address number its node. */
  readonly positionOf: Uint32Array;
  readonly nodeIds: readonly string[];
  readonly actionTexts: readonly (string | undefined)[];
  readonly measures: readonly Measure[];
  readonly fieldKeys: readonly KeyColumn[];
}

interface Edges {
  readonly edges: readonly GraphEdge[];
  /** Per node the edges that touch it, one between a node and itself once. */
  readonly byNode: readonly (readonly GraphEdge[])[];
}

function buildEdges({ digest, rows, positionOf, nodeIds, actionTexts, measures, fieldKeys }: EdgeInput): Edges {
  const { keys, edgeRows } = groupByEdge(rows, positionOf, nodeIds.length);
  const values = measures.map((measure) => measureValues(digest, measure));
  const readPorts = createPortReader(digest, measureValues(digest, 'bytes'));
  const readFields = createFieldReader(digest, fieldKeys);
  const byNode = nodeIds.map((): GraphEdge[] => []);
  const edges = keys.map((key, index): GraphEdge => {
    const own = edgeRows[index]!;
    const sums = values.map((column) => own.reduce((sum, row) => sum + column[row]!, 0));
    const target = Math.floor(key / rows.actionCount) % nodeIds.length;
    const source = Math.floor(key / rows.actionCount / nodeIds.length);
    const edge: GraphEdge = {
      source: nodeIds[source]!,
      target: nodeIds[target]!,
      action: actionTexts[key % rows.actionCount],
      sums: Object.fromEntries(measures.map((measure, i) => [measure, sums[i]!])) as Sums,
      ...readPorts(own),
      minStartSec: finite(own.reduce((min, row) => Math.min(min, digest.minStartSec[row]!), Infinity)),
      maxEndSec: finite(own.reduce((max, row) => Math.max(max, digest.maxEndSec[row]!), -Infinity)),
      fields: readFields(own),
    };
    byNode[source]!.push(edge);
    if (target !== source) {
      byNode[target]!.push(edge);
    }
    return edge;
  });
  return { edges, byNode };
}

/** Per distinct (source, target, action) of nodes, in that order, the rows that belong to it. */
function groupByEdge(
  { sourceIds, targetIds, actions, actionCount }: GraphRows,
  positionOf: Uint32Array,
  nodeCount: number,
): { keys: readonly number[]; edgeRows: readonly Uint32Array[] } {
  const numbers = new Map<number, number>();
  const rowNumbers = new Uint32Array(sourceIds.length);
  const sizes: number[] = [];
  for (let row = 0; row < sourceIds.length; row++) {
    const pair = positionOf[sourceIds[row]!]! * nodeCount + positionOf[targetIds[row]!]!;
    const key = pair * actionCount + actions[row]!;
    let number = numbers.get(key);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(key, number);
      sizes.push(0);
    }
    rowNumbers[row] = number;
    sizes[number]!++;
  }
  const rowsByNumber = sizes.map((size) => new Uint32Array(size));
  const filled = new Uint32Array(sizes.length);
  for (let row = 0; row < rowNumbers.length; row++) {
    const number = rowNumbers[row]!;
    rowsByNumber[number]![filled[number]!++] = row;
  }
  const keys = [...numbers.keys()].sort((a, b) => a - b);
  return { keys, edgeRows: keys.map((key) => rowsByNumber[numbers.get(key)!]!) };
}

type NodeSums = Pick<GraphNode, 'in' | 'out' | 'accept' | 'reject' | 'shares'>;

function sumNode(id: string, edges: readonly GraphEdge[], measures: readonly Measure[], rankedBy: Measure): NodeSums {
  const incoming = edges.filter((edge) => edge.target === id);
  const outgoing = edges.filter((edge) => edge.source === id);
  const ends = [...incoming, ...outgoing];
  const add = (chosen: readonly GraphEdge[]): Sums =>
    Object.fromEntries(
      measures.map((measure) => [measure, chosen.reduce((sum, edge) => sum + edge.sums[measure]!, 0)]),
    ) as Sums;
  const accept = add(ends.filter((edge) => edge.action === 'ACCEPT'));
  const reject = add(ends.filter((edge) => edge.action === 'REJECT'));
  return {
    in: add(incoming),
    out: add(outgoing),
    accept,
    reject,
    shares: shareOut(add(ends), accept, reject, rankedBy),
  };
}

function shareOut(all: Sums, accepted: Sums, rejected: Sums, rankedBy: Measure): ActionShares {
  const measure = all[rankedBy]! > 0 ? rankedBy : 'flows';
  const total = all[measure]!;
  if (total === 0) {
    return { accept: 0, reject: 0, none: 0 };
  }
  const [accept, reject] = [accepted[measure]! / total, rejected[measure]! / total];
  return { accept, reject, none: (total - accepted[measure]! - rejected[measure]!) / total };
}
