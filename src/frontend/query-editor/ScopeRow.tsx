import { EditorRow } from '@grafana/plugin-ui';
import { useCallback } from 'react';
import type { Scope } from '../resources';
import type { SavedQuery } from '../saved-query';
import { interpolateScope, type EditedDataSource } from './edited-data-source';
import type { QueryEdit } from './query-edit';
import { ScopePicker, type DiscoveredNames } from './ScopePicker';

const ACCOUNT = { pattern: /^\d{12}$/, text: 'An account id has 12 digits' };
const REGION = { pattern: /^[a-z]{2,4}(?:-[a-z]{2,16}){1,2}-[1-9]\d?$/, text: 'A region is named like eu-west-1' };

/** Which logs are read: sources, accounts, regions. */
export function ScopeRow({ edit }: { readonly edit: QueryEdit }) {
  const { dataSource, query, variables, set, run } = edit;
  return (
    <EditorRow>
      <ScopeFields
        {...{ dataSource, query, variables }}
        onChange={(member, names) => set(member, [...names])}
        onDone={run}
      />
    </EditorRow>
  );
}

interface ScopeFieldsProps {
  readonly dataSource: EditedDataSource;
  readonly query: Pick<SavedQuery, 'refId' | keyof Scope>;
  readonly variables: readonly string[];
  /** Those that are asked for. */
  readonly members?: readonly (keyof Scope)[];
  readonly onChange: (member: keyof Scope, names: readonly string[]) => void;
  readonly onDone: () => void;
}

const ALL: readonly (keyof Scope)[] = ['sources', 'accounts', 'regions'];

/** The pickers of the row. A single source needs no choice. */
export function ScopeFields({ dataSource, query, variables, members = ALL, onChange, onDone }: ScopeFieldsProps) {
  const scope = interpolateScope(dataSource, query);
  const { sources = [], accounts = [], regions = [] } = query;
  const hasSources = (dataSource.settings.sources?.length ?? 0) > 1 || sources.length > 0;
  const { resources } = dataSource;
  const sourcesKey = JSON.stringify(scope.sources ?? []);
  const accountsKey = JSON.stringify(scope.accounts ?? []);
  const discoverSources = useCallback(
    async (): Promise<DiscoveredNames> => ({
      names: (await resources.sources()).sources.map(({ name, location }) => ({ name, description: location })),
    }),
    [resources],
  );
  const discoverAccounts = useCallback(async (): Promise<DiscoveredNames> => {
    const found = await resources.accounts({ sources: JSON.parse(sourcesKey) as string[] });
    return { ...found, names: found.accounts.map(({ account }) => ({ name: account })) };
  }, [resources, sourcesKey]);
  const discoverRegions = useCallback(async (): Promise<DiscoveredNames> => {
    const narrowed = { sources: JSON.parse(sourcesKey) as string[], accounts: JSON.parse(accountsKey) as string[] };
    const found = await resources.regions(narrowed);
    return { ...found, names: found.regions.map(({ region }) => ({ name: region })) };
  }, [resources, sourcesKey, accountsKey]);
  return (
    <>
      {members.includes('sources') && hasSources && (
        <ScopePicker
          label="Sources"
          tooltip="The buckets or folders to read, by their names in the data source."
          placeholder="All sources"
          values={sources}
          variables={variables}
          onChange={(names) => onChange('sources', names)}
          onDone={onDone}
          discoveryKey="sources"
          discover={discoverSources}
          isList={false}
        />
      )}
      {members.includes('accounts') && (
        <ScopePicker
          label="Accounts"
          tooltip="Only logs of these accounts are listed and read."
          placeholder="All accounts"
          values={accounts}
          variables={variables}
          onChange={(names) => onChange('accounts', names)}
          onDone={onDone}
          discoveryKey={sourcesKey}
          discover={discoverAccounts}
          form={ACCOUNT}
        />
      )}
      {members.includes('regions') && (
        <ScopePicker
          label="Regions"
          tooltip="Only logs of these regions are listed and read."
          placeholder="All regions"
          values={regions}
          variables={variables}
          onChange={(names) => onChange('regions', names)}
          onDone={onDone}
          discoveryKey={`${sourcesKey} ${accountsKey}`}
          discover={discoverRegions}
          form={REGION}
        />
      )}
    </>
  );
}
