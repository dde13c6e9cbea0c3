/**
 * Moves the labels of lines to where they can be read, in an SVG that Graphviz has drawn. Its own ways are no good here:
 * labels that take part in its layout make it lose lines that leave a cluster, and labels that do not (`xlabel`, which
 * the DOT has) end up on top of nodes and of each other.
 */

/**
 * The picture with each line's label on the line itself, as near its middle as there is room beside nodes, headings and
 * other labels, on a background of its own above everything else. Labels of dashed (rejected) lines are placed first,
 * then those of thicker lines; a label without room is left out, for the tooltip has it all.
 */
export function placeLabels(svg: string): string {
  const sections = svg.split(/^(?=<g id="(?:node|edge|clust)\d+" class=)/m);
  const taken = sections.flatMap((section) => (section.startsWith('<g id="edge') ? [] : findObstacles(section)));
  const lines = sections.flatMap((section, index) => {
    const line = section.startsWith('<g id="edge') ? readLine(section) : undefined;
    return line ? [{ ...line, index }] : [];
  });
  const placed = new Map<number, string>();
  for (const line of [...lines].sort((a, b) => b.importance - a.importance || a.index - b.index)) {
    const box = findRoom(line, taken);
    if (box) {
      taken.push(box);
      const texts = line.texts.map((text, row) => moveText(text, box, row, line.texts.length));
      placed.set(line.index, `${printBackground(box)}${texts.join('')}`);
    }
  }
  const drawn = sections
    .map((section) => (section.startsWith('<g id="edge') ? section.replace(TEXT, '') : section))
    .join('');
  const labels = [...placed].sort(([a], [b]) => a - b).map(([, text]) => text);
  return drawn.replace(/<\/g>\n<\/svg>\s*$/, () => `<g class="labels">\n${labels.join('')}</g>\n</g>\n</svg>\n`);
}

/** Graphviz writes one element per line, and its texts have no line breaks. */
const TEXT = /^<text [^>]*>[^<]*<\/text>\n/gm;
const FONT_SIZE = 9;
const LINE_HEIGHT = 10;

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

interface Line {
  readonly points: readonly Point[];
  readonly texts: readonly string[];
  readonly importance: number;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** What a label must not cover: the outline of a node, or the heading of a cluster or of the picture. */
function findObstacles(section: string): readonly Box[] {
  if (!section.startsWith('<g id="node')) {
    return (section.match(TEXT) ?? []).map((text) => {
      const size = Number(/ font-size="([\d.]+)"/.exec(text)?.[1] ?? FONT_SIZE);
      const width = textWidth(text, size);
      const [x, y] = [attributeOf(text, 'x'), attributeOf(text, 'y')];
      const left = text.includes('text-anchor="start"') ? x : x - width / 2;
      return { left, top: y - size, right: left + width, bottom: y + size / 4 };
    });
  }
  const ellipse = /^<ellipse .*$/m.exec(section)?.[0];
  if (ellipse !== undefined) {
    const [x, y] = [attributeOf(ellipse, 'cx'), attributeOf(ellipse, 'cy')];
    const [rx, ry] = [attributeOf(ellipse, 'rx'), attributeOf(ellipse, 'ry')];
    return [{ left: x - rx, top: y - ry, right: x + rx, bottom: y + ry }];
  }
  const points = readPoints(/ (?:d|points)="([^"]*)"/.exec(section)?.[1] ?? '');
  if (points.length === 0) {
    return [];
  }
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  return [{ left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) }];
}

function readLine(section: string): Line | undefined {
  const path = /^<path .*$/m.exec(section)?.[0];
  const texts = section.match(TEXT);
  if (path === undefined || texts === null) {
    return undefined;
  }
  const isDashed = path.includes('stroke-dasharray');
  const width = Number(/ stroke-width="([\d.]+)"/.exec(path)?.[1] ?? 1);
  return {
    points: flattenCurve(readPoints(/ d="([^"]*)"/.exec(path)?.[1] ?? '')),
    texts,
    importance: (isDashed ? 100 : 0) + width,
  };
}

