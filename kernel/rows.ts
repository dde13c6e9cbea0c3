/**
 * The hash table in which records are added up, one row per distinct key. Rows stay where they are put, in chunks, and the
 * index names them by address.
 *
 * A row is its words (keys, families of addresses, bucket) and its numbers: flows, earliest start, latest end, sums; both are
 * padded to 16 bytes. What is added has the same form; of records it is made from the registers, four lanes at a time.
 */
import { allocate, allocateZeros } from './memory';
import { LANES, MISSING, familiesOf, fillNumbers, numbersOf, wordsOf } from './registers';

const NUMBERS_BEFORE_SUMS: usize = 3;
const ROWS_PER_CHUNK: u32 = 512;
/**
 * A chunk begins with the address of the next one and its number of rows. Its rows begin at a multiple of 32, since whole ones of
 * that straddle fewer lines of the cache.
 */
const CHUNK_HEAD: usize = 32;
/** What is known of a row that waits, as a power of two: its address, its hash and where its search begins. */
const WAITING_SHIFT: usize = 4;
const WAITING_BYTES: usize = 1 << WAITING_SHIFT;

/** The words of a row, padded. */
export let wordBytes: usize = 0;
/** All of a row. */
export let rowBytes: usize = 0;

/** The slots of keys that are addresses, one byte each. */
let addressSlots: usize = 0;
let addressCount: usize = 0;
let bucketSec: u32 = 0;
let sumCount: usize = 0;
let portKey: i32 = -1;
let srcKey: usize = 0;
let dstKey: usize = 0;
let srcSlot: usize = 0;
let dstSlot: usize = 0;
let foldsPorts: bool = false;

// Columns as the registers have them: families of the addresses, buckets, and the times of records that count.
let tags: usize = 0;
let buckets: usize = 0;
let starts: usize = 0;
let ends: usize = 0;
/** The bucket that the last record was in. */
let bucketFrom: f64 = Infinity;
/** Where a row's words are read, 4 bytes each. */
let wordColumns: usize = 0;
/** Where its numbers are read, and what they are at least: 16 bytes each. */
let numberColumns: usize = 0;

let index: usize = 0;
let mask: u32 = 0;
/** Rows to be added, one for each lane. */
let batch: usize = 0;
/** Those of them that wait. */
const waiting: usize = memory.data(128 * 16, 4);
let waitingEnd: usize = waiting;
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
  addressCount = <usize>addresses;
  bucketSec = bucket;
  sumCount = <usize>sums;
  const keyCount = <usize>keys;
  wordBytes = ((keyCount << 2) + (addresses > 0 ? 4 : 0) + (bucket > 0 ? 4 : 0) + 15) & ~15;
  rowBytes = wordBytes + ((((NUMBERS_BEFORE_SUMS + sumCount) << 3) + 15) & ~15);
  batch = allocateZeros(LANES * rowBytes);
  tags = allocate(LANES << 2);
  buckets = allocate(LANES << 2);
  starts = allocate(LANES << 3);
  ends = allocate(LANES << 3);
  const zeros = allocateZeros(LANES << 3);
  const ones = allocate(LANES << 3);
  fillNumbers(ones, 1);

  wordColumns = allocate(wordBytes);
  let column = wordColumns;
  for (let key: usize = 0; key < keyCount; key++) {
    column = putWord(column, wordsOf(key));
  }
  if (addresses > 0) {
    column = putWord(column, tags);
  }
  if (bucket > 0) {
    column = putWord(column, buckets);
  }
  while (column < wordColumns + wordBytes) {
    column = putWord(column, zeros);
  }

  numberColumns = allocate((rowBytes - wordBytes) << 1);
  column = putNumber(numberColumns, ones, 1);
  column = putNumber(column, starts, 0);
  column = putNumber(column, ends, -Infinity);
  for (let sum: usize = 0; sum < sumCount; sum++) {
    // Missing ones are −1.
    column = putNumber(column, numbersOf(<usize>load<u8>(sumSlotsAt + sum)), 0);
  }
  if ((sumCount & 1) == 0) {
    putNumber(column, zeros, 0);
  }
  clearRows();
}

function putWord(into: usize, column: usize): usize {
  store<u32>(into, <u32>column);
  return into + 4;
}

function putNumber(into: usize, column: usize, least: f64): usize {
  store<f64>(into, least);
  store<u32>(into, <u32>column, 8);
  return into + 16;
}

/** Forgets all rows; their memory is used again. */
export function clearRows(): void {
  placeIndex(FIRST_INDEX);
  waitingEnd = waiting;
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
  srcKey = <usize>sourceKey;
  dstKey = <usize>destinationKey;
  srcSlot = <usize>source;
  dstSlot = <usize>destination;
}

