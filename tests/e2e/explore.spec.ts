/** Explore: each view draws, and shows the command's figures. */
import { askCommand, askTable, type CommandCompleteness } from './ask-command';
import { choose, expect, panelOf, test } from './fixtures';
import { shownBytes, shownCount } from './shown';

const REJECTED = ['--filter', 'action = REJECT'];

test('each view draws, with the figures of the command', async ({ page, estate, openExplore }) => {
  const { totals } = askTable(estate, ['--by', 'action']);
  const talkers = askTable(estate, ['--by', 'srcaddr,dstaddr,port,protocol,action', '--top', '10']);
  const row = page.getByRole('row');
  await openExplore({ view: 'table' });

  await test.step('table', async () => {
    for (const { srcaddr, dstaddr, port, protocol, action, ...sums } of talkers.rows.slice(0, 5)) {
      const keys = [srcaddr, dstaddr, port, protocol === 6 ? 'tcp' : protocol, action].map(String);
      const figures = [shownBytes(Number(sums['bytes'])), shownCount(Number(sums['packets']))];
      await expect(row.filter({ hasText: [...keys, ...figures].join('') })).toHaveCount(1);
    }
    const others = `Other (${talkers.groupCount - talkers.rows.length})`;
    await expect(page.getByText(others, { exact: true })).toBeVisible();
  });

  await test.step('stat', async () => {
    await choose(page, 'View', 'Stat');
    await expect(panelOf(page, 'Table - total')).toBeVisible();
    await expect(row.last()).toHaveText(
      [shownBytes(totals.bytes), shownCount(totals.packets), shownCount(totals.flows)].join(''),
    );
  });

  await test.step('time series', async () => {
    await choose(page, 'View', 'Time series');
    const panel = panelOf(page, 'Graph');
    await expect(panel.locator('.u-over')).toBeVisible();
    await expect(panel.getByRole('button', { name: /^bytes / }).first()).toBeVisible();
  });

  await test.step('completeness', async () => {
    await choose(page, 'View', 'Completeness');
    await expect(panelOf(page, 'Table - completeness')).toBeVisible();
    const { rows } = askCommand<CommandCompleteness>(estate, 'completeness');
    expect(rows.length).toBeGreaterThan(1);
    for (const { flowLogId, objects } of rows) {
      await expect(row.filter({ hasText: flowLogId })).toContainText(`${flowLogId}${objects}`);
    }
  });

  await expect(page.getByRole('alert').filter({ hasText: /error/i })).toHaveCount(0);
});

test('the node graph draws a circle per node', async ({ page, estate, openExplore }) => {
  const options = ['--top', '10'];
  const { nodes } = askCommand<{ nodes: readonly { id: string }[] }>(estate, 'graph', options);
  await openExplore({ view: 'graph', nodes: 'hosts', top: 10 });
  const panel = panelOf(page, 'Node graph');
  await expect(panel.getByText(nodes[0]!.id, { exact: true })).toBeAttached();
  await expect(panel.locator('[data-node-id]')).toHaveCount(nodes.length);
});

test('records are log lines, and the bars above count all of them', async ({ page, estate, openExplore }) => {
  const { totals } = askTable(estate, ['--by', 'action', ...REJECTED]);
  const { rows } = askCommand<{ rows: readonly Record<string, string>[] }>(estate, 'records', [
    ...REJECTED,
    '--top',
    '1',
  ]);
  await openExplore({ view: 'records', filter: 'action = REJECT', top: 50 });
  await expect(panelOf(page, 'Logs volume')).toContainText(`Total: ${shownCount(totals.flows)}`);
  const logs = panelOf(page, 'Logs');
  await expect(logs.getByText(rows[0]!['interface-id']!).first()).toBeVisible();
  await expect(logs).toContainText(/Common labels:\s*action=REJECT/);
});

test('events tell the burst of the scanner, with as many flows as it was refused', async ({
  page,
  estate,
  openExplore,
}) => {
  const [scanner] = askTable(estate, ['--by', 'srcaddr', '--measure', 'flows', ...REJECTED]).rows;
  await openExplore({ view: 'events', kind: 'bursts', filter: 'action = REJECT', keys: ['srcaddr'], bucketSec: '5m' });
  const burst = page.getByRole('row').filter({ hasText: `burst: srcaddr ${scanner!['srcaddr']}` });
  await expect(burst).toContainText(
    `${(Number(scanner!['flows']) / 1000).toPrecision(3)}k flows in 2 buckets in a row`,
  );
});
