/**
 * Rows that come as columns: numbers as they are, or codes of spellings, of which each is read once, as a token of a line
 * would be.
 */
import { readColumn } from './columns';
import { MISSING, families, numbers, useLane, words } from './registers';

// What a spelling gives: number, word, family, whether it is legal.
const VALUE_BYTES: usize = 16;

// A column: kind, address of its codes or numbers, table of spellings, address of its word, its number, its family, and the
// greatest number.
export const CELL_COLUMN_BYTES: usize = 32;
// Kinds 0 to 4 are those of steps.
const LONG: u32 = 1;
const LONG_KEY: u32 = 2;
const ADDRESS: u32 = 3;
const INTEGER_NUMBERS: u32 = 5;
const LONG_NUMBERS: u32 = 6;

/** 2⁵³ − 1. */
const MAX_SAFE_INTEGER: f64 = 9007199254740991;

/** A start and an end, as a line has them for each token. */
const token: usize = memory.data(8, 8);
/** Where the tokens of the only line are. */
const tokens: usize = memory.data(4, 4);
/** Whether its value is not legal. */
const bad: usize = memory.data(1, 1);

/** Reads `count` spellings of a step's column, `text + [starts[i], ends[i])`, into `table`. */
export function readSpellings(
  step: usize,
  text: usize,
  starts: usize,
  ends: usize,
  count: u32,
  table: usize,
): void {
  store<u32>(tokens, <u32>(token - (<usize>load<u32>(step) << 3)));
  useLane(0);
  const slot = <usize>load<u32>(step, 8);
  const number = numbers + (<usize>load<u32>(step, 12) << 3);
  for (let i: usize = 0; i < <usize>count; i++) {
    store<u32>(token, <u32>text + load<u32>(starts + (i << 2)));
    store<u32>(token, <u32>text + load<u32>(ends + (i << 2)), 4);
    store<u8>(bad, 0);
    readColumn(step, tokens, 1, bad);
    const value = table + i * VALUE_BYTES;
    store<f64>(value, load<f64>(number));
    store<u32>(value, load<u32>(words + (slot << 2)), 8);
    store<u8>(value, load<u8>(families + slot), 12);
    store<u8>(value, 1 - load<u8>(bad), 13);
  }
}

/** Fills the registers from one row of the columns; false if a value is not legal. */
// @ts-ignore: decorator
@inline
export function readCells(columns: usize, columnsEnd: usize, row: usize): bool {
  for (let column = columns; column < columnsEnd; column += CELL_COLUMN_BYTES) {
    const kind = load<u32>(column);
    const cells = <usize>load<u32>(column, 4);
    if (kind >= INTEGER_NUMBERS) {
      // NaN is no number.
      let value = load<f64>(cells + (row << 3));
      if (kind == LONG_NUMBERS) {
        if (value != value || value == -1) {
          value = -1;
        } else if (value < 0 || value > MAX_SAFE_INTEGER || floor(value) != value) {
          return false;
        }
        store<f64>(<usize>load<u32>(column, 16), value);
      } else {
        let word = MISSING;
        if (value == value && value != -1) {
          if (value < 0 || value > <f64>load<u32>(column, 24) || floor(value) != value) {
            return false;
          }
          word = <u32>value;
        }
        store<u32>(<usize>load<u32>(column, 12), word);
      }
      continue;
    }
    const value = <usize>load<u32>(column, 8) + <usize>load<u32>(cells + (row << 2)) * VALUE_BYTES;
    if (load<u8>(value, 13) == 0) {
      return false;
    }
    if (kind == LONG) {
      store<f64>(<usize>load<u32>(column, 16), load<f64>(value));
      continue;
    }
    store<u32>(<usize>load<u32>(column, 12), load<u32>(value, 8));
    if (kind == ADDRESS) {
      store<u8>(<usize>load<u32>(column, 20), load<u8>(value, 12));
    } else if (kind == LONG_KEY) {
      store<f64>(<usize>load<u32>(column, 16), load<f64>(value));
    }
  }
  return true;
}

/** Where the registers of words (0), numbers (1) and families (2) begin. */
export function registersAt(what: u32): usize {
  useLane(0);
  return what == 0 ? words : what == 1 ? numbers : families;
}
