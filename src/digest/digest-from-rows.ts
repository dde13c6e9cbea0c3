/**
 * From rows as they are added up to a digest: texts and IPv6 addresses are numbered in their order, rows are sorted once.
 *
 * A row is its words (keys, then a tag with the families of addresses, then the bucket), padded to eight bytes, and its
 * numbers (flows, earliest start, latest end, sums): neighbours in memory, since both are touched together.
 */
import { MISSING, NO_TALLIES } from './digest';
import type { Digest, KeyColumn } from './digest';
import { columnWidth, decodeRows, joinV6, rowWidth, writeLong } from './encode-columns';
import type { ColumnSpec, RowSpec } from './encode-columns';
import { sortRows } from './order-rows';
import type { DigestPlan } from './plan';
import type { Registers } from './registers';
import { compareTexts, rankIds } from './text-table';

/** Places of a row's numbers, from `RowLayout.sumsAt` on. */
export const FLOWS = 0;
export const MIN_START = 1;
export const MAX_END = 2;
export const FIRST_SUM = 3;

/** Where a row of a plan keeps what. */
export interface RowLayout {
  readonly keyCount: number;
  /** The keys that are addresses. The tag has four bits for each, the last one's lowest. */
  readonly addressSlots: readonly number[];
  readonly hasBucket: boolean;
  /** Words: keys, tag (if there are addresses), bucket (if there are buckets). */
  readonly width: number;
  /** The first number, counted in numbers. */
  readonly sumsAt: number;
  /** A row's length, counted in numbers. */
  readonly stride: number;
}

/** Rows one after the other, of distinct keys; `words` and `numbers` are views of the same memory. */
export interface Rows {
  readonly rowCount: number;
  readonly words: Int32Array;
  readonly numbers: Float64Array;
}

/** The layout of a plan's rows. */
export function rowLayout({ keys, sums, bucketSec = 0 }: DigestPlan): RowLayout {
  const addressSlots = keys.flatMap(({ kind }, slot) => (kind === 'address' ? [slot] : []));
  const hasBucket = bucketSec > 0;
  const width = keys.length + (addressSlots.length > 0 ? 1 : 0) + (hasBucket ? 1 : 0);
  const sumsAt = Math.ceil(width / 2);
  return { keyCount: keys.length, addressSlots, hasBucket, width, sumsAt, stride: sumsAt + FIRST_SUM + sums.length };
}

/** The digest of these rows, without tallies; `registers` gave the numbers of texts and IPv6 addresses. */
export function digestFromRows(plan: DigestPlan, registers: Registers, { rowCount, words, numbers }: Rows): Digest {
  const layout = rowLayout(plan);
  const { keyCount, addressSlots, hasBucket, width, sumsAt, stride } = layout;
  const { columns, translations, ipv6Ranks } = orderValues(plan, registers);
  const spec: RowSpec = { hasBucket, columns };
  const ordered = new Uint32Array(rowCount * rowWidth(spec));
  let at = 0;
  for (let row = 0; row < rowCount; row++) {
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
          ordered[at++] = family;
          ordered[at++] = family === 0 ? 0 : family === 6 ? ipv6Ranks[word]! : word;
          break;
        }
        case 'long':
          writeLong(word === MISSING ? -1 : translation![word]!, ordered, at);
          at += columnWidth('long');
          break;
        default:
          ordered[at++] = word === MISSING || !translation ? word : translation[word]!;
      }
    }
  }
  const rows = { width: rowWidth(spec), rowCount, words: ordered };
  const order = sortRows(rows);
  const column = (offset: number): Float64Array => {
    const values = new Float64Array(rowCount);
    for (let row = 0; row < rowCount; row++) {
      values[row] = numbers[order[row]! * stride + sumsAt + offset]!;
    }
    return values;
  };
  const { bucketStartSec, keys } = decodeRows(rows, spec, order);
  return {
    rowCount,
    bucketStartSec,
    keys: keys.map(dropUnusedValues),
    flows: column(FLOWS),
    sums: plan.sums.map((name, i) => ({ name, values: column(FIRST_SUM + i) })),
    minStartSec: column(MIN_START),
    maxEndSec: column(MAX_END),
    tallies: NO_TALLIES,
  };
}

/** The columns with their vocabularies in order, and what each number of a text or IPv6 address becomes there. */
function orderValues(
  { keys }: DigestPlan,
  { ipv6, textTable }: Registers,
): { columns: ColumnSpec[]; translations: (Uint32Array | Float64Array | undefined)[]; ipv6Ranks: Uint32Array } {
  const { ranks: ipv6Ranks, order: ipv6Order } = rankIds(ipv6.size, ipv6.compare());
  const v6 = joinV6(Array.from(ipv6Order, (id) => ipv6.bytes(id)));
  const translations: (Uint32Array | Float64Array | undefined)[] = [];
  const columns = keys.map(({ name, kind }): ColumnSpec => {
    if (kind === 'text' || kind === 'long') {
      const table = textTable(name);
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
  return { columns, translations, ipv6Ranks };
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
