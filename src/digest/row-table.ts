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

/** An empty table for the rows of a plan; throws `over-limit` when more than `plan.maxKeys` rows appear. */
export function createRowTable(plan: DigestPlan, registers: Registers): RowTable {
  const { words: registerWords, families, numbers } = registers;
  const { keys, sums: sumNames, bucketSec = 0, maxKeys } = plan;
  const keyCount = keys.length;
  const addressSlots = keys.flatMap(({ kind }, slot) => (kind === 'address' ? [slot] : []));
  const hasTag = addressSlots.length > 0;
  const hasBucket = bucketSec > 0;
  const width = keyCount + (hasTag ? 1 : 0) + (hasBucket ? 1 : 0);
  const sumSlots = sumNames.map((name) => registers.numberSlot(name));
  const sumCount = sumSlots.length;
  const stride = FIRST_SUM + sumCount;

  const portKey = keys.findIndex(({ kind }) => kind === 'port');
  const srcKey = keys.findIndex(({ name }) => name === 'srcport');
  const dstKey = keys.findIndex(({ name }) => name === 'dstport');
  const srcSlot = registers.wordSlot('srcport');
  const dstSlot = registers.wordSlot('dstport');
  const foldsPorts = plan.portRule === 'lower' && srcKey >= 0 && dstKey >= 0;

  const key = new Uint32Array(width);
  let capacity = 1024;
  let rowWords = new Uint32Array(capacity * width);
  let rowSums = new Float64Array(capacity * stride);
  let rowHashes = new Int32Array(capacity);
  let index = new Int32Array(capacity * 2).fill(-1);
  let mask = index.length - 1;
  let count = 0;

  function add(startSec: number, endSec: number): void {
    for (let i = 0; i < keyCount; i++) {
      key[i] = registerWords[i]!;
    }
    if (portKey >= 0) {
      // MISSING is the largest word, so a port that is there wins over one that is not.
      key[portKey] = Math.min(registerWords[srcSlot]!, registerWords[dstSlot]!);
    }
    if (foldsPorts) {
      const src = key[srcKey]!;
      const dst = key[dstKey]!;
      if (src !== MISSING && dst !== MISSING) {
        key[src < dst ? dstKey : srcKey] = 0;
      }
    }
    if (hasTag) {
      let tag = 0;
      for (const slot of addressSlots) {
        tag = (tag << 4) | families[slot]!;
      }
      key[keyCount] = tag;
    }
    if (hasBucket) {
      key[width - 1] = startSec < 0 ? MISSING : startSec - (startSec % bucketSec);
    }
    let hash = 0x9e3779b9 | 0;
    for (let i = 0; i < width; i++) {
      hash = Math.imul(hash ^ key[i]!, 0x85ebca6b);
      hash ^= hash >>> 15;
    }

    let slot = hash & mask;
    let row = index[slot]!;
    while (row >= 0) {
      if (rowHashes[row] === hash) {
        let i = 0;
        const at = row * width;
        while (i < width && rowWords[at + i] === key[i]) {
          i++;
        }
        if (i === width) {
          break;
        }
      }
      slot = (slot + 1) & mask;
      row = index[slot]!;
    }
    if (row < 0) {
      row = insert(hash);
    }

    const at = row * stride;
    rowSums[at + FLOWS]! += 1;
    if (startSec >= 0 && startSec < rowSums[at + MIN_START]!) {
      rowSums[at + MIN_START] = startSec;
    }
    if (endSec >= 0 && endSec > rowSums[at + MAX_END]!) {
      rowSums[at + MAX_END] = endSec;
    }
    for (let i = 0; i < sumCount; i++) {
      const value = numbers[sumSlots[i]!]!;
      if (value > 0) {
        rowSums[at + FIRST_SUM + i]! += value;
      }
    }
  }

  /** Appends a row for `key`. */
  function insert(hash: number): number {
    if (count >= maxKeys) {
      throw new FlowError(
        'over-limit',
        `cannot digest: more than ${maxKeys} distinct keys; group by fewer fields, filter, or raise the limit of keys`,
        { fields: { limit: 'maxKeys', value: maxKeys } },
      );
    }
    if (count === capacity) {
      grow();
    }
    const row = count++;
    rowWords.set(key, row * width);
    rowSums[row * stride + MIN_START] = Infinity;
    rowSums[row * stride + MAX_END] = -Infinity;
    rowHashes[row] = hash;
    place(row, hash);
    return row;
  }

  function grow(): void {
    capacity *= 2;
    const largerWords = new Uint32Array(capacity * width);
    largerWords.set(rowWords);
    rowWords = largerWords;
    const largerSums = new Float64Array(capacity * stride);
    largerSums.set(rowSums);
    rowSums = largerSums;
    const largerHashes = new Int32Array(capacity);
    largerHashes.set(rowHashes);
    rowHashes = largerHashes;
    index = new Int32Array(capacity * 2).fill(-1);
    mask = index.length - 1;
    for (let row = 0; row < count; row++) {
      place(row, rowHashes[row]!);
    }
  }

  function place(row: number, hash: number): void {
    let slot = hash & mask;
    while (index[slot]! >= 0) {
      slot = (slot + 1) & mask;
    }
    index[slot] = row;
  }

  function finish(): Digest {
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
      const from = row * width;
      if (hasBucket) {
        ordered[at++] = rowWords[from + width - 1]!;
      }
      let tagShift = addressSlots.length * 4;
      for (let i = 0; i < keyCount; i++) {
        const word = rowWords[from + i]!;
        const translation = translations[i];
        switch (columns[i]!.kind) {
          case 'address': {
            tagShift -= 4;
            const family = (rowWords[from + keyCount]! >>> tagShift) & 15;
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
        values[row] = rowSums[order[row]! * stride + offset]!;
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
