/**
 * Makes up logs, tells Grafana of them, and imports the dashboards and a rule. Gives the function that takes all of it away
 * again. What a run that was killed left behind in Grafana is taken away first.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from '@playwright/test';
import { readYaml } from '../helpers/read-yaml';
import { ESTATE_FILE, RESULTS, ROOT, readEnvironment } from './environment';
import { DASHBOARDS, DATA_SOURCE, FOLDER, HOURS, PLUGIN_ID, RULE, type DashboardName, type Estate } from './estate';
import { GrafanaApi } from './grafana-api';

/** Grafana's own least interval. */
const RULE_INTERVAL_SEC = 10;
const STEP_MS = 300_000;

// eslint-disable-next-line no-restricted-syntax -- Playwright takes the default export.
export default async function setUp(): Promise<() => Promise<void>> {
  const { grafanaUrl, logsFolder, authorization } = readEnvironment();
  mkdirSync(RESULTS, { recursive: true });
  const context = await request.newContext({
    baseURL: grafanaUrl,
    extraHTTPHeaders: { Authorization: authorization },
  });
  const api = new GrafanaApi(context);
  await checkGrafana(api, grafanaUrl);
  const estate = makeLogs(logsFolder);
  const tearDown = async () => {
    try {
      await removeAll(api);
    } finally {
      await context.dispose();
      rmSync(estate.logs, { recursive: true, force: true });
    }
  };
  try {
    await removeAll(api);
    await addDataSource(api, estate);
    await api.post('/api/folders', FOLDER);
    for (const name of DASHBOARDS) {
      await addDashboard(api, name);
    }
    await addRule(api);
  } catch (thrown) {
    await tearDown();
    throw thrown;
  }
  writeFileSync(ESTATE_FILE, JSON.stringify(estate));
  return tearDown;
}

async function checkGrafana(api: GrafanaApi, grafanaUrl: string): Promise<void> {
  try {
    // Of what only an administrator may do.
    await api.get('/api/datasources');
  } catch (thrown) {
    const needs = 'GRAFANA_URL, GRAFANA_ADMIN_USER and GRAFANA_ADMIN_PASSWORD (admin, admin by default)';
    throw new Error(`cannot run the tests: ${grafanaUrl} lets no administrator in; they are told ${needs}`, {
      cause: thrown,
    });
  }
  try {
    await api.get(`/api/plugins/${PLUGIN_ID}/settings`);
  } catch (thrown) {
    throw new Error(`cannot run the tests: Grafana has not loaded ${PLUGIN_ID}`, { cause: thrown });
  }
}

/** Logs whose last ones are of the last full five minutes, so that a rule can look at them. */
function makeLogs(logsFolder: string): Estate {
  const logs = mkdtempSync(join(logsFolder, 'e2e-'));
  // Grafana may be another user.
  chmodSync(logs, 0o755);
  const toMs = Math.floor(Date.now() / STEP_MS) * STEP_MS;
  const fromMs = toMs - HOURS * 3_600_000;
  const bun = join(ROOT, 'node_modules/.bin/bun');
  const options = ['--out', logs, '--from', new Date(fromMs).toISOString(), '--hours', String(HOURS)];
  execFileSync(bun, [join(ROOT, 'tools/generate.ts'), ...options], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return { logs, fromMs, toMs };
}

async function addDataSource(api: GrafanaApi, { logs }: Estate): Promise<void> {
  await api.post('/api/datasources', {
    ...DATA_SOURCE,
    type: PLUGIN_ID,
    access: 'proxy',
    jsonData: { authType: 'default', defaultRegion: 'eu-west-1', sources: [{ name: 'demo', location: logs }] },
  });
}

/** The dashboard as it is in the package, under a uid of its own; links between dashboards go to the copies. */
async function addDashboard(api: GrafanaApi, name: DashboardName): Promise<void> {
  const text = readFileSync(join(ROOT, `dashboards/vpcflow-${name}.json`), 'utf8');
  const dashboard = JSON.parse(
    text.replaceAll(/\bvpcflow-(?=(?:overview|map|rejects|health)\b)/g, 'e2e-vpcflow-'),
  ) as object;
  await api.post('/api/dashboards/db', {
    dashboard: { ...dashboard, id: null },
    folderUid: FOLDER.uid,
    overwrite: true,
  });
}

interface ProvisionedRule {
  readonly uid: string;
  readonly annotations: { readonly summary: string };
  readonly data: readonly { readonly refId: string; readonly datasourceUid: string; readonly model: object }[];
}

/** The provisioned rule on port scans, over all of the logs and up to now: there is one in their middle. */
async function addRule(api: GrafanaApi): Promise<void> {
  const { groups } = readYaml('provisioning/alerting/vpcflow.yaml') as {
    readonly groups: readonly { readonly rules: readonly ProvisionedRule[] }[];
  };
  const rule = groups.flatMap(({ rules }) => rules).find(({ uid }) => uid === 'vpcflow-port-scan');
  if (rule === undefined) {
    throw new Error('cannot find the rule vpcflow-port-scan in provisioning/alerting/vpcflow.yaml');
  }
  await api.post('/api/v1/provisioning/alert-rules', {
    ...rule,
    uid: RULE.uid,
    annotations: { summary: rule.annotations.summary },
    folderUID: FOLDER.uid,
    ruleGroup: RULE.group,
    data: rule.data.map(({ datasourceUid, model, ...other }) =>
      datasourceUid === '__expr__'
        ? { ...other, datasourceUid, model }
        : {
            ...other,
            datasourceUid: DATA_SOURCE.uid,
            model: { ...model, settleSec: 0 },
            // An hour more than the logs, so that none of them leaves the window during the tests.
            relativeTimeRange: { from: (HOURS + 1) * 3600, to: 0 },
          },
    ),
  });
  const group = `/api/v1/provisioning/folder/${FOLDER.uid}/rule-groups/${RULE.group}`;
  await api.put(group, { ...(await api.get<object>(group)), interval: RULE_INTERVAL_SEC });
}

/** Dashboards and rules go with their folder. */
async function removeAll(api: GrafanaApi): Promise<void> {
  await api.delete(`/api/v1/provisioning/alert-rules/${RULE.uid}`);
  await api.delete(`/api/folders/${FOLDER.uid}?forceDeleteRules=true`);
  await api.delete(`/api/datasources/uid/${DATA_SOURCE.uid}`);
}
