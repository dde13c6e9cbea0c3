/**
 * Rows that come as columns of pages: values as a file stores them, read into the registers of some records at a time,
 * column by column, as lines are. The host has checked that all of a page's rows are there.
 */
import { VALUE_BYTES, keepValues } from './cells';
import { readColumn } from './columns';
import { readRuns } from './packed';
import { LANES, MISSING } from './registers';

// A column: how its values are stored, the kind of its step; the addresses of its word, its number and its family in the first
// lane; the greatest number; a table of what values mean, of which the first is a missing one, and what makes a place in it of
// a code; whether there are levels; the step. Then two readers of packed numbers (`packed.ts`), of levels and of codes; of
// values that are not packed the latter has only the address.
export const COLUMN_BYTES: usize = 80;
const LEVELS: usize = 40;
const VALUES: usize = 60;
const CODES: u32 = 0;
const INT32: u32 = 1;
const INT64: u32 = 2;
const TEXTS: u32 = 3;
// Anything else is 64-bit floating point.

// Kinds of steps.
const INTEGER: u32 = 0;
const LONG: u32 = 1;
const LONG_KEY: u32 = 2;
const ADDRESS: u32 = 3;

const MAX_SAFE_INTEGER: u64 = 9007199254740991;
/** Stands for what is no number that a flow log has. */
const NOT_LEGAL: i64 = -2;

/** Levels, codes and integers of the records that are read together. */
const levels: usize = memory.data(128 * 4, 16);
const codes: usize = memory.data(128 * 4, 16);
const integers: usize = memory.data(128 * 8, 16);
/** Tokens as lines have them: the place before each and its end, and where these are of each line. */
const pairs: usize = memory.data(128 * 8, 16);
const tokens: usize = memory.data(128 * 4, 16);
/** A hyphen with enough memory on both sides. */
const hyphenRoom: usize = memory.data(160, 16);
const hyphen: usize = hyphenRoom + 80;
const HYPHEN: u8 = 45;
const SPACE: u8 = 32;
/** Whether values are not legal. */
const illegal: usize = memory.data(128, 16);

/** Reads the next `count` rows of a column, `LANES` at most; sets the byte in `bad` of a record whose value is not legal. */
export function readPage(column: usize, count: usize, bad: usize): void {
  const valueCount = load<u32>(column, 32) == 0 ? count : readLevels(column + LEVELS, count);
  if (load<u32>(column) == CODES) {
    readRuns(column + VALUES, codes, valueCount);
    storeValues(column, count, valueCount, bad);
  } else if (load<u32>(column) == TEXTS) {
    readTexts(column, count, valueCount, bad);
  } else {
    readIntegers(column, count, valueCount);
    storeIntegers(column, count, bad);
  }
}

/** Passes rows of a column. */
export function passRows(column: usize, count: u32): void {
  for (let left = <usize>count; left > 0; ) {
    const passed = min(left, LANES);
    // The registers are filled again before anybody looks at them.
    readPage(column, passed, illegal);
    left -= passed;
  }
}

/** Reads the `count` values of a dictionary, which is a page of plain values, into `table`, behind a missing one. */
export function readTable(column: usize, count: u32, table: usize): void {
  store<f64>(table, -1);
  store<u32>(table, MISSING, 8);
  store<u8>(table, 0, 12);
  store<u8>(table, 1, 13);
  let value = table + VALUE_BYTES;
  for (let left = <usize>count; left > 0; ) {
    const taken = min(left, LANES);
    memory.fill(illegal, 0, taken);
    readPage(column, taken, illegal);
    keepValues(<usize>load<u32>(column, 36), taken, illegal, value);
    value += taken * VALUE_BYTES;
    left -= taken;
  }
}

/** Whether `count` texts, each behind its length, could stand in a line: they are not empty and nothing in them parts columns. */
export function areTokens(at: usize, count: u32): bool {
  const space = i8x16.splat(SPACE);
  for (let i: u32 = 0; i < count; i++) {
    let left = <usize>load<u32>(at);
    at += 4;
    if (left == 0) {
      return false;
    }
    for (; left > 16; left -= 16, at += 16) {
      if (v128.any_true(i8x16.le_u(v128.load(at), space))) {
        return false;
      }
    }
    const inside: u32 = (1 << <u32>left) - 1;
    if ((<u32>i8x16.bitmask(i8x16.le_u(v128.load(at), space)) & inside) != 0) {
      return false;
    }
    at += left;
  }
  return true;
}

/** Reads levels; returns how many rows have a value. */
function readLevels(reader: usize, count: usize): usize {
  readRuns(reader, levels, count);
  let present: u32 = 0;
  for (let at = levels, end = levels + (count << 2); at < end; at += 4) {
    present += load<u32>(at);
  }
  return <usize>present;
}

