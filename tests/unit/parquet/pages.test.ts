/** Older data pages, as AWS and parquet-mr write them: levels and values compressed as one. */
import { createCellUnpacker, spellColumn } from '../../../src/digest/cells';
import { readColumnPages } from '../../../src/parquet/column-pages';
import type { ParquetColumn } from '../../../src/parquet/footer';
import { PLAIN, PLAIN_DICTIONARY, dataPage, dictionaryPage, int32, int64, lengthBefore, texts } from './make-pages';

const COLUMN: ParquetColumn = {
  name: 'protocol',
  type: 'INT32',
  isOptional: true,
  isUnsigned: false,
  divisor: 1,
  minDigits: 1,
};

/** Levels of up to eight rows. */
const levels = (bits: number): Uint8Array => lengthBefore(Uint8Array.of(3, bits));

/** The cells of each page. */
function textsOf(stored: Uint8Array, column: ParquetColumn): string[][] {
  return [...readColumnPages(column, stored, { codec: 'GZIP' }, { note: () => undefined, leave: () => undefined })].map(
    (page) => {
      const unpack = createCellUnpacker();
      return Array.from({ length: page.rowCount }, (_, firstRow) => {
        const { spellings, codes } = spellColumn(unpack({ page, firstRow }, 1));
        const code = codes[0]!;
        return Buffer.from(spellings.text.subarray(spellings.starts[code]!, spellings.ends[code]!)).toString();
      });
    },
  );
}

test('a dictionary, codes with nulls between, and plain values after it', () => {
  const stored = Buffer.concat([
    dictionaryPage(2, int32(6, 17)),
    // PLAIN_DICTIONARY: rows 0, 2 and 3 of five have values.
    dataPage(5, PLAIN_DICTIONARY, Buffer.concat([levels(0b01101), Uint8Array.of(1, 3, 0b101)])),
    dataPage(3, PLAIN, Buffer.concat([levels(0b101), int32(58, 1)])),
  ]);
  expect(textsOf(stored, COLUMN)).toEqual([
    ['17', '-', '6', '17', '-'],
    ['58', '-', '1'],
  ]);
});

test.each<[Partial<ParquetColumn>, number[], string[]]>([
  [{}, [0, -1, 2_147_483_647, -7], ['0', '-', '2147483647', '-7']],
  [{ isUnsigned: true }, [-1], ['4294967295']],
  [{ name: 'account-id', minDigits: 12 }, [12_345_678], ['000012345678']],
])('%p: %p', (parts, values, texts) => {
  const stored = dataPage(values.length, PLAIN, int32(...values));
  expect(textsOf(stored, { ...COLUMN, isOptional: false, ...parts })).toEqual([texts]);
});

test('64-bit numbers and times of other units', () => {
  const read = (parts: Partial<ParquetColumn>, ...values: bigint[]): string[] =>
    textsOf(dataPage(values.length, PLAIN, int64(...values)), {
      ...COLUMN,
      type: 'INT64',
      isOptional: false,
      ...parts,
    }).flat();
  expect(read({}, 1_700_000_000n, 9_007_199_254_740_991n, -1n)).toEqual(['1700000000', '9007199254740991', '-']);
  expect(read({ minDigits: 12 }, 12_345_678_901n)).toEqual(['012345678901']);
  expect(read({ divisor: 1e6 }, 1_700_000_000_999_999n)).toEqual(['1700000000']);
});

test('texts: empty ones are missing, and what would part columns is percent-encoded', () => {
  const bytes = texts('a', '', 'b c', '-', 'd\ne');
  const column: ParquetColumn = { ...COLUMN, type: 'BYTE_ARRAY', isOptional: false };
  expect(textsOf(dataPage(5, PLAIN, bytes), column)).toEqual([['a', '-', 'b%20c', '-', 'd%0Ae']]);
});
