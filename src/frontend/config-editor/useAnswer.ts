import { useState } from 'react';

/** What a call that a button starts has come to. */
export type Answer<T> =
  | { readonly state: 'none' | 'running' }
  | { readonly state: 'done'; readonly value: T }
  | { readonly state: 'failed'; readonly message: string };

/** Keeps the answer to the last call for as long as it is about the same `subject`. */
export function useAnswer<T>(subject: string, call: () => Promise<T>): readonly [answer: Answer<T>, run: () => void] {
  const [last, setLast] = useState<{ readonly subject: string; readonly answer: Answer<T> }>();
  const run = () => {
    setLast({ subject, answer: { state: 'running' } });
    // Not in place of a call that was begun after a change.
    const settle = (answer: Answer<T>) => setLast((now) => (now?.subject === subject ? { subject, answer } : now));
    call().then(
      (value) => settle({ state: 'done', value }),
      (thrown: Error) => settle({ state: 'failed', message: thrown.message }),
    );
  };
  return [last?.subject === subject ? last.answer : { state: 'none' }, run];
}
