import { CoreApp } from '@grafana/data';
import { act, screen, waitFor } from '@testing-library/react';
import { describeOptions } from '../../../../src/frontend/query-editor/describe-options';
import { VIEW_NAMES, type SavedQuery } from '../../../../src/frontend/saved-query';
import type { View } from '../../../../src/query/model';
import { normaliseQuery } from '../../../../src/query/normalise';
import { renderEditor } from './editor-fixture';

jest.mock('@grafana/ui', () => ({
  ...jest.requireActual<object>('@grafana/ui'),
  CodeEditor: jest.requireActual<{ CodeEditorStub: unknown }>('./code-editor-stub').CodeEditorStub,
}));

const NOW = { nowMs: Date.UTC(2026, 10, 21) };
const CONTROLS = [
  ...[
    'Accounts',
    'Regions',
    'Filter',
    'Group by',
    'Count distinct',
    'Measures',
    'Measure',
    'Bucket',
    'Top',
    'Top nodes',
    'Open groups',
  ],
  ...['Columns', 'Records', 'Sigmas', 'At least', 'Unit', 'Empty buckets', 'Nodes', 'Order', 'Kind'],
];
const SHARED = ['Accounts', 'Regions', 'Filter'];

function shownControls(): string[] {
  return CONTROLS.filter((name) => screen.queryAllByLabelText(name, { exact: true }).length > 0);
}

async function pick(user: ReturnType<typeof renderEditor>['user'], label: string, option: string | RegExp) {
  await user.click(screen.getByLabelText(label));
  await user.click(await screen.findByText(option));
}

test.each<[View, readonly string[]]>([
  ['graph', [...SHARED, 'Measures', 'Top nodes', 'Open groups', 'Nodes']],
  ['table', [...SHARED, 'Group by', 'Count distinct', 'Measures', 'Top']],
  ['series', [...SHARED, 'Group by', 'Measures', 'Bucket', 'Top', 'Unit', 'Empty buckets']],
  ['stat', [...SHARED, 'Measures']],
  ['records', [...SHARED, 'Columns', 'Records', 'Order']],
  ['events', [...SHARED, 'Group by', 'Measure', 'Bucket', 'Top', 'Sigmas', 'At least', 'Kind']],
  ['completeness', ['Accounts', 'Regions']],
])('the view %s has its own controls and no others', (view, controls) => {
  renderEditor({ query: { view } });
  expect(shownControls()).toEqual(CONTROLS.filter((name) => controls.includes(name)));
  expect(screen.queryByRole('button', { name: 'Export' }) !== null).toBe(view === 'graph');
  expect(screen.queryByRole('button', { name: /Options/ }) !== null).toBe(view !== 'completeness');
});

test('another view takes along what fits and runs', async () => {
  const query: Partial<SavedQuery> = {
    ...{ view: 'series', filter: 'action = REJECT', accounts: ['111122223333'], keys: ['dstport'] },
    ...{ unit: 'rate', fill: 'null', bucketSec: '5m', top: 7 },
  };
  const { user, latest, onRunQuery } = renderEditor({ query });
  await pick(user, 'View', 'Table');
  expect(latest()).toEqual({
    ...{ refId: 'A', version: 1, view: 'table', filter: 'action = REJECT', accounts: ['111122223333'] },
    ...{ keys: ['dstport'], top: 7 },
  });
  expect(onRunQuery).toHaveBeenCalledTimes(1);
});

test('the digest is offered only where it is set', async () => {
  const { user } = renderEditor({ query: { view: 'digest' } });
  await user.click(screen.getByLabelText('View'));
  expect(await screen.findByText('All groups, in key order')).toBeInTheDocument();
});

test('a rule is offered only the views that make numbers, and is told which', async () => {
  const { user } = renderEditor({
    app: CoreApp.UnifiedAlerting,
    query: { view: 'table', keys: ['dstaddr', 'port'], measures: ['flows'] },
  });
  expect(screen.getByText('The rule gets one number (flows) per dstaddr, port')).toBeInTheDocument();
  await user.click(screen.getByLabelText('View'));
  expect(await screen.findByText(VIEW_NAMES.completeness)).toBeInTheDocument();
  expect(screen.queryByText(VIEW_NAMES.records)).not.toBeInTheDocument();
  expect(screen.queryByText(VIEW_NAMES.graph)).not.toBeInTheDocument();
});

