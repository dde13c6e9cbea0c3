import { screen, waitFor, within } from '@testing-library/react';
import type { DiscoveredFlowLog, Discovery } from '../../../../src/query/discovery';
import { button, card, enter, findButtons, renderConfigEditor, user } from './render-config-editor';

function flowLog(id: string, more: Partial<DiscoveredFlowLog> = {}): DiscoveredFlowLog {
  return {
    id,
    region: 'eu-west-1',
    accountId: '123456789012',
    tags: {},
    resourceId: `vpc-${id.slice(3)}`,
    resourceType: 'vpc',
    trafficType: 'ALL',
    destination: { type: 's3', location: 's3://logs/prod' },
    columns: ['version', 'srcaddr'],
    fileFormat: 'plain-text',
    isHive: false,
    isHourly: false,
    intervalSec: 600,
    deliveryStatus: 'SUCCESS',
    check: { state: 'delivering', message: 'newest object of 2026-01-15T12:00Z', newestMs: 0, ageSec: 240 },
    ...more,
  };
}

const GROUP = { type: 'cloud-watch-logs', location: 'logs://eu-west-1//vpc/flow' };
const FOUND: Discovery = {
  accountId: '123456789012',
  regions: ['eu-west-1', 'us-east-1'],
  flowLogs: [
    flowLog('fl-01', { name: 'production', fileFormat: 'parquet', intervalSec: 60 }),
    flowLog('fl-02', {
      destination: GROUP,
      check: { state: 'empty', message: 'the log group is empty' },
      deliveryStatus: 'FAILED',
      deliveryError: 'Access error',
    }),
    flowLog('fl-03', {
      destination: { type: 's3', location: 's3://others' },
      check: { state: 'denied', message: 'cannot list s3://others/', missingAction: 's3:ListBucket' },
    }),
    flowLog('fl-04', {
      destination: { type: 'kinesis-data-firehose', arn: 'arn:aws:firehose:x' },
      check: { state: 'unchecked', message: 'a Firehose stream cannot be read' },
    }),
  ],
  sources: [
    { location: 'logs://eu-west-1//vpc/flow', name: 'fl-02', header: 'version srcaddr', flowLogIds: ['fl-02'] },
    { location: 's3://logs/prod', name: 'production', flowLogIds: ['fl-01'] },
    { location: 's3://others', name: 'fl-03', flowLogIds: ['fl-03'] },
  ],
  problems: [],
};

const sourcesOf = (page: ReturnType<typeof renderConfigEditor>) => page.options().jsonData.sources;
const find = async () => {
  await user.click(button('Find flow logs'));
  return within(await screen.findByRole('region', { name: 'Flow logs found' }));
};

test('shows the flow logs by the places that they deliver to, and whether they do', async () => {
  const page = renderConfigEditor({}, { 'resources/discover': () => FOUND });
  const found = await find();
  expect(page.requests).toEqual([{ path: 'resources/discover', parameters: {} }]);
  expect(found.getByText('4 flow logs in 2 regions of account 123456789012.')).toBeInTheDocument();
  const rowOf = (place: string) =>
    [...card(place).getByRole('table').querySelectorAll('tbody td')].map((cell) => cell.textContent!.trim());
  expect(rowOf('s3://logs/prod')).toEqual([
    'productionfl-01',
    'eu-west-1',
    'vpc-01',
    'ALL',
    '2 fields, Parquet',
    '1 min',
    'delivering 4 minutes ago',
  ]);
  expect(rowOf('logs://eu-west-1//vpc/flow').at(-1)).toBe('empty the log group is emptyAWS says: Access error');
  expect(rowOf('s3://others').at(-1)).toContain('Missing IAM action: s3:ListBucket');
  expect(rowOf('To places that cannot be read').at(-1)).toContain('a Firehose stream cannot be read');
  expect(findButtons(/^Add (?!source)/).map((one) => one.getAttribute('aria-label'))).toEqual([
    'Add logs://eu-west-1//vpc/flow',
    'Add s3://logs/prod',
    'Add s3://others',
  ]);
});

test('what is added becomes a source, the first in place of the empty one, and is marked', async () => {
  const page = renderConfigEditor({}, { 'resources/discover': () => FOUND });
  await find();
  await user.click(button('Add s3://logs/prod'));
  expect(sourcesOf(page)).toEqual([{ name: 'production', location: 's3://logs/prod' }]);
  expect(card('production').getByLabelText(/^Location/)).toHaveValue('s3://logs/prod');
  expect(button('s3://logs/prod is configured')).toBeDisabled();
  await user.click(button('Add logs://eu-west-1//vpc/flow'));
  expect(sourcesOf(page)).toEqual([
    { name: 'production', location: 's3://logs/prod' },
    { name: 'fl-02', location: 'logs://eu-west-1//vpc/flow', header: 'version srcaddr' },
  ]);
  // Nothing is wrong with either.
  expect(screen.queryByRole('alert')).not.toBeInTheDocument();
  // It is to be saved now; what was found stays.
  expect(button('Find flow logs')).toBeDisabled();
  expect(screen.getByText(/Save first: the search uses the saved settings/)).toBeInTheDocument();
  page.save();
  await waitFor(() => expect(button('Find flow logs')).toBeEnabled());
  expect(button('Add s3://others')).toBeEnabled();
});

