/**
 * A query as Grafana saves it: the members of `query/query-schema.ts`, all optional, beside Grafana's own. It is not
 * defaulted here; the backend does that, so that a saved dashboard gains better defaults. What may stand in a text or a
 * list may also be a dashboard variable.
 */
import { CoreApp } from '@grafana/data';
import type { DataQuery } from '@grafana/schema';
import { defaultKeys, QUERY_VERSION, type GroupedView, type View } from '../query/model';
import { DEFAULT_MEASURES, DEFAULT_VIEW } from '../query/normalise';
import { normaliseFilter } from '../query/normalise-filter';
import { printFilter } from '../query/print-filter';
import { hasMember, isView, MEMBERS, type QueryInput } from '../query/query-schema';

type KeysOfAny<T> = T extends unknown ? keyof T : never;
type MemberOfAny<T, K extends PropertyKey> = T extends { [Name in K]?: infer V } ? V : never;
type Members = { [K in KeysOfAny<QueryInput>]?: MemberOfAny<QueryInput, K> };

/** Members of any view; those of another view than its own make a query invalid (see `changeView`). */
export interface SavedQuery extends DataQuery, Omit<Members, 'range' | 'filter' | 'top'> {
  /** In the filter language. */
  filter?: string;
  /** A number, or a variable that holds one. */
  top?: number | string;
}

/** Grafana's members, which every view keeps. */
const GRAFANA_MEMBERS: ReadonlySet<string> = new Set(['refId', 'datasource', 'hide', 'key', 'queryType']);

/** What a new query asks, by where it is made. */
export function defaultQueryOf(app: CoreApp | string | undefined): Partial<SavedQuery> {
  switch (app) {
    // A rule needs one number per thing that may be alerted of.
    case CoreApp.UnifiedAlerting:
    case CoreApp.CloudAlerting:
      return { view: 'table', filter: 'action = REJECT', keys: ['dstaddr', 'port'], measures: ['flows'], top: 100 };
    case CoreApp.Explore:
      return { view: 'table' };
    default:
      return { view: 'series', measures: ['bytes'], unit: 'rate' };
  }
}

/** The view that the query has, or has by default; also instead of one that there is not. */
export function viewOf({ view }: Pick<SavedQuery, 'view'>): View {
  return isView(view) ? view : DEFAULT_VIEW;
}

/**
 * The query as it can be shown, whatever somebody wrote into the JSON of a dashboard: what cannot be shown is left out, what
 * stands in lists is text. The query that is asked stays as it was written, so that the backend says what is wrong with it.
 */
export function readQuery<Q extends DataQuery>(query: Q): Q {
  const members = Object.entries(query).map(([name, value]) => [name, readMember(name, value)] as const);
  return { ...Object.fromEntries(members.filter(([, value]) => value !== undefined)), refId: query.refId } as Q;
}

const NUMBERS: ReadonlySet<string> = new Set(['settleSec', 'sigmas', 'atLeast', 'widthPx', 'heightPx']);
const NUMBERS_OR_TEXTS: ReadonlySet<string> = new Set(['top', 'bucketSec']);

function readMember(name: string, value: unknown): unknown {
  if (!Object.hasOwn(MEMBERS, name)) {
    return value;
  }
  // To the backend, too, it is as if it were not there.
  if (value === null) {
    return undefined;
  }
  if (Object.hasOwn(MEMBERS, `${name}.*`)) {
    return [value].flat().flatMap((entry: unknown) => (entry === null ? [] : [readText(entry)]));
  }
  switch (name) {
    case 'view':
      return isView(value) ? value : undefined;
    case 'filter':
      return typeof value === 'string' ? value : readFilterTree(value);
    case 'limits':
      return typeof value === 'object' ? readLimits(value) : undefined;
    case 'version':
    case 'range':
      return value;
  }
  const types = NUMBERS.has(name) ? ['number'] : NUMBERS_OR_TEXTS.has(name) ? ['number', 'string'] : ['string'];
  return types.includes(typeof value) ? value : undefined;
}

function readText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function readFilterTree(value: unknown): string | undefined {
  try {
    const tree = normaliseFilter(value);
    return tree && printFilter(tree);
  } catch {
    return undefined;
  }
}

function readLimits(limits: object): object {
  return Object.fromEntries(
    Object.entries(limits).filter(([name, value]) => typeof value === (name === 'onLimit' ? 'string' : 'number')),
  );
}

/** The query in another view, without what that view does not know. */
export function changeView(query: SavedQuery, view: View): SavedQuery {
  const kept = Object.entries(query).filter(([name]) => GRAFANA_MEMBERS.has(name) || hasMember(view, name));
  return { ...Object.fromEntries(kept), refId: query.refId, version: QUERY_VERSION, view } as SavedQuery;
}

/**
 * The query with a member set; `undefined` and empty lists and texts take it out, so that the default holds. A direction
 * goes with its kind of flow log.
 */
export function withMember<K extends keyof SavedQuery>(query: SavedQuery, member: K, value: SavedQuery[K]): SavedQuery {
  // What means nothing for other flow logs is an error there.
  const isGone = (name: string): boolean =>
    name === member ||
    (member === 'logType' && name === 'direction' && value !== 'transit-gateway') ||
    (member === 'logType' && (name === 'counting' || name === 'hops') && value !== undefined && value !== 'vpc');
  const others = Object.fromEntries(Object.entries(query).filter(([name]) => !isGone(name)));
  const isList = Array.isArray(value) && member !== 'keys';
  const isEmpty = value === undefined || value === '' || (isList && value.length === 0);
  return { ...others, ...(isEmpty ? {} : { [member]: value }) } as SavedQuery;
}

/** Whether there is something to ask: not while a list holds an entry that is still blank. */
export function isComplete(query: SavedQuery): boolean {
  const { sources, accounts, regions, keys, fields, expand } = readQuery(query);
  const lists = [sources, accounts, regions, keys, fields, expand];
  return query.hide !== true && lists.every((list) => list === undefined || list.every((entry) => entry.trim() !== ''));
}

/** Names of views for people. */
export const VIEW_NAMES: Readonly<Record<View, string>> = {
  graph: 'Node graph',
  table: 'Table',
  series: 'Time series',
  stat: 'Stat',
  records: 'Records',
  events: 'Events',
  completeness: 'Completeness',
  digest: 'Digest',
};

/** The query in a line, for history and inspector: `Time series of bytes by action where dstport = 443`. */
export function describeQuery(saved: SavedQuery): string {
  const query = readQuery(saved);
  const view = viewOf(query);
  const places = [...(query.accounts ?? []), ...(query.regions ?? []), ...(query.sources ?? [])];
  return [
    VIEW_NAMES[view],
    ...(isGrouped(view) ? [`of ${(query.measures ?? DEFAULT_MEASURES[view]).slice(0, 1).join('')}`] : []),
    ...describeGroups(query, view),
    ...(query.filter?.trim() ? [`where ${query.filter.trim()}`] : []),
    ...(places.length > 0 ? [`in ${places.join(', ')}`] : []),
  ].join(' ');
}

function describeGroups(query: SavedQuery, view: View): readonly string[] {
  if (view === 'graph') {
    return [`of ${query.nodes ?? 'groups'}`];
  }
  const keys = isGrouped(view) ? (query.keys ?? defaultKeys(view, query.logType)) : [];
  return keys.length === 0 ? [] : [`by ${keys.join(', ')}`];
}

function isGrouped(view: View): view is GroupedView {
  return view !== 'records' && view !== 'completeness';
}
