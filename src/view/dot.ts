/**
 * The graph as DOT: a picture for people once Graphviz has drawn it, and a file for programs, since every number and
 * field of an edge is there as an attribute. Equal graphs give equal bytes.
 */
import { FlowError } from '../errors';
import { findField } from '../flow/fields';
import { describeBytes, describeCount, describeExactly } from './describe-size';
import { quote, quoteClusterName, quoteLines, quoteShown } from './dot-text';
import type { Graph, GraphEdge, GraphGroup, GraphNode } from './graph-model';
import type { Sums } from './totals';

/** How a graph is headed. */
export interface DotOptions {
  /** The first line above the picture; a second one gives time range and totals. */
  readonly title?: string;
}

/**
 * The graph as a DOT file that ends with a newline.
 *
 * Nodes have their address as id, so no two fall together. Edges are green if accepted, red and dashed if rejected,
 * grey without an action, and as wide as the logarithm of their bytes, on one scale for all pictures. Attributes of our
 * own are named as the fields, with `_` for `-`; a column that is not documented is `field_` and its name, so that no
 * log can set an attribute of Graphviz. Lists are joined by `,`; `…_count` is there if a list is not complete.
 *
 * `over-limit` for more than 50 000 nodes or 200 000 edges: beyond, the text would come near what a string can hold.
 */
