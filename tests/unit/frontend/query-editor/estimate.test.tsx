import { dateTime } from '@grafana/data';
import { act, screen, within } from '@testing-library/react';
import type { EstimateAnswer } from '../../../../src/query/resource-answers';
import { createResourceSpies, estimateOf, RANGE, renderEditor, type ResourceSpies } from './editor-fixture';

jest.mock('@grafana/ui', () => ({
  ...jest.requireActual<object>('@grafana/ui'),
  CodeEditor: jest.requireActual<{ CodeEditorStub: unknown }>('./code-editor-stub').CodeEditorStub,
}));

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const pass = (ms: number) => act(() => jest.advanceTimersByTimeAsync(ms));
const askedOf = ({ estimate }: ResourceSpies) => estimate.mock.calls.map((call: unknown[]) => call.slice(0, 2));
const render = (setup: Parameters<typeof renderEditor>[0] = {}) => renderEditor({ ...setup, hasFakeTimers: true });

test('the estimate comes when the query has been left alone, with what its variables hold', async () => {
  const resources = createResourceSpies({ estimate: estimateOf({ seconds: 0.6, cachedObjects: 3 }) });
  render({ resources, query: { view: 'table', accounts: ['$account'] }, variables: { account: '111122223333' } });
  await pass(600);
  expect(resources.estimate).not.toHaveBeenCalled();
  expect(screen.getByText('Estimating…')).toBeInTheDocument();
  await pass(200);
  expect(resources.estimate).toHaveBeenCalledTimes(1);
  expect(askedOf(resources)).toEqual([[expect.objectContaining({ accounts: ['111122223333'] }), RANGE]]);
  expect(screen.getByText('312 objects · 84 MB · 2 accounts · about 0.6 s · 3 cached')).toBeInTheDocument();
});

test('changes in quick succession are asked about once', async () => {
  const { resources, replaceQuery } = render({ query: { view: 'table' } });
  for (const filter of ['dstport = 1', 'dstport = 2', 'dstport = 3']) {
    await pass(300);
    act(() => replaceQuery({ refId: 'A', view: 'table', filter }));
  }
  await pass(1000);
  expect(resources.estimate).toHaveBeenCalledTimes(1);
  expect(askedOf(resources)).toEqual([[expect.objectContaining({ filter: 'dstport = 3' }), RANGE]]);
});

test('a newer estimate ends the one before, and one that was ended says nothing', async () => {
  const resources = createResourceSpies({
    estimate: new Error('Request was aborted', { cause: { cancelled: true, data: null } }),
  });
  const { replaceQuery } = render({ resources, query: { view: 'table', filter: 'dstport = 1' } });
  await pass(800);
  expect(screen.queryByText('Request was aborted')).not.toBeInTheDocument();
  act(() => replaceQuery({ refId: 'A', view: 'table', filter: 'dstport = 2' }));
  await pass(800);
  const ids = resources.estimate.mock.calls.map(([, , id]: unknown[]) => id);
  expect(ids).toEqual([expect.stringMatching(/./), ids[0]]);
});

test('a panel is estimated and exported as it was asked: with its own time range, variables and ad-hoc filters', async () => {
  const own = { ...RANGE, raw: { from: 'now-15m', to: 'now' } };
  const request = {
    range: own,
    filters: [{ key: 'action', operator: '=', value: 'REJECT' }],
    scopedVars: { port: { value: '22', text: '22' } },
  };
  Object.assign(document, { execCommand: () => true });
  const { user, resources } = render({
    query: { view: 'graph', filter: 'dstport = $port' },
    variables: { port: '443' },
    request,
  });
  await pass(800);
  const asked = expect.objectContaining({ filter: 'dstport = 22 and action = REJECT' }) as unknown;
  expect(askedOf(resources)).toEqual([[asked, own]]);
  await user.click(screen.getByRole('button', { name: 'Export' }));
  await user.click(within(await screen.findByRole('menu')).getByText('Copy DOT'));
  await pass(0);
  expect(resources.graph).toHaveBeenCalledWith('dot', asked, own);
});

test('an answer to an earlier query is never shown for a later one', async () => {
  const answers: ((answer: EstimateAnswer) => void)[] = [];
  const resources = createResourceSpies();
  resources.estimate.mockImplementation(() => new Promise((resolve) => answers.push(resolve)));
  const { replaceQuery } = render({ resources, query: { view: 'table', filter: 'dstport = 1' } });
  await pass(800);
  act(() => replaceQuery({ refId: 'A', view: 'table', filter: 'dstport = 2' }));
  await pass(800);
  expect(answers).toHaveLength(2);
  answers[1]!(estimateOf({ objects: 2 }));
  await pass(0);
  expect(screen.getByText(/^2 objects/)).toBeInTheDocument();
  answers[0]!(estimateOf({ objects: 1 }));
  await pass(0);
  expect(screen.getByText(/^2 objects/)).toBeInTheDocument();
  act(() => replaceQuery({ refId: 'A', view: 'table', filter: 'dstport = 3' }));
  expect(screen.queryByText(/^2 objects/)).not.toBeInTheDocument();
});

test('a range that moves with the clock is not estimated anew with every refresh', async () => {
  const later = { ...RANGE, to: dateTime(1795258860000) };
  const { resources, replaceQuery } = render({ query: { view: 'table' }, range: later });
  await pass(800);
  act(() => replaceQuery({ refId: 'A', view: 'table' }));
  await pass(800);
  expect(resources.estimate).toHaveBeenCalledTimes(1);
});

