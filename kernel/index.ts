/**
 * The digest kernel: whole lines in, rows and tallies out. It does what `line-scanner.ts`, `compile-filter.ts` and
 * `row-table.ts` do, which are its specification; `create-kernel.ts` is its host. All addresses are of the kernel's own
 * memory.
 */
import { readSpellings, registerAt } from './cells';
import { STEP_BYTES, readColumn } from './columns';
import { passes, setFilter } from './filter';
import { allocate, allocateZeros, mark, release } from './memory';
import {
  LANES,
  MISSING,
  NUMBER_SHIFT,
  WORD_SHIFT,
  clearRegisters,
  numbers,
  setRegisters,
  setWord,
  useLane,
  words,
} from './registers';
import { addKernelRows, addRows } from './merge';
import { greatestOf } from './packed';
import { COLUMN_BYTES, areTokens, passRows, readPage, readTable } from './pages';
import {
  countRecorders,
  countsOnce,
  forgetRecorders,
  isCopy,
  learnRecord,
  recordersAt,
  setHops,
  setRecorder,
} from './recorder';
import {
  copyRows,
  keepLargest,
  leastOf,
  leaveRows,
  markUsed,
  partRows,
  setOrder,
  sortRows,
  useRows,
  writeColumns,
} from './order';
import { addLanes, clearRows, keepLane, rowBytes, rowCount, setPorts, setRows } from './rows';
import { clearTexts } from './texts';
import { addAddress, addressesAt, clearAddresses, countAddresses } from './addresses';
import { SLICE_BYTES, endOfTokens, indexTokens, isUneven, lines, separators, straighten } from './tokens';

export {
  addAddress,
  addKernelRows,
  addRows,
  addressesAt,
  allocate,
  allocateZeros,
  areTokens,
  clearAddresses,
  clearTexts,
  countAddresses,
  copyRows,
  countRecorders,
  forgetRecorders,
  greatestOf,
  keepLargest,
  leastOf,
  leaveRows,
  mark,
  markUsed,
  partRows,
  passRows,
  readSpellings,
  readTable,
  recordersAt,
  registerAt,
  release,
  setFilter,
  setHops,
  setOrder,
  setPorts,
  setRecorder,
  setRegisters,
  setRows,
  setWord,
  sortRows,
  useRows,
  writeColumns,
};

/** What `scan` returns when all was read; otherwise it is the address of a line that may be another header. */
const ALL_READ: usize = 0;
/** What `scan` returns before it would count a record beyond the limit of keys. */
const TOO_MANY_KEYS: usize = 1;

// Numbers that the host gives these values of `log-status`.
const STATUS_OK: u32 = 0;
const STATUS_NODATA: u32 = 1;
const STATUS_SKIPDATA: u32 = 2;
/** By how much a slice may be longer than the lines that filled the lanes before it. */
const SPARE_BYTES: usize = 128;
/** What is indexed first where `scan` goes on behind a line that it stopped at: the next one may stop it again. */
const MIN_SLICE_BYTES: usize = 512;
/** Times above this are milliseconds. */
const MAX_SECONDS: f64 = 1e11;

/** Lines by what became of them, 64-bit floating point each, in the order of the constants below. */
export const tallies: usize = memory.data(11 * 8, 8);
const BLANK: usize = 0;
const FLOWS: usize = 8;
const NO_DATA: usize = 16;
const SKIP_DATA: usize = 24;
const OTHER_TIME: usize = 32;
const FILTERED: usize = 40;
const TOO_FEW_FIELDS: usize = 48;
const TOO_MANY_FIELDS: usize = 56;
const BAD_VALUE: usize = 64;
const BAD_STATUS: usize = 72;
const COPIES: usize = 80;

