/**
 * Rows as columns, sorted: the bits in which rows differ are packed into 64-bit words, which are radix-sorted from the
 * least significant one on; then every row is fetched once, in order.
 */
import { allocate } from './memory';
import { MISSING } from './registers';
import { listRows, rowCount, wordBytes } from './rows';

// A column: kind, place of its word in a row (bytes), shift of its family in the tag, translation of values, what stands for
// MISSING, where the values go, where the families go; and for sorting: first bit that differs, place in its packed word, bits.
const COLUMN_BYTES: usize = 40;
const PLAIN: u32 = 0;
const ADDRESS: u32 = 2;

const DIGIT_BITS: u32 = 11;
const DIGITS: usize = 1 << 11;

let columns: usize = 0;
let columnsEnd: usize = 0;
let tag: usize = 0;
/** Addresses of rows, 4 bytes each. */
let rows: usize = 0;

/** The columns in the order in which they sort, and the place of the tag in a row (bytes). */
export function setOrder(columnsAt: usize, columnCount: u32, tagAt: usize): void {
  columns = columnsAt;
  columnsEnd = columns + <usize>columnCount * COLUMN_BYTES;
  tag = tagAt;
  rows = allocate(<usize>rowCount << 2);
  listRows(rows);
}

/** Sets the byte of each value that rows have in the column of this number: texts, or IPv6 addresses. */
export function markUsed(index: u32, used: usize): void {
  const column = columns + <usize>index * COLUMN_BYTES;
  const at = <usize>load<u32>(column, 4);
  const isAddress = load<u32>(column) == ADDRESS;
  for (let i = rows, end = rows + (<usize>rowCount << 2); i < end; i += 4) {
    const row = <usize>load<u32>(i);
    const value = load<u32>(row + at);
    if (isAddress ? familyOf(row, column) == 6 : value != MISSING) {
      store<u8>(used + <usize>value, 1);
    }
  }
}

/** Sorts the rows. */
export function sortRows(): void {
  const count = <usize>rowCount;
  const wordCount = placeBits();
  let order = rows;
  let spareOrder = allocate(count << 2);
  let values = allocate(count << 3);
  let spareValues = allocate(count << 3);
  const starts = allocate(DIGITS << 2);
  for (let word: i32 = wordCount - 1; word >= 0; word--) {
    const bits = pack(word, order, values);
    for (let shift: u32 = 0; shift < bits; shift += DIGIT_BITS) {
      memory.fill(starts, 0, DIGITS << 2);
      for (let i: usize = 0; i < count; i++) {
        const digit = starts + digitOf(load<u64>(values + (i << 3)), shift);
        store<u32>(digit, load<u32>(digit) + 1);
      }
      let sum: u32 = 0;
      for (let digit = starts, end = starts + (DIGITS << 2); digit < end; digit += 4) {
        const own = load<u32>(digit);
        store<u32>(digit, sum);
        sum += own;
      }
      for (let i: usize = 0; i < count; i++) {
        const value = load<u64>(values + (i << 3));
        const digit = starts + digitOf(value, shift);
        const to = <usize>load<u32>(digit);
        store<u32>(digit, <u32>to + 1);
        store<u32>(spareOrder + (to << 2), load<u32>(order + (i << 2)));
        store<u64>(spareValues + (to << 3), value);
      }
      const usedOrder = order;
      order = spareOrder;
      spareOrder = usedOrder;
      const usedValues = values;
      values = spareValues;
      spareValues = usedValues;
    }
  }
  rows = order;
}

// @ts-ignore: decorator
@inline
function digitOf(value: u64, shift: u32): usize {
  return (<usize>(value >> shift) & (DIGITS - 1)) << 2;
}

