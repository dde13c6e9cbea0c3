/**
 * The backend's resources as functions: what pickers, completion, the estimate and the config editor ask for. Rejects with
 * an `Error` whose message is the backend's.
 */
import type { TimeRange as GrafanaTimeRange } from '@grafana/data';
import { config } from '@grafana/runtime';
import { findKnownName, printFieldName } from '../query/field-name';
import type { Discovery } from '../query/discovery';
import type {
  AccountsAnswer,
  DigestsHealthAnswer,
  EstimateAnswer,
  FieldsAnswer,
  FlowLogsAnswer,
  IamPolicyAnswer,
  RegionsAnswer,
  SourceHealthAnswer,
  SourcesAnswer,
  ValuesAnswer,
} from '../query/resource-answers';
import { hasMember } from '../query/query-schema';
import { viewOf, type SavedQuery } from './saved-query';

/** What narrows a range of flow logs; absent and empty mean all. */
export interface Scope {
  readonly sources?: readonly string[];
  readonly accounts?: readonly string[];
  readonly regions?: readonly string[];
}

/** Which values of a field. */
export interface ValuesRequest extends Scope {
  readonly field: string;
  /** Part of the value or of its name. */
  readonly search?: string;
  readonly filter?: string;
  readonly limit?: number;
  readonly range?: GrafanaTimeRange;
}

/** Formats of the graph's files. */
export type GraphFormat = 'dot' | 'svg' | 'json';

export interface Resources {
  sources(): Promise<SourcesAnswer>;
  accounts(scope?: Pick<Scope, 'sources'>): Promise<AccountsAnswer>;
  regions(scope?: Omit<Scope, 'regions'>): Promise<RegionsAnswer>;
  flowLogs(scope?: Scope): Promise<FlowLogsAnswer>;
  /** With `all` also the documented fields that no object has, and the names that only queries know. */
  fields(options?: Pick<Scope, 'sources'> & { readonly all?: boolean }): Promise<FieldsAnswer>;
  values(request: ValuesRequest): Promise<ValuesAnswer>;
  /** Of a query without variables. Grafana aborts an estimate when another one is asked for by the same `requestId`. */
  estimate(query: SavedQuery, range: GrafanaTimeRange, requestId?: string): Promise<EstimateAnswer>;
  /** Tries one source as it is saved. */
  health(source: string): Promise<SourceHealthAnswer>;
  /** Tries the place of stored digests as it is saved. */
  storedDigests(): Promise<DigestsHealthAnswer>;
  /** For administrators. */
  iamPolicy(): Promise<IamPolicyAnswer>;
  /** The flow logs that the saved credentials find; in all regions if none is named. For administrators. */
  discover(regions: readonly string[]): Promise<Discovery>;
  /** The text of a graph's file. */
  graph(format: GraphFormat, query: SavedQuery, range: GrafanaTimeRange): Promise<string>;
  /** Where anybody who may query the data source gets the file. */
  graphUrl(format: GraphFormat, query: SavedQuery, range: GrafanaTimeRange): string;
}

/** What the functions need of a data source. */
export interface ResourceCaller {
  readonly uid: string;
  getResource<T>(path: string, params?: Record<string, unknown>, options?: object): Promise<T>;
  postResource<T>(path: string, data?: unknown, options?: object): Promise<T>;
}

/** Errors are shown where they belong, not as a toast as well. */
const QUIETLY = { showErrorAlert: false } as const;

/** The resources of that data source. */
export function createResources(caller: ResourceCaller): Resources {
  const get = <T>(path: string, parameters: Readonly<Record<string, unknown>> = {}): Promise<T> =>
    explained(caller.getResource<T>(path, withoutEmpty(parameters), QUIETLY));
  const post = <T>(path: string, parameters: Readonly<Record<string, unknown>>, options = {}): Promise<T> =>
    explained(caller.postResource<T>(path, withoutEmpty(parameters), { ...QUIETLY, ...options }));
  return {
    sources: () => get('sources'),
    accounts: (scope) => get('accounts', { ...scope }),
    regions: (scope) => get('regions', { ...scope }),
    flowLogs: (scope) => get('flow-logs', { ...scope }),
    fields: ({ sources, all } = {}) => get('fields', { sources, all: all ? 1 : undefined }),
    values: ({ range, field, ...request }) =>
      get('values', { ...request, field: fieldName(field), ...(range && timesOf(range)) }),
    estimate: (query, range, requestId) =>
      post('estimate', { query: askedMembers(query), ...timesOf(range) }, requestId === undefined ? {} : { requestId }),
    health: (source) => get('health', { source }),
    storedDigests: () => get('stored-digests'),
    iamPolicy: () => get('iam-policy'),
    discover: (regions) => get('discover', { regions: regions.join() }),
    graph: (format, query, range) =>
      post(`graph.${format}`, { query: askedMembers(query), ...timesOf(range) }, { responseType: 'text' }),
    graphUrl(format, query, range) {
      const { from, to } = timesOf(range);
      const parameters = new URLSearchParams({
        query: JSON.stringify(askedMembers(query)),
        from: new Date(from).toISOString(),
        to: new Date(to).toISOString(),
      });
      const path = `${config.appSubUrl ?? ''}/api/datasources/uid/${encodeURIComponent(caller.uid)}/resources`;
      return `${window.location.origin}${path}/graph.${format}?${parameters}`;
    },
  };
}

/** As a query names it: a column that the dictionary does not know in backticks. */
function fieldName(name: string): string {
  return findKnownName(name, 'filter') ?? (name.startsWith('`') ? name : printFieldName(name));
}

function timesOf({ from, to }: GrafanaTimeRange): { readonly from: number; readonly to: number } {
  return { from: from.valueOf(), to: to.valueOf() };
}

/** What of a saved query is asked for; Grafana's members say where it stands. */
function askedMembers(query: SavedQuery): object {
  return Object.fromEntries(Object.entries(query).filter(([name]) => hasMember(viewOf(query), name)));
}

function withoutEmpty(parameters: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(parameters).filter(
      ([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
    ),
  );
}

/** Grafana rejects with a response, whose body has the text. */
async function explained<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (thrown) {
    throw new Error(errorText(thrown), { cause: thrown });
  }
}

/** Whether Grafana ended the call, because a newer one took its place or nobody waits for it any more. */
export function isAborted(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.cause as { cancelled?: unknown } | undefined)?.cancelled === true;
}

/** What a rejected call says, for people. */
export function errorText(thrown: unknown): string {
  const { data, message, statusText } = (thrown ?? {}) as {
    data?: { message?: unknown; error?: unknown } | string | null;
    message?: unknown;
    statusText?: unknown;
  };
  const texts = [
    ...(typeof data === 'object' ? [data?.message, data?.error] : [bodyMessage(data)]),
    ...[message, statusText],
  ];
  return texts.find((text): text is string => typeof text === 'string' && text !== '') ?? 'The request failed';
}

/** Of a response that was asked for as text. */
function bodyMessage(body: string | undefined): string | undefined {
  try {
    return (JSON.parse(body ?? '') as { message?: string }).message;
  } catch {
    return undefined;
  }
}
