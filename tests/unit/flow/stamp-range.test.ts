import fc from 'fast-check';

import { formatObjectKey, type FlowLogKey } from '../../../src/flow/object-key';
import { canMatter, leapFrom, type StampRange } from '../../../src/flow/stamp-range';

const at = (time: string): number => Date.parse(`2026-01-15T${time}Z`) / 1000;
const key = (flowLogId: string, stampSec: number, more: Partial<FlowLogKey> = {}): string =>
  formatObjectKey({
    prefix: 'logs/',
    accountId: '123456789012',
    region: 'eu-west-1',
    flowLogId,
    stampSec,
    hash: '0badcafe',
    format: 'text',
    extension: '.log.gz',
    layout: { hive: false, hourly: false },
    ...more,
  });
const TEN: StampRange = { fromSec: at('10:00'), toSec: at('10:59:59') };

describe('a leap', () => {
  test('goes from before the range to its start, and from behind it to the next flow log', () => {
    const before = leapFrom(key('fl-aa', at('03:00')), TEN)!;
    expect(before > key('fl-aa', at('09:55'), { hash: 'ffffffffffff' })).toBe(true);
    expect(before < key('fl-aa', at('10:00'), { hash: '0' })).toBe(true);
    const behind = leapFrom(key('fl-aa', at('11:00')), TEN)!;
    expect(behind > key('fl-aa', at('23:55'), { hash: 'ffffffffffff' })).toBe(true);
    expect(behind < key('fl-ab', at('00:00'))).toBe(true);
  });

  test.each([
    ['inside', key('fl-aa', at('10:00'))],
    ['at its end', key('fl-aa', at('10:55'))],
    ['that is no flow log', 'logs/AWSLogs/123456789012/vpcflowlogs/eu-west-1/2026/01/15/notes.txt'],
    ['of a day divided by hour', key('fl-aa', at('03:00'), { layout: { hive: false, hourly: true } })],
  ])('is not made from a key %s', (_name, from) => {
    expect(leapFrom(from, TEN)).toBeUndefined();
  });

  test('ends with the flow log’s day if the range begins on a later one', () => {
    const range = { fromSec: at('10:00') + 86_400, toSec: at('11:00') + 86_400 };
    const leap = leapFrom(key('fl-aa', at('03:00')), range)!;
    expect(leap > key('fl-aa', at('23:55'))).toBe(true);
    expect(leap < key('fl-ab', at('00:00'))).toBe(true);
  });

  test('never passes a key that can matter', () => {
    const minutes = fc.integer({ min: 0, max: 3 * 1440 - 1 }).map((minute) => at('00:00') + minute * 60);
    const keys = fc
      .record({
        id: fc.constantFrom('fl-0', 'fl-0a', 'fl-9', 'fl-f'),
        stampSec: minutes,
        hash: fc.constantFrom('0', '5e', 'ff'),
        hive: fc.constantFrom<FlowLogKey['layout']['hive']>(false, 'aws-service'),
        hourly: fc.boolean(),
      })
      .map(({ id, stampSec, hash, hive, hourly }) => key(id, stampSec, { hash, layout: { hive, hourly } }));
    fc.assert(
      fc.property(fc.array(keys, { minLength: 1, maxLength: 40 }), minutes, minutes, (all, a, b) => {
        const range = { fromSec: Math.min(a, b) + 17, toSec: Math.max(a, b) };
        for (const from of all) {
          const leap = leapFrom(from, range);
          if (leap !== undefined) {
            expect(leap > from).toBe(true);
            const passed = all.filter((other) => other > from && other <= leap);
            expect(passed.filter((other) => canMatter(other, range))).toEqual([]);
          }
        }
      }),
    );
  });
});

test('keys that are no flow log’s can always matter', () => {
  expect([key('fl-aa', at('10:30')), 'AWSLogs/notes.txt', ''].map((text) => canMatter(text, TEN))).toEqual([
    true,
    true,
    true,
  ]);
  expect([key('fl-aa', at('09:55')), key('fl-aa', at('11:00'))].map((text) => canMatter(text, TEN))).toEqual([
    false,
    false,
  ]);
});
