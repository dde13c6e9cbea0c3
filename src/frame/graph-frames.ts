/**
 * A graph as the two frames of Grafana's node graph panel. The panel formats no numbers, draws opposite edges over each
 * other, and breaks at an edge from a node to itself or to a node that is not there; so figures are texts here, pairs are
 * one edge, and loops are figures of their node.
 */
import { FlowError } from '../errors';
import { createNodeFilters } from '../view/filter-nodes';
import { MAX_DRAWN_NODES } from '../view/graph';
import type { Graph } from '../view/graph-model';
import { layoutGraph, type Layout } from '../view/layout';
import { pairEdges } from '../view/pair-edges';
import { buildEdgeFields } from './edge-fields';
import { exploreLinks, openLink, type LinkTarget } from './explore-links';
import type { DataLink, Frame, FrameField } from './frame';
import { buildNodeFields } from './node-fields';
import { FILTER_FIELD, GROUP_FIELD } from './row-fields';

/** Where nodes stand, and what a click opens. */
export interface GraphFrameOptions {
  /** By default that of a canvas of 1100 × 600 px which remembers nothing. */
  readonly layout?: Layout;
  /** Without it nodes and edges have no links. */
  readonly link?: LinkTarget;
}

/** The frames `nodes` and `edges`; `over-limit` for more than `MAX_DRAWN_NODES` nodes. */
export function buildGraphFrames(
  graph: Graph,
  { layout = layoutGraph(graph), link }: GraphFrameOptions = {},
): readonly [Frame, Frame] {
  if (graph.nodes.length > MAX_DRAWN_NODES) {
    throw new FlowError(
      'over-limit',
      `cannot draw the graph: ${graph.nodes.length} nodes are more than ${MAX_DRAWN_NODES}; lower top`,
      { fields: { nodeCount: graph.nodes.length, maxNodes: MAX_DRAWN_NODES } },
    );
  }
  const filters = createNodeFilters(graph);
  const { pairs, loops } = pairEdges(graph);
  const nodeFields = buildNodeFields(graph, layout, loops, filters);
  const edgeFields = buildEdgeFields(pairs, graph.rankedBy, filters);
  const rowLinks = link ? exploreLinks(link, FILTER_FIELD) : [];
  const openLinks = link ? openLink(link, GROUP_FIELD) : [];
  return [frameOf('nodes', nodeFields, [...rowLinks, ...openLinks]), frameOf('edges', edgeFields, rowLinks)];
}

/** Links of any field are those of the whole row; the first one gets them. */
function frameOf(name: string, [id, ...others]: readonly FrameField[], links: readonly DataLink[]): Frame {
  return {
    name,
    meta: { preferredVisualisationType: 'nodeGraph' },
    fields: [{ ...id!, ...(links.length > 0 ? { config: { links } } : {}) }, ...others],
  };
}