let maxKeys: u32 = 0;
let fromSec: f64 = 0;
let toSec: f64 = 0;
let isRanged: bool = false;
let hasFilter: bool = false;
/** The filter asks for the status, so that lines without traffic may pass. */
let isStatusAsked: bool = false;
// Bytes from where a record's numbers or words begin.
let startSlot: usize = 0;
let endSlot: usize = 0;
let packetsSlot: usize = 0;
let bytesSlot: usize = 0;
let statusSlot: usize = 0;
/** Whether a field tells copies, where it is, and its value in them. */
let tellsCopies: bool = false;
let copySlot: usize = 0;
let copyValue: u32 = 0;
/** 27 addresses: where the field names (length and address each) of the letters a … z begin, and where they end. */
let names: usize = 0;

let steps: usize = 0;
let stepsEnd: usize = 0;
let columnCount: u32 = 0;
let hasCounts: bool = false;
/** Entries of lines of one slice that had to be straightened; a token and what separates it are two bytes. */
const straightened: usize = memory.data((8 * 1024 + 2 * 128) * 4, 4);
let straightenedEnd: usize = straightened;
/** Room for those of a line that is longer than its slice. */
let longEntries: usize = 0;
/** Where the entries of each line are that is to be read next, from the place before it on, and whether a value is not legal. */
const taken: usize = memory.data(128 * 4, 4);
const bad: usize = memory.data(128, 4);
let takenEnd: usize = taken;
let stampSec: f64 = -1;
/** How much is indexed first: little behind a line that stopped `scan`, since little is indexed in vain then. */
let firstSliceBytes: usize = SLICE_BYTES;

/** Earliest and latest start of all records that have one and are no malformed lines; whether any has none. */
let firstSec: f64 = Infinity;
let lastSec: f64 = -Infinity;
let hasUntimed: bool = false;

/** What is asked of records. */
export function setPlan(
  keyLimit: u32,
  ranged: bool,
  from: f64,
  to: f64,
  filtered: bool,
  statusAsked: bool,
): void {
  maxKeys = keyLimit;
  isRanged = ranged;
  fromSec = from;
  toSec = to;
  hasFilter = filtered;
  isStatusAsked = statusAsked;
}

/** Where the fields are that every record is judged by; after `setRegisters`. */
export function setSlots(start: u32, end: u32, packets: u32, bytes: u32, status: u32): void {
  startSlot = <usize>start << NUMBER_SHIFT;
  endSlot = <usize>end << NUMBER_SHIFT;
  packetsSlot = <usize>packets << NUMBER_SHIFT;
  bytesSlot = <usize>bytes << NUMBER_SHIFT;
  statusSlot = <usize>status << WORD_SHIFT;
}

/** Which value of which word makes a record a copy of one that counts; after `setRegisters`. */
export function setCopies(slot: u32, value: u32): void {
  tellsCopies = true;
  copySlot = <usize>slot << WORD_SHIFT;
  copyValue = value;
}

/** The documented field names: see `names`. */
export function setNames(at: usize): void {
  names = at;
}

/** The columns of the lines to come: their steps, and room for two entries more than there are columns. */
export function setColumns(
  stepsAt: usize,
  stepCount: u32,
  columns: u32,
  counts: bool,
  longEntriesAt: usize,
): void {
  steps = stepsAt;
  stepsEnd = stepsAt + <usize>stepCount * STEP_BYTES;
  columnCount = columns;
  hasCounts = counts;
  longEntries = longEntriesAt;
  clearRegisters();
}

/** The time of records without one; −1 for none. */
export function setStamp(seconds: f64): void {
  stampSec = seconds;
}

/** Forgets all records, but not texts, which keep their numbers. */
export function restart(): void {
  clearRows();
  memory.fill(tallies, 0, 11 * 8);
  firstSec = Infinity;
  lastSec = -Infinity;
  hasUntimed = false;
}

/** What a row takes; its words and numbers are where they are in every kernel of the plan. */
export function bytesPerRow(): usize {
  return rowBytes;
}

/** The earliest start so far; Infinity for none. */
export function earliestStart(): f64 {
  return firstSec;
}

