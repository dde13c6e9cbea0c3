/**
 * Between key columns and ordered words (`order-rows.ts`). A column takes one word, or two where its order needs them:
 * the family before an address, the high half before the low half of a 64-bit number. Texts and IPv6 addresses are
 * words of a vocabulary, a sorted list that all rows to be compared share.
 */
import { compareBytes } from '../flow/address';
import { MISSING } from './digest';
import type { Digest, KeyColumn } from './digest';
import type { OrderedWords } from './order-rows';
import { compareTexts } from './text-table';

/** What key columns of one kind share: kind and name, and the sorted distinct values that their words number. */
export type ColumnSpec =
  | { readonly kind: 'integer' | 'long'; readonly name: string }
  | { readonly kind: 'text'; readonly name: string; readonly dictionary: readonly string[] }
  | { readonly kind: 'address'; readonly name: string; readonly v6: Uint8Array };

/** How rows are laid out as ordered words. */
export interface RowSpec {
  readonly hasBucket: boolean;
  readonly columns: readonly ColumnSpec[];
}

const HIGH = 2 ** 32;

/** The words that a row of this layout takes. */
export function rowWidth({ hasBucket, columns }: RowSpec): number {
  return columns.reduce((sum, { kind }) => sum + columnWidth(kind), hasBucket ? 1 : 0);
}

/** The words that a key column of a kind takes. */
export function columnWidth(kind: KeyColumn['kind']): number {
  return kind === 'address' || kind === 'long' ? 2 : 1;
}

/** Writes a 64-bit key at `at`; −1, which stands for `-`, comes first. */
export function writeLong(value: number, into: Uint32Array, at: number): void {
  into[at] = value < 0 ? 0 : Math.floor(value / HIGH) + 1;
  into[at + 1] = value < 0 ? 0 : value % HIGH;
}

/** One layout for two digests of one plan: their vocabularies merged, and where each one's numbers went. */
export function unifySpecs(a: Digest, b: Digest): UnifiedSpecs {
  const mapsA: (Uint32Array | undefined)[] = [];
  const mapsB: (Uint32Array | undefined)[] = [];
  const columns = a.keys.map((left, i): ColumnSpec => {
    const right = b.keys[i];
    if (left.kind === 'text' && right?.kind === 'text') {
      const { values, mapA, mapB } = unifySorted(left.dictionary, right.dictionary, compareTexts);
      mapsA.push(mapA);
      mapsB.push(mapB);
      return { kind: 'text', name: left.name, dictionary: values };
    }
    if (left.kind === 'address' && right?.kind === 'address') {
      const { values, mapA, mapB } = unifySorted(splitV6(left.v6), splitV6(right.v6), compareBytes);
      mapsA.push(mapA);
      mapsB.push(mapB);
      return { kind: 'address', name: left.name, v6: joinV6(values) };
    }
    if (left.kind !== right?.kind || left.name !== right.name) {
      throw new Error(`BUG: digests of different plans cannot be merged (${left.name}, ${right?.name})`);
    }
    mapsA.push(undefined);
    mapsB.push(undefined);
    return { kind: left.kind as 'integer' | 'long', name: left.name };
  });
  const spec = { hasBucket: a.bucketStartSec !== undefined, columns };
  return {
    ...{ spec, mapsA, mapsB },
    encodeA: () => encodeRows(a, spec, mapsA),
    encodeB: () => encodeRows(b, spec, mapsB),
  };
}

/** A layout, what each one's vocabularies are in it by column, and each one's rows. */
export interface UnifiedSpecs {
  readonly spec: RowSpec;
  readonly mapsA: readonly (Uint32Array | undefined)[];
  readonly mapsB: readonly (Uint32Array | undefined)[];
  readonly encodeA: Encoder;
  readonly encodeB: Encoder;
}

/** Makes the ordered words of one digest. */
export type Encoder = () => OrderedWords;

