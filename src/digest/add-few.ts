/**
 * A large digest with the rows of a small one: the few are looked up among the many, which are copied column by column. The
 * same as a merge (`merge.ts`), which looks at every row.
 */
import { MISSING, addTallies, type Digest, type KeyColumn } from './digest';
import { unifySpecs, type ColumnSpec } from './encode-columns';
import type { Column } from './share-digest';

/**
 * Both together. They must be sorted, and of one plan; columns that are as in `many` are its own, others lie in shared memory,
 * each in a block of its own.
 */
export function addFew(many: Digest, few: Digest): Digest {
  const { spec, mapsA, mapsB } = unifySpecs(many, few);
  const manyKeys = many.keys.map((key, i) => renumber(key, spec.columns[i]!, mapsA[i]));
  const fewKeys = few.keys.map((key, i) => renumber(key, spec.columns[i]!, mapsB[i]));
  const { places, isSame, newCount } = findRows(
    { rowCount: many.rowCount, columns: sortColumns(many.bucketStartSec, manyKeys) },
    { rowCount: few.rowCount, columns: sortColumns(few.bucketStartSec, fewKeys) },
  );

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
  const keys = manyKeys.map((key, i): KeyColumn => {
    const other = fewKeys[i]!;
    switch (key.kind) {
      case 'text':
        return { ...key, codes: insert(key.codes, (other as typeof key).codes) };
      case 'address': {
        const { families, words } = other as typeof key;
        return { ...key, families: insert(key.families, families), words: insert(key.words, words) };
      }
      case 'integer':
        return { ...key, values: insert(key.values, (other as typeof key).values) };
      case 'long':
        return { ...key, values: insert(key.values, (other as typeof key).values) };
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

/** Rows by the columns that they are sorted by, one after the other. */
interface SortedRows {
  readonly rowCount: number;
  readonly columns: readonly Column[];
}

/** The columns that rows are sorted by: bucket, then keys. */
function sortColumns(buckets: Uint32Array | undefined, keys: readonly KeyColumn[]): Column[] {
  return [
    ...(buckets ? [buckets] : []),
    ...keys.flatMap((key): Column[] => {
      switch (key.kind) {
        case 'text':
          return [key.codes];
        case 'address':
          return [key.families, key.words];
        case 'integer':
        case 'long':
          return [key.values];
      }
    }),
  ];
}

/** Per row of the few the first of the many that is not before it, and whether it is the same; and how many are not. */
function findRows(many: SortedRows, few: SortedRows) {
  const places = new Uint32Array(few.rowCount);
  const isSame = new Uint8Array(few.rowCount);
  let newCount = few.rowCount;
  /** Rows `[row, rowEnd)` of the few, which agree in the columns before this one with `[start, end)` of the many. */
  const find = (depth: number, row: number, rowEnd: number, start: number, end: number): void => {
    if (depth === few.columns.length) {
      places[row] = start;
      isSame[row] = 1;
      newCount--;
      return;
    }
    const column = few.columns[depth]!;
    const among = many.columns[depth]!;
    for (let from = start; row < rowEnd;) {
      const value = column[row]!;
      const next = endOfRun(column, value, row, rowEnd);
      from = endOfRun(among, value - 1, from, end);
      const to = endOfRun(among, value, from, end);
      if (from < to) {
        find(depth + 1, row, next, from, to);
      } else {
        places.fill(from, row, next);
      }
      from = to;
      row = next;
    }
  };
  if (many.rowCount > 0 && few.rowCount > 0) {
    find(0, 0, few.rowCount, 0, many.rowCount);
  }
  return { places, isSame, newCount };
}

/** Of ascending whole numbers that are exact (`long` keys end at 2⁵³ − 1) in `[from, end)` the place of the first one above `value`; fast where that is near. */
function endOfRun(column: Column, value: number, from: number, end: number): number {
  let low = from;
  let high = end;
  for (let step = 1; low + step < end; step *= 2) {
    if (column[low + step - 1]! > value) {
      high = low + step - 1;
      break;
    }
    low += step;
  }
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (column[middle]! > value) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
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
