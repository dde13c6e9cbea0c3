/**
 * Views of what was read as frames, and what a reader has to know of gaps. An alert rule or expression gets exactly the one
 * frame that it can take. Pure: it runs in the thread that makes answers.
 */
import { explainEmpty, printOmissions, printPlan } from '../cli/print-summary';
import type { Digest, Tallies } from '../digest/digest';
import { answerTallies } from '../digest/digester';
import { FlowError } from '../errors';
import { buildAlertSeriesFrame, buildAlertTableFrame } from '../frame/alert-frames';
import { buildAnnotationFrame } from '../frame/annotation-frame';
import { buildCompletenessAlertFrame, buildCompletenessFrame } from '../frame/completeness-frame';
import { encodeFrame } from '../frame/encode-frame';
import type { Frame } from '../frame/frame';
import { buildGraphFrames } from '../frame/graph-frames';
import { buildRecordsFrame } from '../frame/records-frame';
import { buildSeriesFrames } from '../frame/series-frames';
import { buildStatFrame } from '../frame/stat-frame';
import { buildTableFrame } from '../frame/table-frame';
import { withMeta } from '../frame/with-meta';
import type { Counting, GraphQuery, Measure, ScanQuery } from '../query/model';
import { serialiseQuery } from '../query/normalise';
import { MAX_TOP } from '../query/query-schema';
import type { ScanResult, StoredUse } from '../scan/run-scan';
import type { Problems } from '../scan/selection';
import { describeExactly } from '../view/describe-size';
import { buildEvents, buildLastEvents } from '../view/events';
import { findGoneGroups } from '../view/gone-groups';
import { buildGraph, MAX_DRAWN_EDGES } from '../view/graph';
import { layoutGraph, type Position } from '../view/layout';
import { buildSeries } from '../view/series';
import { buildTable } from '../view/table';
import { digestTotals } from '../view/totals';
import type { AnswerJobs, BuiltFrames } from './answer-job';
import { assertNotBlind, describeMissingColumns, describeMissingFields } from './missing-fields';
import { describeRule, type Rule } from './read-query';
import { savedForm } from './saved-form';

/** The frames of a scan's answer; `clock` counts milliseconds from any start. Throws `FlowError`. */
export function buildFrames(job: AnswerJobs['frames'], clock: () => number): BuiltFrames {
  const startMs = clock();
  const { refId, asker, query, result } = job;
  const { frames, remarks = [], positions } = asker === 'panel' ? panelAnswer(job) : ruleAnswer(job, asker);
  const tallies = answerTallies(result.answer);
  const complete = withMeta(frames, {
    tallies,
    omissions: [...printOmissions(result)].map((line) => line.trim()),
    isFiltered: query.filter !== undefined,
    remarks: [
      ...remarks,
      ...result.selection.notes,
      ...describeUnused(result.stored),
      ...describeMissingFields(query, tallies),
      ...describeEmpty(result, job.newestMs),
    ],
    cachedObjects: result.cachedObjects - (result.stored?.objects ?? 0),
    storedObjects: result.stored?.objects,
    elapsedMs: job.elapsedMs + clock() - startMs,
    executedQuery: `${JSON.stringify(serialiseQuery(query), null, 2)}\n\n${[...printPlan(result.selection, result.problems), ...describeCounting(query), ...describeStored(result)].join('')}`,
  });
  return { ...encodeAll(complete, refId), ...(positions ? { positions } : {}) };
}

/** What kept stored digests from being used: nobody would look for it elsewhere, and the panel is slower for it. */
function describeUnused(stored: StoredUse | undefined): string[] {
  return stored?.problem === undefined
    ? []
    : [
        `${stored.objects === 0 ? 'Stored digests were not used' : 'Not all stored digests were used'}, and the objects were read: ${stored.problem}`,
      ];
}