/** Places to try: shares of the line's length, and distances from it in label heights. */
const SHARES = [0.5, 0.44, 0.56, 0.37, 0.63, 0.3, 0.7, 0.23, 0.77, 0.16, 0.84];
const SHIFTS = [0, -0.55, 0.55];

function findRoom({ points, texts }: Line, taken: readonly Box[]): Box | undefined {
  const halfWidth = Math.max(...texts.map((text) => textWidth(text, FONT_SIZE))) / 2;
  const halfHeight = (texts.length * LINE_HEIGHT) / 2;
  for (const shift of SHIFTS) {
    for (const share of SHARES) {
      const point = pointAt(points, share);
      const y = point.y + shift * 2 * halfHeight;
      const box = {
        left: point.x - halfWidth,
        top: y - halfHeight,
        right: point.x + halfWidth,
        bottom: y + halfHeight,
      };
      if (!taken.some((other) => overlaps(box, other))) {
        return box;
      }
    }
  }
  return undefined;
}

function overlaps(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function printBackground({ left, top, right, bottom }: Box): string {
  const [x, y, width, height] = [left, top, right - left, bottom - top].map(twoDecimals);
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="3" fill="#ffffff" fill-opacity="0.9"/>\n`;
}

/** The same in every engine: lengths of curves differ in their last bits, which must not decide how a half is rounded. */
function twoDecimals(value: number): string {
  return (Math.round(value * 1e6) / 1e6).toFixed(2);
}

function moveText(text: string, box: Box, row: number, rowCount: number): string {
  const x = (box.left + box.right) / 2;
  const y = (box.top + box.bottom) / 2 + (row - (rowCount - 1) / 2) * LINE_HEIGHT + 0.35 * FONT_SIZE;
  return text.replace(/ x="[^"]*" y="[^"]*"/, ` x="${twoDecimals(x)}" y="${twoDecimals(y)}"`);
}

/** About as wide as Helvetica sets it: spaces and dots narrow, capitals and arrows wide. */
function textWidth(text: string, size: number): number {
  const shown = text.replace(/<[^>]*>|\n/g, '').replace(/&[^;]*;/g, 'x');
  const widthOf = (char: string): number =>
    char === ' ' || char === '.' ? 0.28 : char > '\u2000' ? 1 : char >= 'A' && char <= 'Z' ? 0.74 : 0.57;
  return Array.from(shown).reduce((width, char) => width + widthOf(char), 0) * size;
}

function attributeOf(element: string, name: string): number {
  return Number(new RegExp(` ${name}="(-?[\\d.]+)"`).exec(element)?.[1] ?? 0);
}

function readPoints(text: string): readonly Point[] {
  const numbers = (text.match(/-?\d+(?:\.\d+)?(?:e[-+]?\d+)?/g) ?? []).map(Number);
  return Array.from({ length: numbers.length >> 1 }, (_, i) => ({ x: numbers[2 * i]!, y: numbers[2 * i + 1]! }));
}

/** A chain of cubic curves (one point, then three per curve) as short straight pieces. */
function flattenCurve(points: readonly Point[]): readonly Point[] {
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

/** The point after that share of the whole length. */
function pointAt(points: readonly Point[], share: number): Point {
  const lengths = points.map((point, i) => (i === 0 ? 0 : distance(points[i - 1]!, point)));
  let rest = share * lengths.reduce((sum, length) => sum + length, 0);
  for (let i = 1; i < points.length; i++) {
    if (rest <= lengths[i]! && lengths[i]! > 0) {
      const [a, b, t] = [points[i - 1]!, points[i]!, rest / lengths[i]!];
      return { x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y) };
    }
    rest -= lengths[i]!;
  }
  return points[points.length - 1] ?? { x: 0, y: 0 };
}

function distance(a: Point, b: Point): number {
  return Math.sqrt((a.x - b.x) ** 2 + (a.y - b.y) ** 2);
}
