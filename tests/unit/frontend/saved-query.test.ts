import { CoreApp } from '@grafana/data';
import {
  changeView,
  defaultQueryOf,
  describeQuery,
  isComplete,
  readQuery,
  withMember,
} from '../../../src/frontend/saved-query';
import { normaliseQuery } from '../../../src/query/normalise';
import { VIEWS } from '../../../src/query/query-schema';

const NOW = { nowMs: Date.UTC(2026, 10, 21) };

test.each([CoreApp.Explore, CoreApp.PanelEditor, CoreApp.Dashboard, CoreApp.UnifiedAlerting, undefined])(
  'what a new query in %s asks is a valid query',
  (app) => {
    const query = normaliseQuery({ refId: 'A', ...defaultQueryOf(app) }, NOW);
    expect(query.view).toBe(defaultQueryOf(app).view);
  },
);

test('a rule asks for one number per destination', () => {
  expect(normaliseQuery(defaultQueryOf(CoreApp.UnifiedAlerting), NOW)).toMatchObject({
    view: 'table',
    keys: ['dstaddr', 'port'],
    measures: ['flows'],
  });
});

test.each(VIEWS)('a query with members of every view can be changed to %s', (view) => {
  const query = {
    ...{ refId: 'B', view: 'series' as const, filter: 'dstport = 443', accounts: ['123456789012'], top: 7 },
    ...{ bucketSec: '5m', fill: 'null' as const, unit: 'rate' as const, keys: ['srcaddr'], datasource: { uid: 'x' } },
    ...{ nodes: 'groups' as const, fields: ['srcaddr'], order: 'oldest' as const, sigmas: 2, kind: 'new' as const },
  };
  const changed = changeView(query, view);
  expect(normaliseQuery(changed, NOW)).toMatchObject({ view, accounts: ['123456789012'] });
  expect(changed).toMatchObject({ refId: 'B', filter: 'dstport = 443', datasource: { uid: 'x' } });
});

test('a cleared member leaves the query, so that its default holds', () => {
  const query = { refId: 'A', filter: 'a', top: 3, accounts: ['1'] };
  expect(withMember(query, 'filter', '')).toEqual({ refId: 'A', top: 3, accounts: ['1'] });
  expect(withMember(query, 'accounts', [])).toEqual({ refId: 'A', filter: 'a', top: 3 });
  expect(withMember(query, 'top', undefined)).toEqual({ refId: 'A', filter: 'a', accounts: ['1'] });
  const gateway = { refId: 'A', logType: 'transit-gateway', direction: 'egress' } as const;
  expect(withMember(gateway, 'logType', 'vpc')).toEqual({ refId: 'A', logType: 'vpc' });
  expect(withMember(gateway, 'direction', 'both')).toEqual({ ...gateway, direction: 'both' });
  const once = { refId: 'A', counting: 'once' } as const;
  expect(withMember(once, 'logType', 'vpc')).toEqual({ ...once, logType: 'vpc' });
  expect(withMember(once, 'logType', 'all')).toEqual({ refId: 'A', logType: 'all' });
  // No key means one total, which is not the default.
  expect(withMember(query, 'keys', [])).toMatchObject({ keys: [] });
});

test('nothing is asked while an entry is blank or the query is hidden', () => {
  expect(isComplete({ refId: 'A' })).toBe(true);
  expect(isComplete({ refId: 'A', accounts: ['123456789012', ' '] })).toBe(false);
  expect(isComplete({ refId: 'A', hide: true })).toBe(false);
});

test.each([
  [{}, 'Table of bytes by srcaddr, dstaddr, port, protocol, action'],
  [{ view: 'series', filter: 'dstport = 443' }, 'Time series of bytes by action where dstport = 443'],
  [{ view: 'graph', nodes: 'hosts', measures: ['flows'] }, 'Node graph of flows of hosts'],
  [{ view: 'stat', keys: [], regions: ['eu-west-1'] }, 'Stat of bytes in eu-west-1'],
  [{ view: 'records', accounts: ['$account'] }, 'Records in $account'],
  [{ view: 'completeness' }, 'Completeness'],
] as const)('%j reads %s', (members, text) => {
  expect(describeQuery({ refId: 'A', ...members } as never)).toBe(text);
});

test.each([
  [
    { accounts: [111122223333] },
    { accounts: ['111122223333'] },
    'Table of bytes by srcaddr, dstaddr, port, protocol, action in 111122223333',
  ],
  [
    { accounts: null, regions: [null], limits: null, keys: null, filter: null, measures: null },
    { regions: [] },
    undefined,
  ],
  [{ view: 'foo', top: {} }, {}, undefined],
  [
    { view: 'series', accounts: '$account', filter: 7, bucketSec: '5m' },
    { view: 'series', accounts: ['$account'], bucketSec: '5m' },
    'Time series of bytes by action in $account',
  ],
  [
    { view: 'stat', settleSec: '10m', limits: { maxBytes: 'many', maxSec: 90 } },
    { view: 'stat', limits: { maxSec: 90 } },
    'Stat of bytes',
  ],
  [
    {
      view: 'stat',
      filter: { type: 'test', field: 'dstport', op: '=', values: [{ type: 'number', from: 22, to: 22 }] },
    },
    { view: 'stat', filter: 'dstport = 22' },
    'Stat of bytes where dstport = 22',
  ],
])(
  'what is written by hand can be shown: %j',
  (members, shown, text = 'Table of bytes by srcaddr, dstaddr, port, protocol, action') => {
    const query = { refId: 'A', ...members } as never;
    expect(readQuery(query)).toEqual({ refId: 'A', ...shown });
    expect(describeQuery(query)).toBe(text);
    expect(isComplete(query)).toBe(true);
  },
);
