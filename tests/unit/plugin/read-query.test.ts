import fc from 'fast-check';
import { FlowError } from '../../../src/errors';
import type { DataQuery } from '../../../src/plugin/messages';
import { readQuery, settleRange, type Asker } from '../../../src/plugin/read-query';
import { boundLimits, DEFAULT_MAX_LIMITS, DEFAULT_QUERY_LIMITS } from '../../../src/plugin/settings';
import type { FlowQuery, Limits } from '../../../src/query/model';
import { VIEWS } from '../../../src/query/query-schema';

const NOW_MS = Date.UTC(2026, 0, 15, 12);
const HOUR_MS = 3_600_000;
const LAST_HOUR = { fromMs: NOW_MS - HOUR_MS, toMs: NOW_MS };
const DAY_BEFORE = { fromMs: NOW_MS - 25 * HOUR_MS, toMs: NOW_MS - HOUR_MS };
const SETTLE_SEC = 900;

const encode = (json: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(json));

function dataQuery(json: unknown, more: Partial<DataQuery> = {}): DataQuery {
  return {
    refId: 'A',
    queryType: '',
    maxDataPoints: 1000,
    intervalMs: 60_000,
    timeRange: DAY_BEFORE,
    json: encode(json),
    ...more,
  };
}

function read(json: unknown, asker: Asker = 'panel', more: Partial<DataQuery> = {}): FlowQuery {
  return readQuery(dataQuery(json, more), {
    asker,
    nowMs: NOW_MS,
    boundLimits: (asked) => boundLimits(asked, { defaults: DEFAULT_QUERY_LIMITS, maxima: DEFAULT_MAX_LIMITS }),
    settleDelaySec: SETTLE_SEC,
  });
}

function failureOf(run: () => unknown): FlowError {
  try {
    run();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(FlowError);
    return thrown as FlowError;
  }
  throw new Error('it did not fail');
}

describe('what is saved and what Grafana adds', () => {
  test('nothing saved is a table of the time range asked for', () => {
    expect(read({}, 'panel', { json: new Uint8Array() })).toMatchObject({ view: 'table', range: DAY_BEFORE });
  });

  test('the time range of the call wins over a saved one, and without it the saved one holds', () => {
    const range = { fromMs: 0, toMs: 60_000 };
    expect(read({ range }).range).toEqual(DAY_BEFORE);
    expect(read({ range }, 'panel', { timeRange: undefined }).range).toEqual(range);
    expect(read({}, 'panel', { timeRange: undefined }).range).toBeUndefined();
  });

  test.each([
    ['an empty range', { fromMs: 5, toMs: 5 }],
    ['one that runs backwards', { fromMs: 9, toMs: 5 }],
    ['that of a client without one, the year 1', { fromMs: -62_135_596_800_000, toMs: -62_135_596_800_000 }],
  ])('%s is a bad query', (_, timeRange) => {
    expect(failureOf(() => read({}, 'panel', { timeRange })).code).toBe('bad-query');
  });

  test("Grafana's own members are nobody's error", () => {
    const own = { refId: 'A', datasource: { type: 'x', uid: 'y' }, datasourceId: 5, intervalMs: 1, maxDataPoints: 7 };
    expect(read({ ...own, hide: false, key: 'k', queryType: '', queryCachingTTL: 9 })).toEqual(read({}));
  });

  test.each(['{]', '', ' ', '"a"', '5', 'null', 'true', '[]', '[{}]', '\u0000'])('no object: %j', (text) => {
    const error =
      text === '' ? undefined : failureOf(() => read({}, 'panel', { json: new TextEncoder().encode(text) }));
    expect(error?.code).toBe(text === '' ? undefined : 'bad-query');
  });
});

describe('a graph', () => {
  test.each([{}, { nodes: null }])('is of groups unless it says otherwise: %j', (more) => {
    expect(read({ view: 'graph', ...more })).toMatchObject({ nodes: 'groups' });
  });
  test('of hosts when asked', () => {
    expect(read({ view: 'graph', nodes: 'hosts' })).toMatchObject({ nodes: 'hosts' });
  });
  test('`nodes` of another view stays an error', () => {
    expect(failureOf(() => read({ view: 'table', nodes: 'groups' })).message).toContain('nodes belongs to graph');
    expect(read({ view: 'table' })).not.toHaveProperty('nodes');
  });
});

