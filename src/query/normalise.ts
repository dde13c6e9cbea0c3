/**
 * Anything to a `FlowQuery`, and back to the form that is saved. This is the only place where queries are migrated,
 * defaulted and validated: editor, backend and command all come through here, and what comes out is complete.
 */
import { FlowError } from '../errors';
import { logTypeOf } from '../flow/log-type';
import { tellsRecorder } from '../flow/recorded-fields';
import {
  findKnownName,
  isColumnName,
  isSideless,
  printFieldName,
  rawFieldNames,
  suggestFieldName,
  type NamePlace,
} from './field-name';
import { EITHER_SIDE } from './filter';
import {
  type AskedLogType,
  DEFAULT_LIMITS,
  defaultKeys,
  QUERY_VERSION,
  type Counting,
  type Direction,
  type FlowQuery,
  type GroupedView,
  type Measure,
  type ScanQuery,
  type TimeRange,
  type View,
} from './model';
import { findNearestName, suggestionText } from './nearest-name';
import { normaliseFilter } from './normalise-filter';
import { printFilter } from './print-filter';
import { filterNames } from './required-fields';
import {
  hasMember,
  isView,
  MAX_BUCKET_SEC,
  MAX_COLUMNS,
  MAX_KEYS,
  MEMBERS,
  schemaOf,
  VIEWS,
  type QueryInput,
} from './query-schema';
import { bucketStarts, chooseBucketSec, MAX_BUCKETS, parseDuration, parseTime } from './time';

/** What a query means depends on when it is asked, and how fine a series is on where it is shown. */
export interface NormaliseOptions {
  /** The moment that `now` stands for, in Unix milliseconds. */
  readonly nowMs: number;
  /** How many points a series without `bucketSec` should have at most. */
  readonly maxPoints?: number;
}

/** The view of a query that names none: every panel and Explore can show a table. */
export const DEFAULT_VIEW: View = 'table';

/** `top` where a query has none. */
export const DEFAULT_TOP = { graph: 40, table: 10, series: 10, records: 100, events: 100 } as const;

/** Measures where a query has none. */
export const DEFAULT_MEASURES: Readonly<Record<GroupedView, readonly [Measure, ...Measure[]]>> = {
  digest: ['bytes', 'packets', 'flows'],
  table: ['bytes', 'packets', 'flows'],
  series: ['bytes'],
  graph: ['bytes', 'packets', 'flows'],
  stat: ['bytes', 'packets', 'flows'],
  events: ['flows'],
};

/** The canvas of a full-width panel. */
export const DEFAULT_CANVAS = { widthPx: 1100, heightPx: 600 } as const;

/** What makes a burst where a query does not say. */
export const DEFAULT_SIGMAS = 3;
export const DEFAULT_AT_LEAST = 10;

/** `bucketSec` of a series that has neither that nor a range: the shortest aggregation interval of a flow log. */
export const DEFAULT_BUCKET_SEC = 60;

const DEFAULT_MAX_POINTS = 500;

/** What Grafana itself keeps in a query; it is nobody's typing error. */
const GRAFANA_MEMBERS: ReadonlySet<string> = new Set([
  'refId',
  'datasource',
  'datasourceId',
  'datasourceUid',
  'hide',
  'key',
  'queryType',
  'intervalMs',
  'maxDataPoints',
  'queryCachingTTL',
  'cacheTimeout',
  'fromAlert',
]);

/**
 * The complete and valid query that the input stands for. Absent members (also `null`) get their defaults; Grafana's own
 * are ignored; any other unknown one is an error, as is a member of another view.
 *
 * - `range`: `{from, to}` as text of `parseTime` or Unix milliseconds (`to` is now if absent), or `{fromMs, toMs}`
 * - `filter`: text or a tree
 * - `keys`, `fields`: documented names in any letter case, columns that the dictionary does not know in backticks
 * - `bucketSec`: seconds or a duration; without it a series takes the shortest nice step that gives at most `maxPoints`
 *   (500) for its range, or 60 s if it has no range
 *
 * Throws `bad-query` with the `member`, or `over-limit` for a series of too many buckets.
 */
