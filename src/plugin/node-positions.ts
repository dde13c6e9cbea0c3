/**
 * Where the nodes of graphs stood, so that a refresh moves nothing that stays. Bounded: the graphs that were asked for
 * least recently are forgotten, and then laid out anew by the same rule.
 */
import type { Position } from '../view/layout';

/** What is remembered of one graph. */
export interface RememberedPositions {
  /** By node id: the memory of its last layout. */
  readonly positions: ReadonlyMap<string, Position>;
  /** Replaces them. */
  keep(positions: ReadonlyMap<string, Position>): void;
}

export interface NodePositions {
  /** The positions of the graph of this name. */
  of(graph: string): RememberedPositions;
}

const MAX_GRAPHS = 200;

/** An empty memory. */
export function createNodePositions(): NodePositions {
  const graphs = new Map<string, ReadonlyMap<string, Position>>();
  return {
    of(graph) {
      const positions = graphs.get(graph) ?? new Map<string, Position>();
      return {
        positions,
        keep(next) {
          graphs.delete(graph);
          graphs.set(graph, next);
          if (graphs.size > MAX_GRAPHS) {
            graphs.delete(graphs.keys().next().value!);
          }
        },
      };
    },
  };
}
