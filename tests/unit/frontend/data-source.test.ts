import {
  CoreApp,
  dateTime,
  FieldType,
  LogRowContextQueryDirection,
  SupplementaryQueryType,
  toDataFrame,
  type DataFrame,
  type DataQueryRequest,
  type DataSourceInstanceSettings,
  type LogRowModel,
} from '@grafana/data';
import { setBackendSrv } from '@grafana/runtime';
import { lastValueFrom, of } from 'rxjs';
import { FlowLogsDataSource } from '../../../src/frontend/data-source';
import { isAborted } from '../../../src/frontend/resources';
import type { SavedQuery } from '../../../src/frontend/saved-query';
import type { FlowLogsJsonData } from '../../../src/frontend/settings';
import type { FlowLogsVariableSupport } from '../../../src/frontend/variable-support';
import { createBackendSrv, type Answer } from './setup/backend-srv';
import { createTemplateSrv, type FakeVariable } from './setup/template-srv';

const FROM = Date.UTC(2026, 10, 21, 10);
const range = {
  from: dateTime(FROM),
  to: dateTime(FROM + 3_600_000),
  raw: { from: 'now-1h', to: 'now' },
};

function openDataSource(answer: Answer, variables: Readonly<Record<string, FakeVariable>> = {}) {
  const { srv, requests } = createBackendSrv(answer);
  setBackendSrv(srv);
  const settings = { id: 7, uid: 'flows', name: 'Flow logs', type: 'vpcflow-flowlogs-datasource', jsonData: {} };
  const dataSource = new FlowLogsDataSource(
    settings as DataSourceInstanceSettings<FlowLogsJsonData>,
    createTemplateSrv(variables),
  );
  return { dataSource, requests };
}

function requestOf(targets: SavedQuery[], more: Partial<DataQueryRequest<SavedQuery>> = {}) {
  return {
    range,
    targets,
    scopedVars: {},
    intervalMs: 1000,
    maxDataPoints: 100,
    ...more,
  } as DataQueryRequest<SavedQuery>;
}

const NOTHING = { results: {} };

test('a query is sent with its variables replaced and the ad-hoc filters added', async () => {
  const { dataSource, requests } = openDataSource(() => NOTHING, { account: ['111122223333', '444455556666'] });
  const targets: SavedQuery[] = [{ refId: 'A', view: 'table', accounts: ['$account'], filter: 'dstport = 443' }];
  const filters = [{ key: 'action', operator: '=', value: 'REJECT' }];
  await lastValueFrom(dataSource.query(requestOf(targets, { filters })));
  expect(requests).toHaveLength(1);
  expect(requests[0]).toMatchObject({
    method: 'POST',
    data: {
      from: String(FROM),
      to: String(FROM + 3_600_000),
      queries: [
        {
          refId: 'A',
          accounts: ['111122223333', '444455556666'],
          filter: 'dstport = 443 and action = REJECT',
          datasource: { uid: 'flows' },
        },
      ],
    },
  });
});

test('a query whose variable has no value fails alone, and is not sent', async () => {
  const { dataSource, requests } = openDataSource(() => NOTHING, { empty: [] });
  const targets: SavedQuery[] = [
    { refId: 'A', filter: 'srcaddr in ($empty)' },
    { refId: 'B', view: 'stat' },
  ];
  const response = await lastValueFrom(dataSource.query(requestOf(targets)));
  expect(response.errors).toEqual([
    { refId: 'A', status: 400, message: 'cannot read filter: the variable $empty has no value: choose one' },
  ]);
  expect((requests[0]!.data as { queries: SavedQuery[] }).queries.map(({ refId }) => refId)).toEqual(['B']);

  const alone = await lastValueFrom(dataSource.query(requestOf(targets.slice(0, 1))));
  expect(alone).toMatchObject({ data: [], errors: [{ refId: 'A' }] });
  expect(requests).toHaveLength(1);
});

test('a query that is hidden or half made is not asked, a new one is', () => {
  const { dataSource } = openDataSource(() => NOTHING);
  expect(dataSource.filterQuery({ refId: 'A', hide: true })).toBe(false);
  expect(dataSource.filterQuery({ refId: 'A', accounts: [''] })).toBe(false);
  expect(dataSource.filterQuery({ refId: 'A', ...dataSource.getDefaultQuery(CoreApp.Explore) })).toBe(true);
});

