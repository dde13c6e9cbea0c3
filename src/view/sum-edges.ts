/** Sums of several edges, and what became of their traffic. */
import type { Measure } from '../query/model';
import type { ActionShares, GraphEdge } from './graph-model';
import type { Sums } from './totals';

/** Sums of what was accepted and what was rejected, and shares by `rankedBy` (by flows where that is 0). */
export interface ActionSums {
  readonly accept: Sums;
  readonly reject: Sums;
  readonly shares: ActionShares;
}

/** The sums of the edges; 0 for none. */
export function sumEdges(edges: readonly GraphEdge[], measures: readonly Measure[]): Sums {
  return Object.fromEntries(
    measures.map((measure) => [measure, edges.reduce((sum, edge) => sum + edge.sums[measure]!, 0)]),
  ) as Sums;
}

/** The edges' sums by action. */
export function sumActions(edges: readonly GraphEdge[], measures: readonly Measure[], rankedBy: Measure): ActionSums {
  const accept = sumEdges(
    edges.filter((edge) => edge.action === 'ACCEPT'),
    measures,
  );
  const reject = sumEdges(
    edges.filter((edge) => edge.action === 'REJECT'),
    measures,
  );
  return { accept, reject, shares: shareOut(sumEdges(edges, measures), accept, reject, rankedBy) };
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