/** Puts what `codes` mean into the registers. */
function storeValues(column: usize, count: usize, valueCount: usize, bad: usize): void {
  let table = <usize>load<u32>(column, 24);
  const plus = load<u32>(column, 28);
  if (valueCount < count) {
    // From the end on, so that none is written over before it has moved.
    let from = codes + (valueCount << 2);
    for (let lane = count; lane-- > 0; ) {
      let code: u32 = 0;
      if (load<u32>(levels + (lane << 2)) != 0) {
        from -= 4;
        code = load<u32>(from) + plus;
      }
      store<u32>(codes + (lane << 2), code);
    }
  } else {
    table += <usize>plus * VALUE_BYTES;
  }
  const end = codes + (count << 2);
  let word = <usize>load<u32>(column, 8);
  let number = <usize>load<u32>(column, 12);
  const kind = load<u32>(column, 4);
  if (kind == LONG || kind == LONG_KEY) {
    for (let at = codes; at < end; at += 4, number += 8, bad++) {
      const value = table + <usize>load<u32>(at) * VALUE_BYTES;
      store<f64>(number, load<f64>(value));
      if (load<u8>(value, 13) == 0) {
        store<u8>(bad, 1);
      }
      if (kind == LONG_KEY) {
        store<u32>(word, load<u32>(value, 8));
        word += 4;
      }
    }
    return;
  }
  let family = <usize>load<u32>(column, 16);
  const isAddress = kind == ADDRESS;
  for (let at = codes; at < end; at += 4, word += 4, bad++) {
    const value = table + <usize>load<u32>(at) * VALUE_BYTES;
    store<u32>(word, load<u32>(value, 8));
    if (load<u8>(value, 13) == 0) {
      store<u8>(bad, 1);
    }
    if (isAddress) {
      store<u8>(family, load<u8>(value, 12));
      family += 1;
    }
  }
}

/** Reads the next rows of a column of texts. */
function readTexts(column: usize, count: usize, valueCount: usize, bad: usize): void {
  const step = <usize>load<u32>(column, 36);
  const before = <usize>load<u32>(step) << 2;
  const hasAll = valueCount == count;
  let at = <usize>load<u32>(column, VALUES);
  store<u8>(hyphen, HYPHEN);
  for (let lane: usize = 0; lane < count; lane++) {
    const pair = pairs + (lane << 3);
    if (hasAll || load<u32>(levels + (lane << 2)) != 0) {
      const length = <usize>load<u32>(at);
      at += 4;
      store<u32>(pair, <u32>at - 1);
      at += length;
      store<u32>(pair, <u32>at, 4);
    } else {
      store<u32>(pair, <u32>hyphen - 1);
      store<u32>(pair, <u32>hyphen + 1, 4);
    }
    // So that the step's column is this pair.
    store<u32>(tokens + (lane << 2), <u32>(pair - before));
  }
  store<u32>(column, <u32>at, VALUES);
  readColumn(step, tokens, count, bad);
}

/** Reads the next rows of a column of numbers into `integers`, −1 for missing ones. */
function readIntegers(column: usize, count: usize, valueCount: usize): void {
  const stored = load<u32>(column);
  const hasAll = valueCount == count;
  let at = <usize>load<u32>(column, VALUES);
  for (let lane: usize = 0; lane < count; lane++) {
    let integer: i64 = -1;
    if (hasAll || load<u32>(levels + (lane << 2)) != 0) {
      if (stored == INT32) {
        integer = <i64>load<i32>(at);
        at += 4;
      } else if (stored == INT64) {
        integer = load<i64>(at);
        at += 8;
      } else {
        integer = integerOf(load<f64>(at));
        at += 8;
      }
    }
    store<i64>(integers + (lane << 3), integer);
  }
  store<u32>(column, <u32>at, VALUES);
}

/** A number as an integer; NaN is a missing one. */
// @ts-ignore: decorator
@inline
function integerOf(value: f64): i64 {
  if (value != value || value == -1) {
    return -1;
  }
  return value >= 0 && value <= <f64>MAX_SAFE_INTEGER && floor(value) == value ? <i64>value : NOT_LEGAL;
}

/** Puts `integers` into the registers. */
function storeIntegers(column: usize, count: usize, bad: usize): void {
  const end = integers + (count << 3);
  if (load<u32>(column, 4) == INTEGER) {
    const most = <u64>load<u32>(column, 20);
    let word = <usize>load<u32>(column, 8);
    for (let at = integers; at < end; at += 8, word += 4, bad++) {
      const integer = load<i64>(at);
      const isLegal = <u64>integer <= most;
      store<u32>(word, isLegal ? <u32>integer : MISSING);
      if (!isLegal && integer != -1) {
        store<u8>(bad, 1);
      }
    }
    return;
  }
  let number = <usize>load<u32>(column, 12);
  for (let at = integers; at < end; at += 8, number += 8, bad++) {
    const integer = load<i64>(at);
    const isLegal = <u64>integer <= MAX_SAFE_INTEGER;
    store<f64>(number, isLegal ? <f64>integer : -1);
    if (!isLegal && integer != -1) {
      store<u8>(bad, 1);
    }
  }
}
