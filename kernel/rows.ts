/**
 * The hash table in which records are added up, one row per distinct key. Rows stay where they are put, in chunks, and the
 * index names them by address.
 *
 * A row is its words (keys, families of addresses, bucket), padded to eight bytes, and its numbers: flows, earliest start,
 * latest end, sums. What is added has the same form.
 */
import { allocate, allocateZeros } from './memory';
import { MISSING, families, numbers, words } from './registers';

const NUMBERS_BEFORE_SUMS: usize = 3;
const ROWS_PER_CHUNK: u32 = 512;
/** Records looked up together. */
const BATCH: u32 = 128;
/** A chunk begins with the address of the next one and its number of rows. */
const CHUNK_HEAD: usize = 16;
/** Before a row that waits: its hash and where its search begins. */
const WAITING_HEAD: usize = 8;

/** Words of a row that are keys, 4 bytes each; then the families, if there are addresses, and the bucket, if any. */
export let keyBytes: usize = 0;
/** The words of a row, padded. */
export let wordBytes: usize = 0;
/** All of a row. */
export let rowBytes: usize = 0;

/** The slots of keys that are addresses, one byte each. */
let addressSlots: usize = 0;
let addressCount: u32 = 0;
let bucketSec: u32 = 0;
/** The slots of numbers that are added up, one byte each. */
let sumSlots: usize = 0;
let sumCount: u32 = 0;
let portKey: i32 = -1;
let srcKey: usize = 0;
let dstKey: usize = 0;
let srcSlot: usize = 0;
let dstSlot: usize = 0;
let foldsPorts: bool = false;

let index: usize = 0;
let mask: u32 = 0;
let batch: usize = 0;
let batchEnd: usize = 0;
let waitingEnd: usize = 0;
/** Receives what is read ahead, so that a compiler may not leave it out. */
export let touched: u64 = 0;

export let rowCount: u32 = 0;
/** The first chunk, 0 while there is none; each has the address of the next one, also if no rows are in that. */
let firstChunk: usize = 0;
/** The chunk that is being filled, 0 while there is none. */
let lastChunk: usize = 0;
let nextRow: usize = 0;
let chunkEnd: usize = 0;
/** Where the index was when it had that many slots (2 to the power of the place): it comes back there. */
const indexes: usize = memory.data(32 * 4, 4);
const FIRST_INDEX: u32 = 11;

/** What a row is made of: keys, of which some are addresses, buckets of so many seconds (0 for none), sums. */
export function setRows(
  keys: u32,
  addressSlotsAt: usize,
  addresses: u32,
  bucket: u32,
  sumSlotsAt: usize,
  sums: u32,
): void {
  addressSlots = addressSlotsAt;
  addressCount = addresses;
  bucketSec = bucket;
  sumSlots = sumSlotsAt;
  sumCount = sums;
  keyBytes = <usize>keys << 2;
  wordBytes = (keyBytes + (addresses > 0 ? 4 : 0) + (bucket > 0 ? 4 : 0) + 7) & ~7;
  rowBytes = wordBytes + ((NUMBERS_BEFORE_SUMS + <usize>sums) << 3);
  batch = allocateZeros(<usize>BATCH * (WAITING_HEAD + rowBytes));
  batchEnd = batch + <usize>BATCH * (WAITING_HEAD + rowBytes);
  clearRows();
}

/** Forgets all rows; their memory is used again. */
export function clearRows(): void {
  placeIndex(FIRST_INDEX);
  waitingEnd = batch;
  rowCount = 0;
  lastChunk = 0;
  nextRow = 0;
  chunkEnd = 0;
}

/** An empty index of 2 to the power of `bits` slots. */
function placeIndex(bits: u32): void {
  mask = (1 << bits) - 1;
  const bytes = <usize>(mask + 1) << 3;
  index = <usize>load<u32>(indexes + (<usize>bits << 2));
  if (index == 0) {
    index = allocate(bytes);
    store<u32>(indexes + (<usize>bits << 2), <u32>index);
  }
  memory.fill(index, 0, bytes);
}

