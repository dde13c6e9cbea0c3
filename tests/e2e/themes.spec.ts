/** Pictures of the main pages in both themes, to be looked at; that they draw without complaint is all that is checked. */
import { join } from 'node:path';
import { RESULTS } from './environment';
import { expect, panelOf, test } from './fixtures';

const SCREENSHOTS = join(RESULTS, 'screenshots');

for (const theme of ['dark', 'light'] as const) {
  test(`editor, map and overview in the ${theme} theme`, async ({ page, openExplore, openDashboard }) => {
    const save = (name: string) => page.screenshot({ path: join(SCREENSHOTS, `${name}-${theme}.png`) });

    await openExplore({ view: 'table', filter: 'action = REJECT and dstport in (22, 3389)' }, { theme });
    await expect(page.locator(`body.theme-${theme}`)).toBeAttached();
    await expect(panelOf(page, 'Table - table')).toBeVisible();
    await expect(page.getByRole('status', { name: 'Estimate' })).toBeVisible();
    await expect(page.getByRole('code')).toContainText('action = REJECT');
    await save('editor');

    await openDashboard('map', { parameters: { theme } });
    await expect(panelOf(page, 'Network map').getByTestId('node-click-rect-internet')).toBeVisible();
    await expect(page.getByLabel('Panel loading bar')).toHaveCount(0);
    await save('map');

    await openDashboard('overview', { parameters: { theme } });
    await expect(panelOf(page, 'Top talkers').getByRole('row').nth(1)).toBeVisible();
    await expect(panelOf(page, 'Traffic by action').locator('.u-over')).toBeVisible();
    await expect(page.getByLabel('Panel loading bar')).toHaveCount(0);
    await save('overview');
  });
}
