/**
 * The rows of a digest as objects.
 */
import { MISSING, cellText } from '../digest/digest';
import type { Digest, KeyColumn } from '../digest/digest';
import { finite } from '../view/totals';

/** One group: its keys by their names (`null` for `-`), its sums, and when its records were. */
export interface DigestRow {
  readonly keys: Readonly<Record<string, string | number | null>>;
  /** `packets`, `bytes` and what else was added up. */
  readonly sums: Readonly<Record<string, number>>;
  /** Records. */
  readonly flows: number;
  /** The earliest start in Unix seconds; `null` if no record had one. */
  readonly startSec: number | null;
  /** The latest end in Unix seconds; `null` if no record had one. */
  readonly endSec: number | null;
  /** The start of the time bucket, if there are buckets. */
  readonly bucketStartSec?: number | null;
}

/** The rows, made one at a time. */
export function* digestRows(digest: Digest): Generator<DigestRow, void, undefined> {
  for (let row = 0; row < digest.rowCount; row++) {
    const bucket = digest.bucketStartSec?.[row];
    yield {
      keys: Object.fromEntries(digest.keys.map((column) => [column.name, cellValue(column, row)])),
      sums: Object.fromEntries(digest.sums.map(({ name, values }) => [name, values[row]!])),
      flows: digest.flows[row]!,
      startSec: finite(digest.minStartSec[row]!) ?? null,
      endSec: finite(digest.maxEndSec[row]!) ?? null,
      ...(bucket !== undefined && { bucketStartSec: bucket === MISSING ? null : bucket }),
    };
  }
}

/** A cell of a digest's key column; `null` for `-`. */
export function cellValue(column: KeyColumn, row: number): string | number | null {
  const text = cellText(column, row);
  // A tag may have the value `-`; only its code tells it from a missing one.
  const isMissing = column.kind === 'text' ? column.codes[row] === MISSING : text === '-';
  return isMissing ? null : column.kind === 'integer' || column.kind === 'long' ? Number(text) : text;
}
