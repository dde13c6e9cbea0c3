/** What a graph gives away: its files, and the records behind a node. */
import { readFile } from 'node:fs/promises';
import { askCommand, askText } from './ask-command';
import { expect, panelOf, test } from './fixtures';

const QUERY = { view: 'graph', nodes: 'hosts', top: 10 } as const;
const COMMAND = ['--top', '10'];

// Grafana lets the menu of a node that is far down hang out of the window.
test.use({ viewport: { width: 1600, height: 1700 } });

test('DOT is downloaded, with the edges of the command; the link opens the picture', async ({
  page,
  estate,
  openExplore,
}) => {
  const expected = countEdges(askText(estate, 'graph', [...COMMAND, '--format', 'dot']));
  expect(expected).toBeGreaterThan(10);
  await openExplore(QUERY);
  const openMenu = () => page.getByRole('button', { name: 'Export', exact: true }).click();

  await openMenu();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'Download DOT', exact: true }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^vpcflow-.*\.dot$/);
  const dot = await readFile(await file.path(), 'utf8');
  expect(dot).toMatch(/^digraph /);
  expect(countEdges(dot)).toBe(expected);

  await openMenu();
  await page.getByRole('menuitem', { name: 'Copy link to SVG', exact: true }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Link copied' })).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const picture = await page.request.get(link);
  expect(picture.status()).toBe(200);
  expect(picture.headers()['content-type']).toMatch(/^image\/svg\+xml/);
  expect(await picture.text()).toContain('<svg');
});

test('the menu of a node opens its records beside the graph', async ({ page, estate, openExplore }) => {
  const { nodes } = askCommand<{ nodes: readonly { kind: string; id: string }[] }>(estate, 'graph', COMMAND);
  const { id } = nodes.find(({ kind }) => kind === 'address')!;
  await openExplore(QUERY);
  await openMenuOf(id);
  const menu = page.getByRole('menu');
  await expect(menu.getByText('Table', { exact: true })).toBeVisible();
  await menu.getByText('Records', { exact: true }).click();
  // The second pane shows log lines of nothing but the node.
  const logs = panelOf(page, 'Logs');
  await expect(logs.getByText(id).first()).toBeVisible();
  await expect(page.getByRole('code').filter({ hasText: `addr = ${id}` })).toBeVisible();
  await expect(panelOf(page, 'Node graph')).toBeVisible();

  async function openMenuOf(node: string): Promise<void> {
    const circle = panelOf(page, 'Node graph').getByTestId(`node-click-rect-${node}`);
    await circle.scrollIntoViewIfNeeded();
    await circle.click();
  }
});

test('a group of hosts can be opened from its menu', async ({ page, openExplore }) => {
  const host = '10.30.0.11';
  await openExplore({ view: 'graph', nodes: 'groups', top: 30 });
  const graph = panelOf(page, 'Node graph');
  const group = graph.getByTestId('node-click-rect-range:10.30.0.0/16');
  await group.scrollIntoViewIfNeeded();
  await expect(graph.getByTestId(`node-click-rect-${host}`)).toHaveCount(0);
  await group.click();
  await page.getByRole('menu').getByText('Open', { exact: true }).click();
  // In the pane that opens its hosts stand by themselves.
  await expect(graph.getByTestId(`node-click-rect-${host}`)).toHaveCount(1);
});

test('the menu of the internet, whose filter is the longest, can be used', async ({ page, openExplore }) => {
  await openExplore({ view: 'graph', nodes: 'groups', top: 30 });
  const internet = panelOf(page, 'Node graph').getByTestId('node-click-rect-internet');
  await internet.scrollIntoViewIfNeeded();
  await internet.click();
  await expect(page.getByRole('menu').getByText('Records', { exact: true })).toBeInViewport({ ratio: 1 });
});

function countEdges(dot: string): number {
  return dot.split('\n').filter((line) => line.includes(' -> ')).length;
}
