/** The frontend's entry: what Grafana loads. */
import { DataSourcePlugin } from '@grafana/data';
import { ConfigEditor } from './frontend/ConfigEditor';
import { FlowLogsDataSource } from './frontend/data-source';
import { QueryEditor } from './frontend/QueryEditor';
import { QueryHelp } from './frontend/QueryHelp';
import type { SavedQuery } from './frontend/saved-query';
import type { FlowLogsJsonData, FlowLogsSecureJsonData } from './frontend/settings';

export const plugin = new DataSourcePlugin<FlowLogsDataSource, SavedQuery, FlowLogsJsonData, FlowLogsSecureJsonData>(
  FlowLogsDataSource,
)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor)
  .setQueryEditorHelp(QueryHelp);
