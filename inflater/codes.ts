/**
 * Huffman codes of a block (RFC 1951, 3.2) as tables that the next bits of the data are looked up in. A plain table has an
 * entry for whatever the next bits are, one symbol each; the joint table has entries for all that these bits say: two
 * literals, or a length and its distance, so that most of a text takes one step for each of these.
 */

/** Bits that tables are looked up by. */
export const BITS: u32 = 11;
export const DISTANCE_BITS: u32 = 9;
const LENGTH_CODE_BITS: u32 = 7;
/** No code is longer. */
const LONGEST: u32 = 15;

/**
 * A plain entry, 32 bits: 0–5 how many bits to take, of which 8–11 the code's, the others being the extra bits behind it;
 * what it is; 16–31 the literal, the least length or distance, or where in the table the entries of longer codes stand,
 * which are looked up by as many bits as 8–11 say.
 */
const CODE_SHIFT: u32 = 8;
export const LITERAL: u32 = 1 << 12;
export const END: u32 = 1 << 13;
export const LONGER: u32 = 1 << 14;
export const INVALID: u32 = 1 << 15;

// Entries that begin longer codes are no more than half as many as there are symbols, each with its 2⁴ or 2⁶ entries.
export const plain: usize = memory.data(4 * (2048 + 144 * 16), 64);
export const distances: usize = memory.data(4 * (512 + 16 * 64), 64);
const lengthCodes: usize = memory.data(4 * 128, 64);

/**
 * A joint entry, 64 bits: 0–5 how many bits to take, of which 8–13 in codes and before the extra bits of the distance; whether
 * it is literals; 16–31 how many bytes of text it is; 32–63 the literals, or the least distance and a mask of its extra
 * bits. 0 where the plain tables are to be asked. The symbols of distances up to 16 are left to these, so that a copy of 16
 * bytes reads nothing that it writes.
 */
export const JOINT_LITERALS: u32 = 1 << 14;
export const joint: usize = memory.data(8 * 2048 + 16, 64);
/** Joint entries of distances without lengths, by the next bits. */
const farDistances: usize = memory.data(8 * 512, 64);
/** The bits of the shortest code of these. */
let shortestFar: u32 = LONGEST;
/** Instead of an entry where there is none: longer than any code. */
const NO_DISTANCE: u64 = 63 << CODE_SHIFT;

/** What each symbol is, as a plain entry without its code. */
const symbols: usize = memory.data(4 * 288, 16);
const distanceSymbols: usize = memory.data(4 * 32, 16);
const lengthCodeSymbols: usize = memory.data(4 * 19, 16);
const END_OF_BLOCK: u32 = 256;
const LAST_LENGTH: u32 = 285;

/** The length of each symbol's code; runs are written in whole registers. */
const lengths: usize = memory.data(320 + 144, 16);
const lengthCodeLengths: usize = memory.data(32, 16);
const LENGTH_CODE_ORDER: usize = memory.data<u8>([
  16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
]);

/** Symbols by the length of their codes, as they stand in the block and in the order of their codes. */
const found: usize = memory.data(2 * 320, 16);
const sorted: usize = memory.data(2 * 320, 16);
/** How many codes there are of each length, and where these begin in `sorted`. */
const counts: usize = memory.data(4 * 16, 16);
const starts: usize = memory.data(4 * 16, 16);
let sortedCount: u32 = 0;
/** The codes of `sorted`, their first bit lowest. */
const codes: usize = memory.data(2 * 320, 16);

describeSymbols();

function describeSymbols(): void {
  for (let i: u32 = 0; i < END_OF_BLOCK; i++) {
    store<u32>(symbols + (i << 2), (i << 16) | LITERAL);
  }
  store<u32>(symbols + (END_OF_BLOCK << 2), END);
  let least: u32 = 3;
  for (let i: u32 = 0; i < 28; i++) {
    const extra: u32 = i < 8 ? 0 : (i - 4) >> 2;
    store<u32>(symbols + ((END_OF_BLOCK + 1 + i) << 2), (least << 16) | extra);
    least += 1 << extra;
  }
  store<u32>(symbols + (LAST_LENGTH << 2), 258 << 16);
  store<u32>(symbols + (286 << 2), INVALID);
  store<u32>(symbols + (287 << 2), INVALID);
  least = 1;
  for (let i: u32 = 0; i < 30; i++) {
    const extra: u32 = i < 4 ? 0 : (i - 2) >> 1;
    store<u32>(distanceSymbols + (i << 2), (least << 16) | extra);
    least += 1 << extra;
  }
  store<u32>(distanceSymbols + (30 << 2), INVALID);
  store<u32>(distanceSymbols + (31 << 2), INVALID);
  for (let i: u32 = 0; i < 19; i++) {
    store<u32>(lengthCodeSymbols + (i << 2), i << 16);
  }
}

