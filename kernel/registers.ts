/**
 * The registers that records fill, as the host's plan lays them out: words (integers, IPv4 addresses, numbers of texts and
 * IPv6 addresses), the families of those words that are addresses, and 64-bit numbers. Lines are read some at a time, column
 * by column, so there are registers for `LANES` records, and those of a column lie next to each other; `words`, `families` and
 * `numbers` are the first ones of one record.
 */
import { allocate } from './memory';

/** Stands for `-` in words. Numbers have −1 for it. */
export const MISSING: u32 = 0xffffffff;

/** Records that are read together. */
export const LANES: usize = 128;
/** From a word of a record to its next one, from a family and from a number, as powers of two in bytes. */
export const WORD_SHIFT: usize = 9;
export const FAMILY_SHIFT: usize = 7;
export const NUMBER_SHIFT: usize = 10;

/** 32 bits each. */
export let words: usize = 0;
/** One byte per word: 0, 4 or 6. */
export let families: usize = 0;
/** 64-bit floating point each. */
export let numbers: usize = 0;

let wordCount: usize = 0;
let numberCount: usize = 0;
// Those of the first lane.
let firstWords: usize = 0;
let firstFamilies: usize = 0;
let firstNumbers: usize = 0;

/** Lays the registers out. */
export function setRegisters(wordsNeeded: u32, numbersNeeded: u32): void {
  wordCount = <usize>wordsNeeded;
  numberCount = <usize>numbersNeeded;
  firstWords = allocate(wordCount << WORD_SHIFT);
  firstFamilies = allocate(wordCount << FAMILY_SHIFT);
  firstNumbers = allocate(numberCount << NUMBER_SHIFT);
  clearRegisters();
}

/** Makes a record's registers those that all else reads. */
// @ts-ignore: decorator
@inline
export function useLane(lane: usize): void {
  words = firstWords + (lane << 2);
  families = firstFamilies + lane;
  numbers = firstNumbers + (lane << 3);
}

/** The word of this slot of the first record; those of the others follow. */
// @ts-ignore: decorator
@inline
export function wordsOf(slot: usize): usize {
  return firstWords + (slot << WORD_SHIFT);
}

/** The family of this slot of the first record; those of the others follow. */
// @ts-ignore: decorator
@inline
export function familiesOf(slot: usize): usize {
  return firstFamilies + (slot << FAMILY_SHIFT);
}

/** The number of this slot of the first record; those of the others follow. */
// @ts-ignore: decorator
@inline
export function numbersOf(slot: usize): usize {
  return firstNumbers + (slot << NUMBER_SHIFT);
}

/** A word for all records of the columns to come, which must not fill it themselves. */
export function setWord(slot: u32, value: u32): void {
  const column = wordsOf(<usize>slot);
  for (let at = column, end = column + (LANES << 2); at < end; at += 16) {
    v128.store(at, i32x4.splat(<i32>value));
  }
}

/** A column of numbers that are all the same. */
export function fillNumbers(column: usize, value: f64): void {
  for (let at = column, end = column + (LANES << 3); at < end; at += 16) {
    v128.store(at, f64x2.splat(value));
  }
}

/** All missing. */
export function clearRegisters(): void {
  memory.fill(firstWords, 0xff, wordCount << WORD_SHIFT);
  memory.fill(firstFamilies, 0, wordCount << FAMILY_SHIFT);
  for (let slot: usize = 0; slot < numberCount; slot++) {
    fillNumbers(numbersOf(slot), -1);
  }
}
