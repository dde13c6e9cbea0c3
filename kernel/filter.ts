/**
 * The filter as a graph of tests: each names the test to go on with if it holds and if it does not, down to `ACCEPT` or
 * `REJECT`. Tests of texts and IPv6 addresses are decided by the host once per distinct value.
 */
import { allocateZeros } from './memory';
import { FAMILY_SHIFT, MISSING, NUMBER_SHIFT, WORD_SHIFT, families, numbers, words } from './registers';

/** Decides test `test` for the value of this number: 0 or 1. */
// @ts-ignore: decorator
@external('host', 'decide')
declare function decide(test: u32, value: u32): u32;

/** Ends of the graph. */
const REJECT: u32 = 0xffffffff;
const ACCEPT: u32 = 0xfffffffe;

// A test: kind, slot, address of its ranges, their number, next if it holds, next if not, verdict on a missing value,
// memory of verdicts, its size.
const TEST_BYTES: usize = 48;
const WORD_IN_RANGES: u32 = 0;
const NUMBER_IN_RANGES: u32 = 1;
const ADDRESS: u32 = 2;
const TEXT: u32 = 3;

let tests: usize = 0;
let entry: u32 = ACCEPT;

/** Sets the filter: its tests' place and where to begin. */
export function setFilter(at: usize, first: u32): void {
  tests = at;
  entry = first;
}

/** True if the record in the registers passes. */
export function passes(): bool {
  let next = entry;
  while (next < ACCEPT) {
    const test = tests + <usize>next * TEST_BYTES;
    const slot = <usize>load<u32>(test, 4);
    const ranges = <usize>load<u32>(test, 8);
    const count = load<u32>(test, 12);
    let holds: u32;
    switch (load<u32>(test)) {
      case WORD_IN_RANGES: {
        const word = load<u32>(words + (slot << WORD_SHIFT));
        holds = word == MISSING ? load<u32>(test, 24) : isInRanges(<f64>word, ranges, count);
        break;
      }
      case NUMBER_IN_RANGES: {
        const number = load<f64>(numbers + (slot << NUMBER_SHIFT));
        holds = number < 0 ? load<u32>(test, 24) : isInRanges(number, ranges, count);
        break;
      }
      case ADDRESS: {
        const word = load<u32>(words + (slot << WORD_SHIFT));
        const family = load<u8>(families + (slot << FAMILY_SHIFT));
        holds =
          family == 4
            ? isInRanges(<f64>word, ranges, count)
            : family == 6
              ? remember(test, next, word)
              : load<u32>(test, 24);
        break;
      }
      default: {
        const word = load<u32>(words + (slot << WORD_SHIFT));
        holds = word == MISSING ? load<u32>(test, 24) : remember(test, next, word);
      }
    }
    next = holds ? load<u32>(test, 16) : load<u32>(test, 20);
  }
  return next == ACCEPT;
}

function isInRanges(value: f64, ranges: usize, count: u32): u32 {
  for (let i: u32 = 0; i < count; i++, ranges += 16) {
    if (value >= load<f64>(ranges) && value <= load<f64>(ranges, 8)) {
      return 1;
    }
  }
  return 0;
}

/** The verdict on a value, asked for once: 0 not yet, 1 no, 2 yes. */
function remember(test: usize, index: u32, value: u32): u32 {
  let size = load<u32>(test, 32);
  if (value >= size) {
    const larger = max<u32>(size * 2, max<u32>(value + 1, 64));
    const verdicts = allocateZeros(<usize>larger);
    memory.copy(verdicts, <usize>load<u32>(test, 28), <usize>size);
    store<u32>(test, <u32>verdicts, 28);
    store<u32>(test, larger, 32);
    size = larger;
  }
  const at = <usize>load<u32>(test, 28) + <usize>value;
  let verdict = <u32>load<u8>(at);
  if (verdict == 0) {
    verdict = 1 + decide(index, value);
    store<u8>(at, <u8>verdict);
  }
  return verdict - 1;
}
