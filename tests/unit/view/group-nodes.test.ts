import fc from 'fast-check';
import { buildGraph, MAX_DRAWN_NODES, type GraphOptions } from '../../../src/view/graph';
import type { Graph } from '../../../src/view/graph-model';
import type { Grouping } from '../../../src/view/group-nodes';
import { printDot } from '../../../src/view/dot';
import { digestTotals } from '../../../src/view/totals';
import { makeDigest, type DigestRow } from '../../helpers/make-digest';
import { arbitraryDigest } from './arbitrary-digest';
import { makeEstate } from './estate';

const measures = ['bytes', 'packets', 'flows'] as const;
const APP = 'subnet:vpc-0prod1a2b3c4d5e6f/subnet-0app';

function group(grouping: Grouping, top = 40, more: GraphOptions = {}): Graph {
  return buildGraph(makeEstate(), { measures, top }, { grouping, ...more });
}

function shown({ nodes }: Graph): [string, number][] {
  return nodes.map(({ id, hosts }) => [id, hosts]);
}

describe('groups of an estate', () => {
  test('subnets, ranges and the internet, each with its hosts', () => {
    const graph = group({});
    expect(shown(graph)).toEqual([
      ['subnet:vpc-0ops/subnet-0ops', 1],
      ['subnet:vpc-0ops/subnet-0ops6', 1],
      [APP, 2],
      ['subnet:vpc-0prod1a2b3c4d5e6f/subnet-0public', 1],
      ['range:172.16.0.0/16', 1],
      ['range:192.168.0.0/16', 1],
      ['internet', 3],
      ['-', 0],
    ]);
    expect(graph.nodes[2]).toMatchObject({
      kind: 'group',
      label: 'subnet-0app (2 hosts)',
      groupId: APP,
      members: ['10.1.12.7', '10.1.12.20'],
    });
    // What stays within a subnet is an edge from it to itself.
    expect(graph.edges.find(({ source, target }) => source === APP && target === APP)?.sums.bytes).toBe(2_344_000_000);
    expect(graph).toMatchObject({ addressCount: 10, foldedAddresses: 0 });
  });

  test('VPCs stand for their subnets if those are too many', () => {
    expect(shown(group({}, 6))).toEqual([
      ['vpc:vpc-0ops', 2],
      ['vpc:vpc-0prod1a2b3c4d5e6f', 3],
      ['range:172.16.0.0/16', 1],
      ['range:192.168.0.0/16', 1],
      ['internet', 3],
      ['-', 0],
    ]);
  });

  test('an opened VPC shows its subnets, and an opened subnet in it its hosts', () => {
    const expand = ['vpc:vpc-0prod1a2b3c4d5e6f'];
    expect(shown(group({ expand }, 6)).slice(0, 3)).toEqual([
      ['vpc:vpc-0ops', 2],
      [APP, 2],
      ['subnet:vpc-0prod1a2b3c4d5e6f/subnet-0public', 1],
    ]);
    expect(shown(group({ expand: [...expand, APP] }, 6)).slice(0, 4)).toEqual([
      ['vpc:vpc-0ops', 2],
      ['10.1.12.7', 1],
      ['10.1.12.20', 1],
      ['subnet:vpc-0prod1a2b3c4d5e6f/subnet-0public', 1],
    ]);
  });

  test('an opened group shows its heaviest hosts, and its own node the others', () => {
    const graph = group({ expand: ['internet', 'no-such-group'], topHosts: 1 });
    expect(graph.nodes.slice(-3).map(({ id, label, members }) => [id, label, members])).toEqual([
      ['internet', 'internet (2 other hosts)', ['198.51.100.99', '2001:db8:77::9']],
      ['203.0.113.7', '203.0.113.7', undefined],
      ['-', 'unknown', undefined],
    ]);
  });

  test('what is folded is counted in hosts', () => {
    const graph = group({}, 4);
    expect(graph.nodes.at(-1)).toMatchObject({ id: 'Other', label: 'Other (1 host)', hosts: 1 });
    expect(graph.foldedAddresses).toBe(1);
  });

  test('they can be drawn as DOT', () => {
    expect(printDot(group({}))).toContain('"internet" [label="internet (3 hosts)');
  });
});

