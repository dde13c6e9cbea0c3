/**
 * What the columns of one header do: a list of steps, one for each column that the plan reads. A step reads its token into
 * a register.
 */
import { MISSING, familiesOf, numbersOf, wordsOf } from './registers';
import { findAddress } from './addresses';
import {
  MAX_IPV4_LENGTH,
  NOT_A_NUMBER,
  areNoOctets,
  areTooLarge,
  digitsOf,
  digitsOf2,
  highOctets,
  isInexact,
  isNoDigit,
  longsOf,
  lowOctets,
  maskOfFirst,
  octetsOf,
  parseIPv4,
  parseNumber,
  patternOf,
  valuesOf,
} from './numbers';
import { NO_VALUE, bytesOf, findText, isEqual, numberOf } from './texts';

// A step: column, kind, slot of a word, slot of a number, greatest value, and of texts the last one: address, length, number.
export const STEP_BYTES: usize = 32;
const INTEGER: u32 = 0;
const LONG: u32 = 1;
const LONG_KEY: u32 = 2;
const ADDRESS: u32 = 3;

/** The table of unusual spellings of IPv6 addresses; other columns have their word's slot as table. */
const IPV6_TABLE: u32 = 255;
/** The longest spelling of an IPv6 address. */
const MAX_IPV6_LENGTH: usize = 45;
const HYPHEN: u8 = 45;

/**
 * Fills the registers of `count` records from the step's column; `tokens` lists where the entries of each one's line are: the
 * place before each token, and behind the last one. Sets the byte in `bad` of a record of which the value is not legal.
 */
export function readColumn(step: usize, tokens: usize, count: usize, bad: usize): void {
  const slot = <usize>load<u32>(step, 8);
  switch (load<u32>(step, 4)) {
    case INTEGER: {
      readIntegers(step, wordsOf(slot), tokens, count, bad);
      break;
    }
    case LONG: {
      readLongs(step, numbersOf(<usize>load<u32>(step, 12)), tokens, count, bad);
      break;
    }
    case LONG_KEY: {
      readLongKeys(step, wordsOf(slot), numbersOf(<usize>load<u32>(step, 12)), tokens, count, bad);
      break;
    }
    case ADDRESS: {
      readAddresses(step, wordsOf(slot), familiesOf(slot), tokens, count, bad);
      break;
    }
    default: {
      readTexts(step, wordsOf(slot), tokens, count);
    }
  }
}

function readIntegers(step: usize, word: usize, tokens: usize, count: usize, bad: usize): void {
  const column = <usize>load<u32>(step) << 2;
  const most = load<u32>(step, 16);
  const end = tokens + (count << 2);
  let at = tokens;
  for (; at + 16 <= end; at += 16, word += 16, bad += 4) {
    const token0 = tokenOf(at, column);
    const token1 = tokenOf(at + 4, column);
    const token2 = tokenOf(at + 8, column);
    const token3 = tokenOf(at + 12, column);
    const end0 = endOf(token0);
    const end1 = endOf(token1);
    const end2 = endOf(token2);
    const end3 = endOf(token3);
    const length0 = end0 - startOf(token0);
    const length1 = end1 - startOf(token1);
    const length2 = end2 - startOf(token2);
    const length3 = end3 - startOf(token3);
    if ((((length0 - 1) | (length1 - 1) | (length2 - 1) | (length3 - 1)) & ~7) == 0) {
      const first = digitsOf2(end0, length0, end1, length1);
      const second = digitsOf2(end2, length2, end3, length3);
      const values = valuesOf(first, second);
      if (
        !v128.any_true(
          v128.or(v128.or(isNoDigit(first), isNoDigit(second)), i32x4.gt_u(values, i32x4.splat(<i32>most))),
        )
      ) {
        v128.store(word, values);
        continue;
      }
    }
    for (let i: usize = 0; i < 4; i++) {
      readInteger(tokenOf(at + (i << 2), column), most, word + (i << 2), bad + i);
    }
  }
  for (; at < end; at += 4, word += 4, bad++) {
    readInteger(tokenOf(at, column), most, word, bad);
  }
}

