/**
 * Adds rows to those that are there: of a digest, column by column as the host lays them out, or of another kernel, as they are.
 */
import { MISSING } from './registers';
import { add, addAt, flush, nextAddend, rowBytes, wordBytes } from './rows';

// A column: kind, values, translation of values, families.
const COLUMN_BYTES: usize = 16;
const PLAIN: u32 = 0;
const TRANSLATED: u32 = 1;

/**
 * Adds `count` rows: `columns` of the `columnCount` keys, the buckets (0 for none), and the addresses of `numberCount`
 * columns of numbers at `numberColumns`.
 */
export function addRows(
  count: u32,
  columns: usize,
  columnCount: u32,
  buckets: usize,
  numberColumns: usize,
  numberCount: u32,
): void {
  const columnsEnd = columns + <usize>columnCount * COLUMN_BYTES;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = nextAddend();
    let word = row;
    let tag: u32 = 0;
    let hasTag = false;
    for (let column = columns; column < columnsEnd; column += COLUMN_BYTES) {
      let value = load<u32>(<usize>load<u32>(column, 4) + (i << 2));
      const kind = load<u32>(column);
      if (kind > TRANSLATED) {
        const family = <u32>load<u8>(<usize>load<u32>(column, 12) + i);
        tag = (tag << 4) | family;
        hasTag = true;
        if (family == 6) {
          value = translate(column, value);
        } else if (family == 0) {
          value = MISSING;
        }
      } else if (kind != PLAIN && value != MISSING) {
        value = translate(column, value);
      }
      store<u32>(word, value);
      word += 4;
    }
    if (hasTag) {
      store<u32>(word, tag);
      word += 4;
    }
    if (buckets != 0) {
      store<u32>(word, load<u32>(buckets + (i << 2)));
    }
    let values = row + wordBytes;
    for (let n: usize = 0; n < <usize>numberCount; n++, values += 8) {
      store<f64>(values, load<f64>(<usize>load<u32>(numberColumns + (n << 2)) + (i << 3)));
    }
    add();
  }
  // Records to come use the same room.
  flush();
}

// @ts-ignore: decorator
@inline
function translate(column: usize, value: u32): u32 {
  return load<u32>(<usize>load<u32>(column, 8) + (<usize>value << 2));
}

// A column of another kernel's rows, as the first words of one in `order.ts`: kind, place in a row, shift of the family in the tag, translation or 0.
const KERNEL_COLUMN_BYTES: usize = 16;
/** Rows that are translated while they are in the cache. */
const BLOCK_ROWS: usize = 128;

/**
 * Adds `count` rows of another kernel of the plan, which stand at `from` and are changed; texts and IPv6 addresses have other
 * numbers here, and `columns` says which. `tag` is the place of the families in a row.
 */
export function addKernelRows(from: usize, count: u32, columns: usize, columnCount: u32, tag: usize): void {
  const columnsEnd = columns + <usize>columnCount * KERNEL_COLUMN_BYTES;
  const end = from + <usize>count * rowBytes;
  for (let block = from; block < end; block += BLOCK_ROWS * rowBytes) {
    const blockEnd = min<usize>(block + BLOCK_ROWS * rowBytes, end);
    for (let column = columns; column < columnsEnd; column += KERNEL_COLUMN_BYTES) {
      if (load<u32>(column, 12) != 0) {
        translateRows(block, blockEnd, column, tag);
      }
    }
    for (let row = block; row < blockEnd; row += rowBytes) {
      addAt(row);
    }
  }
  flush();
}

function translateRows(from: usize, end: usize, column: usize, tag: usize): void {
  const isAddress = load<u32>(column) > TRANSLATED;
  const at = <usize>load<u32>(column, 4);
  const shift = load<u32>(column, 8);
  const translation = <usize>load<u32>(column, 12);
  for (let row = from; row < end; row += rowBytes) {
    const value = load<u32>(row + at);
    if (isAddress ? ((load<u32>(row + tag) >> shift) & 15) == 6 : value != MISSING) {
      store<u32>(row + at, load<u32>(translation + (<usize>value << 2)));
    }
  }
}
