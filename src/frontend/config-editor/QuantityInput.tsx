import { useId, useState } from 'react';
import { Field, Input } from '@grafana/ui';
import type { Quantity } from './quantity';

export interface QuantityInputProps {
  readonly label: string;
  readonly quantity: Quantity;
  readonly value: number | undefined;
  /** What holds where nothing is typed. */
  readonly defaultValue: number;
  readonly min: number;
  readonly max: number;
  readonly onChange: (value: number | undefined) => void;
  /** Shown above the field; without it, the label is for screen readers only. */
  readonly isLabelShown?: boolean;
  readonly description?: string;
  /** Wrong for another reason than being no such number. */
  readonly problem?: string;
}

/** A number with its unit. What cannot be read or is out of range stays in the field, with why, and is not set. */
export function QuantityInput(props: QuantityInputProps) {
  const { label, quantity, value, defaultValue, onChange, isLabelShown = false, description } = props;
  const id = useId();
  const [draft, setDraft] = useState<string>();
  const text = draft ?? (value === undefined ? '' : quantity.format(value));
  const wrong = draft === undefined ? undefined : whyWrong(draft, props);
  const error = wrong ?? props.problem;
  return (
    <Field
      noMargin={!isLabelShown}
      label={isLabelShown ? label : undefined}
      description={description}
      htmlFor={id}
      invalid={error !== undefined}
      error={error}
    >
      <Input
        id={id}
        width={22}
        aria-label={label}
        value={text}
        placeholder={quantity.format(defaultValue)}
        onChange={({ currentTarget }) => {
          const typed = currentTarget.value;
          setDraft(typed);
          if (typed.trim() === '') {
            onChange(undefined);
          } else if (whyWrong(typed, props) === undefined) {
            onChange(quantity.parse(typed));
          }
        }}
        onBlur={() => wrong === undefined && setDraft(undefined)}
      />
    </Field>
  );
}

function whyWrong(text: string, { quantity, min, max }: QuantityInputProps): string | undefined {
  if (text.trim() === '') {
    return undefined;
  }
  const value = quantity.parse(text);
  if (value === undefined) {
    return `Not set: write it like ${quantity.example}`;
  }
  return value < min || value > max ? `Not set: must be ${quantity.format(min)} to ${quantity.format(max)}` : undefined;
}
