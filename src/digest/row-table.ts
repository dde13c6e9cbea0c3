/**
 * The hash table in which records are added up: one row per distinct key, laid out as `digest-from-rows.ts` reads them.
 */
import { FlowError } from '../errors';
import { MISSING } from './digest';
import type { Digest } from './digest';
import { FIRST_SUM, FLOWS, MAX_END, MIN_START, digestFromRows, rowLayout } from './digest-from-rows';
import type { DigestPlan } from './plan';
import type { Registers } from './registers';

export interface RowTable {
  readonly rowCount: number;
  /** Adds the record in the registers; `startSec` and `endSec` are −1 where it has none. */
  add(startSec: number, endSec: number): void;
  /** The rows as a digest without tallies. */
  finish(): Digest;
}

const SIGNED_MISSING = MISSING | 0;
/** Records looked up together. */
const BATCH = 256;

/**
 * An empty table for the rows of a plan. `add` throws `over-limit` soon after more than `plan.maxKeys` rows have appeared;
 * the record given then is not counted, all before it are.
 */
export function createRowTable(plan: DigestPlan, registers: Registers): RowTable {
  const { families, numbers } = registers;
  // Words as signed integers: engines keep those in registers of their own, and equality is the same.
  const registerWords = new Int32Array(registers.words.buffer);
  const { keys, sums: sumNames, bucketSec = 0, maxKeys } = plan;
  const { keyCount, addressSlots, hasBucket, width, sumsAt, stride } = rowLayout(plan);
  const hasTag = addressSlots.length > 0;
  const sumSlots = sumNames.map((name) => registers.numberSlot(name));
  const sumCount = sumSlots.length;
  const addressCount = addressSlots.length;

  const portKey = keys.findIndex(({ kind }) => kind === 'port');
  const srcKey = keys.findIndex(({ name }) => name === 'srcport');
  const dstKey = keys.findIndex(({ name }) => name === 'dstport');
  const srcSlot = registers.wordSlot('srcport');
  const dstSlot = registers.wordSlot('dstport');
  const foldsPorts = plan.portRule === 'lower' && srcKey >= 0 && dstKey >= 0;

  let capacity = 1024;
  let sums = new Float64Array(capacity * stride);
  let words = new Int32Array(sums.buffer);
  // Open addressing; a slot is a hash and a row (−1 for none).
  let index = new Int32Array(capacity * 4).fill(-1);
  let mask = capacity * 2 - 1;
  let count = 0;

  // Records wait here until a batch is looked up together: its cache misses then overlap.
  const batchWords = new Int32Array(BATCH * width);
  const batchHashes = new Int32Array(BATCH);
  const batchRows = new Int32Array(BATCH);
  const batchNumbers = new Float64Array(BATCH * (2 + sumCount));
  let batched = 0;
  // Receives what the second pass reads, so that a compiler may not leave it out.
  const touched = new Int32Array(1);

  function add(startSec: number, endSec: number): void {
    if (count > maxKeys) {
      throw tooManyKeys(maxKeys);
    }
    const at = batched * width;
    for (let i = 0; i < keyCount; i++) {
      batchWords[at + i] = registerWords[i]!;
    }
    if (portKey >= 0) {
      // MISSING is the largest word, so a port that is there wins over one that is not.
      batchWords[at + portKey] = Math.min(registerWords[srcSlot]! >>> 0, registerWords[dstSlot]! >>> 0);
    }
    if (foldsPorts) {
      const src = registerWords[srcSlot]!;
      const dst = registerWords[dstSlot]!;
      if (src !== SIGNED_MISSING && dst !== SIGNED_MISSING) {
        batchWords[at + (src < dst ? dstKey : srcKey)] = 0;
      }
    }
    if (hasTag) {
      let tag = 0;
      for (let i = 0; i < addressCount; i++) {
        tag = (tag << 4) | families[addressSlots[i]!]!;
      }
      batchWords[at + keyCount] = tag;
    }
    if (hasBucket) {
      batchWords[at + width - 1] = startSec < 0 ? MISSING : startSec - (startSec % bucketSec);
    }
    let hash = 0x9e3779b9 | 0;
    for (let i = at, end = at + width; i < end; i++) {
      hash = Math.imul(hash ^ batchWords[i]!, 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    batchHashes[batched] = hash;
    const numbersAt = batched * (2 + sumCount);
    batchNumbers[numbersAt] = startSec;
    batchNumbers[numbersAt + 1] = endSec;
    for (let i = 0; i < sumCount; i++) {
      batchNumbers[numbersAt + 2 + i] = numbers[sumSlots[i]!]!;
    }
    if (++batched === BATCH) {
      flush();
    }
  }

  /** Adds up the records of the batch. */
  function flush(): void {
    // Locals, because variables of the closure are loaded anew at every use.
    let [rowWords, rowSums, slots, slotMask] = [words, sums, index, mask];
    let seen = 0;
    // Two passes of independent loads bring index and rows into the cache.
    for (let i = 0; i < batched; i++) {
      batchRows[i] = slots[(batchHashes[i]! & slotMask) * 2 + 1]!;
    }
    for (let i = 0; i < batched; i++) {
      const row = batchRows[i]!;
      seen ^= row < 0 ? 0 : rowWords[row * stride * 2]!;
    }
    touched[0] = seen;
    for (let i = 0; i < batched; i++) {
      const hash = batchHashes[i]!;
      const keyAt = i * width;
      let slot = hash & slotMask;
      let row = slots[slot * 2 + 1]!;
      while (row >= 0) {
        if (slots[slot * 2] === hash) {
          const rowAt = row * stride * 2;
          let k = 0;
          while (k < width && rowWords[rowAt + k] === batchWords[keyAt + k]) {
            k++;
          }
          if (k === width) {
            break;
          }
        }
        slot = (slot + 1) & slotMask;
        row = slots[slot * 2 + 1]!;
      }
      if (row < 0) {
        row = insert(hash, keyAt);
        [rowWords, rowSums, slots, slotMask] = [words, sums, index, mask];
      }
      const at = row * stride + sumsAt;
      const numbersAt = i * (2 + sumCount);
      const startSec = batchNumbers[numbersAt]!;
      const endSec = batchNumbers[numbersAt + 1]!;
      rowSums[at + FLOWS]! += 1;
      if (startSec >= 0 && startSec < rowSums[at + MIN_START]!) {
        rowSums[at + MIN_START] = startSec;
      }
      if (endSec >= 0 && endSec > rowSums[at + MAX_END]!) {
        rowSums[at + MAX_END] = endSec;
      }
      for (let k = 0; k < sumCount; k++) {
        const value = batchNumbers[numbersAt + 2 + k]!;
        if (value > 0) {
          rowSums[at + FIRST_SUM + k]! += value;
        }
      }
    }
    batched = 0;
  }

  /** Appends a row for the batch's key at `keyAt`. */
  function insert(hash: number, keyAt: number): number {
    if (count === capacity) {
      grow();
    }
    const row = count++;
    const rowAt = row * stride * 2;
    for (let i = 0; i < width; i++) {
      words[rowAt + i] = batchWords[keyAt + i]!;
    }
    sums[row * stride + sumsAt + MIN_START] = Infinity;
    sums[row * stride + sumsAt + MAX_END] = -Infinity;
    place(row, hash);
    return row;
  }

  function grow(): void {
    capacity *= 2;
    const larger = new Float64Array(capacity * stride);
    larger.set(sums);
    sums = larger;
    words = new Int32Array(larger.buffer);
    const old = index;
    index = new Int32Array(capacity * 4).fill(-1);
    mask = capacity * 2 - 1;
    for (let slot = 0; slot < old.length; slot += 2) {
      if (old[slot + 1]! >= 0) {
        place(old[slot + 1]!, old[slot]!);
      }
    }
  }

  function place(row: number, hash: number): void {
    let slot = hash & mask;
    while (index[slot * 2 + 1]! >= 0) {
      slot = (slot + 1) & mask;
    }
    index[slot * 2] = hash;
    index[slot * 2 + 1] = row;
  }

  function finish(): Digest {
    flush();
    return digestFromRows(plan, registers, { rowCount: count, words, numbers: sums });
  }

  return {
    get rowCount() {
      return count;
    },
    add,
    finish,
  };
}

/** The error of a digest with more rows than it may have. */
export function tooManyKeys(maxKeys: number): FlowError {
  return new FlowError(
    'over-limit',
    `cannot digest: more than ${maxKeys} distinct keys; group by fewer fields, filter, or raise the limit of keys`,
    { fields: { limit: 'maxKeys', value: maxKeys } },
  );
}
