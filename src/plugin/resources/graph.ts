/**
 * `graph.dot`, `graph.svg` and `graph.json`: who talks to whom, by plain URL, so that a text panel, a wiki or a report can
 * embed it. What is missing from the picture is said in its title.
 */
import { printOmissions } from '../../cli/print-summary';
import { FlowError } from '../../errors';
import type { GraphQuery, TimeRange } from '../../query/model';
import { serialiseQuery } from '../../query/normalise';
import type { ScanResult } from '../../scan/run-scan';
import { printDot } from '../../view/dot';
import { buildGraph, MAX_DRAWN_NODES } from '../../view/graph';
import type { Graph } from '../../view/graph-model';
import { renderSvg } from '../../view/svg';
import { QUERY_PARAMETERS, readFlowQuery } from './flow-query';
import { parameterError, type ResourceParameters } from './parameters';
import { MAX_AGE_SEC, type Resource, type ResourceContext } from './resource';

type Format = 'dot' | 'svg' | 'json';

const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  dot: 'text/vnd.graphviz; charset=utf-8',
  svg: 'image/svg+xml',
  json: 'application/json',
};
const DEFAULT_TITLE = 'VPC flow graph';
const MAX_TITLE = 200;
/** Most nodes of the texts. Edges are bounded by it too: there are at most four per node (see `GraphOptions`). */
const MAX_PRINTED_NODES = 1000;

/** One resource per format. */
export const GRAPHS: readonly Resource[] = (['dot', 'svg', 'json'] as const).map((format) => ({
  path: `graph.${format}`,
  parameters: [...QUERY_PARAMETERS, 'title'],
  takesBody: true,
  async answer(context) {
    const query = readGraphQuery(context, format);
    const title = readTitle(context.parameters);
    const result = await context.dataSource.scan(query, { signal: context.signal });
    return {
      contentType: CONTENT_TYPES[format],
      body: await printGraph(result, query, format, title),
      fileName: `vpcflow${query.range ? `-${describeRange(query.range)}` : ''}.${format}`,
      maxAgeSec: MAX_AGE_SEC,
    };
  },
}));

function readGraphQuery(context: ResourceContext, format: Format): GraphQuery {
  const query = readFlowQuery(context, 'graph');
  if (query.view !== 'graph') {
    throw new FlowError(
      'bad-query',
      `cannot answer graph.${format} from a query of view ${query.view}: use view graph`,
      {
        fields: { member: 'view', found: query.view },
      },
    );
  }
  // All of it is made on the one thread that answers all calls: drawing takes some 200 ms for 200 nodes.
  if (format === 'svg' && query.top >= MAX_DRAWN_NODES) {
    throw new FlowError(
      'over-limit',
      `cannot draw ${query.top} nodes: top must be below ${MAX_DRAWN_NODES} for graph.svg; graph.dot takes more`,
      { fields: { member: 'top', found: query.top, limit: MAX_DRAWN_NODES - 1 } },
    );
  }
  if (query.top > MAX_PRINTED_NODES) {
    throw new FlowError(
      'over-limit',
      `cannot print ${query.top} nodes: top must be at most ${MAX_PRINTED_NODES} for graph.${format}`,
      { fields: { member: 'top', found: query.top, limit: MAX_PRINTED_NODES } },
    );
  }
  return query;
}

function readTitle(parameters: ResourceParameters): string {
  const title = parameters.text('title') ?? DEFAULT_TITLE;
  if (title.length > MAX_TITLE) {
    throw parameterError('title', `it has more than ${MAX_TITLE} characters`);
  }
  return title;
}

async function printGraph(result: ScanResult, query: GraphQuery, format: Format, title: string): Promise<string> {
  const { answer, problems, partial, selection } = result;
  if (answer.kind !== 'digest') {
    throw new Error(`BUG: the answer is no digest: ${answer.kind}`);
  }
  const graph: Graph = buildGraph(
    answer.digest,
    query,
    query.nodes === 'groups' ? { grouping: { expand: query.expand } } : {},
  );
  const omissions = [...printOmissions(result)].map((line) => line.trim());
  if (format === 'json') {
    const { parquetObjects, archivedObjects } = selection;
    const scan = {
      complete: omissions.length === 0,
      partial: partial ?? null,
      problems,
      parquetObjects,
      archivedObjects,
    };
    return `${JSON.stringify({ ...graph, tallies: answer.digest.tallies, scan, query: serialiseQuery(query) })}\n`;
  }
  const heading = omissions.length === 0 ? title : `${title} (INCOMPLETE: ${shorten(omissions[0]!)})`;
  const dot = printDot(graph, { title: heading });
  return format === 'svg' ? renderSvg(dot, { title: heading }) : dot;
}

function shorten(text: string): string {
  return text.length > MAX_TITLE ? `${text.slice(0, MAX_TITLE)}…` : text;
}

/** `20260115T100000Z-20260115T110000Z`. */
function describeRange({ fromMs, toMs }: TimeRange): string {
  return [fromMs, toMs].map((timeMs) => `${new Date(timeMs).toISOString().replace(/\.\d+Z$|[-+:]/g, '')}Z`).join('-');
}
