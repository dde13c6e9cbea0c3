/**
 * Numbers of IPv6 addresses, from 0 on: they are read from their usual spelling (groups of hexadecimal digits, some of which
 * `::` leaves out) and found again by their 16 bytes.
 */
import { allocate, allocateZeros } from './memory';
import { NO_VALUE } from './texts';

/** What a free place of the index names. */
const NONE: u32 = 0xffffffff;
/** Eight groups of four digits, and colons between them. */
const LONGEST: usize = 39;
/** The address that is being read, as memory has it. */
const read: usize = memory.data(16, 16);

/** All addresses by number, 16 bytes each. */
let list: usize = 0;
let room: u32 = 0;
let count: u32 = 0;
/** Numbers, from 1 on; 0 is free. */
let index: usize = 0;
let mask: u32 = 0;

/** Forgets all addresses. */
export function clearAddresses(): void {
  count = 0;
  room = 512;
  list = allocate(<usize>room << 4);
  mask = 1023;
  index = allocateZeros(<usize>(mask + 1) << 2);
}

/** Where the addresses are (0), until the next one is added, and where one is put for `addAddress` (1). */
export function addressesAt(what: u32): usize {
  return what == 0 ? list : read;
}

/** How many addresses there are. */
export function countAddresses(): u32 {
  return count;
}

/** The number of the address `[start, end)`; `NO_VALUE` if it is none, or in another spelling. */
export function findAddress(start: usize, end: usize): u32 {
  return readGroups(start, end) ? addAddress() : NO_VALUE;
}

/** The number of the address in `read`. */
export function addAddress(): u32 {
  const high = load<u64>(read);
  const low = load<u64>(read, 8);
  let slot = hashOf(high, low) & mask;
  while (true) {
    const number = load<u32>(index + (<usize>slot << 2)) - 1;
    if (number == NONE) {
      break;
    }
    const known = list + (<usize>number << 4);
    if (load<u64>(known) == high && load<u64>(known, 8) == low) {
      return number;
    }
    slot = (slot + 1) & mask;
  }
  if (count == room) {
    const larger = allocate(<usize>room << 5);
    memory.copy(larger, list, <usize>room << 4);
    list = larger;
    room *= 2;
  }
  const added = list + (<usize>count << 4);
  store<u64>(added, high);
  store<u64>(added, low, 8);
  store<u32>(index + (<usize>slot << 2), ++count);
  if (count * 2 > mask) {
    growIndex();
  }
  return count - 1;
}

/** Reads an address into `read`; false if it is not in the usual spelling. Up to 48 bytes from `start` on may be read. */
// @ts-ignore: decorator
@inline
function readGroups(start: usize, end: usize): bool {
  const length = end - start;
  if (length - 2 > LONGEST - 2) {
    return false;
  }
  const inside = (<u64>1 << length) - 1;
  const first = v128.load(start);
  const second = v128.load(start, 16);
  const third = v128.load(start, 32);
  let colons = bits(isColon(first), isColon(second), isColon(third)) & inside;
  if ((bits(isDigit(first), isDigit(second), isDigit(third)) & inside) != (inside ^ colons)) {
    return false;
  }
  // The end is as good as a colon.
  colons |= inside + 1;
  let into = read;
  /** Where groups are left out. */
  let gap: usize = 0;
  let from: usize = 0;
  if ((colons & 1) != 0) {
    if ((colons & 2) == 0) {
      return false;
    }
    gap = into;
    colons &= ~3;
    from = 2;
    if (length == 2) {
      colons = 0;
    }
  }
  while (colons != 0) {
    const to = <usize>ctz(colons);
    colons &= colons - 1;
    const count = to - from;
    if (count == 0) {
      // A second colon: not the first gap if there was one, nor the end unless it is that of the gap.
      if (gap != 0) {
        if (to == length && gap == into) {
          break;
        }
        return false;
      }
      if (to == length) {
        return false;
      }
      gap = into;
    } else if (count > 4 || into == read + 16) {
      return false;
    } else {
      store<u16>(into, groupOf(start + to, count));
      into += 2;
    }
    from = to + 1;
  }
  const missing = read + 16 - into;
  if (gap == 0) {
    return missing == 0;
  }
  if (missing == 0) {
    return false;
  }
  // From the last one on, because they overlap.
  for (let at = into; at > gap; ) {
    at -= 2;
    store<u16>(at + missing, load<u16>(at));
  }
  memory.fill(gap, 0, missing);
  return true;
}

/** A group of one to four digits that ends at `end`, as memory has it. */
// @ts-ignore: decorator
@inline
function groupOf(end: usize, count: usize): u16 {
  const x = load<u32>(end - 4);
  const values = ((x & 0x0f0f0f0f) + ((x >> 6) & 0x01010101) * 9) & (<u32>-1 << (32 - (<u32>count << 3)));
  const pairs = (values << 4) | (values >> 8);
  return <u16>((pairs & 0xff) | ((pairs >> 8) & 0xff00));
}

// @ts-ignore: decorator
@inline
function isColon(text: v128): v128 {
  return i8x16.eq(text, i8x16.splat(58));
}

// @ts-ignore: decorator
@inline
function isDigit(text: v128): v128 {
  const letters = i8x16.sub(v128.or(text, i8x16.splat(32)), i8x16.splat(97));
  return v128.or(
    i8x16.lt_u(i8x16.sub(text, i8x16.splat(48)), i8x16.splat(10)),
    i8x16.lt_u(letters, i8x16.splat(6)),
  );
}

// @ts-ignore: decorator
@inline
function bits(first: v128, second: v128, third: v128): u64 {
  return (
    <u64>(<u32>i8x16.bitmask(first) | (<u32>i8x16.bitmask(second) << 16)) | (<u64>i8x16.bitmask(third) << 32)
  );
}

function growIndex(): void {
  mask = mask * 2 + 1;
  index = allocateZeros(<usize>(mask + 1) << 2);
  for (let number: u32 = 0; number < count; number++) {
    const known = list + (<usize>number << 4);
    let slot = hashOf(load<u64>(known), load<u64>(known, 8)) & mask;
    while (load<u32>(index + (<usize>slot << 2)) != 0) {
      slot = (slot + 1) & mask;
    }
    store<u32>(index + (<usize>slot << 2), number + 1);
  }
}

// @ts-ignore: decorator
@inline
function hashOf(high: u64, low: u64): u32 {
  let hash = (high ^ 0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 32) ^ low) * 0xff51afd7ed558ccd;
  // The last group is the highest bits of `low`, which have come nowhere else so far.
  hash = (hash ^ (hash >> 32)) * 0x9e3779b97f4a7c15;
  return <u32>(hash >> 32);
}