export function normaliseQuery(input: unknown, { nowMs, maxPoints = DEFAULT_MAX_POINTS }: NormaliseOptions): FlowQuery {
  const saved = readShape(input);
  const range = normaliseRange(saved.range, nowMs);
  const filter = normaliseFilter(saved.filter);
  const base = {
    version: QUERY_VERSION,
    sources: distinct(saved.sources ?? []),
    accounts: distinct(saved.accounts ?? []),
    regions: distinct(saved.regions ?? []),
    ...((saved.flowLogs?.length ?? 0) > 0 ? { flowLogs: distinct(saved.flowLogs!) } : {}),
    ...(range ? { range } : {}),
    ...(saved.settleSec === undefined ? {} : { settleSec: saved.settleSec }),
    ...(filter ? { filter } : {}),
    limits: { ...DEFAULT_LIMITS, ...saved.limits },
  } as const;
  if (saved.view === 'completeness') {
    return { ...base, view: saved.view };
  }
  if (saved.view === 'records') {
    const { view, top = DEFAULT_TOP.records, order = 'newest', logType } = saved;
    return {
      ...base,
      view,
      ...(logType ? { logType } : {}),
      fields: normaliseNames(saved.fields ?? [], 'fields'),
      top,
      order,
    };
  }
  const counted = 'distinct' in saved ? normaliseNames(saved.distinct ?? [], 'distinct') : [];
  const named = [
    ...(saved.keys ? normaliseNames(saved.keys, 'keys') : []),
    ...counted,
    ...(filter ? filterNames(filter) : []),
  ];
  // Who names a field that only transit gateways have asks about them.
  const { logType = logTypeOf([...named, ...(saved.measures ?? [])]) } = saved;
  const keys = normaliseNames(saved.keys ?? defaultKeys(saved.view, logType), 'keys');
  const direction = normaliseDirection({ logType, direction: saved.direction }, named);
  const hops = distinct(saved.hops ?? []);
  const asked = saved.counting ?? (hops.length > 0 ? 'once' : undefined);
  const counting = normaliseCounting({ view: saved.view, logType, counting: asked }, named);
  if (hops.length > 0 && counting !== 'once') {
    throw queryError({ member: 'hops', expected: 'absent unless counting is once', found: hops });
  }
  const grouped = {
    ...base,
    logType,
    ...(direction ? { direction } : {}),
    ...(counting ? { counting } : {}),
    ...(hops.length > 0 ? { hops } : {}),
    keys,
    measures: saved.measures ? (distinct(saved.measures) as [Measure, ...Measure[]]) : DEFAULT_MEASURES[saved.view],
    portRule: saved.portRule ?? 'lower',
  } as const;
  switch (saved.view) {
    case 'digest': {
      const bucketSec = normaliseBucketSec(saved.bucketSec);
      return { ...grouped, view: saved.view, ...(bucketSec === undefined ? {} : { bucketSec }) };
    }
    case 'stat':
      return { ...grouped, view: saved.view };
    case 'table':
      return {
        ...grouped,
        view: saved.view,
        top: saved.top ?? DEFAULT_TOP.table,
        distinct: counted,
      };
    case 'graph': {
      const { view, top = DEFAULT_TOP.graph, nodes = 'hosts', expand = [] } = saved;
      const { widthPx = DEFAULT_CANVAS.widthPx, heightPx = DEFAULT_CANVAS.heightPx } = saved;
      return { ...grouped, view, top, nodes, expand: distinct(expand), widthPx, heightPx };
    }
    case 'series': {
      const { view, top = DEFAULT_TOP.series, fill = 'zero', unit = 'total' } = saved;
      return { ...grouped, view, top, bucketSec: seriesBucketSec(saved.bucketSec, range, maxPoints), fill, unit };
    }
    case 'events': {
      const { view, kind = 'bursts', sigmas = DEFAULT_SIGMAS, atLeast = DEFAULT_AT_LEAST } = saved;
      const bucketSec = seriesBucketSec(saved.bucketSec, range, maxPoints);
      return { ...grouped, view, kind, bucketSec, sigmas, atLeast, top: saved.top ?? DEFAULT_TOP.events };
    }
  }
}