export function printDot(graph: Graph, { title = 'VPC flow graph' }: DotOptions = {}): string {
  assertPrintable(graph.nodes.length, graph.edges.length);
  const lines = [
    'digraph "vpcflow" {',
    `  graph ${attributes(graphAttributes(graph, title))};`,
    `  node ${attributes(NODE_DEFAULTS)};`,
    `  edge ${attributes(EDGE_DEFAULTS)};`,
    ...printGroups(graph),
    ...printEdges(graph),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

const MAX_NODES = 50_000;
const MAX_EDGES = 200_000;

function assertPrintable(nodeCount: number, edgeCount: number): void {
  if (nodeCount > MAX_NODES || edgeCount > MAX_EDGES) {
    throw new FlowError(
      'over-limit',
      `cannot print the graph: ${nodeCount} nodes and ${edgeCount} edges are more than ${MAX_NODES} and ${MAX_EDGES}; ` +
        'lower --top',
      { fields: { nodeCount, edgeCount, maxNodes: MAX_NODES, maxEdges: MAX_EDGES } },
    );
  }
}

type Attributes = readonly (readonly [name: string, quoted: string])[];

const INK = '#1f2328';
const GREEN = '#1a7f37';
const RED = '#cf222e';
const GREY = '#6e7781';

const NODE_DEFAULTS: Attributes = [
  ['shape', quote('box')],
  ['style', quote('rounded,filled')],
  ['fillcolor', quote('#ffffff')],
  ['color', quote('#57606a')],
  ['fontcolor', quote(INK)],
  ['fontname', quote('Helvetica')],
  ['fontsize', quote('11')],
  ['margin', quote('0.12,0.06')],
  ['height', quote('0.4')],
];

const EDGE_DEFAULTS: Attributes = [
  ['color', quote(GREY)],
  ['fontcolor', quote(INK)],
  ['fontname', quote('Helvetica')],
  ['fontsize', quote('9')],
  ['arrowsize', quote('0.7')],
];

function graphAttributes(graph: Graph, title: string): Attributes {
  const { totals, nodes } = graph;
  const facts = [
    ...(graph.minStartSec === undefined ? [] : [describeRange(graph.minStartSec, graph.maxEndSec)]),
    nodes.length === 0 ? 'no flows' : describeSums(totals),
    ...(graph.foldedAddresses === 0 ? [] : [describeFolded(graph)]),
  ];
  return [
    ['rankdir', quote('LR')],
    ['ranksep', quote('2.2')],
    ['nodesep', quote('0.35')],
    ['outputorder', quote('edgesfirst')],
    ['bgcolor', quote('#ffffff')],
    ['fontname', quote('Helvetica')],
    ['fontsize', quote('13')],
    ['fontcolor', quote(INK)],
    ['labelloc', quote('t')],
    ['labeljust', quote('l')],
    ['label', quoteLines([title, facts.join(' · ')])],
    ...sumAttributes(totals),
    ['nodes', quote(String(nodes.length))],
    ['folded', quote(String(graph.foldedAddresses))],
  ];
}

function describeFolded({ foldedAddresses, addressCount, foldedForEdges }: Graph): string {
  const why = foldedForEdges === 0 ? '' : `, ${describeExactly(foldedForEdges)} of them to keep the edges few`;
  return `${describeExactly(foldedAddresses)} of ${describeExactly(addressCount)} hosts in Other${why}`;
}

/** Clusters by group, nested as groups are, then the nodes that are in none. */
function printGroups({ groups, nodes }: Graph): readonly string[] {
  const nodesByGroup = groupBy(nodes, (node) => node.groupId ?? '');
  const childrenByGroup = groupBy(groups, (group) => group.parentId ?? '');
  const printGroup = (group: GraphGroup, indent: string): readonly string[] => [
    `${indent}subgraph ${quoteClusterName(group.id)} {`,
    `${indent}  graph ${attributes(clusterAttributes(group))};`,
    ...(nodesByGroup.get(group.id) ?? []).map((node) => `${indent}  ${printNode(node, group.kind)}`),
    ...(childrenByGroup.get(group.id) ?? []).flatMap((child) => printGroup(child, `${indent}  `)),
    `${indent}}`,
  ];
  return [
    ...(childrenByGroup.get('') ?? []).flatMap((group) => printGroup(group, '  ')),
    ...(nodesByGroup.get('') ?? []).map((node) => `  ${printNode(node, undefined)}`),
  ];
}

function clusterAttributes({ kind, label }: GraphGroup): Attributes {
  const looks: Readonly<Record<GraphGroup['kind'], readonly [style: string, fill: string, line: string]>> = {
    vpc: ['rounded,filled', '#eaeef2', '#57606a'],
    subnet: ['rounded,filled', '#f6f8fa', '#afb8c1'],
    range: ['rounded,filled,dashed', '#f6f8fa', '#8c959f'],
    service: ['rounded,filled', '#fff8c5', '#d4a72c'],
    internet: ['rounded,filled', '#ddf4ff', '#54aeff'],
  };
  const [style, fill, line] = looks[kind];
  return [
    ['label', quoteShown(label)],
    ['tooltip', quoteShown(label)],
    ['style', quote(style)],
    ['fillcolor', quote(fill)],
    ['color', quote(line)],
    ['fontsize', quote(kind === 'subnet' ? '10' : '12')],
  ];
}

function printNode(node: GraphNode, groupKind: GraphGroup['kind'] | undefined): string {
  const looks: Attributes =
    node.kind === 'other'
      ? [['style', quote('rounded,filled,dashed')]]
      : node.kind === 'unknown'
        ? [['style', quote('rounded,filled,dotted')]]
        : groupKind === 'internet'
          ? [
              ['shape', quote('ellipse')],
              ['color', quote('#0969da')],
              ['margin', quote('0.03,0.02')],
            ]
          : [];
  return `${quote(node.id)} ${attributes([
    ['label', quoteShown(`${node.label}\nin ${describeBytes(node.in.bytes)} · out ${describeBytes(node.out.bytes)}`)],
    ['tooltip', quoteShown(describeNode(node))],
    ...looks,
    ...sumAttributes(node.in, 'in_'),
    ...sumAttributes(node.out, 'out_'),
    ['rejected_flows', quote(String(node.reject.flows))],
    ...(node.kind === 'other' ? ([['hosts', quote(String(node.hosts))]] as const) : []),
  ])};`;
}

function describeNode({ label, in: incoming, out: outgoing, accept, reject }: GraphNode): string {
  return [
    label,
    `in: ${describeSums(incoming)}`,
    `out: ${describeSums(outgoing)}`,
    `accepted ${describeFlows(accept.flows)}, rejected ${describeFlows(reject.flows)}`,
  ].join('\n');
}

/**
 * The edges. Every one is in the file with all it has. Of a request and its answers (the same nodes and action the other
 * way round) only the request is drawn, with an arrow at both ends and both their bytes: half the lines, and the picture
 * runs from clients on the left to servers on the right.
 */
function printEdges({ edges }: Graph): readonly string[] {
  const byEnds = new Map(edges.map((edge) => [endsOf(edge.source, edge.target, edge.action), edge]));
  return edges.map((edge) => {
    const { source, target, action } = edge;
    const back = source === target ? undefined : byEnds.get(endsOf(target, source, action));
    return printEdge(edge, back, back === undefined || !isAnswer(edge, back));
  });
}

function endsOf(source: string, target: string, action: string | undefined): string {
  return `${source} ${target} ${action ?? ''}`;
}

/** Of two edges between two nodes the one from the service; if ports do not tell, the later one. */
function isAnswer(edge: GraphEdge, back: GraphEdge): boolean {
  const score = (side: GraphEdge['serviceSide']): number => (side === 'target' ? 1 : side === 'source' ? -1 : 0);
  const difference = score(edge.serviceSide) - score(back.serviceSide);
  return difference === 0 ? edge.source > edge.target : difference < 0;
}

function printEdge(edge: GraphEdge, back: GraphEdge | undefined, isDrawn: boolean): string {
  const { source, target, action, sums, minStartSec, maxEndSec } = edge;
  const color = action === 'ACCEPT' ? GREEN : action === 'REJECT' ? RED : GREY;
  const bytes = sums.bytes + (back?.sums.bytes ?? 0);
  const looks: Attributes = isDrawn
    ? [
        // Graphviz loses lines between clusters that have a `label`; an `xlabel` takes no part in its layout.
        ['xlabel', quoteShown(labelEdge(edge, back))],
        ['tooltip', quoteShown([edge, ...(back ? [back] : [])].map(describeEdge).join('\n\n'))],
        ['color', quote(color)],
        ['fontcolor', quote(color)],
        ['style', quote(action === 'REJECT' ? 'dashed' : 'solid')],
        ['penwidth', quote(Math.max(penWidth(bytes), action === 'REJECT' ? 2 : 1).toFixed(2))],
        ...(back ? ([['dir', quote('both')]] as const) : []),
      ]
    : [
        ['color', quote(color)],
        ['style', quote('invis')],
        ['constraint', quote('false')],
      ];
  const own: Attributes = [
    // Tells edges between the same two nodes apart, for programs that look edges up.
    ['key', quote(action ?? '-')],
    ...looks,
    ['action', quote(action ?? '-')],
    ...sumAttributes(sums),
    ['start', quote(String(minStartSec ?? '-'))],
    ['end', quote(String(maxEndSec ?? '-'))],
    ['ports', quote(edge.ports.map((port) => port.label).join(','))],
    ...(edge.portCount > edge.ports.length ? ([['ports_count', quote(String(edge.portCount))]] as const) : []),
    ...edge.fields.flatMap(({ name, values, valueCount }): Attributes => {
      const attribute = attributeName(name);
      return [
        [attribute, quote(values.join(','))],
        ...(valueCount > values.length ? ([[`${attribute}_count`, quote(String(valueCount))]] as const) : []),
      ];
    }),
  ];
  return `  ${quote(source)} -> ${quote(target)} ${attributes(own)};`;
}

function labelEdge({ action, ports, portCount, sums }: GraphEdge, back: GraphEdge | undefined): string {
  const [first] = ports;
  const port = first === undefined ? '' : portCount > 1 ? `${first.label} +${portCount - 1}` : first.label;
  const service = [action === 'REJECT' ? action : '', port].filter((text) => text !== '').join(' ');
  const bytes = back ? `→ ${describeBytes(sums.bytes)} ← ${describeBytes(back.sums.bytes)}` : describeBytes(sums.bytes);
  return service === '' ? bytes : `${service}\n${bytes}`;
}

function describeEdge({ source, target, action, sums, ports, portCount, minStartSec, maxEndSec }: GraphEdge): string {
  const more = portCount > ports.length ? [`${portCount - ports.length} more`] : [];
  return [
    `${source} → ${target}${action === undefined ? '' : ` ${action}`}`,
    describeSums(sums),
    ...(ports.length === 0 ? [] : [[...ports.map((port) => port.label), ...more].join(', ')]),
    ...(minStartSec === undefined ? [] : [describeRange(minStartSec, maxEndSec)]),
  ].join('\n');
}

function describeSums({ bytes, packets, flows }: Sums): string {
  return `${describeBytes(bytes)} in ${describeCount(packets)} packets, ${describeFlows(flows)}`;
}

function describeFlows(flows: number): string {
  return `${describeExactly(flows)} ${flows === 1 ? 'flow' : 'flows'}`;
}

function describeRange(startSec: number, endSec: number | undefined): string {
  return endSec === undefined ? describeTime(startSec) : `${describeTime(startSec)} – ${describeTime(endSec)}`;
}

/** ISO 8601 in UTC; a number that is no date stays a number. */
function describeTime(sec: number): string {
  const date = new Date(sec * 1000);
  return Number.isNaN(date.getTime()) ? `${sec} s` : date.toISOString().replace('.000Z', 'Z');
}

/** 1 up to 1 MB, 6 from 10 TB on. */
function penWidth(bytes: number): number {
  const decades = bytes <= 1e6 ? 0 : Math.min(7, Math.log10(bytes / 1e6));
  return 1 + (5 * decades) / 7;
}

/** `field_…` for columns that are not documented and for those whose own name is that of a sum or bound of the edge. */
function attributeName(key: string): string {
  return findField(key)?.role === 'key' || key === 'port' ? key.replaceAll('-', '_') : `field_${key}`;
}

function sumAttributes(sums: Sums, prefix = ''): Attributes {
  return Object.entries(sums).map(([measure, sum]) => [`${prefix}${measure.replaceAll('-', '_')}`, quote(String(sum))]);
}

function attributes(list: Attributes): string {
  return `[${list.map(([name, quoted]) => `${/^[a-z_]+$/.test(name) ? name : quote(name)}=${quoted}`).join(', ')}]`;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) {
      group.push(item);
    } else {
      groups.set(key, [item]);
    }
  }
  return groups;
}
