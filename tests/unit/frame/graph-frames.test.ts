import fc from 'fast-check';
import { encodeFrame } from '../../../src/frame/encode-frame';
import type { Frame, JsonValue } from '../../../src/frame/frame';
import { buildGraphFrames, type GraphFrameOptions } from '../../../src/frame/graph-frames';
import { normaliseQuery } from '../../../src/query/normalise';
import { buildGraph, type GraphOptions } from '../../../src/view/graph';
import { layoutGraph } from '../../../src/view/layout';
import { makeDigest } from '../../helpers/make-digest';
import { arbitraryDigest } from '../view/arbitrary-digest';
import { makeEstate } from '../view/estate';
import { fieldOf, rowsOf, valuesOf } from './read-frame';

const query = { measures: ['bytes', 'packets', 'flows'], top: 40 } as const;

function estateFrames(options: GraphOptions = {}, frameOptions?: GraphFrameOptions): readonly [Frame, Frame] {
  return buildGraphFrames(buildGraph(makeEstate(), query, options), frameOptions);
}

function rowOf(frame: Frame, id: string): Record<string, JsonValue> {
  return rowsOf(frame).find((row) => row['id'] === id)!;
}

describe('the panel can draw any graph', () => {
  test('edges have distinct ids and two different ends, both of which are nodes', () => {
    fc.assert(
      fc.property(arbitraryDigest(false), fc.nat(12), fc.boolean(), (digest, top, isGrouped) => {
        const graph = buildGraph(digest, { ...query, top }, isGrouped ? { grouping: {} } : {});
        const [nodes, edges] = buildGraphFrames(graph);
        const nodeIds = valuesOf(nodes, 'id');
        const edgeIds = valuesOf(edges, 'id');
        expect(new Set(nodeIds).size).toBe(nodeIds.length);
        expect(new Set(edgeIds).size).toBe(edgeIds.length);
        for (const { id, source, target, thickness, color } of rowsOf(edges)) {
          expect(id).toMatch(/^[A-Za-z0-9_-]+$/);
          expect(source).not.toBe(target);
          expect(nodeIds).toContain(source);
          expect(nodeIds).toContain(target);
          expect(thickness).toBeGreaterThanOrEqual(1);
          expect(thickness).toBeLessThanOrEqual(4);
          expect(color).toMatch(/^#[0-9a-f]{6}$/);
        }
        for (const row of rowsOf(nodes)) {
          const arcs = ['arc__accept', 'arc__reject', 'arc__none'].map((name) => Number(row[name]));
          expect([0, 1]).toContainEqual(Number(arcs.reduce((sum, share) => sum + share, 0).toFixed(9)));
          expect(Number.isFinite(row['fixedx']) && Number.isFinite(row['fixedy'])).toBe(true);
        }
        expect(encodeFrame(nodes).length + encodeFrame(edges).length).toBeGreaterThan(0);
      }),
      { numRuns: 50 },
    );
  });

  test('the panel knows the frames, whatever is in them', () => {
    for (const [nodes, edges] of [
      estateFrames(),
      buildGraphFrames(buildGraph(makeDigest({ keys: ['srcaddr', 'dstaddr'] }, []), query)),
    ]) {
      expect([nodes.name, edges.name]).toEqual(['nodes', 'edges']);
      expect([nodes.meta, edges.meta]).toEqual(Array(2).fill({ preferredVisualisationType: 'nodeGraph' }));
      // A frame with a field `source` is the edges; the first of arc and detail fields count in lower case only.
      expect(nodes.fields.map(({ name }) => name)).not.toContain('source');
      expect([...nodes.fields, ...edges.fields].every(({ name }) => name === name.toLowerCase())).toBe(true);
      // Without a text field of that name the first number would be shown as one.
      expect(fieldOf(nodes, 'mainstat').type).toBe('string');
      expect(fieldOf(edges, 'mainstat').type).toBe('string');
    }
  });

  test('more nodes than it draws are refused', () => {
    const rows = Array.from({ length: 300 }, (_, i) => ({
      srcaddr: `10.0.${i >> 8}.${i & 255}`,
      dstaddr: '10.9.9.9',
      bytes: 1,
    }));
    const digest = makeDigest({ keys: ['srcaddr', 'dstaddr'] }, rows);
    expect(() => buildGraphFrames(buildGraph(digest, { ...query, top: 200 }))).toThrow(
      'cannot draw the graph: 201 nodes are more than 200; lower top',
    );
    const [nodes] = buildGraphFrames(buildGraph(digest, { ...query, top: 199 }));
    expect(valuesOf(nodes, 'id')).toHaveLength(200);
    // No room for texts between so many.
    expect(rowOf(nodes, '10.9.9.9')).toMatchObject({ noderadius: 10, subtitle: null, mainstat: null });
  });
});

test('hosts say what they are, what they had and where they are', () => {
  const [nodes] = estateFrames();
  expect(rowOf(nodes, '10.1.11.1')).toEqual({
    id: '10.1.11.1',
    title: '10.1.11.1',
    subtitle: 'subnet-0public',
    mainstat: '1.83 GB',
    // By records: what was refused has hardly any bytes.
    arc__accept: expect.closeTo(1 - 70 / 3305, 9),
    arc__reject: expect.closeTo(70 / 3305, 9),
    arc__none: 0,
    noderadius: 24,
    fixedx: expect.any(Number),
    fixedy: expect.any(Number),
    detail__in: '910 MB in 639k packets, 1,694 flows',
    detail__out: '916 MB in 650k packets, 1,611 flows',
    detail__within: null,
    detail__rejected: '2.8 kB in 70 packets, 70 flows',
    detail__place: 'vpc-0prod1a2b3c4d5e6f / subnet-0public',
    detail__members: null,
    group: null,
    detail__filter: 'addr = 10.1.11.1',
    filter: 'addr = 10.1.11.1',
  });
  expect(rowOf(nodes, '-')).toMatchObject({
    title: 'unknown',
    subtitle: 'no address',
    detail__out: '100 B in 1 packet, 1 flow',
    detail__in: null,
  });
});

test('groups say how many hosts they are, and what stays within them', () => {
  const [nodes, edges] = estateFrames({ grouping: { expand: ['internet'], topHosts: 1 } });
  expect(rowOf(nodes, 'subnet:vpc-0prod1a2b3c4d5e6f/subnet-0app')).toMatchObject({
    title: 'subnet-0app',
    subtitle: '2 hosts',
    detail__within: '2.34 GB in 1.78M packets, 180 flows',
    detail__members: '10.1.12.7, 10.1.12.20',
  });
  expect(rowOf(nodes, 'internet')).toMatchObject({ title: 'internet', subtitle: '2 other hosts' });
  expect(rowOf(nodes, '203.0.113.7')).toMatchObject({ subtitle: 'internet' });
  expect(valuesOf(edges, 'id')).toHaveLength(8);
});

test('an edge is both directions, in the colour of what became of them', () => {
  const [, edges] = estateFrames();
  const edgeOf = (source: string, target: string): Record<string, JsonValue> =>
    rowsOf(edges).find((row) => row['source'] === source && row['target'] === target)!;
  expect(edgeOf('203.0.113.7', '10.1.11.1')).toEqual({
    id: expect.stringMatching(/^e[a-z0-9]+$/),
    source: '203.0.113.7',
    target: '10.1.11.1',
    mainstat: '915 MB',
    secondarystat: '443/tcp',
    thickness: expect.closeTo(1 + (3 * Math.log10(915.2)) / 7),
    color: '#56a64b',
    strokedasharray: null,
    detail__forth: '5.2 MB in 9k packets, 812 flows',
    detail__back: '910 MB in 640k packets, 811 flows',
    detail__rejected: null,
    detail__ports: '443/tcp',
    detail__time: '2026-01-01T00:00:00Z – 2026-01-01T00:59:59Z',
    // Too long for a line of the menu.
    detail__filter: null,
    filter:
      '((srcaddr = 203.0.113.7) and (dstaddr = 10.1.11.1)) or ((srcaddr = 10.1.11.1) and (dstaddr = 203.0.113.7))',
  });
  expect(edgeOf('198.51.100.99', '10.1.11.1')).toMatchObject({
    color: '#e02f44',
    strokedasharray: '4 3',
    thickness: 1,
    secondarystat: '22/tcp, …',
    detail__ports: '22/tcp, 3389/tcp',
    detail__back: null,
  });
});

test('an edge keeps its id when its traffic turns round', () => {
  const idOf = (row: Record<string, string | number>): JsonValue => {
    const digest = makeDigest({ keys: ['srcaddr', 'dstaddr', 'srcport', 'dstport'] }, [row]);
    return valuesOf(buildGraphFrames(buildGraph(digest, query))[1], 'id')[0]!;
  };
  const there = idOf({ srcaddr: '10.0.0.1', dstaddr: '10.0.0.2', srcport: 0, dstport: 80 });
  expect(idOf({ srcaddr: '10.0.0.2', dstaddr: '10.0.0.1', srcport: 0, dstport: 80 })).toBe(there);
  expect(idOf({ srcaddr: '10.0.0.2', dstaddr: '10.0.0.3', srcport: 0, dstport: 80 })).not.toBe(there);
});

test('rings and their legend have fixed colours and names', () => {
  const [nodes] = estateFrames();
  expect(['arc__accept', 'arc__reject', 'arc__none'].map((name) => fieldOf(nodes, name).config)).toEqual([
    { displayName: 'accepted', color: { mode: 'fixed', fixedColor: '#56a64b' } },
    { displayName: 'rejected', color: { mode: 'fixed', fixedColor: '#e02f44' } },
    { displayName: 'no action logged', color: { mode: 'fixed', fixedColor: '#8e8e8e' } },
  ]);
  expect(fieldOf(nodes, 'mainstat').config).toEqual({ displayName: 'bytes, in and out' });
});

test('nodes stand where the layout puts them', () => {
  const graph = buildGraph(makeEstate(), query);
  const layout = layoutGraph(graph, { widthPx: 1600, heightPx: 900 });
  const [nodes] = buildGraphFrames(graph, { layout });
  for (const { id, fixedx, fixedy } of rowsOf(nodes)) {
    expect({ x: fixedx, y: fixedy }).toEqual(layout.positions.get(String(id)));
  }
});

describe('links', () => {
  const saved = {
    refId: 'A',
    version: 1,
    view: 'graph',
    sources: ['logs'],
    regions: ['eu-west-1'],
    top: 40,
    keys: ['srcaddr', 'dstaddr'],
    filter: 'action = REJECT or port = 22',
  };
  const [nodes, edges] = estateFrames({}, { link: { datasourceUid: 'uid', datasourceName: 'VPC', query: saved } });

  test('open the records and the table of a row, narrowed by its filter', () => {
    const { links } = fieldOf(edges, 'id').config!;
    expect(fieldOf(nodes, 'id').config!.links).toEqual(links);
    const filter = '(action = REJECT or port = 22) and (${__data.fields["filter"]})';
    const shared = { version: 1, sources: ['logs'], regions: ['eu-west-1'] };
    expect(links).toEqual(
      ['records', 'table'].map((view) => ({
        title: `Flow logs/${view === 'records' ? 'Records' : 'Table'}`,
        url: '',
        internal: { datasourceUid: 'uid', datasourceName: 'VPC', query: { ...shared, view, filter } },
      })),
    );
  });

  test('ask what can be answered, for every row', () => {
    for (const frame of [nodes, edges]) {
      for (const link of fieldOf(frame, 'id').config!.links!) {
        for (const { filter: own } of rowsOf(frame)) {
          const asked = 'internal' in link ? link.internal.query : {};
          const filter = String(asked['filter']).replace('${__data.fields["filter"]}', String(own));
          expect(normaliseQuery({ ...asked, filter }, { nowMs: 0 }).filter).toMatchObject({ type: 'and' });
        }
      }
    }
  });

  test('of a grouped graph open its groups, beside those that are open', () => {
    const grouped = { ...saved, nodes: 'groups', expand: ['vpc:a'], range: { from: 'now-1h' } };
    const target = { datasourceUid: 'uid', datasourceName: 'VPC', query: grouped };
    const [groups, pairs] = estateFrames({ grouping: { expand: ['internet'], topHosts: 1 } }, { link: target });
    const link = fieldOf(groups, 'id').config!.links![2];
    expect(link).toEqual({
      title: 'Flow logs/Open',
      url: '',
      internal: {
        datasourceUid: 'uid',
        datasourceName: 'VPC',
        query: { ...saved, nodes: 'groups', expand: ['vpc:a', '${__data.fields["group"]}'] },
      },
    });
    expect(fieldOf(pairs, 'id').config!.links).toHaveLength(2);
    expect(rowOf(groups, 'internet')['group']).toBe('internet');
    expect(rowOf(groups, '203.0.113.7')['group']).toBeNull();
  });

  test('are absent if there is nothing to open', () => {
    expect(fieldOf(estateFrames()[0], 'id').config).toBeUndefined();
  });
});