/** Which direction counts: one, unless the query itself tells them apart. */
function normaliseDirection(
  { logType, direction }: { readonly logType: AskedLogType; readonly direction: Direction | undefined },
  names: readonly string[],
): Direction | undefined {
  if (logType === 'transit-gateway') {
    return direction ?? (names.includes('flow-direction') ? 'both' : 'ingress');
  }
  if (direction !== undefined) {
    throw queryError({
      member: 'direction',
      expected: 'absent unless logType is transit-gateway (filter by flow-direction instead)',
      found: direction,
    });
  }
  return undefined;
}

/** Whether a flow counts once: not in a reference digest, nor where the query itself tells the records of its ends apart. */
function normaliseCounting(
  asked: { readonly view: GroupedView; readonly logType: AskedLogType; readonly counting: Counting | undefined },
  names: readonly string[],
): Counting | undefined {
  const { view, logType, counting } = asked;
  if (logType === 'vpc') {
    return counting ?? (view === 'digest' || names.flatMap(rawFieldNames).some(tellsRecorder) ? 'as-logged' : 'once');
  }
  if (counting !== undefined) {
    throw queryError({ member: 'counting', expected: 'absent unless logType is vpc', found: counting });
  }
  return undefined;
}

/** The width of buckets over a range; throws `over-limit` if they are too many for any panel: better before the scan. */
function seriesBucketSec(saved: number | string | undefined, range: TimeRange | undefined, maxPoints: number): number {
  const chosenSec = range ? chooseBucketSec(range, Math.min(maxPoints, MAX_BUCKETS - 1)) : DEFAULT_BUCKET_SEC;
  const bucketSec = normaliseBucketSec(saved) ?? chosenSec;
  if (range) {
    bucketStarts(range, bucketSec);
  }
  return bucketSec;
}

/** As `normaliseQuery`, for whoever answers from records only: `bad-query` for another view. */
export function normaliseScanQuery(input: unknown, options: NormaliseOptions): ScanQuery {
  const query = normaliseQuery(input, options);
  if (query.view === 'completeness') {
    throw new FlowError('bad-query', 'cannot read query: completeness is not answered from records', {
      fields: { member: 'view', found: query.view },
    });
  }
  return query;
}

/** The form of a query that is saved: JSON with the filter as canonical text. `normaliseQuery` reads it back as equal. */
export function serialiseQuery(query: FlowQuery): unknown {
  return {
    ...query,
    ...(query.filter ? { filter: printFilter(query.filter) } : {}),
    ...('keys' in query ? { keys: query.keys.map(printFieldName) } : {}),
    ...('distinct' in query ? { distinct: query.distinct.map(printFieldName) } : {}),
    ...('fields' in query ? { fields: query.fields.map(printFieldName) } : {}),
  };
}

function readShape(input: unknown): QueryInput {
  if (!isRecord(input)) {
    throw queryError({ member: '', expected: 'an object', found: input });
  }
  const members = withoutAbsent(input);
  const { version = QUERY_VERSION, view = DEFAULT_VIEW } = members;
  if (typeof version === 'number' && version > QUERY_VERSION) {
    throw new FlowError(
      'bad-query',
      `cannot read query: it was saved as version ${version}, and this program knows versions up to ${QUERY_VERSION}`,
      { fields: { member: 'version', found: version, limit: QUERY_VERSION } },
    );
  }
  if (!isView(view)) {
    throw memberError('view', view);
  }
  const known: Record<string, unknown> = { view };
  for (const [name, value] of Object.entries(members)) {
    if (hasMember(view, name)) {
      known[name] = isRecord(value) && name !== 'filter' ? withoutAbsent(value) : value;
    } else if (!GRAFANA_MEMBERS.has(name)) {
      throw unknownMember(name, view);
    }
  }
  const parsed = schemaOf(view).safeParse(known);
  if (parsed.success) {
    return parsed.data;
  }
  const issue = parsed.error.issues[0]!;
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys' && path[0] === 'limits') {
    const name = issue.keys[0]!;
    const suggestion = findNearestName(name, Object.keys(DEFAULT_LIMITS));
    const why = `unknown member ${shown(name)} of limits${suggestionText(suggestion)}`;
    throw new FlowError('bad-query', `cannot read query: ${why}`, { fields: { member: `limits.${name}`, suggestion } });
  }
  const found = path.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], known);
  throw memberError(path.join('.'), found);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownMember(name: string, view: View): FlowError {
  const others = VIEWS.filter((other) => hasMember(other, name));
  const suggestion = findNearestName(name, Object.keys(schemaOf(view).shape));
  const why =
    others.length > 0
      ? `${name} belongs to ${others.join(', ')}, not to ${view}`
      : `unknown member ${shown(name)}${suggestionText(suggestion)}`;
  return new FlowError('bad-query', `cannot read query: ${why}`, {
    fields: { member: name, view, ...(suggestion === undefined ? {} : { suggestion }) },
  });
}