/** Which keys the two ports go to, and where they are read; −1 for a key that there is none of. */
export function setPorts(port: i32, folds: bool, sourceKey: u32, destinationKey: u32, source: u32, destination: u32): void {
  portKey = port;
  foldsPorts = folds;
  srcKey = <usize>sourceKey << 2;
  dstKey = <usize>destinationKey << 2;
  srcSlot = <usize>source << 2;
  dstSlot = <usize>destination << 2;
}

/** Adds the record in the registers; times are −1 where it has none. */
export function addRecord(startSec: f64, endSec: f64): void {
  const row = nextAddend();
  let i: usize = 0;
  for (; i < keyBytes; i += 4) {
    store<u32>(row + i, load<u32>(words + i));
  }
  if (portKey >= 0) {
    // MISSING is the largest word, so a port that is there wins over one that is not.
    store<u32>(row + (<usize>portKey << 2), min<u32>(load<u32>(words + srcSlot), load<u32>(words + dstSlot)));
  }
  if (foldsPorts) {
    const source = load<u32>(words + srcSlot);
    const destination = load<u32>(words + dstSlot);
    if (source != MISSING && destination != MISSING) {
      store<u32>(row + (source < destination ? dstKey : srcKey), 0);
    }
  }
  if (addressCount > 0) {
    let tag: u32 = 0;
    for (let a: u32 = 0; a < addressCount; a++) {
      tag = (tag << 4) | <u32>load<u8>(families + <usize>load<u8>(addressSlots + a));
    }
    store<u32>(row + i, tag);
    i += 4;
  }
  if (bucketSec > 0) {
    store<u32>(row + i, startSec < 0 ? MISSING : <u32>startSec - (<u32>startSec % bucketSec));
  }
  const values = row + wordBytes;
  store<f64>(values, 1);
  store<f64>(values, startSec < 0 ? Infinity : startSec, 8);
  store<f64>(values, endSec < 0 ? -Infinity : endSec, 16);
  for (let s: usize = 0; s < <usize>sumCount; s++) {
    store<f64>(values + (s << 3), max<f64>(load<f64>(numbers + (<usize>load<u8>(sumSlots + s) << 3)), 0), 24);
  }
  add();
}

/** Where the next row to be added is written: all its words and numbers. `add` follows. */
// @ts-ignore: decorator
@inline
export function nextAddend(): usize {
  return waitingEnd + WAITING_HEAD;
}

/** Adds the row written last. It may wait until `flush`. */
// @ts-ignore: decorator
@inline
export function add(): void {
  const row = waitingEnd + WAITING_HEAD;
  let hash: u64 = 0x9e3779b97f4a7c15;
  for (let at = row, end = row + wordBytes; at < end; at += 8) {
    hash = (hash ^ load<u64>(at)) * 0xff51afd7ed558ccd;
    hash ^= hash >> 32;
  }
  store<u32>(waitingEnd, <u32>hash);
  waitingEnd = row + rowBytes;
  if (waitingEnd == batchEnd) {
    flush();
  }
}

/** Adds up the rows that wait. */
export function flush(): void {
  const step = WAITING_HEAD + rowBytes;
  // Passes of independent loads bring index and rows into the cache, so that their misses overlap.
  let seen: u64 = 0;
  for (let waiting = batch; waiting < waitingEnd; waiting += step) {
    seen ^= load<u64>(index + (<usize>(load<u32>(waiting) & mask) << 3));
  }
  for (let waiting = batch; waiting < waitingEnd; waiting += step) {
    store<u32>(waiting, findHash(load<u32>(waiting)), 4);
  }
  for (let waiting = batch; waiting < waitingEnd; waiting += step) {
    const row = <usize>load<u32>(waiting, 4);
    seen ^= load<u64>(row) ^ load<u64>(row + rowBytes - 8);
  }
  touched = seen;
  for (let waiting = batch; waiting < waitingEnd; waiting += step) {
    const row = <usize>load<u32>(waiting, 4);
    const addend = waiting + WAITING_HEAD;
    if (row != 0 && isSameKey(row, addend)) {
      addNumbers(row + wordBytes, addend + wordBytes);
    } else {
      findOrInsert(load<u32>(waiting), addend);
    }
  }
  waitingEnd = batch;
}

/** The first row with this hash, which in nearly all cases is the one; 0 for none. */
// @ts-ignore: decorator
@inline
function findHash(hash: u32): u32 {
  let slot = hash & mask;
  while (true) {
    const at = index + (<usize>slot << 3);
    const row = load<u32>(at, 4);
    if (row == 0 || load<u32>(at) == hash) {
      return row;
    }
    slot = (slot + 1) & mask;
  }
}

