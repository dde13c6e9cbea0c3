/**
 * Goes through one column of a row group, some rows at a time, and gives their cells. Dictionaries are spelt once; of all
 * else only what is asked for is decoded.
 */
import type { CellColumn } from '../digest/cells';
import { createNumberSpellings, spellNumbers } from '../digest/spellings';
import type { Spellings } from '../digest/spellings';
import { corrupt } from './footer';
import type { ColumnChunk, ParquetColumn } from './footer';
import { createHybridReader } from './hybrid';
import type { HybridReader } from './hybrid';
import { readPages } from './pages';
import type { Page } from './pages';
import { readPlainNumbers, readPlainTexts, unpackDeltas, unpackDeltaTexts } from './plain-values';

export interface ColumnCursor {
  /** How many rows can be read at once: what the current page has left. Throws `corrupt-object` at the column's end. */
  rowsAhead(): number;
  /** The cells of the next `count` rows, at most `rowsAhead()`. */
  read(count: number): CellColumn;
}

/** Gives the next values of a page: spellings and the codes of so many values, or numbers. */
type ValueReader = (count: number) => CellColumn;

/** A cursor before the first row. Its cells are the caller's to keep; `noteBytes` is told what is unpacked for them. */
export function createColumnCursor(
  column: ParquetColumn,
  stored: Uint8Array,
  chunk: Pick<ColumnChunk, 'codec'>,
  noteBytes: (unpackedBytes: number) => void,
): ColumnCursor {
  const pages = readPages(stored, chunk, column, noteBytes);
  let levels = new Int32Array(0);
  let dictionary: Spellings | undefined;
  let rowsLeft = 0;
  let present: HybridReader | undefined;
  let readValues: ValueReader | undefined;

  function openNextPage(): void {
    const { value: page, done } = pages.next();
    if (done) {
      throw corrupt(`its column ${column.name} has fewer rows than its footer says`);
    }
    if (page.isDictionary) {
      dictionary = spellDictionary(column, page);
      return;
    }
    rowsLeft = page.rowCount;
    present = page.levels;
    readValues = openValues(page);
  }

  function openValues(page: Page): ValueReader {
    switch (page.encoding) {
      case 'PLAIN_DICTIONARY':
      case 'RLE_DICTIONARY':
        return openCodes(page);
      case 'PLAIN':
        return column.type === 'BYTE_ARRAY' ? openTexts(page) : openNumbers(readPlainNumbers(column, page));
      case 'DELTA_BINARY_PACKED':
        return openNumbers(unpackDeltas(column, page));
      case 'DELTA_LENGTH_BYTE_ARRAY':
      case 'DELTA_BYTE_ARRAY':
        return openTexts(unpackDeltaTexts(column, page));
      default:
        throw corrupt(`its column ${column.name} is encoded as ${page.encoding}, which is not read`);
    }
  }

  function openCodes({ bytes, start }: Page): ValueReader {
    const spellings = dictionary;
    if (!spellings) {
      throw corrupt(`its column ${column.name} lacks its dictionary`);
    }
    const reader = createHybridReader(bytes, start + 1, bytes.length, bytes[start] ?? 0);
    return (count) => {
      const codes = new Int32Array(count);
      reader.read(codes, count, 1);
      let greatest = 0;
      for (let i = 0; i < count; i++) {
        greatest = codes[i]! > greatest ? codes[i]! : greatest;
      }
      if (greatest >= spellings.size) {
        throw corrupt(`its column ${column.name} names a value that its dictionary lacks`);
      }
      return { spellings, codes };
    };
  }

  function openNumbers(next: (count: number) => Float64Array): ValueReader {
    return (count) => ({ numbers: next(count), minDigits: column.minDigits });
  }

  function openTexts(page: Pick<Page, 'bytes' | 'start'>): ValueReader {
    const next = readPlainTexts(page);
    return (count) => ({ spellings: next(count), codes: Int32Array.from({ length: count }, (_, i) => i + 1) });
  }

  return {
    rowsAhead() {
      while (rowsLeft === 0) {
        openNextPage();
      }
      return rowsLeft;
    },
    read(count) {
      rowsLeft -= count;
      if (!present || present.passRun(1, count)) {
        return readValues!(count);
      }
      if (levels.length < count) {
        levels = new Int32Array(count);
      }
      present.read(levels, count, 0);
      let valueCount = 0;
      for (let i = 0; i < count; i++) {
        valueCount += levels[i]!;
      }
      return spread(readValues!(valueCount), levels, count);
    },
  };
}

/** Cells of which only the rows with level 1 have a value. */
function spread(values: CellColumn, levels: Int32Array, count: number): CellColumn {
  let next = 0;
  if ('codes' in values) {
    const codes = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      codes[i] = levels[i] === 1 ? values.codes[next++]! : 0;
    }
    return { ...values, codes };
  }
  const numbers = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    numbers[i] = levels[i] === 1 ? values.numbers[next++]! : NaN;
  }
  return { ...values, numbers };
}

function spellDictionary(column: ParquetColumn, page: Page): Spellings {
  const count = page.rowCount;
  if (count > page.bytes.length) {
    throw corrupt(`the dictionary of its column ${column.name} is damaged`);
  }
  return column.type === 'BYTE_ARRAY'
    ? readPlainTexts(page)(count)
    : spellNumbers(readPlainNumbers(column, page)(count), column.minDigits, createNumberSpellings(count));
}
