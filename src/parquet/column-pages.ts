/**
 * The pages of one column of a row group as cells: checked, with values and codes as they are stored where the digest's
 * kernel reads those, and a way to unpack them for all else. Dictionaries are spelt once.
 */
import type {
  CellColumn,
  CellPage,
  Dictionary,
  FindGreatest,
  PackedNumbers,
  PlainValues,
  StoredValues,
} from '../digest/cells';
import { createNumberSpellings, spellNumbers } from '../digest/spellings';
import type { Spellings } from '../digest/spellings';
import { corrupt } from './footer';
import type { ColumnChunk, ParquetColumn } from './footer';
import { assertWidth, createHybridReader, greatestOf } from './hybrid';
import { readPages } from './pages';
import type { Page } from './pages';
import { assertPlain, readPlainNumbers, readPlainTexts, unpackDeltas, unpackDeltaTexts } from './plain-values';

/** Gives the next values of a page: spellings and the codes of so many values, or numbers. */
type ValueReader = (count: number) => CellColumn;

/** How the values of a page can be had. */
interface Values {
  readonly stored?: StoredValues;
  open(): ValueReader;
}

/** What reading pages asks of those who read them. */
export interface PageHost {
  /** So much is about to be unpacked; it may throw. */
  note(unpackedBytes: number): void;
  /** These bytes hold a page whose rows have all been passed, and are nobody else's. */
  leave(bytes: Uint8Array): void;
  /** A faster way to check codes than there is here. */
  readonly findGreatest?: FindGreatest;
}

/** Levels that are counted at once. */
const LEVELS = 4096;

/**
 * The pages in `stored`, the bytes of a column's chunk, each unpacked when it is asked for.
 * Throws `corrupt-object`; a page that was given has been checked, and can be read to its end.
 */
export function* readColumnPages(
  column: ParquetColumn,
  stored: Uint8Array,
  chunk: Pick<ColumnChunk, 'codec'>,
  host: PageHost,
): Generator<CellPage, void, undefined> {
  let dictionary: Dictionary | undefined;
  let dictionaryBytes: Uint8Array | undefined;
  try {
    for (const page of readPages(stored, chunk, column, host.note)) {
      if (page.isDictionary) {
        dictionary = openDictionary(column, page);
        dictionaryBytes = page.bytes;
      } else if (page.rowCount > 0) {
        try {
          yield openPage(column, page, dictionary, host);
        } finally {
          host.leave(page.bytes);
        }
      }
    }
  } finally {
    if (dictionaryBytes) {
      host.leave(dictionaryBytes);
    }
  }
}

function openPage(column: ParquetColumn, page: Page, dictionary: Dictionary | undefined, host: PageHost): CellPage {
  const { rowCount, levels } = page;
  const valueCount = levels ? countPresent(levels, rowCount) : rowCount;
  const present = valueCount === rowCount ? undefined : levels;
  const { stored, open } = openValues(column, page, valueCount, dictionary, host);
  return { rowCount, valueCount, present, stored, open: () => (present ? spreadValues(open(), present) : open()) };
}

function countPresent(levels: PackedNumbers, rowCount: number): number {
  const reader = createHybridReader(levels);
  if (reader.passRun(1, rowCount)) {
    return rowCount;
  }
  const into = new Int32Array(Math.min(LEVELS, rowCount));
  let present = 0;
  for (let left = rowCount; left > 0; left -= LEVELS) {
    const count = Math.min(left, LEVELS);
    reader.read(into, count, 0);
    for (let i = 0; i < count; i++) {
      present += into[i]!;
    }
  }
  return present;
}

