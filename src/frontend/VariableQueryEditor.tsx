/** The editor of a template variable: what it lists, and where. */
import type { QueryEditorProps, SelectableValue } from '@grafana/data';
import { EditorField, EditorRow, EditorRows } from '@grafana/plugin-ui';
import { getTemplateSrv } from '@grafana/runtime';
import { Input, MultiSelect, Select } from '@grafana/ui';
import { useEffect, useState } from 'react';
import { FlowError } from '../errors';
import { parseFilter } from '../query/parse-filter';
import type { FlowLogsDataSource } from './data-source';
import type { Resources } from './resources';
import type { SavedQuery } from './saved-query';
import type { FlowLogsJsonData } from './settings';
import { DEFAULT_FIELD, VARIABLE_KINDS, type VariableKind, type VariableQuery } from './variable-query';
import { hasVariable } from '../query/variables';

type Props = QueryEditorProps<FlowLogsDataSource, SavedQuery, FlowLogsJsonData, VariableQuery>;

const KINDS: Readonly<Record<VariableKind, SelectableValue<VariableKind>>> = {
  accounts: { label: 'Accounts', description: 'Account ids that have flow logs' },
  regions: { label: 'Regions', description: 'Regions that have flow logs' },
  sources: { label: 'Sources', description: 'Names of the data source’s buckets and folders' },
  'flow-logs': { label: 'Flow logs', description: 'Ids of the flow logs that deliver' },
  values: { label: 'Values of a field', description: 'VPCs, subnets, interfaces, addresses, ports, actions …' },
};
const KIND_OPTIONS = VARIABLE_KINDS.map((value) => ({ ...KINDS[value], value }));

/** What variables are most often made of, until the fields of the logs are known. */
const USUAL_FIELDS = [
  ...['vpc-id', 'subnet-id', 'interface-id', 'instance-id', 'srcaddr', 'dstaddr', 'addr', 'port', 'dstport'],
  ...['protocol', 'action', 'flow-direction', 'aws-service'],
];

type ScopeMember = 'sources' | 'accounts' | 'regions';
/** What narrows each kind. */
const SCOPES: Readonly<Record<VariableKind, readonly ScopeMember[]>> = {
  accounts: ['sources'],
  regions: ['sources', 'accounts'],
  sources: [],
  'flow-logs': ['sources', 'accounts', 'regions'],
  values: ['sources', 'accounts', 'regions'],
};

/** Gives the whole query on each choice; typed text counts when the field is left. */
export function VariableQueryEditor({ datasource, query, onChange }: Props) {
  const kind = query.kind ?? 'accounts';
  const fields = useFieldNames(datasource.resources, kind === 'values');
  const change = (members: Partial<VariableQuery>) =>
    onChange({ ...query, refId: query.refId || 'variable', ...members });
  const field = query.field ?? DEFAULT_FIELD;
  const filterProblem = findProblem(query.filter);
  return (
    <EditorRows>
      <EditorRow>
        <EditorField label="List" htmlFor="vpcflow-variable-kind">
          <Select
            inputId="vpcflow-variable-kind"
            aria-label="List"
            width={28}
            options={KIND_OPTIONS}
            value={kind}
            onChange={({ value }) => change({ kind: value })}
          />
        </EditorField>
        {kind === 'values' ? (
          <EditorField label="Field" htmlFor="vpcflow-variable-field">
            <Select
              inputId="vpcflow-variable-field"
              aria-label="Field"
              width={28}
              allowCustomValue
              options={[...new Set([...fields, field])].map((name) => ({ label: name, value: name }))}
              value={field}
              onChange={({ value }) => change({ field: value })}
            />
          </EditorField>
        ) : null}
        {kind === 'values' ? (
          <EditorField label="At most" htmlFor="vpcflow-variable-limit" tooltip="The values with the most flows">
            <Input
              id="vpcflow-variable-limit"
              type="number"
              width={12}
              min={1}
              max={1000}
              placeholder="100"
              defaultValue={query.limit}
              onBlur={({ currentTarget }) => change({ limit: readLimit(currentTarget.value) })}
            />
          </EditorField>
        ) : null}
        {SCOPES[kind].map((member) => (
          <ScopeField
            key={member}
            member={member}
            resources={datasource.resources}
            value={query[member] ?? []}
            onChange={(names) => change({ [member]: names })}
          />
        ))}
      </EditorRow>
      {kind === 'values' ? (
        <EditorRow>
          <EditorField
            label="Filter"
            htmlFor="vpcflow-variable-filter"
            tooltip="Only values of records that match, such as action = REJECT"
            error={filterProblem}
            invalid={filterProblem !== undefined}
          >
            <Input
              id="vpcflow-variable-filter"
              width={80}
              placeholder="all records"
              defaultValue={query.filter}
              onBlur={({ currentTarget }) => change({ filter: currentTarget.value.trim() })}
            />
          </EditorField>
        </EditorRow>
      ) : null}
    </EditorRows>
  );
}

