import fc from 'fast-check';
import { cellText, measureValues, MISSING } from '../../../src/digest/digest';
import { buildAnnotationFrame } from '../../../src/frame/annotation-frame';
import type { EventsQuery } from '../../../src/query/model';
import { buildEvents, buildLastEvents, type FlowEvent } from '../../../src/view/events';
import { makeDigest, type DigestRow } from '../../helpers/make-digest';
import { rowsOf } from '../frame/read-frame';
import { arbitraryRow, KEYS, SUMS } from './arbitrary-digest';

/** Ten buckets of five minutes, from midnight. */
const RANGE = { fromMs: 0, toMs: 3_000_000 };
const query = {
  keys: ['dstaddr', 'port', 'protocol'],
  measures: ['flows'],
  kind: 'bursts',
  bucketSec: 300,
  sigmas: 3,
  atLeast: 10,
  top: 100,
  range: RANGE,
} as const;
type Query = Parameters<typeof buildEvents>[1];

/** Rows of one group: its flows per bucket, none where 0. */
function rowsOver(
  values: readonly number[],
  keys: DigestRow = { dstaddr: '10.0.0.5', port: 22, protocol: 6 },
): DigestRow[] {
  return values.flatMap((flows, index) =>
    flows === 0 ? [] : [{ ...keys, bucket: index * 300, flows, bytes: flows * 1000 }],
  );
}

function eventsOf(rows: readonly DigestRow[], asked: Partial<EventsQuery> = {}) {
  const all = { ...query, ...asked } as Query;
  return buildEvents(makeDigest({ keys: all.keys, buckets: true }, rows), all);
}

/** Minutes from start to end of the events. */
const minutesOf = (events: readonly FlowEvent[]) =>
  events.map(({ startMs, endMs = Number.NaN }) => [startMs / 60_000, endMs / 60_000]);

describe('bursts', () => {
  test('one spike in a quiet group, in words', () => {
    expect(eventsOf(rowsOver([0, 0, 0, 1200, 0, 0, 0, 0, 0, 0]))).toEqual({
      events: [
        {
          id: 'burst/900/dstaddr=10.0.0.5/port=22/protocol=6',
          startMs: 900_000,
          endMs: 1_200_000,
          title: 'burst: dstaddr 10.0.0.5, port 22/tcp',
          text:
            '1.2k flows in 5 min at 1970-01-01T00:15Z; its other buckets have 0 flows on average, ' +
            'with a standard deviation of 0 flows',
          tags: ['burst', '10.0.0.5', '22', 'tcp'],
        },
      ],
      droppedEvents: 0,
      flowsWithoutTime: 0,
    });
  });

  test.each<[what: string, values: readonly number[], minutes: number[][], asked: Partial<EventsQuery>]>([
    ['a steady group', [50, 50, 50, 50, 50, 50, 50, 50, 50, 50], [], {}],
    ['nothing', [], [], {}],
    ['below the least value', [0, 0, 9, 0, 0, 0, 0, 0, 0, 0], [], {}],
    ['at the least value', [0, 0, 10, 0, 0, 0, 0, 0, 0, 0], [[10, 15]], {}],
    // The others: mean 10, deviation 0; then mean 10, deviation 2 (8 and 12).
    ['just above a constant', [10, 10, 10, 11, 10, 10, 10, 10, 10, 10], [[15, 20]], {}],
    ['at mean + 3 deviations', [8, 12, 8, 12, 16, 8, 12, 8, 12], [], { range: { fromMs: 0, toMs: 2_700_000 } }],
    ['above it', [8, 12, 8, 12, 17, 8, 12, 8, 12], [[20, 25]], { range: { fromMs: 0, toMs: 2_700_000 } }],
    [
      'fewer deviations',
      [8, 12, 8, 12, 16, 8, 12, 8, 12],
      [[20, 25]],
      { sigmas: 2, range: { fromMs: 0, toMs: 2_700_000 } },
    ],
    [
      'two apart',
      [0, 90, 0, 0, 0, 0, 0, 99, 0, 0],
      [
        [5, 10],
        [35, 40],
      ],
      { sigmas: 2 },
    ],
    ['neighbours are one', [0, 0, 0, 90, 99, 0, 0, 0, 0, 0], [[15, 25]], { sigmas: 2 }],
    ['what takes half of the range is usual', [90, 90, 90, 90, 90, 0, 0, 0, 0, 0], [], {}],
    ['the last bucket', [0, 0, 0, 0, 0, 0, 0, 0, 0, 70], [[45, 50]], {}],
    ['an axis of one bucket', [500], [], { range: { fromMs: 0, toMs: 300_000 } }],
  ])('%s', (_, values, minutes, asked) => {
    expect(minutesOf(eventsOf(rowsOver(values), asked).events)).toEqual(minutes);
  });

  test('one very large bucket does not hide the digits of the others', () => {
    // A sum of squares that held 10¹⁵ squared would lose them, and with them the second spike.
    const values = [1e15, 10, 12, 10, 12, 10, 12, 10, 12, 10];
    const text = eventsOf(rowsOver(values)).events[0]!.text;
    expect(text).toContain('its other buckets have 10.9 flows on average, with a standard deviation of 0.994 flows');
  });

  test('neighbours: the peak and the sum of all', () => {
    const { events } = eventsOf(rowsOver([0, 0, 0, 90, 99, 80, ...new Array<number>(40).fill(0)]), {
      range: { fromMs: 0, toMs: 46 * 300_000 },
      measures: ['bytes'],
    });
    expect(events.map(({ text }) => text)).toEqual([
      '99 kB in 5 min at 1970-01-01T00:20Z; its other buckets have 3.78 kB on average, with a standard deviation of ' +
        '17.5 kB; 269 kB in 3 buckets in a row',
    ]);
  });

  test('groups are held against themselves', () => {
    const large = rowsOver([5000, 5000, 5000, 5000, 5000, 5000, 5000, 5000, 5000, 5000]);
    const small = rowsOver([0, 0, 40, 0, 0, 0, 0, 0, 0, 0], { dstaddr: '10.0.0.6', port: 0, protocol: 1 });
    const { events } = eventsOf([...large, ...small]);
    expect(events.map(({ title, tags }) => [title, tags])).toEqual([
      ['burst: dstaddr 10.0.0.6, protocol icmp', ['burst', '10.0.0.6', '0', 'icmp']],
    ]);
  });

  test('keys and buckets of the digest may be finer', () => {
    const digest = makeDigest({ keys: ['srcaddr', 'dstaddr'], buckets: true }, [
      { srcaddr: '10.0.0.1', dstaddr: '10.0.0.9', bucket: 600, flows: 6 },
      { srcaddr: '10.0.0.2', dstaddr: '10.0.0.9', bucket: 660, flows: 6 },
    ]);
    const { events } = buildEvents(digest, { ...query, keys: ['dstaddr'] });
    expect(events.map(({ title, text }) => [title, text.split(' at ')[0]])).toEqual([
      ['burst: dstaddr 10.0.0.9', '12 flows in 5 min'],
    ]);
  });
});

