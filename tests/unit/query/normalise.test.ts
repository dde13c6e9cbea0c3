import fc from 'fast-check';
import { FlowError } from '../../../src/errors';
import {
  DEFAULT_KEYS,
  DEFAULT_LIMITS,
  REFERENCE_KEYS,
  type FlowQuery,
  TRANSIT_GATEWAY_KEYS,
} from '../../../src/query/model';
import { normaliseQuery, serialiseQuery } from '../../../src/query/normalise';
import { parseFilter } from '../../../src/query/parse-filter';
import { arbitraryQueryInput } from './arbitrary-query';

const nowMs = Date.parse('2026-03-05T10:20:30.456Z');
const normalise = (input: unknown) => normaliseQuery(input, { nowMs });

const base = { version: 1, sources: [], accounts: [], regions: [], limits: DEFAULT_LIMITS };

describe('normaliseQuery fills in', () => {
  const defaults: readonly (readonly [input: Record<string, unknown>, query: unknown])[] = [
    [
      { view: 'digest' },
      {
        ...base,
        view: 'digest',
        keys: REFERENCE_KEYS,
        measures: ['bytes', 'packets', 'flows'],
        portRule: 'lower',
        logType: 'vpc',
        counting: 'as-logged',
      },
    ],
    [
      { view: 'table' },
      {
        ...base,
        view: 'table',
        keys: DEFAULT_KEYS.table,
        measures: ['bytes', 'packets', 'flows'],
        portRule: 'lower',
        logType: 'vpc',
        counting: 'once',
        top: 10,
        distinct: [],
      },
    ],
    [
      { view: 'series' },
      {
        ...base,
        view: 'series',
        keys: ['action'],
        measures: ['bytes'],
        portRule: 'lower',
        logType: 'vpc',
        counting: 'once',
        top: 10,
        bucketSec: 60,
        fill: 'zero',
        unit: 'total',
      },
    ],
    [
      { view: 'graph' },
      {
        ...base,
        view: 'graph',
        keys: DEFAULT_KEYS.graph,
        measures: ['bytes', 'packets', 'flows'],
        portRule: 'lower',
        logType: 'vpc',
        counting: 'once',
        top: 40,
        nodes: 'hosts',
        expand: [],
        widthPx: 1100,
        heightPx: 600,
      },
    ],
    [
      { view: 'stat' },
      {
        ...base,
        view: 'stat',
        keys: [],
        measures: ['bytes', 'packets', 'flows'],
        portRule: 'lower',
        logType: 'vpc',
        counting: 'once',
      },
    ],
    [
      { view: 'events' },
      {
        ...base,
        view: 'events',
        keys: ['dstaddr', 'port', 'protocol'],
        measures: ['flows'],
        portRule: 'lower',
        logType: 'vpc',
        counting: 'once',
        kind: 'bursts',
        bucketSec: 60,
        sigmas: 3,
        atLeast: 10,
        top: 100,
      },
    ],
    [{ view: 'completeness' }, { ...base, view: 'completeness' }],
    [{ view: 'records' }, { ...base, view: 'records', fields: [], top: 100, order: 'newest' }],
  ];
  test.each(defaults)('%j', (input, query) => {
    expect(normalise(input)).toStrictEqual(query);
  });

  test('a table where no view is named, and nothing for what is null or undefined', () => {
    const table = normalise({ view: 'table' });
    expect(normalise({})).toStrictEqual(table);
    expect(
      normalise({
        view: null,
        top: null,
        filter: null,
        range: undefined,
        limits: { maxKeys: null, maxSec: undefined },
      }),
    ).toStrictEqual(table);
    expect(normalise({ filter: '  ' })).toStrictEqual(table);
  });

  test('limits over the default ones', () => {
    expect(normalise({ limits: { maxKeys: 5, maxSec: 0.5, onLimit: 'partial' } }).limits).toStrictEqual({
      ...DEFAULT_LIMITS,
      maxKeys: 5,
      maxSec: 0.5,
      onLimit: 'partial',
    });
  });

  const hourMs = 3_600_000;
  test.each([
    [
      { from: 'now-1h', to: 'now' },
      { fromMs: nowMs - hourMs, toMs: nowMs },
    ],
    [{ from: 'now-1h' }, { fromMs: nowMs - hourMs, toMs: nowMs }],
    [
      { from: nowMs - 5, to: nowMs },
      { fromMs: nowMs - 5, toMs: nowMs },
    ],
    [
      { from: '2026-01-31', to: '1769860800' },
      { fromMs: 1769817600000, toMs: 1769860800000 },
    ],
    [
      { fromMs: 0, toMs: 1 },
      { fromMs: 0, toMs: 1 },
    ],
  ])('range %j', (range, expected) => {
    expect(normalise({ range }).range).toStrictEqual(expected);
  });

  test.each([
    [{ range: { from: 'now-1h' } }, undefined, 60],
    [{ range: { from: 'now-24h' } }, undefined, 300],
    [{ range: { from: 'now-24h' } }, 100, 900],
    [{ range: { from: 'now-24h' } }, 1e9, 60],
    [{ range: { from: 'now-365d' } }, 1e9, 3600],
    [{ range: { from: 'now-24h' }, bucketSec: 61 }, 100, 61],
    [{ bucketSec: '1h30m' }, undefined, 5400],
    [{}, 100, 60],
  ])('the step of series %j of at most %p points: %d s', (input, maxPoints, bucketSec) => {
    expect(normaliseQuery({ ...input, view: 'series' }, { nowMs, maxPoints })).toMatchObject({ bucketSec });
  });

  test('a digest has buckets only when asked', () => {
    expect(normalise({ view: 'digest', range: { from: 'now-1h' } })).not.toHaveProperty('bucketSec');
    expect(normalise({ view: 'digest', bucketSec: '5m' })).toHaveProperty('bucketSec', 300);
  });
});

