/** Views of digests of which all but the largest groups were folded: cell for cell those of all groups. */
import fc from 'fast-check';
import type { Digest } from '../../../src/digest/digest';
import { countDistinct, distinctName } from '../../../src/digest/count-distinct';
import { foldGroups, joinFold, mergeFolds, type GroupFold } from '../../../src/digest/fold-groups';
import { mergeDigests } from '../../../src/digest/merge';
import { partitionRows } from '../../../src/digest/partition-rows';
import { takeRows } from '../../../src/digest/take-rows';
import type { Measure } from '../../../src/query/model';
import { buildSeries } from '../../../src/view/series';
import { buildTable } from '../../../src/view/table';
import { digestBounds, digestTotals } from '../../../src/view/totals';
import { arbitraryDigest, KEYS } from './arbitrary-digest';

/** What comes of folding parts that have no group in common, one by one and then together. */
function foldInParts(digest: Digest, fold: GroupFold, count: number): Digest {
  const folds = partitionRows(digest, fold.keys, count).map((rows) => foldGroups(takeRows(digest, rows), fold));
  return joinFold(mergeFolds([mergeFolds(folds.slice(0, 2), fold), ...folds.slice(2)], fold));
}

const keyLists = fc.subarray(KEYS, { minLength: 1, maxLength: 3 });
const ranks = fc.constantFrom<Measure>('bytes', 'flows', 'packets-lost-no-route');
const tops = fc.record({ top: fc.integer({ min: 1, max: 6 }), more: fc.nat(3) });
const partCounts = fc.integer({ min: 2, max: 5 });

function expectConserved(folded: Digest, digest: Digest): void {
  const measures = ['bytes', 'packets', 'flows'] as const;
  expect(digestTotals(folded, measures)).toEqual(digestTotals(digest, measures));
  expect(digestBounds(folded)).toEqual(digestBounds(digest));
}

test('tables', () => {
  let foldedCount = 0;
  fc.assert(
    fc.property(
      arbitraryDigest(false),
      keyLists,
      ranks,
      tops,
      partCounts,
      (digest, keys, rank, { top, more }, count) => {
        const query = { keys, measures: [rank, 'packets'] as [Measure, Measure], top };
        const folded = foldInParts(digest, { keys, rank, top: top + more }, count);
        expect(buildTable(folded, query)).toEqual(buildTable(digest, query));
        expectConserved(folded, digest);
        foldedCount += folded.folded ? 1 : 0;
      },
    ),
  );
  expect(foldedCount).toBeGreaterThan(10);
});

test('tables of distinct values, which are counted before', () => {
  let foldedCount = 0;
  fc.assert(
    fc.property(arbitraryDigest(false), keyLists, tops, partCounts, (digest, keys, { top }, count) => {
      const distinct = KEYS.filter((name) => !keys.includes(name)).slice(0, 2);
      const query = { keys, measures: ['bytes'] as [Measure], top, distinct };
      // As a scan has it: the keys come first.
      const named = [...keys, ...distinct].map((name) => digest.keys.find((column) => column.name === name)!);
      const sorted = mergeDigests([{ ...digest, keys: named, isUnsorted: true }]);
      const counted = countDistinct(sorted, keys, distinct);
      const folded = foldInParts(counted, { keys, rank: distinctName(distinct), top }, count);
      expect(buildTable(folded, query)).toEqual(buildTable(digest, query));
      foldedCount += folded.folded ? 1 : 0;
    }),
  );
  expect(foldedCount).toBeGreaterThan(10);
});

test('series', () => {
  let foldedCount = 0;
  fc.assert(
    fc.property(
      arbitraryDigest(true),
      keyLists,
      ranks,
      tops,
      partCounts,
      (digest, keys, rank, { top, more }, count) => {
        const query = {
          ...{ keys, measures: [rank, 'packets'] as [Measure, Measure], top },
          ...({ bucketSec: 60, fill: 'null', unit: 'total' } as const),
        };
        const folded = foldInParts(digest, { keys, rank, top: top + more }, count);
        expect(buildSeries(folded, query)).toEqual(buildSeries(digest, query));
        expectConserved(folded, digest);
        foldedCount += folded.folded ? 1 : 0;
      },
    ),
  );
  expect(foldedCount).toBeGreaterThan(10);
});