describe('new groups', () => {
  const asked = { kind: 'new' } as const;

  test('in words', () => {
    expect(eventsOf(rowsOver([0, 0, 0, 3, 0, 20, 7, 0, 0, 0]), { ...asked, measures: ['bytes'] }).events).toEqual([
      {
        id: 'new/900/dstaddr=10.0.0.5/port=22/protocol=6',
        startMs: 900_000,
        title: 'new: dstaddr 10.0.0.5, port 22/tcp',
        text: 'first seen at 1970-01-01T00:15Z; 30 kB since then, at most 20 kB in 5 min at 1970-01-01T00:25Z',
        tags: ['new', '10.0.0.5', '22', 'tcp'],
      },
    ]);
  });

  test.each<[what: string, values: readonly number[], buckets: number, startSec: number[]]>([
    ['in the first bucket of ten', [50], 10, []],
    ['in the second', [0, 50], 10, [300]],
    ['later', [0, 0, 0, 50, 0, 99], 10, [900]],
    ['in the first tenth of thirty', [0, 0, 50], 30, []],
    ['right after it', [0, 0, 0, 50], 30, [900]],
    ['right after that of seventy', [0, 0, 0, 0, 0, 0, 0, 50], 70, [2100]],
    ['in the second of two', [0, 50], 2, [300]],
    ['never large enough', [0, 0, 9, 9, 9], 10, []],
    ['large enough later', [0, 0, 9, 10], 10, [600]],
  ])('%s', (_, values, buckets, startSec) => {
    const { events } = eventsOf(rowsOver(values), { ...asked, range: { fromMs: 0, toMs: buckets * 300_000 } });
    expect(events.map(({ startMs }) => startMs / 1000)).toEqual(startSec);
  });

  test('the largest are those with the largest sums', () => {
    const rows = [
      ...rowsOver([0, 40, 0, 0, 0], { dstaddr: '10.0.0.1' }),
      ...rowsOver([0, 20, 20, 20, 20], { dstaddr: '10.0.0.2' }),
    ];
    const { events, droppedEvents } = eventsOf(rows, { ...asked, top: 1 });
    expect([events.map(({ tags }) => tags), droppedEvents]).toEqual([[['new', '10.0.0.2']], 1]);
  });
});