function openValues(
  column: ParquetColumn,
  page: Page,
  valueCount: number,
  dictionary: Dictionary | undefined,
  host: PageHost,
): Values {
  switch (page.encoding) {
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY':
      return openCodes(column, page, valueCount, dictionary, host);
    case 'PLAIN':
      return column.type === 'BYTE_ARRAY' ? openTexts(column, page, valueCount) : openPlain(column, page, valueCount);
    case 'DELTA_BINARY_PACKED': {
      const numbers = unpackDeltas(column, page, valueCount);
      return { open: () => openNumbers(column, numbers()) };
    }
    case 'DELTA_LENGTH_BYTE_ARRAY':
    case 'DELTA_BYTE_ARRAY':
      return openTexts(column, unpackDeltaTexts(column, page), valueCount);
    default:
      throw corrupt(`its column ${column.name} is encoded as ${page.encoding}, which is not read`);
  }
}

function openCodes(
  { name }: ParquetColumn,
  { bytes, start }: Page,
  valueCount: number,
  dictionary: Dictionary | undefined,
  { findGreatest = greatestOf }: PageHost,
): Values {
  if (!dictionary) {
    throw corrupt(`its column ${name} lacks its dictionary`);
  }
  const packed = { bytes, start: start + 1, end: bytes.length, width: bytes[start] ?? 0 };
  assertWidth(packed);
  const greatest = findGreatest(packed, valueCount);
  if (greatest === undefined) {
    throw corrupt(`its column ${name} ends too early`);
  }
  if (greatest >= dictionary.size) {
    throw corrupt(`its column ${name} names a value that its dictionary lacks`);
  }
  return {
    stored: { kind: 'codes', dictionary, packed },
    open() {
      const reader = createHybridReader(packed);
      const spellings = dictionary.spellings();
      return (count) => {
        const codes = new Int32Array(count);
        reader.read(codes, count, 1);
        return { spellings, codes };
      };
    },
  };
}

function openPlain(column: ParquetColumn, page: Page, valueCount: number): Values {
  assertPlain(column, page, valueCount);
  return {
    stored: storedPlain(column, page),
    open: () => openNumbers(column, readPlainNumbers(column, page)),
  };
}

/** Plain values as they are, unless more is to be done with them. */
function storedPlain(
  { type, isUnsigned, divisor }: ParquetColumn,
  { bytes, start }: Pick<Page, 'bytes' | 'start'>,
): PlainValues | undefined {
  const isInteger = (type === 'INT32' || type === 'INT64') && !isUnsigned && divisor === 1;
  return type === 'BYTE_ARRAY'
    ? { kind: 'texts', bytes, start }
    : isInteger
      ? { kind: type === 'INT32' ? 'int32' : 'int64', bytes, start }
      : undefined;
}

function openNumbers({ minDigits }: ParquetColumn, next: (count: number) => Float64Array): ValueReader {
  return (count) => ({ numbers: next(count), minDigits });
}

function openTexts(column: ParquetColumn, page: Pick<Page, 'bytes' | 'start'>, valueCount: number): Values {
  assertPlain(column, page, valueCount);
  return {
    stored: storedPlain(column, page),
    open() {
      const next = readPlainTexts(page);
      return (count) => ({ spellings: next(count), codes: Int32Array.from({ length: count }, (_, i) => i + 1) });
    },
  };
}

/** Cells of which only the rows with level 1 have a value. */
function spreadValues(readValues: ValueReader, present: PackedNumbers): ValueReader {
  const reader = createHybridReader(present);
  return (count) => {
    const levels = new Int32Array(count);
    reader.read(levels, count, 0);
    const values = readValues(levels.reduce((sum, level) => sum + level, 0));
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
  };
}

function openDictionary(column: ParquetColumn, page: Page): Dictionary {
  const size = page.rowCount;
  assertPlain(column, page, size);
  let spellings: Spellings | undefined;
  return {
    size,
    stored: storedPlain(column, page),
    spellings: () =>
      (spellings ??=
        column.type === 'BYTE_ARRAY'
          ? readPlainTexts(page)(size)
          : spellNumbers(readPlainNumbers(column, page)(size), column.minDigits, createNumberSpellings(size))),
  };
}
