/**
 * The edges of a graph as a picture with straight lines can show them: one line between two nodes for all that goes there
 * and back, and what goes from a node to itself apart. Nothing is lost: pairs and loops add up to the graph's totals.
 */
import type { Measure } from '../query/model';
import type { Graph, GraphEdge, GraphPort } from './graph-model';
import { sumActions, sumEdges, type ActionSums } from './sum-edges';
import type { Sums } from './totals';

/** All traffic between two nodes; it runs from the client to the service where ports tell. */
export interface GraphPair extends ActionSums {
  readonly source: string;
  readonly target: string;
  /** Both directions. */
  readonly sums: Sums;
  /** From source to target. */
  readonly forth: Sums;
  /** From target to source. */
  readonly back: Sums;
  /** The largest service ports of its edges, by bytes. */
  readonly ports: readonly GraphPort[];
  /** Whether there are more ports than those. */
  readonly hasMorePorts: boolean;
  readonly minStartSec: number | undefined;
  readonly maxEndSec: number | undefined;
}

/** The pairs in the order of the graph's edges, and per node id the sums of what it sends to itself. */
export interface PairedEdges {
  readonly pairs: readonly GraphPair[];
  readonly loops: ReadonlyMap<string, Sums>;
}

const MAX_PORTS = 5;

/** Pairs the edges of a graph, whatever their action. */
export function pairEdges({ edges, totals, rankedBy }: Graph): PairedEdges {
  const measures = Object.keys(totals) as Measure[];
  const byEnds = new Map<string, GraphEdge[]>();
  for (const edge of edges) {
    const ends = edge.source < edge.target ? [edge.source, edge.target] : [edge.target, edge.source];
    const key = ends.join(' ');
    const list = byEnds.get(key);
    if (list) {
      list.push(edge);
    } else {
      byEnds.set(key, [edge]);
    }
  }
  const pairs: GraphPair[] = [];
  const loops = new Map<string, Sums>();
  for (const list of byEnds.values()) {
    const { source, target } = list[0]!;
    if (source === target) {
      loops.set(source, sumEdges(list, measures));
    } else {
      pairs.push(makePair(list, measures, rankedBy));
    }
  }
  return { pairs, loops };
}

function makePair(edges: readonly GraphEdge[], measures: readonly Measure[], rankedBy: Measure): GraphPair {
  const [first] = edges as [GraphEdge];
  const [source, target] = isReversed(edges) ? [first.target, first.source] : [first.source, first.target];
  const ports = mergePorts(edges);
  return {
    source,
    target,
    sums: sumEdges(edges, measures),
    forth: sumEdges(
      edges.filter((edge) => edge.source === source),
      measures,
    ),
    back: sumEdges(
      edges.filter((edge) => edge.source === target),
      measures,
    ),
    ...sumActions(edges, measures, rankedBy),
    ports: ports.slice(0, MAX_PORTS),
    hasMorePorts: ports.length > MAX_PORTS || edges.some((edge) => edge.portCount > edge.ports.length),
    minStartSec: bound(edges, 'minStartSec', Math.min),
    maxEndSec: bound(edges, 'maxEndSec', Math.max),
  };
}

/** Whether more flows run to or from a service at the first edge's source than at its target; if neither, by text. */
function isReversed(edges: readonly GraphEdge[]): boolean {
  const [{ source, target }] = edges as [GraphEdge];
  let towardsTarget = 0;
  for (const edge of edges) {
    if (edge.serviceSide) {
      towardsTarget += edge[edge.serviceSide] === target ? edge.sums.flows : -edge.sums.flows;
    }
  }
  return towardsTarget === 0 ? source > target : towardsTarget < 0;
}

function mergePorts(edges: readonly GraphEdge[]): GraphPort[] {
  const byLabel = new Map<string, GraphPort>();
  for (const port of edges.flatMap((edge) => edge.ports)) {
    const bytes = (byLabel.get(port.label)?.bytes ?? 0) + port.bytes;
    byLabel.set(port.label, { ...port, bytes });
  }
  return [...byLabel.values()].sort((a, b) => b.bytes - a.bytes || (a.label < b.label ? -1 : 1));
}

function bound(
  edges: readonly GraphEdge[],
  name: 'minStartSec' | 'maxEndSec',
  choose: (...values: number[]) => number,
): number | undefined {
  const known = edges.flatMap((edge) => edge[name] ?? []);
  return known.length === 0 ? undefined : choose(...known);
}
