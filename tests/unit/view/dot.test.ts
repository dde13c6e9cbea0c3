import { EDGE_DOT_ATTRS } from '@hpcc-js/wasm-graphviz';
import { FIELDS } from '../../../src/flow/fields';
import { printDot } from '../../../src/view/dot';
import { quote, quoteClusterName, quoteLines, quoteShown } from '../../../src/view/dot-text';
import { buildGraph } from '../../../src/view/graph';
import { makeDigest, type DigestRow } from '../../helpers/make-digest';
import { makeEstate } from './estate';
import { expectGolden } from './expect-golden';

const query = { measures: ['bytes'], top: 50 } as const;

function print(keys: readonly string[], rows: readonly DigestRow[]): string {
  return printDot(buildGraph(makeDigest({ keys: ['srcaddr', 'dstaddr', ...keys] }, rows), query));
}

const FLOW = { srcaddr: '10.0.0.1', dstaddr: '10.0.0.2' };

test('the whole estate', () => {
  expectGolden('estate.dot', printDot(buildGraph(makeEstate(), query), { title: 'The estate' }));
});

test('the estate, folded', () => {
  expectGolden('estate-top-4.dot', printDot(buildGraph(makeEstate(), { ...query, top: 4 })));
});

test('nothing', () => {
  expectGolden('empty.dot', printDot(buildGraph(makeDigest({ keys: ['srcaddr', 'dstaddr', 'action'] }, []), query)));
});

test('the heading says what was folded, and why', () => {
  const dot = printDot(buildGraph(makeEstate(), { ...query, top: 6 }, { maxEdges: 12 }));
  expect(dot).toContain(' · 7 of 10 hosts in Other, 3 of them to keep the edges few\\l');
});