function readInteger(token: usize, most: u32, word: usize, bad: usize): void {
  const start = startOf(token);
  const end = endOf(token);
  const value = parseNumber(start, end);
  if (<u64>value <= <u64>most) {
    store<u32>(word, <u32>value);
  } else {
    store<u32>(word, MISSING);
    markUnlessHyphen(start, end, bad);
  }
}

function readLongs(step: usize, number: usize, tokens: usize, count: usize, bad: usize): void {
  const column = <usize>load<u32>(step) << 2;
  const end = tokens + (count << 2);
  let at = tokens;
  for (; at + 16 <= end; at += 16, number += 32, bad += 4) {
    const token0 = tokenOf(at, column);
    const token1 = tokenOf(at + 4, column);
    const token2 = tokenOf(at + 8, column);
    const token3 = tokenOf(at + 12, column);
    const end0 = endOf(token0);
    const end1 = endOf(token1);
    const end2 = endOf(token2);
    const end3 = endOf(token3);
    const length0 = end0 - startOf(token0);
    const length1 = end1 - startOf(token1);
    const length2 = end2 - startOf(token2);
    const length3 = end3 - startOf(token3);
    const longest = (length0 - 1) | (length1 - 1) | (length2 - 1) | (length3 - 1);
    if ((longest & ~7) == 0) {
      const first = digitsOf2(end0, length0, end1, length1);
      const second = digitsOf2(end2, length2, end3, length3);
      if (!v128.any_true(v128.or(isNoDigit(first), isNoDigit(second)))) {
        const values = valuesOf(first, second);
        v128.store(number, f64x2.convert_low_i32x4_u(values));
        v128.store(number, f64x2.convert_low_i32x4_u(v128.shuffle<i32>(values, values, 2, 3, 2, 3)), 16);
        continue;
      }
    } else if ((longest & ~15) == 0) {
      const digits0 = digitsOf(end0, length0);
      const digits1 = digitsOf(end1, length1);
      const digits2 = digitsOf(end2, length2);
      const digits3 = digitsOf(end3, length3);
      const first = valuesOf(digits0, digits1);
      const second = valuesOf(digits2, digits3);
      const high = v128.shuffle<i32>(first, second, 0, 2, 4, 6);
      const noDigit = v128.or(
        v128.or(isNoDigit(digits0), isNoDigit(digits1)),
        v128.or(isNoDigit(digits2), isNoDigit(digits3)),
      );
      if (!v128.any_true(noDigit) && !isInexact(high)) {
        const low = v128.shuffle<i32>(first, second, 1, 3, 5, 7);
        v128.store(number, longsOf(high, low));
        v128.store(
          number,
          longsOf(v128.shuffle<i32>(high, high, 2, 3, 2, 3), v128.shuffle<i32>(low, low, 2, 3, 2, 3)),
          16,
        );
        continue;
      }
    }
    for (let i: usize = 0; i < 4; i++) {
      readLong(tokenOf(at + (i << 2), column), number + (i << 3), bad + i);
    }
  }
  for (; at < end; at += 4, number += 8, bad++) {
    readLong(tokenOf(at, column), number, bad);
  }
}

function readLong(token: usize, number: usize, bad: usize): void {
  const start = startOf(token);
  const end = endOf(token);
  const value = parseNumber(start, end);
  store<f64>(number, <f64>value);
  if (value == NOT_A_NUMBER) {
    markUnlessHyphen(start, end, bad);
  }
}

function readLongKeys(step: usize, word: usize, number: usize, tokens: usize, count: usize, bad: usize): void {
  const column = <usize>load<u32>(step) << 2;
  for (let at = tokens, end = tokens + (count << 2); at < end; at += 4, word += 4, number += 8, bad++) {
    const token = tokenOf(at, column);
    const start = startOf(token);
    const tokenEnd = endOf(token);
    const value = parseNumber(start, tokenEnd);
    store<f64>(number, <f64>value);
    if (value == NOT_A_NUMBER) {
      store<u32>(word, MISSING);
      markUnlessHyphen(start, tokenEnd, bad);
    } else {
      store<u32>(word, readText(step, load<u32>(step, 8), start, tokenEnd - start));
    }
  }
}

