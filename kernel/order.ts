/**
 * Rows on their way out: as they are, in parts, or as columns, all of them or the largest. Columns may be sorted: the bits in
 * which rows differ are packed into 64-bit words, which are radix-sorted from the least significant one on; then every row is
 * fetched once, in order.
 */
import { allocate } from './memory';
import { MISSING } from './registers';
import { addNumbers, listRows, rowBytes, rowCount, wordBytes } from './rows';

// A column: kind, place of its word in a row (bytes), shift of its family in the tag, translation of values (before that,
// bytes to mark values in), what stands for MISSING, where the values go (before that, where the marked values are listed),
// where the families go (before that, how many are listed); and for sorting: lowest bit that differs, bits from there, their
// place in a packed word; which packed word; all bits that differ.
const COLUMN_BYTES: usize = 48;
const PLAIN: u32 = 0;
const ADDRESS: u32 = 2;

/** Rows are gone through in blocks that stay in the cache, column by column: 512 of them. */
const BLOCK_BYTES: usize = 512 * 4;
const DIGIT_BITS: u32 = 11;
const DIGITS: usize = 1 << 11;

let columns: usize = 0;
let columnsEnd: usize = 0;
let tag: usize = 0;
/** Addresses of the rows that are meant, 4 bytes each. */
let rows: usize = 0;
let rowsEnd: usize = 0;

/** All rows; the columns in the order in which they sort, and the place of the tag in a row (bytes). */
export function setOrder(columnsAt: usize, columnCount: u32, tagAt: usize): void {
  columns = columnsAt;
  columnsEnd = columns + <usize>columnCount * COLUMN_BYTES;
  tag = tagAt;
  rows = allocate(<usize>rowCount << 2);
  rowsEnd = rows + (<usize>rowCount << 2);
  listRows(rows);
}

/** Has only the rows of a list meant, `[from, end)`. */
export function useRows(from: usize, end: usize): void {
  rows = from;
  rowsEnd = end;
}

/**
 * Lists the rows anew, by parts, and returns where it stands where the rows of each part begin, and where the last ones end. Rows
 * with the same key are in the same part in every kernel: what tells is the words that mean the same everywhere, which numbers of
 * texts and of IPv6 addresses do not.
 */
export function partRows(parts: u32): usize {
  const places = allocate((<usize>parts + 1) << 2);
  const parted = allocate(rowsEnd - rows);
  const partOf = allocate((rowsEnd - rows) >> 1);
  const hashes = allocate(BLOCK_BYTES << 1);
  // What will be the end of a part is how many rows it has, then where it begins.
  memory.fill(places, 0, (<usize>parts + 1) << 2);
  const ends = places + 4;
  for (let block = rows; block < rowsEnd; block += BLOCK_BYTES) {
    const blockEnd = min<usize>(block + BLOCK_BYTES, rowsEnd);
    hashRows(block, blockEnd, hashes);
    for (let i = block, hash = hashes; i < blockEnd; i += 4, hash += 8) {
      const part = <usize>((<u64>load<u32>(hash) * parts) >> 32);
      store<u16>(partOf + ((i - rows) >> 1), <u16>part);
      const end = ends + (part << 2);
      store<u32>(end, load<u32>(end) + 4);
    }
  }
  let start = <u32>parted;
  for (let part: usize = 0; part < <usize>parts; part++) {
    const bytes = load<u32>(ends + (part << 2));
    store<u32>(ends + (part << 2), start);
    start += bytes;
  }
  store<u32>(places, <u32>parted);
  for (let i = rows; i < rowsEnd; i += 4) {
    const end = ends + (<usize>load<u16>(partOf + ((i - rows) >> 1)) << 2);
    const at = <usize>load<u32>(end);
    store<u32>(at, load<u32>(i));
    store<u32>(end, <u32>at + 4);
  }
  return places;
}

/** Hashes the words of a block's rows that mean the same in every kernel. */
function hashRows(block: usize, blockEnd: usize, hashes: usize): void {
  memory.fill(hashes, 0, BLOCK_BYTES << 1);
  for (let column = columns; column < columnsEnd; column += COLUMN_BYTES) {
    const isAddress = load<u32>(column) == ADDRESS;
    if (isAddress || load<u32>(column) == PLAIN) {
      const at = <usize>load<u32>(column, 4);
      for (let i = block, hash = hashes; i < blockEnd; i += 4, hash += 8) {
        const row = <usize>load<u32>(i);
        const value = isAddress && familyOf(row, column) != 4 ? 0 : load<u32>(row + at);
        const mixed = (load<u64>(hash) ^ value) * 0x9e3779b97f4a7c15;
        store<u64>(hash, mixed ^ (mixed >> 32));
      }
    }
  }
}

