/** The tests' page: Grafana's, with an ear on what the browser complains of. */
import { expect, test as grafanaTest, type PluginFixture, type PluginOptions } from '@grafana/plugin-e2e';
import type { Page } from '@playwright/test';
import { GrafanaApi } from './grafana-api';
import { DATA_SOURCE, PLUGIN_ID, dashboardUid, readEstate, type DashboardName, type Estate } from './estate';

export { expect };

/** A query as it is saved. */
export interface TestQuery {
  readonly view: string;
  readonly [member: string]: unknown;
}

interface Fixtures {
  readonly estate: Estate;
  readonly api: GrafanaApi;
  /** What the browser complains of in our module, so far. Every test fails if there is anything. */
  readonly complaints: readonly string[];
  /** Opens Explore with a query, over the range of the logs. */
  readonly openExplore: (query: TestQuery, options?: { readonly theme?: 'light' | 'dark' }) => Promise<void>;
  /** Opens a bundled dashboard, over the range of the logs. */
  readonly openDashboard: (
    name: DashboardName,
    options?: { readonly parameters?: Readonly<Record<string, string>> },
  ) => Promise<void>;
}

/** Also takes the place of a fixture that plugin-e2e keeps to itself and that loads Grafana once more for each test. */
interface Internal {
  bootData: { readonly version: string; readonly namespace: string; readonly selectorsUrl: undefined };
}

export const test = grafanaTest.extend<Fixtures & Internal & PluginFixture & PluginOptions>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads what a fixture needs from the pattern.
  estate: async ({}, use) => use(readEstate()),
  api: async ({ request }, use) => use(new GrafanaApi(request)),
  bootData: async ({ request }, use) => {
    const { buildInfo, namespace } = (await (await request.get('/api/frontend/settings')).json()) as {
      readonly buildInfo: { readonly version: string };
      readonly namespace: string;
    };
    await use({ version: buildInfo.version, namespace, selectorsUrl: undefined });
  },
  context: async ({ context }, use) => {
    // Before each test plugin-e2e opens Grafana's home page, at which nobody looks.
    await context.route(
      ({ pathname }) => pathname === '/',
      (route) => route.fulfill({ contentType: 'text/html', body: '' }),
    );
    await use(context);
  },
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(`${error.message}\n${error.stack ?? ''}`));
      page.on('console', (message) => {
        const { url } = message.location();
        // Grafana itself looks for the plugin in the catalogue, which is not there without a network.
        const isOurs = `${url} ${message.text()}`.includes(PLUGIN_ID) && !url.includes('/api/gnet/');
        if (message.type() === 'error' && isOurs) {
          complaints.push(message.text());
        }
      });
      await use(complaints);
      expect(complaints, 'errors in the page').toEqual([]);
    },
    { auto: true },
  ],
  openExplore: async ({ page, estate }, use) => {
    await use(async (query, { theme = 'dark' } = {}) => {
      await page.goto(exploreUrl(estate, query, theme));
      await expect(page.getByRole('combobox', { name: 'View', exact: true })).toBeVisible();
    });
  },
  openDashboard: async ({ page, estate }, use) => {
    await use(async (name, { parameters = {} } = {}) => {
      const search = new URLSearchParams({
        from: String(estate.fromMs),
        to: String(estate.toMs),
        refresh: '',
        'var-datasource': DATA_SOURCE.uid,
        // Without the menu more of the panels are in sight.
        kiosk: '',
        ...parameters,
      });
      await page.goto(`/d/${dashboardUid(name)}?${search}`);
    });
  },
});

function exploreUrl({ fromMs, toMs }: Estate, query: TestQuery, theme: string): string {
  const datasource = { uid: DATA_SOURCE.uid, type: PLUGIN_ID };
  const pane = {
    datasource: DATA_SOURCE.uid,
    queries: [{ refId: 'A', datasource, ...query }],
    range: { from: String(fromMs), to: String(toMs) },
  };
  const panes = JSON.stringify({ tests: pane });
  return `/explore?${new URLSearchParams({ schemaVersion: '1', orgId: '1', panes, theme })}`;
}

/** The panel of that title, in a dashboard or in Explore. */
export function panelOf(page: Page, title: string) {
  return page.getByRole('region', { name: title, exact: true });
}

/** The filter's editor: its text box is Monaco's, which takes text from the keyboard only. */
export async function typeFilter(page: Page, text: string): Promise<void> {
  // The box itself lies under the editor's text.
  await page.getByRole('textbox', { name: 'Filter', exact: true }).focus();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(text);
}

/** Chooses an option of one of Grafana's select boxes. */
export async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: label, exact: true }).click();
  await page
    .getByRole('option')
    .filter({ hasText: new RegExp(`^${option}`) })
    .first()
    .click();
}