describe('events for a rule', () => {
  const bursts = { view: 'events', bucketSec: 600 };
  const minutes = (from: number, to: number) => ({ fromMs: NOW_MS + from * 60_000, toMs: NOW_MS + to * 60_000 });

  test.each(['alert', 'expression'] as const)('%s: are looked for in whole buckets that have settled', (asker) => {
    // The settle delay is 15 minutes: from −78 to −18 there are five of ten minutes.
    expect(read(bursts, asker, { timeRange: minutes(-63, -3) }).range).toEqual(minutes(-70, -20));
    expect(read({ ...bursts, settleSec: 0 }, asker, { timeRange: minutes(-63, -3) }).range).toEqual(minutes(-60, -10));
    expect(read(bursts, asker, { timeRange: minutes(-80, -20) }).range).toEqual(minutes(-80, -20));
  });

  test('have buckets of five minutes unless they name some', () => {
    const asked = { timeRange: LAST_HOUR, maxDataPoints: 5000 };
    for (const bucketSec of [undefined, null, '$__interval']) {
      expect(read({ view: 'events', bucketSec }, 'alert', asked)).toMatchObject({ bucketSec: 300 });
      expect(read({ view: 'events', bucketSec }, 'panel', asked)).toMatchObject({ bucketSec: 60 });
    }
    expect(read({ view: 'events', bucketSec: '2m' }, 'alert', asked)).toMatchObject({ bucketSec: 120 });
    expect(read({ view: 'table' }, 'alert', asked)).not.toHaveProperty('bucketSec');
  });

  test('need a bucket to hold the newest against', () => {
    const error = failureOf(() => read(bursts, 'alert', { timeRange: minutes(-59, -35) }));
    expect([error.code, error.message]).toEqual([
      'bad-query',
      'cannot tell events: the time range holds less than two whole buckets of 600 s; ask for a longer range',
    ]);
    expect(read(bursts, 'alert', { timeRange: minutes(-60, -40) }).range).toEqual(minutes(-60, -40));
  });

  test('a panel shows its range as it is', () => {
    expect(read(bursts, 'panel', { timeRange: minutes(-63, -3) }).range).toEqual(minutes(-63, -3));
  });
});

describe('the width of buckets', () => {
  const bucketOf = (bucketSec: unknown, maxDataPoints: number) =>
    (read({ view: 'series', bucketSec }, 'panel', { maxDataPoints }) as { bucketSec: number }).bucketSec;

  test.each(['$__interval', '${__interval}', '$__interval_ms', '${__interval_ms}', '$__auto', null, undefined])(
    'follows from range and points for %j',
    (bucketSec) => {
      // 24 hours.
      expect(bucketOf(bucketSec, 1440)).toBe(60);
      expect(bucketOf(bucketSec, 1000)).toBe(300);
      expect(bucketOf(bucketSec, 24)).toBe(3600);
    },
  );
  test('is what was asked otherwise', () => {
    expect(bucketOf('10m', 1440)).toBe(600);
    expect(bucketOf(120, 1440)).toBe(120);
  });
  test.each(['$interval', '$__interval2', '${__interval', 'x$__interval', '$__rate_interval'])(
    'no interval: %s',
    (bucketSec) => {
      expect(failureOf(() => bucketOf(bucketSec, 1000)).code).toBe('bad-query');
    },
  );
  test.each([0, -5, 1, 1e9])('keeps to sensible points, whatever is sent: %d', (maxDataPoints) => {
    const points = 86_400 / bucketOf(undefined, maxDataPoints);
    expect(points).toBeGreaterThanOrEqual(4);
    expect(points).toBeLessThanOrEqual(10_000);
  });
  test('in an alert rule too', () => {
    expect(read({ view: 'series', bucketSec: '$__interval' }, 'alert', { maxDataPoints: 24 })).toMatchObject({
      bucketSec: 3600,
    });
  });
});

