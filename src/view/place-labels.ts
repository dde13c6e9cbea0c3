/**
 * Moves the labels of lines to where they can be read, in an SVG that Graphviz has drawn. Its own ways are no good here:
 * labels that take part in its layout make it lose lines that leave a cluster, and labels that do not (`xlabel`, which
 * the DOT has) end up on top of nodes and of each other.
 */
import { FONT_SIZE, boxAround, ellipseBox, flattenCurve, readPoints, textBox, textWidth } from './svg-shapes';
import type { Box, Point } from './svg-shapes';

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
const LINE_HEIGHT = 10;

interface Line {
  readonly points: readonly Point[];
  readonly texts: readonly string[];
  readonly importance: number;
}

/** What a label must not cover: the outline of a node, or the heading of a cluster or of the picture. */
function findObstacles(section: string): readonly Box[] {
  if (!section.startsWith('<g id="node')) {
    return (section.match(TEXT) ?? []).map(textBox);
  }
  const ellipse = /^<ellipse .*$/m.exec(section)?.[0];
  if (ellipse !== undefined) {
    return [ellipseBox(ellipse)];
  }
  const outline = boxAround(readPoints(/ (?:d|points)="([^"]*)"/.exec(section)?.[1] ?? ''));
  return outline ? [outline] : [];
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