test('a refusal is explained in place', async () => {
  const overLimits = [{ limit: 'maxBytes', allowed: 50e9, found: 2.1e12, excess: 2.05e12 }];
  render({ resources: createResourceSpies({ estimate: estimateOf({ overLimits, wouldFail: true }) }) });
  await pass(800);
  expect(screen.getByRole('alert')).toHaveTextContent(
    '2.10 TB are more than the 50 GB allowed: narrow the time range, accounts or regions',
  );
});

test('where there is nothing in the range, the newest day that has logs is looked up', async () => {
  const flowLog = { id: 'fl-1', account: '111122223333', region: 'eu-west-1', source: 'prod' };
  const flowLogs = [
    { ...flowLog, day: '2026-11-19' },
    { ...flowLog, day: '2026-11-20' },
    { ...flowLog, day: '2026-11-18' },
  ];
  const estimate = estimateOf({ objects: 0, bytes: 0, oldestStampMs: null, newestStampMs: null });
  const resources = createResourceSpies({
    estimate,
    flowLogs: { flowLogs, isCut: false, problems: { first: [], count: 0 } },
  });
  render({ resources, query: { view: 'table', regions: ['eu-west-1'] } });
  await pass(800);
  expect(screen.getByRole('note')).toHaveTextContent('the newest logs of these accounts and regions are of 2026-11-20');
  expect(resources.flowLogs).toHaveBeenCalledWith({ regions: ['eu-west-1'] });
});

test('an estimate that failed says why', async () => {
  render({ resources: createResourceSpies({ estimate: new Error('cannot list s3://prod-logs/: access denied') }) });
  await pass(800);
  expect(screen.getByRole('alert')).toHaveTextContent('cannot list s3://prod-logs/: access denied');
});

test('a variable that does not fit is named, and nothing is asked', async () => {
  const { resources } = render({ query: { view: 'table', accounts: ['$account'] }, variables: { account: '' } });
  await pass(800);
  expect(screen.getByRole('alert')).toHaveTextContent('$account');
  expect(resources.estimate).not.toHaveBeenCalled();
});

test.each([{ view: 'completeness' as const }, { view: 'table' as const, filter: 'acton = 1' }])(
  'nothing is asked for %j',
  async (query) => {
    const { resources } = render({ query });
    await pass(2000);
    expect(resources.estimate).not.toHaveBeenCalled();
    expect(screen.queryByText('Estimating…')).not.toBeInTheDocument();
  },
);

describe('the graph out of Grafana', () => {
  const query = { view: 'graph' as const, filter: 'dstport = $port' };
  const choose = async (user: ReturnType<typeof renderEditor>['user'], label: string) => {
    await user.click(screen.getByRole('button', { name: 'Export' }));
    await user.click(within(await screen.findByRole('menu')).getByText(label));
    await pass(0);
  };

  test.each([
    ['Copy DOT', 'digraph {}', 'DOT copied'],
    ['Copy link to SVG', 'http://grafana/graph.svg?query=x', 'Link copied'],
  ])('%s', async (label, text, said) => {
    const { user, resources } = render({ query, variables: { port: '443' } });
    const execCommand = jest.fn(() => true);
    let copied = '';
    Object.assign(document, {
      execCommand: () => {
        copied = document.querySelector<HTMLTextAreaElement>('body > textarea')!.value;
        return execCommand();
      },
    });
    await choose(user, label);
    expect(copied).toBe(text);
    expect(screen.getByText(said)).toBeInTheDocument();
    const asked = label === 'Copy DOT' ? resources.graph : resources.graphUrl;
    expect(asked).toHaveBeenCalledWith(
      label === 'Copy DOT' ? 'dot' : 'svg',
      expect.objectContaining({ filter: 'dstport = 443' }),
      RANGE,
    );
    await pass(5000);
    expect(screen.queryByText(said)).not.toBeInTheDocument();
  });

  test.each([
    ['Download DOT', 'dot', 'text/vnd.graphviz'],
    ['Download SVG', 'svg', 'image/svg+xml'],
  ])('%s', async (label, format, type) => {
    const { user, resources } = render({ query, variables: { port: '443' } });
    const blobs: Blob[] = [];
    const names: string[] = [];
    Object.assign(URL, {
      createObjectURL: (blob: Blob) => blobs.push(blob) && 'blob:x',
      revokeObjectURL: () => undefined,
    });
    jest.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      // Grafana takes clicks on links within its page for ways to its own pages.
      names.push(this.isConnected ? 'followed by Grafana' : this.download);
    });
    await choose(user, label);
    expect(resources.graph).toHaveBeenCalledWith(format, expect.objectContaining({ filter: 'dstport = 443' }), RANGE);
    expect(blobs).toMatchObject([{ type, size: 'digraph {}'.length }]);
    expect(names).toEqual([expect.stringMatching(new RegExp(`^vpcflow-2026-11-21T\\d{4}Z\\.${format}$`))]);
  });

  test('a graph that cannot be made says why', async () => {
    const resources = createResourceSpies({ graph: new Error('cannot draw 900 nodes') });
    const { user } = render({ query, resources, variables: { port: '443' } });
    await choose(user, 'Download SVG');
    expect(screen.getByText('cannot draw 900 nodes')).toBeInTheDocument();
  });
});
