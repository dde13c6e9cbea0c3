/**
 * The pages of one column within a row group, one after the other: their headers, their bytes unpacked, and which of their
 * rows have a value. All that a page says of its size is held against what is there.
 */
import { gunzipSync } from 'node:zlib';
import type { Encoding } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { parquetHeader } from 'hyparquet/src/column.js';
import type { PackedNumbers } from '../digest/cells';
import { corrupt } from './footer';
import type { ColumnChunk, ParquetColumn } from './footer';

/** A page with values, or with those that codes stand for (`isDictionary`). */
export interface Page {
  readonly isDictionary: boolean;
  /** Rows, or values of a dictionary. */
  readonly rowCount: number;
  readonly encoding: Encoding;
  /** Its values are `bytes[start, …)`; nothing else has the memory. */
  readonly bytes: Uint8Array;
  readonly start: number;
  /** 1 for each row with a value; `undefined` if all have one. They have not been checked. */
  readonly levels?: PackedNumbers;
}

/** Writers make pages of one MiB. */
const MAX_PAGE_BYTES = 64 * 2 ** 20;
/** A page's header has some numbers and the least and greatest value. */
const MAX_HEADER_BYTES = 64 * 1024;

type Header = ReturnType<typeof parquetHeader>;

/** The pages in `stored`, the bytes of a column's chunk; `noteBytes` is told what each takes unpacked. Throws `corrupt-object`. */
export function* readPages(
  stored: Uint8Array,
  { codec }: Pick<ColumnChunk, 'codec'>,
  column: Pick<ParquetColumn, 'isOptional'>,
  noteBytes: (unpackedBytes: number) => void,
): Generator<Page, void, undefined> {
  for (let at = 0; at < stored.length;) {
    const { header, headerBytes } = readHeader(stored.subarray(at, at + MAX_HEADER_BYTES));
    at += headerBytes;
    const { compressed_page_size: storedBytes, uncompressed_page_size: pageBytes } = header;
    assertCount(storedBytes, stored.length - at);
    assertCount(pageBytes, MAX_PAGE_BYTES);
    noteBytes(pageBytes);
    const page = openPage(header, stored.subarray(at, at + storedBytes), codec, column);
    if (page) {
      yield page;
    }
    at += storedBytes;
  }
}

function readHeader(bytes: Uint8Array): { header: Header; headerBytes: number } {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 };
  try {
    return { header: parquetHeader(reader), headerBytes: reader.offset };
  } catch (thrown) {
    throw corrupt('the header of a page is damaged', thrown);
  }
}

function openPage(
  header: Header,
  stored: Uint8Array,
  codec: string,
  { isOptional }: Pick<ParquetColumn, 'isOptional'>,
): Page | undefined {
  const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: dictionary } = header;
  const pageBytes = header.uncompressed_page_size;
  if (dictionary) {
    assertCount(dictionary.num_values);
    return {
      isDictionary: true,
      rowCount: dictionary.num_values,
      encoding: 'PLAIN',
      bytes: unpack(stored, pageBytes, codec),
      start: 0,
    };
  }
  if (v1) {
    assertCount(v1.num_values);
    const bytes = unpack(stored, pageBytes, codec);
    const levelBytes = isOptional ? levelLength(bytes) : 0;
    return {
      isDictionary: false,
      rowCount: v1.num_values,
      encoding: v1.encoding,
      bytes,
      start: levelBytes,
      levels: isOptional ? { bytes, start: 4, end: levelBytes, width: 1 } : undefined,
    };
  }
  if (v2) {
    assertCount(v2.num_values);
    const levelBytes = v2.definition_levels_byte_length;
    assertCount(levelBytes, Math.min(stored.length, pageBytes));
    assertCount(v2.num_nulls, v2.num_values);
    if (v2.repetition_levels_byte_length !== 0) {
      throw corrupt('a page has several values a row');
    }
    // The levels are never compressed.
    const values = stored.subarray(levelBytes);
    return {
      isDictionary: false,
      rowCount: v2.num_values,
      encoding: v2.encoding,
      bytes: unpack(values, pageBytes - levelBytes, v2.is_compressed === false ? 'UNCOMPRESSED' : codec),
      start: 0,
      levels: v2.num_nulls > 0 ? { bytes: stored, start: 0, end: levelBytes, width: 1 } : undefined,
    };
  }
  // Index pages, and kinds to come.
  return undefined;
}

/** Where the levels of an older page end; their length stands before them. */
function levelLength(bytes: Uint8Array): number {
  const length = bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  assertCount(length, bytes.length - 4);
  return 4 + length;
}

/** The bytes of a page in memory of their own. */
function unpack(stored: Uint8Array, pageBytes: number, codec: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = decompress(stored, pageBytes, codec);
  } catch (thrown) {
    throw corrupt(`a page cannot be unpacked (${codec})`, thrown);
  }
  if (bytes.length !== pageBytes) {
    throw corrupt(`a page has ${bytes.length} bytes instead of ${pageBytes}`);
  }
  return bytes;
}

function decompress(stored: Uint8Array, pageBytes: number, codec: string): Uint8Array {
  if (codec === 'UNCOMPRESSED') {
    return stored.slice();
  }
  if (pageBytes === 0) {
    return new Uint8Array(0);
  }
  if (codec === 'GZIP') {
    // What is too long fails.
    return gunzipSync(stored, { maxOutputLength: pageBytes, chunkSize: Math.max(64, pageBytes) });
  }
  const unpackCodec = (compressors as Readonly<Record<string, (typeof compressors)[keyof typeof compressors]>>)[codec];
  if (!unpackCodec) {
    throw new Error(`no such codec: ${codec}`);
  }
  return unpackCodec(stored, pageBytes);
}

function assertCount(value: number | undefined, max: number = 2 ** 31 - 1): asserts value is number {
  if (value === undefined || !Number.isInteger(value) || value < 0 || value > max) {
    throw corrupt('the header of a page is damaged');
  }
}