function readAddresses(step: usize, word: usize, family: usize, tokens: usize, count: usize, bad: usize): void {
  const column = <usize>load<u32>(step) << 2;
  const end = tokens + (count << 2);
  let at = tokens;
  for (; at + 16 <= end; at += 16, word += 16, family += 4, bad += 4) {
    if (storeFour(word, tokenOf(at, column), tokenOf(at + 4, column), tokenOf(at + 8, column), tokenOf(at + 12, column))) {
      store<u32>(family, 0x04040404);
      continue;
    }
    for (let i: usize = 0; i < 4; i++) {
      readAddress(step, tokenOf(at + (i << 2), column), word + (i << 2), family + i, bad + i);
    }
  }
  for (; at < end; at += 4, word += 4, family++, bad++) {
    readAddress(step, tokenOf(at, column), word, family, bad);
  }
}

/** Stores four IPv4 addresses; false if some are none. */
// @ts-ignore: decorator
@inline
function storeFour(word: usize, token0: usize, token1: usize, token2: usize, token3: usize): bool {
  const start0 = startOf(token0);
  const start1 = startOf(token1);
  const start2 = startOf(token2);
  const start3 = startOf(token3);
  const length0 = endOf(token0) - start0;
  const length1 = endOf(token1) - start1;
  const length2 = endOf(token2) - start2;
  const length3 = endOf(token3) - start3;
  if ((length0 | length1 | length2 | length3) > MAX_IPV4_LENGTH) {
    return false;
  }
  const pattern0 = patternOf(start0, length0);
  const pattern1 = patternOf(start1, length1);
  const pattern2 = patternOf(start2, length2);
  const pattern3 = patternOf(start3, length3);
  const octets0 = octetsOf(start0, pattern0);
  const octets1 = octetsOf(start1, pattern1);
  const octets2 = octetsOf(start2, pattern2);
  const octets3 = octetsOf(start3, pattern3);
  const low = v128.shuffle<i32>(octets0, octets1, 0, 4, 1, 5);
  const high = v128.shuffle<i32>(octets2, octets3, 0, 4, 1, 5);
  const hundreds = v128.shuffle<i64>(low, high, 0, 2);
  const tens = v128.shuffle<i64>(low, high, 1, 3);
  const ones = v128.shuffle<i64>(
    v128.shuffle<i32>(octets0, octets1, 2, 6, 3, 7),
    v128.shuffle<i32>(octets2, octets3, 2, 6, 3, 7),
    0,
    2,
  );
  const first = lowOctets(hundreds, tens, ones);
  const second = highOctets(hundreds, tens, ones);
  const isNone = v128.or(
    v128.or(areNoOctets(octets0, pattern0), areNoOctets(octets1, pattern1)),
    v128.or(areNoOctets(octets2, pattern2), areNoOctets(octets3, pattern3)),
  );
  if (v128.any_true(v128.or(isNone, v128.or(areTooLarge(first), areTooLarge(second))))) {
    return false;
  }
  v128.store(word, i8x16.narrow_i16x8_u(first, second));
  return true;
}

function readAddress(step: usize, token: usize, word: usize, family: usize, bad: usize): void {
  const start = startOf(token);
  const end = endOf(token);
  const value = parseIPv4(start, end);
  if (value >= 0) {
    store<u32>(word, <u32>value);
    store<u8>(family, 4);
  } else if (isHyphen(start, end)) {
    store<u32>(word, MISSING);
    store<u8>(family, 0);
  } else {
    const number = readIPv6(step, start, end);
    store<u32>(word, number);
    store<u8>(family, 6);
    if (number == NO_VALUE) {
      store<u8>(bad, 1);
    }
  }
}

/** The number of an IPv6 address, `NO_VALUE` if it is none. */
function readIPv6(step: usize, start: usize, end: usize): u32 {
  const number = findAddress(start, end);
  // A dotted quad at its end, or no address: the host's judgement is kept by spelling.
  return number != NO_VALUE || end - start > MAX_IPV6_LENGTH ? number : readText(step, IPV6_TABLE, start, end - start);
}

