/**
 * Values of a column as a flow log spells them in text. What is missing is `-`: a null, an empty text, −1, not-a-number.
 */

/** Spellings, one behind the other; number 0 is that of a missing value. */
export interface Spellings {
  readonly text: Uint8Array;
  /** Number i is `text[starts[i], ends[i])`; there may be room for more than `size`. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly size: number;
}

const HYPHEN = 45;
const ZERO = 48;
/** −9007199254740991, or an account id. */
const MAX_DIGITS = 24;
const encoder = new TextEncoder();

/** Room for the spellings of so many numbers, to be used again and again. */
export function createNumberSpellings(count: number): Spellings {
  const text = new Uint8Array(1 + count * MAX_DIGITS);
  text[0] = HYPHEN;
  const ends = new Uint32Array(count + 1);
  ends[0] = 1;
  return { text, starts: new Uint32Array(count + 1), ends, size: 0 };
}

/** Spells numbers, which have `minDigits` digits at least, in `into`: that of `values[i]` is number i + 1. */
export function spellNumbers(values: Float64Array, minDigits: number, into: Spellings): Spellings {
  const { text, starts, ends } = into;
  const count = values.length;
  let at = 1;
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    if (!(value >= 0) || value > Number.MAX_SAFE_INTEGER || value % 1 !== 0) {
      const start = Number.isNaN(value) || value === -1 ? 0 : at;
      starts[i + 1] = start;
      at = start === 0 ? at : writeText(text, at, String(value).slice(0, MAX_DIGITS));
      ends[i + 1] = start === 0 ? 1 : at;
      continue;
    }
    starts[i + 1] = at;
    // Nine digits at a time: up to there the engine's integers go.
    const high = value < 1e9 ? 0 : Math.floor(value / 1e9);
    at = high === 0 ? at : writeInteger(text, at, high, minDigits - 9);
    at = writeInteger(text, at, value - high * 1e9, high === 0 ? minDigits : 9);
    ends[i + 1] = at;
  }
  return { text, starts, ends, size: count + 1 };
}

function writeInteger(text: Uint8Array, at: number, value: number, minDigits: number): number {
  let digits = 1;
  for (let bound = 10; value >= bound; bound *= 10) {
    digits++;
  }
  const end = at + Math.max(digits, minDigits);
  for (let p = end - 1, rest = value | 0; p >= at; p--) {
    const next = (rest / 10) | 0;
    text[p] = ZERO + rest - next * 10;
    rest = next;
  }
  return end;
}

function writeText(text: Uint8Array, at: number, value: string): number {
  return at + encoder.encodeInto(value, text.subarray(at)).written;
}

/** Spellings of texts that lie in `bytes` at these places, which are changed; number 0 is kept for a missing one. */
export function spellTexts(bytes: Uint8Array, starts: Uint32Array, ends: Uint32Array): Spellings {
  const size = starts.length;
  // Only texts that no flow log has need more than their place.
  for (let i = 1; i < size; i++) {
    const end = ends[i]!;
    let p = starts[i]!;
    if (p === end) {
      return respellTexts(bytes, starts, ends, size);
    }
    while (p < end) {
      if (bytes[p++]! <= 32) {
        return respellTexts(bytes, starts, ends, size);
      }
    }
  }
  return { text: bytes, starts, ends, size };
}

/** As `spellTexts`: empty ones are missing, and what parts columns is percent-encoded, as tags are. */
function respellTexts(bytes: Uint8Array, starts: Uint32Array, ends: Uint32Array, size: number): Spellings {
  const spelt: Uint8Array[] = [];
  let length = 0;
  for (let i = 0; i < size; i++) {
    const own = bytes.subarray(starts[i]!, ends[i]!);
    spelt.push(own.length === 0 ? encoder.encode('-') : own.some((byte) => byte <= 32) ? encodeSpaces(own) : own);
    length += spelt[i]!.length;
  }
  const text = new Uint8Array(length);
  let at = 0;
  for (let i = 0; i < size; i++) {
    text.set(spelt[i]!, at);
    starts[i] = at;
    at += spelt[i]!.length;
    ends[i] = at;
  }
  return { text, starts, ends, size };
}

function encodeSpaces(text: Uint8Array): Uint8Array {
  const hex = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return Uint8Array.from([...text].flatMap((byte) => (byte <= 32 ? [...encoder.encode(hex(byte))] : [byte])));
}