test('ids are whole addresses', () => {
  const dot = print(
    [],
    [
      { srcaddr: '10.1.11.1', dstaddr: '10.11.1.1' },
      { srcaddr: '2001:db8::1', dstaddr: '10.1.11.1' },
    ],
  );
  expect(dot).toContain('  "10.1.11.1" -> "10.11.1.1" [');
  expect(dot).toContain('  "2001:db8::1" -> "10.1.11.1" [');
  expect(dot).toMatch(/^ {4}"10\.11\.1\.1" \[/m);
});

test('no documented field is an attribute that means something to Graphviz', () => {
  const names = FIELDS.filter(({ role }) => role === 'key').map(({ name }) => name.replaceAll('-', '_'));
  expect(names.filter((name) => (EDGE_DOT_ATTRS as readonly string[]).includes(name))).toEqual([]);
});

test('no column of a log can set an attribute of Graphviz, or one of ours', () => {
  const names = ['URL', 'href', 'label', 'style', 'a b"c', 'bytes', 'start', '__proto__'];
  const row: Record<string, string | number> = { ...FLOW, bytes: 5, start: 7 };
  const dot = print(names, [
    Object.assign(Object.create(null) as DigestRow, row, {
      URL: 'javascript:alert(1)',
      href: 'x',
      label: 'y',
      style: 'invis',
      'a b"c': 'z',
    }),
  ]);
  expect(dot).toContain('"field_URL"="javascript:alert(1)"');
  expect(dot).toContain(
    'field_href="x", field_label="y", field_style="invis", "field_a b\\"c"="z", field_bytes="5", field_start="7"',
  );
  expect(dot).not.toMatch(/[ [](?:URL|href)=/);
  expect(dot).toContain('style="solid"');
});

test.each([
  ['plain', '"plain"', '"plain"'],
  ['a"b', '"a\\"b"', '"a\\"b"'],
  ['ends with \\', '"ends with \\\\"', '"ends with \\\\"'],
  ['\\"', '"\\\\\\""', '"\\\\\\""'],
  ['\\N \\G', '"\\\\N \\\\G"', '"\\\\N \\\\G"'],
  ['two\nlines\r\nor three', '"two\\nlines\\nor three"', '"two\\nlines\\nor three"'],
  ['<b>&lt;&#1;', '"<b>&lt;&#1;"', '"<b>&amp;lt;&amp;#1;"'],
  ['{a|b}', '"{a|b}"', '"{a|b}"'],
  ['\u0000\u0007\tx\ud800y\u{1f600}', '"\ufffd\ufffd x\ufffdy\u{1f600}"', '"\ufffd\ufffd x\ufffdy\u{1f600}"'],
])('%j is quoted', (text, quoted, shown) => {
  expect(quote(text)).toBe(quoted);
  expect(quoteShown(text)).toBe(shown);
});

test('names of clusters are safe and stay distinct', () => {
  expect(quoteClusterName('subnet:vpc-1/subnet_2')).toBe('"cluster_subnet:vpc-1/subnet_2"');
  expect(quoteClusterName('a"b&c%')).toBe('"cluster_a%0022b%0026c%0025"');
});

test('lines are flush left', () => {
  expect(quoteLines(['a"', 'b'])).toBe('"a\\"\\lb\\l"');
});

test('actions differ by colour and by dash; width grows with bytes, from 1 to 6', () => {
  const rows = [
    { ...FLOW, action: 'ACCEPT', bytes: 1e13 },
    { ...FLOW, action: 'REJECT', bytes: 1 },
    { ...FLOW, action: '-', bytes: 1e6 },
    { ...FLOW, action: 'accept', bytes: 1e8 },
  ];
  const looks = print(['action'], rows)
    .split('\n')
    .filter((line) => line.includes(' -> '))
    .map((line) => [...line.matchAll(/(?:action|[ ]color|style|penwidth)="([^"]*)"/g)].map((match) => match[1]));
  expect(looks).toEqual([
    ['#1a7f37', 'solid', '6.00', 'ACCEPT'],
    ['#cf222e', 'dashed', '2.00', 'REJECT'],
    ['#6e7781', 'solid', '2.43', 'accept'],
    ['#6e7781', 'solid', '1.00', '-'],
  ]);
});

test('of a request and its answers only the request is drawn, with both', () => {
  const rows = [
    { ...FLOW, srcport: 443, dstport: 0, bytes: 9000 },
    { srcaddr: FLOW.dstaddr, dstaddr: FLOW.srcaddr, srcport: 0, dstport: 443, bytes: 100 },
  ];
  const [answer, request] = print(['srcport', 'dstport'], rows)
    .split('\n')
    .filter((line) => line.includes(' -> '));
  expect(answer).toMatch(/"10.0.0.1" -> "10.0.0.2" .*style="invis", constraint="false".* bytes="9000"/);
  expect(request).toMatch(/"10.0.0.2" -> "10.0.0.1" .*xlabel="443\\n→ 100 B ← 9 kB".*dir="both".* bytes="100"/);
});

test('a time that is no date is printed as it is', () => {
  expect(print([], [{ ...FLOW, start: 9e15, end: 9e15 }])).toContain('9000000000000000 s – 9000000000000000 s');
});

test('lists say how many there are if they are cut', () => {
  const rows = Array.from({ length: 12 }, (_, i) => ({ ...FLOW, dstport: i + 1, bytes: 1 }));
  const dot = print(['dstport'], rows);
  expect(dot).toContain('ports="1,2,3,4,5,6,7,8,9,10", ports_count="12"');
  expect(dot).toContain('dstport="1,2,3,4,5,6,7,8,9,10", dstport_count="12"');
  expect(dot).toContain('xlabel="1 +11\\n12 B"');
});

test('a graph beyond all use is refused', () => {
  const graph = buildGraph(makeEstate(), query);
  const nodes = Array.from({ length: 50_001 }, () => graph.nodes[0]!);
  expect(() => printDot({ ...graph, nodes })).toThrow(expect.objectContaining({ code: 'over-limit' }));
});