function normaliseRange(range: QueryInput['range'], nowMs: number): TimeRange | undefined {
  if (!range) {
    return undefined;
  }
  const toTimeMs = (time: string | number) => (typeof time === 'number' ? time : parseTime(time, nowMs));
  const { fromMs, toMs } =
    'fromMs' in range ? range : { fromMs: toTimeMs(range.from), toMs: toTimeMs(range.to ?? nowMs) };
  if (fromMs >= toMs) {
    const [from, to] = [fromMs, toMs].map((timeMs) => new Date(timeMs).toISOString());
    throw new FlowError('bad-query', `cannot read query: its range begins at ${from}, not before its end at ${to}`, {
      fields: { member: 'range', fromMs, toMs },
    });
  }
  return { fromMs, toMs };
}

function normaliseBucketSec(bucketSec: number | string | undefined): number | undefined {
  if (typeof bucketSec !== 'string') {
    return bucketSec;
  }
  const seconds = parseDuration(bucketSec);
  if (seconds < 1 || seconds > MAX_BUCKET_SEC) {
    throw memberError('bucketSec', bucketSec);
  }
  return seconds;
}

/** Canonical names, each once. A name in backticks is taken as it is, so that a new column can be asked for. */
function normaliseNames(names: readonly string[], member: 'keys' | 'distinct' | 'fields'): readonly string[] {
  const place: NamePlace = member === 'fields' ? 'columns' : 'keys';
  const limit = member === 'fields' ? MAX_COLUMNS : MAX_KEYS;
  const canonical = distinct(names.map((name, i) => normaliseName(name, place, `${member}.${i}`)));
  if (canonical.length > limit) {
    throw queryError({ member, expected: `a list of at most ${limit} fields`, found: canonical.length });
  }
  return canonical;
}

function normaliseName(text: string, place: NamePlace, member: string): string {
  const trimmed = text.trim();
  const known = findKnownName(trimmed, place);
  if (known !== undefined) {
    return known;
  }
  const column = /^`(.*)`$/s.exec(trimmed)?.[1];
  const name = column ?? trimmed.toLowerCase();
  // A side-less name would mean two fields here (`port` has its own meaning as a key, and is known there).
  if (isSideless(name) && !(name === 'port' && place === 'keys')) {
    throw queryError({ member, expected: EITHER_SIDE[name]!.join(' or '), found: text });
  }
  if (column !== undefined && isColumnName(column)) {
    return column;
  }
  const expected = `a documented field${place === 'keys' ? ', port' : ''}, or a column in backticks`;
  const suggestion = column === undefined ? suggestFieldName(trimmed, place) : undefined;
  throw queryError({ member, expected, found: text, suggestion });
}

function memberError(member: string, found: unknown): FlowError {
  // The ends of a range are described with it.
  const description = MEMBERS[member.replace(/\.\d+$/, '.*')] ?? MEMBERS[member.split('.')[0]!]!;
  const suggestion = typeof found === 'string' ? findNearestName(found, description.choices ?? []) : undefined;
  return queryError({ member, expected: description.expected, found, suggestion });
}

interface QueryErrorFacts {
  readonly member: string;
  readonly expected: string;
  readonly found: unknown;
  readonly suggestion?: string;
}

function queryError({ member, expected, found, suggestion }: QueryErrorFacts): FlowError {
  return new FlowError(
    'bad-query',
    `cannot read query: ${member || 'it'} must be ${expected}, found ${shown(found)}${suggestionText(suggestion)}`,
    { fields: { member, expected, found: shown(found), ...(suggestion === undefined ? {} : { suggestion }) } },
  );
}

function shown(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    // A value that holds itself, or a bigint: its type has to do.
  }
  text ??= typeof value;
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** Editors leave `undefined` or `null` where a field was cleared. */
function withoutAbsent(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null));
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