test('the largest by peak, in the order of time, and how many were dropped', () => {
  const peaks = [30, 90, 50, 70];
  const rows = peaks.flatMap((peak, index) =>
    rowsOver([...new Array<number>(9 - index).fill(0), peak], { dstaddr: `10.0.0.${index}` }),
  );
  const { events, droppedEvents } = eventsOf(rows, { top: 2 });
  expect(events.map(({ tags, startMs }) => [tags[1], startMs / 300_000])).toEqual([
    ['10.0.0.3', 6],
    ['10.0.0.1', 8],
  ]);
  expect(droppedEvents).toBe(2);
});

test('very many events are cut to the largest all the same', () => {
  // 7 × 857, 7 × 1714 and 7 × 2571 leave 2999, 2998 and 2997 when divided by 3000.
  const rows = Array.from({ length: 3000 }, (_, index): DigestRow => {
    return { dstaddr: `10.0.${index >> 8}.${index & 255}`, bucket: 600, flows: 10 + ((index * 7) % 3000) };
  });
  const { events, droppedEvents } = eventsOf(rows, { top: 3 });
  expect(events.map(({ text }) => text.split(' ')[0])).toEqual(['3.01k', '3.01k', '3.01k']);
  expect(events.map(({ tags }) => tags[1])).toEqual(['10.0.3.89', '10.0.6.178', '10.0.10.11']);
  expect(droppedEvents).toBe(2997);
});

test('records without a time are counted apart', () => {
  const rows = [...rowsOver([0, 0, 50]), { dstaddr: '10.0.0.5', port: 22, protocol: 6, flows: 7 }];
  const set = eventsOf(rows);
  expect([set.events.length, set.flowsWithoutTime]).toEqual([1, 7]);
});

test('a total, missing keys and a comma', () => {
  expect(eventsOf(rowsOver([0, 0, 50], {}), { keys: [] }).events).toMatchObject([
    { id: 'burst/600', title: 'burst: all flows', tags: ['burst'] },
  ]);
  const keys = ['instance-tag', 'dstport', 'protocol'];
  const rows = [
    ...rowsOver([0, 0, 50], { 'instance-tag': 'a,b/c', dstport: '-', protocol: '-' }),
    ...rowsOver([0, 0, 60], { dstport: 443, protocol: 200 }),
  ];
  expect(eventsOf(rows, { keys }).events.map(({ id, title, tags }) => [id, title, tags])).toEqual([
    [
      'burst/600/instance-tag=a%2Cb%2Fc/dstport/protocol',
      'burst: instance-tag a,b/c, dstport -, protocol -',
      ['burst', 'a;b/c'],
    ],
    [
      'burst/600/instance-tag/dstport=443/protocol=200',
      'burst: instance-tag -, dstport 443/200',
      ['burst', '443', '200'],
    ],
  ]);
});

test('what cannot be built says so', () => {
  expect(() => buildEvents(makeDigest({ keys: [] }, []), { ...query, keys: [] })).toThrow(/no time buckets/);
  expect(() => eventsOf([], { keys: [] }).events).not.toThrow();
  const digest = makeDigest({ keys: ['action'], buckets: true }, []);
  expect(() => buildEvents(digest, query)).toThrow(expect.objectContaining({ code: 'bad-query' }));
});

