/**
 * Which nodes of a graph are shown and which become part of *Other*: the heaviest, and of these no more than the allowed
 * number of edges permits.
 */
import { selectTop } from '../digest/select-top';

/** Rows of a graph as numbers: their ends and action, each below its count. */
export interface GraphRows {
  readonly nodeCount: number;
  readonly sourceIds: Uint32Array;
  readonly targetIds: Uint32Array;
  readonly actionCount: number;
  readonly actions: Uint32Array;
}

/** The nodes to show, heaviest first. */
export interface KeptNodes {
  readonly ids: Uint32Array;
  /** How many of the `top` heaviest were left out to keep to `maxEdges`. */
  readonly foldedForEdges: number;
}

/**
 * The `top` nodes of most weight (the rows' `weights` going in and out), equal ones in the order of their ids. If they
 * have more than `maxEdges` edges between them and *Other*, the lightest are folded too, just as many as it takes: a
 * node goes into *Other* with all its edges or not at all, so no edge is ever drawn to a place where its traffic did not
 * go, and sums are conserved. With nothing but *Other* left there is one edge per action, whatever `maxEdges` says.
 */
export function selectNodes(rows: GraphRows, weights: Float64Array, top: number, maxEdges: number): KeptNodes {
  const { nodeCount, sourceIds, targetIds } = rows;
  const nodeWeights = new Float64Array(nodeCount);
  for (let row = 0; row < sourceIds.length; row++) {
    nodeWeights[sourceIds[row]!]! += weights[row]!;
    nodeWeights[targetIds[row]!]! += weights[row]!;
  }
  const ids = selectTop(nodeWeights, top);
  const keptCount = countWithinEdges(rows, ids, maxEdges);
  return { ids: ids.slice(0, keptCount), foldedForEdges: ids.length - keptCount };
}

/**
 * The largest number of nodes, from the heaviest on, whose graph has at most `maxEdges` edges.
 *
 * With k nodes kept, an edge between the ranks s and t is one of its own if both are below k; it merges with all others
 * from s to *Other* if only s is; and so on. So each distinct edge counts for k > max(s, t), each distinct (node s,
 * action, direction) for s < k ≤ its partner of greatest rank, and *Other* itself for k ≤ the greatest min(s, t). Those are ranges of
 * k: one pass adds up all of them.
 */
function countWithinEdges(rows: GraphRows, ids: Uint32Array, maxEdges: number): number {
  const { nodeCount, actionCount } = rows;
  const folded = ids.length;
  const rankOf = new Uint32Array(nodeCount).fill(folded);
  ids.forEach((id, rank) => (rankOf[id] = rank));

  const changes = new Int32Array(folded + 2);
  const addRange = (from: number, to: number): void => {
    if (from <= to) {
      changes[from]!++;
      changes[to + 1]!--;
    }
  };
  // Greatest partner plus one, per (rank, action); 0 for none.
  const partnerOut = new Uint32Array(folded * actionCount);
  const partnerIn = new Uint32Array(folded * actionCount);
  const lowestFolded = new Int32Array(actionCount).fill(-1);
  const seen = new Set<number>();
  for (let row = 0; row < rows.sourceIds.length; row++) {
    const source = rankOf[rows.sourceIds[row]!]!;
    const target = rankOf[rows.targetIds[row]!]!;
    const action = rows.actions[row]!;
    const edge = (source * (folded + 1) + target) * actionCount + action;
    if (seen.has(edge)) {
      continue;
    }
    seen.add(edge);
    addRange(Math.max(source, target) + 1, folded);
    if (source < folded) {
      const node = source * actionCount + action;
      partnerOut[node] = Math.max(partnerOut[node]!, target + 1);
    }
    if (target < folded) {
      const node = target * actionCount + action;
      partnerIn[node] = Math.max(partnerIn[node]!, source + 1);
    }
    lowestFolded[action] = Math.max(lowestFolded[action]!, Math.min(source, target));
  }
  for (let node = 0; node < partnerOut.length; node++) {
    const rank = Math.floor(node / actionCount);
    addRange(rank + 1, partnerOut[node]! - 1);
    addRange(rank + 1, partnerIn[node]! - 1);
  }
  for (const rank of lowestFolded) {
    addRange(0, rank);
  }

  let edgeCount = 0;
  let best = 0;
  for (let kept = 0; kept <= folded; kept++) {
    edgeCount += changes[kept]!;
    if (edgeCount <= maxEdges) {
      best = kept;
    }
  }
  return best;
}
