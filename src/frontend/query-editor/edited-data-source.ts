/** What the editor needs of a data source, and of the dashboard that it stands in. */
import type { ScopedVars } from '@grafana/data';
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
  interpolateVariablesInQueries?(queries: SavedQuery[], scopedVars: ScopedVars): SavedQuery[];
}

/** The query with what the dashboard's variables hold. Throws what cannot be said in a query. */
export function interpolateQuery(dataSource: EditedDataSource, query: SavedQuery): SavedQuery {
  return dataSource.interpolateVariablesInQueries?.([query], {})[0] ?? query;
}

/** What narrows the query's logs, with what the variables hold; without it if that cannot be told. */
export function interpolateScope(dataSource: EditedDataSource, query: SavedQuery): Scope {
  try {
    const { sources, accounts, regions } = interpolateQuery(dataSource, query);
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