/** The bits of a plain entry's code. */
// @ts-ignore: decorator
@inline
export function codeBits(entry: u32): u32 {
  return (entry >> CODE_SHIFT) & 15;
}

/** The plain entry for the next bits of `data` in a table that is looked up by `bits`, if the code is no longer. */
// @ts-ignore: decorator
@inline
export function lookUp(table: usize, data: u64, bits: u32): u32 {
  return load<u32>(table + (<usize>(<u32>data & ((1 << bits) - 1)) << 2));
}

/** The entry of a longer code, of which `data` is what follows the bits of the table. */
// @ts-ignore: decorator
@inline
export function lookUpLonger(table: usize, data: u64, entry: u32): u32 {
  return load<u32>(table + (<usize>((entry >> 16) + (<u32>data & ((1 << codeBits(entry)) - 1))) << 2));
}

/** The length or distance of an entry: `data` begins with its code. */
// @ts-ignore: decorator
@inline
export function valueOf(entry: u32, data: u64): u32 {
  return (entry >> 16) + <u32>((data & ((<u64>1 << entry) - 1)) >> codeBits(entry));
}

/** The tables are those of the codes that need not be told. */
let isFixed: bool = false;

/** Makes tables of the codes that need not be told; returns at once if they are there. */
export function useFixedCodes(): void {
  if (isFixed) {
    return;
  }
  for (let i: u32 = 0; i < 288; i++) {
    store<u8>(lengths + i, i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8);
  }
  for (let i: u32 = 288; i < 320; i++) {
    store<u8>(lengths + i, 5);
  }
  isFixed = useLengths(288, 32);
}

/**
 * Makes tables of the codes that stand at bit `at`, before a block's symbols; returns the bit behind them, or 0 if they are
 * no codes. Reads no more than 300 bytes, whatever stands there.
 */
export function readCodes(at: u64): u64 {
  isFixed = false;
  let data = dataAt(at);
  const count = (<u32>data & 31) + 257;
  const distanceCount = ((<u32>data >> 5) & 31) + 1;
  const lengthCodeCount = ((<u32>data >> 10) & 15) + 4;
  if (count > LAST_LENGTH + 1 || distanceCount > 30) {
    return 0;
  }
  at += 14;
  v128.store(lengthCodeLengths, i64x2.splat(0));
  v128.store(lengthCodeLengths, i64x2.splat(0), 16);
  data = dataAt(at);
  for (let i: u32 = 0; i < lengthCodeCount; i++) {
    store<u8>(lengthCodeLengths + <usize>load<u8>(LENGTH_CODE_ORDER + i), <u8>(data & 7));
    data >>= 3;
  }
  at += lengthCodeCount * 3;
  if (!makeTable(lengthCodeLengths, 19, lengthCodes, LENGTH_CODE_BITS, lengthCodeSymbols)) {
    return 0;
  }
  const all = count + distanceCount;
  let i: u32 = 0;
  while (i < all) {
    data = dataAt(at);
    const entry = lookUp(lengthCodes, data, LENGTH_CODE_BITS);
    const symbol = entry >> 16;
    data >>= entry;
    at += entry & 63;
    if (symbol < 16) {
      store<u8>(lengths + i, <u8>symbol);
      i++;
      continue;
    }
    let length: u8 = 0;
    let times: u32;
    if (symbol == 16) {
      if (i == 0) {
        return 0;
      }
      length = load<u8>(lengths + i - 1);
      times = 3 + (<u32>data & 3);
      at += 2;
    } else if (symbol == 17) {
      times = 3 + (<u32>data & 7);
      at += 3;
    } else {
      times = 11 + (<u32>data & 127);
      at += 7;
    }
    const end = i + times;
    if (end > all) {
      return 0;
    }
    for (; i < end; i += 16) {
      v128.store(lengths + i, i8x16.splat(length));
    }
    i = end;
  }
  return useLengths(count, distanceCount) ? at : 0;
}

/** The 57 bits or more from bit `at` on. */
// @ts-ignore: decorator
@inline
export function dataAt(at: u64): u64 {
  return load<u64>(<usize>(at >> 3)) >> (at & 7);
}

/** Makes the tables from `lengths`; false if these are no codes. */
function useLengths(count: u32, distanceCount: u32): bool {
  if (!makeTable(lengths + count, distanceCount, distances, DISTANCE_BITS, distanceSymbols)) {
    return false;
  }
  listFarDistances();
  if (!makeTable(lengths, count, plain, BITS, symbols)) {
    return false;
  }
  joinCodes();
  return true;
}

