/** A sorted digest in ranges of rows. */
import type { Digest } from './digest';
import { unifySpecs } from './encode-columns';
import { compareRows } from './order-rows';

/**
 * The rows of each range, in order: there is one range more than there are `splitters`, which are sorted rows of the same
 * keys, and each of them begins a range.
 */
export function sliceRows(digest: Digest, splitters: Digest): readonly Uint32Array[] {
  const { encodeA, encodeB } = unifySpecs(digest, splitters);
  const rows = encodeA();
  const bounds = encodeB();
  const slices: Uint32Array[] = [];
  let from = 0;
  for (let range = 0; range <= splitters.rowCount; range++) {
    let to = digest.rowCount;
    if (range < splitters.rowCount) {
      // The first row that does not come before the splitter.
      let low = from;
      while (low < to) {
        const middle = (low + to) >>> 1;
        if (compareRows(rows, middle, bounds, range) < 0) {
          low = middle + 1;
        } else {
          to = middle;
        }
      }
    }
    slices.push(Uint32Array.from({ length: to - from }, (_, i) => from + i));
    from = to;
  }
  return slices;
}
