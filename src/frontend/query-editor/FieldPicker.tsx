import { EditorField } from '@grafana/plugin-ui';
import { useId } from 'react';
import type { NamePlace } from '../../query/field-name';
import type { FieldSummary } from '../../query/resource-answers';
import { hasVariable } from '../../query/variables';
import { fieldOptions, readFieldName } from './field-options';
import { MultiPicker, type PickerOption } from './MultiPicker';

export interface FieldPickerProps {
  readonly label: string;
  readonly tooltip: string;
  readonly place: Exclude<NamePlace, 'filter'>;
  readonly values: readonly string[];
  readonly fields: readonly FieldSummary[];
  readonly isLoading: boolean;
  readonly error?: string;
  readonly variables: readonly string[];
  readonly placeholder: string;
  readonly onOpen: () => void;
  readonly onChange: (names: readonly string[]) => void;
  readonly onDone: () => void;
}

/** Fields in an order of one's own: those that the logs have first, each with its meaning. */
export function FieldPicker({ place, fields, variables, error, ...props }: FieldPickerProps) {
  const id = useId();
  const wrong = props.values.filter((name) => !hasVariable(name) && readFieldName(name, place) !== name);
  const problem = wrong.length > 0 ? `Not a field: ${wrong.join(', ')}` : undefined;
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
        values={props.values}
        options={[...fieldOptions(fields, place), ...variableOptions(variables)]}
        isLoading={props.isLoading}
        placeholder={props.placeholder}
        remark={error === undefined ? undefined : `Which fields the logs have could not be found out: ${error}`}
        invalid={problem !== undefined}
        onOpen={props.onOpen}
        onChange={props.onChange}
        onDone={props.onDone}
        readCustom={(text) =>
          text
            .split(/[\s,;]+/)
            .filter((name) => name !== '')
            .map((name) => (hasVariable(name) ? name : (readFieldName(name, place) ?? name)))
        }
      />
    </EditorField>
  );
}

function variableOptions(variables: readonly string[]): readonly PickerOption[] {
  return variables.map((name) => ({ value: `$${name}`, label: `$${name}`, description: 'variable' }));
}
