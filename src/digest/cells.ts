/**
 * Rows as columns of cells: how objects come whose format is one of columns. What a cell means is what its text would mean
 * in a line, so that an answer does not depend on an object's format. Cells come in pages, as their file has them: whoever
 * can reads those as they are stored, all others have them unpacked.
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

/** Unpacked cells. */
export type CellColumn = SpeltColumn | NumberColumn;

/**
 * Numbers in runs and packed bits (Parquet's hybrid of RLE and bit packing), `bytes[start, end)`. They have been checked:
 * there are as many as are read, and the bytes do not end amid one of them.
 */
export interface PackedNumbers {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Bits of each, 24 at most. */
  readonly width: number;
}

/**
 * The greatest of the first `count` packed numbers, which have not been checked; −1 of none, `undefined` if there are fewer or
 * one has more bits than it may.
 */
export type FindGreatest = (packed: PackedNumbers, count: number) => number | undefined;

/** Values as they are stored, one behind the other; all that are read are there. */
export interface PlainValues {
  /** Signed integers, little-endian; or texts, each with its length as 32 bits before it. */
  readonly kind: 'int32' | 'int64' | 'texts';
  readonly bytes: Uint8Array;
  readonly start: number;
}

/** The values that codes stand for. */
export interface Dictionary {
  readonly size: number;
  /** `undefined` if they are stored in a way that is only unpacked. */
  readonly stored?: PlainValues;
  /** Value v is spelling v + 1. The same object each time. */
  spellings(): Spellings;
}

/** The values of those rows of a page that have one. */
export type StoredValues =
  | PlainValues
  | {
      readonly kind: 'codes';
      readonly dictionary: Dictionary;
      /** Below the dictionary's size. */
      readonly packed: PackedNumbers;
    };

/** Some rows of one column. It can be read any number of times. */
export interface CellPage {
  readonly rowCount: number;
  /** Rows that have a value. */
  readonly valueCount: number;
  /** 1 for each row with a value, 0 for the others; `undefined` if all have one. */
  readonly present?: PackedNumbers;
  /** `undefined` if they are stored in a way that is only unpacked. */
  readonly stored?: StoredValues;
  /** Unpacks the rows from the first one on, so many with each call. */
  open(): (count: number) => CellColumn;
}

/** Rows of a page from `firstRow` on. */
export interface PageRows {
  readonly page: CellPage;
  readonly firstRow: number;
}

/** Some rows: the next ones of each column. */
export interface CellBlock {
  readonly rowCount: number;
  /** In the order of the object's columns. */
  readonly columns: readonly PageRows[];
}

/** Unpacks rows of one column; going on where it stopped costs nothing. */
export type CellUnpacker = (rows: PageRows, count: number) => CellColumn;

const SPACE = 32;
const LINE_FEED = 10;
/** A row of all fields has about 1 KiB. */
const MAX_LINES_BYTES = 64 * 2 ** 20;
/** Rows that are unpacked at once. */
const UNPACKED_ROWS = 4096;

/** An unpacker before its first page. */
export function createCellUnpacker(): CellUnpacker {
  let page: CellPage | undefined;
  let nextRow = 0;
  let read: ((count: number) => CellColumn) | undefined;
  return (rows, count) => {
    if (page !== rows.page || nextRow !== rows.firstRow) {
      page = rows.page;
      read = page.open();
      for (let left = rows.firstRow; left > 0; left -= UNPACKED_ROWS) {
        read(Math.min(left, UNPACKED_ROWS));
      }
    }
    nextRow = rows.firstRow + count;
    return read!(count);
  };
}

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

/** Writes blocks of an object, which follow each other, as lines of text, in pieces. Throws `corrupt-object` for out of all proportion. */
export function createLineWriter(): (block: CellBlock) => Generator<Uint8Array, void, undefined> {
  const unpackers: CellUnpacker[] = [];
  return function* ({ rowCount, columns }) {
    for (let from = 0; from < rowCount; from += UNPACKED_ROWS) {
      const count = Math.min(rowCount - from, UNPACKED_ROWS);
      const cells = columns.map(({ page, firstRow }, column) => {
        const unpack = (unpackers[column] ??= createCellUnpacker());
        return spellColumn(unpack({ page, firstRow: firstRow + from }, count));
      });
      yield linesFromCells(count, cells);
    }
  };
}

function linesFromCells(rowCount: number, spelt: readonly SpeltColumn[]): Uint8Array {
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