describe('variables that only a dashboard knows', () => {
  const WITH_VARIABLE = [
    [{ filter: 'dstport = $port' }, '$port'],
    [{ filter: 'dstaddr = ${host}' }, '${host}'],
    [{ accounts: ['[[account]]'] }, '[[account]]'],
    [{ view: 'series', bucketSec: '$step' }, '$step'],
    [{ filter: { nested: [{ deeply: ['$__from'] }] } }, '$__from'],
  ] as const;

  test.each(WITH_VARIABLE)('are refused by name in a rule: %j', (json, variable) => {
    const error = failureOf(() => read(json, 'alert'));
    expect(error.code).toBe('bad-query');
    expect(error.message).toBe(
      `cannot use the variable ${variable} in an alert rule: rules have no dashboard; write the value itself`,
    );
  });

  test.each(WITH_VARIABLE)(
    'and elsewhere, since as text they would match nothing, or everything: %j',
    (json, variable) => {
      for (const asker of ['panel', 'expression'] as const) {
        expect(failureOf(() => read(json, asker))).toMatchObject({ code: 'bad-query', fields: { found: variable } });
      }
    },
  );

  test('what only says where the query stands is not looked at, nor is text that is escaped', () => {
    const filter = 'instance-tag = "\\u0024host"';
    const query = read({ refId: '$A', datasource: { uid: '${datasource}' }, filter });
    expect(query.filter).toMatchObject({ values: [{ text: '$host' }] });
  });

  test.each(['5$', '$5', '$', '$-', '[5]', '[[', '${}'])('what is none is not taken for one: %s', (name) => {
    expect(read({ sources: [name] }, 'alert').sources).toEqual([name]);
  });

  test('are looked for however deep the query is', () => {
    const deep = (inner: string) =>
      new TextEncoder().encode(`{"filter":${'['.repeat(50_000)}${inner}${']'.repeat(50_000)}}`);
    for (const [asker, inner] of [
      ['alert', '"$host"'],
      ['alert', '1'],
      ['panel', '1'],
    ] as const) {
      expect(failureOf(() => read({}, asker, { json: deep(inner) })).code).toBe('bad-query');
    }
  });
});

describe('the settle delay', () => {
  const settledMs = NOW_MS - SETTLE_SEC * 1000;

  test('moves the range of a rule, so that it is as long as before', () => {
    expect(read({}, 'alert', { timeRange: LAST_HOUR }).range).toEqual({
      fromMs: settledMs - HOUR_MS,
      toMs: settledMs,
    });
    const soon = { fromMs: NOW_MS - 60_000, toMs: NOW_MS + 60_000 };
    expect(read({}, 'alert', { timeRange: soon }).range).toEqual({ fromMs: settledMs - 120_000, toMs: settledMs });
  });

  test("a query's own one wins over the data source's, zero too", () => {
    expect(read({ settleSec: 60 }, 'alert', { timeRange: LAST_HOUR }).range?.toMs).toBe(NOW_MS - 60_000);
    expect(read({ settleSec: 0 }, 'alert', { timeRange: LAST_HOUR }).range).toEqual(LAST_HOUR);
  });

  test('leaves panels and expressions alone unless they ask for it, and then cuts', () => {
    for (const asker of ['panel', 'expression'] as const) {
      expect(read({}, asker, { timeRange: LAST_HOUR }).range).toEqual(LAST_HOUR);
      expect(read({ settleSec: 600 }, asker, { timeRange: LAST_HOUR }).range).toEqual({
        fromMs: LAST_HOUR.fromMs,
        toMs: NOW_MS - 600_000,
      });
    }
  });

  test('that leaves nothing of a panel is said', () => {
    const error = failureOf(() => read({ settleSec: 3600 }, 'panel', { timeRange: LAST_HOUR }));
    expect(error.code).toBe('bad-query');
    expect(error.message).toContain('younger than the settle delay of 3600 s');
  });

  test('a settled range is as it was, for whoever asks', () => {
    for (const asker of ['panel', 'expression', 'alert'] as const) {
      expect(read({ settleSec: 3600 }, asker).range).toEqual(DAY_BEFORE);
    }
  });

  test('always: never beyond the settled time; moved, the length stays; cut, the beginning stays', () => {
    const time = fc.integer({ min: 0, max: 2 * NOW_MS });
    fc.assert(
      fc.property(
        time,
        fc.integer({ min: 1, max: 1e9 }),
        fc.nat(7 * 86_400),
        fc.boolean(),
        (fromMs, length, settleSec, isMoved) => {
          const range = { fromMs, toMs: fromMs + length };
          const limitMs = NOW_MS - settleSec * 1000;
          if (!isMoved && fromMs >= limitMs) {
            expect(failureOf(() => settleRange(range, { settleSec, nowMs: NOW_MS, isMoved })).code).toBe('bad-query');
            return;
          }
          const settled = settleRange(range, { settleSec, nowMs: NOW_MS, isMoved });
          expect(settled.toMs).toBe(Math.min(range.toMs, limitMs));
          expect(settled.fromMs).toBe(isMoved ? settled.toMs - length : fromMs);
        },
      ),
    );
  });
});

