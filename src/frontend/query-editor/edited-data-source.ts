/** What the editor needs of a data source, and of the dashboard that it stands in. */
import type { AdHocVariableFilter, DataQueryRequest, ScopedVars } from '@grafana/data';
import { getTemplateSrv } from '@grafana/runtime';
import type { Resources, Scope } from '../resources';
import type { SavedQuery } from '../saved-query';
import type { FlowLogsJsonData } from '../settings';

/** The data source as the editor sees it. */
export interface EditedDataSource {
  readonly settings: Pick<FlowLogsJsonData, 'sources' | 'defaultLimits' | 'maxLimits' | 'settleDelaySec'>;
  readonly resources: Pick<
    Resources,
    'sources' | 'accounts' | 'regions' | 'fields' | 'values' | 'estimate' | 'graph' | 'graphUrl'
  > &
    Partial<Pick<Resources, 'flowLogs'>>;
  interpolateVariablesInQueries?(
    queries: SavedQuery[],
    scopedVars: ScopedVars,
    filters?: AdHocVariableFilter[],
  ): SavedQuery[];
}

/** The data source with the panel's variables and the dashboard's ad-hoc filters, as they were when the panel was last asked. */
export function withRequest(
  dataSource: EditedDataSource,
  request: Pick<DataQueryRequest, 'scopedVars' | 'filters'> | undefined,
): EditedDataSource {
  const { settings, resources } = dataSource;
  return {
    settings,
    resources,
    interpolateVariablesInQueries: (queries) =>
      dataSource.interpolateVariablesInQueries?.(queries, request?.scopedVars ?? {}, request?.filters) ?? queries,
  };
}

/** The query with what the dashboard's variables hold. Throws what cannot be said in a query. */
export function interpolateQuery(dataSource: EditedDataSource, query: SavedQuery): SavedQuery {
  return dataSource.interpolateVariablesInQueries?.([query], {})[0] ?? query;
}

/** What narrows the query's logs, with what the variables hold; without it if that cannot be told. */
export function interpolateScope(
  dataSource: EditedDataSource,
  { refId, ...query }: Pick<SavedQuery, 'refId' | keyof Scope>,
): Scope {
  try {
    const saved = { refId, sources: query.sources, accounts: query.accounts, regions: query.regions };
    const { sources, accounts, regions } = interpolateQuery(dataSource, saved);
    return { sources, accounts, regions };
  } catch {
    return {};
  }
}

/** Names of the dashboard's variables, without `$`. */
export function variableNames(): readonly string[] {
  return getTemplateSrv()
    .getVariables()
    .filter(({ type }) => type !== 'adhoc' && type !== 'datasource' && type !== 'system')
    .map(({ name }) => name);
}
