/**
 * The hash table in which records are added up: one row per distinct key. Rows keep their words (key words, then a tag
 * word with the families of addresses, then the bucket) and their sums; at the end they are sorted once into a `Digest`.
 */
import { FlowError } from '../errors';
import { MISSING, NO_TALLIES } from './digest';
import type { Digest, KeyColumn } from './digest';
import { columnWidth, decodeRows, joinV6, rowWidth, writeLong } from './encode-columns';
import type { ColumnSpec, RowSpec } from './encode-columns';
import { sortRows } from './order-rows';
import type { DigestPlan } from './plan';
import type { Registers } from './registers';
import { compareIPv6Ids, compareTexts, rankIds } from './text-table';

export interface RowTable {
  readonly rowCount: number;
  /** Adds the record in the registers; `startSec` and `endSec` are −1 where it has none. */
  add(startSec: number, endSec: number): void;
  /** The rows as a digest without tallies. */
  finish(): Digest;
}

/** Sums of a row: flows, earliest start, latest end, then those of the plan. */
const FLOWS = 0;
const MIN_START = 1;
const MAX_END = 2;
const FIRST_SUM = 3;
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
  const keyCount = keys.length;
  const addressSlots = keys.flatMap(({ kind }, slot) => (kind === 'address' ? [slot] : []));
  const hasTag = addressSlots.length > 0;
  const hasBucket = bucketSec > 0;
  const width = keyCount + (hasTag ? 1 : 0) + (hasBucket ? 1 : 0);
  const sumSlots = sumNames.map((name) => registers.numberSlot(name));
  const sumCount = sumSlots.length;
  const addressCount = addressSlots.length;

  const portKey = keys.findIndex(({ kind }) => kind === 'port');
  const srcKey = keys.findIndex(({ name }) => name === 'srcport');
  const dstKey = keys.findIndex(({ name }) => name === 'dstport');
  const srcSlot = registers.wordSlot('srcport');
  const dstSlot = registers.wordSlot('dstport');
  const foldsPorts = plan.portRule === 'lower' && srcKey >= 0 && dstKey >= 0;

  // A row is its words, padded to eight bytes, and its sums: neighbours in memory, since both are touched together.
  const sumsAt = Math.ceil(width / 2);
  const stride = sumsAt + FIRST_SUM + sumCount;
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
    const ipv6 = rankIds(registers.ipv6.size, compareIPv6Ids(registers.ipv6));
    const v6 = joinV6(Array.from(ipv6.order, (id) => registers.ipv6.bytes(id)));
    const translations: (Uint32Array | Float64Array | undefined)[] = [];
    const columns = keys.map(({ name, kind }): ColumnSpec => {
      if (kind === 'text' || kind === 'long') {
        const table = registers.textTable(name);
        if (kind === 'long') {
          translations.push(Float64Array.from({ length: table.size }, (_, id) => Number(table.text(id))));
          return { kind, name };
        }
        const { ranks, order } = rankIds(table.size, (a, b) => compareTexts(table.text(a), table.text(b)));
        translations.push(ranks);
        return { kind, name, dictionary: Array.from(order, (id) => table.text(id)) };
      }
      translations.push(undefined);
      return kind === 'address' ? { kind, name, v6 } : { kind: 'integer', name };
    });
    const spec: RowSpec = { hasBucket, columns };
    const ordered = new Uint32Array(count * rowWidth(spec));
    for (let row = 0, at = 0; row < count; row++) {
      const from = row * stride * 2;
      if (hasBucket) {
        ordered[at++] = words[from + width - 1]! >>> 0;
      }
      let tagShift = addressSlots.length * 4;
      for (let i = 0; i < keyCount; i++) {
        const word = words[from + i]! >>> 0;
        const translation = translations[i];
        switch (columns[i]!.kind) {
          case 'address': {
            tagShift -= 4;
            const family = (words[from + keyCount]! >>> tagShift) & 15;
            ordered[at] = family;
            ordered[at + 1] = family === 0 ? 0 : family === 6 ? ipv6.ranks[word]! : word;
            break;
          }
          case 'long':
            writeLong(word === MISSING ? -1 : translation![word]!, ordered, at);
            break;
          default:
            ordered[at] = word === MISSING || !translation ? word : translation[word]!;
        }
        at += columnWidth(columns[i]!.kind);
      }
    }
    const rows = { width: rowWidth(spec), rowCount: count, words: ordered };
    const order = sortRows(rows);
    const column = (offset: number): Float64Array => {
      const values = new Float64Array(count);
      for (let row = 0; row < count; row++) {
        values[row] = sums[order[row]! * stride + sumsAt + offset]!;
      }
      return values;
    };
    const { bucketStartSec, keys: keyColumns } = decodeRows(rows, spec, order);
    return {
      rowCount: count,
      bucketStartSec,
      keys: keyColumns.map(dropUnusedValues),
      flows: column(FLOWS),
      sums: sumNames.map((name, i) => ({ name, values: column(FIRST_SUM + i) })),
      minStartSec: column(MIN_START),
      maxEndSec: column(MAX_END),
      tallies: NO_TALLIES,
    };
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

/**
 * The column with only the texts and addresses that its rows hold: what filtered records brought must not show, so that
 * equal rows are equal bytes.
 */
function dropUnusedValues(column: KeyColumn): KeyColumn {
  if (column.kind === 'text') {
    const { codes, dictionary } = column;
    const kept = keepUsed(codes, dictionary.length, (row) => codes[row] !== MISSING);
    return { ...column, codes, dictionary: Array.from(kept, (code) => dictionary[code]!) };
  }
  if (column.kind === 'address') {
    const { words, families, v6 } = column;
    const kept = keepUsed(words, v6.length / 16, (row) => families[row] === 6);
    return { ...column, v6: joinV6(Array.from(kept, (id) => v6.subarray(id * 16, id * 16 + 16))) };
  }
  return column;
}

/** Renumbers `codes` in place (of the rows that `applies` names) to the values in use, and returns these, ascending. */
function keepUsed(codes: Uint32Array, size: number, applies: (row: number) => boolean): Uint32Array {
  const renumbered = new Uint32Array(size);
  for (let row = 0; row < codes.length; row++) {
    if (applies(row)) {
      renumbered[codes[row]!] = 1;
    }
  }
  const used = Uint32Array.from({ length: size }, (_, code) => code).filter((code) => renumbered[code] === 1);
  used.forEach((code, place) => (renumbered[code] = place));
  for (let row = 0; row < codes.length; row++) {
    if (applies(row)) {
      codes[row] = renumbered[codes[row]!]!;
    }
  }
  return used;
}