/** The latest start so far; -Infinity for none. */
export function latestStart(): f64 {
  return lastSec;
}

/** Whether a record had no time. */
export function anyUntimed(): bool {
  return hasUntimed;
}

/** The distinct keys so far. */
export function countRows(): u32 {
  return rowCount;
}

/**
 * Reads the lines of `[start, end)`, which ends in a line feed. Stops at a line that begins with a field's name, unless
 * it is `record`, and returns its address; otherwise `ALL_READ` or `TOO_MANY_KEYS`.
 */
export function scan(start: usize, end: usize, record: usize): usize {
  let at = start;
  let sliceBytes = firstSliceBytes;
  firstSliceBytes = SLICE_BYTES;
  while (at < end) {
    const slice = at;
    const sliceEnd = min<usize>(at + sliceBytes, end);
    sliceBytes = min<usize>(sliceBytes * 2, SLICE_BYTES);
    const linesEnd = indexTokens(at, sliceEnd);
    if (linesEnd == lines) {
      // A line longer than this slice, which may be a small one.
      let feed = sliceEnd;
      while (load<u8>(feed) != 10) {
        feed++;
      }
      const isTaken = takeUneven(at, feed, longEntries, record);
      if (readLines() == TOO_MANY_KEYS) {
        return TOO_MANY_KEYS;
      }
      if (!isTaken) {
        firstSliceBytes = MIN_SLICE_BYTES;
        return at;
      }
      at = feed + 1;
      continue;
    }
    let entry = separators;
    for (let line = lines; line < linesEnd; line += 4) {
      const lineEnd = <usize>load<u32>(line);
      const feed = <usize>load<u32>(lineEnd - 4);
      const tokensEnd = isUneven ? endOfTokens(entry, lineEnd) : lineEnd;
      const isTaken =
        tokensEnd == 0
          ? takeUneven(at, feed, straightenedEnd, record)
          : takeLine(at, entry, tokensEnd, record);
      const isFull = takenEnd == taken + (LANES << 2);
      if (!isTaken || isFull) {
        if (readLines() == TOO_MANY_KEYS) {
          return TOO_MANY_KEYS;
        }
        if (!isTaken) {
          firstSliceBytes = MIN_SLICE_BYTES;
          return at;
        }
      }
      entry = lineEnd;
      at = feed + 1;
      if (isFull && <usize>(linesEnd - line) >> 2 < LANES / 2) {
        // What is left would be few lines: the next slice begins with them, and is about as long as all lanes need.
        sliceBytes = min<usize>(at - slice + SPARE_BYTES, SLICE_BYTES);
        break;
      }
    }
    if (readLines() == TOO_MANY_KEYS) {
      return TOO_MANY_KEYS;
    }
  }
  return ALL_READ;
}

/** Takes a line of which the entries are `[entry, entriesEnd)` if it can be a record; false if it may be a header. */
// @ts-ignore: decorator
@inline
function takeLine(start: usize, entry: usize, entriesEnd: usize, record: usize): bool {
  const count = <u32>((entriesEnd - entry) >> 2);
  if (load<u8>(start) >= 97 && start != record && count > 0 && isFieldName(start, <usize>load<u32>(entry) - start)) {
    return false;
  }
  if (count != columnCount) {
    tally(count == 0 ? BLANK : count < columnCount ? TOO_FEW_FIELDS : TOO_MANY_FIELDS);
    return true;
  }
  store<u32>(takenEnd, <u32>entry - 4);
  takenEnd += 4;
  return true;
}

/** Does the same with any other line, of which the entries are written to `room`. */
function takeUneven(start: usize, feed: usize, room: usize, record: usize): bool {
  const entry = room + 4;
  const entriesEnd = straighten(start, feed, entry, columnCount + 1);
  const before = takenEnd;
  const isTaken = takeLine(start, entry, entriesEnd, record);
  if (takenEnd != before && room == straightenedEnd) {
    straightenedEnd = entriesEnd;
  }
  return isTaken;
}

