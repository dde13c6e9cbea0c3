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
  let order = Uint32Array.from({ length: rowCount }, (_, row) => row);
  let next = new Uint32Array(rowCount);
  const counts = new Uint32Array(RADIX);
  for (let column = width - 1; column >= 0; column--) {
    let varying = 0;
    const first = words[column]!;
    for (let i = column; i < rowCount * width; i += width) {
      varying |= words[i]! ^ first;
    }
    for (let shift = 0; shift < 32; shift += RADIX_BITS) {
      if (((varying >>> shift) & (RADIX - 1)) === 0) {
        continue;
      }
      counts.fill(0);
      for (let i = column; i < rowCount * width; i += width) {
        counts[(words[i]! >>> shift) & (RADIX - 1)]!++;
      }
      let sum = 0;
      for (let digit = 0; digit < RADIX; digit++) {
        const count = counts[digit]!;
        counts[digit] = sum;
        sum += count;
      }
      for (let i = 0; i < rowCount; i++) {
        const row = order[i]!;
        const digit = (words[row * width + column]! >>> shift) & (RADIX - 1);
        next[counts[digit]!++] = row;
      }
      [order, next] = [next, order];
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
