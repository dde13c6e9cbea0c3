import { useCallback, useState } from 'react';
import { errorText } from '../resources';

/** Something that is loaded when it is first wanted. */
export interface Lazy<T> {
  readonly value?: T;
  readonly isLoading: boolean;
  readonly error?: string;
  /** Loads it, unless it is there or on its way. After an error it tries again. */
  readonly start: () => void;
}

interface State<T> {
  readonly key: string;
  readonly value?: T;
  readonly isLoading?: boolean;
  readonly error?: string;
}

/** What `load` answers for a key. It is forgotten when the key changes, also if it comes late. */
export function useLazy<T>(key: string, load: () => Promise<T>): Lazy<T> {
  const [state, setState] = useState<State<T>>({ key });
  const current: State<T> = state.key === key ? state : { key };
  const isStarted = current.value !== undefined || current.isLoading === true;
  const start = useCallback(() => {
    if (isStarted) {
      return;
    }
    const settle = (result: Omit<State<T>, 'key'>): void =>
      setState((now) => (now.key === key ? { key, ...result } : now));
    setState({ key, isLoading: true });
    load().then(
      (value) => settle({ value }),
      (thrown: unknown) => settle({ error: errorText(thrown) }),
    );
  }, [isStarted, key, load]);
  return { value: current.value, isLoading: current.isLoading === true, error: current.error, start };
}
