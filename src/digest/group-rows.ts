/**
 * Puts the rows of a digest that agree in some of its keys into groups, so that one digest can answer a table by fewer
 * keys, a series (the same key in many buckets), and "which distinct values does this column hold".
 */
import { findKey, type Digest, type KeyColumn } from './digest';
import { FlowError } from '../errors';

/** Which group each row is in. Groups are numbered in the order of their first rows. */
export interface RowGroups {
  readonly groupCount: number;
  /** The group of each row; `groupCount` for folded rows, which are of none. */
  readonly ids: Uint32Array;
  /** The first row of each group: where its keys can be read. */
  readonly firstRows: Uint32Array;
  /** Each row that is not folded is a group of its own, in their order. */
  readonly areRows: boolean;
}

/** The digest's columns of those names, each once, in that order; `bad-query` for a name that is no key of it. */
export function findKeys(digest: Digest, names: readonly string[]): readonly KeyColumn[] {
  return [...new Set(names)].map((name) => {
    const column = findKey(digest, name);
    if (!column) {
      throw new FlowError('bad-query', `cannot group by ${name}: it is not among the keys of the digest`, {
        fields: { key: name, keys: digest.keys.map((key) => key.name).join(' ') },
      });
    }
    return column;
  });
}

/** Groups all rows by the values of `columns`; with no columns all rows are one group. Time buckets are not looked at. */
export function groupRows(digest: Digest, columns: readonly KeyColumn[]): RowGroups {
  const { rowCount } = digest;
  const ownRows = digest.folded?.firstRow ?? rowCount;
  const isWholeKey = !digest.bucketStartSec && digest.keys.every((key) => columns.includes(key));
  if (isWholeKey) {
    const ids = new Uint32Array(rowCount).fill(ownRows);
    for (let row = 0; row < ownRows; row++) {
      ids[row] = row;
    }
    return { groupCount: ownRows, ids, firstRows: ids.subarray(0, ownRows), areRows: true };
  }
  const lanes = columns.flatMap(lanesOf);
  const ids = new Uint32Array(rowCount);
  const firstRows = new Uint32Array(rowCount);
  // Open addressing with at most half of the slots in use; a slot holds a group's number plus one.
  const slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * rowCount + 2)));
  const mask = slots.length - 1;
  let groupCount = 0;
  for (let row = 0; row < ownRows; row++) {
    let slot = hashRow(lanes, row) & mask;
    for (;;) {
      const group = slots[slot]!;
      if (group === 0) {
        slots[slot] = groupCount + 1;
        firstRows[groupCount] = row;
        ids[row] = groupCount++;
        break;
      }
      if (isSameKey(lanes, firstRows[group - 1]!, row)) {
        ids[row] = group - 1;
        break;
      }
      slot = (slot + 1) & mask;
    }
  }
  ids.fill(groupCount, ownRows);
  return { groupCount, ids, firstRows: firstRows.slice(0, groupCount), areRows: false };
}

/** Orders rows by the values of `columns` from left to right, as a digest orders them; 0 if they agree in all. */
export function createRowOrder(columns: readonly KeyColumn[]): (a: number, b: number) => number {
  const lanes = columns.flatMap(lanesOf);
  return (a, b) => {
    for (const lane of lanes) {
      const difference = lane[a]! - lane[b]!;
      if (difference !== 0) {
        return difference;
      }
    }
    return 0;
  };
}

type Lane = Uint8Array | Uint32Array | Float64Array;

/** A column as plain numbers that are equal where its values are, and ordered as they are. */
function lanesOf(column: KeyColumn): readonly Lane[] {
  switch (column.kind) {
    case 'address':
      return [column.families, column.words];
    case 'text':
      return [column.codes];
    default:
      return [column.values];
  }
}

function hashRow(lanes: readonly Lane[], row: number): number {
  let hash = 0x2545f491;
  for (const lane of lanes) {
    const value = lane[row]!;
    hash = Math.imul(hash ^ value, 0x9e3779b1);
    hash ^= hash >>> 15;
    if (value > 0xffffffff) {
      hash = Math.imul(hash ^ (value / 2 ** 32), 0x85ebca6b);
    }
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function isSameKey(lanes: readonly Lane[], a: number, b: number): boolean {
  for (const lane of lanes) {
    if (lane[a] !== lane[b]) {
      return false;
    }
  }
  return true;
}
