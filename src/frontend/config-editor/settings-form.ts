/**
 * Changing a data source's settings one member at a time, so that nothing else is lost, and whether they are saved. All
 * sections of the config editor work on a `SettingsForm`.
 */
import type { DataSourcePluginOptionsEditorProps, DataSourceSettings } from '@grafana/data';
import type { FlowLogsJsonData, FlowLogsSecureJsonData } from '../settings';

export type ConfigEditorProps = DataSourcePluginOptionsEditorProps<FlowLogsJsonData, FlowLogsSecureJsonData>;
export type Options = DataSourceSettings<FlowLogsJsonData, FlowLogsSecureJsonData>;
type SecretName = keyof FlowLogsSecureJsonData;

export interface SettingsForm {
  readonly json: FlowLogsJsonData;
  /** Provisioned: nothing can be changed. */
  readonly isReadOnly: boolean;
  /** Sets a member of `jsonData`; `undefined` and empty texts take it out, so that the default holds. */
  set<K extends keyof FlowLogsJsonData>(name: K, value: FlowLogsJsonData[K]): void;
  secret(name: SecretName): SecretForm;
}

/** One of `secureJsonData`, which is never read back. */
export interface SecretForm {
  /** What was typed and is not saved yet. */
  readonly typed: string;
  readonly isConfigured: boolean;
  set(value: string): void;
  /** Forgets what is saved. */
  reset(): void;
}

/** The form over what Grafana gives the editor. */
export function createSettingsForm({ options, onOptionsChange }: ConfigEditorProps): SettingsForm {
  const { jsonData: json, secureJsonData, secureJsonFields } = options;
  return {
    json,
    isReadOnly: options.readOnly === true,
    set: (name, value) => onOptionsChange({ ...options, jsonData: withSetting(json, name, value) }),
    secret: (name) => ({
      typed: secureJsonData?.[name] ?? '',
      isConfigured: secureJsonFields?.[name] === true,
      set: (value) => onOptionsChange({ ...options, secureJsonData: { ...secureJsonData, [name]: value } }),
      reset: () =>
        onOptionsChange({
          ...options,
          secureJsonFields: { ...secureJsonFields, [name]: false },
          secureJsonData: { ...secureJsonData, [name]: '' },
        }),
    }),
  };
}

/** The object with a member set; `undefined` and empty texts take it out. */
export function withSetting<T extends object, K extends keyof T>(settings: T, name: K, value: T[K]): T {
  const others = Object.fromEntries(Object.entries(settings).filter(([other]) => other !== name));
  return { ...others, ...(value === undefined || value === '' ? {} : { [name]: value }) } as T;
}

/** The object with a member set, or nothing if that leaves it empty. */
export function withMemberOf<T extends object, K extends keyof T>(
  settings: T | undefined,
  name: K,
  value: T[K],
): T | undefined {
  const changed = withSetting(settings ?? ({} as T), name, value);
  return Object.keys(changed).length === 0 ? undefined : changed;
}

/** One text for settings that mean the same, by which to see whether some were changed. */
export function settingsText({ jsonData, secureJsonData, secureJsonFields }: Options): string {
  const configured = Object.entries(secureJsonFields ?? {}).filter(([, isConfigured]) => isConfigured);
  // `ConnectionConfig` writes the default provider into settings that name none, by itself.
  return canonicalText([{ authType: 'default', ...jsonData }, secureJsonData, configured.map(([name]) => name).sort()]);
}

/** JSON with sorted members, without those that are empty. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(
          Object.entries(member)
            .filter(([, of]) => of !== undefined && of !== null && of !== '')
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : member,
  );
}
