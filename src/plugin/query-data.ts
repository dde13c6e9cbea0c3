/**
 * `QueryData`: every query is answered under its own `refId`, several at a time; one that fails fails alone.
 */
import { setMaxListeners } from 'node:events';
import { FlowError } from '../errors';
import type { FlowQuery } from '../query/model';
import { DEFAULT_VIEW } from '../query/normalise';
import { VIEWS } from '../query/query-schema';
import type { AnswerBuilder } from './answer-builder';
import { answerQuery } from './answer-query';
import type { DataSource } from './data-source';
import { errorStatusOf } from './error-status';
import type { Log } from './log';
import type { DataQuery, DataResponse, QueryDataRequest, QueryDataResponse } from './messages';
import type { NodePositions } from './node-positions';
import { readQuery, type Asker } from './read-query';
import type { QueryMetrics } from './scan-metrics';

export interface QueryDataOptions {
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly clock: () => number;
  readonly positions: NodePositions;
  readonly answers: AnswerBuilder;
  readonly metrics?: QueryMetrics;
}

/** Runs with the request's data source, or rejects with why it cannot be opened. */
export type WithDataSource = <R>(run: (dataSource: DataSource) => Promise<R>) => Promise<R>;

/** Grafana's own default of `concurrent_query_count`. */
const DEFAULT_CONCURRENCY = 10;
const MAX_CONCURRENCY = 50;

/** Answers all queries of a request; never rejects but for a defect. */
export async function queryData(
  { queries, headers, pluginContext }: QueryDataRequest,
  withDataSource: WithDataSource,
  options: QueryDataOptions,
): Promise<QueryDataResponse> {
  const asker = askerOf(headers);
  // Every scan listens; Node takes more than ten for a leak.
  setMaxListeners(0, options.signal);
  const responses = new Map<string, DataResponse>();
  const waiting = [...queries];
  const work = async (dataSource: DataSource): Promise<void> => {
    for (let query = waiting.shift(); query; query = waiting.shift()) {
      responses.set(query.refId, await respond(dataSource, query, asker, options));
    }
  };
  const concurrency = concurrencyFrom(pluginContext?.grafanaConfig);
  try {
    await withDataSource((dataSource) => Promise.all(Array.from({ length: concurrency }, () => work(dataSource))));
  } catch (thrown) {
    for (const query of queries.filter(({ refId }) => !responses.has(refId))) {
      responses.set(query.refId, errorResponse(thrown, query, options));
    }
  }
  return { responses };
}

async function respond(
  dataSource: DataSource,
  dataQuery: DataQuery,
  asker: Asker,
  options: QueryDataOptions,
): Promise<DataResponse> {
  const { signal, clock, positions, answers, metrics } = options;
  const { refId } = dataQuery;
  try {
    const { boundLimits, settings } = dataSource;
    const { settleDelaySec } = settings;
    const query = readQuery(dataQuery, { asker, nowMs: Math.floor(clock()), boundLimits, settleDelaySec });
    const frames = await answerQuery(dataSource, query, { refId, asker, signal, clock, positions, answers });
    metrics?.countQuery(query.view, 'ok');
    return { status: 200, frames };
  } catch (thrown) {
    return errorResponse(thrown, dataQuery, options);
  }
}

function errorResponse(thrown: unknown, query: DataQuery, { log, metrics }: QueryDataOptions): DataResponse {
  const error = FlowError.from(thrown);
  metrics?.countQuery(viewOf(query), error.code);
  const { httpStatus, errorSource } = errorStatusOf(error.code);
  if (error.code === 'internal') {
    log.error('query failed', { error: thrown instanceof Error ? (thrown.stack ?? error.message) : error.message });
  }
  return { status: httpStatus, error: error.message, errorSource };
}

/** The view that a query asks for, whatever else is wrong with it. */
function viewOf({ json }: DataQuery): FlowQuery['view'] | 'unknown' {
  try {
    const text = json.length === 0 ? '{}' : new TextDecoder().decode(json);
    const { view = DEFAULT_VIEW } = JSON.parse(text) as { readonly view?: unknown };
    return VIEWS.find((name) => name === view) ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

function askerOf(headers: QueryDataRequest['headers']): Asker {
  if (headers.get('FromAlert') === 'true') {
    return 'alert';
  }
  return headers.get('http_X-Grafana-From-Expr') === 'true' ? 'expression' : 'panel';
}

function concurrencyFrom(config: ReadonlyMap<string, string> | undefined): number {
  const asked = Number(config?.get('GF_CONCURRENT_QUERY_COUNT'));
  return Number.isInteger(asked) && asked > 0 ? Math.min(asked, MAX_CONCURRENCY) : DEFAULT_CONCURRENCY;
}
