import type { SelectableValue } from '@grafana/data';
import { EditorField } from '@grafana/plugin-ui';
import { RadioButtonGroup } from '@grafana/ui';

interface ChoiceFieldProps<T extends string> {
  readonly label: string;
  readonly tooltip?: string;
  readonly value: T;
  readonly options: readonly (SelectableValue<T> & { readonly value: T })[];
  readonly onChange: (value: T) => void;
}

/** One of a few choices, all in sight. */
export function ChoiceField<T extends string>({ label, tooltip, value, options, onChange }: ChoiceFieldProps<T>) {
  return (
    <EditorField label={label} tooltip={tooltip}>
      <RadioButtonGroup<T> aria-label={label} value={value} options={[...options]} onChange={onChange} />
    </EditorField>
  );
}
