import type { QueryEditorProps } from '@grafana/data';
import type { FlowLogsDataSource } from './data-source';
import type { SavedQuery } from './saved-query';
import type { FlowLogsJsonData } from './settings';

export function QueryEditor(_props: QueryEditorProps<FlowLogsDataSource, SavedQuery, FlowLogsJsonData>) {
  return <div />;
}
