/**
 * The answer to a table query: the largest groups of a digest, and one row *Other* for all that are not shown, so that
 * every column of sums adds up to the digest's own total.
 */
import { cellText, measureValues, MISSING, type Digest, type KeyColumn } from '../digest/digest';
import type { TableQuery } from '../query/model';
import { distinctName } from '../digest/count-distinct';
import { createRowOrder, findKeys, groupRows } from '../digest/group-rows';
import { selectTop } from '../digest/select-top';
import { finite } from './totals';

/** One column; all have `rowCount` values. `null` is `-`, and in the row *Other* any key. */
export type TableColumn =
  | { readonly kind: 'text' | 'address'; readonly name: string; readonly values: readonly (string | null)[] }
  | { readonly kind: 'integer' | 'long'; readonly name: string; readonly values: readonly (number | null)[] }
  | { readonly kind: 'sum'; readonly name: string; readonly values: readonly number[] }
  /** `start` and `end` in Unix seconds: earliest and latest of the group. */
  | { readonly kind: 'seconds'; readonly name: 'start' | 'end'; readonly values: readonly (number | null)[] };

/** A table: the keys, the measures and the bounds as columns, by the first measure, largest first. */
export interface Table {
  readonly columns: readonly TableColumn[];
  /** Rows, with *Other*. */
  readonly rowCount: number;
  /** The row *Other*, always the last one; `undefined` if every group has a row of its own. */
  readonly otherRow: number | undefined;
  /** Groups that *Other* stands for. */
  readonly foldedGroups: number;
  /** Groups in all. */
  readonly groupCount: number;
}

/**
 * The `query.top` largest groups by the first measure, or by the number of distinct values where the query counts those;
 * groups of equal size in the order of their keys. The query's keys may be fewer than the digest's; one that the digest
 * lacks is `bad-query`.
 *
 * The number of distinct values is the first column of sums, `distinct dstport`. In *Other* it is the sum of its groups'.
 */
export function buildTable(
  digest: Digest,
  query: Pick<TableQuery, 'keys' | 'measures' | 'top'> & Partial<Pick<TableQuery, 'distinct'>>,
): Table {
  const columns = findKeys(digest, query.keys);
  const { groupCount, ids, firstRows, areRows } = groupRows(digest, columns);
  const measures = [...new Set(query.measures)];
  const { distinct = [] } = query;
  const sums: { readonly name: string; readonly values: Float64Array }[] = [
    ...(distinct.length > 0
      ? [{ name: distinctName(distinct), values: countDistinct(digest, query.keys, distinct, ids, groupCount) }]
      : []),
    // What was folded before comes last, as one more group.
    ...measures.map((name) => {
      const values = measureValues(digest, name);
      return { name, values: areRows && !digest.folded ? values : sumByGroup(values, ids, groupCount + 1) };
    }),
  ];

  const compareKeys = createRowOrder(columns);
  const weights = sums[0]!.values.subarray(0, groupCount);
  const order = selectTop(weights, query.top, (a, b) => compareKeys(firstRows[a]!, firstRows[b]!));
  const allGroups = groupCount + (digest.folded?.groupCount ?? 0);
  const foldedGroups = allGroups - order.length;
  const otherRow = foldedGroups > 0 ? order.length : undefined;
  const rowCount = order.length + (foldedGroups > 0 ? 1 : 0);

  // Row of the table per group; all folded ones share the last.
  const rowOf = new Uint32Array(groupCount + 1).fill(order.length);
  order.forEach((group, row) => (rowOf[group] = row));
  const minStartSec = new Float64Array(rowCount).fill(Infinity);
  const maxEndSec = new Float64Array(rowCount).fill(-Infinity);
  for (let digestRow = 0; digestRow < digest.rowCount; digestRow++) {
    const row = rowOf[ids[digestRow]!]!;
    minStartSec[row] = Math.min(minStartSec[row]!, digest.minStartSec[digestRow]!);
    maxEndSec[row] = Math.max(maxEndSec[row]!, digest.maxEndSec[digestRow]!);
  }
  const shownRows = Array.from(order, (group) => firstRows[group]!);
  return {
    columns: [
      ...columns.map((column) => keyColumn(column, shownRows, otherRow !== undefined)),
      ...sums.map(({ name, values }): TableColumn => {
        return {
          kind: 'sum',
          name,
          values: Array.from(sumByGroup(values, rowOf, order.length + 1).subarray(0, rowCount)),
        };
      }),
      { kind: 'seconds', name: 'start', values: Array.from(minStartSec, (value) => finite(value) ?? null) },
      { kind: 'seconds', name: 'end', values: Array.from(maxEndSec, (value) => finite(value) ?? null) },
    ],
    rowCount,
    otherRow,
    foldedGroups,
    groupCount: allGroups,
  };
}

/** Per group how many groups by `keys` and `distinct` there are in it, and what was folded last. */
function countDistinct(
  digest: Digest,
  keys: readonly string[],
  distinct: readonly string[],
  ids: Uint32Array,
  groupCount: number,
): Float64Array {
  const counted = digest.sums.find(({ name }) => name === distinctName(distinct));
  if (counted) {
    return sumByGroup(counted.values, ids, groupCount + 1);
  }
  const counts = new Float64Array(groupCount + 1);
  groupRows(digest, findKeys(digest, [...keys, ...distinct])).firstRows.forEach((row) => (counts[ids[row]!]! += 1));
  return counts;
}

/** The sum of each group's rows. */
function sumByGroup(values: Float64Array, ids: Uint32Array, groupCount: number): Float64Array {
  const sums = new Float64Array(groupCount);
  for (let row = 0; row < values.length; row++) {
    sums[ids[row]!]! += values[row]!;
  }
  return sums;
}

/** A key's values in those rows of its digest, and `null` for *Other*. */
export function keyColumn(column: KeyColumn, rows: readonly number[], hasOther: boolean): TableColumn {
  const { kind, name } = column;
  const other = hasOther ? [null] : [];
  if (kind === 'text' || kind === 'address') {
    const texts = rows.map((row) => cellText(column, row));
    return { kind, name, values: [...texts.map((text) => (text === '-' ? null : text)), ...other] };
  }
  const missing = kind === 'integer' ? MISSING : -1;
  const numbers = rows.map((row) => column.values[row]!);
  return { kind, name, values: [...numbers.map((number) => (number === missing ? null : number)), ...other] };
}
