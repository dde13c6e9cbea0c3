/** Adding a data source by hand. */
import { DataSourceConfigPage, type DataSourceSettings } from '@grafana/plugin-e2e';
import { askTable } from './ask-command';
import { expect, test } from './fixtures';

/** Data sources to take away again. */
const added: string[] = [];

test.afterEach(async ({ api }) => {
  for (const uid of added.splice(0)) {
    await api.delete(`/api/datasources/uid/${uid}`);
  }
});

test('a source that is filled in is tested; a wrong prefix is named, with those that there are', async ({
  page,
  estate,
  api,
  request,
  selectors,
  grafanaVersion,
}, testInfo) => {
  const accounts = askTable(estate, ['--by', 'account-id'])
    .rows.map((row) => String(row['account-id']))
    .sort();
  await page.goto('/connections/datasources/new');
  await page.getByRole('button', { name: /AWS VPC Flow Logs/ }).click();
  await page.waitForURL('**/connections/datasources/edit/*');
  const uid = new URL(page.url()).pathname.split('/').at(-1)!;
  const dataSource = await api.get<DataSourceSettings>(`/api/datasources/uid/${uid}`);
  const configPage = new DataSourceConfigPage({ page, request, selectors, grafanaVersion, testInfo }, dataSource);
  added.push(uid);
  const location = page.getByRole('textbox', { name: /^Location/ });
  await location.fill(estate.logs);
  await page.getByRole('textbox', { name: /^Name In queries/ }).fill('by hand');
  await expect(configPage.saveAndTest()).toBeOK();
  await expect(configPage).toHaveAlert('success', { hasText: `${accounts.length} accounts, 2 regions` });

  await test.step('each source can be tested by itself, with more to read', async () => {
    await page.getByRole('button', { name: 'Test by hand', exact: true }).click();
    const result = page.getByRole('group', { name: 'by hand', exact: true });
    await expect(result.getByText('The source can be read', { exact: true })).toBeVisible();
    await expect(result.getByText(accounts.join(', '), { exact: true })).toBeVisible();
    await expect(result.getByText('eu-west-1, us-east-1', { exact: true })).toBeVisible();
  });

  await test.step('a wrong prefix', async () => {
    await location.fill(`${estate.logs}/AWSLogs/${accounts[0]}/vpcflowlog`);
    await expect(configPage.saveAndTest()).not.toBeOK();
    const right = `AWSLogs/${accounts[0]}/vpcflowlogs/`;
    await expect(configPage).toHaveAlert('error', { hasText: right });
    await expect(configPage).toHaveAlert('error', { hasText: 'Correct the prefix.' });
    await page.getByRole('button', { name: 'Test by hand', exact: true }).click();
    await page.getByRole('button', { name: `Use the prefix ${right}`, exact: true }).click();
    await expect(configPage.saveAndTest()).toBeOK();
    await expect(configPage).toHaveAlert('success', { hasText: 'The source can be read.' });
  });
});
