/** What a run found, as Markdown: on the terminal as in `RESULTS.md`. */
import { type PartName, RATIOS, type Ratios, formatBar, formatValue, judge } from './bars';
import type { MachineFacts } from './machine';
import type { PartResult, Table } from './part';

const COMMANDS = 'npm run build && npm run bench';

/** The table of all ratios of these parts with their bars; a missed one is never left out. */
export function formatBars(ratios: Ratios, parts: readonly PartName[]): string {
  const rows = RATIOS.filter(({ part }) => parts.includes(part)).map((ratio) => {
    const value = ratios[ratio.id];
    const verdict = judge(ratio, value);
    return [
      ratio.text,
      formatBar(ratio),
      formatValue(ratio, value),
      verdict === 'missed' ? '**missed**' : verdict === 'no bar' ? '' : verdict,
    ];
  });
  return formatTable([['', 'bar', 'measured', ''], ...rows]);
}

/** Tables, each below its title and above its note. */
export function formatTables(tables: readonly Table[], level = '##'): string {
  return tables
    .map(({ title, rows, note }) =>
      [`${level} ${title}`, formatTable(rows), ...(note === undefined ? [] : [note])].join('\n\n'),
    )
    .join('\n\n');
}

/** The whole record of a run. */
export function formatResults(
  results: readonly PartResult[],
  { ratios, machine, runs, isPinned }: { ratios: Ratios; machine: MachineFacts; runs: number; isPinned: boolean },
): string {
  const versions = results.flatMap((result) => result.versions ?? []);
  const skipped = results.flatMap((result) => result.skipped ?? []);
  const parts = [...new Set(RATIOS.map(({ part }) => part))];
  return [
    '# Results',
    `Written by \`${COMMANDS}\`; do not edit. Every run is a process of its own, every answer was compared with the right ` +
      `one, and times are medians of at most ${runs} runs in turns; where two ran in the same turns, their ratio is the median ` +
      'of those of each turn. Only ratios can be compared with another machine.',
    Object.entries(machine)
      .map(([name, value]) => `- ${name}: ${value}`)
      .join('\n') + `\n- contestants: ${versions.join('; ')}`,
    ...(isPinned ? [] : ['Nothing was pinned to cores here, so "one core" is one thread or worker.']),
    '![Records a second](results.svg)',
    '## The bars',
    formatBars(ratios, parts),
    ...(skipped.length > 0 ? [`Not measured:\n\n${skipped.map((reason) => `- ${reason}`).join('\n')}`] : []),
    formatTables(results.flatMap(({ tables }) => tables)),
    '',
  ].join('\n\n');
}

/** A Markdown table, columns of equal width, numbers to the right. */
function formatTable(rows: readonly (readonly string[])[]): string {
  const columns = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(columns[0]!) : cell.padStart(columns[column]!))).join(' | ')} |`;
  const rule = columns.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(rows[0]!), `| ${rule.join(' | ')} |`, ...rows.slice(1).map(line)].join('\n');
}
