/**
 * What of a Parquet file a plan reads: its columns, the row groups that can hold records of the time range, and where
 * their bytes are. Who reads them (`read-group.ts`) need not be who fetches them.
 */
import { readFields } from '../digest/plan';
import type { Plan } from '../digest/plan';
import { FlowError } from '../errors';
import { logTypeOf } from '../flow/log-type';
import { corrupt, parseFooter } from './footer';
import type { ColumnChunk, ParquetColumn, RowGroup } from './footer';

/** Bytes `[start, end)` of a file. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** One row group that is read. */
export interface GroupReading {
  readonly rowCount: number;
  /** What is to be fetched, ascending. */
  readonly ranges: readonly ByteRange[];
  /** The chunks of the columns that are read; they lie in the ranges. */
  readonly chunks: readonly ColumnChunk[];
}

/** Plain data: a footer is parsed once, also if another thread reads the rows. */
export interface ParquetReading {
  /** The columns of its rows. */
  readonly columns: readonly ParquetColumn[];
  readonly groups: readonly GroupReading[];
  /** Rows that are read. */
  readonly rowCount: number;
  /** Rows of row groups whose times lie outside of the plan's range. */
  readonly skippedRows: number;
  /** Bytes of all ranges. */
  readonly rangeBytes: number;
}

/** Ranges with no more between them are fetched as one: a request takes longer than these bytes. */
const MAX_GAP_BYTES = 64 * 1024;
/** Of one row group, which is held as a whole. Writers begin a new one after 128 MiB, most of them sooner. */
const MAX_GROUP_BYTES = 512 * 2 ** 20;

/**
 * The reading of a file; `footer` is its end from where `footerLength` says. Throws `corrupt-object`, and `over-limit` if its
 * rows must come to more than `maxTextBytes` of text.
 */
export function planReading(
  footer: Uint8Array,
  sizeBytes: number,
  plan: Plan,
  { maxTextBytes }: { readonly maxTextBytes: number },
): ParquetReading {
  const { columns, rowGroups } = parseFooter(footer, sizeBytes);
  const indexes = selectColumns(columns, readFields(plan));
  if (indexes.length === 0) {
    throw corrupt('none of its columns holds texts or numbers');
  }
  const groups = rowGroups.filter((group) => group.rowCount > 0 && mayMatter(group, plan.range));
  const rowCount = sumRows(groups);
  // A cell takes two bytes at least.
  if (rowCount * indexes.length * 2 > maxTextBytes) {
    throw tooMuchText(maxTextBytes);
  }
  const readings = groups.map((group) => readingOf(group, indexes));
  return {
    columns: indexes.map((index) => columns[index]!),
    groups: readings,
    rowCount,
    skippedRows: sumRows(rowGroups) - rowCount,
    rangeBytes: readings.reduce((sum, { ranges }) => sum + lengthOf(ranges), 0),
  };
}

/** The failure of a file whose lines come to more than is allowed. */
export function tooMuchText(maxTextBytes: number): FlowError {
  return new FlowError('over-limit', `cannot read the object: its text is more than ${maxTextBytes} bytes`, {
    fields: { limit: 'maxObjectTextBytes', value: maxTextBytes },
  });
}

/**
 * The columns to read: those named, or all; never none, so that rows are lines. What is read must tell of which kind of flow
 * log the file is, as all of them do.
 */
function selectColumns(columns: readonly ParquetColumn[], named: readonly string[] | undefined): readonly number[] {
  const all = columns.map((_column, index) => index);
  const wanted = named ? all.filter((index) => named.includes(columns[index]!.name)) : all;
  const typeOf = (indexes: readonly number[]): string => logTypeOf(indexes.map((index) => columns[index]!.name));
  const telling =
    typeOf(wanted) === typeOf(all) ? [] : all.filter((index) => typeOf([index]) === typeOf(all)).slice(0, 1);
  const read = [...wanted, ...telling].sort((a, b) => a - b);
  return read.length > 0 ? read : all.slice(0, 1);
}

function mayMatter({ starts }: RowGroup, range: Plan['range']): boolean {
  return !range || !starts || (starts.lastSec >= range.fromSec && starts.firstSec < range.toSec);
}

function sumRows(groups: readonly RowGroup[]): number {
  return groups.reduce((sum, { rowCount }) => sum + rowCount, 0);
}

function readingOf({ rowCount, chunks }: RowGroup, indexes: readonly number[]): GroupReading {
  const own = indexes.map((index) => chunks[index]!);
  const ranges = joinRanges(own);
  if (lengthOf(ranges) > MAX_GROUP_BYTES) {
    throw new FlowError('over-limit', `cannot read the object: a row group of it has ${lengthOf(ranges)} bytes`, {
      fields: { limit: 'maxObjectTextBytes', value: MAX_GROUP_BYTES },
    });
  }
  return { rowCount, ranges, chunks: own };
}

/** The ranges in order, those that touch or nearly do as one. */
function joinRanges(ranges: readonly ByteRange[]): readonly ByteRange[] {
  const joined: { start: number; end: number }[] = [];
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last && start <= last.end + MAX_GAP_BYTES) {
      last.end = Math.max(last.end, end);
    } else {
      joined.push({ start, end });
    }
  }
  return joined;
}

function lengthOf(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0);
}