test.each([['s3://logs/prod'], ['s3://logs/prod/'], ['arn:aws:s3:::logs/prod'], ['s3://logs/prod/AWSLogs/']])(
  '%s is known to be configured, and its name is not given twice',
  async (location) => {
    const page = renderConfigEditor(
      { jsonData: { sources: [{ name: 'fl-03', location }] } },
      { 'resources/discover': () => FOUND },
    );
    await find();
    expect(button('s3://logs/prod is configured')).toBeDisabled();
    await user.click(button('Add s3://others'));
    expect(sourcesOf(page)).toEqual([{ name: 'fl-03', location }, { location: 's3://others' }]);
  },
);

test('looks in the regions that are chosen', async () => {
  const page = renderConfigEditor({}, { 'resources/discover': () => ({ ...FOUND, regions: ['eu-west-1'] }) });
  const regions = screen.getByLabelText('Regions to look in');
  await user.click(regions);
  await user.click(screen.getByText('eu-west-1'));
  await user.type(regions, 'xx-new-1{Enter}');
  const found = await find();
  expect(page.requests).toEqual([{ path: 'resources/discover', parameters: { regions: 'eu-west-1,xx-new-1' } }]);
  expect(found.getByText(/^4 flow logs in eu-west-1 of/)).toBeInTheDocument();
});

test('many flow logs of one place are counted, and all shown when asked for', async () => {
  const many = Array.from({ length: 12 }, (_, i) =>
    flowLog(`fl-${10 + i}`, i >= 9 ? { check: { state: 'stopped', message: '', ageSec: 7200 * (i + 1) } } : {}),
  );
  const sources = [{ location: 's3://logs/prod', flowLogIds: many.map(({ id }) => id) }];
  renderConfigEditor({}, { 'resources/discover': () => ({ ...FOUND, flowLogs: many, sources }) });
  await find();
  const place = card('s3://logs/prod');
  expect(place.getByText('3 stopped')).toBeInTheDocument();
  expect(place.getByText('9 delivering')).toBeInTheDocument();
  expect(place.getAllByRole('row')).toHaveLength(6);
  // Those that somebody has to see to are among the first.
  expect(place.getAllByText('stopped')).toHaveLength(3);
  await user.click(place.button('Show all 12 flow logs'));
  expect(place.getAllByRole('row')).toHaveLength(13);
});

const denied = (region: string) => ({
  region,
  code: 'access-denied' as const,
  message: `cannot list the flow logs of ${region}: access is denied`,
  missingAction: 'ec2:DescribeFlowLogs',
});

test('what may not be looked at is told, with the policy that allows it, beside what was found', async () => {
  renderConfigEditor({}, { 'resources/discover': () => ({ ...FOUND, problems: [denied('us-east-1')] }) });
  const found = await find();
  expect(found.getByText('Not everything could be looked at')).toBeInTheDocument();
  expect(found.getByText(denied('us-east-1').message)).toBeInTheDocument();
  expect(found.getByText(/"ec2:DescribeFlowLogs",\s+"ec2:DescribeRegions"/)).toBeInTheDocument();
  expect(button('Add s3://logs/prod')).toBeEnabled();
});

test('if no region could be looked at, nothing is said to be missing', async () => {
  const regions = Array.from({ length: 8 }, (_, i) => `eu-west-${i}`);
  const nothing = { regions, flowLogs: [], sources: [], problems: regions.map(denied) };
  renderConfigEditor({}, { 'resources/discover': () => nothing });
  const found = await find();
  expect(found.getByText('No region could be looked at.')).toBeInTheDocument();
  expect(found.getByText('Flow logs cannot be listed')).toBeInTheDocument();
  expect(found.getByText('and 3 more regions')).toBeInTheDocument();
  expect(found.queryByText(/No flow log/)).not.toBeInTheDocument();
});

test('an account without flow logs is told so, and what to do for others', async () => {
  renderConfigEditor({}, { 'resources/discover': () => ({ ...FOUND, flowLogs: [], sources: [] }) });
  expect(
    (await find()).getByText(
      'No flow log in 2 regions of account 123456789012. Those of other accounts are found with a role of theirs.',
    ),
  ).toBeInTheDocument();
});

test('a search that fails tells why; while it runs, it is not begun again', async () => {
  let fail: (reason: unknown) => void = () => undefined;
  renderConfigEditor({}, { 'resources/discover': () => new Promise((_, reject) => (fail = reject)) });
  await user.click(button('Find flow logs'));
  expect(button('Find flow logs')).toBeDisabled();
  expect(screen.getByText('Looking…')).toBeInTheDocument();
  fail({ status: 403, data: { message: 'only an Admin of the organisation may' } });
  expect(await screen.findByText('only an Admin of the organisation may')).toBeInTheDocument();
  expect(button('Find flow logs')).toBeEnabled();
});

test('the list can be closed and found again; other credentials take it away', async () => {
  renderConfigEditor({ jsonData: { authType: 'default' } as never }, { 'resources/discover': () => FOUND });
  await find();
  await user.click(button('Close the list'));
  expect(screen.queryByRole('region', { name: 'Flow logs found' })).not.toBeInTheDocument();
  await find();
  await enter(screen.getByLabelText(/^Assume Role ARN/), 'arn:aws:iam::210987654321:role/read');
  expect(screen.queryByRole('region', { name: 'Flow logs found' })).not.toBeInTheDocument();
});

test('provisioned settings can be compared with what there is, but not added to', async () => {
  renderConfigEditor(
    { readOnly: true, jsonData: { sources: [{ location: 's3://logs/prod' }] } },
    { 'resources/discover': () => FOUND },
  );
  await find();
  expect(card('s3://others').getByText('fl-03')).toBeInTheDocument();
  expect(findButtons(/^Add (?!source)/)).toEqual([]);
  expect(button('s3://logs/prod is configured')).toBeDisabled();
});