describe('in the last bucket, for a rule', () => {
  function lastOf(rows: readonly DigestRow[], asked: Partial<EventsQuery> = {}) {
    const all = { ...query, ...asked } as Query;
    const { columns, rowCount } = buildLastEvents(makeDigest({ keys: all.keys, buckets: true }, rows), all);
    return Array.from({ length: rowCount }, (_, row) => columns.map(({ values }) => values[row]));
  }
  const quiet = [0, 0, 0, 0, 0, 0, 0, 0, 0];

  test('each group that bursts there, with its keys and the measure there, largest first', () => {
    const rows = [
      ...rowsOver([...quiet, 40], { dstaddr: '10.0.0.1', port: 22, protocol: 6 }),
      ...rowsOver([...quiet, 60], { dstaddr: '10.0.0.2', protocol: 1 }),
      // A burst that has begun before.
      ...rowsOver([0, 0, 0, 0, 0, 0, 0, 0, 0, ...quiet, 30, 50], { dstaddr: '10.0.0.3', port: 22 }),
    ];
    const range = { fromMs: 0, toMs: 20 * 300_000 };
    const moved = rows.map((row) => (row.dstaddr === '10.0.0.3' ? row : { ...row, bucket: Number(row.bucket) + 3000 }));
    expect(lastOf(moved, { range, sigmas: 2 })).toEqual([
      ['10.0.0.2', null, 1, 60],
      ['10.0.0.3', 22, null, 50],
      ['10.0.0.1', 22, 6, 40],
    ]);
    expect(lastOf(moved, { range, sigmas: 2, top: 1 })).toEqual([['10.0.0.2', null, 1, 60]]);
    expect(lastOf(moved, { range, sigmas: 2, top: 1, measures: ['bytes'] })).toEqual([['10.0.0.2', null, 1, 60_000]]);
  });

  test.each<[what: string, values: readonly number[], asked: Partial<EventsQuery>]>([
    ['a burst one bucket earlier', [0, 0, 0, 0, 0, 0, 0, 0, 90, 0], {}],
    ['a burst after which it goes on as usual', [20, 20, 20, 20, 90, 20, 20, 20, 20, 20], {}],
    ['new in the bucket before', [0, 0, 0, 0, 0, 0, 0, 0, 50, 50], { kind: 'new' }],
  ])('%s is 0 now', (_, values, asked) => {
    expect(lastOf(rowsOver(values), asked)).toEqual([['10.0.0.5', 22, 6, 0]]);
  });

  test.each<[what: string, values: readonly number[], asked: Partial<EventsQuery>]>([
    ['as usual', [50, 50, 50, 50, 50, 50, 50, 50, 50, 50], {}],
    ['below the least value', [...quiet, 9], {}],
    ['there from the start', [50, 50, 50, 50, 50, 50, 50, 50, 50, 50], { kind: 'new' }],
    ['nothing at all', [], {}],
  ])('not what was %s', (_, values, asked) => {
    expect(lastOf(rowsOver(values), asked)).toEqual([]);
  });

  test('a spike counts however few buckets there are, since it is not held against itself', () => {
    // With itself among three values, none can be two deviations above the mean.
    expect(lastOf(rowsOver([0, 0, 50]), { range: { fromMs: 0, toMs: 900_000 }, sigmas: 20 })).toHaveLength(1);
  });

  test('groups that are new there', () => {
    const rows = [...rowsOver([...quiet, 50]), ...rowsOver([9, ...quiet.slice(1), 50], { dstaddr: '10.0.0.6' })];
    expect(lastOf(rows, { kind: 'new' })).toEqual([['10.0.0.5', 22, 6, 50]]);
  });
});

test('events are annotations', () => {
  const { events } = eventsOf(rowsOver([0, 0, 50]));
  expect(rowsOf(buildAnnotationFrame(events), 'time', 'timeEnd', 'title', 'tags', 'id')).toEqual([
    {
      time: 600_000,
      timeEnd: 900_000,
      title: 'burst: dstaddr 10.0.0.5, port 22/tcp',
      tags: 'burst,10.0.0.5,22,tcp',
      id: 'burst/600/dstaddr=10.0.0.5/port=22/protocol=6',
    },
  ]);
});

