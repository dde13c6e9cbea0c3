/**
 * The digest: what is left of any number of records once they are grouped and added up. Columns are typed arrays, rows
 * are sorted by bucket and then by the keys from left to right, so equal input gives equal bytes whatever the order in
 * which objects were read; `merge.ts` relies on the order and keeps it. Everything in a digest survives `postMessage`.
 */
import { formatIPv4, formatIPv6 } from '../flow/address';
import type { LoggedEnds } from './logged-ends';

/** Stands for `-` in `IntegerColumn.values`, in `TextColumn.codes` and in `Digest.bucketStartSec`; sorts last. */
export const MISSING = 0xffffffff;

export interface IntegerColumn {
  readonly kind: 'integer';
  readonly name: string;
  readonly values: Uint32Array;
}

/** A 64-bit number as key; −1 stands for `-` and sorts first. */
export interface LongColumn {
  readonly kind: 'long';
  readonly name: string;
  readonly values: Float64Array;
}

/** Addresses; sorted `-`, IPv4, IPv6, each by value. */
export interface AddressColumn {
  readonly kind: 'address';
  readonly name: string;
  /** 0 for `-`, 4 or 6. */
  readonly families: Uint8Array;
  /** The IPv4 address as a number, or the index of the address in `v6`. */
  readonly words: Uint32Array;
  /** The distinct IPv6 addresses, 16 bytes each, ascending. */
  readonly v6: Uint8Array;
}

export interface TextColumn {
  readonly kind: 'text';
  readonly name: string;
  readonly codes: Uint32Array;
  /** The distinct texts in ascending order of UTF-16 code units. A `-` in it is a tag's value and not a missing one. */
  readonly dictionary: readonly string[];
}

export type KeyColumn = IntegerColumn | LongColumn | AddressColumn | TextColumn;

/** The sums of one field, per row. Exact while below 2⁵³. */
export interface SumColumn {
  readonly name: string;
  readonly values: Float64Array;
}

/**
 * Where every line went: `lines = headerLines + blankLines + flows + noData + skipData + otherTime + filtered` plus the
 * four `malformed` counts.
 */
export interface LineTallies {
  readonly lines: number;
  readonly headerLines: number;
  readonly blankLines: number;
  /** Records that were counted. */
  readonly flows: number;
  /** Windows without traffic. */
  readonly noData: number;
  /** Rows that each stand for an unknown number of lost records. */
  readonly skipData: number;
  /** Records outside the query's time range (or without a time, when a range was asked). */
  readonly otherTime: number;
  /** Records of another kind of flow log than was asked for. */
  readonly otherType: number;
  /** Records of a flow that another record counts: at its sender's interface, or in the other direction at a transit gateway. */
  readonly copies: number;
  /** Records that the filter refused. */
  readonly filtered: number;
  readonly tooFewFields: number;
  readonly tooManyFields: number;
  /** A column that the query reads is not a number or address, or is out of its range. */
  readonly badValue: number;
  /** A `log-status` other than OK, NODATA and SKIPDATA. */
  readonly badStatus: number;
}

export interface Tallies extends LineTallies {
  /** Objects read to their end and counted. */
  readonly objects: number;
  /** Their stored (compressed) bytes, as far as they were read. */
  readonly storedBytes: number;
  /** Those as text. */
  readonly textBytes: number;
  /** Fields that the query reads but objects' formats lack: name → number of objects. */
  readonly missingFields: Readonly<Record<string, number>>;
}

/** Groups that were too many to be kept, added up (`fold-groups.ts`). */
export interface FoldedRows {
  /** From here on rows are of no one group: their keys mean nothing. There is one of them, or one per bucket. */
  readonly firstRow: number;
  /** The groups that they stand for; with buckets, those of them that have a time. */
  readonly groupCount: number;
}

export interface Digest {
  readonly rowCount: number;
  /** Start of the row's time bucket in Unix seconds, if the plan has buckets. */
  readonly bucketStartSec?: Uint32Array;
  readonly keys: readonly KeyColumn[];
  /** The number of records per row. */
  readonly flows: Float64Array;
  /** At least `packets` and `bytes`. */
  readonly sums: readonly SumColumn[];
  /**
   * The earliest `start` in Unix seconds (where a record has none its `end`, else its object's stamp); `Infinity` where no
   * record had any.
   */
  readonly minStartSec: Float64Array;
  /** The latest `end`, in Unix seconds; `-Infinity` where no record had one. */
  readonly maxEndSec: Float64Array;
  readonly tallies: Tallies;
  /** Whose flows are logged at their own interface, while that is needed to tell copies (`settle-digest.ts`). */
  readonly ends?: LoggedEnds;
  /** Its last rows are the rest of very many: what views show as *Other*, or a part of that. */
  readonly folded?: FoldedRows;
  /** What a person should know of how it was counted. */
  readonly notes?: readonly string[];
  /** Rows and vocabularies are in no order: on its way to `mergeDigests`, which sorts it. */
  readonly isUnsorted?: boolean;
}

/** A cell as text; `-` where it is missing. */
export function cellText(column: KeyColumn, row: number): string {
  switch (column.kind) {
    case 'integer': {
      const value = column.values[row]!;
      return value === MISSING ? '-' : String(value);
    }
    case 'long': {
      const value = column.values[row]!;
      return value < 0 ? '-' : String(value);
    }
    case 'address': {
      const word = column.words[row]!;
      switch (column.families[row]) {
        case 4:
          return formatIPv4(word);
        case 6:
          return formatIPv6(column.v6.subarray(word * 16, word * 16 + 16));
        default:
          return '-';
      }
    }
    case 'text': {
      const code = column.codes[row]!;
      return code === MISSING ? '-' : column.dictionary[code]!;
    }
  }
}

/** The key column of that name, if the digest groups by it. */
export function findKey(digest: Digest, name: string): KeyColumn | undefined {
  return digest.keys.find((column) => column.name === name);
}

/** The values of a measure per row: a sum, or the records of `flows`. */
export function measureValues(digest: Digest, measure: string): Float64Array {
  if (measure === 'flows') {
    return digest.flows;
  }
  const sum = digest.sums.find(({ name }) => name === measure);
  if (!sum) {
    throw new Error(`BUG: the digest has no sum of ${measure}`);
  }
  return sum.values;
}

export const NO_LINES: LineTallies = {
  lines: 0,
  headerLines: 0,
  blankLines: 0,
  flows: 0,
  noData: 0,
  skipData: 0,
  otherTime: 0,
  otherType: 0,
  copies: 0,
  filtered: 0,
  tooFewFields: 0,
  tooManyFields: 0,
  badValue: 0,
  badStatus: 0,
};

export const NO_TALLIES: Tallies = { ...NO_LINES, objects: 0, storedBytes: 0, textBytes: 0, missingFields: {} };

/** Two tallies added up, member by member. */
export function addTallies(a: Tallies, b: Tallies): Tallies {
  // Names are columns of objects, `constructor` too if somebody wrote so.
  const missingFields = new Map(Object.entries(a.missingFields));
  for (const [name, count] of Object.entries(b.missingFields)) {
    missingFields.set(name, (missingFields.get(name) ?? 0) + count);
  }
  const sum: Record<string, number> = {};
  for (const name of COUNT_NAMES) {
    sum[name] = a[name] + b[name];
  }
  return { ...(sum as Record<CountName, number>), missingFields: Object.fromEntries(missingFields) };
}

type CountName = Exclude<keyof Tallies, 'missingFields'>;
const COUNT_NAMES = Object.keys(NO_TALLIES).filter((name) => name !== 'missingFields') as CountName[];
