/** What stands above the panels of a dashboard: variables, filters, annotations. */
import type { Page } from '@playwright/test';
import { askTable } from './ask-command';
import { expect, panelOf, test } from './fixtures';
import { shownExactly } from './shown';

const REJECTED = ['--filter', 'action = REJECT'];

test('the variable lists the accounts; one of them, and all again', async ({ page, estate, openDashboard }) => {
  const all = askTable(estate, ['--by', 'account-id', '--measure', 'flows', ...REJECTED]);
  const accounts = all.rows.map((row) => String(row['account-id']));
  const [first] = all.rows;
  await openDashboard('rejects');
  await expectRejected(page, all.totals.flows);

  const variable = page
    .getByTestId('data-testid template variable')
    .filter({ has: page.getByText('Account', { exact: true }) });
  await variable.getByRole('combobox').click();
  for (const account of accounts) {
    await expect(page.getByRole('option', { name: account })).toBeVisible();
  }
  await page.getByRole('option', { name: accounts[0]! }).click();
  await page.keyboard.press('Escape');
  await expectRejected(page, Number(first!['flows']));
  expect(Number(first!['flows'])).not.toBe(all.totals.flows);

  await variable.getByRole('combobox').click();
  await page.getByRole('option', { name: 'All', exact: true }).click();
  await page.keyboard.press('Escape');
  await expectRejected(page, all.totals.flows);
});

test('an ad-hoc filter offers fields and values, and holds for the panels', async ({ page, estate, openDashboard }) => {
  const services = askTable(estate, [
    ...['--by', 'dstport', '--ports', 'as-logged', '--measure', 'flows', '--top', '1', ...REJECTED],
  ]);
  const port = String(services.rows[0]!['dstport']);
  await openDashboard('rejects');
  const filters = page.getByRole('combobox', { name: 'Filter by label values' });
  await filters.click();
  await filters.fill('dstport');
  await page.getByRole('option', { name: 'dstport', exact: true }).click();
  await page.getByRole('option', { name: /^= ?Equals/ }).click();
  await page.keyboard.insertText(port);
  await page.getByRole('option', { name: port, exact: true }).click();
  await page.keyboard.press('Escape');
  await expectRejected(page, Number(services.rows[0]!['flows']));
});

test('a burst of rejects is marked in time, with its text', async ({ page, estate, openDashboard }) => {
  const [scanner] = askTable(estate, ['--by', 'srcaddr', '--measure', 'flows', '--top', '1', ...REJECTED]).rows;
  await openDashboard('rejects');
  const marker = panelOf(page, 'Rejected flows by source').getByTestId('data-testid annotation-marker');
  await expect(marker.first()).toBeVisible();
  await marker.first().hover();
  await expect(page.getByText(`burst: srcaddr ${scanner!['srcaddr']}`)).toBeVisible();
});

async function expectRejected(page: Page, flows: number): Promise<void> {
  await expect(panelOf(page, 'Rejected flows').getByTestId('data-testid panel content')).toHaveText(
    shownExactly(flows),
  );
}
