/**
 * Numbers of texts: the host gives every new spelling its number, here they are found again. The bytes are kept and
 * compared on every hit, since a hash alone is not an identity.
 */
import { PADDING, allocate, allocateZeros } from './memory';

/** Gives a spelling of the column `table` its number; `NO_VALUE` if it is not legal there. */
// @ts-ignore: decorator
@external('host', 'number')
declare function numberText(table: u32, start: usize, length: usize): u32;

/** No legal value: the record is malformed. Never the number of a text. */
export const NO_VALUE: u32 = 0xfffffffe;

// An entry: hash, address of the bytes (0 while free), length, number.
const ENTRY_BYTES: usize = 16;
const ARENA_BYTES: usize = 64 * 1024;

let entries: usize = 0;
let mask: u32 = 0;
let count: u32 = 0;
let arena: usize = 0;
let arenaEnd: usize = 0;

/** Forgets all texts. */
export function clearTexts(): void {
  mask = 1023;
  entries = allocateZeros(<usize>(mask + 1) * ENTRY_BYTES);
  count = 0;
  arena = 0;
  arenaEnd = 0;
}

/** The entry of the text `[start, start + length)` in the column `table`; valid until the next call. */
export function findText(table: u32, start: usize, length: usize): usize {
  const hash = hashText(table, start, length);
  let slot = hash & mask;
  while (true) {
    const entry = entries + <usize>slot * ENTRY_BYTES;
    const at = <usize>load<u32>(entry, 4);
    if (at == 0) {
      return insert(table, start, length, hash, entry);
    }
    if (load<u32>(entry) == hash && <usize>load<u32>(entry, 8) == length && isEqual(at, start, length) && load<u8>(at - 1) == <u8>table) {
      return entry;
    }
    slot = (slot + 1) & mask;
  }
}

/** Where the bytes of an entry are kept; they stay there. */
// @ts-ignore: decorator
@inline
export function bytesOf(entry: usize): u32 {
  return load<u32>(entry, 4);
}

/** The number of an entry, or `NO_VALUE`. */
// @ts-ignore: decorator
@inline
export function numberOf(entry: usize): u32 {
  return load<u32>(entry, 12);
}

/** Compares 16 bytes at a time; both may be read beyond their ends. */
// @ts-ignore: decorator
@inline
export function isEqual(a: usize, b: usize, length: usize): bool {
  while (length > 16) {
    if (<u32>i8x16.bitmask(i8x16.eq(v128.load(a), v128.load(b))) != 0xffff) {
      return false;
    }
    a += 16;
    b += 16;
    length -= 16;
  }
  const inside: u32 = (1 << <u32>length) - 1;
  return (<u32>i8x16.bitmask(i8x16.eq(v128.load(a), v128.load(b))) & inside) == inside;
}

function insert(table: u32, start: usize, length: usize, hash: u32, place: usize): usize {
  // The column's number stands before the bytes.
  if (arena + length + 1 > arenaEnd) {
    arena = allocate(max<usize>(ARENA_BYTES, length + 1 + PADDING));
    arenaEnd = arena + max<usize>(ARENA_BYTES, length + 1 + PADDING) - PADDING;
  }
  store<u8>(arena, <u8>table);
  const at = arena + 1;
  memory.copy(at, start, length);
  arena = at + length;
  const number = numberText(table, start, length);
  let entry = place;
  if (++count * 4 > mask) {
    grow();
    entry = freeEntry(hash);
  }
  store<u32>(entry, hash);
  store<u32>(entry, <u32>at, 4);
  store<u32>(entry, <u32>length, 8);
  store<u32>(entry, number, 12);
  return entry;
}

function freeEntry(hash: u32): usize {
  let slot = hash & mask;
  while (load<u32>(entries + <usize>slot * ENTRY_BYTES, 4) != 0) {
    slot = (slot + 1) & mask;
  }
  return entries + <usize>slot * ENTRY_BYTES;
}

function grow(): void {
  const old = entries;
  const oldEnd = old + <usize>(mask + 1) * ENTRY_BYTES;
  mask = mask * 2 + 1;
  entries = allocateZeros(<usize>(mask + 1) * ENTRY_BYTES);
  for (let from = old; from < oldEnd; from += ENTRY_BYTES) {
    if (load<u32>(from, 4) != 0) {
      memory.copy(freeEntry(load<u32>(from)), from, ENTRY_BYTES);
    }
  }
}

/** Eight bytes at a time, multiplied in; the last ones first, which differ most often. */
function hashText(table: u32, start: usize, length: usize): u32 {
  let hash: u64 = ((<u64>table << 32) | <u64>length) * 0x9e3779b97f4a7c15;
  if (length <= 8) {
    hash ^= load<u64>(start) & (<u64>-1 >> (64 - (length << 3)));
  } else {
    const last = start + length - 8;
    hash ^= load<u64>(last);
    for (let at = start; at < last; at += 8) {
      hash = (hash * 0x9e3779b97f4a7c15) ^ load<u64>(at);
    }
  }
  hash = (hash ^ (hash >> 32)) * 0xff51afd7ed558ccd;
  return <u32>(hash >> 32);
}
