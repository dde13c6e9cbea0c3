import { EditorField } from '@grafana/plugin-ui';
import { useId } from 'react';
import type { ProblemSummary } from '../../query/resource-answers';
import { hasVariable } from '../../query/variables';
import { MultiPicker, type PickerOption } from './MultiPicker';
import { useLazy } from './useLazy';

/** What was discovered. */
export interface DiscoveredNames {
  readonly names: readonly { readonly name: string; readonly description?: string }[];
  readonly isCut?: boolean;
  readonly problems?: ProblemSummary;
}

export interface ScopePickerProps {
  readonly label: string;
  readonly tooltip: string;
  readonly placeholder: string;
  readonly values: readonly string[];
  readonly variables: readonly string[];
  readonly onChange: (values: readonly string[]) => void;
  readonly onDone: () => void;
  /** What the names depend on; another key discovers them anew. */
  readonly discoveryKey: string;
  readonly discover: () => Promise<DiscoveredNames>;
  /** What a name must look like. */
  readonly form?: { readonly pattern: RegExp; readonly text: string };
  /** Typed text may hold several names, as they come from a ticket or a sheet. */
  readonly isList?: boolean;
}

/** Names of places to read logs from: discovered when the menu opens, typed, or the dashboard's variables. */
export function ScopePicker({
  values,
  variables,
  form,
  discover,
  discoveryKey,
  isList = true,
  ...props
}: ScopePickerProps) {
  const id = useId();
  const { value: found, isLoading, error, start } = useLazy(discoveryKey, discover);
  const options: readonly PickerOption[] = [
    ...variables.map((name) => ({ value: `$${name}`, label: `$${name}`, description: 'variable' })),
    ...(found?.names ?? []).map(({ name, description }) => ({ value: name, label: name, description })),
  ];
  const wrong = form ? values.filter((value) => !hasVariable(value) && !form.pattern.test(value)) : [];
  const problem = wrong.length > 0 ? `${form?.text ?? ''}: ${wrong.slice(0, 3).join(', ')}` : error;
  const remark = problem === undefined && found ? remarkOn(found) : undefined;
  return (
    <EditorField
      label={props.label}
      htmlFor={id}
      tooltip={props.tooltip}
      invalid={problem !== undefined}
      error={problem}
    >
      <MultiPicker
        inputId={id}
        label={props.label}
        values={values}
        options={options}
        onChange={props.onChange}
        onDone={props.onDone}
        onOpen={start}
        readCustom={(text) => (isList ? text.split(/[\s,;]+/) : [text.trim()]).filter((name) => name !== '')}
        placeholder={props.placeholder}
        isLoading={isLoading}
        invalid={problem !== undefined}
        remark={remark}
        emptyMessage={error ?? 'None found; type a name'}
      />
    </EditorField>
  );
}

function remarkOn({ isCut, problems }: DiscoveredNames): string | undefined {
  if (problems !== undefined && problems.count > 0) {
    return `Not all could be listed: ${problems.first[0]?.message ?? ''}`;
  }
  return isCut ? 'There are more than could be listed; type any' : undefined;
}
