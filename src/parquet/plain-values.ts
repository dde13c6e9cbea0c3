/**
 * Values that stand in a page themselves: plain ones, and those of which differences are written.
 *
 * Source: https://parquet.apache.org/docs/file-format/data-pages/encodings/
 */
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js';
import { spellTexts } from '../digest/spellings';
import type { Spellings } from '../digest/spellings';
import { corrupt } from './footer';
import type { ParquetColumn } from './footer';
import type { Page } from './pages';

/** Differences are unpacked all at once; pages have some ten thousand rows. */
const MAX_DELTA_VALUES = 2 ** 24;
const HYPHEN = 45;

/** Bytes of each number of a column. */
function plainWidth({ type }: Pick<ParquetColumn, 'type'>): 4 | 8 {
  return type === 'INT32' || type === 'FLOAT' ? 4 : 8;
}

/** Throws `corrupt-object` unless a page has `count` plain values. */
export function assertPlain(column: ParquetColumn, page: Pick<Page, 'bytes' | 'start'>, count: number): void {
  const { bytes, start } = page;
  const isThere =
    column.type === 'BYTE_ARRAY' ? hasTexts(page, count) : start + count * plainWidth(column) <= bytes.length;
  if (!isThere) {
    throw corrupt(`its column ${column.name} ends too early`);
  }
}

/** Integers of 32 bits throughout: engines are fast at those. */
function hasTexts({ bytes, start }: Pick<Page, 'bytes' | 'start'>, count: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = bytes.length | 0;
  let at = start | 0;
  for (let i = 0; i < count; i++) {
    if (at > end - 4) {
      return false;
    }
    const length = view.getInt32(at, true);
    at = (at + 4) | 0;
    if (length < 0 || length > end - at) {
      return false;
    }
    at = (at + length) | 0;
  }
  return true;
}

/** Gives the next numbers of a page with each call. Throws `corrupt-object`. */
export function readPlainNumbers(
  column: ParquetColumn,
  { bytes, start }: Pick<Page, 'bytes' | 'start'>,
): (count: number) => Float64Array {
  const { type, isUnsigned, divisor, name } = column;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const width = plainWidth(column);
  let at = start;
  return (count) => {
    const end = at + count * width;
    if (end > bytes.length) {
      throw corrupt(`its column ${name} ends too early`);
    }
    const values = new Float64Array(count);
    let i = 0;
    switch (type) {
      case 'INT32':
        for (; at < end; at += 4) {
          values[i++] = isUnsigned ? view.getUint32(at, true) : view.getInt32(at, true);
        }
        break;
      case 'INT64':
        for (; at < end; at += 8) {
          const high = isUnsigned ? view.getUint32(at + 4, true) : view.getInt32(at + 4, true);
          values[i++] = high * 2 ** 32 + view.getUint32(at, true);
        }
        break;
      case 'FLOAT':
        for (; at < end; at += 4) {
          values[i++] = view.getFloat32(at, true);
        }
        break;
      default:
        for (; at < end; at += 8) {
          values[i++] = view.getFloat64(at, true);
        }
    }
    return toSeconds(values, divisor);
  };
}

/** Times in seconds, as logs have them; of other numbers the divisor is 1. */
function toSeconds(values: Float64Array, divisor: number): Float64Array {
  return divisor === 1 ? values : values.map((value) => Math.floor(value / divisor));
}

/** As `readPlainNumbers`, for texts: each has its length before it. They are spellings 1, 2, 3 … */
export function readPlainTexts({ bytes, start }: Pick<Page, 'bytes' | 'start'>): (count: number) => Spellings {
  // The hyphen stands behind all texts.
  const own = new Uint8Array(bytes.length + 1);
  own.set(bytes);
  own[bytes.length] = HYPHEN;
  const view = new DataView(own.buffer);
  let at = start;
  return (count) => {
    // A text takes four bytes at least.
    if (count * 4 > bytes.length) {
      throw corrupt('a page ends amid a text');
    }
    const starts = new Uint32Array(count + 1).fill(bytes.length, 0, 1);
    const ends = new Uint32Array(count + 1).fill(bytes.length + 1, 0, 1);
    for (let i = 1; i <= count; i++) {
      const from = at + 4;
      const to = from <= bytes.length ? from + view.getUint32(at, true) : Infinity;
      if (to > bytes.length) {
        throw corrupt('a page ends amid a text');
      }
      starts[i] = from;
      ends[i] = to;
      at = to;
    }
    return spellTexts(own, starts, ends);
  };
}

