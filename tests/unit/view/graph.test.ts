import { FlowError } from '../../../src/errors';
import { buildGraph } from '../../../src/view/graph';
import { makeDigest, type DigestRow } from '../../helpers/make-digest';

const keys = ['account-id', 'interface-id', 'srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol', 'action'];
const query = { measures: ['bytes'], top: 50 } as const;

function flow(srcaddr: string, dstaddr: string, more: DigestRow = {}): DigestRow {
  return {
    'account-id': '123456789012',
    srcaddr,
    dstaddr,
    dstport: 443,
    srcport: 0,
    protocol: 6,
    action: 'ACCEPT',
    ...more,
  };
}

test('an edge per source, target and action, with all fields of the digest', () => {
  const digest = makeDigest({ keys }, [
    flow('10.0.0.1', '10.0.0.2', { 'interface-id': 'eni-b', bytes: 100, packets: 2, flows: 3, start: 50, end: 90 }),
    flow('10.0.0.1', '10.0.0.2', {
      'interface-id': 'eni-a',
      bytes: 900,
      packets: 1,
      dstport: 53,
      protocol: 17,
      start: 40,
      end: 80,
    }),
    flow('10.0.0.1', '10.0.0.2', { action: 'REJECT', bytes: 5, dstport: 22 }),
    flow('10.0.0.1', '10.0.0.2', { action: '-', bytes: 1, dstport: 0, protocol: 1 }),
  ]);
  const { edges } = buildGraph(digest, query);
  expect(edges[0]).toEqual({
    source: '10.0.0.1',
    target: '10.0.0.2',
    action: 'ACCEPT',
    sums: { bytes: 1000, packets: 3, flows: 4 },
    ports: [
      { port: 53, protocol: 17, label: '53/udp', bytes: 900 },
      { port: 443, protocol: 6, label: '443/tcp', bytes: 100 },
    ],
    portCount: 2,
    serviceSide: 'target',
    minStartSec: 40,
    maxEndSec: 90,
    fields: [
      { name: 'account-id', values: ['123456789012'], valueCount: 1 },
      { name: 'interface-id', values: ['eni-a', 'eni-b'], valueCount: 2 },
      { name: 'srcport', values: ['0'], valueCount: 1 },
      { name: 'dstport', values: ['53', '443'], valueCount: 2 },
      { name: 'protocol', values: ['6', '17'], valueCount: 2 },
    ],
  });
  expect(edges.map(({ action, ports }) => [action, ports.map(({ label }) => label)])).toEqual([
    ['ACCEPT', ['53/udp', '443/tcp']],
    ['REJECT', ['22/tcp']],
    [undefined, ['icmp']],
  ]);
  expect(edges[1]).toMatchObject({ minStartSec: undefined, maxEndSec: undefined });
});

test('a node has what goes in, what goes out, and what became of it', () => {
  const digest = makeDigest({ keys }, [
    flow('10.0.0.1', '10.0.0.2', { bytes: 60, packets: 2 }),
    flow('10.0.0.2', '10.0.0.1', { bytes: 30, packets: 1 }),
    flow('10.0.0.3', '10.0.0.1', { bytes: 10, packets: 1, flows: 5, action: 'REJECT' }),
    flow('10.0.0.4', '10.0.0.5', { bytes: 0, action: '-' }),
  ]);
  const { nodes } = buildGraph(digest, query);
  expect(nodes[0]).toEqual({
    id: '10.0.0.1',
    kind: 'address',
    label: '10.0.0.1',
    family: 4,
    groupId: 'range:10.0.0.0/16',
    hosts: 1,
    in: { bytes: 40, packets: 2, flows: 6 },
    out: { bytes: 60, packets: 2, flows: 1 },
    accept: { bytes: 90, packets: 3, flows: 2 },
    reject: { bytes: 10, packets: 1, flows: 5 },
    shares: { accept: 0.9, reject: 0.1, none: 0 },
  });
  expect(nodes[4]!.shares).toEqual({ accept: 0, reject: 0, none: 1 });
});

