/**
 * Rows as words whose numeric order is the order of a digest: bucket, then keys from left to right, whatever their
 * types. Digesting ends in a radix sort of such rows, merging walks two of them in step.
 */

/** `rowCount` rows of `width` words each, one after the other. */
export interface OrderedWords {
  readonly width: number;
  readonly rowCount: number;
  readonly words: Uint32Array;
}

const RADIX_BITS = 11;
const RADIX = 1 << RADIX_BITS;

/** The rows' numbers in ascending order: least significant digit first, skipping digits that all rows share. */
export function sortRows({ width, rowCount, words }: OrderedWords): Uint32Array {
  let order = new Uint32Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    order[row] = row;
  }
  let nextOrder = new Uint32Array(rowCount);
  let values = new Uint32Array(rowCount);
  let nextValues = new Uint32Array(rowCount);
  const starts = new Uint32Array(RADIX);
  for (let column = width - 1; column >= 0; column--) {
    let varying = 0;
    const first = words[column]!;
    for (let at = column, end = rowCount * width; at < end; at += width) {
      varying |= words[at]! ^ first;
    }
    if (varying === 0) {
      continue;
    }
    // The column's words travel with the order, so that they are fetched from all over the rows only once.
    for (let i = 0; i < rowCount; i++) {
      values[i] = words[order[i]! * width + column]!;
    }
    for (let shift = 0; shift < 32; shift += RADIX_BITS) {
      if (((varying >>> shift) & (RADIX - 1)) === 0) {
        continue;
      }
      starts.fill(0);
      for (let i = 0; i < rowCount; i++) {
        starts[(values[i]! >>> shift) & (RADIX - 1)]!++;
      }
      let sum = 0;
      for (let digit = 0; digit < RADIX; digit++) {
        const count = starts[digit]!;
        starts[digit] = sum;
        sum += count;
      }
      for (let i = 0; i < rowCount; i++) {
        const value = values[i]!;
        const to = starts[(value >>> shift) & (RADIX - 1)]!++;
        nextOrder[to] = order[i]!;
        nextValues[to] = value;
      }
      [order, nextOrder] = [nextOrder, order];
      [values, nextValues] = [nextValues, values];
    }
  }
  return order;
}

/** Compares row `i` of `a` with row `j` of `b`; both have the same width. */
export function compareRows(a: OrderedWords, i: number, b: OrderedWords, j: number): number {
  const { width } = a;
  let p = i * width;
  let q = j * width;
  for (const end = p + width; p < end; p++, q++) {
    const difference = a.words[p]! - b.words[q]!;
    if (difference !== 0) {
      return difference;
    }
  }
  return 0;
}
