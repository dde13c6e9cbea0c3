/**
 * Finds tokens (runs of bytes above 32) and line ends, 64 bytes at a time: one bit per byte that separates, and every
 * place where that bit changes begins or ends a token.
 */

/** Bytes indexed at once; the index stays in the first-level cache. */
export const SLICE_BYTES: usize = 16 * 1024;
/** Addresses, alternately of a token's first byte and of the byte behind its last. */
export const tokens: usize = memory.data((16 * 1024 + 64 + 16) * 4, 16);
/** Per line: where its entries in `tokens` end, and the address of its line feed. */
export const lines: usize = memory.data((16 * 1024 + 64) * 8, 16);

/**
 * Indexes `[start, end)`, at most `SLICE_BYTES`; returns the end of what it wrote to `lines`. Tokens behind the last line
 * feed belong to no line.
 */
export function indexTokens(start: usize, end: usize): usize {
  const space = i8x16.splat(32);
  const lineFeed = i8x16.splat(10);
  let token = tokens;
  let line = lines;
  // A line begins as if a separator preceded it.
  let carry: u64 = 1;
  for (let at = start; at < end; at += 64) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    let separators = bits(
      i8x16.le_u(a, space),
      i8x16.le_u(b, space),
      i8x16.le_u(c, space),
      i8x16.le_u(d, space),
    );
    let feeds = bits(
      i8x16.eq(a, lineFeed),
      i8x16.eq(b, lineFeed),
      i8x16.eq(c, lineFeed),
      i8x16.eq(d, lineFeed),
    );
    if (end - at < 64) {
      const inside = ((<u64>1) << (end - at)) - 1;
      feeds &= inside;
    }
    let changes = separators ^ ((separators << 1) | carry);
    carry = separators >> 63;
    const before = token;
    const all = changes;
    const next = token + (<usize>popcnt(changes) << 2);
    // Ten at a time, so that no branch has to guess how many there are; what is too much is overwritten.
    while (token < next) {
      changes = putNext(token, at, changes);
      changes = putNext(token + 4, at, changes);
      changes = putNext(token + 8, at, changes);
      changes = putNext(token + 12, at, changes);
      changes = putNext(token + 16, at, changes);
      changes = putNext(token + 20, at, changes);
      changes = putNext(token + 24, at, changes);
      changes = putNext(token + 28, at, changes);
      changes = putNext(token + 32, at, changes);
      changes = putNext(token + 36, at, changes);
      token += 40;
    }
    token = next;
    while (feeds != 0) {
      const place = ctz(feeds);
      store<u32>(line, <u32>(before + (<usize>popcnt(all & (((<u64>2) << place) - 1)) << 2)));
      store<u32>(line, <u32>(at + <usize>place), 4);
      line += 8;
      feeds &= feeds - 1;
    }
  }
  return line;
}

/**
 * The tokens of one line of any length, no more than `most`, written as pairs to `into`; returns the end of what it wrote.
 */
export function splitLine(start: usize, end: usize, into: usize, most: u32): usize {
  let at = start;
  let left = most;
  while (left > 0) {
    while (at < end && load<u8>(at) <= 32) {
      at++;
    }
    if (at == end) {
      break;
    }
    store<u32>(into, <u32>at);
    while (at < end && load<u8>(at) > 32) {
      at++;
    }
    store<u32>(into, <u32>at, 4);
    into += 8;
    left--;
  }
  return into;
}

/** Writes where the lowest bit stands, and takes it away. */
// @ts-ignore: decorator
@inline
function putNext(token: usize, at: usize, changes: u64): u64 {
  store<u32>(token, <u32>(at + <usize>ctz(changes)));
  return changes & (changes - 1);
}

// @ts-ignore: decorator
@inline
function bits(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    <u64>(<u32>i8x16.bitmask(a) | (<u32>i8x16.bitmask(b) << 16)) |
    ((<u64>(<u32>i8x16.bitmask(c) | (<u32>i8x16.bitmask(d) << 16))) << 32)
  );
}