/** Adds a row to the one of its key, or puts it into the table. */
function findOrInsert(hash: u32, addend: usize): void {
  let slot = hash & mask;
  while (true) {
    const at = index + (<usize>slot << 3);
    const row = <usize>load<u32>(at, 4);
    if (row == 0) {
      insert(at, hash, addend);
      return;
    }
    if (load<u32>(at) == hash && isSameKey(row, addend)) {
      addNumbers(row + wordBytes, addend + wordBytes);
      return;
    }
    slot = (slot + 1) & mask;
  }
}

// @ts-ignore: decorator
@inline
function isSameKey(row: usize, key: usize): bool {
  for (let i: usize = 0; i < wordBytes; i += 8) {
    if (load<u64>(row + i) != load<u64>(key + i)) {
      return false;
    }
  }
  return true;
}

/** Adds the numbers of a row to those of another, both by where their numbers begin. */
// @ts-ignore: decorator
@inline
export function addNumbers(into: usize, from: usize): void {
  store<f64>(into, load<f64>(into) + load<f64>(from));
  // Times, which are not negative but for -Infinity, compare as their bits do, and without a branch.
  const earliest = load<i64>(into, 8);
  const latest = load<i64>(into, 16);
  store<i64>(into, select<i64>(load<i64>(from, 8), earliest, load<i64>(from, 8) < earliest), 8);
  store<i64>(into, select<i64>(load<i64>(from, 16), latest, load<i64>(from, 16) > latest), 16);
  for (let offset: usize = 24, end = <usize>(sumCount + 3) << 3; offset < end; offset += 8) {
    store<f64>(into + offset, load<f64>(into + offset) + load<f64>(from + offset));
  }
}

function insert(slot: usize, hash: u32, addend: usize): void {
  if (nextRow == chunkEnd) {
    addChunk();
  }
  // Not `memory.copy`, which engines call out for.
  for (let i: usize = 0; i < rowBytes; i += 8) {
    store<u64>(nextRow + i, load<u64>(addend + i));
  }
  store<u32>(slot, hash);
  store<u32>(slot, <u32>nextRow, 4);
  store<u32>(lastChunk, load<u32>(lastChunk, 4) + 1, 4);
  nextRow += rowBytes;
  if (++rowCount * 2 > mask) {
    growIndex();
  }
}

function addChunk(): void {
  let chunk = lastChunk == 0 ? firstChunk : <usize>load<u32>(lastChunk);
  if (chunk == 0) {
    chunk = allocate(CHUNK_HEAD + <usize>ROWS_PER_CHUNK * rowBytes);
    store<u32>(chunk, 0);
    if (lastChunk == 0) {
      firstChunk = chunk;
    } else {
      store<u32>(lastChunk, <u32>chunk);
    }
  }
  store<u32>(chunk, 0, 4);
  lastChunk = chunk;
  nextRow = chunk + CHUNK_HEAD;
  chunkEnd = nextRow + <usize>ROWS_PER_CHUNK * rowBytes;
}

function growIndex(): void {
  const old = index;
  const oldEnd = old + (<usize>(mask + 1) << 3);
  placeIndex(32 - <u32>clz(mask) + 1);
  for (let from = old; from < oldEnd; from += 8) {
    if (load<u32>(from, 4) != 0) {
      let slot = load<u32>(from) & mask;
      while (load<u32>(index + (<usize>slot << 3), 4) != 0) {
        slot = (slot + 1) & mask;
      }
      store<u64>(index + (<usize>slot << 3), load<u64>(from));
    }
  }
}

/** Writes the addresses of all rows to `into`, 4 bytes each. */
export function listRows(into: usize): void {
  const end = into + (<usize>rowCount << 2);
  for (let chunk = firstChunk; into < end; chunk = <usize>load<u32>(chunk)) {
    let row = chunk + CHUNK_HEAD;
    for (let rowsEnd = row + <usize>load<u32>(chunk, 4) * rowBytes; row < rowsEnd; row += rowBytes) {
      store<u32>(into, <u32>row);
      into += 4;
    }
  }
}
