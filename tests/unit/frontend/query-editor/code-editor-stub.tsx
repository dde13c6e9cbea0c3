/**
 * In place of Monaco, which needs a real browser: a text area with the same calls. As there, a text from outside is a change
 * like one that is typed, and `onChange` stays the one of the first rendering.
 */
import type { CodeEditor } from '@grafana/ui';
import { useEffect, useRef, useState, type ComponentProps } from 'react';

export function CodeEditorStub({ value, onChange, onFocus, onBlur }: ComponentProps<typeof CodeEditor>) {
  const [text, setText] = useState(value);
  const report = useRef(onChange);
  const shown = useRef(value);
  const show = (next: string): void => {
    shown.current = next;
    setText(next);
    report.current?.(next);
  };
  useEffect(() => {
    if (value !== shown.current) {
      show(value);
    }
  }, [value]);
  return (
    <textarea
      aria-label="Filter"
      value={text}
      onFocus={() => onFocus?.(shown.current)}
      onBlur={() => onBlur?.(shown.current)}
      onChange={({ currentTarget }) => show(currentTarget.value)}
    />
  );
}
