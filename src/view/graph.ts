/**
 * The answer to a graph query: who talks to whom, the largest nodes each by itself and all others as one node *Other*.
 * Nodes are addresses or groups of them. Every row of the digest is in exactly one edge, so the edges add up to the
 * digest.
 */
import { findKey, measureValues, type AddressColumn, type Digest, type KeyColumn } from '../digest/digest';
import { FlowError } from '../errors';
import { MEASURES, type GraphQuery, type Measure } from '../query/model';
import { createFieldReader, createPortReader } from './describe-edges';
import { selectNodes, type GraphRows } from './fold-nodes';
import { OTHER_ID, type Graph, type GraphEdge, type GraphNode } from './graph-model';
import { createGroupNodes, type Grouping } from './group-nodes';
import { indexAddresses } from './index-addresses';
import { createHostNodes, type NodeFacts } from './node-set';
import { orderNodes } from './order-nodes';
import { sumActions, sumEdges } from './sum-edges';
import { digestBounds, digestTotals, finite, type Sums } from './totals';

/** Most edges of a picture in Grafana, drawn and exported alike: more are a grey felt. */
export const MAX_DRAWN_EDGES = 800;

/** Limits of a graph beside the query's own. */
export interface GraphOptions {
  /**
   * Most edges; by default four per node of `top`, but at least 200, and 800 between groups, most pairs of which have
   * several. See `selectNodes` for what gives way.
   */
  readonly maxEdges?: number;
  /**
   * Nodes are groups of addresses instead of single ones. `top` is then the most groups, what opened groups show comes on
   * top of it, and there are never more nodes than `MAX_DRAWN_NODES` with *Other*.
   */
  readonly grouping?: Grouping;
}

/** More nodes than this a node graph panel does not draw. */
export const MAX_DRAWN_NODES = 200;

/**
 * The graph of the digest's addresses: its keys `srcaddr` and `dstaddr`, or without both of them `pkt-srcaddr` and
 * `pkt-dstaddr`; `bad-query` if neither pair is there.
 *
 * Nodes are sorted by group (VPCs with their subnets, ranges, AWS services, the internet), the group itself first, then
 * family and address, then the unknown and *Other*; edges by source, target (in the order of nodes) and action.
 */
export function buildGraph(
  digest: Digest,
  query: Pick<GraphQuery, 'measures' | 'top'>,
  { maxEdges, grouping }: GraphOptions = {},
): Graph {
  const [sourceKey, targetKey] = findAddressKeys(digest);
  const isPacketAddress = sourceKey.name.startsWith('pkt-');
  const addresses = indexAddresses(sourceKey, targetKey);
  const { actions, actionTexts } = indexActions(digest);
  const weights = measureValues(digest, query.measures[0]);
  const groupNodes = grouping && createGroupNodes(digest, addresses, weights, query.top, grouping, isPacketAddress);
  const set = groupNodes ?? createHostNodes(digest, addresses, isPacketAddress);
  const top = groupNodes ? Math.min(query.top + groupNodes.openedCount, MAX_DRAWN_NODES - 1) : query.top;
  const rows: GraphRows = {
    nodeCount: set.count,
    sourceIds: set.sourceIds,
    targetIds: set.targetIds,
    actionCount: actionTexts.length,
    actions,
  };
  const kept = selectNodes(rows, weights, top, maxEdges ?? (groupNodes ? MAX_DRAWN_EDGES : Math.max(200, 4 * top)));
  const order = orderNodes(kept.ids, set.place(kept.ids));
  const shown = order.ids.map((id) => set.describe(id));

  const isUnknownKnown = addresses.count > 0 && addresses.family(0) === 0;
  const addressCount = addresses.count - (isUnknownKnown ? 1 : 0);
  const foldedAddresses = addressCount - shown.reduce((sum, { hosts }) => sum + hosts, 0);
  const facts = set.count === shown.length ? shown : [...shown, describeOther(foldedAddresses)];

  const positionOf = new Uint32Array(set.count).fill(shown.length);
  order.ids.forEach((id, position) => (positionOf[id] = position));
  const nodeIds = facts.map(({ id }) => id);
  const measures = [...new Set<Measure>(['bytes', 'packets', 'flows', ...query.measures])].sort(
    (a, b) => MEASURES.indexOf(a) - MEASURES.indexOf(b),
  );
  const fieldKeys = digest.keys.filter((key) => key !== sourceKey && key !== targetKey && key.name !== 'action');
  const edges = buildEdges({ digest, rows, positionOf, nodeIds, actionTexts, measures, fieldKeys });
  const nodes = facts.map((node, position): GraphNode => ({
    id: node.id,
    kind: node.kind,
    label: node.label,
    family: node.family,
    groupId: order.groupIds[position],
    hosts: node.hosts,
    ...(node.members ? { members: node.members } : {}),
    ...sumNode(node.id, edges.byNode[position]!, measures, query.measures[0]),
  }));
  return {
    rankedBy: query.measures[0],
    addressKeys: [sourceKey.name, targetKey.name],
    nodes,
    edges: edges.edges,
    groups: order.groups,
    totals: digestTotals(digest, measures) as Sums,
    ...digestBounds(digest),
    addressCount,
    foldedAddresses,
    foldedForEdges: kept.foldedForEdges,
  };
}

function describeOther(hosts: number): NodeFacts {
  const label = `${OTHER_ID} (${hosts} ${hosts === 1 ? 'host' : 'hosts'})`;
  return { id: OTHER_ID, kind: 'other', label, family: undefined, hosts };
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
  return {
    in: sumEdges(incoming, measures),
    out: sumEdges(outgoing, measures),
    ...sumActions([...incoming, ...outgoing], measures, rankedBy),
  };
}