describe('normaliseQuery reads', () => {
  test('keys: canonical, each once, new columns from backticks', () => {
    const keys = ['SrcAddr', ' port ', '`new-field`', 'srcaddr', '`dstaddr`', '`port`', '`Action`', 'start'];
    expect(normalise({ keys })).toHaveProperty('keys', ['srcaddr', 'port', 'new-field', 'dstaddr', 'Action', 'start']);
    expect(normalise({ keys: [] })).toHaveProperty('keys', []);
    expect(normalise({ view: 'records', fields: ['`x`', 'Bytes', 'bytes'] })).toHaveProperty('fields', ['x', 'bytes']);
  });

  test('lists without repetitions', () => {
    const query = normalise({
      sources: [' a ', 'a', 'b'],
      accounts: ['012345678901', '012345678901'],
      regions: [
        'us-gov-east-1',
        'us-iso-east-1',
        'us-isob-east-1',
        'cn-north-1',
        'ap-southeast-7',
        'eusc-de-east-1',
        'cn-north-1',
      ],
      measures: ['flows', 'bytes', 'flows'],
    });
    expect(query).toMatchObject({
      sources: ['a', 'b'],
      accounts: ['012345678901'],
      regions: ['us-gov-east-1', 'us-iso-east-1', 'us-isob-east-1', 'cn-north-1', 'ap-southeast-7', 'eusc-de-east-1'],
      measures: ['flows', 'bytes'],
    });
  });

  test('what Grafana keeps in a query, and forgets it', () => {
    const grafana = {
      refId: 'A',
      datasource: { type: 'vpcflow-flowlogs-datasource', uid: 'x' },
      hide: false,
      key: 'Q-1',
      queryType: '',
      intervalMs: 1000,
      maxDataPoints: 43,
      datasourceUid: 'x',
    };
    expect(normalise({ ...grafana, view: 'records' })).toStrictEqual(normalise({ view: 'records' }));
  });

  test('flow logs by their ids', () => {
    expect(normalise({ flowLogs: ['fl-0a', 'fl-0a', 'fl-1'] })).toMatchObject({ flowLogs: ['fl-0a', 'fl-1'] });
    expect(normalise({ flowLogs: [] })).not.toHaveProperty('flowLogs');
    expect(() => normalise({ flowLogs: ['eni-1'] })).toThrow(/flowLogs.0 must be a flow log id such as/);
  });

  test('a filter as text', () => {
    const filter = 'dstport in (22, 3389) and action = REJECT';
    expect(normalise({ filter }).filter).toStrictEqual(parseFilter(filter));
  });
});