test('10.1.11.1 and 10.11.1.1 are two nodes, and so are the two families', () => {
  const digest = makeDigest({ keys }, [
    flow('10.1.11.1', '10.11.1.1'),
    flow('2001:db8::1:1', '2001:db8:1::1'),
    flow('::ffff:a01:b01', '-'),
  ]);
  const { nodes } = buildGraph(digest, query);
  expect(nodes.map(({ id, kind, groupId }) => [id, kind, groupId])).toEqual([
    ['10.1.11.1', 'address', 'range:10.1.0.0/16'],
    ['10.11.1.1', 'address', 'range:10.11.0.0/16'],
    ['::ffff:a01:b01', 'address', 'internet'],
    ['2001:db8::1:1', 'address', 'internet'],
    ['2001:db8:1::1', 'address', 'internet'],
    ['-', 'unknown', undefined],
  ]);
});

describe('what is folded', () => {
  const digest = makeDigest({ keys }, [
    flow('10.0.0.1', '10.0.0.2', { bytes: 100 }),
    flow('10.0.0.1', '10.0.0.3', { bytes: 20 }),
    flow('10.0.0.4', '10.0.0.3', { bytes: 3 }),
    flow('10.0.0.5', '10.0.0.5', { bytes: 4 }),
    flow('-', '10.0.0.1', { bytes: 1, action: 'REJECT' }),
  ]);

  test('becomes one node with edges of its own', () => {
    const graph = buildGraph(digest, { ...query, top: 2 });
    expect(graph.nodes.map(({ id, label, hosts }) => [id, label, hosts])).toEqual([
      ['10.0.0.1', '10.0.0.1', 1],
      ['10.0.0.2', '10.0.0.2', 1],
      ['Other', 'Other (3 hosts)', 3],
    ]);
    expect(graph.edges.map(({ source, target, action, sums }) => [source, target, action, sums.bytes])).toEqual([
      ['10.0.0.1', '10.0.0.2', 'ACCEPT', 100],
      ['10.0.0.1', 'Other', 'ACCEPT', 20],
      ['Other', '10.0.0.1', 'REJECT', 1],
      ['Other', 'Other', 'ACCEPT', 7],
    ]);
    expect(graph).toMatchObject({ addressCount: 5, foldedAddresses: 3, foldedForEdges: 0, totals: { bytes: 128 } });
  });

  test('includes more nodes if there are too many edges', () => {
    const graph = buildGraph(digest, { ...query, top: 2 }, { maxEdges: 3 });
    expect(graph.nodes.map(({ id }) => id)).toEqual(['10.0.0.1', 'Other']);
    expect(graph).toMatchObject({ foldedForEdges: 1, foldedAddresses: 4 });
    expect(graph.edges.map(({ sums }) => sums.bytes)).toEqual([120, 1, 7]);
  });

  test('may be all', () => {
    expect(buildGraph(digest, { ...query, top: 0 }).nodes.map(({ id }) => id)).toEqual(['Other']);
  });
});

test('lists are cut at ten, and say of how many', () => {
  const ports = Array.from({ length: 15 }, (_, i) =>
    flow('10.0.0.1', '10.0.0.2', { dstport: 100 - i, bytes: i, 'interface-id': `eni-${i}` }),
  );
  const [edge] = buildGraph(makeDigest({ keys }, ports), query).edges;
  expect(edge!.portCount).toBe(15);
  expect(edge!.ports.map(({ port }) => port)).toEqual([86, 87, 88, 89, 90, 91, 92, 93, 94, 95]);
  const field = (name: string): unknown => edge!.fields.find((candidate) => candidate.name === name);
  expect(field('dstport')).toEqual({
    name: 'dstport',
    valueCount: 15,
    values: ports.slice(5).map((_, i) => String(86 + i)),
  });
});

