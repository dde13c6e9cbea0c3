/**
 * The spellings of columns, of which each is read once, as a token of a line would be.
 */
import { readColumn } from './columns';
import { LANES, familiesOf, numbersOf, wordsOf } from './registers';

// What a spelling gives: number, word, family, whether it is legal.
export const VALUE_BYTES: usize = 16;

/** The place before each spelling, and its end, as a line has them for its tokens. */
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
  const column = <usize>load<u32>(step) << 2;
  for (let from: usize = 0; from < <usize>count; from += LANES) {
    const taken = min(LANES, <usize>count - from);
    for (let i: usize = 0; i < taken; i++) {
      const pair = pairs + (i << 3);
      store<u32>(pair, <u32>text + load<u32>(starts + ((from + i) << 2)) - 1);
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
  const word = wordsOf(<usize>load<u32>(step, 8));
  const family = familiesOf(<usize>load<u32>(step, 8));
  const number = numbersOf(<usize>load<u32>(step, 12));
  for (let i: usize = 0; i < count; i++) {
    const value = table + i * VALUE_BYTES;
    store<f64>(value, load<f64>(number + (i << 3)));
    store<u32>(value, load<u32>(word + (i << 2)), 8);
    store<u8>(value, load<u8>(family + i), 12);
    store<u8>(value, 1 - load<u8>(bad + i), 13);
  }
}

/** Where the words (0), numbers (1) or families (2) of a slot begin. */
export function registerAt(what: u32, slot: u32): usize {
  return what == 0 ? wordsOf(<usize>slot) : what == 1 ? numbersOf(<usize>slot) : familiesOf(<usize>slot);
}