function encodeRows(digest: Digest, spec: RowSpec, maps: readonly (Uint32Array | undefined)[]): OrderedWords {
  const { rowCount } = digest;
  const width = rowWidth(spec);
  const words = new Uint32Array(rowCount * width);
  let offset = 0;
  if (digest.bucketStartSec) {
    spread(digest.bucketStartSec, undefined, words, offset++, width);
  }
  digest.keys.forEach((column, i) => {
    switch (column.kind) {
      case 'integer':
        spread(column.values, undefined, words, offset, width);
        break;
      case 'text':
        spread(column.codes, maps[i], words, offset, width);
        break;
      case 'long':
        for (let row = 0; row < rowCount; row++) {
          writeLong(column.values[row]!, words, row * width + offset);
        }
        break;
      case 'address': {
        const map = maps[i]!;
        for (let row = 0; row < rowCount; row++) {
          const family = column.families[row]!;
          const word = column.words[row]!;
          words[row * width + offset] = family;
          words[row * width + offset + 1] = family === 6 ? map[word]! : word;
        }
      }
    }
    offset += columnWidth(column.kind);
  });
  return { width, rowCount, words };
}

/** Every `width`-th word from `offset` on becomes the column's value, translated by `map` unless it is missing. */
function spread(
  values: Uint32Array,
  map: Uint32Array | undefined,
  into: Uint32Array,
  offset: number,
  width: number,
): void {
  for (let row = 0, at = offset; row < values.length; row++, at += width) {
    const value = values[row]!;
    into[at] = map === undefined || value === MISSING ? value : map[value]!;
  }
}

/** The key columns (and buckets) of the first `rowCount` rows, taken in `order` if one is given. */
export function decodeRows(
  rows: OrderedWords,
  spec: RowSpec,
  order?: Uint32Array,
): { bucketStartSec?: Uint32Array; keys: KeyColumn[] } {
  const { width, rowCount, words } = rows;
  let offset = 0;
  const take = (): Uint32Array => {
    const values = new Uint32Array(rowCount);
    for (let row = 0; row < rowCount; row++) {
      values[row] = words[(order ? order[row]! : row) * width + offset]!;
    }
    offset++;
    return values;
  };
  const bucketStartSec = spec.hasBucket ? take() : undefined;
  const keys = spec.columns.map((column): KeyColumn => {
    switch (column.kind) {
      case 'integer':
        return { kind: 'integer', name: column.name, values: take() };
      case 'text':
        return { kind: 'text', name: column.name, codes: take(), dictionary: column.dictionary };
      case 'long': {
        const high = take();
        const low = take();
        const values = Float64Array.from(high, (word, row) => (word === 0 ? -1 : (word - 1) * HIGH + low[row]!));
        return { kind: 'long', name: column.name, values };
      }
      case 'address':
        return { kind: 'address', name: column.name, families: Uint8Array.from(take()), words: take(), v6: column.v6 };
    }
  });
  return { bucketStartSec, keys };
}

/** The union of two sorted lists, with the place in it of each one's members. */
function unifySorted<T>(
  a: readonly T[],
  b: readonly T[],
  compare: (x: T, y: T) => number,
): { values: T[]; mapA: Uint32Array; mapB: Uint32Array } {
  const values: T[] = [];
  const mapA = new Uint32Array(a.length);
  const mapB = new Uint32Array(b.length);
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const side = i >= a.length ? 1 : j >= b.length ? -1 : compare(a[i]!, b[j]!);
    values.push(side <= 0 ? a[i]! : b[j]!);
    if (side <= 0) {
      mapA[i++] = values.length - 1;
    }
    if (side >= 0) {
      mapB[j++] = values.length - 1;
    }
  }
  return { values, mapA, mapB };
}

function splitV6(v6: Uint8Array): Uint8Array[] {
  return Array.from({ length: v6.length / 16 }, (_, i) => v6.subarray(i * 16, i * 16 + 16));
}

/** Addresses of 16 bytes each, one after the other. */
export function joinV6(addresses: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(addresses.length * 16);
  addresses.forEach((address, i) => joined.set(address, i * 16));
  return joined;
}
