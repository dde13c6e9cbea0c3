/**
 * Rows of any view as JSON, CSV or aligned text. Rows are pulled one at a time, so that a digest of a million rows is
 * printed as it is walked; and batch by batch, so that one of very many is never in memory as a whole.
 */
import { stringify } from 'csv-stringify/sync';
import { getBorderCharacters, table } from 'table';

/** A value of a row; `null` is missing. */
export type Cell = string | number | null;

/** Pieces of output, in order. */
export type Output = AsyncIterable<string>;

/** Rows in order, in batches of which one at a time is in memory. */
export type Batches<Row> = Iterable<Iterable<Row>> | AsyncIterable<Iterable<Row>>;

/** Rows that are made text at once. */
export const ROWS_PER_PIECE = 1000;

/** `[{…},{…}]`, one row a line. */
export async function* printJsonRows(names: readonly string[], batches: Batches<readonly Cell[]>): Output {
  const labels = names.map((name) => JSON.stringify(name) + ':');
  yield '[';
  let separator = '\n';
  for await (const piece of pieces(batches)) {
    const lines = piece.map((row) => `{${row.map((cell, i) => labels[i]! + JSON.stringify(cell)).join(',')}}`);
    yield separator + lines.join(',\n');
    separator = ',\n';
  }
  yield '\n]';
}

/** RFC 4180 with a header line; missing values are empty. */
export async function* printCsvRows(names: readonly string[], batches: Batches<readonly Cell[]>): Output {
  yield stringify([[...names]]);
  for await (const piece of pieces(batches)) {
    yield stringify(piece.map((row) => [...row]));
  }
}

/**
 * A header line and rows, columns separated by one space as in a flow log; missing values are `-`. Text that would not
 * stay one column (a tag's value) is percent-encoded, as AWS does it.
 */
export async function* printSpacedRows(names: readonly string[], batches: Batches<readonly Cell[]>): Output {
  yield names.join(' ') + '\n';
  for await (const piece of pieces(batches)) {
    yield piece.map((row) => row.map(spacedCell).join(' ') + '\n').join('');
  }
}

function spacedCell(cell: Cell): string {
  if (cell === null) {
    return '-';
  }
  const text = String(cell);
  return text === '-' ? '%2D' : /[\s\p{Cc}]/u.test(text) ? encodeURIComponent(text) : text;
}

/** Columns aligned for a person, numbers to the right; for tables that fit a screen. */
export function printAligned(
  names: readonly string[],
  rows: readonly (readonly string[])[],
  rightAligned: ReadonlySet<string>,
): string {
  const text = table([[...names], ...rows.map((row) => row.map(printable))], {
    border: getBorderCharacters('void'),
    columnDefault: { paddingLeft: 0, paddingRight: 2 },
    columns: Object.fromEntries(names.map((name, i) => [i, { alignment: rightAligned.has(name) ? 'right' : 'left' }])),
    drawHorizontalLine: () => false,
  });
  return text.replace(/ +$/gm, '');
}

/** Text from a log cannot move the cursor or break the row. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\ufffd');
}

async function* pieces<T>(batches: Batches<T>): AsyncIterable<T[]> {
  for await (const rows of batches) {
    let piece: T[] = [];
    for (const row of rows) {
      piece.push(row);
      if (piece.length === ROWS_PER_PIECE) {
        yield piece;
        piece = [];
      }
    }
    if (piece.length > 0) {
      yield piece;
    }
  }
}
