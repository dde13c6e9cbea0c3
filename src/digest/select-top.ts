/**
 * The largest few of very many, by a heap that never holds more than those few.
 */

/**
 * Indexes of the `top` largest `weights`, largest first. `compareTied(a, b)` orders indexes of equal weight (negative if
 * `a` comes first) and must never be 0 for two of them; by default the lower index comes first. O(n log top).
 */
export function selectTop(
  weights: Float64Array,
  top: number,
  compareTied: (a: number, b: number) => number = (a, b) => a - b,
): Uint32Array {
  const size = Math.min(Math.max(0, Math.floor(top)), weights.length);
  const compare = (a: number, b: number): number => weights[b]! - weights[a]! || compareTied(a, b);
  const all = Uint32Array.from({ length: size }, (_, index) => index);
  if (size < weights.length && size > 0) {
    // The heap's root is the last of the selected ones, which is the one that a better index displaces.
    for (let parent = (size >> 1) - 1; parent >= 0; parent--) {
      siftDown(all, parent, compare);
    }
    let least = weights[all[0]!]!;
    for (let index = size; index < weights.length; index++) {
      // Nearly all are too small, which is seen without a call.
      if (!(weights[index]! < least) && compare(index, all[0]!) < 0) {
        all[0] = index;
        siftDown(all, 0, compare);
        least = weights[all[0]]!;
      }
    }
  }
  return all.sort(compare);
}

function siftDown(heap: Uint32Array, start: number, compare: (a: number, b: number) => number): void {
  const moved = heap[start]!;
  let parent = start;
  for (;;) {
    let child = 2 * parent + 1;
    if (child >= heap.length) {
      break;
    }
    if (child + 1 < heap.length && compare(heap[child]!, heap[child + 1]!) < 0) {
      child++;
    }
    if (compare(moved, heap[child]!) >= 0) {
      break;
    }
    heap[parent] = heap[child]!;
    parent = child;
  }
  heap[parent] = moved;
}
