/**
 * Inflates deflate data (RFC 1951) that lies in this module's memory as a whole, at the speed of libdeflate, and never more
 * than it is told to. What is not as expected is refused: whoever asked has another way to read it or to say what is wrong.
 */
import {
  BITS,
  DISTANCE_BITS,
  END,
  INVALID,
  JOINT_LITERALS,
  LITERAL,
  LONGER,
  dataAt,
  distances,
  joint,
  lookUp,
  lookUpLonger,
  plain,
  readCodes,
  useFixedCodes,
  valueOf,
} from './codes';

/**
 * No more than this is read behind the data (300 bytes, of codes that begin at their end) or written behind the text (788
 * bytes: three copies of 258, the last one in whole registers).
 */
export const PADDING: usize = 1024;
/** Where the memory is the host's. */
export const room: usize = __heap_base;

/** Codes are told for some hundreds of bytes of text or more; making tables for less takes longer than zlib does. */
const FREE_TABLES: usize = 64;
const TEXT_PER_TABLE: usize = 256;

const STORED: u32 = 0;
const FIXED: u32 = 1;
const TOLD: u32 = 2;

/** The text so far, `[textStart, text)`, which must not pass `textEnd`. */
let textStart: usize = 0;
let text: usize = 0;
let textEnd: usize = 0;
/** The bit that is next, and the end of the data. */
let next: u64 = 0;
let dataEnd: usize = 0;
/** How many more codes may be told. */
let tablesLeft: usize = 0;

/**
 * Inflates `[start, end)` to `[into, into + length)`; whether it ends there, and is that long. `into` is `end` and `PADDING`, or
 * more: a stored block that goes on behind the data is copied before that is seen, from what lies before the text's end.
 */
export function inflate(start: usize, end: usize, into: usize, length: usize): bool {
  next = <u64>start << 3;
  dataEnd = end;
  textStart = into;
  text = into;
  textEnd = into + length;
  tablesLeft = FREE_TABLES + length / TEXT_PER_TABLE;
  let isLast = false;
  while (!isLast) {
    const head = <u32>dataAt(next);
    isLast = (head & 1) != 0;
    next += 3;
    if (!readBlock((head >> 1) & 3) || next > <u64>dataEnd << 3) {
      return false;
    }
  }
  return text == textEnd && <usize>((next + 7) >> 3) == dataEnd;
}

function readBlock(kind: u32): bool {
  if (kind == STORED) {
    return copyStored();
  }
  if (kind == FIXED) {
    useFixedCodes();
  } else {
    next = kind == TOLD && tablesLeft > 0 ? readCodes(next) : 0;
    if (next == 0) {
      return false;
    }
    tablesLeft--;
  }
  return readSymbols();
}

function copyStored(): bool {
  const at = <usize>((next + 7) >> 3);
  const size = <usize>load<u16>(at);
  // Whether the data go on so far is seen afterwards.
  if (<usize>load<u16>(at, 2) != (size ^ 0xffff) || size > textEnd - text) {
    return false;
  }
  memory.copy(text, at + 4, size);
  text += size;
  next = <u64>(at + 4 + size) << 3;
  return true;
}

/** Reads symbols to the end of the block; false if there is none, or too much text before it. */
function readSymbols(): bool {
  let at = <usize>(next >> 3);
  // Of `data` the lower `left` bits are sure to be there, of `left` only the lower six count.
  let data = load<u64>(at) >> (next & 7);
  let left = 56 - (next & 7);
  at += 7;
  let into = text;
  while (true) {
    data |= load<u64>(at) << left;
    at += <usize>(7 - ((left >> 3) & 7));
    left |= 56;
    let entry = joint + (<usize>(<u32>data & ((1 << BITS) - 1)) << 3);
    let bits = load<u64>(entry);
    if (bits != 0) {
      if (!put(entry, bits, data, into)) {
        return false;
      }
      into += lengthOf(entry);
      data >>= bits;
      left -= bits;
      // Twice what an entry takes is less than what was loaded.
      entry = joint + (<usize>(<u32>data & ((1 << BITS) - 1)) << 3);
      bits = load<u64>(entry);
      if (bits != 0) {
        if (!put(entry, bits, data, into)) {
          return false;
        }
        into += lengthOf(entry);
        data >>= bits;
        left -= bits;
        if (into > textEnd || at > dataEnd + 8) {
          return false;
        }
        continue;
      }
    }
    next = (<u64>at << 3) - (left & 63);
    text = into;
    const symbol = readSymbol();
    if (symbol != LITERAL) {
      return symbol == END;
    }
    into = text;
    at = <usize>(next >> 3);
    data = load<u64>(at) >> (next & 7);
    left = 56 - (next & 7);
    at += 7;
  }
}

/** The bytes of text of a joint entry. */
// @ts-ignore: decorator
@inline
function lengthOf(entry: usize): usize {
  return load<u16>(entry, 2);
}

/** Writes the text of a joint entry, in whole registers; `data` begins with its code. */
// @ts-ignore: decorator
@inline
function put(entry: usize, bits: u64, data: u64, into: usize): bool {
  const distance = <usize>load<u16>(entry, 4) + <usize>(<u32>(data >> (bits >> 8)) & <u32>(bits >> 48));
  // Literals are copied from the entry itself: to tell them from other text by a branch takes longer.
  const isText = <u32>((<u32>bits & JOINT_LITERALS) == 0);
  if (isText & <u32>(distance > into - textStart)) {
    return false;
  }
  let from = select<usize>(into - distance, entry + 4, isText);
  v128.store(into, v128.load(from));
  const length = lengthOf(entry);
  if (length > 16) {
    const end = into + length - 16;
    do {
      into += 16;
      from += 16;
      v128.store(into, v128.load(from));
    } while (into < end);
  }
  return true;
}

/**
 * Reads the symbol at `next`, and its distance if it is a length, by the plain tables. `LITERAL` if there is more to come,
 * `END` behind the block's end, `INVALID` if there is no such symbol or distance, or no more data or room.
 */
function readSymbol(): u32 {
  // Three copies, or a block's codes, may have gone beyond.
  if (text > textEnd || next > <u64>dataEnd << 3) {
    return INVALID;
  }
  let data = dataAt(next);
  let entry = lookUp(plain, data, BITS);
  if ((entry & LONGER) != 0) {
    data >>= BITS;
    next += BITS;
    entry = lookUpLonger(plain, data, entry);
  }
  next += entry & 63;
  if ((entry & (END | INVALID)) != 0) {
    return entry & (END | INVALID);
  }
  if ((entry & LITERAL) != 0) {
    store<u8>(text, <u8>(entry >> 16));
    text++;
    return LITERAL;
  }
  const length = <usize>valueOf(entry, data);
  // Codes and extra bits of both are no more than 48 bits.
  data >>= entry;
  let distanceEntry = lookUp(distances, data, DISTANCE_BITS);
  if ((distanceEntry & LONGER) != 0) {
    data >>= DISTANCE_BITS;
    next += DISTANCE_BITS;
    distanceEntry = lookUpLonger(distances, data, distanceEntry);
  }
  next += distanceEntry & 63;
  const distance = <usize>valueOf(distanceEntry, data);
  if ((distanceEntry & INVALID) != 0 || distance > text - textStart) {
    return INVALID;
  }
  const end = text + length;
  let from = text - distance;
  if (distance >= 16) {
    do {
      v128.store(text, v128.load(from));
      text += 16;
      from += 16;
    } while (text < end);
  } else {
    while (text < end) {
      store<u8>(text++, load<u8>(from++));
    }
  }
  text = end;
  return LITERAL;
}
