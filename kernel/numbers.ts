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
 * The IPv4 address in `[start, end)` as a number, or `NOT_A_NUMBER`. Octets have no leading zeros: for some readers these
 * make a number octal.
 */
// @ts-ignore: decorator
@inline
export function parseIPv4(start: usize, end: usize): i64 {
  const length = <u32>(end - start);
  if (length - 7 > 8) {
    return NOT_A_NUMBER;
  }
  const text = v128.load(start);
  const inside: u32 = (1 << length) - 1;
  const dots = <u32>i8x16.bitmask(i8x16.eq(text, i8x16.splat(46))) & inside;
  const digits = <u32>i8x16.bitmask(i8x16.le_u(i8x16.sub(text, i8x16.splat(48)), i8x16.splat(9))) & inside;
  const afterFirst = dots & (dots - 1);
  const afterSecond = afterFirst & (afterFirst - 1);
  if ((dots | digits) != inside || afterSecond == 0 || (afterSecond & (afterSecond - 1)) != 0) {
    return NOT_A_NUMBER;
  }
  const first = ctz(dots);
  const second = ctz(afterFirst);
  const third = ctz(afterSecond);
  const a = parseOctet(start + first, first);
  const b = parseOctet(start + second, second - first - 1);
  const c = parseOctet(start + third, third - second - 1);
  const d = parseOctet(end, length - third - 1);
  if ((a | b | c | d) > 255) {
    return NOT_A_NUMBER;
  }
  return <i64>((a << 24) | (b << 16) | (c << 8) | d);
}

/** An octet of `length` digits that ends at `end`; more than 255 if it is none. */
// @ts-ignore: decorator
@inline
function parseOctet(end: usize, length: u32): u32 {
  if (length - 1 > 2) {
    return 256;
  }
  const x = (load<u32>(end - 4) ^ 0x30303030) & (<u32>-1 << (32 - (length << 3)));
  const value = (x >> 24) + ((x >> 16) & 255) * 10 + ((x >> 8) & 255) * 100;
  const least: u32 = length == 1 ? 0 : length == 2 ? 10 : 100;
  return value < least || value > 255 ? 256 : value;
}
