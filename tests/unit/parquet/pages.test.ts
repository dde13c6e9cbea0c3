/** Older data pages, as AWS and parquet-mr write them: levels and values compressed as one. */
import { gzipSync } from 'node:zlib';
import { ByteWriter } from 'hyparquet-writer';
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js';
import { createCellUnpacker, spellColumn } from '../../../src/digest/cells';
import { readColumnPages } from '../../../src/parquet/column-pages';
import type { ParquetColumn } from '../../../src/parquet/footer';

const COLUMN: ParquetColumn = {
  name: 'protocol',
  type: 'INT32',
  isOptional: true,
  isUnsigned: false,
  divisor: 1,
  minDigits: 1,
};

/** A page: its header, and its bytes in gzip. */
function page(type: number, header: object, bytes: Uint8Array): Uint8Array {
  const stored = gzipSync(bytes);
  const writer = new ByteWriter();
  serializeTCompactProtocol(writer, { field_1: type, field_2: bytes.length, field_3: stored.length, ...header });
  return Buffer.concat([new Uint8Array(writer.getBuffer()), stored]);
}

const int32 = (...values: number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer);
/** Levels, one bit each, with their length before them. */
const levels = (bits: number): Uint8Array => Uint8Array.of(2, 0, 0, 0, 3, bits);
const dataHeader = (count: number, encoding: number) => ({
  field_5: { field_1: count, field_2: encoding, field_3: 3, field_4: 3 },
});

/** The cells of each page. */
function textsOf(stored: Uint8Array, column: ParquetColumn): string[][] {
  return [...readColumnPages(column, stored, { codec: 'GZIP' }, { note: () => undefined, leave: () => undefined })].map((page) => {
    const unpack = createCellUnpacker();
    return Array.from({ length: page.rowCount }, (_, firstRow) => {
      const { spellings, codes } = spellColumn(unpack({ page, firstRow }, 1));
      const code = codes[0]!;
      return Buffer.from(spellings.text.subarray(spellings.starts[code]!, spellings.ends[code]!)).toString();
    });
  });
}

test('a dictionary, codes with nulls between, and plain values after it', () => {
  const stored = Buffer.concat([
    page(2, { field_7: { field_1: 2, field_2: 2 } }, int32(6, 17)),
    // PLAIN_DICTIONARY: rows 0, 2 and 3 of five have values.
    page(0, dataHeader(5, 2), Buffer.concat([levels(0b01101), Uint8Array.of(1, 3, 0b101)])),
    page(0, dataHeader(3, 0), Buffer.concat([levels(0b101), int32(58, 1)])),
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
  const stored = page(0, dataHeader(values.length, 0), int32(...values));
  expect(textsOf(stored, { ...COLUMN, isOptional: false, ...parts })).toEqual([texts]);
});

test('64-bit numbers and times of other units', () => {
  const long = (...values: bigint[]): Uint8Array => new Uint8Array(BigInt64Array.from(values).buffer);
  const read = (parts: Partial<ParquetColumn>, ...values: bigint[]): string[] =>
    textsOf(page(0, dataHeader(values.length, 0), long(...values)), {
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
  const texts = ['a', '', 'b c', '-', 'd\ne'];
  const bytes = Buffer.concat(texts.flatMap((text) => [int32(text.length), Buffer.from(text)]));
  const column: ParquetColumn = { ...COLUMN, type: 'BYTE_ARRAY', isOptional: false };
  expect(textsOf(page(0, dataHeader(5, 0), bytes), column)).toEqual([['a', '-', 'b%20c', '-', 'd%0Ae']]);
});
