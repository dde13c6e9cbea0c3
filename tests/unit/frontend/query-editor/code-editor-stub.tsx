/** In place of Monaco, which needs a real browser: a text area with the same calls. */
import type { CodeEditor } from '@grafana/ui';
import { useState, type ComponentProps } from 'react';

export function CodeEditorStub({ value, onChange, onFocus, onBlur }: ComponentProps<typeof CodeEditor>) {
  const [text, setText] = useState({ now: value, of: value });
  const shown = text.of === value ? text.now : value;
  return (
    <textarea
      aria-label="Filter"
      value={shown}
      onFocus={() => onFocus?.(shown)}
      onBlur={() => onBlur?.(shown)}
      onChange={({ currentTarget }) => {
        setText({ now: currentTarget.value, of: value });
        onChange?.(currentTarget.value);
      }}
    />
  );
}
