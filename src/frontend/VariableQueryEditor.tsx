/** The editor of a template variable: what it lists, and where. */
import type { QueryEditorProps, SelectableValue } from '@grafana/data';
import { EditorField, EditorRow, EditorRows } from '@grafana/plugin-ui';
import { Select } from '@grafana/ui';
import { useId } from 'react';
import type { FlowLogsDataSource } from './data-source';
import { checkFilter } from './query-editor/check-filter';
import { DraftInput } from './query-editor/DraftInput';
import { variableNames } from './query-editor/edited-data-source';
import { fieldOptions, readFieldName } from './query-editor/field-options';
import { findNumberProblem } from './query-editor/read-inputs';
import { ScopeFields } from './query-editor/ScopeRow';
import { useFields } from './query-editor/useFields';
import type { Scope } from './resources';
import { readQuery, type SavedQuery } from './saved-query';
import type { FlowLogsJsonData } from './settings';
import { DEFAULT_FIELD, VARIABLE_KINDS, type VariableKind, type VariableQuery } from './variable-query';

type Props = QueryEditorProps<FlowLogsDataSource, SavedQuery, FlowLogsJsonData, VariableQuery>;

const KINDS: Readonly<Record<VariableKind, SelectableValue<VariableKind>>> = {
  accounts: { label: 'Accounts', description: 'Account ids that have flow logs' },
  regions: { label: 'Regions', description: 'Regions that have flow logs' },
  sources: { label: 'Sources', description: 'Names of the data source’s buckets and folders' },
  'flow-logs': { label: 'Flow logs', description: 'Ids of the flow logs that deliver' },
  values: { label: 'Values of a field', description: 'VPCs, subnets, interfaces, addresses, ports, actions …' },
};
const KIND_OPTIONS = VARIABLE_KINDS.map((value) => ({ ...KINDS[value], value }));

/** What narrows each kind. */
const SCOPES: Readonly<Record<VariableKind, readonly (keyof Scope)[]>> = {
  accounts: ['sources'],
  regions: ['sources', 'accounts'],
  sources: [],
  'flow-logs': ['sources', 'accounts', 'regions'],
  values: ['sources', 'accounts', 'regions'],
};

const MAX_LIMIT = 1000;

/** Gives the whole query on each choice; typed text counts when the field is left. */
export function VariableQueryEditor({ datasource, query: saved, onChange, onRunQuery }: Props) {
  const query = readQuery(saved);
  const id = useId();
  const kind = query.kind ?? 'accounts';
  const change = (members: Partial<VariableQuery>) =>
    onChange({ ...query, refId: query.refId || 'variable', ...members });
  return (
    <EditorRows>
      <EditorRow>
        <EditorField label="List" htmlFor={id}>
          <Select
            inputId={id}
            aria-label="List"
            width={28}
            options={KIND_OPTIONS}
            value={kind}
            onChange={({ value }) => change({ kind: value })}
          />
        </EditorField>
        {kind === 'values' && (
          <>
            <ValuesField dataSource={datasource} query={query} onChange={(field) => change({ field })} />
            <DraftInput
              label="At most"
              tooltip="The values with the most flows."
              value={query.limit === undefined ? '' : String(query.limit)}
              placeholder="100"
              findProblem={(text) => findNumberProblem(text, { min: 1, max: MAX_LIMIT })}
              onCommit={(text) => change({ limit: text === '' ? undefined : Number(text) })}
              onRun={onRunQuery}
            />
          </>
        )}
        <ScopeFields
          dataSource={datasource}
          query={query}
          variables={variableNames()}
          members={SCOPES[kind]}
          onChange={(member, names) => change({ [member]: [...names] })}
          onDone={onRunQuery}
        />
      </EditorRow>
      {kind === 'values' && (
        <EditorRow>
          <DraftInput
            label="Filter"
            tooltip="Only values of records that match, such as action = REJECT."
            value={query.filter ?? ''}
            placeholder="All records"
            width={80}
            findProblem={(text) => checkFilter(text).problem?.message}
            onCommit={(filter) => change({ filter })}
            onRun={onRunQuery}
          />
        </EditorRow>
      )}
    </EditorRows>
  );
}

interface ValuesFieldProps {
  readonly dataSource: FlowLogsDataSource;
  readonly query: VariableQuery;
  readonly onChange: (field: string) => void;
}

/** Of which field the values are. */
function ValuesField({ dataSource, query, onChange }: ValuesFieldProps) {
  const id = useId();
  const { fields, isLoading, error, start } = useFields(dataSource, query);
  const { field = DEFAULT_FIELD } = query;
  const unlisted = error && `Which fields the logs have could not be found out: ${error}`;
  const problem = readFieldName(field, 'filter') === field ? unlisted : `Not a field: ${field}`;
  return (
    <EditorField label="Field" htmlFor={id} invalid={problem !== undefined} error={problem}>
      <Select<string>
        inputId={id}
        aria-label="Field"
        width={28}
        allowCustomValue
        isLoading={isLoading}
        options={[...fieldOptions(fields, 'filter')]}
        value={{ value: field, label: field.replaceAll('`', '') }}
        onOpenMenu={start}
        onChange={({ value = '' }) => onChange(readFieldName(value.trim(), 'filter') ?? value.trim())}
      />
    </EditorField>
  );
}
