/**
 * The registers that a record fills, as the host's plan lays them out: words (integers, IPv4 addresses, numbers of texts
 * and IPv6 addresses), the families of those words that are addresses, and 64-bit numbers.
 */
import { allocateZeros } from './memory';

/** Stands for `-` in words. Numbers have −1 for it. */
export const MISSING: u32 = 0xffffffff;

/** 32 bits each. */
export let words: usize = 0;
/** One byte per word: 0, 4 or 6. */
export let families: usize = 0;
/** 64-bit floating point each. */
export let numbers: usize = 0;
let wordCount: u32 = 0;
let numberCount: u32 = 0;

/** Lays the registers out. */
export function setRegisters(wordsNeeded: u32, numbersNeeded: u32): void {
  wordCount = wordsNeeded;
  numberCount = numbersNeeded;
  words = allocateZeros(<usize>wordCount << 2);
  families = allocateZeros(<usize>wordCount);
  numbers = allocateZeros(<usize>numberCount << 3);
  clearRegisters();
}

/** A word for all records of the columns to come, which must not fill it themselves. */
export function setWord(slot: u32, value: u32): void {
  store<u32>(words + (<usize>slot << 2), value);
}

/** All missing. */
export function clearRegisters(): void {
  memory.fill(words, 0xff, <usize>wordCount << 2);
  memory.fill(families, 0, <usize>wordCount);
  for (let i: u32 = 0; i < numberCount; i++) {
    store<f64>(numbers + (<usize>i << 3), -1);
  }
}
