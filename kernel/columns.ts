/**
 * What the columns of one header do: a list of steps, one for each column that the plan reads. A step reads its token into
 * a register.
 */
import { MISSING, families, laneBytes, numbers, useLane, words } from './registers';
import { findAddress } from './addresses';
import { NOT_A_NUMBER, parseIPv4, parseNumber } from './numbers';
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
 * Fills the registers of `count` records from the step's column; `tokens` lists where the tokens of each one's line are
 * (pairs of addresses). Sets the byte in `bad` of a record of which the value is not legal.
 */
export function readColumn(step: usize, tokens: usize, count: usize, bad: usize): void {
  useLane(0);
  const column = <usize>load<u32>(step) << 3;
  const tokensEnd = tokens + (count << 2);
  let word = words + (<usize>load<u32>(step, 8) << 2);
  switch (load<u32>(step, 4)) {
    case INTEGER: {
      const most = <u64>load<u32>(step, 16);
      for (let at = tokens; at < tokensEnd; at += 4, word += laneBytes) {
        const token = <usize>load<u32>(at) + column;
        const end = <usize>load<u32>(token, 4);
        const value = parseNumber(<usize>load<u32>(token), end);
        if (<u64>value <= most) {
          store<u32>(word, <u32>value);
        } else {
          store<u32>(word, MISSING);
          markUnlessHyphen(<usize>load<u32>(token), end, bad + ((at - tokens) >> 2));
        }
      }
      break;
    }
    case LONG: {
      let number = numbers + (<usize>load<u32>(step, 12) << 3);
      for (let at = tokens; at < tokensEnd; at += 4, number += laneBytes) {
        const token = <usize>load<u32>(at) + column;
        const end = <usize>load<u32>(token, 4);
        const value = parseNumber(<usize>load<u32>(token), end);
        store<f64>(number, <f64>value);
        if (value == NOT_A_NUMBER) {
          markUnlessHyphen(<usize>load<u32>(token), end, bad + ((at - tokens) >> 2));
        }
      }
      break;
    }
    case LONG_KEY: {
      let number = numbers + (<usize>load<u32>(step, 12) << 3);
      for (let at = tokens; at < tokensEnd; at += 4, word += laneBytes, number += laneBytes) {
        const token = <usize>load<u32>(at) + column;
        const start = <usize>load<u32>(token);
        const end = <usize>load<u32>(token, 4);
        const value = parseNumber(start, end);
        store<f64>(number, <f64>value);
        if (value == NOT_A_NUMBER) {
          store<u32>(word, MISSING);
          markUnlessHyphen(start, end, bad + ((at - tokens) >> 2));
        } else {
          store<u32>(word, readText(step, load<u32>(step, 8), start, end - start));
        }
      }
      break;
    }
    case ADDRESS: {
      let family = families + <usize>load<u32>(step, 8);
      for (let at = tokens; at < tokensEnd; at += 4, word += laneBytes, family += laneBytes) {
        const token = <usize>load<u32>(at) + column;
        const start = <usize>load<u32>(token);
        const end = <usize>load<u32>(token, 4);
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
            store<u8>(bad + ((at - tokens) >> 2), 1);
          }
        }
      }
      break;
    }
    default: {
      const table = load<u32>(step, 8);
      for (let at = tokens; at < tokensEnd; at += 4, word += laneBytes) {
        const token = <usize>load<u32>(at) + column;
        const start = <usize>load<u32>(token);
        const end = <usize>load<u32>(token, 4);
        store<u32>(word, isHyphen(start, end) ? MISSING : readText(step, table, start, end - start));
      }
    }
  }
}

/** The number of an IPv6 address, `NO_VALUE` if it is none. */
function readIPv6(step: usize, start: usize, end: usize): u32 {
  const number = findAddress(start, end);
  // A dotted quad at its end, or no address: the host's judgement is kept by spelling.
  return number != NO_VALUE || end - start > MAX_IPV6_LENGTH ? number : readText(step, IPV6_TABLE, start, end - start);
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
