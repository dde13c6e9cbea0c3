import { printDot } from '../../../src/view/dot';
import { buildGraph } from '../../../src/view/graph';
import { renderSvg } from '../../../src/view/svg';
import { makeDigest, type DigestRow } from '../../helpers/make-digest';
import { makeEstate } from './estate';

const query = { measures: ['bytes'], top: 400 } as const;

function printRows(keys: readonly string[], rows: readonly DigestRow[], maxEdges = 1e6): string {
  return printDot(buildGraph(makeDigest({ keys: ['srcaddr', 'dstaddr', ...keys] }, rows), query, { maxEdges }));
}

function countMatches(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}

/** Flows between pseudo-random hosts of five /16 ranges, many of them between the same two. */
function makeMesh(hostCount: number, flowCount: number): readonly DigestRow[] {
  let state = 3;
  const next = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const address = (host: number): string => `10.${host % 5}.0.${host % 250}`;
  return Array.from({ length: flowCount }, () => ({
    srcaddr: address(next(hostCount)),
    dstaddr: address(next(hostCount)),
    dstport: 443,
    action: next(9) > 0 ? 'ACCEPT' : 'REJECT',
    bytes: next(1e9),
  }));
}

// Graphviz takes hold of it when it is first loaded, for what it has to say about lines that it loses.
beforeAll(() => {
  console.error = () => undefined;
});