describe('the service port', () => {
  const edgeOf = (names: readonly string[], row: DigestRow): readonly unknown[] => {
    const digest = makeDigest({ keys: ['srcaddr', 'dstaddr', ...names] }, [
      { srcaddr: '10.0.0.1', dstaddr: '10.0.0.2', ...row },
    ]);
    const { ports, serviceSide } = buildGraph(digest, query).edges[0]!;
    return [ports.map(({ label }) => label).join(), serviceSide];
  };
  test.each([
    [['srcport', 'dstport', 'protocol'], { srcport: 40000, dstport: 443, protocol: 6 }, '443/tcp', 'target'],
    [['srcport', 'dstport', 'protocol'], { srcport: 443, dstport: 40000, protocol: 6 }, '443/tcp', 'source'],
    [['srcport', 'dstport', 'protocol'], { srcport: 123, dstport: 123, protocol: 17 }, '123/udp', 'target'],
    [['srcport', 'dstport', 'protocol'], { srcport: 443, dstport: 0, protocol: 6 }, '443/tcp', 'source'],
    [['srcport', 'dstport', 'protocol'], { srcport: 0, dstport: 0, protocol: 50 }, 'esp', undefined],
    [['srcport', 'dstport', 'protocol'], { srcport: 0, dstport: 0, protocol: 254 }, 'protocol 254', undefined],
    [['port', 'protocol'], { port: 443, protocol: 6 }, '443/tcp', undefined],
    [['port'], { port: 443 }, '443', undefined],
    [['dstport'], { dstport: 8080 }, '8080', undefined],
    [['dstport'], { dstport: '-' }, 'no port', undefined],
    [['protocol'], { protocol: 6 }, 'tcp', undefined],
    [[], {}, '', undefined],
  ])('%j of %j is %s', (names, row, label, side) => {
    expect(edgeOf(names, row)).toEqual([label, side]);
  });
});

test('groups come in order, each VPC before its subnets, and only those that hold a node', () => {
  const digest = makeDigest({ keys: ['srcaddr', 'dstaddr', 'vpc-id', 'subnet-id', 'flow-direction'] }, [
    {
      srcaddr: '10.0.0.9',
      dstaddr: '8.8.8.8',
      'vpc-id': 'vpc-b',
      'subnet-id': 'subnet-1',
      'flow-direction': 'egress',
      bytes: 9,
    },
    {
      srcaddr: '10.0.0.8',
      dstaddr: '10.9.0.1',
      'vpc-id': 'vpc-a',
      'subnet-id': 'subnet-2',
      'flow-direction': 'egress',
      bytes: 9,
    },
    { srcaddr: '10.0.0.7', dstaddr: '10.9.0.1', 'vpc-id': 'vpc-a', 'flow-direction': 'egress', bytes: 9 },
    { srcaddr: '10.0.0.6', dstaddr: '10.9.0.1', 'vpc-id': 'vpc-z', 'flow-direction': 'egress' },
  ]);
  const { groups, nodes } = buildGraph(digest, { ...query, top: 5 });
  expect(groups.map(({ id, parentId }) => [id, parentId])).toEqual([
    ['vpc:vpc-a', undefined],
    ['subnet:vpc-a/subnet-2', 'vpc:vpc-a'],
    ['vpc:vpc-b', undefined],
    ['subnet:vpc-b/subnet-1', 'vpc:vpc-b'],
    ['range:10.9.0.0/16', undefined],
    ['internet', undefined],
  ]);
  expect(nodes.map(({ id }) => id)).toEqual(['10.0.0.7', '10.0.0.8', '10.0.0.9', '10.9.0.1', '8.8.8.8', 'Other']);
});

test('pkt- addresses serve where there are no others', () => {
  const digest = makeDigest({ keys: ['pkt-srcaddr', 'pkt-dstaddr'] }, [
    { 'pkt-srcaddr': '10.0.0.1', 'pkt-dstaddr': '10.0.0.2' },
  ]);
  expect(buildGraph(digest, query)).toMatchObject({ addressKeys: ['pkt-srcaddr', 'pkt-dstaddr'], addressCount: 2 });
});

test('without addresses there is no graph, and the error says what it needs', () => {
  const digest = makeDigest({ keys: ['srcaddr', 'action'] }, []);
  expect(() => buildGraph(digest, query)).toThrow(FlowError);
  expect(() => buildGraph(digest, query)).toThrow(/needs the keys srcaddr and dstaddr .* the keys are srcaddr, action/);
});

test('nothing is a graph of nothing', () => {
  expect(buildGraph(makeDigest({ keys }, []), query)).toEqual({
    rankedBy: 'bytes',
    addressKeys: ['srcaddr', 'dstaddr'],
    nodes: [],
    edges: [],
    groups: [],
    totals: { bytes: 0, packets: 0, flows: 0 },
    minStartSec: undefined,
    maxEndSec: undefined,
    addressCount: 0,
    foldedAddresses: 0,
    foldedForEdges: 0,
  });
});
