/** A few rows among many: the same as a merge, whatever the keys, and the many stay as they were. */
import fc from 'fast-check';
import { addFew } from '../../../src/digest/add-few';
import type { Digest } from '../../../src/digest/digest';
import { createDigester } from '../../../src/digest/digester';
import { mergeDigests } from '../../../src/digest/merge';
import { compilePlan, type Plan } from '../../../src/digest/plan';
import type { ReferenceObject } from '../../helpers/reference-digester';
import { arbitraryDigestQuery, arbitraryObject } from './arbitrary-log';
import { asDigest, bytesOf, digestOf, planOf, rowsOf } from './digest-text';

/** Not settled: rows that tell copies are rows like others. */
function digestObjects(plan: Plan, objects: readonly ReferenceObject[]): Digest {
  const digester = createDigester(plan);
  for (const { text, ...facts } of objects) {
    digester.begin(facts);
    digester.addBlock(bytesOf(text));
    digester.end({ storedBytes: text.length, textBytes: text.length });
  }
  return asDigest(digester.finish({ settled: false }));
}

const objects = (maxLength: number) => fc.array(arbitraryObject, { maxLength });

test('is the merge of both', () => {
  let rows = 0;
  fc.assert(
    fc.property(arbitraryDigestQuery, objects(4), objects(2), fc.boolean(), (query, some, others, isContained) => {
      const plan = compilePlan(query);
      // What is in both is no new row.
      const many = digestObjects(plan, isContained ? [...some, ...others] : some);
      const few = digestObjects(plan, others);
      const before = rowsOf(many);
      const merged = mergeDigests([many, few], { engine: 'scanner' });
      // What is known of interfaces is added up elsewhere.
      expect({ ...addFew(many, few), ends: undefined }).toEqual({ ...merged, ends: undefined });
      expect(rowsOf(many)).toEqual(before);
      rows += few.rowCount;
    }),
    { numRuns: 300 },
  );
  expect(rows).toBeGreaterThan(100);
});

test('finds rows that are far apart, before all others and behind them', () => {
  const plan = planOf({ keys: ['srcaddr', 'interface-id'] });
  const line = (n: number, eni: string): string =>
    `2 123456789010 ${eni} 10.0.${n >> 8}.${n & 255} 10.9.9.9 1000 443 6 1 ${n} 1418530010 1418530070 ACCEPT OK\n`;
  const text = (numbers: readonly number[], eni = 'eni-5'): string => numbers.map((n) => line(n, eni)).join('');
  const even = Array.from({ length: 20_000 }, (_, i) => 2 * i + 100);
  const many = digestOf(plan, text(even));
  for (const [numbers, eni] of [
    [[1, 101, 102, 7000, 39_999, 40_098, 40_099, 50_000], 'eni-5'],
    [[1, 40_100], 'eni-4'],
    [[100, 40_098], 'eni-6'],
    [[100, 102, 104], 'eni-5'],
    [[], 'eni-5'],
  ] as const) {
    const few = digestOf(plan, text(numbers, eni));
    expect(addFew(many, few)).toEqual(mergeDigests([many, few], { engine: 'scanner' }));
    expect(addFew(few, many)).toEqual(mergeDigests([many, few], { engine: 'scanner' }));
  }
});

test('finds what is missing, the least and the greatest in every kind of key', () => {
  const plan = planOf({ keys: ['srcaddr', 'srcport', 'vpc-id', 'end'] });
  const addresses = ['-', '0.0.0.0', '255.255.255.255', '::', '2001:db8::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'];
  const rows = addresses.flatMap((address) =>
    ['-', '0', '65535'].flatMap((port) =>
      ['-', 'vpc-1', 'vpc-9'].flatMap((vpc) =>
        ['-', '0', '1', '4294967296'].map((end) => `${address} ${port} ${vpc} ${end} 1 7\n`),
      ),
    ),
  );
  const header = 'srcaddr srcport vpc-id end start bytes\n';
  const some = (keep: (i: number) => boolean): Digest =>
    digestOf(plan, header + rows.filter((_, i) => keep(i)).join(''));
  for (const few of [some((i) => i % 5 === 0), some((i) => i % 2 === 1), some(() => true), some(() => false)]) {
    for (const many of [some((i) => i % 3 > 0), some(() => true), some(() => false)]) {
      expect(addFew(many, few)).toEqual(mergeDigests([many, few], { engine: 'scanner' }));
    }
  }
  expect(some(() => true).rowCount).toBe(rows.length);
});