/** From where the digests of objects came, in words; figures of it are among the stats. */
function describeStored({ stored, cachedObjects, answer }: ScanResult): string[] {
  if (!stored) {
    return [];
  }
  const { objects } = answerTallies(answer);
  const read = Math.max(0, objects - cachedObjects);
  return [
    `stored digests: of ${describeExactly(objects)} ${objects === 1 ? 'object' : 'objects'}, ${describeExactly(stored.objects)} came from what the service has stored, ` +
      `${describeExactly(cachedObjects - stored.objects)} from memory, and ${describeExactly(read)} were read\n`,
  ];
}

/** How often a flow counts, in words: on every panel it would be a notice that nobody looks at. */
function describeCounting(query: ScanQuery): string[] {
  const counting = 'counting' in query ? query.counting : undefined;
  return counting === undefined ? [] : [`counting: ${COUNTING_IN_WORDS[counting]}\n`];
}

const COUNTING_IN_WORDS: Readonly<Record<Counting, string>> = {
  once: "each byte once, at its sender's interface where that is logged, else where it was seen",
  'as-logged': 'as logged, each byte at every interface that recorded it',
};

/** Of a rule one number per account and region. A listing that failed is a failed rule: it would look like late logs. */
export function buildCompletenessFrames({
  refId,
  asker,
  result: { completeness, selection, problems },
}: AnswerJobs['completeness']): BuiltFrames {
  if (asker === 'panel') {
    const omissions = [...printOmissions({ selection: { ...selection, archivedObjects: 0 }, problems })];
    return encodeAll(
      [buildCompletenessFrame(completeness, { omissions: omissions.map((line) => line.trim()) })],
      refId,
    );
  }
  assertNoProblems(problems, asker);
  return encodeAll([buildCompletenessAlertFrame(completeness)], refId);
}

function encodeAll(frames: readonly Frame[], refId: string): BuiltFrames {
  return { frames: frames.map((frame) => encodeFrame({ ...frame, refId })) };
}

/** Frames, and what they leave out or round off. */
interface ViewAnswer {
  readonly frames: readonly Frame[];
  readonly remarks?: readonly string[];
  readonly positions?: ReadonlyMap<string, Position>;
}

function panelAnswer(job: AnswerJobs['frames']): ViewAnswer {
  const { result, query } = job;
  if (query.view === 'records') {
    const records = recordsOf(result);
    return { frames: [buildRecordsFrame(records, query)], remarks: describeMissingColumns(query, records) };
  }
  const digest = digestOf(result);
  switch (query.view) {
    case 'digest':
      return { frames: [buildTableFrame(buildTable(digest, { ...query, top: MAX_TOP }))] };
    case 'table':
      return { frames: [buildTableFrame(buildTable(digest, query))] };
    case 'series': {
      const set = buildSeries(digest, query);
      return { frames: buildSeriesFrames(set), remarks: describeUntimed(set.withoutTime.flows, 'series') };
    }
    case 'stat':
      return { frames: [buildStatFrame(digestTotals(digest, query.measures))] };
    case 'graph':
      return graphAnswer(job, query);
    case 'events': {
      const { events, droppedEvents, flowsWithoutTime } = buildEvents(digest, query);
      const dropped =
        droppedEvents === 0 ? [] : [`${describeExactly(droppedEvents)} smaller events are not shown (top)`];
      return {
        frames: [buildAnnotationFrame(events)],
        remarks: [...dropped, ...describeUntimed(flowsWithoutTime, 'event')],
      };
    }
  }
}

function describeUntimed(flows: number, what: string): string[] {
  return flows === 0 ? [] : [`in no ${what}, because they have no time: ${describeExactly(flows)} records`];
}

/**
 * The one frame of a rule. Zeros where logs came and nothing was found in them, and for groups that are gone; no data where
 * none came.
 */
