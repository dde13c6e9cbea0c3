/**
 * A large digest with the rows of a small one: the few are looked up among the many, which are copied column by column. The
 * same as a merge (`merge.ts`), which looks at every row.
 */
import { MISSING, addTallies, type Digest, type KeyColumn } from './digest';
import type { Column } from './share-digest';
import { rowWidth, unifySpecs, writeLong, type ColumnSpec } from './encode-columns';

/**
 * Both together. They must be sorted, and of one plan; columns that are as in `many` are its own, others lie in shared memory,
 * each in a block of its own.
 */
export function addFew(many: Digest, few: Digest): Digest {
  const { spec, mapsA, mapsB, encodeB } = unifySpecs(many, few);
  const width = rowWidth(spec);
  const { words } = encodeB();
  const compare = compareWith(many, mapsA, words, width);

  /** Per row of the few the first of the many that is not before it, and whether it is the same. */
  const places = new Uint32Array(few.rowCount);
  const isSame = new Uint8Array(few.rowCount);
  let newCount = 0;
  for (let row = 0, from = 0; row < few.rowCount; row++) {
    let to = many.rowCount;
    // Rows that follow each other are near each other: steps get longer until one is too far.
    for (let step = 1; from + step < many.rowCount; step *= 2) {
      if (compare(from + step, row) >= 0) {
        to = from + step;
        break;
      }
    }
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (compare(middle, row) < 0) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    places[row] = from;
    isSame[row] = from < many.rowCount && compare(from, row) === 0 ? 1 : 0;
    newCount += 1 - isSame[row]!;
  }

  const rowCount = many.rowCount + newCount;
  /** Where the rows of the few are now. */
  const now = new Uint32Array(few.rowCount);
  /** Those that are new, in order, and where they are now. */
  const added = new Uint32Array(newCount);
  const addedAt = new Uint32Array(newCount);
  for (let row = 0, before = 0; row < few.rowCount; row++) {
    now[row] = places[row]! + before;
    if (isSame[row] === 0) {
      added[before] = row;
      addedAt[before++] = now[row]!;
    }
  }
  /** The many with the new ones in their places. */
  const insert = <T extends Column>(column: T, fewColumn: T): T => {
    if (newCount === 0) {
      return column;
    }
    const all = newColumn(column, rowCount);
    // The last rows move first, a run at a time: a loop for several types of arrays is many times slower.
    for (let i = newCount, end = many.rowCount; i-- > 0;) {
      const at = addedAt[i]!;
      all.copyWithin(at + 1, at - i, end);
      all[at] = fewColumn[added[i]!]!;
      end = at - i;
    }
    return all;
  };
  const combine = (column: Float64Array, fewColumn: Float64Array, rule: (x: number, y: number) => number) => {
    const inserted = insert(column, fewColumn);
    const all = inserted === column ? newColumn(column, rowCount) : inserted;
    for (let row = 0; row < few.rowCount; row++) {
      if (isSame[row] === 1) {
        all[now[row]!] = rule(all[now[row]!]!, fewColumn[row]!);
      }
    }
    return all;
  };
  const add = (x: number, y: number): number => x + y;
  const keys = many.keys.map((key, i): KeyColumn => {
    const other = renumber(few.keys[i]!, spec.columns[i]!, mapsB[i]);
    const own = renumber(key, spec.columns[i]!, mapsA[i]);
    switch (own.kind) {
      case 'text':
        return { ...own, codes: insert(own.codes, (other as typeof own).codes) };
      case 'address': {
        const { families, words: fewWords } = other as typeof own;
        return { ...own, families: insert(own.families, families), words: insert(own.words, fewWords) };
      }
      case 'integer':
        return { ...own, values: insert(own.values, (other as typeof own).values) };
      case 'long':
        return { ...own, values: insert(own.values, (other as typeof own).values) };
    }
  });
  const { bucketStartSec } = many;
  return {
    ...many,
    rowCount,
    ...(bucketStartSec && { bucketStartSec: insert(bucketStartSec, few.bucketStartSec!) }),
    keys,
    flows: combine(many.flows, few.flows, add),
    sums: many.sums.map(({ name, values }, i) => ({ name, values: combine(values, few.sums[i]!.values, add) })),
    minStartSec: combine(many.minStartSec, few.minStartSec, Math.min),
    maxEndSec: combine(many.maxEndSec, few.maxEndSec, Math.max),
    tallies: addTallies(many.tallies, few.tallies),
  };
}

/** A column of so many rows in shared memory, of which the first are those of another one. */
function newColumn<T extends Column>(column: T, rowCount: number): T {
  const Type = column.constructor as new (buffer: SharedArrayBuffer) => T;
  const longer = new Type(new SharedArrayBuffer(rowCount * column.BYTES_PER_ELEMENT));
  longer.set(column);
  return longer;
}

/** Compares a row of a digest with a row of ordered words, by number; `maps` translate the digest's vocabularies. */
function compareWith(
  { bucketStartSec, keys }: Digest,
  maps: readonly (Uint32Array | undefined)[],
  words: Uint32Array,
  width: number,
): (row: number, other: number) => number {
  const cells: ((row: number) => number)[] = bucketStartSec ? [(row) => bucketStartSec[row]!] : [];
  const pair = new Uint32Array(2);
  keys.forEach((key, i) => {
    const map = maps[i];
    switch (key.kind) {
      case 'integer':
        cells.push((row) => key.values[row]!);
        break;
      case 'text':
        cells.push((row) => (key.codes[row] === MISSING ? MISSING : map![key.codes[row]!]!));
        break;
      case 'address':
        cells.push(
          (row) => key.families[row]!,
          (row) => (key.families[row] === 6 ? map![key.words[row]!]! : key.words[row]!),
        );
        break;
      case 'long':
        cells.push(
          (row) => (writeLong(key.values[row]!, pair, 0), pair[0]!),
          (row) => (writeLong(key.values[row]!, pair, 0), pair[1]!),
        );
    }
  });
  return (row, other) => {
    for (let i = 0, at = other * width; i < width; i++, at++) {
      const difference = cells[i]!(row) - words[at]!;
      if (difference !== 0) {
        return difference;
      }
    }
    return 0;
  };
}

/** A column in numbers of a larger vocabulary; as it is if that is its own. */
function renumber(key: KeyColumn, spec: ColumnSpec, map: Uint32Array | undefined): KeyColumn {
  if (key.kind === 'text' && spec.kind === 'text') {
    return key.dictionary.length === spec.dictionary.length
      ? key
      : { ...key, codes: translated(key.codes, map!), dictionary: spec.dictionary };
  }
  if (key.kind === 'address' && spec.kind === 'address') {
    return key.v6.length === spec.v6.length
      ? key
      : { ...key, words: translated(key.words, map!, key.families), v6: spec.v6 };
  }
  return key;
}

/** The same words, of which those that are in the vocabulary are translated: all but MISSING, or IPv6 addresses. */
function translated(words: Uint32Array, map: Uint32Array, families?: Uint8Array): Uint32Array {
  const all = words.slice();
  for (let row = 0; row < all.length; row++) {
    const word = all[row]!;
    if (families ? families[row] === 6 : word !== MISSING) {
      all[row] = map[word]!;
    }
  }
  return all;
}
