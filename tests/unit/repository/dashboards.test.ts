/**
 * The dashboards that the plugin brings along: every query in them is one that can be asked, whatever their variables stand
 * on, and they keep to what Grafana needs to show them without anyone's help.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pluginJson from '../../../plugin.json';
import { interpolateQuery } from '../../../src/query/interpolate-query';
import { normaliseQuery } from '../../../src/query/normalise';
import { readParameters } from '../../../src/plugin/resources/parameters';
import { QUERY_PARAMETERS, readFlowQuery } from '../../../src/plugin/resources/flow-query';
import { buildCompletenessFrame } from '../../../src/frame/completeness-frame';
import { readQuery } from '../../../src/plugin/read-query';
import { DEFAULT_LIMITS } from '../../../src/query/model';
import { VARIABLE, variableName } from '../../../src/query/variables';
import { knownVariables, type KnownVariable } from '../../helpers/variables';

interface Target {
  readonly refId: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly view: string;
  readonly filter?: string;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly datasource: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
  readonly options: { readonly content?: string; readonly reduceOptions?: { readonly fields?: string } };
}

interface Annotation {
  readonly name: string;
  /** The panels that show it; all if absent. */
  readonly filter?: { readonly ids: readonly number[] };
  readonly datasource: Target['datasource'];
  readonly target: Target;
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: unknown;
  readonly includeAll?: boolean;
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly Annotation[] };
  readonly links: readonly { readonly type: string; readonly tags?: readonly string[]; readonly url: string }[];
}

const FOLDER = join(__dirname, '../../../dashboards');
const FILES = readdirSync(FOLDER).sort();
const DASHBOARDS = FILES.map(
  (file) => [file, JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Dashboard] as const,
);
const NOW_MS = Date.UTC(2026, 0, 15, 12);
const RANGE = { fromMs: NOW_MS - 3 * 3_600_000, toMs: NOW_MS };

/** Values that variables may have, by name. */
const SAMPLES: Readonly<Record<string, string>> = {
  account: '111122223333',
  region: 'eu-west-1',
  vpc: 'vpc-0123456789abcdef0',
  port: '443',
  step: '5m',
  focus: 'addr in 10.40.0.0/24 or port = 22',
};

/** Each variable with a value of its own. */
function sampleVariables({ templating }: Dashboard): Record<string, KnownVariable> {
  return Object.fromEntries(
    templating.list
      .filter(({ type }) => type !== 'datasource' && type !== 'adhoc')
      .map(({ name, type, query }) => {
        const sample = type === 'custom' ? optionsOf(query as string).at(-1) : SAMPLES[name];
        if (sample === undefined) {
          throw new Error(`there is no sample for the variable ${name}`);
        }
        return [name, sample];
      }),
  );
}

/** Each variable on *All* or empty, where it can be. */
function widestVariables(dashboard: Dashboard): Record<string, KnownVariable> {
  const samples = sampleVariables(dashboard);
  const widest = dashboard.templating.list.flatMap(
    ({ name, type, includeAll }): (readonly [string, KnownVariable])[] =>
      includeAll ? [[name, { all: [samples[name] as string] }]] : type === 'textbox' ? [[name, '']] : [],
  );
  return { ...samples, ...Object.fromEntries(widest) };
}

/** The values of a custom variable's text, as Grafana reads it: separated by commas, `text : value` or both in one. */
function optionsOf(text: string): string[] {
  return (text.match(/(?:\\,|[^,])+/g) ?? []).map((option) => {
    const plain = option.replaceAll('\\,', ',').trim();
    return (/^.+\s:\s(.+)$/s.exec(plain)?.[1] ?? plain).trim();
  });
}

const queriesOf = ({ panels, annotations }: Dashboard): (readonly [string, Target])[] => [
  ...panels.flatMap(({ title, targets = [] }) => targets.map((target) => [title, target] as const)),
  ...annotations.list.map(({ name, datasource, target }) => [name, { ...target, datasource }] as const),
];

/** Names that Grafana itself gives a meaning. */
const isBuiltIn = (name: string): boolean => name.startsWith('__');

