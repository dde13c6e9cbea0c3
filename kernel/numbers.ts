/**
 * Reads numbers and IPv4 addresses without a loop over digits. Bytes before a token may be read, whatever they are.
 */

/** The number of a token that is none. */
export const NOT_A_NUMBER: i64 = -1;
/** The largest integer that a 64-bit field may hold exactly (2⁵³ − 1). */
const MAX_EXACT: u64 = (1 << 53) - 1;

/** A decimal number up to 2⁵³ − 1 in `[start, end)`, or `NOT_A_NUMBER`. */
// @ts-ignore: decorator
@inline
export function parseNumber(start: usize, end: usize): i64 {
  const length = end - start;
  if (length <= 8) {
    return parseUpTo8(end, length);
  }
  if (length <= 16) {
    const high = parseUpTo8(end - 8, length - 8);
    const low = parseUpTo8(end, 8);
    if ((high | low) < 0) {
      return NOT_A_NUMBER;
    }
    const value = high * 100000000 + low;
    return <u64>value > MAX_EXACT ? NOT_A_NUMBER : value;
  }
  return parseLong(start, end);
}

/** One to eight digits that end at `end`; the first digit is the lowest byte, as memory has it. */
// @ts-ignore: decorator
@inline
function parseUpTo8(end: usize, length: usize): i64 {
  let x = (load<u64>(end - 8) ^ 0x3030303030303030) & (<u64>-1 << (64 - (length << 3)));
  // Bytes above 9 reach 0x80 when 0x76 is added, or have it already.
  if ((((x + 0x7676767676767676) | x) & 0x8080808080808080) != 0) {
    return NOT_A_NUMBER;
  }
  x = (x * 10 + (x >> 8)) & 0x00ff00ff00ff00ff;
  x = (x * 100 + (x >> 16)) & 0x0000ffff0000ffff;
  return <i64>((x * 10000 + (x >> 32)) & 0xffffffff);
}

/** More than 16 digits: legal only with leading zeros. */
function parseLong(start: usize, end: usize): i64 {
  let value: u64 = 0;
  for (let at = start; at < end; at++) {
    const digit = <u32>load<u8>(at) - 48;
    if (digit > 9) {
      return NOT_A_NUMBER;
    }
    value = value * 10 + digit;
    if (value > MAX_EXACT) {
      return NOT_A_NUMBER;
    }
  }
  return <i64>value;
}

/**
 * By the lengths of four octets, two bits each: which bytes of the text are the hundreds, tens and ones of each, so that
 * they stand in four groups of four.
 */
const octetPlaces: usize = memory.data(256 * 16, 16);
/** By the same: the places in those groups where a zero would be a leading one. */
const leadingPlaces: usize = memory.data(256 * 2, 2);
/** No place in a text. */
const NOWHERE: u8 = 0x80;

prepareAddresses();

function prepareAddresses(): void {
  memory.fill(octetPlaces, NOWHERE, 256 * 16);
  for (let lengths: u32 = 0; lengths < 256; lengths++) {
    const places = octetPlaces + (<usize>lengths << 4);
    let at: u32 = 0;
    let leading: u32 = 0;
    for (let octet: u32 = 0; octet < 4; octet++) {
      const length = (lengths >> (octet << 1)) & 3;
      const first = (octet << 2) + 3 - length;
      for (let i: u32 = 0; i < length; i++) {
        store<u8>(places + <usize>(first + i), <u8>(at + i));
      }
      if (length > 1) {
        leading |= 1 << first;
      }
      at += length + 1;
    }
    store<u16>(leadingPlaces + (<usize>lengths << 1), <u16>leading);
  }
}

/**
 * The IPv4 address in `[start, end)` as a number, or `NOT_A_NUMBER`. Octets have no leading zeros: for some readers these
 * make a number octal. Up to 16 bytes from `start` on may be read.
 */
// @ts-ignore: decorator
@inline
export function parseIPv4(start: usize, end: usize): i64 {
  const length = <u32>(end - start);
  if (length - 7 > 8) {
    return NOT_A_NUMBER;
  }
  const text = v128.load(start);
  const dots = <u32>i8x16.bitmask(i8x16.eq(text, i8x16.splat(46))) & ((1 << length) - 1);
  const afterFirst = dots & (dots - 1);
  const afterSecond = afterFirst & (afterFirst - 1);
  const first = ctz(dots);
  const second = ctz(afterFirst);
  const third = ctz(afterSecond);
  const b = second - first - 1;
  const c = third - second - 1;
  const d = length - third - 1;
  // Without three dots a place is 32 and a length no longer one or too large; a fourth dot is no digit below.
  if ((first | b | c | d) > 3 || first == 0 || b == 0 || c == 0 || d == 0) {
    return NOT_A_NUMBER;
  }
  const lengths = <usize>(first | (b << 2) | (c << 4) | (d << 6));
  const digits = i8x16.swizzle(i8x16.sub(text, i8x16.splat(48)), v128.load(octetPlaces + (lengths << 4)));
  const zeros = <u32>i8x16.bitmask(i8x16.eq(digits, i8x16.splat(0)));
  const weights = i16x8(100, 10, 1, 0, 100, 10, 1, 0);
  const low = i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(digits), weights);
  const high = i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(digits), weights);
  const octets = i32x4.add(
    v128.shuffle<i32>(low, high, 0, 2, 4, 6),
    v128.shuffle<i32>(low, high, 1, 3, 5, 7),
  );
  if (
    (zeros & <u32>load<u16>(leadingPlaces + (lengths << 1))) != 0 ||
    v128.any_true(v128.or(i8x16.gt_u(digits, i8x16.splat(9)), i32x4.gt_u(octets, i32x4.splat(255))))
  ) {
    return NOT_A_NUMBER;
  }
  const bytes = v128.shuffle<i8>(octets, octets, 12, 8, 4, 0, 12, 8, 4, 0, 12, 8, 4, 0, 12, 8, 4, 0);
  return <i64>(<u64>(<u32>i32x4.extract_lane(bytes, 0)));
}
