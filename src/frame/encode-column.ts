/**
 * Columns as Arrow's buffers: values, offsets, bits and validity, written straight into typed arrays. The builders of
 * apache-arrow are slower by far, and their timestamps are off by rounding.
 */
import {
  Binary,
  Bool,
  Float64,
  Int64,
  makeData,
  TimestampNanosecond,
  Utf8,
  type Data,
  type DataType,
} from 'apache-arrow';
import { FlowError } from '../errors';
import type { FieldValues, JsonValue } from './frame';

/** A column in the Arrow type that Grafana takes for the field's type. A `null` gets a cleared bit and an empty value. */
export function encodeColumn(column: FieldValues): Data<DataType> {
  const { length } = column.values;
  const { nullBitmap, nullCount } = column.nullable ? encodeValidity(column.values) : NOTHING_NULL;
  switch (column.type) {
    case 'time':
      return makeData({ type: new TimestampNanosecond(), length, nullCount, nullBitmap, data: encodeTimes(column) });
    case 'float64': {
      return makeData({ type: new Float64(), length, nullCount, nullBitmap, data: encodeFloats(column.values) });
    }
    case 'int64':
      return makeData({ type: new Int64(), length, nullCount, nullBitmap, data: encodeIntegers(column.values) });
    case 'boolean':
      return makeData({
        type: new Bool(),
        length,
        nullCount,
        nullBitmap,
        data: encodeBits(length, (row) => column.values[row] === true),
      });
    case 'string': {
      const texts: ArrayLike<string | null> = column.values;
      return makeData({ type: new Utf8(), length, nullCount, nullBitmap, ...encodeTexts(texts) });
    }
    case 'json': {
      const values: ArrayLike<JsonValue> = column.values;
      const texts = Array.from(values, (value) => (value === null && column.nullable ? '' : JSON.stringify(value)));
      return makeData({ type: new Binary(), length, nullCount, nullBitmap, ...encodeTexts(texts) });
    }
  }
}

const NOTHING_NULL = { nullBitmap: null, nullCount: 0 };

function encodeValidity(values: ArrayLike<unknown>): { nullBitmap: Uint8Array | null; nullCount: number } {
  let nullCount = 0;
  const nullBitmap = encodeBits(values.length, (row) => {
    nullCount += values[row] === null ? 1 : 0;
    return values[row] !== null;
  });
  return nullCount === 0 ? NOTHING_NULL : { nullBitmap, nullCount };
}

/** A bit per row, least significant first. */
function encodeBits(length: number, isSet: (row: number) => boolean): Uint8Array {
  const bits = new Uint8Array(Math.ceil(length / 8));
  for (let row = 0; row < length; row++) {
    if (isSet(row)) {
      bits[row >> 3]! |= 1 << (row & 7);
    }
  }
  return bits;
}

function encodeFloats(values: ArrayLike<number | null>): Float64Array {
  const floats = new Float64Array(values.length);
  for (let row = 0; row < values.length; row++) {
    floats[row] = values[row] ?? 0;
  }
  return floats;
}

const WORD = 2 ** 32;

/** Whole numbers as 64-bit integers, without a `bigint` per value. Low words come first on every platform we run on. */
function encodeIntegers(values: ArrayLike<number | null>): BigInt64Array {
  const words = new Int32Array(2 * values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? 0;
    words[2 * row] = value;
    words[2 * row + 1] = Math.floor(value / WORD);
  }
  return new BigInt64Array(words.buffer);
}

/**
 * Times as nanoseconds, which exceed 2⁵³: `ms · 10⁶` from the parts of `ms = high · 2¹⁶ + low`, each product of which is
 * exact.
 */
function encodeTimes({ unit, values }: Extract<FieldValues, { type: 'time' }>): BigInt64Array {
  const words = new Int32Array(2 * values.length);
  const factor = unit === 's' ? 1000 : 1;
  for (let row = 0; row < values.length; row++) {
    const ms = (values[row] ?? 0) * factor;
    const high = Math.floor(ms / 65536);
    const product = high * 1e6;
    const carried = Math.floor(product / 65536);
    const rest = (product - carried * 65536) * 65536 + (ms - high * 65536) * 1e6;
    words[2 * row] = rest % WORD;
    words[2 * row + 1] = carried + Math.floor(rest / WORD);
  }
  return new BigInt64Array(words.buffer);
}

const CHUNK = 1024;
const MAX_TEXT_BYTES = 2 ** 31 - 1;
const encoder = new TextEncoder();

/**
 * Texts as UTF-8, one after the other, and where each begins and the last one ends. Some at a time are joined and encoded
 * at once; if that gave as many bytes as code units, all of them are ASCII and their lengths are their bytes.
 */
function encodeTexts(texts: ArrayLike<string | null>): { valueOffsets: Int32Array; data: Uint8Array } {
  const valueOffsets = new Int32Array(texts.length + 1);
  let data = new Uint8Array(16 * texts.length);
  let at = 0;
  for (let start = 0; start < texts.length; start += CHUNK) {
    const end = Math.min(start + CHUNK, texts.length);
    let joined = '';
    for (let row = start; row < end; row++) {
      joined += texts[row] ?? '';
    }
    data = withRoom(data, at, 3 * joined.length);
    const isAscii = encoder.encodeInto(joined, data.subarray(at)).written === joined.length;
    for (let row = start; row < end; row++) {
      const text = texts[row] ?? '';
      // One by one, so that halves of surrogate pairs in two neighbours do not become a pair.
      at += isAscii ? text.length : encoder.encodeInto(text, data.subarray(at)).written;
      valueOffsets[row + 1] = at;
    }
  }
  return { valueOffsets, data: data.subarray(0, at) };
}

/** The buffer, or a larger copy of it, with room for `more` bytes from `used` on. */
function withRoom(buffer: Uint8Array<ArrayBuffer>, used: number, more: number): Uint8Array<ArrayBuffer> {
  if (used + more <= buffer.length) {
    return buffer;
  }
  if (used + more > MAX_TEXT_BYTES) {
    throw new FlowError('over-limit', `cannot encode a column: its text may be more than ${MAX_TEXT_BYTES} bytes`, {
      fields: { maxBytes: MAX_TEXT_BYTES },
    });
  }
  const larger = new Uint8Array(Math.min(MAX_TEXT_BYTES, 2 * (used + more)));
  larger.set(buffer.subarray(0, used));
  return larger;
}
