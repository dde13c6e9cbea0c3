/** *Show context* of a record: what the same interface logged before and after it. */
import {
  dateTime,
  LogRowContextQueryDirection,
  type DataQueryRequest,
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
  const { sources, accounts, regions } = query ?? {};
  return {
    ...(sources && { sources }),
    ...(accounts && { accounts }),
    ...(regions && { regions }),
    refId: query?.refId ?? 'context',
    view: 'records',
    // What else the query filters by would hide the context.
    ...(own !== undefined && { filter: own }),
    top: options.limit ?? DEFAULT_LIMIT,
    order: isForward ? 'oldest' : 'newest',
  };
}

/** The request for it: the hour before the record, or from it on. */
export function contextRequest(
  row: LogRowModel,
  options: LogRowContextOptions = {},
  query?: SavedQuery,
): DataQueryRequest<SavedQuery> {
  const isForward = options.direction === LogRowContextQueryDirection.Forward;
  const from = dateTime(isForward ? row.timeEpochMs + 1000 : row.timeEpochMs - SPAN_MS);
  const to = dateTime(isForward ? row.timeEpochMs + SPAN_MS : row.timeEpochMs);
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