/**
 * Makes a plain table, looked up by `bits`, for codes of these lengths, and lists them in `sorted` and `codes`; false if they
 * are none. Behind the lengths may stand anything.
 */
function makeTable(lengths: usize, count: u32, table: usize, bits: u32, symbols: usize): bool {
  sortSymbols(lengths, count);
  let longest: u32 = 0;
  let space: u32 = 0;
  for (let length: u32 = 1; length <= LONGEST; length++) {
    const own = load<u32>(counts + (length << 2));
    space += own << (LONGEST - length);
    longest = own > 0 ? length : longest;
  }
  if (space != 1 << LONGEST) {
    // There need be no distances, and a lone symbol may have a code of one bit.
    if (sortedCount > 1 || longest > 1) {
      return false;
    }
    store<u32>(table, INVALID);
  }
  const size: u32 = 1 << bits;
  const longerBits = longest - bits;
  let longerAt: u32 = 0;
  let end = size;
  let prefix = size;
  let filled: usize = 4;
  let length: u32 = 0;
  let code: u32 = 0;
  for (let i: u32 = 0; i < sortedCount; i++) {
    const symbol = <usize>load<u16>(sorted + (i << 1));
    const own = <u32>load<u8>(lengths + symbol);
    code <<= own - length;
    length = own;
    filled = spread(table, filled, <usize>4 << min(own, bits));
    const turned = turn(code, own);
    code++;
    store<u16>(codes + (i << 1), <u16>turned);
    const facts = load<u32>(symbols + (symbol << 2));
    if (own <= bits) {
      store<u32>(table + (turned << 2), (facts + own) | (own << CODE_SHIFT));
      continue;
    }
    if ((turned & (size - 1)) != prefix) {
      prefix = turned & (size - 1);
      longerAt = end;
      end += 1 << longerBits;
      store<u32>(table + (prefix << 2), (longerAt << 16) | LONGER | (longerBits << CODE_SHIFT));
    }
    const rest = own - bits;
    for (let j = turned >> bits; j < <u32>1 << longerBits; j += 1 << rest) {
      store<u32>(table + ((longerAt + j) << 2), (facts + rest) | (rest << CODE_SHIFT));
    }
  }
  spread(table, filled, <usize>4 << bits);
  return true;
}

/** Sorts the symbols that have a code into `sorted`. */
function sortSymbols(lengths: usize, count: u32): void {
  const none = i64x2.splat(0);
  for (let i: usize = 0; i < 64; i += 16) {
    v128.store(counts + i, none);
  }
  let into = found;
  for (let first: u32 = 0; first < count; first += 16) {
    let has = i8x16.bitmask(i8x16.ne(v128.load(lengths + first), none));
    if (count - first < 16) {
      has &= (1 << (count - first)) - 1;
    }
    for (; has != 0; has &= has - 1) {
      const symbol = first + ctz(has);
      const length = counts + (<usize>load<u8>(lengths + symbol) << 2);
      store<u32>(length, load<u32>(length) + 1);
      store<u16>(into, <u16>symbol);
      into += 2;
    }
  }
  let start: u32 = 0;
  for (let i: usize = 4; i < 64; i += 4) {
    store<u32>(starts + i, start);
    start += load<u32>(counts + i);
  }
  sortedCount = start;
  for (let at = found; at < into; at += 2) {
    const symbol = load<u16>(at);
    const next = starts + (<usize>load<u8>(lengths + symbol) << 2);
    const place = load<u32>(next);
    store<u32>(next, place + 1);
    store<u16>(sorted + (place << 1), symbol);
  }
}

/** Repeats the first `filled` bytes of a table up to `wanted`; both are powers of two. Returns the greater one. */
// @ts-ignore: decorator
@inline
function spread(table: usize, filled: usize, wanted: usize): usize {
  for (; filled < wanted; filled <<= 1) {
    // Of less than a register, what is too much is overwritten.
    for (let at: usize = 0; at < filled; at += 16) {
      v128.store(table + filled + at, v128.load(table + at));
    }
  }
  return filled;
}

/** A code with its first bit lowest. */
// @ts-ignore: decorator
@inline
function turn(code: u32, length: u32): u32 {
  let turned = ((code & 0x5555) << 1) | ((code >> 1) & 0x5555);
  turned = ((turned & 0x3333) << 2) | ((turned >> 2) & 0x3333);
  turned = ((turned & 0x0f0f) << 4) | ((turned >> 4) & 0x0f0f);
  return (((turned & 0xff) << 8) | (turned >> 8)) >> (16 - length);
}

