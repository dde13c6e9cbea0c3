import fc from 'fast-check';
import type { Digest } from '../../../src/digest/digest';
import type { Measure } from '../../../src/query/model';
import { printDot } from '../../../src/view/dot';
import { buildGraph } from '../../../src/view/graph';
import { buildSeries } from '../../../src/view/series';
import { buildTable } from '../../../src/view/table';
import { digestBounds, digestTotals } from '../../../src/view/totals';
import { makeDigest } from '../../helpers/make-digest';
import { arbitraryDigest, arbitraryRow, KEYS, SUMS } from './arbitrary-digest';

const measures: readonly [Measure, ...Measure[]] = ['bytes', 'packets', 'flows', 'packets-lost-no-route'];
const keys = fc.subarray(KEYS);
const top = fc.nat(12);
const ranked = fc
  .constantFrom(...measures)
  .map((first): [Measure, ...Measure[]] => [first, ...measures.filter((m) => m !== first)]);

function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}

describe('sums are conserved', () => {
  test('by tables', () => {
    fc.assert(
      fc.property(arbitraryDigest(false), keys, ranked, top, (digest, chosen, order, n) => {
        const table = buildTable(digest, { keys: chosen, measures: order, top: n });
        const sums = Object.fromEntries(
          table.columns.filter(({ kind }) => kind === 'sum').map(({ name, values }) => [name, sum(values as number[])]),
        );
        expect(sums).toEqual(digestTotals(digest, measures));
        expect(table.foldedGroups + table.rowCount - (table.otherRow === undefined ? 0 : 1)).toBe(table.groupCount);
        expect(table.columns.every(({ values }) => values.length === table.rowCount)).toBe(true);
      }),
    );
  });

  test('by series, with what has no time beside them', () => {
    const fill = fc.constantFrom('zero' as const, 'null' as const);
    fc.assert(
      fc.property(arbitraryDigest(true), keys, ranked, top, fill, (digest, chosen, order, n, filled) => {
        const answer = buildSeries(digest, {
          keys: chosen,
          measures: order,
          top: n,
          bucketSec: 60,
          fill: filled,
          unit: 'total',
        });
        const sums = Object.fromEntries(
          answer.withoutTime.sums.map(({ measure, sum: rest }, i) => [
            measure,
            rest + answer.series.reduce((total, series) => total + sum(series.measures[i]!.values), 0),
          ]),
        );
        expect(sums).toEqual(digestTotals(digest, measures));
      }),
    );
  });

  test('by graphs, whatever is folded', () => {
    fc.assert(
      fc.property(
        arbitraryDigest(false),
        ranked,
        top,
        fc.integer({ min: 1, max: 60 }),
        (digest, order, n, maxEdges) => {
          const graph = buildGraph(digest, { measures: order, top: n }, { maxEdges });
          for (const measure of measures) {
            const total = digestTotals(digest, [measure])[measure];
            expect(graph.totals[measure]).toBe(total);
            expect(sum(graph.edges.map((edge) => edge.sums[measure]!))).toBe(total);
            expect(sum(graph.nodes.map((node) => node.in[measure]!))).toBe(total);
            expect(sum(graph.nodes.map((node) => node.out[measure]!))).toBe(total);
          }
          const ids = new Set(graph.nodes.map(({ id }) => id));
          expect(ids.size).toBe(graph.nodes.length);
          expect(graph.edges.every(({ source, target }) => ids.has(source) && ids.has(target))).toBe(true);
          expect(sum(graph.nodes.map(({ hosts }) => hosts))).toBe(graph.addressCount);
          expect(graph.nodes.filter(({ kind }) => kind !== 'other').length).toBeLessThanOrEqual(n);
          // Nothing but Other may have an edge per action more than asked for.
          expect(graph.edges.length).toBeLessThanOrEqual(Math.max(maxEdges, 3));
          expect({ minStartSec: graph.minStartSec, maxEndSec: graph.maxEndSec }).toEqual(digestBounds(digest));
        },
      ),
    );
  });
});

describe('equal digests give equal answers', () => {
  const shape = { keys: KEYS, sums: SUMS };
  test('byte for byte, whatever the order of rows', () => {
    const shuffled = fc
      .array(arbitraryRow, { maxLength: 40 })
      .chain((rows) => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })));
    const answers = (digest: Digest): readonly string[] => [
      printDot(buildGraph(digest, { measures, top: 3 })),
      JSON.stringify(buildTable(digest, { keys: ['dstport', 'action'], measures, top: 3 })),
    ];
    fc.assert(
      fc.property(shuffled, ([rows, others]) => {
        expect(answers(makeDigest(shape, rows))).toEqual(answers(makeDigest(shape, others)));
      }),
    );
  });
});
