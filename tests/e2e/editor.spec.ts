/** What the query editor says before and after a query runs. */
import { askTable } from './ask-command';
import { expect, panelOf, test, typeFilter } from './fixtures';
import { shownBytes, shownCount } from './shown';

test('an invalid filter is underlined and explained, and so is a variable that is not there', async ({
  page,
  openExplore,
}) => {
  await openExplore({ view: 'stat' });
  await typeFilter(page, 'srcadr = 10.0.0.1 and action = REJECT');
  await expect(page.locator('.squiggly-error')).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByText(/found srcadr \(did you mean srcaddr\?\)/)).toBeVisible();

  await typeFilter(page, 'action = $nowhere');
  await page.keyboard.press('Shift+Enter');
  await expect(page.getByText('cannot read filter: there is no variable $nowhere').first()).toBeVisible();
  await expect(page.locator('.squiggly-error')).toHaveCount(0);

  // Nothing has to be loaded anew to go on.
  await typeFilter(page, 'action = REJECT');
  await page.keyboard.press('Shift+Enter');
  await expect(panelOf(page, 'Table - total')).toBeVisible();
});

test('what would be read is estimated: objects of the range, and nothing for an account without logs', async ({
  page,
  estate,
  openExplore,
}) => {
  const { tallies } = askTable(estate, ['--by', 'action']);
  await openExplore({ view: 'stat' });
  await expect(page.getByRole('status', { name: 'Estimate' })).toContainText(
    `${tallies.objects} objects · ${shownBytes(tallies.storedBytes)} · 2 accounts`,
  );
  await openExplore({ view: 'stat', accounts: ['999999999999'] });
  await expect(page.getByText(/^Nothing to read in this time range/)).toBeVisible();
});

test('the magnifier in a cell filters for its value', async ({ page, estate, openExplore }) => {
  const [talker] = askTable(estate, ['--by', 'srcaddr', '--top', '1']).rows;
  const source = String(talker!['srcaddr']);
  const { totals } = askTable(estate, ['--by', 'srcaddr', '--filter', `srcaddr = ${source}`]);
  await openExplore({ view: 'table', keys: ['srcaddr'], top: 5 });
  const rows = page.getByRole('row');
  await expect(rows).toHaveCount(1 + 5 + 1);
  const cell = rows.nth(1).getByRole('cell').first();
  await expect(cell).toHaveText(source);
  await cell.hover();
  await cell.getByRole('button', { name: 'Filter for value', exact: true }).click();
  await expect(rows).toHaveCount(1 + 1);
  await expect(rows.last()).toContainText(
    `${source}${shownBytes(totals.bytes)}${shownCount(totals.packets)}${shownCount(totals.flows)}`,
  );
  await expect(page.getByRole('code')).toContainText(`srcaddr = ${source}`);
});

test('query history tells what was asked, in words', async ({ page, openExplore }) => {
  // Something that nobody asked before.
  const port = 1024 + (Date.now() % 60_000);
  await openExplore({ view: 'table', keys: ['dstaddr'], measures: ['flows'], filter: `dstport = ${port}` });
  await page.getByRole('button', { name: 'Query history', exact: true }).click();
  await expect(page.getByText(`Table of flows by dstaddr where dstport = ${port}`, { exact: true })).toBeVisible();
});
