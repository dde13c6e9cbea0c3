import fc from 'fast-check';
import { createDigester } from '../../../src/digest/digester';
import { sortRows, compareRows } from '../../../src/digest/order-rows';
import { FlowError } from '../../../src/errors';
import { asDigest, bytesOf, digestOf, planOf, rowsOf } from './digest-text';

describe('createRowTable', () => {
  it('grows beyond any number of rows it may have begun with', () => {
    const count = 120_000;
    // 7919 is prime to the count: every row once, in no order; twice over, so that each is found again after growing.
    const line = (i: number) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255} ${i % 1000} ${i}\n`;
    const lines = Array.from({ length: 2 * count }, (_, i) => line((i * 7919) % count));
    const digest = digestOf(planOf({ keys: ['srcaddr', 'srcport'] }), `srcaddr srcport bytes\n${lines.join('')}`);
    expect(digest.rowCount).toBe(count);
    const rows = rowsOf(digest);
    for (let i = 0; i < count; i++) {
      const [address, port, flows, , bytes] = rows[i]!;
      if (`${address} ${port} ${Number(bytes) / 2}\n` !== line(i) || flows !== 2) {
        throw new Error(`row ${i}: ${rows[i]}`);
      }
    }
  });

  it('tells rows apart that differ in one key only', () => {
    const values = [0, 1, 2 ** 8, 2 ** 16, 2 ** 24, 2 ** 30, 2 ** 31 - 1, '-'];
    const lines = values.flatMap((a) => values.flatMap((b) => values.map((c) => `${a} ${b} ${c} 1\n`)));
    const text = `version tcp-flags traffic-path bytes\n${[...lines, ...lines.toReversed()].join('')}`;
    const rows = rowsOf(digestOf(planOf({ keys: ['version', 'tcp-flags', 'traffic-path'] }), text));
    expect(rows).toHaveLength(512);
    expect(rows.every(([, , , flows]) => flows === 2)).toBe(true);
  });

  it('tells an IPv6 address from the IPv4 address of the same word', () => {
    // The first IPv6 address has number 0, as 0.0.0.0 has; 255.255.255.255 is the word that stands for missing.
    const text =
      'srcaddr dstaddr bytes\n::1 0.0.0.0 1\n0.0.0.0 ::1 2\n::1 ::1 4\n0.0.0.0 0.0.0.0 8\n- 255.255.255.255 16\n255.255.255.255 - 32\n- - 64\n';
    expect(
      rowsOf(digestOf(planOf({ keys: ['srcaddr', 'dstaddr'] }), text)).map((row) => [row[0], row[1], row[4]]),
    ).toEqual([
      [null, null, 64],
      [null, '255.255.255.255', 16],
      ['0.0.0.0', '0.0.0.0', 8],
      ['0.0.0.0', '::1', 2],
      ['255.255.255.255', null, 32],
      ['::1', '0.0.0.0', 1],
      ['::1', '::1', 4],
    ]);
  });

  it('sorts by bucket first, then by the keys from left to right', () => {
    const text = 'start srcport action\n120 1 b\n60 2 a\n60 1 b\n60 1 a\n- 0 a\n0 9 z\n119 - -\n';
    const digest = digestOf(planOf({ keys: ['srcport', 'action'], bucketSec: 60 }), text);
    const rows = rowsOf(digest).map(([port, action], row) => [digest.bucketStartSec![row], port, action]);
    expect(rows).toEqual([
      [0, 9, 'z'],
      [60, 1, 'a'],
      [60, 1, 'b'],
      [60, 2, 'a'],
      [60, null, null],
      [120, 1, 'b'],
      [0xffffffff, 0, 'a'],
    ]);
  });

  it('stops soon after the limit of keys, and has counted what it says', () => {
    const plan = planOf({ keys: ['srcport'], limits: { maxKeys: 1000 } });
    const digester = createDigester(plan);
    digester.begin({});
    const lines = Array.from({ length: 60_000 }, (_, i) => `${i} 5\n`).join('');
    let error: unknown;
    try {
      digester.addBlock(bytesOf(`srcport bytes\n${lines}`));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(FlowError);
    expect(error).toMatchObject({ code: 'over-limit', fields: { limit: 'maxKeys', value: 1000 } });
    const { flows, tallies, rowCount, sums } = asDigest(digester.finish());
    expect(rowCount).toBeGreaterThan(1000);
    expect(rowCount).toBeLessThan(2000);
    const total = flows.reduce((sum, count) => sum + count, 0);
    expect(tallies.flows).toBe(total);
    expect(sums[1]!.values.reduce((sum, bytes) => sum + bytes, 0)).toBe(total * 5);
    expect(tallies.lines).toBe(total + 1);
  });

  it('accepts exactly the limit of keys', () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `${i % 1000} 5\n`).join('');
    const plan = planOf({ keys: ['srcport'], limits: { maxKeys: 1000 } });
    expect(digestOf(plan, `srcport bytes\n${lines}`).rowCount).toBe(1000);
  });
});

describe('sortRows', () => {
  it('orders as compareRows does', () => {
    const word = fc.oneof(
      fc.nat(3),
      fc.integer({ min: 0, max: 0xffffffff }),
      fc.constantFrom(0x7ff, 0x800, 0x80000000, 0xffffffff),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4 }), fc.array(word, { maxLength: 200 }), (width, list) => {
        const rowCount = width === 0 ? 1 : Math.floor(list.length / width);
        const rows = { width, rowCount, words: Uint32Array.from(list.slice(0, rowCount * width)) };
        const expected = Array.from({ length: rowCount }, (_, row) => row).sort((i, j) =>
          compareRows(rows, i, rows, j),
        );
        expect([...sortRows(rows)]).toEqual(expected);
      }),
    );
  });
});