describe('limits', () => {
  test('are the defaults of the data source, and never more than it allows', () => {
    expect(read({}).limits).toEqual(DEFAULT_QUERY_LIMITS);
    expect(read({ limits: null }).limits).toEqual(DEFAULT_QUERY_LIMITS);
    expect(read({ limits: { maxObjects: 7, maxBytes: null, onLimit: 'partial' } }).limits).toEqual({
      ...DEFAULT_QUERY_LIMITS,
      maxObjects: 7,
      onLimit: 'partial',
    });
    const greedy = Object.fromEntries(Object.keys(DEFAULT_MAX_LIMITS).map((name) => [name, 1e15]));
    expect(read({ limits: greedy }).limits).toEqual({ ...DEFAULT_MAX_LIMITS, onLimit: 'fail' });
  });

  test("end a rule before Grafana's own deadline", () => {
    expect(read({}, 'alert').limits.maxSec).toBe(25);
    expect(read({ limits: { maxSec: 500 } }, 'alert').limits.maxSec).toBe(25);
    expect(read({ limits: { maxSec: 2 } }, 'alert').limits.maxSec).toBe(2);
    expect(read({}, 'expression').limits.maxSec).toBe(DEFAULT_QUERY_LIMITS.maxSec);
  });

  test.each([
    [5],
    ['all'],
    [true],
    [[]],
    [[5]],
    [{ maxObjects: 0 }],
    [{ maxObjects: -1 }],
    [{ maxObjects: 1.5 }],
    [{ maxObjects: '5' }],
    [{ maxObjects: [5] }],
    [{ maxObjects: {} }],
    [{ maxSec: true }],
    [{ onLimit: 'never' }],
    [{ onLimit: 1 }],
    [{ maxFoo: 1 }],
    [{ maxFoo: {} }],
  ])('that are none are refused: %j', (limits) => {
    for (const asker of ['panel', 'alert'] as const) {
      expect(failureOf(() => read({ limits }, asker)).code).toBe('bad-query');
    }
  });

  const names = [...Object.keys(DEFAULT_QUERY_LIMITS), '__proto__', 'constructor', 'x'];
  const anyLimits = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(
      fc.constantFrom(...names),
      fc.oneof(fc.jsonValue(), fc.double(), fc.maxSafeNat(), fc.constantFrom('fail', 'partial')),
    ),
  );

  test('whatever is written there, is refused or bounded', () => {
    fc.assert(
      fc.property(anyLimits, fc.constantFrom<Asker>('panel', 'alert'), (limits, asker) => {
        let got: Limits;
        try {
          got = read({ limits }, asker, { timeRange: DAY_BEFORE }).limits;
        } catch (thrown) {
          expect(thrown).toMatchObject({ name: 'FlowError', code: 'bad-query' });
          return;
        }
        expect(Object.keys(got).sort()).toEqual(Object.keys(DEFAULT_QUERY_LIMITS).sort());
        for (const [name, max] of Object.entries(DEFAULT_MAX_LIMITS)) {
          expect(got[name as keyof typeof DEFAULT_MAX_LIMITS]).toBeLessThanOrEqual(max);
          expect(got[name as keyof typeof DEFAULT_MAX_LIMITS]).toBeGreaterThan(0);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test('any query is read or refused as a bad one', () => {
  const members = [
    'keys',
    'measures',
    'top',
    'bucketSec',
    'filter',
    'accounts',
    'regions',
    'sources',
    'range',
    'nodes',
    'settleSec',
    'limits',
    'version',
    '__proto__',
    'toString',
  ];
  const anyQuery = fc.oneof(
    fc.jsonValue(),
    fc
      .tuple(fc.constantFrom(...VIEWS), fc.dictionary(fc.constantFrom(...members), fc.jsonValue()))
      .map(([view, more]) => ({ ...more, view })),
  );
  const range = fc.record({ fromMs: fc.maxSafeInteger(), toMs: fc.maxSafeInteger() });
  const askers = fc.constantFrom<Asker>('panel', 'expression', 'alert');
  const points = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 2 ** 53));
  fc.assert(
    fc.property(
      anyQuery,
      fc.option(range, { nil: undefined }),
      points,
      askers,
      (json, timeRange, maxDataPoints, asker) => {
        try {
          expect(VIEWS).toContain(read(json, asker, { timeRange, maxDataPoints }).view);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(FlowError);
          expect(['bad-query', 'over-limit']).toContain((thrown as FlowError).code);
        }
      },
    ),
    { numRuns: 3000 },
  );
});

test('any bytes are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (json) => {
      expect(failureOf(() => read({}, 'panel', { json })).code).toBe('bad-query');
    }),
  );
});

describe('how much one query may show', () => {
  test.each([
    ['table', 10_000],
    ['records', 5000],
    ['series', 1000],
    ['graph', 1000],
    ['events', 1000],
  ])('%s: at most %d', (view, limit) => {
    expect(read({ view, top: limit })).toMatchObject({ top: limit });
    const { code, message } = failureOf(() => read({ view, top: limit + 1 }));
    expect(code).toBe('over-limit');
    expect(message).toContain(`top must be at most ${limit}`);
  });
});
