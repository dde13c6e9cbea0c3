/**
 * What is provisioned for the demo: the rules are ones that the backend takes, they link to panels that there are, and the
 * services of docker-compose.yaml, the data source and the dashboards' provider agree on names, places and keys.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../../package.json';
import pluginJson from '../../../plugin.json';
import { readQuery } from '../../../src/plugin/read-query';
import { parseDataSourceSettings } from '../../../src/plugin/settings';
import { DEFAULT_LIMITS } from '../../../src/query/model';
import { makeInput } from '../plugin/data-source-input';
import { readYaml } from '../../helpers/read-yaml';

const ROOT = join(__dirname, '../../..');

interface RuleQuery {
  readonly refId: string;
  readonly datasourceUid: string;
  readonly relativeTimeRange?: { readonly from: number; readonly to: number };
  readonly model: Readonly<Record<string, unknown>>;
}

interface Rule {
  readonly uid: string;
  readonly title: string;
  readonly condition: string;
  readonly noDataState: string;
  readonly data: readonly RuleQuery[];
  readonly annotations: Readonly<Record<string, string>>;
}

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes: readonly string[];
}

const rules = (readYaml('provisioning/alerting/vpcflow.yaml') as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const [dataSource] = (
  readYaml('provisioning/datasources/vpcflow.yaml') as {
    datasources: { uid: string; type: string; jsonData: unknown; secureJsonData: Record<string, string> }[];
  }
).datasources;
const [provider] = (readYaml('provisioning/dashboards/vpcflow.yaml') as { providers: { options: { path: string } }[] })
  .providers;
const compose = readYaml('docker-compose.yaml') as {
  services: Readonly<Record<'grafana' | 's3' | 'feed', Service>>;
  volumes: Readonly<Record<string, unknown>>;
};

const NOW_MS = Date.UTC(2026, 0, 15, 12);

describe.each(rules.map((rule) => [rule.title, rule] as const))('the rule %s', (_title, rule) => {
  const queries = rule.data.filter(({ datasourceUid }) => datasourceUid !== '__expr__');

  test('asks what the backend answers to rules', () => {
    expect(queries.map(({ datasourceUid }) => datasourceUid)).toEqual([dataSource!.uid]);
    for (const { model, relativeTimeRange } of queries) {
      const query = readQuery(
        {
          refId: 'A',
          queryType: '',
          maxDataPoints: 43_200,
          intervalMs: 1000,
          json: Buffer.from(JSON.stringify(model)),
          timeRange: {
            fromMs: NOW_MS - relativeTimeRange!.from * 1000,
            toMs: NOW_MS - relativeTimeRange!.to * 1000,
          },
        },
        { asker: 'alert', nowMs: NOW_MS, boundLimits: () => DEFAULT_LIMITS, settleDelaySec: 900 },
      );
      expect(['table', 'series', 'stat', 'events', 'completeness']).toContain(query.view);
    }
  });

  test('has a condition on it', () => {
    const refIds = rule.data.map(({ refId }) => refId);
    expect(refIds).toContain(rule.condition);
    for (const { model, refId } of rule.data) {
      expect(model['refId']).toBe(refId);
      expect(model['expression'] === undefined || refIds.includes(model['expression'] as string)).toBe(true);
    }
  });

  test('tells of labels and values that its query has', () => {
    const [query] = queries;
    const keys = query!.model['view'] === 'completeness' ? ['account', 'region'] : (query!.model['keys'] as string[]);
    const text = Object.values(rule.annotations).join(' ');
    const told = [...text.matchAll(/\.Labels(?:\.(\w+)| "([^"]+)")/g)].map(([, name, quoted]) => name ?? quoted);
    expect(told.length).toBeGreaterThan(0);
    expect(told.filter((name) => !keys.includes(name!))).toEqual([]);
    expect([...text.matchAll(/\.Values\.(\w+)/g)].map(([, refId]) => refId).every((refId) => refId === 'A')).toBe(true);
  });

  test('links to a panel that there is', () => {
    const { __dashboardUid__: uid, __panelId__: panelId } = rule.annotations;
    const { panels } = JSON.parse(readFileSync(join(ROOT, `dashboards/${uid}.json`), 'utf8')) as {
      panels: { id: number; targets?: { view: string; keys?: string[] }[] }[];
    };
    // It is about the same: the age of logs, or things of the same kind.
    const shown = panels.find(({ id }) => String(id) === panelId)?.targets?.[0];
    const { view, keys = [] } = queries[0]!.model as { view: string; keys?: string[] };
    expect(shown?.view === 'completeness').toBe(view === 'completeness');
    expect(shown?.keys ?? []).toEqual(expect.arrayContaining(keys.slice(0, 1)));
  });

  test('is known by an id of its own that Grafana takes', () => {
    expect(rule.uid).toMatch(/^[\w-]{1,40}$/);
    expect(rules.filter(({ uid }) => uid === rule.uid)).toHaveLength(1);
  });
});

test('nothing in the provisioned files is taken for an environment variable', () => {
  for (const folder of ['alerting', 'dashboards', 'datasources']) {
    for (const file of readdirSync(join(ROOT, 'provisioning', folder))) {
      expect(readFileSync(join(ROOT, 'provisioning', folder, file), 'utf8')).not.toContain('$');
    }
  }
});

describe('docker-compose.yaml', () => {
  const { grafana, s3, feed } = compose.services;
  const mounts = (service: Service) =>
    new Map(service.volumes.map((mount) => mount.split(':').slice(0, 2).reverse() as [string, string]));

  test('runs a Grafana that the plugin works with, for this machine only', () => {
    expect(grafana.image).toBe(`grafana/grafana:${pluginJson.dependencies.grafanaDependency.slice(2)}-ubuntu`);
    expect(grafana.ports).toEqual(['127.0.0.1:3000:3000']);
    expect(s3.ports ?? feed.ports).toBeUndefined();
    const { GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS, GF_AWS_FORWARD_SETTINGS_TO_PLUGINS } = grafana.environment;
    expect([GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS, GF_AWS_FORWARD_SETTINGS_TO_PLUGINS]).toEqual([
      pluginJson.id,
      pluginJson.id,
    ]);
  });

  test('mounts the built plugin, whose dashboards are provisioned', () => {
    const folder = `/var/lib/grafana/plugins/${pluginJson.id}`;
    expect(mounts(grafana).get(folder)).toBe('./dist');
    expect(mounts(grafana).get('/etc/grafana/provisioning')).toBe('./provisioning');
    expect(provider!.options.path).toBe(`${folder}/dashboards`);
    const home = grafana.environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH']!;
    expect(pluginJson.includes.map(({ path }) => `${folder}/${path}`)).toContain(home);
  });

  test('has one bucket and one pair of keys', () => {
    const { access, secret } = { access: s3.environment['ROOT_ACCESS_KEY'], secret: s3.environment['ROOT_SECRET_KEY'] };
    expect(feed.environment).toEqual({ AWS_ACCESS_KEY_ID: access, AWS_SECRET_ACCESS_KEY: secret });
    expect(dataSource).toMatchObject({ type: pluginJson.id, secureJsonData: { accessKey: access, secretKey: secret } });
    const optionOf = (name: string) => feed.command![feed.command!.indexOf(name) + 1];
    expect(dataSource!.jsonData).toMatchObject({
      endpoint: optionOf('--endpoint'),
      sources: [{ location: `s3://${optionOf('--bucket')}` }],
    });
    expect(optionOf('--endpoint')).toBe('http://s3:7070');
    expect(s3.command).toContain(':7070');
    expect(mounts(s3).get(s3.command!.at(-1)!)).toBe('s3');
    expect(Object.keys(compose.volumes)).toEqual(['digests', 's3']);
  });

  test('feeds the bucket by a script of the checkout', () => {
    expect(mounts(feed).get('/vpcflow')).toBe('.');
    expect(feed.command!.slice(0, 2)).toEqual(['bun', 'tools/feed-demo.ts']);
    expect(existsSync(join(ROOT, feed.command![1]!))).toBe(true);
    expect(feed.image).toBe(`oven/bun:${packageJson.devDependencies.bun.split('.')[0]}`);
  });

  test('has settings that the plugin takes', () => {
    const { jsonData, secureJsonData } = dataSource!;
    expect(() => parseDataSourceSettings(makeInput(jsonData, { secureJsonData }))).not.toThrow();
  });
});
