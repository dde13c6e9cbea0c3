/** The frontend as Grafana loads it: `dist/module.js`, made by the build. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';

const DIST = join(__dirname, '../../dist');
const text = readFileSync(join(DIST, 'module.js'), 'utf8');

/** What Grafana 12.3 hands to plugins (public/app/features/plugins/loader/sharedDependencies.ts), as far as it is used. */
const SHARED = [
  ...['@emotion/css', '@grafana/data', '@grafana/runtime', '@grafana/ui', 'lodash', 'react', 'react/jsx-runtime'],
  ...['react-dom', 'rxjs', 'moment', 'i18next', 'react-router', '@emotion/react', 'amd-module', 'module'],
];

test('is one AMD module that needs only what Grafana has, React among it', () => {
  let needed: readonly string[] = [];
  const define = (...given: unknown[]): void => {
    needed = given.find((value) => Array.isArray(value)) as string[];
  };
  runInContext(text, createContext({ define, self: {}, document: {}, window: {} }));
  expect(needed.filter((name) => !SHARED.includes(name))).toEqual([]);
  expect(needed).toEqual(expect.arrayContaining(['react', 'react/jsx-runtime', '@grafana/ui', '@grafana/data']));
});

test('is small, and nothing in it comes later', () => {
  expect(gzipSync(text).length).toBeLessThan(400_000);
  expect(existsSync(join(DIST, 'module.js.map'))).toBe(true);
});

test.each([
  // Grafana takes a plugin with these for one of Angular, and does not load it.
  ...['PanelCtrl', 'ConfigCtrl', 'app/plugins/sdk', 'angular.isNumber(', 'ctrl.annotation', '"QueryCtrl"'],
  // A second React, or what React 19 no longer has.
  ...['__SECRET_INTERNALS', 'findDOMNode(', 'ReactCurrentDispatcher'],
])('has no %s', (part) => {
  expect(text).not.toContain(part);
});
