import fc from 'fast-check';
import type { GraphGroup } from '../../../src/view/graph-model';
import { layoutGraph, type LayoutOptions, type Position } from '../../../src/view/layout';

interface Node {
  readonly id: string;
  readonly kind: 'address' | 'group' | 'unknown' | 'other';
  readonly groupId: string | undefined;
}

const LABELS = { vpc: 'vpc', subnet: 'subnet', range: 'range', service: 'service', internet: 'internet' } as const;
const GROUPS: readonly GraphGroup[] = [
  { id: 'internet', kind: 'internet', label: 'internet', parentId: undefined },
  { id: 'service:S3', kind: 'service', label: 'S3', parentId: undefined },
  ...Array.from({ length: 20 }, (_, i): GraphGroup => {
    return { id: `range:10.${i}.0.0/16`, kind: 'range', label: LABELS.range, parentId: undefined };
  }),
  ...Array.from({ length: 8 }, (_, i): GraphGroup[] => [
    { id: `vpc:vpc-${i}`, kind: 'vpc', label: LABELS.vpc, parentId: undefined },
    ...Array.from({ length: 10 }, (_unused, j): GraphGroup => {
      return { id: `subnet:vpc-${i}/subnet-${j}`, kind: 'subnet', label: LABELS.subnet, parentId: `vpc:vpc-${i}` };
    }),
  ]).flat(),
];

/** Every node that a graph of these groups may have: the groups, six hosts in each, the unknown and *Other*. */
const NODES: readonly Node[] = [
  ...GROUPS.map(({ id }): Node => ({ id, kind: 'group', groupId: id })),
  ...GROUPS.flatMap(({ id }, i) =>
    Array.from({ length: 6 }, (_, j): Node => ({ id: `10.${i}.7.${j}`, kind: 'address', groupId: id })),
  ),
  { id: '-', kind: 'unknown', groupId: undefined },
  { id: 'Other', kind: 'other', groupId: undefined },
];

const nodesUpTo = (maxLength: number): fc.Arbitrary<Node[]> =>
  fc.shuffledSubarray([...NODES], { minLength: 1, maxLength });

function place(nodes: readonly Node[], options?: LayoutOptions): ReadonlyMap<string, Position> {
  return layoutGraph({ nodes, groups: GROUPS }, options).positions;
}

/** Ids of nodes in both layouts that are not where they were. */
function moved(before: ReadonlyMap<string, Position>, after: ReadonlyMap<string, Position>): string[] {
  return [...after].flatMap(([id, { x, y }]) => {
    const old = before.get(id);
    return old && (old.x !== x || old.y !== y) ? [id] : [];
  });
}

test('60 nodes do not overlap and stay on the canvas, whatever they are', () => {
  fc.assert(
    fc.property(nodesUpTo(60), (nodes) => {
      const layout = layoutGraph({ nodes, groups: GROUPS });
      expect(layout.isRoomy).toBe(true);
      expect([...layout.positions.keys()].sort()).toEqual(nodes.map(({ id }) => id).sort());
      const places = [...layout.positions.values()];
      for (const [i, a] of places.entries()) {
        expect(Math.abs(a.x)).toBeLessThanOrEqual(550 - 24);
        expect(Math.abs(a.y)).toBeLessThanOrEqual(300 - 20);
        for (const b of places.slice(i + 1)) {
          expect(Math.abs(a.x - b.x) >= 140 || Math.abs(a.y - b.y) >= 80).toBe(true);
        }
      }
    }),
    { numRuns: 50 },
  );
});

test.each([
  [200, {}, 36],
  [200, { widthPx: 500, heightPx: 320 }, 11],
  [100, { widthPx: 1, heightPx: 1 }, 14],
  [200, { widthPx: 3000, heightPx: 2000 }, 80],
])('%d nodes on %j have places of their own', (count, canvas, spacing) => {
  const nodes = NODES.slice(-count);
  const places = [...place(nodes, canvas).values()];
  expect(places).toHaveLength(count);
  for (const [i, a] of places.entries()) {
    for (const b of places.slice(i + 1)) {
      expect(Math.abs(a.x - b.x) >= spacing || Math.abs(a.y - b.y) >= spacing).toBe(true);
    }
  }
});

