/**
 * The registers that records fill, as the host's plan lays them out: words (integers, IPv4 addresses, numbers of texts and
 * IPv6 addresses), the families of those words that are addresses, and 64-bit numbers. Lines are read some at a time, column
 * by column, so there are registers for `LANES` records; `words`, `families` and `numbers` are those of one of them.
 */
import { allocate } from './memory';

/** Stands for `-` in words. Numbers have −1 for it. */
export const MISSING: u32 = 0xffffffff;

/** Records that are read together. */
export const LANES: usize = 128;

/** 32 bits each. */
export let words: usize = 0;
/** One byte per word: 0, 4 or 6. */
export let families: usize = 0;
/** 64-bit floating point each. */
export let numbers: usize = 0;
/** From the registers of one record to the same ones of the next. */
export let laneBytes: usize = 0;

let wordCount: u32 = 0;
let numberCount: u32 = 0;
/** The first lane. */
let lanes: usize = 0;

/** Lays the registers out. */
export function setRegisters(wordsNeeded: u32, numbersNeeded: u32): void {
  wordCount = wordsNeeded;
  numberCount = numbersNeeded;
  laneBytes = (((<usize>numberCount << 3) + <usize>wordCount * 5) + 7) & ~7;
  lanes = allocate(laneBytes * LANES);
  clearRegisters();
}

/** Makes a record's registers those that all else reads. */
// @ts-ignore: decorator
@inline
export function useLane(lane: usize): void {
  numbers = lanes + lane * laneBytes;
  words = numbers + (<usize>numberCount << 3);
  families = words + (<usize>wordCount << 2);
}

/** A word for all records of the columns to come, which must not fill it themselves. */
export function setWord(slot: u32, value: u32): void {
  for (let lane: usize = LANES; lane-- > 0; ) {
    useLane(lane);
    store<u32>(words + (<usize>slot << 2), value);
  }
}

/** All missing. */
export function clearRegisters(): void {
  for (let lane: usize = LANES; lane-- > 0; ) {
    useLane(lane);
    memory.fill(words, 0xff, <usize>wordCount << 2);
    memory.fill(families, 0, <usize>wordCount);
    for (let i: u32 = 0; i < numberCount; i++) {
      store<f64>(numbers + (<usize>i << 3), -1);
    }
  }
}