test('ad-hoc filters offer the fields that the logs have, and values under the other filters', async () => {
  const { dataSource, requests } = openDataSource(({ url }) =>
    url.endsWith('/fields')
      ? {
          fields: [
            { name: 'srcaddr', isFound: true },
            { name: 'reject-reason', isFound: false },
            { name: 'addr', isFound: false, derived: ['filter'] },
          ],
        }
      : { values: [{ value: '6', text: 'tcp', flows: 3, bytes: 9 }] },
  );
  expect(await dataSource.getTagKeys()).toEqual([
    { text: 'srcaddr', value: 'srcaddr' },
    { text: 'addr', value: 'addr' },
  ]);
  const filters = [
    { key: 'protocol', operator: '=', value: '17' },
    { key: 'dstport', operator: '=', value: '443' },
  ];
  expect(await dataSource.getTagValues({ key: 'protocol', filters, timeRange: range })).toEqual([
    { text: 'tcp', value: '6' },
  ]);
  expect(requests[1]).toMatchObject({
    url: '/api/datasources/uid/flows/resources/values',
    params: { field: 'protocol', filter: 'dstport = 443', from: FROM, to: FROM + 3_600_000 },
  });
});

test('what a filter cannot apply to is said', async () => {
  const { dataSource } = openDataSource(() => NOTHING);
  const filters = [
    { key: 'dstport', operator: '=', value: '443' },
    { key: 'dstport', operator: '=', value: 'x' },
  ];
  const queries: SavedQuery[] = [{ refId: 'A', view: 'table' }];
  const found = await dataSource.getDrilldownsApplicability({ filters, queries });
  expect(found.map(({ applicable }) => applicable)).toEqual([true, false]);
  const delivery = await dataSource.getDrilldownsApplicability({
    filters,
    queries: [{ refId: 'A', view: 'completeness' }],
  });
  expect(delivery.map(({ applicable }) => applicable)).toEqual([false, false]);
});

test('"filter for" and "filter out" of a cell or label change the filter, and back', () => {
  const { dataSource } = openDataSource(() => NOTHING);
  const query: SavedQuery = { refId: 'A', filter: 'dstport = 22 or dstport = 23' };
  const options = { key: 'srcaddr', value: '10.0.0.1' };
  const narrowed = dataSource.toggleQueryFilter(query, { type: 'FILTER_FOR', options });
  expect(narrowed.filter).toBe('(dstport = 22 or dstport = 23) and srcaddr = 10.0.0.1');
  expect(dataSource.queryHasFilter(narrowed, options)).toBe(true);
  expect(dataSource.queryHasFilter(query, options)).toBe(false);
  expect(
    dataSource.toggleQueryFilter({ refId: 'A', filter: 'srcaddr = 10.0.0.1' }, { type: 'FILTER_FOR', options }),
  ).toEqual({ refId: 'A' });
  expect(dataSource.modifyQuery(query, { type: 'ADD_FILTER_OUT', options }).filter).toBe(
    '(dstport = 22 or dstport = 23) and srcaddr != 10.0.0.1',
  );
  expect(dataSource.modifyQuery(narrowed, { type: 'ADD_FILTER', options })).toBe(narrowed);
});

test.each([
  ['FILTER_FOR', 'dstport = 22 and dstaddr != 10.0.0.1', 'dstport = 22 and dstaddr = 10.0.0.1'],
  ['FILTER_OUT', 'dstaddr = 10.0.0.1 and dstport = 22', 'dstport = 22 and dstaddr != 10.0.0.1'],
  ['FILTER_FOR', 'DSTADDR="10.0.0.1" and dstport=22', 'dstport=22'],
] as const)('%s replaces its opposite and takes itself back, however it is written: %s', (type, filter, expected) => {
  const { dataSource } = openDataSource(() => NOTHING);
  const options = { key: 'dstaddr', value: '10.0.0.1' };
  expect(dataSource.toggleQueryFilter({ refId: 'A', filter }, { type, options }).filter).toBe(expected);
});

test('a table cell that is filtered for replaces having been filtered out, and is known again', () => {
  const { dataSource } = openDataSource(() => NOTHING);
  const options = { key: 'protocol', value: 'tcp' };
  const query: SavedQuery = { refId: 'A', filter: 'not bytes > 1 and protocol != 6' };
  const filtered = dataSource.modifyQuery(query, { type: 'ADD_FILTER', options });
  expect(filtered.filter).toBe('not bytes > 1 and protocol = tcp');
  expect(dataSource.queryHasFilter({ refId: 'A', filter: 'protocol=6' }, options)).toBe(true);
  expect(dataSource.queryHasFilter(query, options)).toBe(false);
});

