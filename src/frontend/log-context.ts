/** *Show context* of a record: what the same interface logged before and after it. */
import {
  dateTime,
  FieldType,
  LogRowContextQueryDirection,
  type DataFrame,
  type DataQueryRequest,
  type DataQueryResponse,
  type LogRowContextOptions,
  type LogRowModel,
} from '@grafana/data';
import { testOf } from '../query/ad-hoc-filters';
import type { SavedQuery } from './saved-query';

/** How far from the record its context lies. */
const SPAN_MS = 3_600_000;
const DEFAULT_LIMIT = 50;

/** The record's query, narrowed to its interface; to its source address where the format has no interface. */
export function contextQuery(row: LogRowModel, options: LogRowContextOptions = {}, query?: SavedQuery): SavedQuery {
  const isForward = options.direction === LogRowContextQueryDirection.Forward;
  const key = ['interface-id', 'resource-id', 'srcaddr'].find((name) => row.labels[name] !== undefined);
  const own = key === undefined ? undefined : testOf({ key, operator: '=', value: row.labels[key] ?? '' });
  const { sources, accounts, regions, fields } = query ?? {};
  return {
    ...(sources && { sources }),
    ...(accounts && { accounts }),
    ...(regions && { regions }),
    // Grafana knows a record again by its text, which is of these columns.
    ...(fields && { fields }),
    refId: query?.refId ?? 'context',
    view: 'records',
    // What else the query filters by would hide the context.
    ...(own !== undefined && { filter: own }),
    top: options.limit ?? DEFAULT_LIMIT,
    order: isForward ? 'oldest' : 'newest',
  };
}

/**
 * The context: the hour before the record with the record's own second, which others share, or the hour after that second.
 * Grafana asks for both at once, and on from the last record that it has: what is in neither or in both would be missing or
 * shown twice.
 */
export async function readContext(
  ask: (request: DataQueryRequest<SavedQuery>) => Promise<DataQueryResponse>,
  row: LogRowModel,
  options: LogRowContextOptions = {},
  query?: SavedQuery,
): Promise<DataQueryResponse> {
  const { limit = DEFAULT_LIMIT } = options;
  const endMs = row.timeEpochMs + 1000;
  const isForward = options.direction === LogRowContextQueryDirection.Forward;
  const answer = await ask(contextRequest(row, options, query, endMs));
  const frames = answer.data as DataFrame[];
  const times = frames.flatMap(timesOf);
  if (times.length < limit) {
    return answer;
  }
  const lastMs = times.reduce((a, b) => Math.max(a, b));
  if (isForward) {
    // The next answer begins after the last second of this one: that second must not be there in part.
    const isWhole = times.every((timeMs) => timeMs === lastMs);
    return isWhole ? answer : { ...answer, data: frames.map((frame) => withoutTime(frame, lastMs)) };
  }
  if (times.some((timeMs) => timeMs !== row.timeEpochMs)) {
    return answer;
  }
  // That second alone fills the answer, and asked again would give the same: Grafana would take it for the end.
  const { data, errors } = await ask(contextRequest(row, options, query, row.timeEpochMs));
  return { ...answer, data: [...frames, ...data], ...(errors && { errors }) };
}

function timesOf({ fields }: DataFrame): readonly number[] {
  return (fields.find(({ type }) => type === FieldType.time)?.values ?? []) as number[];
}

function withoutTime(frame: DataFrame, timeMs: number): DataFrame {
  const kept = timesOf(frame).flatMap((time, row) => (time === timeMs ? [] : [row]));
  const fields = frame.fields.map((field) => ({ ...field, values: kept.map((row) => field.values[row] as unknown) }));
  return { ...frame, length: kept.length, fields };
}

/** Up to `nearMs`, or from it on. */
function contextRequest(
  row: LogRowModel,
  options: LogRowContextOptions,
  query: SavedQuery | undefined,
  nearMs: number,
): DataQueryRequest<SavedQuery> {
  const isForward = options.direction === LogRowContextQueryDirection.Forward;
  const from = dateTime(isForward ? nearMs : row.timeEpochMs - SPAN_MS);
  const to = dateTime(isForward ? row.timeEpochMs + SPAN_MS : nearMs);
  return {
    requestId: `context-${row.uid}-${isForward ? 'after' : 'before'}`,
    app: 'explore',
    interval: '1m',
    intervalMs: 60_000,
    range: { from, to, raw: { from, to } },
    scopedVars: {},
    targets: [contextQuery(row, options, query)],
    timezone: 'utc',
    startTime: row.timeEpochMs,
  };
}