/** Makes the joint table, when `plain` was made last. */
function joinCodes(): void {
  memory.fill(joint, 0, 8 << BITS);
  for (let i: u32 = 0; i < sortedCount; i++) {
    const symbol = <u32>load<u16>(sorted + (i << 1));
    const length = <u32>load<u8>(lengths + symbol);
    if (length > BITS) {
      return;
    }
    const code = <u32>load<u16>(codes + (i << 1));
    if (symbol < END_OF_BLOCK) {
      joinLiterals(symbol, code, length);
    } else if (symbol > END_OF_BLOCK && symbol <= LAST_LENGTH) {
      const facts = load<u32>(symbols + (symbol << 2));
      const taken = length + (facts & 63);
      if (taken + shortestFar <= BITS) {
        for (let extra: u32 = 0; extra < <u32>1 << (taken - length); extra++) {
          joinDistances((facts >> 16) + extra, code | (extra << length), taken);
        }
      }
    }
  }
}

/** Enters a literal, alone and with whatever literal follows it. */
// @ts-ignore: decorator
@inline
function joinLiterals(symbol: u32, code: u32, length: u32): void {
  const rest = BITS - length;
  const step: usize = 8 << length;
  const one = i64x2.splat(<u64>(length | JOINT_LITERALS | (1 << 16)) | (<u64>symbol << 32));
  const more = i64x2.splat(1 << 16);
  const bits = i64x2.splat(63);
  const kind = i64x2.splat(LITERAL);
  const value = i64x2.splat(0xff0000);
  const most = i64x2.splat(rest);
  let into = joint + (<usize>code << 3);
  const end = plain + (<usize>4 << rest);
  for (let at = plain; at < end; at += 8) {
    const next = v128.load32x2_u(at);
    const own = v128.and(next, bits);
    const second = i64x2.shl(v128.and(next, value), 24);
    const two = i64x2.add(i64x2.add(one, i64x2.add(own, more)), second);
    // No literal, or of too many bits.
    const isAlone = i64x2.gt_s(v128.or(own, v128.andnot(kind, next)), most);
    const both = v128.bitselect(one, two, isAlone);
    v128.store64_lane(into, both, 0);
    if (rest > 0) {
      v128.store64_lane(into + step, both, 1);
    }
    into += 2 * step;
  }
}

/** Enters a length, of which code and extra bits are the `taken` bits `head`, with whatever distance follows it. */
// @ts-ignore: decorator
@inline
function joinDistances(length: u32, head: u32, taken: u32): void {
  const rest = BITS - taken;
  const step: usize = 8 << taken;
  const own = i64x2.splat((length << 16) | (taken << CODE_SHIFT) | taken);
  const code = i64x2.splat(63 << CODE_SHIFT);
  const most = i64x2.splat(rest << CODE_SHIFT);
  let into = joint + (<usize>head << 3);
  for (let i: u32 = 0; i < <u32>1 << rest; i += 2) {
    const distance = v128.load(farDistances + (<usize>(i & ((1 << DISTANCE_BITS) - 1)) << 3));
    const isTooLong = i64x2.gt_s(v128.and(distance, code), most);
    const both = v128.andnot(i64x2.add(distance, own), isTooLong);
    v128.store64_lane(into, both, 0);
    v128.store64_lane(into + step, both, 1);
    into += 2 * step;
  }
}

/** Fills `farDistances`, when `distances` was made last. */
function listFarDistances(): void {
  shortestFar = LONGEST;
  store<u64>(farDistances, NO_DISTANCE);
  store<u64>(farDistances, NO_DISTANCE, 8);
  let filled: usize = 8;
  for (let i: u32 = 0; i < sortedCount; i++) {
    const code = <usize>load<u16>(codes + (i << 1)) & ((1 << DISTANCE_BITS) - 1);
    const entry = load<u32>(distances + (code << 2));
    const length = codeBits(entry);
    let far = NO_DISTANCE;
    if ((entry & LONGER) != 0) {
      filled = spread(farDistances, filled, 8 << DISTANCE_BITS);
    } else {
      filled = spread(farDistances, filled, <usize>8 << length);
      if (entry >> 16 > 16) {
        const mask = (1 << ((entry & 63) - length)) - 1;
        far = <u64>(entry & 0xf3f) | (<u64>(entry >> 16) << 32) | (<u64>mask << 48);
        shortestFar = min(shortestFar, length);
      }
    }
    store<u64>(farDistances + (code << 3), far);
  }
  spread(farDistances, filled, 8 << DISTANCE_BITS);
}
