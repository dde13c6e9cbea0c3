/** The bundled dashboards as they are shipped: every panel draws, and the figures are the command's. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { askCommand, askTable, type CommandCompleteness } from './ask-command';
import { ROOT } from './environment';
import type { DashboardName } from './estate';
import { expect, panelOf, test } from './fixtures';
import { shownBytes, shownCount, shownExactly, shownShare } from './shown';

// Panels out of sight are not drawn.
test.use({ viewport: { width: 1600, height: 2600 } });

const REJECTED = ['--filter', 'action = REJECT'];

test('overview', async ({ page, estate, openDashboard }) => {
  const { totals } = askTable(estate, ['--by', 'action']);
  const rejected = askTable(estate, ['--by', 'dstaddr,port,protocol', '--measure', 'flows', '--top', '3', ...REJECTED]);
  const places = askTable(estate, ['--by', 'account-id,region']);
  const hosts = askTable(estate, ['--by', 'dstaddr', ...REJECTED]).groupCount;
  await openDashboard('overview');
  await expectFigure(page, 'Traffic', shownBytes(totals.bytes));
  await expectFigure(page, 'Rejected share', shownShare(rejected.totals.flows / totals.flows));
  await expectFigure(page, 'Accounts', '2');
  await expectFigure(page, 'Refusing hosts', String(hosts));
  for (const row of places.rows) {
    await expectRow(page, 'By account and region', [
      String(row['account-id']),
      String(row['region']),
      shownBytes(Number(row['bytes'])),
      shownCount(Number(row['packets'])),
    ]);
  }
  for (const row of rejected.rows) {
    await expectRow(page, 'Most rejected destinations', [
      String(row['dstaddr']),
      String(row['port']),
      shownCount(Number(row['flows'])),
    ]);
  }
  await expectCurves(page, ['Traffic by action', 'Accepted and rejected flows', 'Traffic by service']);
  await expectWhole(page, 'overview');
});

test('network map', async ({ page, estate, openDashboard }) => {
  const talkers = askTable(estate, ['--by', 'srcaddr,dstaddr,port,protocol,action', '--top', '3']);
  await openDashboard('map');
  const map = panelOf(page, 'Network map');
  await expect(map.getByTestId('node-click-rect-internet')).toBeVisible();
  expect(await map.locator('[data-node-id]').count()).toBeGreaterThan(10);
  const picture = page.getByRole('img', { name: 'Network map as a picture', exact: true });
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(100);
  for (const { srcaddr, dstaddr, port, bytes } of talkers.rows) {
    await expectRow(
      page,
      'Largest conversations',
      [srcaddr, dstaddr, port].map(String).concat(shownBytes(Number(bytes))),
    );
  }
  await expectWhole(page, 'map');
});

test('rejects', async ({ page, estate, openDashboard }) => {
  const all = askTable(estate, ['--by', 'action']);
  const bySource = askTable(estate, [
    ...['--by', 'srcaddr', '--distinct', 'dstaddr,dstport', '--measure', 'flows', ...REJECTED],
  ]);
  const byDestination = askTable(estate, [
    '--by',
    'dstaddr',
    '--distinct',
    'srcaddr',
    '--measure',
    'flows',
    ...REJECTED,
  ]);
  const byService = askTable(estate, [
    '--by',
    'dstport,protocol',
    '--ports',
    'as-logged',
    '--measure',
    'flows',
    ...REJECTED,
  ]);
  await openDashboard('rejects');
  await expectFigure(page, 'Rejected flows', shownExactly(bySource.totals.flows));
  await expectFigure(page, 'Rejected share', shownShare(bySource.totals.flows / all.totals.flows));
  await expectFigure(page, 'Refused sources', shownExactly(bySource.groupCount));
  await expectFigure(page, 'Refusing destinations', shownExactly(byDestination.groupCount));
  const [source] = bySource.rows;
  const doors = shownCount(Number(source!['distinct dstaddr, dstport']));
  await expectRow(page, 'Who is refused', [String(source!['srcaddr']), shownCount(Number(source!['flows']))]);
  await expectRow(page, 'Fan-out: who knocks at many doors', [String(source!['srcaddr']), doors]);
  const [destination] = byDestination.rows;
  await expectRow(page, 'Fan-in: where many knock', [
    String(destination!['dstaddr']),
    shownCount(Number(destination!['distinct srcaddr'])),
  ]);
  const [service] = byService.rows;
  await expectRow(page, 'Which services', [String(service!['dstport']), shownCount(Number(service!['flows']))]);
  await expectCurves(page, ['Rejected flows by destination and service', 'Rejected flows by source']);
  await expect(panelOf(page, 'Newest rejected records')).toContainText('REJECT');
  await expectWhole(page, 'rejects');
});

test('data health', async ({ page, estate, openDashboard }) => {
  const { rows } = askCommand<CommandCompleteness>(estate, 'completeness');
  const lost = askTable(estate, ['--by', 'interface-id', '--filter', 'log-status = SKIPDATA']);
  expect(lost.totals.flows).toBeGreaterThan(0);
  await openDashboard('health');
  await expectFigure(page, 'Flow logs', String(rows.length));
  await expectFigure(page, 'Objects', shownExactly(rows.reduce((sum, { objects }) => sum + objects, 0)));
  await expectFigure(page, 'Missing steps', shownExactly(rows.reduce((sum, { missingBins }) => sum + missingBins, 0)));
  await expectFigure(page, 'Lost records', shownExactly(lost.totals.flows));
  await expectRow(page, 'Where records were lost', [
    String(lost.rows[0]!['interface-id']),
    shownCount(Number(lost.rows[0]!['flows'])),
  ]);
  for (const { flowLogId, objects } of rows) {
    await expectRow(page, 'Deliveries', [flowLogId, String(objects)]);
  }
  await expectCurves(page, ['Records by account', 'Intervals without records']);
  await expectWhole(page, 'health');
});

/** What a panel with one figure shows, whatever the space before its unit. */
async function expectFigure(page: Page, title: string, figure: string): Promise<void> {
  await expect(contentOf(panelOf(page, title))).toHaveText(new RegExp(`^${spaced(figure)}$`));
}