/** The record in this lane counts, as `addLanes` will see to; times are −1 where it has none. */
// @ts-ignore: decorator
@inline
export function keepLane(lane: usize, startSec: f64, endSec: f64): void {
  store<u32>(waitingEnd, <u32>(batch + lane * rowBytes));
  waitingEnd += WAITING_BYTES;
  store<f64>(starts + (lane << 3), startSec < 0 ? Infinity : startSec);
  store<f64>(ends + (lane << 3), endSec < 0 ? -Infinity : endSec);
  if (bucketSec > 0) {
    if (!(startSec >= bucketFrom && startSec < bucketFrom + <f64>bucketSec)) {
      bucketFrom = startSec < 0 ? <f64>MISSING : <f64>(<u32>startSec - (<u32>startSec % bucketSec));
    }
    store<u32>(buckets + (lane << 2), <u32>bucketFrom);
  }
}

/** Adds those of the first `count` lanes that were kept, and returns how many they are. */
export function addLanes(count: usize): u32 {
  const kept = <u32>((waitingEnd - waiting) >> WAITING_SHIFT);
  if (kept > 0) {
    usePorts();
    if (addressCount > 0) {
      writeTags();
    }
    writeWords(count);
    writeNumbers(count);
    flush();
  }
  return kept;
}

/**
 * Fills the key that is made of the two ports, and makes the higher one of two 0 where keys are folded: in the registers, which
 * are not looked at any more. Ports that the next lines have are read anew, and those that none of them has are missing, which
 * folds nothing.
 */
function usePorts(): void {
  if (portKey >= 0) {
    const sources = wordsOf(srcSlot);
    const destinations = wordsOf(dstSlot);
    const ports = wordsOf(<usize>portKey);
    for (let at: usize = 0; at < LANES << 2; at += 16) {
      // MISSING is the largest word, so a port that is there wins over one that is not.
      v128.store(ports + at, i32x4.min_u(v128.load(sources + at), v128.load(destinations + at)));
    }
  }
  if (foldsPorts) {
    const sources = wordsOf(srcKey);
    const destinations = wordsOf(dstKey);
    const missing = i32x4.splat(<i32>MISSING);
    for (let at: usize = 0; at < LANES << 2; at += 16) {
      const source = v128.load(sources + at);
      const destination = v128.load(destinations + at);
      const isOneMissing = v128.or(i32x4.eq(source, missing), i32x4.eq(destination, missing));
      const isSourceLess = i32x4.lt_u(source, destination);
      v128.store(sources + at, v128.and(source, v128.or(isOneMissing, isSourceLess)));
      v128.store(destinations + at, v128.andnot(destination, v128.andnot(isSourceLess, isOneMissing)));
    }
  }
}

/** Four bits for the family of each address. */
function writeTags(): void {
  for (let lane: usize = 0; lane < LANES; lane += 4) {
    let tag = i32x4.splat(0);
    for (let address: usize = 0; address < addressCount; address++) {
      const four = v128.load32_zero(familiesOf(<usize>load<u8>(addressSlots + address)) + lane);
      tag = v128.or(i32x4.shl(tag, 4), i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(four)));
    }
    v128.store(tags + (lane << 2), tag);
  }
}

/** Turns four columns of words at a time into rows. */
function writeWords(count: usize): void {
  for (let offset: usize = 0; offset < wordBytes; offset += 16) {
    const columns = wordColumns + offset;
    const column0 = <usize>load<u32>(columns);
    const column1 = <usize>load<u32>(columns, 4);
    const column2 = <usize>load<u32>(columns, 8);
    const column3 = <usize>load<u32>(columns, 12);
    let row = batch + offset;
    for (let at: usize = 0, end = count << 2; at < end; at += 16) {
      const words0 = v128.load(column0 + at);
      const words1 = v128.load(column1 + at);
      const words2 = v128.load(column2 + at);
      const words3 = v128.load(column3 + at);
      const low01 = v128.shuffle<i32>(words0, words1, 0, 4, 1, 5);
      const low23 = v128.shuffle<i32>(words2, words3, 0, 4, 1, 5);
      const high01 = v128.shuffle<i32>(words0, words1, 2, 6, 3, 7);
      const high23 = v128.shuffle<i32>(words2, words3, 2, 6, 3, 7);
      v128.store(row, v128.shuffle<i64>(low01, low23, 0, 2));
      row += rowBytes;
      v128.store(row, v128.shuffle<i64>(low01, low23, 1, 3));
      row += rowBytes;
      v128.store(row, v128.shuffle<i64>(high01, high23, 0, 2));
      row += rowBytes;
      v128.store(row, v128.shuffle<i64>(high01, high23, 1, 3));
      row += rowBytes;
    }
  }
}

