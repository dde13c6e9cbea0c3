/**
 * Plain data with typed columns in it, such as digests, as bytes and back: JSON in which a token stands for each column, and
 * the columns behind it. Whole numbers take as few bytes as their range needs, since most columns of a digest are small
 * counts, codes, and times of a few minutes. Every value comes back bit by bit.
 */
import { MISSING } from '../digest/digest';
import { sharedBytes, type Column } from '../digest/share-digest';
import { FlowError } from '../errors';

type ColumnType = 'u8' | 'u32' | 'f64';
/** Bytes per value as it is stored; with 0 all values are the base. */
type Width = 0 | 1 | 2 | 4 | 8;
/** Values are the base plus what is stored; of `u32` modulo 2³². */
type ColumnToken = readonly [type: ColumnType, length: number, width: Width, base: number];
/** Stands for a column, or for a number that JSON does not know. Nothing else has the member `@`. */
interface Token {
  readonly '@': ColumnToken | string;
}

/** The length of the JSON and the bytes of the columns in memory, both as `u32`. */
const HEAD_BYTES = 8;

export interface EncodedColumns {
  readonly bytes: Buffer;
  /** What the columns take once they are decoded. */
  readonly columnBytes: number;
}

/** The data as bytes: plain objects and arrays of texts, numbers, booleans and columns. Throws `over-limit` above 4 GiB. */
export function encodeColumns(value: unknown): EncodedColumns {
  const parts: Uint8Array[] = [];
  let columnBytes = 0;
  const json = JSON.stringify(
    replaceMembers(value, (member): unknown => {
      if (typeof member === 'number' && !Number.isFinite(member)) {
        return { '@': String(member) } satisfies Token;
      }
      if (!ArrayBuffer.isView(member)) {
        return undefined;
      }
      const column = member as Column;
      const { values, base } = narrow(column);
      parts.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      columnBytes += sharedBytes(column.byteLength);
      const width = (values.length === 0 ? 0 : values.BYTES_PER_ELEMENT) as Width;
      return { '@': [typeOf(column), column.length, width, column.length === 0 ? 0 : base] } satisfies Token;
    }),
  );
  const text = Buffer.from(json);
  let at = align(HEAD_BYTES + text.length);
  const size = parts.reduce((sum, part) => sum + align(part.length), at);
  if (Math.max(size, columnBytes) > MAX_BYTES) {
    throw new FlowError('over-limit', `cannot store digests of ${columnBytes} bytes together`);
  }
  const bytes = Buffer.alloc(size);
  bytes.writeUInt32LE(text.length, 0);
  bytes.writeUInt32LE(columnBytes, 4);
  bytes.set(text, HEAD_BYTES);
  for (const part of parts) {
    bytes.set(part, at);
    at += align(part.length);
  }
  return { bytes, columnBytes };
}

/**
 * The data of bytes that are known to be what `encodeColumns` wrote; columns lie in shared memory. Throws `corrupt-object` if
 * they would take more than `maxColumnBytes`.
 */
export function decodeColumns(bytes: Uint8Array, maxColumnBytes: number): unknown {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const textBytes = body.readUInt32LE(0);
  const columnBytes = body.readUInt32LE(4);
  if (columnBytes > maxColumnBytes) {
    throw new FlowError('corrupt-object', `cannot read digests: their columns are said to be ${columnBytes} bytes`);
  }
  const block = new SharedArrayBuffer(columnBytes);
  let to = 0;
  let from = align(HEAD_BYTES + textBytes);
  return replaceMembers(JSON.parse(body.toString('utf8', HEAD_BYTES, HEAD_BYTES + textBytes)), (member) => {
    const token = typeof member === 'object' && member !== null ? (member as Partial<Token>)['@'] : undefined;
    if (typeof token === 'string') {
      return Number(token);
    }
    if (token === undefined) {
      return undefined;
    }
    const [type, length, width, base] = token;
    const column = new COLUMN_TYPES[type](block, to, length);
    to += sharedBytes(column.byteLength);
    widen(body.subarray(from, from + length * width), width, base, column);
    from += align(length * width);
    return column;
  });
}

/**
 * A copy in which what `replace` has something for is that, outer members first. The callbacks of `JSON` would do it too, and
 * take most of the time of a small digest.
 */