/** Writes the columns, and the `numberCount` numbers of rows to the places that stand at `numberColumns`. */
export function writeColumns(numberColumns: usize, numberCount: u32): void {
  const numbersEnd = numberColumns + (<usize>numberCount << 2);
  for (let i: usize = 0; i < <usize>rowCount; i++) {
    const row = <usize>load<u32>(rows + (i << 2));
    for (let column = columns; column < columnsEnd; column += COLUMN_BYTES) {
      const value = valueOf(row, column);
      store<u32>(<usize>load<u32>(column, 20) + (i << 2), <u32>value);
      if (load<u32>(column) == ADDRESS) {
        store<u8>(<usize>load<u32>(column, 24) + i, <u8>(value >> 32));
      }
    }
    let number = row + wordBytes;
    for (let to = numberColumns; to < numbersEnd; to += 4, number += 8) {
      store<f64>(<usize>load<u32>(to) + (i << 3), load<f64>(number));
    }
  }
}

/** A column's value as it sorts; that of an address has its family above it. */
// @ts-ignore: decorator
@inline
function valueOf(row: usize, column: usize): u64 {
  const value = load<u32>(row + <usize>load<u32>(column, 4));
  const kind = load<u32>(column);
  if (kind == PLAIN) {
    return value;
  }
  if (kind == ADDRESS) {
    const family = familyOf(row, column);
    return (<u64>family << 32) | <u64>(family == 4 ? value : family == 6 ? translate(column, value) : 0);
  }
  return value == MISSING ? load<u32>(column, 16) : translate(column, value);
}

// @ts-ignore: decorator
@inline
function familyOf(row: usize, column: usize): u32 {
  return (load<u32>(row + tag) >> load<u32>(column, 8)) & 15;
}

// @ts-ignore: decorator
@inline
function translate(column: usize, value: u32): u32 {
  return load<u32>(<usize>load<u32>(column, 12) + (<usize>value << 2));
}

/** Finds the bits in which rows differ and gives each column's a place in a packed word; returns the number of words. */
function placeBits(): i32 {
  let word: u32 = 0;
  let left: u32 = 64;
  for (let column = columns; column < columnsEnd; column += COLUMN_BYTES) {
    let differing: u64 = 0;
    if (rowCount > 0) {
      const first = valueOf(<usize>load<u32>(rows), column);
      for (let i = rows, end = rows + (<usize>rowCount << 2); i < end; i += 4) {
        differing |= valueOf(<usize>load<u32>(i), column) ^ first;
      }
    }
    const low: u32 = differing == 0 ? 0 : <u32>ctz(differing);
    const bits: u32 = differing == 0 ? 0 : 64 - <u32>clz(differing) - low;
    if (bits > left) {
      word++;
      left = 64;
    }
    left -= bits;
    store<u8>(column, <u8>low, 28);
    store<u8>(column, <u8>bits, 29);
    store<u8>(column, <u8>left, 30);
    store<u32>(column, word, 32);
  }
  return <i32>word + 1;
}

/** Packs one word of every row, in the order given; returns its number of bits. Its lowest bits may be unused. */
function pack(word: u32, order: usize, values: usize): u32 {
  let first = columns;
  while (load<u32>(first, 32) != word) {
    first += COLUMN_BYTES;
  }
  let end = first;
  while (end < columnsEnd && load<u32>(end, 32) == word) {
    end += COLUMN_BYTES;
  }
  // Down to bit 0.
  const unused = load<u8>(end - COLUMN_BYTES, 30);
  for (let i: usize = 0; i < <usize>rowCount; i++) {
    const row = <usize>load<u32>(order + (i << 2));
    let packed: u64 = 0;
    for (let column = first; column < end; column += COLUMN_BYTES) {
      const bits = <u64>load<u8>(column, 29);
      const value = (valueOf(row, column) >> load<u8>(column, 28)) & (((<u64>1) << bits) - 1);
      packed |= value << load<u8>(column, 30);
    }
    store<u64>(values + (i << 3), packed >> unused);
  }
  return 64 - <u32>unused;
}