describe('normaliseQuery refuses', () => {
  const errors: readonly (readonly [input: unknown, message: string])[] = [
    [undefined, 'it must be an object, found undefined'],
    [null, 'it must be an object, found null'],
    ['table', 'it must be an object, found "table"'],
    [[], 'it must be an object, found []'],
    [{ version: 2 }, 'it was saved as version 2, and this program knows versions up to 1'],
    [{ version: '1' }, 'version must be 1, found "1"'],
    [{ version: 0 }, 'version must be 1, found 0'],
    [
      { view: 'grph' },
      'view must be one of digest, table, series, graph, stat, events, completeness, records, found "grph" (did you mean graph?)',
    ],
    [
      { view: 'constructor' },
      'view must be one of digest, table, series, graph, stat, events, completeness, records, found "constructor"',
    ],
    [{ fliter: 'x' }, 'unknown member "fliter" (did you mean filter?)'],
    [{ zzzzzz: 'x' }, 'unknown member "zzzzzz"'],
    [JSON.parse('{"__proto__": 1}'), 'unknown member "__proto__"'],
    [{ constructor: 1 }, 'unknown member "constructor"'],
    [{ view: 'table', fill: 'zero' }, 'fill belongs to series, not to table'],
    [{ view: 'records', keys: [] }, 'keys belongs to digest, table, series, graph, stat, events, not to records'],
    [{ view: 'digest', top: 1 }, 'top belongs to table, series, graph, events, records, not to digest'],
    [{ sources: 'a' }, 'sources must be a list of names or locations, found "a"'],
    [{ sources: [' '] }, 'sources.0 must be a name or location, found " "'],
    [{ accounts: ['1234'] }, 'accounts.0 must be an account id of 12 digits, as text, found "1234"'],
    [
      { accounts: ['012345678901', 123456789012] },
      'accounts.1 must be an account id of 12 digits, as text, found 123456789012',
    ],
    [{ regions: ['us-east-1a'] }, 'regions.0 must be a region name such as us-east-1, found "us-east-1a"'],
    [{ regions: ['us east 1'] }, 'regions.0 must be a region name such as us-east-1, found "us east 1"'],
    [{ regions: ['../x-1'] }, 'regions.0 must be a region name such as us-east-1, found "../x-1"'],
    [{ range: 'now-1h' }, 'range must be {from, to} as text or Unix milliseconds, or {fromMs, toMs}, found "now-1h"'],
    [{ range: {} }, 'range must be {from, to} as text or Unix milliseconds, or {fromMs, toMs}, found {}'],
    [
      { range: { fromMs: 1, to: 2 } },
      'range must be {from, to} as text or Unix milliseconds, or {fromMs, toMs}, found {"fromMs":1,"to":2}',
    ],
    [
      { range: { from: 1, to: 2, x: 3 } },
      'range must be {from, to} as text or Unix milliseconds, or {fromMs, toMs}, found {"from":1,"to":2,"x":3}',
    ],
    [
      { range: { fromMs: 5, toMs: 5 } },
      'its range begins at 1970-01-01T00:00:00.005Z, not before its end at 1970-01-01T00:00:00.005Z',
    ],
    [
      { range: { from: 'now', to: 'now-1h' } },
      'its range begins at 2026-03-05T10:20:30.456Z, not before its end at 2026-03-05T09:20:30.456Z',
    ],
    [{ limits: { maxKey: 5 } }, 'unknown member "maxKey" of limits (did you mean maxKeys?)'],
    [{ limits: { maxKeys: 0 } }, 'limits.maxKeys must be a whole number of at least 1, found 0'],
    [{ limits: { maxBytes: 1.5 } }, 'limits.maxBytes must be a whole number of at least 1, found 1.5'],
    [{ limits: { maxSec: -1 } }, 'limits.maxSec must be a number above 0, found -1'],
    [{ limits: { maxSec: Infinity } }, 'limits.maxSec must be a number above 0, found null'],
    [{ limits: { onLimit: 'fial' } }, 'limits.onLimit must be fail or partial, found "fial" (did you mean fail?)'],
    [
      { keys: ['dstprt'] },
      'keys.0 must be a documented field, port, or a column in backticks, found "dstprt" (did you mean dstport?)',
    ],
    [{ keys: ['srcaddr', 'addr'] }, 'keys.1 must be srcaddr or dstaddr, found "addr"'],
    [{ keys: ['`pkt-addr`'] }, 'keys.0 must be pkt-srcaddr or pkt-dstaddr, found "`pkt-addr`"'],
    [{ keys: ['`a b`'] }, 'keys.0 must be a documented field, port, or a column in backticks, found "`a b`"'],
    [{ keys: ['``'] }, 'keys.0 must be a documented field, port, or a column in backticks, found "``"'],
    [
      { keys: ['constructor'] },
      'keys.0 must be a documented field, port, or a column in backticks, found "constructor"',
    ],
    [{ keys: [5] }, 'keys.0 must be the name of a field, found 5'],
    [{ keys: Array.from({ length: 21 }, (_, i) => `\`c${i}\``) }, 'keys must be a list of at most 20 fields, found 21'],
    [{ view: 'records', fields: ['port'] }, 'fields.0 must be srcport or dstport, found "port"'],
    [
      { measures: [] },
      'measures must be a list of at least one of bytes, packets, flows, packets-lost-no-route, packets-lost-blackhole, packets-lost-mtu-exceeded, packets-lost-ttl-expired, found []',
    ],
    [
      { measures: ['byte'] },
      'measures.0 must be one of bytes, packets, flows, packets-lost-no-route, packets-lost-blackhole, packets-lost-mtu-exceeded, packets-lost-ttl-expired, found "byte" (did you mean bytes?)',
    ],
    [{ portRule: 'higher' }, 'portRule must be lower or as-logged, found "higher"'],
    [{ top: 0 }, 'top must be a whole number from 1 to 100000, found 0'],
    [{ top: 100_001 }, 'top must be a whole number from 1 to 100000, found 100001'],
    [{ top: '5' }, 'top must be a whole number from 1 to 100000, found "5"'],
    [
      { view: 'series', bucketSec: 0 },
      'bucketSec must be seconds from 1 to 31622400, or a duration such as 5m, found 0',
    ],
    [
      { view: 'series', bucketSec: '0' },
      'bucketSec must be seconds from 1 to 31622400, or a duration such as 5m, found "0"',
    ],
    [{ view: 'series', fill: 'none' }, 'fill must be zero or null, found "none"'],
    [{ view: 'records', order: 'new' }, 'order must be newest or oldest, found "new" (did you mean newest?)'],
  ];
  test.each(errors)('%j: %s', (input, message) => {
    expect(() => normalise(input)).toThrow(
      expect.objectContaining({ code: 'bad-query', message: `cannot read query: ${message}` }),
    );
  });

  test.each([
    [{ filter: 'dstport = ' }, /^cannot read filter at column 11: /],
    [{ filter: 5 }, /^cannot read filter: expected text or a tree/],
    [{ filter: [] }, /^cannot read filter: expected text or a tree/],
    [{ range: { from: 'yesterday' } }, /^cannot read time "yesterday"/],
    [{ view: 'series', bucketSec: '5 parsecs' }, /^cannot read duration "5 parsecs"/],
  ])('%j with the error of the part', (input, message) => {
    expect(() => normalise(input)).toThrow(
      expect.objectContaining({ code: 'bad-query', message: expect.stringMatching(message) }),
    );
  });

  test('a series of too many points, before anything is read', () => {
    expect(() => normalise({ view: 'series', range: { from: 'now-30d' }, bucketSec: 1 })).toThrow(
      expect.objectContaining({ code: 'over-limit' }),
    );
  });

  test('anything with nothing but a FlowError', () => {
    const member = fc.constantFrom(
      ...['version', 'view', 'sources', 'accounts', 'regions', 'range', 'filter', 'limits', 'keys', 'measures'],
      ...['portRule', 'top', 'bucketSec', 'fill', 'unit', 'fields', 'order', '__proto__', 'x'],
    );
    const part = fc.oneof(
      fc.anything({ key: fc.constantFrom('from', 'toMs', 'type', 'terms', 'term', 'maxKeys') }),
      fc.bigInt(),
    );
    const input = fc.oneof(
      fc.anything(),
      fc.dictionary(member, part, { maxKeys: 3 }),
      fc.tuple(arbitraryQueryInput, member, part).map(([query, name, value]) => ({ ...query, [name]: value })),
    );
    fc.assert(
      fc.property(input, (anything) => {
        try {
          normalise(anything);
        } catch (error) {
          expect(error).toBeInstanceOf(FlowError);
          expect(['bad-query', 'over-limit']).toContain((error as FlowError).code);
          expect((error as FlowError).message).toMatch(/^cannot (?:read|split) /);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('kinds of flow logs', () => {
  test.each([
    [{}, 'vpc', undefined],
    [{ logType: 'transit-gateway' }, 'transit-gateway', 'ingress'],
    [{ logType: 'transit-gateway', direction: 'egress' }, 'transit-gateway', 'egress'],
    [{ logType: 'transit-gateway', filter: 'flow-direction = egress' }, 'transit-gateway', 'both'],
    [{ keys: ['tgw-id'] }, 'transit-gateway', 'ingress'],
    [{ keys: ['tgw-id', 'flow-direction'] }, 'transit-gateway', 'both'],
    [{ keys: ['tgw-id'], logType: 'all' }, 'all', undefined],
    [{ filter: 'flow-direction = egress' }, 'vpc', undefined],
  ])('%j', (input, logType, direction) => {
    const query = normalise({ view: 'table', ...input });
    expect('logType' in query && [query.logType, 'direction' in query ? query.direction : undefined]).toEqual([
      logType,
      direction,
    ]);
  });

  test('transit gateways have keys of their own', () => {
    expect(normalise({ view: 'digest', logType: 'transit-gateway' })).toMatchObject({ keys: TRANSIT_GATEWAY_KEYS });
  });

  test('a direction means nothing for other flow logs', () => {
    expect(() => normalise({ view: 'table', direction: 'ingress' })).toThrow(/direction must be absent unless logType/);
  });
});

describe('counting', () => {
  test.each([
    [{}, 'once'],
    [{ view: 'stat' }, 'once'],
    [{ view: 'graph' }, 'once'],
    [{ view: 'digest' }, 'as-logged'],
    [{ view: 'digest', counting: 'once' }, 'once'],
    [{ keys: ['srcaddr', 'port', 'tcp-flags', 'pkt-dst-aws-service'], measures: ['flows'] }, 'once'],
    [{ filter: 'addr = 10.0.0.0/8 and port = 443 and not aws-service = S3' }, 'once'],
    [{ keys: ['interface-id'] }, 'as-logged'],
    [{ keys: ['interface-id'], hops: ['eni-1'] }, 'once'],
    [{ keys: ['srcaddr', 'interface-id'], counting: 'once' }, 'once'],
    [{ distinct: ['vpc-id'] }, 'as-logged'],
    [{ filter: 'bytes > 5 and account-id = 123456789012' }, 'as-logged'],
    [{ filter: 'flow-direction = egress' }, 'as-logged'],
    [{ keys: ['`column-of-tomorrow`'] }, 'as-logged'],
    [{ view: 'graph', keys: ['srcaddr', 'dstaddr', 'subnet-id'] }, 'as-logged'],
    [{ logType: 'transit-gateway' }, undefined],
    [{ logType: 'all' }, undefined],
    [{ view: 'records' }, undefined],
  ])('%j: %s', (input, counting) => {
    const query = normalise({ view: 'table', ...input });
    expect('counting' in query ? query.counting : undefined).toBe(counting);
  });

  test('means nothing for other flow logs', () => {
    expect(() => normalise({ logType: 'all', counting: 'once' })).toThrow(
      /counting must be absent unless logType is vpc/,
    );
    expect(() => normalise({ hops: ['eni-1'], counting: 'as-logged' })).toThrow(
      /hops must be absent unless counting is once/,
    );
    expect(() => normalise({ hops: ['eni 1'] })).toThrow(/hops.0 must be the id of an interface/);
    expect(() => normalise({ counting: 'twice' })).toThrow(/counting must be once or as-logged, found "twice"/);
    expect(() => normalise({ view: 'records', counting: 'once' })).toThrow(/counting belongs to digest, table/);
  });
});

describe('serialiseQuery', () => {
  test('is JSON with the filter as text and new columns in backticks', () => {
    const query = normalise({
      view: 'digest',
      keys: ['port', '`new-field`'],
      filter: 'protocol=6 && port in(443)',
      range: { fromMs: 0, toMs: 60_000 },
      bucketSec: 60,
    });
    expect(serialiseQuery(query)).toStrictEqual({
      ...base,
      view: 'digest',
      keys: ['port', '`new-field`'],
      measures: ['bytes', 'packets', 'flows'],
      portRule: 'lower',
      logType: 'vpc',
      counting: 'as-logged',
      filter: 'protocol = tcp and port in 443',
      range: { fromMs: 0, toMs: 60_000 },
      bucketSec: 60,
    });
  });

  test('what it saves is read back as the same query, at any later time and through JSON', () => {
    const views = new Set<FlowQuery['view']>();
    fc.assert(
      fc.property(arbitraryQueryInput, (input) => {
        const query = normalise(input);
        const saved: unknown = JSON.parse(JSON.stringify(serialiseQuery(query)));
        expect(normaliseQuery(saved, { nowMs: nowMs + 1e10, maxPoints: 7 })).toStrictEqual(query);
        views.add(query.view);
      }),
      { numRuns: 500 },
    );
    expect(views.size).toBe(8);
  });
});
