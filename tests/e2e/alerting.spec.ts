/** The provisioned rule on port scans, evaluated over the logs of the tests. */
import { askTable } from './ask-command';
import { RULE } from './estate';
import { expect, test } from './fixtures';

interface RulesAnswer {
  readonly data: {
    readonly groups: readonly {
      readonly rules: readonly {
        readonly uid: string;
        readonly state: string;
        readonly health: string;
        readonly alerts?: readonly {
          readonly state: string;
          readonly annotations: { readonly summary?: string };
          readonly labels: Readonly<Record<string, string>>;
        }[];
      }[];
    }[];
  };
}

/** As in the rule. */
const DOORS = 100;

test('the rule fires for the scanner only, with as many doors as it tried', async ({ api, estate, page }) => {
  const { rows } = askTable(estate, [
    ...['--by', 'srcaddr', '--distinct', 'dstaddr,dstport', '--measure', 'flows'],
    ...['--filter', 'action = REJECT', '--top', '50'],
  ]);
  const scanners = rows
    .map((row) => ({ source: row['srcaddr'], doors: row['distinct dstaddr, dstport'] }))
    .filter(({ doors }) => Number(doors) > DOORS);
  expect(scanners).toHaveLength(1);

  const readRule = async () => {
    const { data } = await api.get<RulesAnswer>('/api/prometheus/grafana/api/v1/rules');
    return data.groups.flatMap(({ rules }) => rules).find(({ uid }) => uid === RULE.uid);
  };
  const readAlerts = async () => {
    const firing = ((await readRule())?.alerts ?? []).filter(({ state }) => state.startsWith('Alerting'));
    return firing.map(({ labels, annotations }) => ({ source: labels['srcaddr'], summary: annotations.summary ?? '' }));
  };
  // The value stands in the summary that the rule is shipped with.
  const expected = scanners.map(({ source, doors }) => ({
    source,
    summary: expect.stringContaining(`${source} was refused at ${doors} different ports`) as unknown,
  }));
  await expect.poll(readAlerts, { timeout: 60_000, intervals: [1000] }).toEqual(expected);
  expect(await readRule()).toMatchObject({ state: 'firing', health: 'ok' });

  await page.goto(`/alerting/grafana/${RULE.uid}/view`);
  await expect(page.getByText('Firing', { exact: true }).first()).toBeVisible();
});
