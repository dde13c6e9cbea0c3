/** A data source as Grafana sends it, with only what a test says of it. */
import type { DataSourceInput } from '../../../src/plugin/settings';

export const ROLE = 'arn:aws:iam::123456789012:role/flow-logs';

/** The input of a data source with these settings. */
export function makeInput(jsonData: unknown = {}, more: Partial<DataSourceInput> = {}): DataSourceInput {
  return {
    uid: 'ds-uid',
    name: 'Flow logs',
    orgId: 1,
    jsonData,
    secureJsonData: {},
    updatedMs: 1000,
    grafanaConfig: {},
    environment: {},
    ...more,
  };
}
