import type { SelectableValue } from '@grafana/data';
import { EditorField } from '@grafana/plugin-ui';
import { Select } from '@grafana/ui';
import { useId } from 'react';
import { hasVariable } from '../../query/variables';
import { SECONDS } from '../config-editor/quantity';
import type { QueryEdit } from './query-edit';
import { findDurationProblem } from './read-inputs';

const AUTO = 'auto';
const CHOICES: readonly SelectableValue<string>[] = [
  { value: AUTO, label: 'auto', description: 'By time range and width of the panel' },
  ...['1m', '5m', '15m', '1h', '1d'].map((value) => ({ value, label: value })),
  { value: '$__interval', label: '$__interval', description: 'The interval of the panel' },
];

/** How long the steps of a time axis are. */
export function BucketField({ edit }: { readonly edit: QueryEdit }) {
  const id = useId();
  const { query, variables, set, run } = edit;
  const { bucketSec } = query;
  const value = bucketSec === undefined ? AUTO : typeof bucketSec === 'number' ? SECONDS.format(bucketSec) : bucketSec;
  const problem = value === AUTO || hasVariable(value) ? undefined : findDurationProblem(value);
  const names = variables.map((name) => ({ value: `$${name}`, label: `$${name}`, description: 'variable' }));
  return (
    <EditorField
      label="Bucket"
      htmlFor={id}
      tooltip="The step of the time axis. Flow logs aggregate over 1 or 10 minutes: shorter steps show gaps."
      invalid={problem !== undefined}
      error={problem}
    >
      <Select<string>
        inputId={id}
        aria-label="Bucket"
        value={{ value, label: value }}
        options={[...CHOICES, ...names]}
        width={15}
        allowCustomValue
        invalid={problem !== undefined}
        onChange={({ value: picked = AUTO }) => {
          set('bucketSec', picked.trim() === AUTO ? undefined : picked.trim());
          run();
        }}
      />
    </EditorField>
  );
}
