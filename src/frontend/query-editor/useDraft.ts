import { useState } from 'react';

/**
 * The text of a field: the value, or what is being written over it. A draft ends when it is set to `undefined`, and when
 * the value changes: an answer of the history must not be hidden by what was typed before.
 */
export function useDraft(value: string): readonly [text: string, setDraft: (draft: string | undefined) => void] {
  const [{ draft, of }, setState] = useState<{ readonly draft?: string; readonly of: string }>({ of: value });
  if (of !== value) {
    setState({ of: value });
  }
  const setDraft = (next: string | undefined): void => setState((now) => ({ draft: next, of: now.of }));
  return [of === value ? (draft ?? value) : value, setDraft];
}
