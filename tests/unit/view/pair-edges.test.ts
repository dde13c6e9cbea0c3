import fc from 'fast-check';
import { buildGraph } from '../../../src/view/graph';
import { pairEdges } from '../../../src/view/pair-edges';
import { makeDigest, type DigestRow } from '../../helpers/make-digest';
import { arbitraryDigest } from './arbitrary-digest';

const keys = ['srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol', 'action'];
const query = { measures: ['bytes'], top: 50 } as const;

function flow(srcaddr: string, dstaddr: string, more: DigestRow = {}): DigestRow {
  return { srcaddr, dstaddr, srcport: 0, dstport: 0, protocol: 6, action: 'ACCEPT', ...more };
}

test('a request, its answers and its rejects are one pair that runs to the service', () => {
  const digest = makeDigest({ keys }, [
    flow('10.0.0.9', '10.0.0.1', { dstport: 443, bytes: 10, packets: 1, start: 5, end: 9 }),
    flow('10.0.0.1', '10.0.0.9', { srcport: 443, bytes: 70, packets: 2, flows: 2, start: 4, end: 8 }),
    flow('10.0.0.9', '10.0.0.1', { dstport: 22, bytes: 20, packets: 3, action: 'REJECT' }),
    flow('10.0.0.1', '10.0.0.1', { bytes: 5 }),
  ]);
  const { pairs, loops } = pairEdges(buildGraph(digest, query));
  expect(pairs).toEqual([
    {
      source: '10.0.0.9',
      target: '10.0.0.1',
      sums: { bytes: 100, packets: 6, flows: 4 },
      forth: { bytes: 30, packets: 4, flows: 2 },
      back: { bytes: 70, packets: 2, flows: 2 },
      accept: { bytes: 80, packets: 3, flows: 3 },
      reject: { bytes: 20, packets: 3, flows: 1 },
      shares: { accept: 0.8, reject: 0.2, none: 0 },
      ports: [
        { port: 443, protocol: 6, label: '443/tcp', bytes: 80 },
        { port: 22, protocol: 6, label: '22/tcp', bytes: 20 },
      ],
      hasMorePorts: false,
      minStartSec: 4,
      maxEndSec: 9,
    },
  ]);
  expect([...loops]).toEqual([['10.0.0.1', { bytes: 5, packets: 0, flows: 1 }]]);
});

test.each([
  ['one request', [flow('10.0.0.1', '10.0.0.9', { dstport: 80 })], '10.0.0.1'],
  ['one answer', [flow('10.0.0.1', '10.0.0.9', { srcport: 80 })], '10.0.0.9'],
  ['no ports: by text', [flow('10.0.0.9', '10.0.0.1', { protocol: 1 })], '10.0.0.1'],
  [
    'services on both sides: by flows',
    [flow('10.0.0.1', '10.0.0.9', { dstport: 80 }), flow('10.0.0.9', '10.0.0.1', { dstport: 80, flows: 2 })],
    '10.0.0.9',
  ],
])('the direction of %s', (_, rows, source) => {
  expect(pairEdges(buildGraph(makeDigest({ keys }, rows), query)).pairs.map((pair) => pair.source)).toEqual([source]);
});

test('more ports than are listed are said to be', () => {
  const rows = Array.from({ length: 12 }, (_, i) => flow('10.0.0.1', '10.0.0.2', { dstport: 100 + i, bytes: i }));
  const [pair] = pairEdges(buildGraph(makeDigest({ keys }, rows), query)).pairs;
  expect(pair).toMatchObject({ hasMorePorts: true });
  expect(pair!.ports.map(({ port }) => port)).toEqual([111, 110, 109, 108, 107]);
});

test('pairs and loops add up to the graph', () => {
  fc.assert(
    fc.property(arbitraryDigest(false), fc.nat(8), fc.boolean(), (digest, top, isGrouped) => {
      const graph = buildGraph(digest, { ...query, top }, isGrouped ? { grouping: {} } : {});
      const { pairs, loops } = pairEdges(graph);
      for (const measure of ['bytes', 'packets', 'flows'] as const) {
        const add = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
        expect(add(pairs.map(({ sums }) => sums[measure])) + add([...loops.values()].map((s) => s[measure]))).toBe(
          graph.totals[measure],
        );
        expect(pairs.every(({ sums, forth, back }) => sums[measure] === forth[measure] + back[measure])).toBe(true);
      }
      const ends = pairs.map(({ source, target }) => [source, target].sort().join(' '));
      expect(new Set(ends).size).toBe(ends.length);
      expect(pairs.every(({ source, target }) => source !== target)).toBe(true);
    }),
  );
});
