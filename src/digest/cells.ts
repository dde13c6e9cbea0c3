/**
 * Rows as columns of cells: how objects come whose format is one of columns. What a cell means is what its text would mean
 * in a line, so that an answer does not depend on an object's format.
 */
import { FlowError } from '../errors';
import { createNumberSpellings, spellNumbers } from './spellings';
import type { Spellings } from './spellings';

/** A column of which each cell is one of some spellings. */
export interface SpeltColumn {
  /** The same object as long as they do not change: each is then read once. */
  readonly spellings: Spellings;
  /** The cell of row i is spelling `codes[i]`. */
  readonly codes: Int32Array;
}

/** A column of numbers. */
export interface NumberColumn {
  /** Missing are NaN and −1. */
  readonly numbers: Float64Array;
  /** Digits that a number has at least when it is text. */
  readonly minDigits: number;
}

export type CellColumn = SpeltColumn | NumberColumn;

/** Some rows. */
export interface CellBlock {
  readonly rowCount: number;
  /** In the order of the object's columns. */
  readonly columns: readonly CellColumn[];
}

const SPACE = 32;
const LINE_FEED = 10;
/** A row of all fields has about 1 KiB. */
const MAX_LINES_BYTES = 64 * 2 ** 20;

/** A column with its numbers spelt. */
export function spellColumn(column: CellColumn): SpeltColumn {
  if ('codes' in column) {
    return column;
  }
  const { numbers } = column;
  return {
    spellings: spellNumbers(numbers, column.minDigits, createNumberSpellings(numbers.length)),
    codes: Int32Array.from(numbers, (_number, row) => row + 1),
  };
}

/** The rows as lines of text. Throws `corrupt-object` if they are out of all proportion. */
export function linesFromCells({ rowCount, columns }: CellBlock): Uint8Array {
  const spelt = columns.map(spellColumn);
  /** Where the next cell of each row goes. */
  const places = new Uint32Array(rowCount);
  let total = 0;
  for (let row = 0; row < rowCount; row++) {
    places[row] = total;
    for (const { codes, spellings } of spelt) {
      const code = codes[row]!;
      total += spellings.ends[code]! - spellings.starts[code]! + 1;
    }
  }
  if (total > MAX_LINES_BYTES) {
    throw new FlowError('corrupt-object', `cannot read the object: ${rowCount} rows of it are ${total} bytes of text`);
  }
  const lines = new Uint8Array(total);
  spelt.forEach(({ codes, spellings: { starts, ends, text } }, column) => {
    const separator = column === spelt.length - 1 ? LINE_FEED : SPACE;
    for (let row = 0; row < rowCount; row++) {
      const code = codes[row]!;
      const end = ends[code]!;
      let at = places[row]!;
      for (let from = starts[code]!; from < end; from++) {
        lines[at++] = text[from]!;
      }
      lines[at++] = separator;
      places[row] = at;
    }
  });
  return lines;
}