/** Reads the lines that were taken; returns `ALL_READ` or `TOO_MANY_KEYS`, after which nothing is to be read any more. */
function readLines(): usize {
  const count = (takenEnd - taken) >> 2;
  if (count == 0) {
    return ALL_READ;
  }
  takenEnd = taken;
  straightenedEnd = straightened;
  memory.fill(bad, 0, LANES);
  for (let step = steps; step < stepsEnd; step += STEP_BYTES) {
    readColumn(step, taken, count, bad);
  }
  return readLanes(count);
}

/**
 * Counts the records in the first lanes but those that are not legal; returns as `readLines` does. Rows are added for all of
 * them together, so that a limit of keys is seen by the lanes after those that went beyond it.
 */
function readLanes(count: usize): usize {
  if (!tellsCopies && !countsOnce && rowCount <= maxKeys && areUsual(count)) {
    for (let lane: usize = 0; lane < count; lane++) {
      useLane(lane);
      if (hasFilter && !passes()) {
        tally(FILTERED);
      } else {
        keepLane(lane, load<f64>(numbers + startSlot), load<f64>(numbers + endSlot));
      }
    }
  } else {
    for (let lane: usize = 0; lane < count; lane++) {
      if (load<u8>(bad + lane) != 0) {
        tally(BAD_VALUE);
        continue;
      }
      useLane(lane);
      if (readRecord(lane) == TOO_MANY_KEYS) {
        return TOO_MANY_KEYS;
      }
    }
  }
  store<f64>(tallies + FLOWS, load<f64>(tallies + FLOWS) + <f64>addLanes(count));
  return ALL_READ;
}

/**
 * Whether the records in the first lanes are all legal, have the status OK, a start in seconds and in the range, and an end in
 * seconds or none: all that `readRecord` judges but copies, the filter and the limit of keys. Their times have been noted then.
 */
function areUsual(count: usize): bool {
  if (count < 4) {
    return false;
  }
  useLane(0);
  let other = i64x2.splat(0);
  for (let lane: usize = 0; lane < count; lane += 4) {
    // The last four may be some of the four before them, too.
    other = v128.or(other, v128.load(words + statusSlot + (min<usize>(lane, count - 4) << 2)));
  }
  for (let lane: usize = 0; lane < LANES; lane += 16) {
    other = v128.or(other, v128.load(bad + lane));
  }
  let firstStart = f64x2.splat(Infinity);
  let lastStart = f64x2.splat(-Infinity);
  let lastEnd = lastStart;
  for (let lane: usize = 0; lane < count; lane += 2) {
    const at = min<usize>(lane, count - 2) << 3;
    const start = v128.load(numbers + startSlot + at);
    const end = v128.load(numbers + endSlot + at);
    firstStart = f64x2.pmin(firstStart, start);
    lastStart = f64x2.pmax(lastStart, start);
    lastEnd = f64x2.pmax(lastEnd, end);
  }
  const first = leastOf2(firstStart);
  const last = greatestOf2(lastStart);
  const from: f64 = isRanged ? max<f64>(fromSec, 0) : 0;
  const to: f64 = isRanged ? min<f64>(toSec, <f64>MISSING) : <f64>MISSING;
  if (
    v128.any_true(other) ||
    first < from ||
    last >= to ||
    greatestOf2(lastEnd) > MAX_SECONDS
  ) {
    return false;
  }
  firstSec = min(firstSec, first);
  lastSec = max(lastSec, last);
  return true;
}

// @ts-ignore: decorator
@inline
function leastOf2(pair: v128): f64 {
  return min(f64x2.extract_lane(pair, 0), f64x2.extract_lane(pair, 1));
}

// @ts-ignore: decorator
@inline
function greatestOf2(pair: v128): f64 {
  return max(f64x2.extract_lane(pair, 0), f64x2.extract_lane(pair, 1));
}