/** Most columns repeat the value of the line before, so that four are often the same. */
function readTexts(step: usize, word: usize, tokens: usize, count: usize): void {
  const column = <usize>load<u32>(step) << 2;
  const table = load<u32>(step, 8);
  const end = tokens + (count << 2);
  let at = tokens;
  for (; at + 16 <= end; at += 16, word += 16) {
    const token0 = tokenOf(at, column);
    const token1 = tokenOf(at + 4, column);
    const token2 = tokenOf(at + 8, column);
    const token3 = tokenOf(at + 12, column);
    if (areLast(step, token0, token1, token2, token3)) {
      v128.store(word, i32x4.splat(load<i32>(step, 28)));
      continue;
    }
    for (let i: usize = 0; i < 4; i++) {
      store<u32>(word + (i << 2), readTextAt(step, table, tokenOf(at + (i << 2), column)));
    }
  }
  for (; at < end; at += 4, word += 4) {
    store<u32>(word, readTextAt(step, table, tokenOf(at, column)));
  }
}

/** Whether four tokens are the text that the step remembers; false if it is a long one. */
// @ts-ignore: decorator
@inline
function areLast(step: usize, token0: usize, token1: usize, token2: usize, token3: usize): bool {
  const last = <usize>load<u32>(step, 20);
  const length = <usize>load<u32>(step, 24);
  const start0 = startOf(token0);
  const start1 = startOf(token1);
  const start2 = startOf(token2);
  const start3 = startOf(token3);
  const isOther =
    ((endOf(token0) - start0) ^ length) |
    ((endOf(token1) - start1) ^ length) |
    ((endOf(token2) - start2) ^ length) |
    ((endOf(token3) - start3) ^ length);
  if (isOther != 0 || length > 32) {
    return false;
  }
  const text = v128.load(last);
  const differs = v128.or(
    v128.or(v128.xor(v128.load(start0), text), v128.xor(v128.load(start1), text)),
    v128.or(v128.xor(v128.load(start2), text), v128.xor(v128.load(start3), text)),
  );
  if (length <= 16) {
    return !v128.any_true(v128.and(differs, maskOfFirst(length)));
  }
  const rest = v128.load(last + length - 16);
  const restDiffers = v128.or(
    v128.or(
      v128.xor(v128.load(start0 + length - 16), rest),
      v128.xor(v128.load(start1 + length - 16), rest),
    ),
    v128.or(
      v128.xor(v128.load(start2 + length - 16), rest),
      v128.xor(v128.load(start3 + length - 16), rest),
    ),
  );
  return !v128.any_true(v128.or(differs, restDiffers));
}

// @ts-ignore: decorator
@inline
function readTextAt(step: usize, table: u32, token: usize): u32 {
  const start = startOf(token);
  const end = endOf(token);
  return isHyphen(start, end) ? MISSING : readText(step, table, start, end - start);
}

/** The token of a line's column: the entry before it, which its own one follows. */
// @ts-ignore: decorator
@inline
function tokenOf(line: usize, column: usize): usize {
  return <usize>load<u32>(line) + column;
}

// @ts-ignore: decorator
@inline
function startOf(token: usize): usize {
  return <usize>load<u32>(token) + 1;
}

// @ts-ignore: decorator
@inline
function endOf(token: usize): usize {
  return <usize>load<u32>(token, 4);
}

// @ts-ignore: decorator
@inline
function isHyphen(start: usize, end: usize): bool {
  return end - start == 1 && load<u8>(start) == HYPHEN;
}

function markUnlessHyphen(start: usize, end: usize, bad: usize): void {
  if (!isHyphen(start, end)) {
    store<u8>(bad, 1);
  }
}

/** The number of a text. Most columns repeat the value of the line before, which the step remembers. */
// @ts-ignore: decorator
@inline
function readText(step: usize, table: u32, start: usize, length: usize): u32 {
  if (<usize>load<u32>(step, 24) == length && isEqual(<usize>load<u32>(step, 20), start, length)) {
    return load<u32>(step, 28);
  }
  return readOtherText(step, table, start, length);
}

function readOtherText(step: usize, table: u32, start: usize, length: usize): u32 {
  const entry = findText(table, start, length);
  const number = numberOf(entry);
  store<u32>(step, bytesOf(entry), 20);
  store<u32>(step, <u32>length, 24);
  store<u32>(step, number, 28);
  return number;
}
