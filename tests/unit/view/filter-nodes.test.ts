import { parseFilter } from '../../../src/query/parse-filter';
import { createNodeFilters } from '../../../src/view/filter-nodes';
import { buildGraph } from '../../../src/view/graph';
import type { Grouping } from '../../../src/view/group-nodes';
import { pairEdges } from '../../../src/view/pair-edges';
import { digestTotals } from '../../../src/view/totals';
import { makeDigest } from '../../helpers/make-digest';
import { digestOf, planOf } from '../digest/digest-text';

const HEADER =
  'version interface-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr bytes packets start end action log-status vpc-id ' +
  'subnet-id flow-direction';
const LINES = [
  '7 eni-1 10.0.0.1 10.0.0.2 10.0.0.1 10.0.0.2 100 1 10 20 ACCEPT OK vpc-a subnet-1 egress',
  '7 eni-2 10.0.0.1 10.0.0.2 10.0.0.1 10.0.0.2 100 1 10 20 ACCEPT OK vpc-a subnet-2 ingress',
  '7 eni-2 10.0.0.2 10.0.0.1 10.0.0.2 10.0.0.1 30 1 10 20 ACCEPT OK vpc-a subnet-2 egress',
  '7 eni-1 203.0.113.9 10.0.0.1 203.0.113.9 10.0.0.1 7 1 10 20 REJECT OK vpc-a subnet-1 ingress',
  '7 eni-1 10.0.0.1 10.0.0.1 10.0.0.1 10.0.0.1 3 1 10 20 ACCEPT OK vpc-a subnet-1 egress',
  '7 eni-2 2001:db8::1 10.0.0.2 192.168.7.7 10.0.0.2 5 1 10 20 ACCEPT OK vpc-a subnet-2 ingress',
  '7 eni-2 - 10.0.0.2 - 10.0.0.2 1 1 10 20 ACCEPT OK vpc-a subnet-2 ingress',
];
const TEXT = [HEADER, ...LINES, ''].join('\n');
const SHOWN = ['interface-id', 'action', 'vpc-id', 'subnet-id', 'flow-direction'];

function digestText(keys: readonly string[], filter?: string): ReturnType<typeof digestOf> {
  return digestOf(planOf({ keys, ...(filter === undefined ? {} : { filter }) }), TEXT);
}

const groupings: [string, Grouping | undefined][] = [
  ['hosts', undefined],
  ['groups', {}],
  ['groups, one of them open', { expand: ['subnet:vpc-a/subnet-1', 'internet'], topHosts: 1 }],
];
describe.each(groupings)('of %s', (_, grouping) => {
  test.each([
    ['addresses', ['srcaddr', 'dstaddr']],
    ['packet addresses', ['pkt-srcaddr', 'pkt-dstaddr']],
  ])('the filter gives the records of the node or pair: %s', (_name, ends) => {
    const keys = [...ends, ...SHOWN];
    const graph = buildGraph(digestText(keys), { measures: ['bytes'], top: 50 }, { grouping });
    const filters = createNodeFilters(graph);
    const { pairs, loops } = pairEdges(graph);
    const measures = ['bytes', 'packets', 'flows'] as const;
    expect(pairs.length).toBeGreaterThan(2);
    for (const { source, target, sums } of pairs) {
      expect(digestTotals(digestText(keys, filters.ofPair(source, target)), measures)).toEqual(sums);
    }
    for (const node of graph.nodes) {
      const within = loops.get(node.id)?.bytes ?? 0;
      expect(digestTotals(digestText(keys, filters.ofNode(node.id)), ['bytes']).bytes).toBe(
        node.in.bytes + node.out.bytes - within,
      );
    }
  });
});

describe('groups of more hosts than they list', () => {
  const keys = ['srcaddr', 'dstaddr', 'interface-id', 'flow-direction', 'vpc-id', 'subnet-id', 'pkt-dst-aws-service'];
  const rows = Array.from({ length: 60 }, (_, i) => [
    {
      srcaddr: `10.0.0.${i}`,
      dstaddr: `203.0.113.${i}`,
      'interface-id': `eni-${i}`,
      'flow-direction': 'egress',
      'vpc-id': 'vpc-a',
      'subnet-id': i % 2 === 0 ? 'subnet-1' : 'subnet "2"',
    },
    { srcaddr: `192.168.0.${i}`, dstaddr: `52.94.0.${i}`, 'pkt-dst-aws-service': 'DYNAMODB' },
  ]).flat();
  const graph = buildGraph(makeDigest({ keys }, rows), { measures: ['flows'], top: 40 }, { grouping: {} });
  const filters = createNodeFilters(graph);
  const local =
    '0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16, ' +
    '198.18.0.0/15, 224.0.0.0/4, 255.255.255.255, ::, ::1, fc00::/7, fe80::/10, ff00::/8, -';

  test.each([
    ['subnet:vpc-a/subnet-1', 'subnet-id = subnet-1'],
    ['subnet:vpc-a/subnet "2"', String.raw`subnet-id = "subnet \"2\""`],
    ['range:192.168.0.0/16', 'addr = 192.168.0.0/16'],
    ['service:DYNAMODB', '(pkt-src-aws-service = DYNAMODB) or (pkt-dst-aws-service = DYNAMODB)'],
    ['internet', `(not srcaddr in (${local})) or (not dstaddr in (${local}))`],
  ])('%s is named by what it is', (id, filter) => {
    expect(filters.ofNode(id)).toBe(filter);
    expect(() => parseFilter(filter)).not.toThrow();
  });

  test('a pair of them is what one recorded of the other', () => {
    expect(filters.ofPair('range:192.168.0.0/16', 'service:DYNAMODB')).toBe(
      '((srcaddr = 192.168.0.0/16) and (pkt-dst-aws-service = DYNAMODB)) or ' +
        '((pkt-src-aws-service = DYNAMODB) and (dstaddr = 192.168.0.0/16))',
    );
    expect(filters.ofPair('subnet:vpc-a/subnet-1', 'range:192.168.0.0/16')).toBe(
      '(subnet-id = subnet-1) and ((dstaddr = 192.168.0.0/16) or (srcaddr = 192.168.0.0/16))',
    );
  });

  test('Other has no name', () => {
    const folded = buildGraph(makeDigest({ keys }, rows), { measures: ['flows'], top: 1 });
    const [first] = folded.nodes;
    const names = createNodeFilters(folded);
    expect(names.ofNode('Other')).toBeUndefined();
    expect(names.ofPair('Other', first!.id)).toBe(`(dstaddr = ${first!.id}) or (srcaddr = ${first!.id})`);
  });
});
