import { useMemo } from 'react';
import { config } from '@grafana/runtime';
import { Divider } from '@grafana/aws-sdk';
import { DataSourceDescription } from '@grafana/plugin-ui';
import { AccessSection } from './config-editor/AccessSection';
import { AdvancedSection } from './config-editor/AdvancedSection';
import { createConfigResources } from './config-editor/config-resources';
import { ConnectionSection } from './config-editor/ConnectionSection';
import { DigestsSection } from './config-editor/DigestsSection';
import { LimitsSection } from './config-editor/LimitsSection';
import { NetworkSection } from './config-editor/NetworkSection';
import { createSettingsForm, type ConfigEditorProps } from './config-editor/settings-form';
import { SourceList } from './config-editor/SourceList';
import { useSavedSettings } from './config-editor/useSavedSettings';

/** The settings page of a data source: who signs in, where the logs lie, and how much a query may read. */
export function ConfigEditor(props: ConfigEditorProps) {
  const { uid, type } = props.options;
  const form = createSettingsForm(props);
  const saved = useSavedSettings(props.options);
  const resources = useMemo(() => createConfigResources(uid), [uid]);
  return (
    <>
      {/* Grafana shows the README of the plugin as it is installed. */}
      <DataSourceDescription
        dataSourceName="AWS VPC Flow Logs"
        docsLink={`${config.appSubUrl ?? ''}/plugins/${type}`}
        hasRequiredFields
      />
      <Divider />
      <ConnectionSection editor={props} form={form} />
      <Divider />
      <SourceList form={form} saved={saved} resources={resources} />
      <Divider />
      <DigestsSection form={form} saved={saved} resources={resources} />
      <Divider />
      <AccessSection saved={saved} resources={resources} />
      <Divider />
      <NetworkSection form={form} />
      <Divider />
      <LimitsSection form={form} />
      <Divider />
      <AdvancedSection form={form} />
    </>
  );
}
