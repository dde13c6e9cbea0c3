/**
 * Reads numbers and IPv4 addresses without a loop over digits, one or four at a time. Up to 16 bytes before a token may be
 * read, whatever they are, and as many behind its beginning.
 */

/** The number of a token that is none. */
export const NOT_A_NUMBER: i64 = -1;
/** The largest integer that a 64-bit field may hold exactly (2⁵³ − 1). */
const MAX_EXACT: u64 = (1 << 53) - 1;
/** Numbers whose digits above the last eight are less than this are exact. */
const EXACT_HIGH: i32 = 90071992;

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

/** By length, up to 16: the bytes at the end of as many that are a number's, all ones. */
const tails: usize = memory.data(17 * 16, 16);

prepareTails();

function prepareTails(): void {
  for (let length: usize = 0; length <= 16; length++) {
    memory.fill(tails + (length << 4) + 16 - length, 0xff, length);
  }
}

/** All ones in as many bytes as that, 16 at most, and zeros behind them. */
// @ts-ignore: decorator
@inline
export function maskOfFirst(length: usize): v128 {
  return v128.not(v128.load(tails + ((16 - length) << 4)));
}

/** The digits of two tokens of one to eight bytes, each by its end and length, one byte each; above 9 what is no digit. */
// @ts-ignore: decorator
@inline
export function digitsOf2(end: usize, length: usize, otherEnd: usize, otherLength: usize): v128 {
  const text = v128.load64_lane(otherEnd - 8, v128.load64_zero(end - 8), 1);
  const inside = v128.load64_lane(tails + (otherLength << 4) + 8, v128.load64_zero(tails + (length << 4) + 8), 1);
  return v128.and(v128.xor(text, i8x16.splat(48)), inside);
}

/** The same of one token of up to 16 bytes. */
// @ts-ignore: decorator
@inline
export function digitsOf(end: usize, length: usize): v128 {
  return v128.and(v128.xor(v128.load(end - 16), i8x16.splat(48)), v128.load(tails + (length << 4)));
}

/** Whether some byte is no digit. */
// @ts-ignore: decorator
@inline
export function isNoDigit(digits: v128): v128 {
  return i8x16.gt_u(digits, i8x16.splat(9));
}

/** The numbers of four groups of eight digits, two in each. */
// @ts-ignore: decorator
@inline
export function valuesOf(first: v128, second: v128): v128 {
  const tenThousands = i16x8(10000, 1, 10000, 1, 10000, 1, 10000, 1);
  return i32x4.dot_i16x8_s(i16x8.narrow_i32x4_s(foursOf(first), foursOf(second)), tenThousands);
}

/** The numbers of four groups of four digits. */
// @ts-ignore: decorator
@inline
function foursOf(digits: v128): v128 {
  const tens = i16x8.mul(v128.and(digits, i16x8.splat(255)), i16x8.splat(10));
  return i32x4.dot_i16x8_s(i16x8.add(tens, i16x8.shr_u(digits, 8)), i16x8(100, 1, 100, 1, 100, 1, 100, 1));
}

/** Whether numbers with these digits above their last eight may not be exact. */
// @ts-ignore: decorator
@inline
export function isInexact(high: v128): bool {
  return v128.any_true(i32x4.ge_s(high, i32x4.splat(EXACT_HIGH)));
}

/** The numbers of two that have eight digits and eight digits above these: those at lanes 0 and 1. */
// @ts-ignore: decorator
@inline
export function longsOf(high: v128, low: v128): v128 {
  return f64x2.add(
    f64x2.mul(f64x2.convert_low_i32x4_u(high), f64x2.splat(100000000)),
    f64x2.convert_low_i32x4_u(low),
  );
}

/**
 * By where the dots are, and the end, one bit each: a pattern of lengths of octets, 0 if these are no four octets of one to
 * three digits.
 */
const patterns: usize = memory.data(65536, 16);
/**
 * By pattern: which bytes of the text are the hundreds of the four octets, then the tens, then the ones; the last octet comes
 * first, as it does in a number's memory.
 */
const places: usize = memory.data(82 * 16, 16);
/** By pattern: where among those a zero would be a leading one, all ones. */
const leading: usize = memory.data(82 * 16, 16);
/** No place in a text. */
const NOWHERE: u8 = 0x80;

preparePatterns();

