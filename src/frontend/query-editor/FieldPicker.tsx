import { EditorField } from '@grafana/plugin-ui';
import { useId } from 'react';
import {
  DERIVED_PORT,
  findKnownName,
  isColumnName,
  isSideless,
  printFieldName,
  type NamePlace,
} from '../../query/field-name';
import type { FieldSummary } from '../../query/resource-answers';
import { hasVariable } from '../../query/variables';
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
  const wrong = props.values.filter((name) => !hasVariable(name) && readName(name, place) !== name);
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
            .map((name) => (hasVariable(name) ? name : (readName(name, place) ?? name)))
        }
      />
    </EditorField>
  );
}

/** The name as a query holds it, a new column in backticks; `undefined` if it cannot be one. */
function readName(text: string, place: NamePlace): string | undefined {
  const name = text.replace(/^`(.*)`$/s, '$1');
  const known = findKnownName(name, place);
  if (known !== undefined && name === text) {
    return known;
  }
  // A name for either side of a flow is no column.
  return isColumnName(name) && !isSideless(name) ? `\`${name}\`` : undefined;
}

function fieldOptions(fields: readonly FieldSummary[], place: 'keys' | 'columns'): readonly PickerOption[] {
  const rank = ({ isFound, name }: FieldSummary): number => (isFound || name === DERIVED_PORT ? 0 : 1);
  return fields
    .filter(({ role, derived }) =>
      place === 'columns' ? derived === undefined : role === 'key' && (derived?.includes('key') ?? true),
    )
    .toSorted((a, b) => rank(a) - rank(b))
    .map((field) => ({
      value: printFieldName(field.name),
      label: field.name,
      description: rank(field) === 0 ? field.meaning : `${field.meaning} (not in the newest logs)`,
    }));
}

function variableOptions(variables: readonly string[]): readonly PickerOption[] {
  return variables.map((name) => ({ value: `$${name}`, label: `$${name}`, description: 'variable' }));
}