test('there are four, and plugin.json brings along exactly these', () => {
  expect(FILES).toHaveLength(4);
  const included = DASHBOARDS.map(([file, { title }]) => ({
    type: 'dashboard',
    name: title,
    path: `dashboards/${file}`,
  }));
  expect([...pluginJson.includes].sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual(included);
  for (const [file, { uid }] of DASHBOARDS) {
    expect(file).toBe(`${uid}.json`);
  }
});

describe.each(DASHBOARDS)('%s', (_file, dashboard) => {
  test.each(queriesOf(dashboard))('can be asked: %s', (_title, query) => {
    for (const known of [sampleVariables(dashboard), widestVariables(dashboard)]) {
      const asked = interpolateQuery(query, knownVariables(known), [{ key: 'dstport', operator: '=', value: '443' }]);
      expect(normaliseQuery({ ...asked, range: RANGE }, { nowMs: NOW_MS }).view).toBe(query.view);
    }
  });

  test.each(queriesOf(dashboard))('asks only for what is chosen: %s', (_title, query) => {
    const asked = interpolateQuery(query, knownVariables(sampleVariables(dashboard)));
    expect(asked).toMatchObject({ accounts: [SAMPLES['account']], regions: [SAMPLES['region']] });
  });

  test('every panel says what it shows, from the data source that is chosen', () => {
    expect(dashboard.title).toMatch(/^Flow logs \/ /);
    expect(dashboard.description).not.toBe('');
    for (const { type, title, description, datasource, targets = [] } of dashboard.panels) {
      expect({ title, described: description.length > 20 }).toEqual({
        title: expect.stringMatching(/./),
        described: true,
      });
      expect(datasource.uid).toBe('${datasource}');
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
      expect(targets.length > 0 || type === 'text').toBe(true);
    }
    for (const [, { datasource }] of queriesOf(dashboard)) {
      expect(datasource).toEqual({ type: pluginJson.id, uid: '${datasource}' });
    }
  });

  test('marks are shown on panels with a time axis', () => {
    const withAxis = dashboard.panels.filter(({ type }) => type === 'timeseries').map(({ id }) => id);
    const marked = dashboard.annotations.list.flatMap(({ filter }) => filter?.ids ?? []);
    expect(marked.filter((id) => !withAxis.includes(id))).toEqual([]);
  });

  test('no panel lies on another or has its id', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
  });

  test('every variable that is used is defined', () => {
    const defined = dashboard.templating.list.map(({ name }) => name);
    const used = [...JSON.stringify(dashboard).matchAll(VARIABLE)].map(([reference]) => variableName(reference));
    expect(used.filter((name) => !isBuiltIn(name) && !defined.includes(name) && !/^\d+$/.test(name))).toEqual([]);
    expect(defined.filter((name) => !used.includes(name) && name !== 'filters')).toEqual([]);
  });

  test('links lead to dashboards that there are', () => {
    const uids = DASHBOARDS.map(([, { uid }]) => uid);
    const linked = [...JSON.stringify(dashboard).matchAll(/"url":"\/d\/([^?"]+)/g)].map(([, uid]) => uid);
    expect(linked.filter((uid) => !uids.includes(uid!))).toEqual([]);
    const shared = dashboard.links.find(({ type }) => type === 'dashboards');
    for (const [, { tags }] of DASHBOARDS) {
      expect(tags).toEqual(expect.arrayContaining([...shared!.tags!]));
    }
  });
});

test('the picture of the map asks what the map asks', () => {
  const [, map] = DASHBOARDS.find(([file]) => file === 'vpcflow-map.json')!;
  const graph = map.panels.find(({ type }) => type === 'nodeGraph')!.targets![0]!;
  const picture = map.panels.find(({ type }) => type === 'text')!.options.content!;
  const template = /<img src="([^"]*)"/.exec(picture)![1]!.replaceAll('&amp;', '&');
  for (const known of [sampleVariables(map), widestVariables(map)]) {
    // As Grafana prints them: `$__all`, or each value with the name of the variable.
    const valueOf = (name: string): string => {
      const variable = known[name];
      return typeof variable === 'object' && 'all' in variable ? '$__all' : String(variable);
    };
    const url = template.replace(/\$\{(\w+)(?::(\w+))?\}/g, (_reference, name: string, format?: string) => {
      if (name === 'filters') {
        return `var-filters=${encodeURIComponent('dstport|=|443')}`;
      }
      if (name === '__from' || name === '__to') {
        return String(name === '__from' ? RANGE.fromMs : RANGE.toMs);
      }
      const value = name === 'datasource' ? 'uid' : encodeURIComponent(valueOf(name));
      return format === 'queryparam' ? `var-${name}=${value}` : value;
    });
    const parameters = readParameters({ url }, [...QUERY_PARAMETERS, 'title']);
    const dataSource = {
      boundLimits: () => DEFAULT_LIMITS,
      settings: { settleDelaySec: 0, sources: [] },
    } as unknown as Parameters<typeof readFlowQuery>[0]['dataSource'];
    const drawn = readFlowQuery({ parameters, dataSource, nowMs: NOW_MS }, 'graph');
    const shown = readQuery(
      {
        refId: 'A',
        queryType: '',
        maxDataPoints: 500,
        intervalMs: 1000,
        timeRange: RANGE,
        json: Buffer.from(
          JSON.stringify(
            interpolateQuery(graph, knownVariables(known), [{ key: 'dstport', operator: '=', value: '443' }]),
          ),
        ),
      },
      { asker: 'panel', nowMs: NOW_MS, boundLimits: () => DEFAULT_LIMITS, settleDelaySec: 0 },
    );
    // The canvas is the panel's own.
    expect({ ...drawn, widthPx: 0, heightPx: 0 }).toEqual({ ...shown, widthPx: 0, heightPx: 0 });
  }
});

test('figures about deliveries name columns that there are', () => {
  const nothing = { range: RANGE, nowMs: NOW_MS, rows: [], listedObjects: 0, outsideObjects: 0, leftOutObjects: 0 };
  const { fields } = buildCompletenessFrame(nothing);
  const named = DASHBOARDS.flatMap(([, { panels }]) => panels).flatMap(({ title, targets = [], options }) => {
    const pattern = options.reduceOptions?.fields;
    return pattern && targets.every(({ view }) => view === 'completeness') ? [[title, pattern] as const] : [];
  });
  expect(named.length).toBeGreaterThan(4);
  for (const [title, pattern] of named) {
    const columns = fields.filter(({ name }) => new RegExp(pattern.replace(/^\/|\/$/g, '')).test(name));
    expect([title, columns.map(({ name }) => name)]).toEqual([title, [expect.any(String)]]);
  }
});
