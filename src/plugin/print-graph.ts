/**
 * A graph as DOT, SVG or JSON, which says what is missing from it. Pure: it runs in the thread that makes answers.
 */
import { printOmissions } from '../cli/print-summary';
import { serialiseQuery } from '../query/normalise';
import { printDot } from '../view/dot';
import { buildGraph, MAX_DRAWN_EDGES } from '../view/graph';
import type { Graph } from '../view/graph-model';
import { renderSvg } from '../view/svg';
import type { AnswerJobs } from './answer-job';

/** Characters of what is missing, in a title. */
const MAX_REASON = 200;

/** The graph of a scan's answer in the format asked for. Rejects with `FlowError`. */
export async function printGraph({ query, result, format, title }: AnswerJobs['graph']): Promise<string> {
  const { answer, problems, partial, selection } = result;
  if (answer.kind !== 'digest') {
    throw new Error(`BUG: the answer is no digest: ${answer.kind}`);
  }
  const graph: Graph = buildGraph(answer.digest, query, {
    // As many as a panel draws, so that it and what is exported from it are the same graph.
    maxEdges: Math.max(MAX_DRAWN_EDGES, 4 * query.top),
    ...(query.nodes === 'groups' ? { grouping: { expand: query.expand } } : {}),
  });
  const omissions = [...printOmissions(result)].map((line) => line.trim());
  if (format === 'json') {
    const { archivedObjects } = selection;
    const scan = {
      complete: omissions.length === 0,
      partial: partial ?? null,
      problems,
      archivedObjects,
    };
    return `${JSON.stringify({ ...graph, tallies: answer.digest.tallies, scan, query: serialiseQuery(query) })}\n`;
  }
  const heading = omissions.length === 0 ? title : `${title} (INCOMPLETE: ${shorten(omissions[0]!)})`;
  const dot = printDot(graph, { title: heading });
  return format === 'svg' ? renderSvg(dot, { title: heading }) : dot;
}

function shorten(text: string): string {
  return text.length > MAX_REASON ? `${text.slice(0, MAX_REASON)}…` : text;
}
