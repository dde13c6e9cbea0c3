/**
 * What a template variable lists: places where logs are, or the values that a field has in the dashboard's time range.
 */
import type { MetricFindValue, TimeRange } from '@grafana/data';
import type { DataQuery } from '@grafana/schema';
import { interpolateFilter } from '../query/interpolate-filter';
import { interpolateList } from '../query/interpolate-query';
import type { Resources, Scope } from './resources';
import type { VariableReader } from '../query/variables';

/** A saved variable query. Lists and the filter may hold other variables. */
export interface VariableQuery extends DataQuery {
  kind?: VariableKind;
  /** For `values`. */
  field?: string;
  sources?: string[];
  accounts?: string[];
  regions?: string[];
  /** For `values`: which records count. */
  filter?: string;
  /** For `values`: most values, those with the most flows. */
  limit?: number;
}

/** What is listed. */
export const VARIABLE_KINDS = ['accounts', 'regions', 'sources', 'flow-logs', 'values'] as const;
export type VariableKind = (typeof VARIABLE_KINDS)[number];

/** The field of a new query of values. */
export const DEFAULT_FIELD = 'vpc-id';

/** The values of the variable, sorted as they are most useful: names by name, values by flows. */
export async function listVariableValues(
  query: VariableQuery,
  resources: Resources,
  variables: VariableReader,
  range: TimeRange | undefined,
): Promise<MetricFindValue[]> {
  const scope: Scope = {
    sources: interpolateList('sources', query.sources ?? [], variables),
    accounts: interpolateList('accounts', query.accounts ?? [], variables),
    regions: interpolateList('regions', query.regions ?? [], variables),
  };
  switch (query.kind ?? 'accounts') {
    case 'accounts': {
      const { accounts } = await resources.accounts({ sources: scope.sources });
      return accounts.map(({ account }) => valueOf(account));
    }
    case 'regions': {
      const { regions } = await resources.regions({ sources: scope.sources, accounts: scope.accounts });
      return regions.map(({ region }) => valueOf(region));
    }
    case 'sources': {
      const { sources } = await resources.sources();
      return sources.map(({ name }) => valueOf(name));
    }
    case 'flow-logs': {
      const { flowLogs } = await resources.flowLogs(scope);
      return [...new Set(flowLogs.map(({ id }) => id))].map((id) => valueOf(id));
    }
    case 'values': {
      const { values } = await resources.values({
        ...scope,
        field: query.field?.trim() || DEFAULT_FIELD,
        filter: interpolateFilter(query.filter ?? '', variables),
        limit: query.limit,
        range,
      });
      return values.map(({ value, text }) => valueOf(value, text));
    }
  }
}

function valueOf(value: string, text = value): MetricFindValue {
  return { text, value };
}
