import type { QueryEditorHelpProps } from '@grafana/data';
import type { SavedQuery } from './saved-query';

export function QueryHelp(_props: QueryEditorHelpProps<SavedQuery>) {
  return <div />;
}
