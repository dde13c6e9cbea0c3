/**
 * What the columns of one header do: a list of steps, one for each column that the plan reads. A step reads its token into
 * a register.
 */
import { MISSING, families, numbers, words } from './registers';
import { NOT_A_NUMBER, parseIPv4, parseNumber } from './numbers';
import { NO_VALUE, bytesOf, findText, isEqual, numberOf } from './texts';

// A step: column, kind, slot of a word, slot of a number, greatest value, and of texts the last one: address, length, number.
export const STEP_BYTES: usize = 32;
const INTEGER: u32 = 0;
const LONG: u32 = 1;
const LONG_KEY: u32 = 2;
const ADDRESS: u32 = 3;

/** The table of spellings of IPv6 addresses; other columns have their word's slot as table. */
const IPV6_TABLE: u32 = 255;
/** The longest spelling of an IPv6 address. */
const MAX_IPV6_LENGTH: usize = 45;
const HYPHEN: u8 = 45;

/** Fills the registers from the tokens (pairs of addresses) of one line; false if a value is not legal. */
// @ts-ignore: decorator
@inline
export function readColumns(steps: usize, stepsEnd: usize, tokens: usize): bool {
  for (let step = steps; step < stepsEnd; step += STEP_BYTES) {
    const token = tokens + (<usize>load<u32>(step) << 3);
    const start = <usize>load<u32>(token);
    const end = <usize>load<u32>(token, 4);
    const word = words + (<usize>load<u32>(step, 8) << 2);
    const isHyphen = end - start == 1 && load<u8>(start) == HYPHEN;
    switch (load<u32>(step, 4)) {
      case INTEGER: {
        const value = parseNumber(start, end);
        if (<u64>value > <u64>load<u32>(step, 16)) {
          if (!isHyphen) {
            return false;
          }
          store<u32>(word, MISSING);
        } else {
          store<u32>(word, <u32>value);
        }
        break;
      }
      case LONG: {
        const value = parseNumber(start, end);
        if (value == NOT_A_NUMBER && !isHyphen) {
          return false;
        }
        store<f64>(numbers + (<usize>load<u32>(step, 12) << 3), <f64>value);
        break;
      }
      case LONG_KEY: {
        const value = parseNumber(start, end);
        if (value == NOT_A_NUMBER && !isHyphen) {
          return false;
        }
        store<f64>(numbers + (<usize>load<u32>(step, 12) << 3), <f64>value);
        store<u32>(word, isHyphen ? MISSING : readText(step, load<u32>(step, 8), start, end - start));
        break;
      }
      case ADDRESS: {
        const family = families + <usize>load<u32>(step, 8);
        const value = parseIPv4(start, end);
        if (value >= 0) {
          store<u32>(word, <u32>value);
          store<u8>(family, 4);
        } else if (isHyphen) {
          store<u32>(word, MISSING);
          store<u8>(family, 0);
        } else {
          if (end - start > MAX_IPV6_LENGTH) {
            return false;
          }
          const number = readText(step, IPV6_TABLE, start, end - start);
          if (number == NO_VALUE) {
            return false;
          }
          store<u32>(word, number);
          store<u8>(family, 6);
        }
        break;
      }
      default:
        store<u32>(word, isHyphen ? MISSING : readText(step, load<u32>(step, 8), start, end - start));
    }
  }
  return true;
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