describe('the picture of the estate', () => {
  const dot = printDot(buildGraph(makeEstate(), query));
  const draw = (): Promise<string> => renderSvg(dot, { title: 'Estate & <friends>' });

  test('stands alone: no prolog, script, link, style sheet or reference', async () => {
    const svg = await draw();
    expect(svg).toMatch(/^<svg role="img"[^>]*>\n<title>Estate &amp; &lt;friends&gt;<\/title>\n/);
    expect(svg.endsWith('</svg>\n')).toBe(true);
    expect(svg).not.toMatch(/<!|<\?|<script|<style|<image|<use|<foreignObject|href=|\bon[a-z]+=|url\(/i);
    expect([...svg.matchAll(/https?:[^"]*/g)].map(([url]) => url)).toEqual([
      'http://www.w3.org/2000/svg',
      'http://www.w3.org/1999/xlink',
    ]);
  });

  test('is the same each time', async () => {
    expect(await draw()).toBe(await draw());
  });

  test('has a node per address, a line per conversation and a label on each', async () => {
    const svg = await draw();
    const lineCount = countMatches(dot, / -> /g) - countMatches(dot, /style="invis"/g);
    expect(countMatches(svg, /<g id="node\d+" class="node">/g)).toBe(11);
    expect(countMatches(svg, /<g id="edge\d+" class="edge">/g)).toBe(lineCount);
    expect(countMatches(svg, /<rect /g)).toBe(lineCount);
    expect(svg).toContain('stroke="#cf222e" stroke-width="2" stroke-dasharray');
  });
});

test('nasty strings are drawn as what they are', async () => {
  const nasty = [
    '"]; evil [label="',
    'ends with \\',
    'two\nlines',
    '</svg><script>alert(1)</script>',
    '{a|<b>c}',
    '&lt;&#1;&amp;',
    '\u0001',
    "'",
    '<B>',
  ];
  const rows = nasty.map((text, i) => ({
    srcaddr: `10.0.0.${i}`,
    dstaddr: '10.0.1.1',
    'vpc-id': text,
    'subnet-id': `${text}/${text}`,
    'flow-direction': 'egress',
    'instance-tag': text,
    [text]: text,
    action: text,
  }));
  const svg = await renderSvg(
    printRows(['vpc-id', 'subnet-id', 'flow-direction', 'instance-tag', 'action', ...nasty], rows),
  );
  expect(countMatches(svg, /<g id="node\d+" class="node">/g)).toBe(10);
  expect(countMatches(svg, /<g id="edge\d+" class="edge">/g)).toBe(9);
  expect(svg).not.toMatch(/<script|<b>|&#1;/i);
  expect(svg).not.toContain('\u0001');
  expect(svg).toContain('>&lt;/svg&gt;&lt;script&gt;alert(1)&lt;/script&gt;<');
  expect(svg).toContain('>&quot;]; evil [label=&quot;<');
  expect(svg).toContain('>ends with \\<');
  expect(svg).toContain('>&amp;lt;&amp;#1;&amp;amp;<');
  expect(svg.match(/<\/svg>/g)).toHaveLength(1);
});

test('two nodes for 10.1.11.1 and 10.11.1.1', async () => {
  const svg = await renderSvg(printRows([], [{ srcaddr: '10.1.11.1', dstaddr: '10.11.1.1' }]));
  expect(svg).toContain('<title>10.1.11.1</title>');
  expect(svg).toContain('<title>10.11.1.1</title>');
});

test('nothing is a valid, empty picture', async () => {
  const svg = await renderSvg(printRows([], []));
  expect(svg).toMatch(/^<svg role="img"[^>]*>\n<title>VPC flow graph<\/title>/);
  expect(svg).toContain('no flows');
  expect(svg).toMatch(/<\/g>\n<\/svg>\n$/);
});

test('no line is lost, and labels cover neither nodes nor each other', async () => {
  const dot = printRows(['dstport', 'action'], makeMesh(30, 900));
  const svg = await renderSvg(dot);
  const lineCount = countMatches(dot, / -> /g) - countMatches(dot, /style="invis"/g);
  expect(lineCount).toBeGreaterThan(300);
  expect(countMatches(svg, /<g id="edge\d+" class="edge">/g)).toBe(lineCount);
  const boxes = [...svg.matchAll(/<rect x="([-\d.]+)" y="([-\d.]+)" width="([\d.]+)" height="([\d.]+)"/g)].map(
    ([, ...numbers]) => {
      const [x, y, width, height] = numbers.map(Number) as [number, number, number, number];
      return { x, y, right: x + width, bottom: y + height };
    },
  );
  expect(boxes.length).toBeGreaterThan(50);
  expect(boxes.length).toBeLessThan(lineCount);
  const rounding = 0.02;
  for (const [i, a] of boxes.entries()) {
    for (const b of boxes.slice(i + 1)) {
      const apart =
        Math.min(a.right, b.right) - Math.max(a.x, b.x) < rounding ||
        Math.min(a.bottom, b.bottom) - Math.max(a.y, b.y) < rounding;
      expect(apart).toBe(true);
    }
  }
});

test('lines that Graphviz loses are drawn straight', async () => {
  // Labels within its layout make Graphviz 16.1 lose 30 of these 114 lines.
  const dot = printRows(['dstport', 'action'], makeMesh(40, 120)).replaceAll('xlabel=', 'label=');
  const svg = await renderSvg(dot);
  const lineCount = countMatches(dot, / -> /g) - countMatches(dot, /style="invis"/g);
  expect(countMatches(svg, /<g id="edge\d+" class="edge">/g)).toBe(lineCount);
});

test('what Graphviz objects to is an internal error in its own words, and the next picture is fine', async () => {
  await expect(renderSvg('digraph { a -> ')).rejects.toMatchObject({
    code: 'internal',
    message: expect.stringMatching(/^cannot draw the graph: Graphviz says .*syntax error in line 1/) as string,
  });
  expect(await renderSvg('digraph { a -> b }')).toContain('<title>a&#45;&gt;b</title>');
});

test.each([
  ['nodes', Array.from({ length: 401 }, (_, i) => `n${i};`).join(' ')],
  ['edges', Array.from({ length: 2001 }, (_, i) => `n${i % 50} -> n${i % 49};`).join(' ')],
])('too many %s are over the limit', async (_, statements) => {
  await expect(renderSvg(`digraph { ${statements} }`)).rejects.toMatchObject({
    code: 'over-limit',
    message: expect.stringContaining('lower --top') as string,
  });
});