function ruleAnswer({ result, query, before }: AnswerJobs['frames'], asker: Rule): ViewAnswer {
  assertWhole(result, asker);
  const digest = digestOf(result);
  const options = { hasLogs: hasLogs(digest.tallies) };
  if (options.hasLogs) {
    assertNotBlind(query, digest.tallies, asker);
  }
  switch (query.view) {
    case 'table': {
      const failure =
        before && 'failure' in before
          ? before.failure
          : before && digest.folded
            ? 'there are too many groups now to tell which of them are'
            : undefined;
      const gone =
        failure === undefined && before && !('failure' in before) ? findGoneGroups(before, digest, query) : undefined;
      return {
        frames: [buildAlertTableFrame(buildTable(digest, query), { ...options, gone })],
        remarks: failure === undefined ? [] : [`groups that are gone have no zeros: ${failure}`],
      };
    }
    case 'series':
      return { frames: [buildAlertSeriesFrame(buildSeries(digest, query), options)] };
    case 'events':
      return { frames: [buildAlertTableFrame(buildLastEvents(digest, query), options)] };
    default: {
      const [measure] = query.view === 'stat' ? query.measures : (['flows'] as const);
      const totals = digestTotals(digest, [measure as Measure]);
      const frame = buildStatFrame(totals);
      return { frames: [options.hasLogs ? frame : { ...frame, fields: [] }] };
    }
  }
}

/** Throws unless all that was asked for was read: a count over a part looks like calm. */
function assertWhole({ problems, partial, selection }: ScanResult, asker: Rule): void {
  assertNoProblems(problems, asker);
  if (partial) {
    throw new FlowError('over-limit', `${partial.message}: ${describeRule(asker)} cannot count over a part`, {
      fields: { limit: partial.limit },
    });
  }
  const { archivedObjects } = selection;
  if (archivedObjects > 0) {
    const kinds = `${describeExactly(archivedObjects)} archived`;
    throw new FlowError(
      'corrupt-object',
      `cannot read objects of the time range (${kinds}): ${describeRule(asker)} cannot count over what could not be read`,
      { fields: { archivedObjects } },
    );
  }
}

/** Throws the first problem. */
function assertNoProblems({ first: [problem], count }: Problems, asker: Rule): void {
  if (problem) {
    const more = count > 1 ? ` (and ${describeExactly(count - 1)} more)` : '';
    throw new FlowError(
      problem.code,
      `${problem.message}${more}: ${describeRule(asker)} cannot count over what could not be read`,
      { fields: { key: problem.key } },
    );
  }
}

/** True if any record of the time range was delivered, counted or not. */
function hasLogs({ flows, filtered, copies, noData, skipData }: Tallies): boolean {
  return flows + filtered + copies + noData + skipData > 0;
}

function graphAnswer(
  { result, datasourceUid, datasourceName, positions: previous }: AnswerJobs['frames'],
  query: GraphQuery,
): ViewAnswer {
  const { nodes, expand, widthPx, heightPx } = query;
  const graph = buildGraph(digestOf(result), query, {
    maxEdges: MAX_DRAWN_EDGES,
    ...(nodes === 'groups' ? { grouping: { expand } } : {}),
  });
  const layout = layoutGraph(graph, { widthPx, heightPx, previous });
  const link = { datasourceUid, datasourceName, query: savedForm(query) };
  return { frames: buildGraphFrames(graph, { layout, link }), positions: layout.memory };
}

/** Why there is nothing, where there is nothing. */
function describeEmpty({ selection }: ScanResult, newestMs: number | undefined): string[] {
  if (selection.selectedObjects > 0) {
    return [];
  }
  const newest =
    newestMs === undefined ? [] : [`the newest object is of ${new Date(newestMs).toISOString().slice(0, 16)}Z`];
  return [`no flow-log object was found; ${explainEmpty(selection)}`, ...newest];
}

function digestOf({ answer }: ScanResult): Digest {
  if (answer.kind !== 'digest') {
    throw new Error(`BUG: the answer is no digest: ${answer.kind}`);
  }
  return answer.digest;
}

function recordsOf({ answer }: ScanResult) {
  if (answer.kind !== 'records') {
    throw new Error(`BUG: the answer has no records: ${answer.kind}`);
  }
  return answer.records.records;
}
