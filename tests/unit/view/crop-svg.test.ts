import { cropSvg } from '../../../src/view/crop-svg';

/** A picture as Graphviz prints it, on a canvas of 208 × 408 points. */
function picture(...elements: readonly string[]): string {
  return [
    '<svg role="img" width="208pt" height="408pt"',
    ' viewBox="0.00 0.00 208.00 408.00" xmlns="http://www.w3.org/2000/svg">',
    '<g id="graph0" class="graph" transform="scale(1 1) rotate(0) translate(4 404)">',
    '<polygon fill="#ffffff" stroke="none" points="-4,4 -4,-404 204,-404 204,4 -4,4"/>',
    ...elements,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

const HEADING = '<text text-anchor="start" x="0" y="-390" font-size="13.00">VPC flows</text>';
const NODE = '<ellipse fill="none" stroke="black" cx="150" cy="-300" rx="40" ry="18"/>';
/** Its lowest point is at −125, though the points that shape it reach 0. */
const CURVE = '<path fill="none" stroke="#1a7f37" d="M20,-300C20,0 100,-100 100,-300"/>';

test('a canvas ends where what is drawn does, with a margin, and not where the points of a curve are', () => {
  const svg = cropSvg(picture(HEADING, NODE, CURVE));
  const [, width, height] = /^<svg role="img" width="(\d+)pt" height="(\d+)pt"/.exec(svg)!.map(Number);
  expect(width).toBe(206);
  // From the top of the canvas (−404 and what the heading leaves of it) to the curve and the margin.
  expect(height).toBeGreaterThan(404 - 130);
  expect(height).toBeLessThan(404 - 90);
  expect(svg).toContain(` viewBox="0.00 0.00 ${width}.00 ${height}.00"`);
  expect(svg).toContain('translate(4.00 404.00)');
  const bottom = (height! - 404).toFixed(2);
  expect(svg).toContain(`points="-4.00,${bottom} -4.00,-404.00 202.00,-404.00 202.00,${bottom} -4.00,${bottom}"`);
  expect(svg).toContain(CURVE);
});

test('what is empty above and at the left goes, too', () => {
  expect(cropSvg(picture(NODE))).toContain('translate(-98.00 330.00)');
});

test('a picture with hardly anything to cut off, and what is none, stay as they are', () => {
  const full = picture(HEADING, '<polygon fill="none" points="0,0 0,-400 200,-400 200,0 0,0"/>');
  expect(cropSvg(full)).toBe(full);
  expect(cropSvg(picture())).toBe(picture());
  expect(cropSvg('<svg></svg>\n')).toBe('<svg></svg>\n');
});