const SCOPE_LABELS: Readonly<Record<ScopeMember, string>> = {
  sources: 'Sources',
  accounts: 'Accounts',
  regions: 'Regions',
};

interface ScopeFieldProps {
  readonly member: ScopeMember;
  readonly resources: Resources;
  readonly value: readonly string[];
  readonly onChange: (names: string[]) => void;
}

/** What is there is asked for when the list is opened. */
function ScopeField({ member, resources, value, onChange }: ScopeFieldProps) {
  const [found, setFound] = useState<readonly string[]>();
  const [problem, setProblem] = useState<string>();
  const id = `vpcflow-variable-${member}`;
  const open = () => {
    if (found === undefined) {
      listNames(member, resources).then(setFound, (error: Error) => setProblem(error.message));
    }
  };
  const variables = getTemplateSrv()
    .getVariables()
    .map(({ name }) => `$${name}`);
  return (
    <EditorField label={SCOPE_LABELS[member]} htmlFor={id} error={problem} invalid={problem !== undefined}>
      <MultiSelect
        inputId={id}
        aria-label={SCOPE_LABELS[member]}
        width={28}
        allowCustomValue
        placeholder="all"
        isLoading={false}
        options={[...new Set([...value, ...variables, ...(found ?? [])])].map((name) => ({ label: name, value: name }))}
        value={[...value]}
        onOpenMenu={open}
        onChange={(chosen) => onChange(chosen.flatMap((option) => option.value ?? []))}
      />
    </EditorField>
  );
}

async function listNames(member: ScopeMember, resources: Resources): Promise<readonly string[]> {
  switch (member) {
    case 'sources':
      return (await resources.sources()).sources.map(({ name }) => name);
    case 'accounts':
      return (await resources.accounts()).accounts.map(({ account }) => account);
    case 'regions':
      return (await resources.regions()).regions.map(({ region }) => region);
  }
}

/** The fields that the logs have; the usual ones while that is not known. */
function useFieldNames(resources: Resources, isNeeded: boolean): readonly string[] {
  const [names, setNames] = useState<readonly string[]>(USUAL_FIELDS);
  useEffect(() => {
    let isCurrent = true;
    if (isNeeded) {
      resources.fields({ all: true }).then(
        ({ fields }) => {
          const found = fields.filter(({ isFound, derived }) => isFound || derived?.includes('filter'));
          if (isCurrent && found.length > 0) {
            setNames(found.map(({ name }) => name));
          }
        },
        // The usual ones have to do; the variable itself shows what is wrong.
        () => undefined,
      );
    }
    return () => {
      isCurrent = false;
    };
  }, [resources, isNeeded]);
  return names;
}

function readLimit(text: string): number | undefined {
  const limit = Number(text);
  return Number.isInteger(limit) && limit >= 1 && limit <= 1000 ? limit : undefined;
}

/** Variables are not judged before they have values. */
function findProblem(filter: string | undefined): string | undefined {
  try {
    parseFilter(hasVariable(filter ?? '') ? '' : (filter ?? ''));
    return undefined;
  } catch (thrown) {
    return FlowError.from(thrown).message;
  }
}
