/**
 * Finds where tokens (runs of bytes above 32) and lines end, 64 bytes at a time: one bit per byte that separates. In nearly
 * all text one separator stands between two tokens, so that the place of each says where a token ends and the next begins.
 */

/** Bytes indexed at once; the index stays in the first-level cache. */
export const SLICE_BYTES: usize = 16 * 1024;
const entries: usize = memory.data((16 * 1024 + 64 + 16) * 4, 16);
/** Addresses of the separators of a slice, behind the address before the slice. */
export const separators: usize = entries + 4;
/** Per line: where its entries in `separators` end; the last one is its line feed's. */
export const lines: usize = memory.data((16 * 1024 + 64) * 4, 16);

/** Somewhere in the slice two separators follow each other, or one begins a line. */
export let isUneven: bool = false;

/**
 * Indexes `[start, end)`, at most `SLICE_BYTES`, of which `start` begins a line; returns the end of what it wrote to `lines`.
 * Separators behind the last line feed belong to no line.
 */
export function indexTokens(start: usize, end: usize): usize {
  const space = i8x16.splat(32);
  const lineFeed = i8x16.splat(10);
  let into = separators;
  let line = lines;
  let carry: u64 = 1;
  let doubled: u64 = 0;
  store<u32>(separators - 4, <u32>start - 1);
  for (let at = start; at < end; at += 64) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    let found = bits(i8x16.le_u(a, space), i8x16.le_u(b, space), i8x16.le_u(c, space), i8x16.le_u(d, space));
    let feeds = bits(
      i8x16.eq(a, lineFeed),
      i8x16.eq(b, lineFeed),
      i8x16.eq(c, lineFeed),
      i8x16.eq(d, lineFeed),
    );
    if (end - at < 64) {
      const inside = ((<u64>1) << (end - at)) - 1;
      found &= inside;
      feeds &= inside;
    }
    doubled |= found & ((found << 1) | carry);
    carry = found >> 63;
    const before = into;
    const all = found;
    const next = into + (<usize>popcnt(found) << 2);
    // Ten at a time, so that no branch has to guess how many there are; what is too much is overwritten.
    while (into < next) {
      found = putNext(into, at, found);
      found = putNext(into + 4, at, found);
      found = putNext(into + 8, at, found);
      found = putNext(into + 12, at, found);
      found = putNext(into + 16, at, found);
      found = putNext(into + 20, at, found);
      found = putNext(into + 24, at, found);
      found = putNext(into + 28, at, found);
      found = putNext(into + 32, at, found);
      found = putNext(into + 36, at, found);
      into += 40;
    }
    into = next;
    // The first one without a branch, of which one could not tell how often it is taken.
    store<u32>(line, endOf(before, all, feeds));
    line += <usize>(feeds != 0) << 2;
    for (feeds &= feeds - 1; feeds != 0; feeds &= feeds - 1, line += 4) {
      store<u32>(line, endOf(before, all, feeds));
    }
  }
  isUneven = doubled != 0;
  return line;
}

/** Where the entries of a block end that come up to the first line feed; `before` is where all of them begin. */
// @ts-ignore: decorator
@inline
function endOf(before: usize, all: u64, feeds: u64): u32 {
  return <u32>(before + (<usize>popcnt(all & (feeds ^ (feeds - 1))) << 2));
}

/**
 * Where the entries of a line's tokens end, of all its entries `[from, to)`: separators behind the last token are left out. 0 if
 * there are more than one in front of or between tokens.
 */
export function endOfTokens(from: usize, to: usize): usize {
  let entry = from;
  while (entry < to && load<u32>(entry) - load<u32>(entry - 4) != 1) {
    entry += 4;
  }
  // From there on nothing but separators, or none is left.
  return <usize>(load<u32>(to - 4) - load<u32>(entry - 4)) == (to - entry) >> 2 ? entry : 0;
}

/**
 * Moves the tokens of a line of any length to its beginning, with one separator behind each, and writes their entries to `into`,
 * no more than `most`, with what precedes the first one in front of it; returns the end of what it wrote. As a line it stays the
 * same.
 */
export function straighten(start: usize, feed: usize, into: usize, most: u32): usize {
  const end = into + (<usize>most << 2);
  let to = start;
  store<u32>(into - 4, <u32>start - 1);
  for (let at = start; ; ) {
    while (at < feed && load<u8>(at) <= 32) {
      at++;
    }
    if (at == feed) {
      break;
    }
    while (at < feed && load<u8>(at) > 32) {
      store<u8>(to++, load<u8>(at++));
    }
    if (into < end) {
      store<u32>(into, <u32>to);
      into += 4;
    }
    if (to < feed) {
      // A separator, or what has moved.
      store<u8>(to++, 32);
    }
  }
  memory.fill(to, 32, feed - to);
  return into;
}

// @ts-ignore: decorator
@inline
function putNext(into: usize, at: usize, found: u64): u64 {
  store<u32>(into, <u32>(at + <usize>ctz(found)));
  return found & (found - 1);
}

// @ts-ignore: decorator
@inline
function bits(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    <u64>(<u32>i8x16.bitmask(a) | (<u32>i8x16.bitmask(b) << 16)) |
    ((<u64>(<u32>i8x16.bitmask(c) | (<u32>i8x16.bitmask(d) << 16))) << 32)
  );
}