/**
 * The numbers of a page of which differences are written: each call begins with the first of them and gives them by the
 * call. Throws `corrupt-object`, also if there are fewer than `count`.
 */
export function unpackDeltas(column: ParquetColumn, page: Page, count: number): () => (count: number) => Float64Array {
  const output = column.type === 'INT32' ? new Int32Array(deltaCount(page)) : new BigInt64Array(deltaCount(page));
  if (output.length < count) {
    throw corrupt(`its column ${column.name} ends too early`);
  }
  unpackInto(output, readerOf(page));
  return () => {
    let next = 0;
    return (taken) => {
      const values = output.subarray(next, next + taken) as ArrayLike<bigint | number> as number[];
      next += taken;
      return toSeconds(Float64Array.from(values, Number), column.divisor);
    };
  };
}

/** The texts of a page that are written as lengths and pieces, as plain ones. */
export function unpackDeltaTexts(column: ParquetColumn, page: Page): Pick<Page, 'bytes' | 'start'> {
  const count = deltaCount(page);
  const reader = readerOf(page);
  // What each shares with the one before.
  const shared = new Int32Array(count);
  if (page.encoding === 'DELTA_BYTE_ARRAY') {
    unpackInto(shared, reader);
  }
  const lengths = new Int32Array(count);
  unpackInto(lengths, reader);
  const pieces: Uint8Array[] = [];
  let total = 0;
  let at = reader.offset;
  let before = new Uint8Array(0);
  for (let i = 0; i < count; i++) {
    const prefix = shared[i]!;
    const length = lengths[i]!;
    total += 4 + prefix + length;
    if (
      prefix < 0 ||
      length < 0 ||
      prefix > before.length ||
      at + length > page.bytes.length ||
      total > MAX_TEXT_BYTES
    ) {
      throw corrupt(`its column ${column.name} is damaged`);
    }
    const text = new Uint8Array(prefix + length);
    text.set(before.subarray(0, prefix));
    text.set(page.bytes.subarray(at, at + length), prefix);
    at += length;
    pieces.push(text);
    before = text;
  }
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  let end = 0;
  for (const piece of pieces) {
    view.setUint32(end, piece.length, true);
    bytes.set(piece, end + 4);
    end += 4 + piece.length;
  }
  return { bytes, start: 0 };
}

/** What the texts of one page may come to. */
const MAX_TEXT_BYTES = 256 * 2 ** 20;

interface DeltaReader {
  readonly view: DataView;
  offset: number;
}

function readerOf({ bytes, start }: Page): DeltaReader {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: start };
}

/** How many values a page holds: its own word for it, since rows without a value have none. */
function deltaCount({ bytes, start, rowCount }: Page): number {
  const numbers: number[] = [];
  let at = start;
  while (numbers.length < 3) {
    let number = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 28) {
        throw corrupt('a page ends too early');
      }
      number += (byte & 127) * 2 ** shift;
      if (byte < 128) {
        break;
      }
    }
    numbers.push(number);
  }
  const [block, minis, values] = numbers as [number, number, number];
  const isLegal = block > 0 && block % 128 === 0 && minis > 0 && minis <= block / 32 && block % minis === 0;
  if (!isLegal || values > rowCount || values > MAX_DELTA_VALUES) {
    throw corrupt('a page of differences is damaged');
  }
  return values;
}

function unpackInto(output: Int32Array | BigInt64Array, reader: DeltaReader): void {
  try {
    deltaBinaryUnpack(reader, output.length, output);
  } catch (thrown) {
    throw corrupt('a page of differences is damaged', thrown);
  }
}
