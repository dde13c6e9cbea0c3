/**
 * The kernel's memory, handed out from the bottom up. Only what was handed out last can be taken back, by `release`.
 */

/** Bytes that may be read beyond either end of what is allocated, because tokens are loaded in whole registers. */
export const PADDING: usize = 64;
const PAGE_BYTES: usize = 65536;

let top: usize = (__heap_base + PADDING + 15) & ~15;

/** Addresses are 32 bits; the last page stays out of use, so that none of the sums below wraps. */
const MAX_BYTES: u64 = 65535 * 65536;

/** An aligned block of `bytes` bytes that may hold anything. Traps when the memory cannot grow. */
export function allocate(bytes: usize): usize {
  const at = top;
  const end = (<u64>at + <u64>bytes + 15) & ~15;
  if (end + PADDING > MAX_BYTES) {
    unreachable();
  }
  top = <usize>end;
  const needed = top + PADDING;
  const held = <usize>memory.size() * PAGE_BYTES;
  if (needed > held) {
    // In steps of an eighth: every growth costs the host a new view.
    const pages = (needed - held + PAGE_BYTES - 1) / PAGE_BYTES;
    const step = max<usize>(pages, <usize>memory.size() / 8);
    if (memory.grow(<i32>step) < 0 && memory.grow(<i32>pages) < 0) {
      unreachable();
    }
  }
  return at;
}

/** An aligned block of zeros. */
export function allocateZeros(bytes: usize): usize {
  const at = allocate(bytes);
  memory.fill(at, 0, bytes);
  return at;
}

/** How far memory is handed out. */
export function mark(): usize {
  return top;
}

/** Takes back all that was handed out since `mark` returned this. */
export function release(to: usize): void {
  top = to;
}
