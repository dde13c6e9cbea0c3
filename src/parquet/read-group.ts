/**
 * The rows of a row group, column by column. A module of its own, because the codecs that come with it take time to load, which
 * nobody needs who only plans.
 */
import type { CellBlock, CellPage, PageRows } from '../digest/cells';
import type { Plan } from '../digest/plan';
import { readColumnPages } from './column-pages';
import type { PageHost } from './column-pages';
import { corrupt } from './footer';
import type { ParquetColumn } from './footer';
import type { GroupReading } from './parquet-reading';

/** Rows of a block, and of one that becomes records, which are large. */
const BLOCK_ROWS = 65_536;
const RECORD_ROWS = 4096;

/**
 * The rows of a row group, of what its ranges hold (`parts`), in their order, in blocks as large as is good for `plan`. Throws
 * `corrupt-object`; blocks that were given can be read to their end.
 */
export function* readGroup(
  columns: readonly ParquetColumn[],
  { rowCount, ranges, chunks }: GroupReading,
  parts: readonly Uint8Array[],
  plan: Plan,
  host: PageHost,
): Generator<CellBlock, void, undefined> {
  const blockRows = plan.kind === 'records' ? RECORD_ROWS : BLOCK_ROWS;
  const cursors = columns.map((column, index) => {
    const chunk = chunks[index]!;
    const place = ranges.findIndex(({ start, end }) => chunk.start >= start && chunk.end <= end);
    const { start } = ranges[place]!;
    const stored = parts[place]!.subarray(chunk.start - start, chunk.end - start);
    return createCursor(column.name, readColumnPages(column, stored, chunk, host));
  });
  try {
    for (let left = rowCount; left > 0;) {
      const count = Math.min(left, blockRows, ...cursors.map((cursor) => cursor.rowsAhead()));
      yield { rowCount: count, columns: cursors.map((cursor) => cursor.take(count)) };
      left -= count;
    }
  } finally {
    cursors.forEach((cursor) => cursor.leave());
  }
}

/** Goes through the pages of a column. */
interface Cursor {
  /** Rows that the current page has left. Throws `corrupt-object` at the column's end. */
  rowsAhead(): number;
  /** The next `count` rows, at most `rowsAhead()`. */
  take(count: number): PageRows;
  /** Ends the pages. */
  leave(): void;
}

function createCursor(name: string, pages: Generator<CellPage, void, undefined>): Cursor {
  let page: CellPage | undefined;
  let nextRow = 0;
  return {
    rowsAhead() {
      if (!page || nextRow === page.rowCount) {
        const { value: next } = pages.next();
        if (!next) {
          throw corrupt(`its column ${name} has fewer rows than its footer says`);
        }
        page = next;
        nextRow = 0;
      }
      return page.rowCount - nextRow;
    },
    take(count) {
      const firstRow = nextRow;
      nextRow += count;
      return { page: page!, firstRow };
    },
    leave: () => void pages.return(),
  };
}
