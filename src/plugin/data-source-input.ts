/**
 * From a call's context to what a data source is opened with.
 */
import { FlowError } from '../errors';
import type { PluginContext } from './messages';
import type { DataSourceInput } from './settings';

/** The data source that a call is for. Throws `bad-settings` if it is for none, or its settings are no JSON. */
export function dataSourceInput(
  context: PluginContext | undefined,
  environment: DataSourceInput['environment'],
): DataSourceInput {
  const settings = context?.dataSourceInstanceSettings;
  if (!context || !settings) {
    throw new FlowError('bad-settings', 'cannot answer: the call names no data source');
  }
  return {
    uid: settings.uid,
    name: settings.name,
    orgId: context.orgId,
    jsonData: parseJsonData(settings.jsonData),
    secureJsonData: recordFrom(settings.decryptedSecureJsonData),
    updatedMs: settings.lastUpdatedMs,
    grafanaConfig: recordFrom(context.grafanaConfig),
    environment,
  };
}

function parseJsonData(bytes: Uint8Array): unknown {
  if (bytes.length === 0) {
    return undefined;
  }
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // Without the parser's message, which quotes the text.
    throw new FlowError('bad-settings', 'cannot read the settings of the data source: jsonData is no JSON');
  }
}

/** Without a prototype: keys are whatever a user typed. */
function recordFrom(map: ReadonlyMap<string, string>): Record<string, string> {
  return Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(map));
}