function replaceMembers(value: unknown, replace: (member: unknown) => unknown): unknown {
  if (typeof value === 'string') {
    return value;
  }
  const replaced = replace(value);
  if (replaced !== undefined || typeof value !== 'object' || value === null) {
    return replaced ?? value;
  }
  if (Array.isArray(value)) {
    return value.map((member) => replaceMembers(member, replace));
  }
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, replaceMembers(member, replace)]));
}

const MAX_BYTES = 2 ** 32 - 1;

const COLUMN_TYPES: Readonly<
  Record<ColumnType, new (buffer: SharedArrayBuffer, at: number, length: number) => Column>
> = { u8: Uint8Array, u32: Uint32Array, f64: Float64Array };

/** By their widths: arrays that came from a thread may be of another realm, where constructors are others. */
function typeOf(column: Column): ColumnType {
  return column.BYTES_PER_ELEMENT === 1 ? 'u8' : column.BYTES_PER_ELEMENT === 4 ? 'u32' : 'f64';
}

type Stored = Uint8Array | Uint16Array | Uint32Array | Float64Array;
/** No values: all are the base. */
const NONE = new Uint8Array(0);

function narrow(column: Column): { readonly values: Stored; readonly base: number } {
  switch (column.BYTES_PER_ELEMENT) {
    case 8:
      return narrowNumbers(column.slice() as Float64Array);
    case 4:
      return narrowWords(column.slice() as Uint32Array);
    default:
      return column.every((value) => value === column[0])
        ? { values: NONE, base: column[0] ?? 0 }
        : { values: column as Uint8Array, base: 0 };
  }
}

// The loops below are apart for each type of array and go by index: one for several types is many times slower, an
// iterator twice.

function narrowWords(words: Uint32Array): { readonly values: Stored; readonly base: number } {
  // What is missing is the largest number; counting from there it is the smallest.
  let base = MISSING;
  if (!words.includes(MISSING)) {
    for (let i = words.length - 1; i >= 0; i--) {
      base = words[i]! < base ? words[i]! : base;
    }
  }
  let max = 0;
  for (let i = 0; i < words.length; i++) {
    const value = (words[i]! - base) >>> 0;
    words[i] = value;
    max = value > max ? value : max;
  }
  return { values: narrowTo(words, max), base };
}

function narrowNumbers(numbers: Float64Array): { readonly values: Stored; readonly base: number } {
  const raw = { values: numbers, base: 0 };
  let min = Infinity;
  let max = -Infinity;
  for (let i = numbers.length - 1; i >= 0; i--) {
    const value = numbers[i]!;
    min = value < min ? value : min;
    max = value > max ? value : max;
  }
  if (!(max - min <= MISSING) || (min <= 0 && max >= 0 && numbers.some((value) => Object.is(value, -0)))) {
    return raw;
  }
  const words = new Uint32Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    const value = (numbers[i]! - min) >>> 0;
    words[i] = value;
    // Neither for fractions nor for what is no number.
    if (value + min !== numbers[i]!) {
      return raw;
    }
  }
  return { values: narrowTo(words, max - min), base: min };
}

function narrowTo(words: Uint32Array, max: number): Stored {
  return max === 0 ? NONE : max < 256 ? new Uint8Array(words) : max < 65_536 ? new Uint16Array(words) : words;
}

/** Fills a column with what `narrow` made of it. */
function widen(bytes: Buffer, width: Width, base: number, into: Column): void {
  if (width === 0) {
    into.fill(base);
    return;
  }
  // The bytes need not lie where a number of that width may begin.
  const { buffer, byteOffset, length } =
    bytes.byteOffset % width === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
  const Stored = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: Float64Array }[width];
  const values = new Stored(buffer as ArrayBuffer, byteOffset, length / width);
  if (base === 0) {
    into.set(values);
  } else if (into.BYTES_PER_ELEMENT === 8) {
    into.set(addNumber(new Float64Array(values), base));
  } else {
    into.set(addWord(new Uint32Array(values), base));
  }
}

function addNumber(values: Float64Array, base: number): Float64Array {
  for (let i = 0; i < values.length; i++) {
    values[i] = values[i]! + base;
  }
  return values;
}

/** Modulo 2³². */
function addWord(values: Uint32Array, base: number): Uint32Array {
  for (let i = 0; i < values.length; i++) {
    values[i] = (values[i]! + base) >>> 0;
  }
  return values;
}

/** Columns begin at multiples of eight bytes. */
function align(bytes: number): number {
  return (bytes + 7) & ~7;
}
