/**
 * `graph.dot`, `graph.svg` and `graph.json`: who talks to whom, by plain URL, so that a text panel, a wiki or a report can
 * embed it. What is missing from the picture is said in its title.
 */
import { FlowError } from '../../errors';
import type { GraphQuery, TimeRange } from '../../query/model';
import { MAX_DRAWN_NODES } from '../../view/graph';
import type { GraphFormat } from '../answer-job';
import { QUERY_PARAMETERS, readFlowQuery } from './flow-query';
import { parameterError, type ResourceParameters } from './parameters';
import { MAX_AGE_SEC, type Resource, type ResourceContext } from './resource';

const CONTENT_TYPES: Readonly<Record<GraphFormat, string>> = {
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
    const { dataSource, signal, answers } = context;
    answers.start();
    const result = await dataSource.scan(query, { signal });
    return {
      contentType: CONTENT_TYPES[format],
      body: await answers.build<'graph'>({ kind: 'graph', query, result, format, title }, signal),
      fileName: `vpcflow${query.range ? `-${describeRange(query.range)}` : ''}.${format}`,
      maxAgeSec: MAX_AGE_SEC,
    };
  },
}));

function readGraphQuery(context: ResourceContext, format: GraphFormat): GraphQuery {
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
  // All answers are made in one thread, one after the other: drawing takes some 200 ms for 200 nodes.
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

/** `20260115T100000Z-20260115T110000Z`. */
function describeRange({ fromMs, toMs }: TimeRange): string {
  return [fromMs, toMs].map((timeMs) => `${new Date(timeMs).toISOString().replace(/\.\d+Z$|[-+:]/g, '')}Z`).join('-');
}
