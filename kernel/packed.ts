/**
 * Numbers in runs and packed bits, Parquet's hybrid of RLE and bit packing.
 */

// A reader of runs and packed bits: where the next run begins, or the packed bits of this one; the bits of a number; how many
// numbers are left of the run; its value, `PACKED` for packed ones; how many bits of those have been read.
const RUN_WIDTH: usize = 4;
const RUN_LEFT: usize = 8;
const RUN_VALUE: usize = 12;
const RUN_BITS: usize = 16;
const PACKED: u32 = 0xffffffff;

/** Reads the next `count` numbers, 32 bits each; they are there. */
export function readRuns(reader: usize, into: usize, count: usize): void {
  const width = load<u32>(reader, RUN_WIDTH);
  const end = into + (count << 2);
  while (into < end) {
    const left = load<u32>(reader, RUN_LEFT);
    if (left == 0) {
      openRun(reader, width);
      continue;
    }
    const taken = min<u32>(left, <u32>((end - into) >> 2));
    const stop = into + (<usize>taken << 2);
    store<u32>(reader, left - taken, RUN_LEFT);
    const value = load<u32>(reader, RUN_VALUE);
    if (value != PACKED) {
      for (; into < stop; into += 4) {
        store<u32>(into, value);
      }
      continue;
    }
    const mask: u64 = (1 << <u64>width) - 1;
    const at = <usize>load<u32>(reader);
    let bits = load<u32>(reader, RUN_BITS);
    for (; into < stop; into += 4) {
      store<u32>(into, <u32>((load<u64>(at + <usize>(bits >> 3)) >> <u64>(bits & 7)) & mask));
      bits += width;
    }
    store<u32>(reader, bits, RUN_BITS);
  }
}

/** Goes on to the next run. */
function openRun(reader: usize, width: u32): void {
  let at = <usize>load<u32>(reader) + <usize>(load<u32>(reader, RUN_BITS) >> 3);
  let header: u64 = 0;
  let shift: u64 = 0;
  let byte: u64;
  do {
    byte = <u64>load<u8>(at++);
    header |= (byte & 127) << shift;
    shift += 7;
  } while (byte > 127);
  let value = PACKED;
  // No page has as many rows as would not fit.
  let length = header >> 1;
  if ((header & 1) != 0) {
    length <<= 3;
  } else {
    value = 0;
    for (let bit: u32 = 0; bit < width; bit += 8) {
      value |= <u32>load<u8>(at++) << bit;
    }
  }
  store<u32>(reader, <u32>at);
  store<u32>(reader, <u32>min<u64>(length, 0xffffffff), RUN_LEFT);
  store<u32>(reader, value, RUN_VALUE);
  store<u32>(reader, 0, RUN_BITS);
}

/**
 * The greatest of the first `count` packed numbers of `[at, end)`, −1 of none, −2 if there are fewer or one of more than `width`
 * bits. A check of what nobody has looked at: nothing beyond `end` is taken for a number.
 */
export function greatestOf(at: usize, end: usize, width: u32, count: u32): i32 {
  const mask: u64 = (1 << <u64>width) - 1;
  const valueBytes = <usize>((width + 7) >> 3);
  let greatest: i32 = -1;
  while (count > 0) {
    let header: u64 = 0;
    let shift: u64 = 0;
    let byte: u64;
    do {
      if (at >= end || shift > 28) {
        return -2;
      }
      byte = <u64>load<u8>(at++);
      header |= (byte & 127) << shift;
      shift += 7;
    } while (byte > 127);
    if ((header & 1) == 0) {
      if (at + valueBytes > end) {
        return -2;
      }
      const value = load<u64>(at) & ((1 << (<u64>valueBytes << 3)) - 1);
      if (value > mask) {
        return -2;
      }
      if (header != 0) {
        greatest = max(greatest, <i32>value);
      }
      at += valueBytes;
      count -= <u32>min<u64>(header >> 1, <u64>count);
      continue;
    }
    const groups = header >> 1;
    const taken = <u32>min<u64>(groups << 3, <u64>count);
    if (<u64>at + ((<u64>taken * <u64>width + 7) >> 3) > <u64>end) {
      return -2;
    }
    count -= taken;
    let bit: u64 = 0;
    for (let i: u32 = 0; i < taken; i++, bit += <u64>width) {
      greatest = max(greatest, <i32>((load<u64>(at + <usize>(bit >> 3)) >> (bit & 7)) & mask));
    }
    // If the run ends beyond the bytes, no number is read any more.
    at = <usize>min<u64>(<u64>at + groups * <u64>width, <u64>end);
  }
  return greatest;
}