test('public addresses of AWS services are groups of their own, by most flows', () => {
  const keys = ['srcaddr', 'dstaddr', 'pkt-src-aws-service', 'pkt-dst-aws-service'];
  const to = (dstaddr: string, service: string, flows = 1): DigestRow => ({
    srcaddr: '10.0.0.1',
    dstaddr,
    'pkt-dst-aws-service': service,
    flows,
  });
  const digest = makeDigest({ keys }, [
    to('52.218.0.1', 'S3', 3),
    to('52.218.0.1', 'AMAZON', 2),
    to('52.94.0.1', 'DYNAMODB'),
    to('198.51.100.1', '-'),
    // An address of one's own is not AWS's, whatever the packet's address was.
    to('10.0.0.2', 'AMAZON'),
    { srcaddr: '52.218.0.2', dstaddr: '10.0.0.1', 'pkt-src-aws-service': 'S3' },
  ]);
  const graph = buildGraph(digest, { measures, top: 40 }, { grouping: {} });
  expect(graph.nodes.map(({ id, members }) => [id, members])).toEqual([
    ['range:10.0.0.0/16', ['10.0.0.1', '10.0.0.2']],
    ['service:DYNAMODB', ['52.94.0.1']],
    ['service:S3', ['52.218.0.1', '52.218.0.2']],
    ['internet', ['198.51.100.1']],
  ]);
  expect(graph.groups.map(({ kind, label }) => [kind, label])).toContainEqual(['service', 'S3']);
});

test('of thousands of hosts and ranges never more than 200 nodes', () => {
  const rows = Array.from({ length: 3000 }, (_, i) => ({
    srcaddr: `10.${i % 250}.${i >> 8}.1`,
    dstaddr: `203.0.${i >> 8}.${i & 255}`,
    bytes: i,
  }));
  const digest = makeDigest({ keys: ['srcaddr', 'dstaddr'] }, rows);
  const expand = ['internet', ...Array.from({ length: 250 }, (_, i) => `range:10.${i}.0.0/16`)];
  for (const options of [{ expand: [] }, { expand }, { expand, topHosts: 5000 }]) {
    const graph = buildGraph(digest, { measures, top: 1000 }, { grouping: options });
    expect(graph.nodes).toHaveLength(MAX_DRAWN_NODES);
    expect(graph.nodes.reduce((sum, { hosts }) => sum + hosts, 0)).toBe(graph.addressCount);
  }
  expect(buildGraph(digest, { measures, top: 40 }, { grouping: {} }).nodes).toHaveLength(41);
});

test('sums and hosts are conserved whatever is open', () => {
  const groupIds = [
    ...['vpc:vpc-a', 'vpc:vpc-b', 'subnet:vpc-a/subnet-1', 'subnet:vpc-a/subnet-2', 'subnet:vpc-b/subnet-1'],
    ...['subnet:subnet-2', 'internet', 'range:10.1.0.0/16', 'range:192.168.0.0/16', 'range:fd00::/48'],
  ];
  fc.assert(
    fc.property(
      arbitraryDigest(false),
      fc.subarray(groupIds),
      fc.nat(12),
      fc.nat(3),
      fc.integer({ min: 1, max: 60 }),
      (digest, expand, top, topHosts, maxEdges) => {
        const graph = buildGraph(digest, { measures, top }, { maxEdges, grouping: { expand, topHosts } });
        for (const measure of measures) {
          const total = digestTotals(digest, [measure])[measure];
          expect(graph.edges.reduce((sum, edge) => sum + edge.sums[measure], 0)).toBe(total);
          expect(graph.nodes.reduce((sum, node) => sum + node.in[measure], 0)).toBe(total);
          expect(graph.nodes.reduce((sum, node) => sum + node.out[measure], 0)).toBe(total);
        }
        expect(graph.nodes.reduce((sum, { hosts }) => sum + hosts, 0)).toBe(graph.addressCount);
        const ids = new Set(graph.nodes.map(({ id }) => id));
        expect(ids.size).toBe(graph.nodes.length);
        expect(graph.edges.every(({ source, target }) => ids.has(source) && ids.has(target))).toBe(true);
        const groups = new Set(graph.groups.map(({ id }) => id));
        for (const node of graph.nodes) {
          expect(node.kind === 'address' || node.kind === 'group').toBe(groups.has(node.groupId ?? ''));
          expect(node.members?.length ?? node.hosts).toBe(node.hosts);
        }
      },
    ),
  );
});
