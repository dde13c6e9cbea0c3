/**
 * The answer to one query as frames: a scan, its view, and what a reader has to know of gaps. An alert rule or expression
 * gets exactly the one frame that it can take.
 */
import type { Digest, Tallies } from '../digest/digest';
import { answerTallies } from '../digest/digester';
import { FlowError } from '../errors';
import { buildAnnotationFrame } from '../frame/annotation-frame';
import { buildCompletenessAlertFrame, buildCompletenessFrame } from '../frame/completeness-frame';
import { buildAlertSeriesFrame, buildAlertTableFrame } from '../frame/alert-frames';
import type { JsonValue, Frame } from '../frame/frame';
import { buildGraphFrames } from '../frame/graph-frames';
import { buildRecordsFrame } from '../frame/records-frame';
import { buildSeriesFrames } from '../frame/series-frames';
import { buildStatFrame } from '../frame/stat-frame';
import { buildTableFrame } from '../frame/table-frame';
import { withMeta } from '../frame/with-meta';
import { explainEmpty, printOmissions, printPlan } from '../cli/print-summary';
import type { CompletenessQuery, FlowQuery, GraphQuery, Measure, ScanQuery } from '../query/model';
import { MAX_TOP } from '../query/query-schema';
import { serialiseQuery } from '../query/normalise';
import type { ScanResult } from '../scan/run-scan';
import type { Problems } from '../scan/selection';
import { describeExactly } from '../view/describe-size';
import { buildEvents, buildLastEvents } from '../view/events';
import { findGoneGroups } from '../view/gone-groups';
import { buildGraph } from '../view/graph';
import { layoutGraph } from '../view/layout';
import { buildSeries } from '../view/series';
import { buildTable } from '../view/table';
import { digestTotals } from '../view/totals';
import type { DataSource } from './data-source';
import type { NodePositions } from './node-positions';
import type { Asker } from './read-query';

/** More edges than this are a grey felt. */
const MAX_DRAWN_EDGES = 800;

export interface AnswerOptions {
  readonly asker: Asker;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly positions: NodePositions;
}

/** The frames that answer a query of that data source; without any for a rule without data. Throws as scans do. */
export async function answerQuery(
  dataSource: DataSource,
  query: FlowQuery,
  { asker, signal, clock, positions }: AnswerOptions,
): Promise<readonly Frame[]> {
  const startMs = clock();
  if (query.view === 'completeness') {
    return completenessFrames(dataSource, query, { asker, signal });
  }
  assertAskable(query, asker);
  const [result, before] = await Promise.all([
    dataSource.scan(query, { signal }),
    asker === 'alert' ? scanBefore(dataSource, query, signal) : undefined,
  ]);
  const { frames, remarks = [] } =
    asker === 'panel'
      ? panelAnswer(result, query, (graph) => graphFrames(result, graph, dataSource, positions))
      : ruleAnswer(result, query, asker, before);
  return withMeta(frames, {
    tallies: answerTallies(result.answer),
    omissions: [...printOmissions(result)].map((line) => line.trim()),
    remarks: [...remarks, ...describeMissingFields(answerTallies(result.answer), query), ...describeEmpty(result)],
    cachedObjects: result.cachedObjects,
    elapsedMs: clock() - startMs,
    executedQuery: `${JSON.stringify(serialiseQuery(query), null, 2)}\n\n${[...printPlan(result.selection, result.problems)].join('')}`,
  });
}

/** Views that a rule or an expression can take. */
const RULE_VIEWS: ReadonlySet<string> = new Set(['table', 'series', 'stat', 'events', 'completeness']);

/** Throws `bad-query`, before anything is read, if the view has no frame for who asks. */
function assertAskable(query: ScanQuery, asker: Asker): void {
  const { view } = query;
  if (query.view === 'digest' && query.bucketSec !== undefined) {
    throw new FlowError('bad-query', 'cannot show a digest by time as a table: use the view series', {
      fields: { member: 'bucketSec', found: query.bucketSec },
    });
  }
  if (asker !== 'panel' && !RULE_VIEWS.has(view)) {
    throw new FlowError(
      'bad-query',
      `cannot use the view ${view} in ${describeRule(asker)}: use ${[...RULE_VIEWS].join(', ')}`,
      {
        fields: { member: 'view', found: view },
      },
    );
  }
}

/** Frames, and what they leave out or round off. */
interface ViewAnswer {
  readonly frames: readonly Frame[];
  readonly remarks?: readonly string[];
}

