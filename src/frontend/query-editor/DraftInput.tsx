import { EditorField } from '@grafana/plugin-ui';
import { Input } from '@grafana/ui';
import { useId, useState } from 'react';
import { useDraft } from './useDraft';

export interface DraftInputProps {
  readonly label: string;
  readonly tooltip?: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly width?: number;
  readonly suffix?: string;
  /** What is wrong with a text; it is then not taken. Empty text is always taken: the default holds. */
  readonly findProblem?: (text: string) => string | undefined;
  readonly onCommit: (text: string) => void;
  readonly onRun: () => void;
}

/** A text that is taken when it is left or with Enter, and not with every key. */
export function DraftInput({ label, tooltip, value, findProblem, onCommit, onRun, ...props }: DraftInputProps) {
  const id = useId();
  const [text, setDraft] = useDraft(value);
  const [isChecked, setIsChecked] = useState(false);
  const problem = text.trim() === '' ? undefined : findProblem?.(text.trim());
  const commit = (isRunWanted: boolean): void => {
    setIsChecked(true);
    if (problem !== undefined) {
      return;
    }
    setDraft(undefined);
    const isChanged = text.trim() !== value;
    if (isChanged) {
      onCommit(text.trim());
    }
    if (isChanged || isRunWanted) {
      onRun();
    }
  };
  // What is saved is judged at once, what is typed when it is complete.
  const shown = isChecked || text === value ? problem : undefined;
  return (
    <EditorField label={label} htmlFor={id} tooltip={tooltip} invalid={shown !== undefined} error={shown}>
      <Input
        id={id}
        value={text}
        placeholder={props.placeholder}
        width={props.width ?? 12}
        suffix={props.suffix}
        onChange={({ currentTarget }) => {
          setIsChecked(false);
          setDraft(currentTarget.value);
        }}
        onBlur={() => commit(false)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') {
            event.preventDefault();
            commit(true);
          }
        }}
      />
    </EditorField>
  );
}