/** Copies the rows that are meant, as they are, to `into`. */
export function copyRows(into: usize): void {
  for (let i = rows; i < rowsEnd; i += 4) {
    const row = <usize>load<u32>(i);
    for (let offset: usize = 0; offset < rowBytes; offset += 16) {
      v128.store(into + offset, v128.load(row + offset));
    }
    into += rowBytes;
  }
}

/**
 * Of all rows in the order in which they came, leaves `count` listed ones and those behind the first `before`, and returns how
 * many these are.
 */
export function leaveRows(listed: usize, count: u32, before: u32): u32 {
  const kept = rows + (<usize>count << 2);
  const added = rows + (<usize>before << 2);
  const addedBytes = rowsEnd - added;
  memory.copy(rows, listed, <usize>count << 2);
  memory.copy(kept, added, addedBytes);
  rowsEnd = kept + addedBytes;
  return countKept();
}

/** The least of the `top` greatest values that rows have of a number; there are more rows. */
export function leastOf(number: u32, top: u32): f64 {
  const from = wordBytes + (<usize>number << 3);
  // A heap of the greatest so far, of which the least is on top.
  const heap = allocate(<usize>top << 3);
  const end = rows + (<usize>top << 2);
  for (let i = rows, into = heap; i < end; i += 4, into += 8) {
    store<f64>(into, load<f64>(<usize>load<u32>(i) + from));
  }
  for (let parent = top >> 1; parent-- > 0; ) {
    sink(heap, parent, top, load<f64>(heap + (<usize>parent << 3)));
  }
  let least = load<f64>(heap);
  for (let i = end; i < rowsEnd; i += 4) {
    const value = load<f64>(<usize>load<u32>(i) + from);
    if (value > least) {
      sink(heap, 0, top, value);
      least = load<f64>(heap);
    }
  }
  return least;
}

/** Puts a value in the place of a heap's node, or below it. */
function sink(heap: usize, node: u32, size: u32, value: f64): void {
  for (let child = node * 2 + 1; child < size; child = node * 2 + 1) {
    const at = heap + (<usize>child << 3);
    if (child + 1 < size && load<f64>(at, 8) < load<f64>(at)) {
      child++;
    }
    const lesser = load<f64>(heap + (<usize>child << 3));
    if (value <= lesser) {
      break;
    }
    store<f64>(heap + (<usize>node << 3), lesser);
    node = child;
  }
  store<f64>(heap + (<usize>node << 3), value);
}

/**
 * Leaves the rows of which a number is not less than `least`, and returns how many they are; the numbers of the others are
 * added to those at `rest`.
 */
export function keepLargest(number: u32, least: f64, rest: usize): u32 {
  const at = wordBytes + (<usize>number << 3);
  let kept = rows;
  for (let i = rows; i < rowsEnd; i += 4) {
    const row = <usize>load<u32>(i);
    if (load<f64>(row + at) >= least) {
      store<u32>(kept, <u32>row);
      kept += 4;
    } else {
      addNumbers(rest, row + wordBytes);
    }
  }
  rowsEnd = kept;
  return countKept();
}

// @ts-ignore: decorator
@inline
function countKept(): u32 {
  return <u32>((rowsEnd - rows) >> 2);
}

/**
 * Lists each value that rows have once, and sets its byte: of texts and IPv6 addresses, in the columns that have bytes for it.
 */
export function markUsed(): void {
  for (let block = rows; block < rowsEnd; block += BLOCK_BYTES) {
    const blockEnd = min<usize>(block + BLOCK_BYTES, rowsEnd);
    for (let column = columns; column < columnsEnd; column += COLUMN_BYTES) {
      const used = <usize>load<u32>(column, 12);
      if (used != 0) {
        const at = <usize>load<u32>(column, 4);
        const isAddress = load<u32>(column) == ADDRESS;
        for (let i = block; i < blockEnd; i += 4) {
          const row = <usize>load<u32>(i);
          const value = load<u32>(row + at);
          if ((isAddress ? familyOf(row, column) == 6 : value != MISSING) && load<u8>(used + <usize>value) == 0) {
            store<u8>(used + <usize>value, 1);
            const count = <usize>load<u32>(column, 24);
            store<u32>(<usize>load<u32>(column, 20) + (count << 2), value);
            store<u32>(column, <u32>count + 1, 24);
          }
        }
      }
    }
  }
}

