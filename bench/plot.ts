/** Bars as SVG, for light and dark pages alike: no background, and colours that follow the reader's scheme. */
import type { Chart } from './part';

const WIDTH = 860;
const LABEL_WIDTH = 330;
const VALUE_WIDTH = 70;
const BAR_HEIGHT = 14;
const ROW_HEIGHT = 20;
const HEAD_HEIGHT = 44;

/** The charts below each other; within one, lengths are of one scale that begins at 0. */
export function plotCharts(charts: readonly Chart[]): string {
  const parts: string[] = [];
  let y = 0;
  for (const { title, unit, bars } of charts) {
    const most = Math.max(...bars.map(({ value }) => value));
    const perUnit = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / (most > 0 ? most : 1);
    parts.push(`<text class="title" x="0" y="${y + 28}">${escapeXml(`${title}, ${unit}`)}</text>`);
    y += HEAD_HEIGHT;
    for (const { label, value, isOurs } of bars) {
      const length = Math.max(1, value * perUnit).toFixed(1);
      const middle = y + BAR_HEIGHT / 2 + 4;
      parts.push(
        `<text class="label" x="${LABEL_WIDTH - 8}" y="${middle}">${escapeXml(label)}</text>`,
        `<rect class="${isOurs ? 'ours' : 'other'}" x="${LABEL_WIDTH}" y="${y}" width="${length}" height="${BAR_HEIGHT}"/>`,
        `<text x="${LABEL_WIDTH + Number(length) + 6}" y="${middle}">${value.toFixed(2)}</text>`,
      );
      y += ROW_HEIGHT;
    }
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 8}" width="${WIDTH}" height="${y + 8}" role="img">`,
    '<title>Records a second, as measured</title>',
    '<style>',
    'text { font: 13px system-ui, sans-serif; fill: #1f2328; } .title { font-weight: 600; } .label { text-anchor: end; }',
    '.ours { fill: #0969da; } .other { fill: #8c959f; }',
    '@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .ours { fill: #4493f8; } .other { fill: #7d8590; } }',
    '</style>',
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
