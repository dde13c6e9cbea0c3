/**
 * Groups that were there before and are not any more. A rule has to be told of each that it is 0 now: what is only absent
 * from an answer looks like something that nobody asked about.
 */
import { cellText, type Digest } from '../digest/digest';
import type { TableQuery } from '../query/model';
import { findKeys } from '../digest/group-rows';
import { buildTable, type Table, type TableColumn } from './table';

/**
 * Of the groups that a table of `before` has rows for those that have no row in `now`, largest first, with 0 for what the
 * table ranks by. Both digests have the query's keys.
 */
export function findGoneGroups(
  before: Digest,
  now: Digest,
  query: Pick<TableQuery, 'keys' | 'measures' | 'distinct' | 'top'>,
): Table {
  const { columns, otherRow, rowCount } = buildTable(before, query);
  const keys = columns.filter(isKey);
  const rank = columns.find((column) => column.kind === 'sum')!;
  // The digests have vocabularies of their own, so that groups can only be compared by what they are called.
  const gone = new Map<string, number>();
  for (let row = 0; row < (otherRow ?? rowCount); row++) {
    gone.set(joinNames(keys.map(({ values }) => String(values[row] ?? '-'))), row);
  }
  const keysNow = findKeys(now, query.keys);
  for (let row = 0; row < now.rowCount && gone.size > 0; row++) {
    gone.delete(joinNames(keysNow.map((column) => cellText(column, row))));
  }
  const rows = [...gone.values()];
  return {
    columns: [
      ...keys.map((key) => ({ ...key, values: rows.map((row) => key.values[row]!) }) as KeyColumn),
      { ...rank, values: rows.map(() => 0) } as TableColumn,
    ],
    rowCount: rows.length,
    otherRow: undefined,
    foldedGroups: 0,
    groupCount: rows.length,
  };
}

type KeyColumn = Exclude<TableColumn, { kind: 'sum' | 'seconds' }>;

function isKey(column: TableColumn): column is KeyColumn {
  return column.kind !== 'sum' && column.kind !== 'seconds';
}

/** The keys of a group as one text; none of them holds a line feed. */
function joinNames(names: readonly string[]): string {
  return names.join('\n');
}
