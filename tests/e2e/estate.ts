/** What the set-up puts into Grafana: two hours of made-up logs, a data source, the dashboards, a rule. */
import { readFileSync } from 'node:fs';
import { ESTATE_FILE } from './environment';

export const PLUGIN_ID = 'vpcflow-flowlogs-datasource';
/** Everything in Grafana has a uid of its own, so that what is there already is left alone. */
export const DATA_SOURCE = { uid: 'e2e-vpcflow', name: 'Flow logs of the tests' } as const;
export const FOLDER = { uid: 'e2e-vpcflow', title: 'Flow logs of the tests' } as const;
export const RULE = { uid: 'e2e-vpcflow-port-scan', group: 'e2e-vpcflow' } as const;

/** The bundled dashboards. */
export const DASHBOARDS = ['overview', 'map', 'rejects', 'health'] as const;
export type DashboardName = (typeof DASHBOARDS)[number];

/** The uid of the imported copy. */
export function dashboardUid(name: DashboardName): string {
  return `e2e-vpcflow-${name}`;
}

/** How much there is: enough for a burst to stand out, little enough to be read in a moment. */
export const HOURS = 2;

export interface Estate {
  /** The folder with `AWSLogs`. */
  readonly logs: string;
  /** The range of the logs, `[fromMs, toMs)`. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** What the set-up made. */
export function readEstate(): Estate {
  return JSON.parse(readFileSync(ESTATE_FILE, 'utf8')) as Estate;
}