function panelAnswer(
  result: ScanResult,
  query: ScanQuery,
  graphFramesOf: (query: GraphQuery) => readonly Frame[],
): ViewAnswer {
  if (query.view === 'records') {
    return { frames: [buildRecordsFrame(recordsOf(result), { fields: query.fields })] };
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
      return { frames: graphFramesOf(query) };
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

/** Of a rule one number per account and region. A listing that failed is a failed rule: it would look like late logs. */
async function completenessFrames(
  dataSource: DataSource,
  query: CompletenessQuery,
  { asker, signal }: Pick<AnswerOptions, 'asker' | 'signal'>,
): Promise<readonly Frame[]> {
  const { completeness, selection, problems } = await dataSource.measureCompleteness(query, { signal });
  if (asker === 'panel') {
    const omissions = [
      ...printOmissions({ selection: { ...selection, parquetObjects: 0, archivedObjects: 0 }, problems }),
    ];
    return [buildCompletenessFrame(completeness, { omissions: omissions.map((line) => line.trim()) })];
  }
  assertNoProblems(problems, asker);
  return [buildCompletenessAlertFrame(completeness)];
}

/** The longest time before its range that a rule looks back to. */
const MAX_LOOK_BACK_MS = 3_600_000;

/**
 * What a rule's table was about just before its range: as long as the range is, an hour at most. A group that has gone since
 * is told to be 0 now, instead of being absent; so each one that was in an answer is at least once 0 in a later one, if the
 * rule is evaluated at least that often. This follows from the logs alone: no evaluation depends on those before it, and
 * several Grafanas, a restarted plugin and a rule tried out in the past all get the same. If it cannot be read, only the
 * zeros are missing.
 */
async function scanBefore(
  dataSource: DataSource,
  query: ScanQuery,
  signal: AbortSignal,
): Promise<ScanResult | FlowError | undefined> {
  if (query.view !== 'table' || query.keys.length === 0 || query.range === undefined) {
    return undefined;
  }
  const { fromMs, toMs } = query.range;
  const range = { fromMs: Math.max(0, fromMs - Math.min(toMs - fromMs, MAX_LOOK_BACK_MS)), toMs: fromMs };
  try {
    return await dataSource.scan({ ...query, range }, { signal });
  } catch (thrown) {
    return FlowError.from(thrown);
  }
}

/**
 * The one frame of a rule. Zeros where logs came and nothing was found in them, and for groups that are gone; no data where
 * none came.
 */
function ruleAnswer(
  result: ScanResult,
  query: ScanQuery,
  asker: Rule,
  before: ScanResult | FlowError | undefined,
): ViewAnswer {
  assertWhole(result, asker);
  const digest = digestOf(result);
  const options = { hasLogs: hasLogs(digest.tallies) };
  switch (query.view) {
    case 'table': {
      const isKnown = before !== undefined && !(before instanceof FlowError);
      const gone = isKnown ? findGoneGroups(digestOf(before), digest, query) : undefined;
      return {
        frames: [buildAlertTableFrame(buildTable(digest, query), { ...options, gone })],
        remarks: before instanceof FlowError ? [`groups that are gone have no zeros: ${before.message}`] : [],
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

/** Who acts on a number without seeing what is missing from it. */
type Rule = Exclude<Asker, 'panel'>;

/** Throws unless all that was asked for was read: a count over a part looks like calm. */
function assertWhole({ problems, partial, selection }: ScanResult, asker: Rule): void {
  assertNoProblems(problems, asker);
  if (partial) {
    throw new FlowError('over-limit', `${partial.message}: ${describeRule(asker)} cannot count over a part`, {
      fields: { limit: partial.limit },
    });
  }
  const { parquetObjects, archivedObjects } = selection;
  if (parquetObjects + archivedObjects > 0) {
    const kinds = [
      ...(parquetObjects > 0 ? [`${describeExactly(parquetObjects)} Parquet`] : []),
      ...(archivedObjects > 0 ? [`${describeExactly(archivedObjects)} archived`] : []),
    ].join(' and ');
    throw new FlowError(
      'corrupt-object',
      `cannot read objects of the time range (${kinds}): ${describeRule(asker)} cannot count over what could not be read`,
      { fields: { parquetObjects, archivedObjects } },
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

function describeRule(asker: Rule): string {
  return asker === 'alert' ? 'an alert rule' : 'an expression';
}

/** True if any record of the time range was delivered, counted or not. */
function hasLogs({ flows, filtered, noData, skipData }: Tallies): boolean {
  return flows + filtered + noData + skipData > 0;
}

function graphFrames(
  result: ScanResult,
  query: GraphQuery,
  { settings: { uid, name } }: DataSource,
  positions: NodePositions,
): readonly Frame[] {
  const { nodes, expand, widthPx, heightPx } = query;
  const isGrouped = nodes === 'groups';
  const graph = buildGraph(digestOf(result), query, {
    maxEdges: MAX_DRAWN_EDGES,
    ...(isGrouped ? { grouping: { expand } } : {}),
  });
  const saved = savedForm(query);
  // What is opened or narrowed is the same picture.
  const picture = omit(saved, ['expand', 'filter']);
  const remembered = positions.of(JSON.stringify([uid, picture]));
  const layout = layoutGraph(graph, { widthPx, heightPx, previous: remembered.positions });
  remembered.keep(layout.memory);
  return buildGraphFrames(graph, { layout, link: { datasourceUid: uid, datasourceName: name, query: saved } });
}

/** The query as it is saved, without what follows from where it is asked. */
function savedForm(query: ScanQuery): Record<string, JsonValue> {
  return omit(serialiseQuery(query) as Record<string, JsonValue>, ['range', 'limits']);
}

function omit(members: Readonly<Record<string, JsonValue>>, names: readonly string[]): Record<string, JsonValue> {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)));
}

/** Why there is nothing, where there is nothing. */
function describeEmpty({ selection }: ScanResult): string[] {
  return selection.selectedObjects === 0 ? [`no flow-log object was found; ${explainEmpty(selection)}`] : [];
}

function describeMissingFields({ missingFields }: Tallies, query: ScanQuery): string[] {
  const asked = new Set('keys' in query && !isDefault(query) ? query.keys : []);
  return Object.entries(missingFields)
    .filter(([name]) => asked.has(name))
    .map(([name, objects]) => `the format of ${objects} ${objects === 1 ? 'object' : 'objects'} has no ${name}`);
}

/** The default graph asks for what places an address, whether it is there or not. */
function isDefault({ view }: ScanQuery): boolean {
  return view === 'graph';
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