function preparePatterns(): void {
  memory.fill(places, NOWHERE, 82 * 16);
  // What has no pattern is nothing but zeros.
  memory.fill(leading, 0xff, 16);
  for (let pattern: u32 = 1; pattern <= 81; pattern++) {
    let left = pattern - 1;
    let at: u32 = 0;
    let ends: u32 = 0;
    for (let octet: usize = 4; octet-- > 0; ) {
      const length: u32 = 1 + (left % 3);
      left /= 3;
      const entry = (<usize>pattern << 4) + octet;
      for (let digit: u32 = 0; digit < length; digit++) {
        store<u8>(places + entry + (<usize>(3 - length + digit) << 2), <u8>(at + digit));
      }
      if (length > 1) {
        store<u8>(leading + entry + (<usize>(3 - length) << 2), 0xff);
      }
      at += length;
      ends |= 1 << at;
      at++;
    }
    store<u8>(patterns + <usize>ends, <u8>pattern);
  }
}

/** The longest spelling of an IPv4 address. */
export const MAX_IPV4_LENGTH: usize = 15;

/** The pattern of a token of up to 15 bytes; 0 for none. */
// @ts-ignore: decorator
@inline
export function patternOf(start: usize, length: usize): usize {
  const end = <u32>1 << <u32>length;
  const dots = <u32>i8x16.bitmask(i8x16.eq(v128.load(start), i8x16.splat(46)));
  return <usize>load<u8>(patterns + <usize>((dots & (end - 1)) | end));
}

/** The digits of a token of this pattern, as `places` has them. */
// @ts-ignore: decorator
@inline
export function octetsOf(start: usize, pattern: usize): v128 {
  return i8x16.swizzle(i8x16.sub(v128.load(start), i8x16.splat(48)), v128.load(places + (pattern << 4)));
}

/** Where digits are none, or zeros in front of others: for some readers these make a number octal. Always if there is no pattern. */
// @ts-ignore: decorator
@inline
export function areNoOctets(octets: v128, pattern: usize): v128 {
  const zeros = v128.and(i8x16.eq(octets, i8x16.splat(0)), v128.load(leading + (pattern << 4)));
  return v128.or(zeros, isNoDigit(octets));
}

/** Eight octets, 16 bits each, of their hundreds, tens and ones, each in the low half of a vector. */
// @ts-ignore: decorator
@inline
export function lowOctets(hundreds: v128, tens: v128, ones: v128): v128 {
  return sumOf(
    i16x8.extend_low_i8x16_u(hundreds),
    i16x8.extend_low_i8x16_u(tens),
    i16x8.extend_low_i8x16_u(ones),
  );
}

/** The same of the high halves. */
// @ts-ignore: decorator
@inline
export function highOctets(hundreds: v128, tens: v128, ones: v128): v128 {
  return sumOf(
    i16x8.extend_high_i8x16_u(hundreds),
    i16x8.extend_high_i8x16_u(tens),
    i16x8.extend_high_i8x16_u(ones),
  );
}

// @ts-ignore: decorator
@inline
function sumOf(hundreds: v128, tens: v128, ones: v128): v128 {
  const upper = i16x8.add(i16x8.mul(hundreds, i16x8.splat(100)), i16x8.mul(tens, i16x8.splat(10)));
  return i16x8.add(upper, ones);
}

/** Whether octets are above 255. */
// @ts-ignore: decorator
@inline
export function areTooLarge(octets: v128): v128 {
  return i16x8.gt_s(octets, i16x8.splat(255));
}

/** The IPv4 address in `[start, end)` as a number, or `NOT_A_NUMBER`. */
export function parseIPv4(start: usize, end: usize): i64 {
  const length = end - start;
  const pattern: usize = length > MAX_IPV4_LENGTH ? 0 : patternOf(start, length);
  if (pattern == 0) {
    return NOT_A_NUMBER;
  }
  const digits = octetsOf(start, pattern);
  const octets = lowOctets(
    digits,
    v128.shuffle<i32>(digits, digits, 1, 1, 1, 1),
    v128.shuffle<i32>(digits, digits, 2, 2, 2, 2),
  );
  if (v128.any_true(areNoOctets(digits, pattern)) || i64x2.extract_lane(areTooLarge(octets), 0) != 0) {
    return NOT_A_NUMBER;
  }
  return <i64>(<u64>(<u32>i32x4.extract_lane(i8x16.narrow_i16x8_u(octets, octets), 0)));
}