describe('of any digest', () => {
  const arbitraryQuery = fc.record({
    keys: fc.subarray(KEYS, { maxLength: 3 }),
    measures: fc.constantFrom<readonly ['flows']>(['flows'], ['bytes'] as never),
    kind: fc.constantFrom('bursts' as const, 'new' as const),
    bucketSec: fc.constantFrom(60, 300),
    sigmas: fc.constantFrom(0, 0.5, 1, 3),
    atLeast: fc.constantFrom(0, 1, 1000),
    top: fc.constantFrom(1, 3, 1000),
    range: fc.constantFrom(undefined, { fromMs: 0, toMs: 1_800_000 }),
  }) as fc.Arbitrary<Query>;
  const rowList = fc.array(arbitraryRow, { maxLength: 40 });
  const digestOf = (rows: readonly DigestRow[]) => makeDigest({ keys: KEYS, sums: SUMS, buckets: true }, rows);

  test('fewer events are the larger ones of more; they come in one order, each once', () => {
    fc.assert(
      fc.property(rowList, arbitraryQuery, (rows, asked) => {
        const digest = digestOf(rows);
        const all = buildEvents(digest, { ...asked, top: 100_000 });
        const some = buildEvents(digest, asked);
        expect(all.droppedEvents).toBe(0);
        expect(some.events.length).toBe(Math.min(asked.top, all.events.length));
        expect(some.droppedEvents).toBe(all.events.length - some.events.length);
        const ids = all.events.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        const shown = new Set(some.events.map(({ id }) => id));
        expect(some.events).toEqual(all.events.filter(({ id }) => shown.has(id)));
        expect(all.events.map(({ startMs }) => startMs)).toEqual(
          all.events.map(({ startMs }) => startMs).sort((a, b) => a - b),
        );
      }),
    );
  });

  test('what is not 0 in the last bucket is what a panel marks there', () => {
    fc.assert(
      fc.property(rowList, arbitraryQuery, (rows, asked) => {
        const digest = digestOf(rows);
        const all = { ...asked, top: 100_000, range: { fromMs: 0, toMs: 1_800_000 } };
        const isLast = ({ startMs, endMs = startMs + all.bucketSec * 1000 }: FlowEvent) => endMs === all.range.toMs;
        const marks = buildEvents(digest, all).events.filter(isLast);
        const { columns, rowCount } = buildLastEvents(digest, all);
        const texts = Array.from({ length: rowCount }, (_, row) => ({
          keys: columns
            .slice(0, -1)
            .map(({ values }) => String(values[row] ?? '-'))
            .join(),
          value: Number(columns.at(-1)!.values[row]),
        }));
        const textOf = ({ id }: FlowEvent) =>
          id
            .split('/')
            .slice(2)
            .map((key) => (key.includes('=') ? decodeURIComponent(key.split('=')[1]!) : '-'))
            .join();
        const withEvents = new Set(buildEvents(digest, all).events.map(textOf));
        expect(new Set(texts.map(({ keys }) => keys))).toEqual(withEvents);
        const happening = texts.filter(({ value }) => value > 0).map(({ keys }) => keys);
        expect(happening.sort()).toEqual(marks.map(textOf).sort());
      }),
    );
  });

  test('a group has the same events alone as among others, whatever the order of rows', () => {
    fc.assert(
      fc.property(rowList, arbitraryQuery, (rows, asked) => {
        const query = { ...asked, top: 100_000, range: { fromMs: 0, toMs: 1_800_000 } };
        const { events } = buildEvents(digestOf(rows), query);
        expect(buildEvents(digestOf([...rows].reverse()), query).events).toEqual(events);
        const groups = new Map<string, DigestRow[]>();
        for (const row of rows) {
          const id = JSON.stringify(query.keys.map((key) => row[key] ?? '-'));
          groups.set(id, [...(groups.get(id) ?? []), row]);
        }
        const alone = [...groups.values()].flatMap((group) => buildEvents(digestOf(group), query).events);
        const byId = (a: FlowEvent, b: FlowEvent) => (a.id < b.id ? -1 : 1);
        expect(alone.sort(byId)).toEqual([...events].sort(byId));
      }),
    );
  });

  test('bursts are the buckets that the rule says, the plain way', () => {
    fc.assert(
      fc.property(rowList, arbitraryQuery, (rows, asked) => {
        const { keys, bucketSec, sigmas, atLeast, measures } = asked;
        const digest = digestOf(rows);
        const bucketCount = 1800 / bucketSec;
        const groups = new Map<string, number[]>();
        for (let row = 0; row < digest.rowCount; row++) {
          const startSec = digest.bucketStartSec![row]!;
          if (startSec !== MISSING) {
            const columns = keys.map((key) => digest.keys.find(({ name }) => name === key)!);
            const id = JSON.stringify(columns.map((column) => cellText(column, row)));
            const values = groups.get(id) ?? new Array<number>(bucketCount).fill(0);
            values[Math.floor(startSec / bucketSec)]! += measureValues(digest, measures[0])[row]!;
            groups.set(id, values);
          }
        }
        const expected: number[] = [];
        // Thresholds that rounding decides are left out of the comparison.
        let isClose = false;
        for (const values of groups.values()) {
          values.forEach((value, index) => {
            const others = values.filter((_, other) => other !== index);
            const mean = others.reduce((sum, other) => sum + other, 0) / others.length;
            const variance = others.reduce((sum, other) => sum + (other - mean) ** 2, 0) / others.length;
            const threshold = mean + sigmas * Math.sqrt(variance);
            isClose ||= value > 0 && Math.abs(value - threshold) < 1e-6;
            if (value > threshold && value >= atLeast) {
              expected.push(index);
            }
          });
        }
        fc.pre(!isClose);
        const range = { fromMs: 0, toMs: 1_800_000 };
        const { events } = buildEvents(digest, { ...asked, kind: 'bursts', top: 100_000, range });
        const found = events.flatMap(({ startMs, endMs }) => {
          const first = startMs / 1000 / bucketSec;
          return Array.from({ length: endMs! / 1000 / bucketSec - first }, (_, index) => first + index);
        });
        const ascending = (a: number, b: number) => a - b;
        expect(found.sort(ascending)).toEqual(expected.sort(ascending));
      }),
    );
  });
});