/** A row of a table that has cells with these texts. */
async function expectRow(page: Page, title: string, texts: readonly string[]): Promise<void> {
  let rows = panelOf(page, title).getByRole('row');
  for (const text of texts) {
    rows = rows.filter({ has: page.getByRole('gridcell', { name: new RegExp(`^${spaced(text)}$`) }) });
  }
  await expect(rows, `${title}: ${texts.join(' ')}`).toHaveCount(1);
}

function spaced(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' ', '\\s*');
}

async function expectCurves(page: Page, titles: readonly string[]): Promise<void> {
  for (const title of titles) {
    await expect(panelOf(page, title).locator('.u-over'), title).toBeVisible();
  }
}

function contentOf(panel: Locator): Locator {
  return panel.getByTestId('data-testid panel content');
}

interface SavedPanel {
  readonly title: string;
  readonly fieldConfig?: { readonly defaults?: { readonly noValue?: string } };
}

/** All panels are there, have come to an end, and none complains or has nothing to show. */
async function expectWhole(page: Page, name: DashboardName): Promise<void> {
  const { panels } = JSON.parse(readFileSync(join(ROOT, `dashboards/vpcflow-${name}.json`), 'utf8')) as {
    readonly panels: readonly SavedPanel[];
  };
  expect(panels.length).toBeGreaterThan(2);
  for (const { title } of panels) {
    await expect(panelOf(page, title), title).toBeVisible();
  }
  await expect(page.getByLabel('Panel loading bar')).toHaveCount(0);
  await expect(page.getByTestId('data-testid Panel status error')).toHaveCount(0);
  const nothing = panels
    .map(({ fieldConfig }) => fieldConfig?.defaults?.noValue ?? '')
    .filter((text) => text.length > 3);
  for (const text of new Set(['No data', ...nothing])) {
    await expect(page.getByText(text, { exact: true }), text).toHaveCount(0);
  }
}