test('fields that the logs have are offered first with their meaning, and grouping runs when the menu closes', async () => {
  const { user, latest, onRunQuery, resources } = renderEditor({ query: { view: 'table' } });
  expect(resources.fields).not.toHaveBeenCalled();
  await user.click(screen.getByLabelText('Group by'));
  await user.click(await screen.findByText('meaning of dstport'));
  expect(latest()?.keys).toEqual(['srcaddr', 'dstaddr', 'port', 'protocol', 'action', 'dstport']);
  expect(screen.getByText(/meaning of vpc-id \(not in the newest logs\)/)).toBeInTheDocument();
  expect(onRunQuery).not.toHaveBeenCalled();
  await user.keyboard('{Escape}');
  expect(onRunQuery).toHaveBeenCalledTimes(1);
  expect(resources.fields).toHaveBeenCalledTimes(1);
});

test('taking all groups out asks for one total, which is not the default', async () => {
  const { user, latest } = renderEditor({ query: { view: 'series' } });
  await user.click(screen.getAllByLabelText('Remove')[0]!);
  expect(latest()).toMatchObject({ view: 'series', keys: [] });
});

test('a column that the dictionary does not know is written as the query language wants it', async () => {
  const { user, latest } = renderEditor({ query: { view: 'table', keys: ['srcaddr'] } });
  await user.type(screen.getByLabelText('Group by'), 'my-column{Enter}');
  expect(latest()?.keys).toEqual(['srcaddr', '`my-column`']);
  expect(normaliseQuery(latest(), NOW)).toMatchObject({ keys: ['srcaddr', 'my-column'] });
});

test('texts count when they are left or with Enter, not with every key', async () => {
  const { user, onChange, latest, onRunQuery } = renderEditor({ query: { view: 'table' } });
  await user.type(screen.getByLabelText('Top'), '25');
  expect(onChange).not.toHaveBeenCalled();
  await user.keyboard('{Enter}');
  expect(latest()?.top).toBe(25);
  expect(onRunQuery).toHaveBeenCalledTimes(1);
  await user.clear(screen.getByLabelText('Top'));
  await user.tab();
  expect(latest()).not.toHaveProperty('top');
});

test('a number that cannot be is not taken, and it is said why', async () => {
  const { user, onChange } = renderEditor({ query: { view: 'table' } });
  await user.type(screen.getByLabelText('Top'), 'many{Enter}');
  expect(onChange).not.toHaveBeenCalled();
  expect(screen.getByText('A whole number from 1 to 100000')).toBeInTheDocument();
});

test('a variable may stand for a number', async () => {
  const { user, latest } = renderEditor({ query: { view: 'table' }, variables: { n: '5' } });
  await user.type(screen.getByLabelText('Top'), '$n{Enter}');
  expect(latest()?.top).toBe('$n');
});

test('buckets are chosen, typed or left to the panel', async () => {
  const { user, latest } = renderEditor({ query: { view: 'series' } });
  await pick(user, 'Bucket', '15m');
  expect(latest()?.bucketSec).toBe('15m');
  await user.type(screen.getByLabelText('Bucket'), '90s{Enter}');
  expect(latest()?.bucketSec).toBe('90s');
  await user.type(screen.getByLabelText('Bucket'), 'soon{Enter}');
  expect(screen.getByText('A duration such as 90s, 5m or 1h30m')).toBeInTheDocument();
  await pick(user, 'Bucket', 'auto');
  expect(latest()).not.toHaveProperty('bucketSec');
});

test('limits are set in the units people use and leave with their text', async () => {
  const { user, latest } = renderEditor({ query: { view: 'table' } });
  await user.click(screen.getByRole('button', { name: /Options/ }));
  await user.type(screen.getByLabelText('Max size'), '2 GiB{Enter}');
  await user.type(screen.getByLabelText('Settle delay'), '10m{Enter}');
  await user.click(screen.getByLabelText('Answer in part'));
  expect(latest()).toMatchObject({ limits: { maxBytes: 2 ** 31, onLimit: 'partial' }, settleSec: 600 });
  expect(normaliseQuery(latest(), NOW)).toMatchObject({ settleSec: 600 });
  await user.clear(screen.getByLabelText('Max size'));
  await user.tab();
  expect(latest()?.limits).toEqual({ onLimit: 'partial' });
});