/** Sorts the rows. */
export function sortRows(): void {
  const count = <usize>countKept();
  const words = placeBits();
  const packed = allocate((count * <usize>words) << 3);
  for (let word: u32 = 0; word < words; word++) {
    pack(word, packed + ((count * <usize>word) << 3));
  }
  let order = allocate(count << 2);
  let spareOrder = allocate(count << 2);
  let values = allocate(count << 3);
  let spareValues = allocate(count << 3);
  const starts = allocate(DIGITS << 2);
  for (let i: usize = 0; i < count; i++) {
    store<u32>(order + (i << 2), <u32>i);
  }
  for (let word = words; word-- > 0; ) {
    const from = packed + ((count * <usize>word) << 3);
    let differing: u64 = 0;
    const first = load<u64>(from);
    for (let i: usize = 0; i < count; i++) {
      const value = load<u64>(from + (<usize>load<u32>(order + (i << 2)) << 3));
      store<u64>(values + (i << 3), value);
      differing |= value ^ first;
    }
    for (let shift: u32 = 0; shift < 64; shift += DIGIT_BITS) {
      if (digitOf(differing, shift) == 0) {
        continue;
      }
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
  for (let i: usize = 0; i < count; i++) {
    store<u32>(spareOrder + (i << 2), load<u32>(rows + (<usize>load<u32>(order + (i << 2)) << 2)));
  }
  rows = spareOrder;
  rowsEnd = rows + (count << 2);
}

// @ts-ignore: decorator
@inline
function digitOf(value: u64, shift: u32): usize {
  return (<usize>(value >> shift) & (DIGITS - 1)) << 2;
}

/** Writes the columns, and the `numberCount` numbers of rows to the places that stand at `numberColumns`. */
export function writeColumns(numberColumns: usize, numberCount: u32): void {
  for (let block = rows; block < rowsEnd; block += BLOCK_BYTES) {
    const blockEnd = min<usize>(block + BLOCK_BYTES, rowsEnd);
    for (let column = columns; column < columnsEnd; column += COLUMN_BYTES) {
      const into = <usize>load<u32>(column, 20) - rows;
      const families = <usize>load<u32>(column, 24);
      const isAddress = load<u32>(column) == ADDRESS;
      for (let i = block; i < blockEnd; i += 4) {
        const value = valueOf(<usize>load<u32>(i), column);
        store<u32>(into + i, <u32>value);
        if (isAddress) {
          store<u8>(families + ((i - rows) >> 2), <u8>(value >> 32));
        }
      }
    }
    for (let number: usize = 0; number < <usize>numberCount; number++) {
      const from = wordBytes + (number << 3);
      const into = <usize>load<u32>(numberColumns + (number << 2));
      for (let i = block; i < blockEnd; i += 4) {
        store<f64>(into + ((i - rows) << 1), load<f64>(<usize>load<u32>(i) + from));
      }
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
function placeBits(): u32 {
  if (rows < rowsEnd) {
    const first = <usize>load<u32>(rows);
    for (let block = rows; block < rowsEnd; block += BLOCK_BYTES) {
      const blockEnd = min<usize>(block + BLOCK_BYTES, rowsEnd);
      for (let column = columns; column < columnsEnd; column += COLUMN_BYTES) {
        const value = valueOf(first, column);
        let differing: u64 = 0;
        for (let i = block; i < blockEnd; i += 4) {
          differing |= valueOf(<usize>load<u32>(i), column) ^ value;
        }
        store<u64>(column, load<u64>(column, 40) | differing, 40);
      }
    }
  }
  let word: u32 = 0;
  let left: u32 = 64;
  for (let column = columns; column < columnsEnd; column += COLUMN_BYTES) {
    const differing = load<u64>(column, 40);
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
  return word + 1;
}

/** Packs one word of every row. */
function pack(word: u32, into: usize): void {
  memory.fill(into, 0, <usize>countKept() << 3);
  for (let block = rows; block < rowsEnd; block += BLOCK_BYTES) {
    const blockEnd = min<usize>(block + BLOCK_BYTES, rowsEnd);
    for (let column = columns; column < columnsEnd; column += COLUMN_BYTES) {
      const bits = <u64>load<u8>(column, 29);
      if (load<u32>(column, 32) != word || bits == 0) {
        continue;
      }
      const low = <u64>load<u8>(column, 28);
      const inside = ((<u64>1) << bits) - 1;
      const place = <u64>load<u8>(column, 30);
      for (let i = block; i < blockEnd; i += 4) {
        const to = into + ((i - rows) << 1);
        const value = (valueOf(<usize>load<u32>(i), column) >> low) & inside;
        store<u64>(to, load<u64>(to) | (value << place));
      }
    }
  }
}