describe('a refresh', () => {
  test('gives every node its place again, in whatever order nodes come', () => {
    fc.assert(
      fc.property(nodesUpTo(200), fc.integer(), (nodes, seed) => {
        const [others] = fc.sample(fc.shuffledSubarray(nodes, { minLength: nodes.length }), { numRuns: 1, seed });
        expect(moved(place(nodes), place(others!))).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  test('that remembers the one before moves nothing that stays, nor what comes back to a free place', () => {
    fc.assert(
      fc.property(fc.array(nodesUpTo(60), { minLength: 2, maxLength: 6 }), (steps) => {
        let memory: ReadonlyMap<string, Position> = new Map();
        for (const nodes of steps) {
          const before = memory;
          const layout = layoutGraph({ nodes, groups: GROUPS }, { previous: before });
          expect(moved(before, layout.positions)).toEqual([]);
          expect(new Set(Array.from(layout.memory.values(), ({ x, y }) => `${x} ${y}`)).size).toBe(layout.memory.size);
          memory = layout.memory;
        }
      }),
      { numRuns: 50 },
    );
  });

  test('with more nodes than the grid has places leaves those of the grid where they are', () => {
    const [before, after] = [NODES.slice(0, 55), NODES.slice(0, 200)];
    const previous = place(before);
    expect(moved(previous, place(after, { previous }))).toEqual([]);
    // The way back clears the finer grid.
    const { memory } = layoutGraph({ nodes: after, groups: GROUPS }, { previous });
    const back = layoutGraph({ nodes: before, groups: GROUPS }, { previous: memory });
    expect(back.isRoomy).toBe(true);
    expect(moved(previous, back.positions)).toEqual([]);
  });

  test('that knows nothing moves no group for a host, nor Other, the unknown and the internet for anything', () => {
    fc.assert(
      fc.property(nodesUpTo(60), fc.nat(), (nodes, pick) => {
        const gone = nodes[pick % nodes.length]!;
        const left = nodes.filter((node) => node !== gone);
        const movers = moved(place(nodes), place(left));
        if (gone.kind === 'address') {
          const kinds = new Map(nodes.map(({ id, kind }) => [id, kind]));
          expect(movers.filter((id) => kinds.get(id) !== 'address')).toEqual([]);
        }
        expect(movers.filter((id) => ['Other', '-', 'internet'].includes(id))).toEqual([]);
      }),
    );
  });

  test.each([
    [20, 0.5],
    [40, 3],
  ])('that knows nothing moves few of %d nodes for one that goes: on average fewer than %d', (count, limit) => {
    const sizes = { minLength: count, maxLength: count };
    const graphs = fc.sample(fc.shuffledSubarray([...NODES], sizes), { numRuns: 20, seed: 1 });
    const counts = graphs.flatMap((nodes) => {
      const base = place(nodes);
      return nodes.map((gone) => moved(base, place(nodes.filter((node) => node !== gone))).length);
    });
    expect(counts.reduce((sum, moves) => sum + moves, 0) / counts.length).toBeLessThan(limit);
  });
});

test('lanes run from the internet on the left to services on the right', () => {
  const nodes = NODES.filter(({ kind, groupId }) =>
    kind === 'group'
      ? ['internet', 'service:S3', 'range:10.0.0.0/16', 'vpc:vpc-0'].includes(groupId ?? '') ||
        groupId!.startsWith('subnet:vpc-3')
      : kind !== 'address',
  );
  const positions = place(nodes);
  const xOf = (id: string): number => positions.get(id)!.x;
  for (const { id } of nodes.filter(
    (node) => node.groupId?.startsWith('subnet:') || node.groupId?.startsWith('vpc:'),
  )) {
    expect(xOf(id)).toBeGreaterThan(xOf('internet'));
    expect(xOf(id)).toBeLessThan(xOf('service:S3'));
  }
  expect(xOf('range:10.0.0.0/16')).toBeGreaterThan(200);
  expect(positions.get('internet')).toEqual({ x: -510, y: -40 });
  expect(positions.get('Other')).toEqual({ x: 510, y: 280 });
  expect(positions.get('-')).toEqual({ x: 510, y: -280 });
});

test('a former place that another node has by now is not shared', () => {
  const [a, b] = NODES as [Node, Node];
  const there = place([b]).get(b.id)!;
  const positions = place([a, b], { previous: new Map([a.id, b.id].map((id) => [id, there])) });
  expect(positions.size).toBe(2);
  expect(positions.get(a.id)).not.toEqual(positions.get(b.id));
});
