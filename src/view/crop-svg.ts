/**
 * Cuts off what is empty at the edges of a picture. Graphviz reckons with the points that shape a curve, and those of a line
 * that goes around a cluster can lie far away from it.
 */
import { type Box, boxAround, ellipseBox, flattenCurve, readPoints, textBox } from './svg-shapes';

/** Empty space that stays at each edge, in points; lines and arrows are no wider. */
const MARGIN = 12;
/** Pictures of which less than this share would go stay as Graphviz made them. */
const LEAST_SHARE = 0.05;

/** The same drawing on a canvas that ends where it does; the picture itself if there is little to gain. */
export function cropSvg(svg: string): string {
  const canvasPoints = /^<polygon [^>]* points="([^"]*)"\/>$/m.exec(svg);
  const canvas = boxAround(readPoints(canvasPoints?.[1] ?? ''));
  const drawn = boxAround(
    svg
      .slice((canvasPoints?.index ?? 0) + (canvasPoints?.[0].length ?? 0))
      .split('\n')
      .flatMap((element) => boxOf(element) ?? [])
      .flatMap(({ left, top, right, bottom }) => [
        { x: left - MARGIN, y: top - MARGIN },
        { x: right + MARGIN, y: bottom + MARGIN },
      ]),
  );
  if (!canvas || !drawn) {
    return svg;
  }
  const left = Math.max(canvas.left, drawn.left);
  const top = Math.max(canvas.top, drawn.top);
  const right = Math.min(canvas.right, drawn.right);
  const bottom = Math.min(canvas.bottom, drawn.bottom);
  const share = ((right - left) * (bottom - top)) / ((canvas.right - canvas.left) * (canvas.bottom - canvas.top));
  if (share > 1 - LEAST_SHARE) {
    return svg;
  }
  const [width, height] = [Math.ceil(right - left), Math.ceil(bottom - top)];
  const [x0, y0, x1, y1] = [left, top, left + width, top + height].map((value) => value.toFixed(2));
  return svg
    .replace(/ width="[^"]*" height="[^"]*"/, ` width="${width}pt" height="${height}pt"`)
    .replace(/ viewBox="[^"]*"/, ` viewBox="0.00 0.00 ${width.toFixed(2)} ${height.toFixed(2)}"`)
    .replace(/ translate\([^)]*\)/, ` translate(${(-left).toFixed(2)} ${(-top).toFixed(2)})`)
    .replace(canvasPoints![0], (polygon) =>
      polygon.replace(/ points="[^"]*"/, ` points="${x0},${y1} ${x0},${y0} ${x1},${y0} ${x1},${y1} ${x0},${y1}"`),
    );
}

/** Where an element is drawn; `undefined` if it draws nothing. */
function boxOf(element: string): Box | undefined {
  switch (/^<([a-z]+) /.exec(element)?.[1]) {
    case 'path':
      return boxAround(flattenCurve(readPoints(/ d="([^"]*)"/.exec(element)?.[1] ?? '')));
    case 'polygon':
    case 'polyline':
      return boxAround(readPoints(/ points="([^"]*)"/.exec(element)?.[1] ?? ''));
    case 'ellipse':
      return ellipseBox(element);
    // The background of a label lies beneath its text, and is wider.
    case 'text':
      return textBox(element);
    default:
      return undefined;
  }
}
