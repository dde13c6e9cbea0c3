/**
 * Where the shapes of an SVG are that Graphviz has drawn. It writes one element per line, and its paths are chains of cubic
 * curves.
 */

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Of labels, in points. */
export const FONT_SIZE = 9;

/** The smallest box around points; `undefined` for none. */
export function boxAround(points: readonly Point[]): Box | undefined {
  if (points.length === 0) {
    return undefined;
  }
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

export function ellipseBox(ellipse: string): Box {
  const [x, y] = [attributeOf(ellipse, 'cx'), attributeOf(ellipse, 'cy')];
  const [rx, ry] = [attributeOf(ellipse, 'rx'), attributeOf(ellipse, 'ry')];
  return { left: x - rx, top: y - ry, right: x + rx, bottom: y + ry };
}

/** About where a text is. */
export function textBox(text: string): Box {
  const size = Number(/ font-size="([\d.]+)"/.exec(text)?.[1] ?? FONT_SIZE);
  const width = textWidth(text, size);
  const [x, y] = [attributeOf(text, 'x'), attributeOf(text, 'y')];
  const left = text.includes('text-anchor="start"') ? x : x - width / 2;
  return { left, top: y - size, right: left + width, bottom: y + size / 4 };
}

/** About as wide as Helvetica sets it: spaces and dots narrow, capitals and arrows wide. */
export function textWidth(text: string, size: number): number {
  const shown = text.replace(/<[^>]*>|\n/g, '').replace(/&[^;]*;/g, 'x');
  const widthOf = (char: string): number =>
    char === ' ' || char === '.' ? 0.28 : char > '\u2000' ? 1 : char >= 'A' && char <= 'Z' ? 0.74 : 0.57;
  return Array.from(shown).reduce((width, char) => width + widthOf(char), 0) * size;
}

/** A number of an element; 0 if it has none of that name. */
function attributeOf(element: string, name: string): number {
  return Number(new RegExp(` ${name}="(-?[\\d.]+)"`).exec(element)?.[1] ?? 0);
}

/** The pairs of numbers in a path or in `points`. */
export function readPoints(text: string): readonly Point[] {
  const numbers = (text.match(/-?\d+(?:\.\d+)?(?:e[-+]?\d+)?/g) ?? []).map(Number);
  return Array.from({ length: numbers.length >> 1 }, (_, i) => ({ x: numbers[2 * i]!, y: numbers[2 * i + 1]! }));
}

/** A chain of cubic curves (one point, then three per curve) as short straight pieces. */
export function flattenCurve(points: readonly Point[]): readonly Point[] {
  const flat = points.slice(0, 1);
  for (let i = 0; i + 3 < points.length; i += 3) {
    const [a, b, c, d] = [points[i]!, points[i + 1]!, points[i + 2]!, points[i + 3]!];
    for (let step = 1; step <= STEPS; step++) {
      const t = step / STEPS;
      const [wa, wb, wc, wd] = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3];
      flat.push({ x: wa * a.x + wb * b.x + wc * c.x + wd * d.x, y: wa * a.y + wb * b.y + wc * c.y + wd * d.y });
    }
  }
  return flat;
}

const STEPS = 12;
