/**
 * DOT as SVG, drawn by Graphviz itself (as WebAssembly, so there is nothing to install). The picture stands alone: no
 * script, no link, no reference to anything outside it.
 */
import type { Graph as CGraph, Graphviz } from '@hpcc-js/wasm-graphviz';
import { FlowError } from '../errors';
import { cropSvg } from './crop-svg';
import { replaceUnprintable } from './dot-text';
import { placeLabels } from './place-labels';

/** Most nodes and edges that are drawn: beyond them neither the layout's time nor the picture is of use to anyone. */
const MAX_NODES = 400;
const MAX_EDGES = 2000;

/** How a picture is named. */
export interface SvgOptions {
  /** What a screen reader says it is, and a browser shows as its title. */
  readonly title?: string;
}

/**
 * Draws a DOT graph as an SVG element that ends with a newline; equal graphs give equal bytes. `over-limit` for more than
 * 400 nodes or 2000 edges; `internal`, with Graphviz's own words, for anything that it objects to. Synchronous once
 * Graphviz is loaded: about a second for a graph of that size.
 */
export async function renderSvg(dot: string, { title = 'VPC flow graph' }: SvgOptions = {}): Promise<string> {
  // Loaded when first needed: it is by far the largest module of all, and most runs draw nothing.
  const { Graphviz } = await import('@hpcc-js/wasm-graphviz');
  try {
    return cropSvg(placeLabels(cleanSvg(draw(await Graphviz.load(), dot), title)));
  } catch (error) {
    if (error instanceof FlowError) {
      throw error;
    }
    // After a failure inside WebAssembly its memory is not to be trusted; the next call starts afresh.
    Graphviz.unload();
    const reason = error instanceof Error ? error.message.trim() : String(error);
    throw new FlowError('internal', `cannot draw the graph: Graphviz says ${reason}`, { cause: error });
  }
}

function draw(graphviz: Graphviz, dot: string): string {
  const graph = readGraph(graphviz, dot);
  try {
    assertDrawable(graph.nodeCount(), graph.edgeCount());
    const edges = graph.edges();
    const lineCount = edges.filter(
      ({ tail, head, key }) => graph.getEdgeAttr(tail, head, key, 'style') !== 'invis',
    ).length;
    const svg = graphviz.layout(dot, 'svg', 'dot');
    if (countLines(svg) >= lineCount) {
      return svg;
    }
    // Graphviz may fail to find a way for a curve between clusters and then leaves the line out, which would be a flow
    // that nobody sees. Straight lines need no way. (Not seen with what `printDot` prints; see its `xlabel`.)
    graph.setGraphAttr('splines', 'line');
    return graphviz.layout(graph.toDot(), 'svg', 'dot');
  } finally {
    graph.delete();
  }
}

function readGraph(graphviz: Graphviz, dot: string): CGraph {
  try {
    return graphviz.read(dot);
  } catch (error) {
    // Reading only says that it failed; the layout's own reading says in which line.
    graphviz.layout(dot, 'svg', 'dot');
    throw error;
  }
}

/** Edges that have a line; Graphviz prints some of those it has lost without one. */
function countLines(svg: string): number {
  return svg.split(/^(?=<g id="(?:node|edge|clust)\d+" class=)/m).filter((part) => /^<g id="edge[^]*<path /.test(part))
    .length;
}

function assertDrawable(nodeCount: number, edgeCount: number): void {
  if (nodeCount > MAX_NODES || edgeCount > MAX_EDGES) {
    throw new FlowError(
      'over-limit',
      `cannot draw the graph: ${nodeCount} nodes and ${edgeCount} edges are more than ${MAX_NODES} and ${MAX_EDGES}; ` +
        'lower --top, or draw the DOT file with a Graphviz of your own',
      { fields: { nodeCount, edgeCount, maxNodes: MAX_NODES, maxEdges: MAX_EDGES } },
    );
  }
}

/**
 * Leaves out the prolog (its DTD is on another server) and the comments (Graphviz's version among them), and gives the
 * picture a title and fonts of the widths that Graphviz reckons with. Text from the graph cannot be mistaken for markup:
 * Graphviz escapes `<` and `"` everywhere.
 */
function cleanSvg(svg: string, title: string): string {
  const element = svg
    .slice(svg.indexOf('<svg'))
    .replace(/<!--[\s\S]*?-->\n?/g, '')
    .replaceAll('font-family="Helvetica,sans-Serif"', 'font-family="Helvetica,Arial,Liberation Sans,sans-serif"');
  const head = `<title>${escapeXml(title)}</title>\n`;
  return element.replace(/^<svg([^>]*)>\n?/, (_, attributes: string) => `<svg role="img"${attributes}>\n${head}`);
}

function escapeXml(text: string): string {
  return replaceUnprintable(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
