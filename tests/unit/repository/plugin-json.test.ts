/**
 * plugin.json as Grafana requires it: the rules of Grafana's schema (plugin.schema.json, draft 7) for the fields that are
 * used here, and agreement with what the rest of the project calls things. The schema itself is not kept here, as its
 * licence differs; a field that is new in plugin.json has to be looked up in it and added to the list.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../../package.json';
import pluginJson from '../../../plugin.json';
import { PLUGIN_ID } from '../../../src/plugin/plugin-id';
import { EXECUTABLE } from '../../../tools/platforms';

const ROOT = join(__dirname, '../../..');

test('has the fields that the schema knows and no others', () => {
  expect(Object.keys(pluginJson).sort()).toEqual(
    [
      ...['type', 'name', 'id', 'category', 'backend', 'executable', 'metrics', 'logs', 'annotations', 'alerting'],
      ...['info', 'includes', 'dependencies'],
    ].sort(),
  );
  expect(Object.keys(pluginJson.info).sort()).toEqual([
    'author',
    'description',
    'keywords',
    'logos',
    'updated',
    'version',
  ]);
  expect(Object.keys(pluginJson.info.author)).toEqual(['name']);
  expect(Object.keys(pluginJson.info.logos).sort()).toEqual(['large', 'small']);
  expect(Object.keys(pluginJson.dependencies).sort()).toEqual(['grafanaDependency', 'plugins']);
});

test('has values that the schema allows', () => {
  expect(pluginJson.type).toBe('datasource');
  expect(pluginJson.id).toMatch(/^[0-9a-z]+-([0-9a-z]+-)?(app|panel|datasource)$/);
  expect(['tsdb', 'logging', 'cloud', 'tracing', 'profiling', 'sql', 'enterprise', 'iot', 'other']).toContain(
    pluginJson.category,
  );
  expect(pluginJson.info.keywords.length).toBeGreaterThan(0);
  expect(pluginJson.dependencies.grafanaDependency).toMatch(/^>=\d+\.\d+\.\d+$/);
});

test.each(pluginJson.includes)('brings along a dashboard with the fields that the schema knows: $name', (include) => {
  expect(Object.keys(include).sort()).toEqual(['name', 'path', 'type']);
  expect(include.type).toBe('dashboard');
  expect(existsSync(join(ROOT, include.path))).toBe(true);
});

test('is under the name that the code and its executables have', () => {
  expect(pluginJson.id).toBe(PLUGIN_ID);
  expect(pluginJson.executable).toBe(EXECUTABLE);
});

test('offers the data source to panels, logs, annotations and alert rules', () => {
  const { backend, metrics, logs, annotations, alerting } = pluginJson;
  expect({ backend, metrics, logs, annotations, alerting }).toEqual({
    ...{ backend: true, metrics: true, logs: true, annotations: true, alerting: true },
  });
});

test('gets its version and day when it is built', () => {
  expect(pluginJson.info).toMatchObject({ version: '%VERSION%', updated: '%TODAY%' });
  expect(packageJson.version).toMatch(/^\d+\.\d+\.\d+$/);
});

test.each(Object.values(pluginJson.info.logos))('has its logo, an SVG that is shipped: %s', (path) => {
  expect(path).toMatch(/^img\/.*\.svg$/);
  expect(existsSync(join(ROOT, path))).toBe(true);
});
