import type { DataSourcePluginOptionsEditorProps } from '@grafana/data';
import type { FlowLogsJsonData, FlowLogsSecureJsonData } from './settings';

export function ConfigEditor(_props: DataSourcePluginOptionsEditorProps<FlowLogsJsonData, FlowLogsSecureJsonData>) {
  return <div />;
}
