/**
 * From the parameters of a resource to the query they stand for: a saved query as JSON (`query`), each member also as a
 * parameter of its own, which then counts, and the time range as `from` and `to`. A wiki can so write a URL by hand, an
 * editor send what it holds, and a dashboard add its variables.
 */
import { FlowError } from '../../errors';
import { DEFAULT_LIMITS, type FlowQuery, type TimeRange } from '../../query/model';
import { interpolateQuery } from '../../query/interpolate-query';
import { parseTime } from '../../query/time';
import { readQuery } from '../read-query';
import { splitAtCommas, type ResourceParameters } from './parameters';
import type { ResourceContext } from './resource';
import { readUrlVariables, VARIABLE_PREFIX } from './url-variables';

const TEXTS = ['filter', 'portRule', 'nodes', 'bucketSec', 'fill', 'unit', 'kind', 'order'] as const;
const NUMBERS = ['top', 'settleSec', 'widthPx', 'heightPx', 'sigmas', 'atLeast'] as const;
const LISTS = ['accounts', 'regions', 'keys', 'measures', 'distinct', 'fields'] as const;
const LIMITS = Object.keys(DEFAULT_LIMITS);

/** What narrows a range of flow logs. */
export const SCOPE_PARAMETERS: readonly string[] = ['sources', 'accounts', 'regions'];

/** Every parameter that `readFlowQuery` knows. */
export const QUERY_PARAMETERS: readonly string[] = [
  'query',
  'from',
  'to',
  'sources',
  'view',
  'expand',
  ...LISTS,
  ...TEXTS,
  ...NUMBERS,
  ...LIMITS,
  `${VARIABLE_PREFIX}*`,
];

/** Without any time, the last hour: all that is there would be everything since the flow log was made. */
const DEFAULT_RANGE_MS = 3_600_000;

/** The complete query, within the data source's limits. `view` is for a query that names none. Throws `bad-query`. */
export function readFlowQuery(
  { parameters, dataSource, nowMs }: Pick<ResourceContext, 'parameters' | 'dataSource' | 'nowMs'>,
  view: FlowQuery['view'],
): FlowQuery {
  const saved = parameters.object('query');
  const variables = readUrlVariables(parameters);
  const written = {
    ...saved,
    view: parameters.text('view') ?? saved['view'] ?? view,
    ...membersOf(parameters),
    ...sourcesOf(parameters, dataSource),
    ...limitsOf(parameters, saved['limits']),
  };
  const asked = variables ? interpolateQuery(written, variables.reader, variables.adHocFilters) : written;
  return readQuery(
    {
      refId: '',
      queryType: '',
      maxDataPoints: 500,
      intervalMs: 1000,
      json: encodeJson(asked),
      timeRange: readTimeRange(parameters, nowMs, isGiven(saved['range'])),
    },
    {
      asker: 'panel',
      nowMs,
      boundLimits: dataSource.boundLimits,
      settleDelaySec: dataSource.settings.settleDelaySec,
    },
  );
}

/** Names of sources; a comma separates them unless it is part of one. */
export function readSourceNames(
  parameters: ResourceParameters,
  { settings }: Pick<ResourceContext['dataSource'], 'settings'>,
): readonly string[] {
  const isSource = (text: string): boolean =>
    settings.sources.some(({ name, location }) => name === text || location === text);
  return parameters.texts('sources').flatMap((text) => (isSource(text) ? [text] : splitAtCommas(text)));
}

/** The range of `from` and `to`, the last hour without them; `undefined` if the query has its own. */
export function readTimeRange(parameters: ResourceParameters, nowMs: number, hasOwn = false): TimeRange | undefined {
  const from = parameters.text('from');
  const to = parameters.text('to');
  if (from === undefined && to === undefined && hasOwn) {
    return undefined;
  }
  const toMs = to === undefined ? nowMs : parseTime(to, nowMs);
  return { fromMs: from === undefined ? Math.max(0, toMs - DEFAULT_RANGE_MS) : parseTime(from, nowMs), toMs };
}

function membersOf(parameters: ResourceParameters): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const name of TEXTS) {
    members[name] = parameters.text(name);
  }
  for (const name of NUMBERS) {
    members[name] = numberOrText(parameters.text(name));
  }
  for (const name of LISTS) {
    members[name] = nonEmpty(parameters.list(name));
  }
  // Ids of groups are taken as they are.
  members['expand'] = nonEmpty(parameters.texts('expand'));
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function sourcesOf(
  parameters: ResourceParameters,
  dataSource: ResourceContext['dataSource'],
): { sources?: readonly string[] } {
  const sources = nonEmpty(readSourceNames(parameters, dataSource));
  return sources ? { sources } : {};
}

function limitsOf(parameters: ResourceParameters, saved: unknown): { limits?: unknown } {
  const given = LIMITS.flatMap((name) => {
    const value = numberOrText(parameters.text(name));
    return value === undefined ? [] : [[name, value] as const];
  });
  return given.length === 0 ? {} : { limits: { ...(saved as object | undefined), ...Object.fromEntries(given) } };
}

/** What is no number stays text, so that the query's own check names the member. */
function numberOrText(text: string | undefined): number | string | undefined {
  return text !== undefined && /^\d{1,15}(?:\.\d{1,9})?$/.test(text) ? Number(text) : text;
}

function encodeJson(value: unknown): Uint8Array {
  try {
    return Buffer.from(JSON.stringify(value));
  } catch {
    throw new FlowError('bad-query', 'cannot read query: it is nested too deeply');
  }
}

function nonEmpty<T>(values: readonly T[]): readonly T[] | undefined {
  return values.length > 0 ? values : undefined;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
