import { EditorField } from '@grafana/plugin-ui';
import { Select } from '@grafana/ui';
import { useId } from 'react';
import { findField } from '../../flow/fields';
import { MEASURES, type GroupedView, type Measure } from '../../query/model';
import { DEFAULT_MEASURES } from '../../query/normalise';
import { MultiPicker, type PickerOption } from './MultiPicker';
import type { QueryEdit } from './query-edit';

interface MeasureFieldProps {
  readonly edit: QueryEdit;
  readonly view: GroupedView;
}

const OPTIONS: readonly (PickerOption & { readonly value: Measure })[] = MEASURES.map((value) => ({
  value,
  label: value,
  description: value === 'flows' ? 'flow log records' : findField(value)?.meaning,
}));

/** What is added up. */
export function MeasureField({ edit: { query, set, run }, view }: MeasureFieldProps) {
  const id = useId();
  const measures: readonly Measure[] = query.measures ?? DEFAULT_MEASURES[view];
  if (view === 'events') {
    return (
      <EditorField label="Measure" htmlFor={id} tooltip="What must be unusual.">
        <Select<Measure>
          inputId={id}
          aria-label="Measure"
          value={measures[0]}
          options={[...OPTIONS]}
          width={18}
          onChange={({ value }) => {
            set('measures', value && [value]);
            run();
          }}
        />
      </EditorField>
    );
  }
  return (
    <EditorField
      label="Measures"
      htmlFor={id}
      tooltip="What is added up. The first one ranks: it decides what is in the top."
    >
      <MultiPicker
        inputId={id}
        label="Measures"
        values={measures}
        options={OPTIONS}
        isClearable={false}
        onChange={(picked) => set('measures', picked.filter(isMeasure))}
        onDone={run}
      />
    </EditorField>
  );
}

function isMeasure(name: string): name is Measure {
  return (MEASURES as readonly string[]).includes(name);
}