/** Turns two columns of numbers at a time into rows. */
function writeNumbers(count: usize): void {
  for (let offset = wordBytes, columns = numberColumns; offset < rowBytes; offset += 16, columns += 32) {
    const least0 = f64x2.splat(load<f64>(columns));
    const least1 = f64x2.splat(load<f64>(columns, 16));
    const column0 = <usize>load<u32>(columns, 8);
    const column1 = <usize>load<u32>(columns, 24);
    let row = batch + offset;
    for (let at: usize = 0, end = count << 3; at < end; at += 16) {
      const numbers0 = f64x2.pmax(least0, v128.load(column0 + at));
      const numbers1 = f64x2.pmax(least1, v128.load(column1 + at));
      v128.store(row, v128.shuffle<i64>(numbers0, numbers1, 0, 2));
      row += rowBytes;
      v128.store(row, v128.shuffle<i64>(numbers0, numbers1, 1, 3));
      row += rowBytes;
    }
  }
}

/**
 * Where the next row to be added is written: all its words and numbers, but not what pads them, which is zeros from the start and
 * stays so. `add` follows.
 */
// @ts-ignore: decorator
@inline
export function nextAddend(): usize {
  return batch + ((waitingEnd - waiting) >> WAITING_SHIFT) * rowBytes;
}

/** Adds the row written last. It may wait until `flush`, which has to come before any lane is kept. */
// @ts-ignore: decorator
@inline
export function add(): void {
  addAt(nextAddend());
}

/** As `add`, of a row that is elsewhere and stays there until `flush`. */
// @ts-ignore: decorator
@inline
export function addAt(row: usize): void {
  store<u32>(waitingEnd, <u32>row);
  waitingEnd += WAITING_BYTES;
  if (waitingEnd == waiting + LANES * WAITING_BYTES) {
    flush();
  }
}

/** Adds up the rows that wait. */
export function flush(): void {
  // Passes of independent loads bring index and rows into the cache, so that their misses overlap.
  let seen: u64 = 0;
  for (let at = waiting; at < waitingEnd; at += WAITING_BYTES) {
    const hash = hashOf(<usize>load<u32>(at));
    store<u32>(at, hash, 4);
    seen ^= load<u64>(index + (<usize>(hash & mask) << 3));
  }
  for (let at = waiting; at < waitingEnd; at += WAITING_BYTES) {
    const row = findHash(load<u32>(at, 4));
    store<u32>(at, row, 8);
    seen ^= load<u64>(<usize>row) ^ load<u64>(<usize>row + rowBytes - 8);
  }
  touched = seen;
  for (let at = waiting; at < waitingEnd; at += WAITING_BYTES) {
    const row = <usize>load<u32>(at, 8);
    const addend = <usize>load<u32>(at);
    if (row != 0 && isSameKey(row, addend)) {
      addNumbers(row + wordBytes, addend + wordBytes);
    } else {
      findOrInsert(load<u32>(at, 4), addend);
    }
  }
  waitingEnd = waiting;
}

// @ts-ignore: decorator
@inline
function hashOf(row: usize): u32 {
  let hash: u64 = 0x9e3779b97f4a7c15;
  for (let at = row, end = row + wordBytes; at < end; at += 8) {
    hash = (hash ^ load<u64>(at)) * 0xff51afd7ed558ccd;
    hash ^= hash >> 32;
  }
  return <u32>hash;
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
  let differs = i64x2.splat(0);
  for (let i: usize = 0; i < wordBytes; i += 16) {
    differs = v128.or(differs, v128.xor(v128.load(row + i), v128.load(key + i)));
  }
  return !v128.any_true(differs);
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
  for (let offset: usize = 24, end = (sumCount + NUMBERS_BEFORE_SUMS) << 3; offset < end; offset += 8) {
    store<f64>(into + offset, load<f64>(into + offset) + load<f64>(from + offset));
  }
}

function insert(slot: usize, hash: u32, addend: usize): void {
  if (nextRow == chunkEnd) {
    addChunk();
  }
  // Not `memory.copy`, which engines call out for.
  for (let i: usize = 0; i < rowBytes; i += 16) {
    v128.store(nextRow + i, v128.load(addend + i));
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
    chunk = (allocate(CHUNK_HEAD + <usize>ROWS_PER_CHUNK * rowBytes + 16) + 31) & ~31;
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