/** Reads the next `count` rows of columns of pages; returns as `scan` does. */
export function addCells(columns: usize, columnCount: u32, count: u32): usize {
  const columnsEnd = columns + <usize>columnCount * COLUMN_BYTES;
  for (let left = <usize>count; left > 0; ) {
    const lanes = min(left, LANES);
    memory.fill(bad, 0, LANES);
    for (let column = columns; column < columnsEnd; column += COLUMN_BYTES) {
      readPage(column, lanes, bad);
    }
    if (readLanes(lanes) == TOO_MANY_KEYS) {
      return TOO_MANY_KEYS;
    }
    left -= lanes;
  }
  return ALL_READ;
}

/** Judges the record in the registers, which are those of a lane; returns as `scan` does. */
// @ts-ignore: decorator
@inline
function readRecord(lane: usize): usize {
  let startSec = load<f64>(numbers + startSlot);
  let endSec = load<f64>(numbers + endSlot);
  if (startSec > MAX_SECONDS) {
    startSec = floor(startSec / 1000);
    store<f64>(numbers + startSlot, startSec);
  }
  if (endSec > MAX_SECONDS) {
    endSec = floor(endSec / 1000);
    store<f64>(numbers + endSlot, endSec);
  }
  if (startSec < 0) {
    startSec = endSec >= 0 ? endSec : stampSec;
  }
  // Time buckets are 32-bit words.
  if (startSec >= <f64>MISSING) {
    tally(BAD_VALUE);
    return ALL_READ;
  }
  if (startSec < 0) {
    hasUntimed = true;
  } else {
    firstSec = min(firstSec, startSec);
    lastSec = max(lastSec, startSec);
  }
  if (countsOnce) {
    learnRecord();
  }
  if (isRanged && (startSec < fromSec || startSec >= toSec)) {
    tally(OTHER_TIME);
    return ALL_READ;
  }
  const status = load<u32>(words + statusSlot);
  if (status != STATUS_OK) {
    if (status == MISSING) {
      // Formats without a status: a window without traffic shows as missing counts.
      if (hasCounts && load<f64>(numbers + packetsSlot) < 0 && load<f64>(numbers + bytesSlot) < 0) {
        tally(NO_DATA);
        return ALL_READ;
      }
    } else if (status != STATUS_NODATA && status != STATUS_SKIPDATA) {
      tally(BAD_STATUS);
      return ALL_READ;
    } else if (!isStatusAsked || !passes()) {
      tally(status == STATUS_NODATA ? NO_DATA : SKIP_DATA);
      return ALL_READ;
    }
  }
  if (tellsCopies && load<u32>(words + copySlot) == copyValue) {
    tally(COPIES);
    return ALL_READ;
  }
  if (hasFilter && !passes()) {
    tally(FILTERED);
    return ALL_READ;
  }
  if (countsOnce && isCopy()) {
    tally(COPIES);
    return ALL_READ;
  }
  // Rows are added when all lanes have been judged, so that none is kept then.
  if (rowCount > maxKeys) {
    return TOO_MANY_KEYS;
  }
  keepLane(lane, startSec, endSec);
  return ALL_READ;
}

// @ts-ignore: decorator
@inline
function tally(what: usize): void {
  store<f64>(tallies + what, load<f64>(tallies + what) + 1);
}

/** True if a token is a documented field's name. */
function isFieldName(start: usize, length: usize): bool {
  const letter = <usize>load<u8>(start) - 97;
  if (letter > 25) {
    return false;
  }
  let name = <usize>load<u32>(names + (letter << 2));
  const end = <usize>load<u32>(names + (letter << 2), 4);
  for (; name < end; name += 8) {
    if (<usize>load<u32>(name) == length) {
      const text = <usize>load<u32>(name, 4);
      let i: usize = 0;
      while (i < length && load<u8>(text + i) == load<u8>(start + i)) {
        i++;
      }
      if (i == length) {
        return true;
      }
    }
  }
  return false;
}
