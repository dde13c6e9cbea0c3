import fc from 'fast-check';
import { selectNodes, type GraphRows } from '../../../src/view/fold-nodes';

const NODES = 7;
const ACTIONS = 2;

function makeRows(edges: readonly (readonly [source: number, target: number, action: number])[]): GraphRows {
  return {
    nodeCount: NODES,
    sourceIds: Uint32Array.from(edges, ([source]) => source),
    targetIds: Uint32Array.from(edges, ([, target]) => target),
    actionCount: ACTIONS,
    actions: Uint32Array.from(edges, ([, , action]) => action),
  };
}

function countEdges({ sourceIds, targetIds, actions }: GraphRows, kept: readonly number[]): number {
  const nameOf = (id: number): string => (kept.includes(id) ? String(id) : 'Other');
  return new Set(
    Array.from(sourceIds, (source, row) => `${nameOf(source)} ${nameOf(targetIds[row]!)} ${actions[row]!}`),
  ).size;
}

test('as many of the heaviest as the most edges allow', () => {
  const id = fc.nat(NODES - 1);
  const edges = fc.array(fc.tuple(id, id, fc.nat(ACTIONS - 1), fc.nat(9)), { maxLength: 30 });
  fc.assert(
    fc.property(edges, fc.nat(NODES), fc.integer({ min: 1, max: 20 }), (list, top, maxEdges) => {
      const rows = makeRows(list.map(([source, target, action]) => [source, target, action]));
      const weights = Float64Array.from(list, ([, , , weight]) => weight);
      const { ids, foldedForEdges } = selectNodes(rows, weights, top, maxEdges);

      const nodeWeights = Array.from({ length: NODES }, (_, node) =>
        list.reduce((sum, [s, t, , weight]) => sum + (s === node ? weight : 0) + (t === node ? weight : 0), 0),
      );
      const ranked = nodeWeights.map((_, node) => node).sort((a, b) => nodeWeights[b]! - nodeWeights[a]! || a - b);
      let expected: readonly number[] = [];
      for (let count = 1; count <= top; count++) {
        const kept = ranked.slice(0, count);
        expected = countEdges(rows, kept) <= maxEdges ? kept : expected;
      }
      expect([...ids]).toEqual(expected);
      expect(foldedForEdges).toBe(Math.min(top, NODES) - ids.length);
    }),
    { numRuns: 500 },
  );
});

test('few enough edges fold nothing', () => {
  const rows = makeRows([
    [0, 1, 0],
    [1, 2, 1],
  ]);
  expect(selectNodes(rows, Float64Array.of(5, 1), NODES, 2)).toEqual({
    ids: Uint32Array.of(1, 0, 2, 3, 4, 5, 6),
    foldedForEdges: 0,
  });
});
