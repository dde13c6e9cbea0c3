/**
 * The spellings of columns, of which each is read once, as a token of a line would be.
 */
import { readColumn } from './columns';
import { LANES, families, laneBytes, numbers, useLane, words } from './registers';

// What a spelling gives: number, word, family, whether it is legal.
export const VALUE_BYTES: usize = 16;

/** A start and an end of each spelling, as a line has them for each of its tokens. */
const pairs: usize = memory.data(128 * 8, 8);
/** Where the tokens of each line are: so that the step's column is the pair. */
const tokens: usize = memory.data(128 * 4, 4);
/** Whether a value is not legal. */
const bad: usize = memory.data(128, 4);

/** Reads `count` spellings of a step's column, `text + [starts[i], ends[i])`, into `table`. */
export function readSpellings(
  step: usize,
  text: usize,
  starts: usize,
  ends: usize,
  count: u32,
  table: usize,
): void {
  const column = <usize>load<u32>(step) << 3;
  for (let from: usize = 0; from < <usize>count; from += LANES) {
    const taken = min(LANES, <usize>count - from);
    for (let i: usize = 0; i < taken; i++) {
      const pair = pairs + (i << 3);
      store<u32>(pair, <u32>text + load<u32>(starts + ((from + i) << 2)));
      store<u32>(pair, <u32>text + load<u32>(ends + ((from + i) << 2)), 4);
      store<u32>(tokens + (i << 2), <u32>(pair - column));
    }
    memory.fill(bad, 0, taken);
    readColumn(step, tokens, taken, bad);
    keepValues(step, taken, bad, table + from * VALUE_BYTES);
  }
}

/** Keeps what a step has put into the registers of the first `count` lanes. */
export function keepValues(step: usize, count: usize, bad: usize, table: usize): void {
  useLane(0);
  let word = words + (<usize>load<u32>(step, 8) << 2);
  let family = families + <usize>load<u32>(step, 8);
  let number = numbers + (<usize>load<u32>(step, 12) << 3);
  for (let i: usize = 0; i < count; i++, number += laneBytes, word += laneBytes, family += laneBytes) {
    const value = table + i * VALUE_BYTES;
    store<f64>(value, load<f64>(number));
    store<u32>(value, load<u32>(word), 8);
    store<u8>(value, load<u8>(family), 12);
    store<u8>(value, 1 - load<u8>(bad + i), 13);
  }
}

/** Where the registers of words (0), numbers (1) and families (2) begin. */
export function registersAt(what: u32): usize {
  useLane(0);
  return what == 0 ? words : what == 1 ? numbers : families;
}