test('transit gateways are chosen, with the direction that counts', async () => {
  const { user, latest } = renderEditor({ query: { view: 'table' } });
  await user.click(screen.getByRole('button', { name: /Options/ }));
  expect(screen.queryByLabelText('Going out')).toBeNull();
  await user.click(screen.getByLabelText('Transit gateways'));
  expect(normaliseQuery(latest(), NOW)).toMatchObject({ logType: 'transit-gateway', direction: 'ingress' });
  await user.click(screen.getByLabelText('Going out'));
  expect(normaliseQuery(latest(), NOW)).toMatchObject({ logType: 'transit-gateway', direction: 'egress' });
  await user.click(screen.getByLabelText('VPCs'));
  expect(latest()).toMatchObject({ logType: 'vpc' });
  expect(latest()).not.toHaveProperty('direction');
});

test('how often a flow counts is chosen, where flow logs of VPCs are asked', async () => {
  const { user, latest } = renderEditor({ query: { view: 'table' } });
  await user.click(screen.getByRole('button', { name: /Options/ }));
  await user.click(screen.getByLabelText('Each byte once'));
  expect(normaliseQuery(latest(), NOW)).toMatchObject({ counting: 'once' });
  await user.click(screen.getByLabelText('As logged'));
  expect(latest()).toMatchObject({ counting: 'as-logged' });
  expect(describeOptions(latest()!)).toContain('Counting: as logged');
  await user.click(screen.getByLabelText('Transit gateways'));
  expect(screen.queryByLabelText('Each byte once')).toBeNull();
  expect(latest()).not.toHaveProperty('counting');
});

test('the filter is saved on leaving it, and what is wrong with it is said below it', async () => {
  const { user, latest, onRunQuery } = renderEditor({ query: { view: 'table' } });
  await user.type(screen.getByLabelText('Filter'), 'acton = REJECT');
  await user.tab();
  expect(latest()?.filter).toBe('acton = REJECT');
  expect(onRunQuery).not.toHaveBeenCalled();
  expect(await screen.findByText('Expected a field, found acton (did you mean action?)')).toBeInTheDocument();
});

test('a filter from elsewhere replaces the text', async () => {
  const { replaceQuery } = renderEditor({ query: { view: 'table', filter: 'dstport = 1' } });
  act(() => replaceQuery({ refId: 'A', view: 'table', filter: 'dstport = 2' }));
  await waitFor(() => expect(screen.getByLabelText('Filter')).toHaveValue('dstport = 2'));
});

test('a text that the history takes back is not shown again, and not written back', async () => {
  const { user, replaceQuery, onChange, latest } = renderEditor({ query: { view: 'table', top: 2 } });
  await user.clear(screen.getByLabelText('Top'));
  await user.type(screen.getByLabelText('Top'), '5{Enter}');
  expect(latest()?.top).toBe(5);
  act(() => replaceQuery({ refId: 'A', view: 'table', top: 2 }));
  expect(screen.getByLabelText('Top')).toHaveValue('2');
  onChange.mockClear();
  await user.click(screen.getByLabelText('Top'));
  await user.tab();
  expect(onChange).not.toHaveBeenCalled();
});

test('a filter is still checked as it is written after it has been saved', async () => {
  const { user, replaceQuery } = renderEditor({ query: { view: 'table' } });
  await user.type(screen.getByLabelText('Filter'), 'dstport = 1');
  await user.tab();
  await user.type(screen.getByLabelText('Filter'), 'x and bytes > 1');
  expect(await screen.findByText(/^Expected .*, found 1x/)).toBeInTheDocument();
  act(() => replaceQuery({ refId: 'A', view: 'table' }));
  await waitFor(() => expect(screen.queryByText(/^Expected/)).not.toBeInTheDocument());
  expect(screen.getByText(/^All records/)).toBeInTheDocument();
});

test.each([
  ['numbers for accounts', { accounts: [111122223333] }, '111122223333'],
  [
    'members that are null',
    { view: 'graph', accounts: null, expand: null, keys: null, limits: null, filter: null },
    'Node graph',
  ],
  ['a view that there is not', { view: 'foo' }, 'Table'],
])('a query written by hand with %s is shown, and a change leaves only what is shown', async (_, members, text) => {
  const { user, latest } = renderEditor({ query: members as unknown as Partial<SavedQuery> });
  expect(screen.getByText(text)).toBeInTheDocument();
  await user.type(screen.getByLabelText(/^Top/), '5{Enter}');
  expect(normaliseQuery(latest(), NOW)).toMatchObject({ top: 5 });
});
