import { useCallback, useMemo } from 'react';
import { FIELDS } from '../../flow/fields';
import { DERIVED_PORT } from '../../query/field-name';
import { EITHER_SIDE } from '../../query/filter';
import { filterField } from '../../query/parse-filter';
import type { FieldSummary } from '../../query/resource-answers';
import { interpolateScope, type EditedDataSource } from './edited-data-source';
import type { SavedQuery } from '../saved-query';
import { useLazy } from './useLazy';

/** The fields that a query may name. */
export interface KnownFields {
  readonly fields: readonly FieldSummary[];
  readonly isLoading: boolean;
  readonly error?: string;
  readonly start: () => void;
}

/** The fields of the query's sources; the dictionary's until they are found, and if they cannot be. */
export function useFields(dataSource: EditedDataSource, query: Pick<SavedQuery, 'refId' | 'sources'>): KnownFields {
  const key = JSON.stringify(interpolateScope(dataSource, query).sources ?? []);
  const { resources } = dataSource;
  const load = useCallback(
    () => resources.fields({ sources: JSON.parse(key) as string[], all: true }),
    [resources, key],
  );
  const { value, ...state } = useLazy(key, load);
  const fields = useMemo(() => value?.fields ?? dictionary(), [value]);
  return { ...state, fields };
}

/** All documented fields as if no log had been looked into: nothing is known to be absent. */
function dictionary(): readonly FieldSummary[] {
  const documented = FIELDS.map(({ name, type, role, meaning, version }) => ({
    ...{ name, type, role, meaning, version },
    isDocumented: true,
    isFound: true,
  }));
  const derived = Object.entries(EITHER_SIDE).map(([name, [source, target]]): FieldSummary => {
    const { type, role, version } = filterField(name);
    const meaning = `${source} or ${target}${name === DERIVED_PORT ? '; as a key the lower of the two' : ''}`;
    const places = name === DERIVED_PORT ? (['key', 'filter'] as const) : (['filter'] as const);
    return { ...{ name, type, role, version, meaning }, isDocumented: false, isFound: false, derived: places };
  });
  return [...documented, ...derived];
}