test.each<[string, Partial<SavedQuery>, string]>([
  ['completeness, which is not about records', { view: 'completeness' }, '10.0.0.1'],
  ['the row Other', { view: 'table', filter: 'dstport = 22' }, 'Other (18385)'],
])('a click changes nothing for %s', (_, members, value) => {
  const { dataSource } = openDataSource(() => NOTHING);
  const query = { refId: 'A', ...members };
  const options = { key: 'dstaddr', value };
  expect(dataSource.toggleQueryFilter(query, { type: 'FILTER_FOR', options })).toBe(query);
  expect(dataSource.modifyQuery(query, { type: 'ADD_FILTER_OUT', options })).toBe(query);
  expect(dataSource.queryHasFilter(query, options)).toBe(false);
});

test('a value of a column that the dictionary does not know is asked for as the backend wants it', async () => {
  const { dataSource, requests } = openDataSource(() => ({ values: [] }));
  await dataSource.getTagValues({ key: 'my-column', filters: [], timeRange: range });
  expect(requests[0]!.params).toMatchObject({ field: '`my-column`' });
});

test('an estimate that is asked for again is told to end the one before, and an aborted one is known', async () => {
  const aborted = { cancelled: true, data: null, statusText: 'Request was aborted' };
  const { dataSource, requests } = openDataSource(({ requestId }) => {
    if (requestId === 'second') {
      throw aborted;
    }
    return {};
  });
  await dataSource.resources.estimate({ refId: 'A' }, range, 'first');
  expect(requests[0]).toMatchObject({ requestId: 'first' });
  const failed: unknown = await dataSource.resources
    .estimate({ refId: 'A' }, range, 'second')
    .catch((thrown: unknown) => thrown);
  expect(failed).toMatchObject({ message: 'Request was aborted' });
  expect(isAborted(failed)).toBe(true);
  expect(isAborted(new Error('Request was aborted'))).toBe(false);
});

test('records have bars by level above them, other views have none', async () => {
  const volume = toDataFrame({
    refId: 'log-volume-A',
    fields: [
      { name: 'time', type: FieldType.time, values: [FROM] },
      { name: 'flows', type: FieldType.number, values: [5], labels: { action: 'ACCEPT' } },
      { name: 'flows', type: FieldType.number, values: [2], labels: { action: 'REJECT' } },
    ],
  });
  const { dataSource } = openDataSource(() => NOTHING);
  const targets: SavedQuery[] = [
    { refId: 'A', view: 'records', filter: 'dstport = 22', top: 5, order: 'oldest', accounts: ['111122223333'] },
    { refId: 'B', view: 'table' },
  ];
  const request = dataSource.getSupplementaryRequest(SupplementaryQueryType.LogsVolume, requestOf(targets));
  expect(request?.targets).toEqual([
    {
      ...{ refId: 'log-volume-A', view: 'series', keys: ['action'], measures: ['flows'], fill: 'zero' },
      ...{ filter: 'dstport = 22', accounts: ['111122223333'] },
    },
  ]);
  expect(
    dataSource.getSupplementaryRequest(SupplementaryQueryType.LogsVolume, requestOf(targets.slice(1))),
  ).toBeUndefined();

  jest
    .spyOn(Object.getPrototypeOf(FlowLogsDataSource.prototype) as FlowLogsDataSource, 'query')
    .mockReturnValue((await import('rxjs')).of({ data: [volume] }));
  const { data } = await lastValueFrom(dataSource.query(request!));
  expect(
    (data as DataFrame[]).map(({ fields }) => fields.map(({ name, labels, values }) => [name, labels, values[0]])),
  ).toEqual([
    [
      ['time', undefined, FROM],
      ['flows', { level: 'info' }, 5],
    ],
    [
      ['time', undefined, FROM],
      ['flows', { level: 'warning' }, 2],
    ],
  ]);
});

test('the context of a record is what its interface logged around it', async () => {
  const { dataSource, requests } = openDataSource(() => NOTHING);
  const row = {
    uid: 'u',
    timeEpochMs: FROM,
    labels: { 'interface-id': 'eni-1', srcaddr: '10.0.0.1' },
  } as unknown as LogRowModel;
  const query: SavedQuery = { refId: 'A', view: 'records', filter: 'dstport = 22', accounts: ['111122223333'] };
  await dataSource.getLogRowContext(row, { direction: LogRowContextQueryDirection.Backward, limit: 3 }, query);
  expect(requests[0]!.data).toMatchObject({
    from: String(FROM - 3_600_000),
    // Others of the same second are neighbours, too.
    to: String(FROM + 1000),
    queries: [{ view: 'records', filter: 'interface-id = eni-1', order: 'newest', top: 3, accounts: ['111122223333'] }],
  });
});

