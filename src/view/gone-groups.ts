/**
 * Groups that were there before and are not any more. A rule has to be told of each that it is 0 now: what is only absent
 * from an answer looks like something that nobody asked about.
 */
import { cellText, measureValues, type Digest, type KeyColumn } from '../digest/digest';
import type { TableQuery } from '../query/model';
import { createRowOrder, findKeys, groupRows } from './group-rows';
import { selectTop } from './select-top';
import { keyColumn, sumByGroup, type Table } from './table';

/**
 * Of the `query.top` largest groups of `before` those that have no row in `now`, largest first, with 0 for the first
 * measure. Both digests have the query's keys.
 */
export function findGoneGroups(
  before: Digest,
  now: Digest,
  { keys, measures: [measure], top }: Pick<TableQuery, 'keys' | 'measures' | 'top'>,
): Table {
  const columns = findKeys(before, keys);
  const { groupCount, ids, firstRows } = groupRows(before, columns);
  const sizes = sumByGroup(measureValues(before, measure), ids, groupCount);
  const compareKeys = createRowOrder(columns);
  const largest = selectTop(sizes, top, (a, b) => compareKeys(firstRows[a]!, firstRows[b]!));
  // The digests have vocabularies of their own, so that groups can only be compared by what they are called.
  const gone = new Map<string, number>();
  largest.forEach((group) => gone.set(rowName(columns, firstRows[group]!), firstRows[group]!));
  const columnsNow = findKeys(now, keys);
  for (let row = 0; row < now.rowCount && gone.size > 0; row++) {
    gone.delete(rowName(columnsNow, row));
  }
  const rows = [...gone.values()];
  return {
    columns: [
      ...columns.map((column) => keyColumn(column, rows, false)),
      { kind: 'sum', name: measure, values: rows.map(() => 0) },
    ],
    rowCount: rows.length,
    otherRow: undefined,
    foldedGroups: 0,
    groupCount: rows.length,
  };
}

/** The keys of a row as one text. */
function rowName(columns: readonly KeyColumn[], row: number): string {
  return columns.map((column) => cellText(column, row)).join('\n');
}