test('the context after a record begins after its second, in the columns that its text has', async () => {
  const { dataSource, requests } = openDataSource(() => NOTHING);
  const row = { uid: 'u', timeEpochMs: FROM, labels: { srcaddr: '10.0.0.1' } } as unknown as LogRowModel;
  const query: SavedQuery = { refId: 'A', view: 'records', fields: ['srcaddr', 'action'] };
  await dataSource.getLogRowContext(row, { direction: LogRowContextQueryDirection.Forward }, query);
  expect(requests[0]!.data).toMatchObject({
    from: String(FROM + 1000),
    to: String(FROM + 3_600_000),
    queries: [{ filter: 'srcaddr = 10.0.0.1', order: 'oldest', fields: ['srcaddr', 'action'] }],
  });
});

describe('a context that is cut off', () => {
  const row = { uid: 'u', timeEpochMs: FROM, labels: {} } as unknown as LogRowModel;
  const read = async (direction: LogRowContextQueryDirection, answers: number[][]) => {
    const { dataSource } = openDataSource(() => NOTHING);
    const asked: number[][] = [];
    jest.spyOn(dataSource, 'query').mockImplementation(({ range: { from, to } }) => {
      const values = answers[asked.length]!;
      asked.push([from.valueOf() - FROM, to.valueOf() - FROM]);
      return of({ data: [toDataFrame({ fields: [{ name: 't', type: FieldType.time, values }] })] });
    });
    const { data } = await dataSource.getLogRowContext(row, { direction, limit: 3 });
    return { asked, times: (data as DataFrame[]).flatMap(({ fields }) => fields[0]!.values as number[]) };
  };
  const { Backward, Forward } = LogRowContextQueryDirection;
  const [before, after] = [FROM - 5000, FROM + 5000];

  test('goes on before a second that fills it by itself', async () => {
    expect(await read(Backward, [[FROM, FROM, FROM], [before]])).toEqual({
      asked: [
        [-3_600_000, 1000],
        [-3_600_000, 0],
      ],
      times: [FROM, FROM, FROM, before],
    });
  });

  test('ends with a whole second, after which the next one begins', async () => {
    expect((await read(Forward, [[after, after + 1000, after + 1000]])).times).toEqual([after]);
    expect((await read(Forward, [[after, after, after]])).times).toEqual([after, after, after]);
    expect((await read(Forward, [[after, after + 1000]])).times).toEqual([after, after + 1000]);
    expect((await read(Backward, [[FROM, before, before]])).times).toEqual([FROM, before, before]);
  });
});

describe('variables', () => {
  const list = async (query: object, answer: Answer, variables: Readonly<Record<string, FakeVariable>> = {}) => {
    const { dataSource, requests } = openDataSource(answer, variables);
    const response = await lastValueFrom(
      (dataSource.variables as FlowLogsVariableSupport).query({
        targets: [{ refId: 'V', ...query }],
        scopedVars: {},
        range,
      } as never) as never,
    );
    return { data: (response as { data: unknown }).data, requests };
  };

  test('list accounts of the chosen sources', async () => {
    const { data, requests } = await list(
      { kind: 'accounts', sources: ['$source'] },
      () => ({ accounts: [{ account: '1' }] }),
      {
        source: ['a', 'b'],
      },
    );
    expect(data).toEqual([{ text: '1', value: '1' }]);
    expect(requests[0]).toMatchObject({
      url: expect.stringMatching(/\/accounts$/) as string,
      params: { sources: ['a', 'b'] },
    });
  });

  test('list values of a field under a filter, with names for people', async () => {
    const { data, requests } = await list(
      { kind: 'values', field: 'protocol', filter: 'vpc-id in ($vpc)', limit: 50 },
      () => ({ values: [{ value: '6', text: 'tcp' }] }),
      { vpc: { all: ['vpc-1'] } },
    );
    expect(data).toEqual([{ text: 'tcp', value: '6' }]);
    expect(requests[0]!.params).toEqual({ field: 'protocol', limit: 50, from: FROM, to: FROM + 3_600_000 });
  });

  test('fail with what the backend says', async () => {
    const refuse = () => {
      throw Object.assign(new Error(), { data: { message: 'cannot list s3://x: not allowed (s3:ListBucket)' } });
    };
    await expect(list({ kind: 'regions' }, refuse)).rejects.toThrow('cannot list s3://x: not allowed (s3:ListBucket)');
  });
});

test('annotations ask for bursts, and for nothing else', () => {
  const { dataSource } = openDataSource(() => NOTHING);
  expect(dataSource.annotations?.getDefaultQuery?.()).toMatchObject({ view: 'events', kind: 'bursts' });
  const old = {
    name: 'a',
    enable: true,
    iconColor: 'red',
    target: { refId: 'Anno', view: 'table', filter: 'dstport = 22' },
  };
  expect(dataSource.annotations?.prepareAnnotation?.(old)).toMatchObject({
    target: { refId: 'Anno', view: 'events', filter: 'dstport = 22' },
  });
});
