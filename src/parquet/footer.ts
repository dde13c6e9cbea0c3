/**
 * The footer of a Parquet file as far as a digest needs it: which columns it has, under the names of flow-log fields, and
 * where the pieces of each lie. Says in plain words what a file is that is no flow log, and refuses sizes and places that
 * cannot be.
 *
 * Source: https://parquet.apache.org/docs/file-format/ and, for the columns of flow logs,
 * https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
 */
import { parquetMetadata } from 'hyparquet';
import type { ColumnMetaData, FileMetaData, RowGroup as FileRowGroup, SchemaElement, Statistics } from 'hyparquet';
import { FlowError } from '../errors';
import { findField } from '../flow/fields';
import { MAX_SECONDS } from '../flow/record-time';

/** How the values of a column are stored, and what makes a field's text of them. */
export interface ParquetColumn {
  /** The name of the flow-log field: that of the column with hyphens. */
  readonly name: string;
  readonly type: 'BYTE_ARRAY' | 'INT32' | 'INT64' | 'FLOAT' | 'DOUBLE';
  /** Values may be null. */
  readonly isOptional: boolean;
  readonly isUnsigned: boolean;
  /** Stored units per second of a time; 1 for all other numbers. */
  readonly divisor: number;
  /** Digits that a number has at least: account ids keep their leading zeros. */
  readonly minDigits: number;
}

/** Where the pages of a column lie within a row group. */
export interface ColumnChunk {
  /** The bytes `[start, end)` of the file. */
  readonly start: number;
  readonly end: number;
  /** As Parquet names it. */
  readonly codec: string;
}

export interface RowGroup {
  readonly rowCount: number;
  /** By the column's place in `ParquetFile.columns`. */
  readonly chunks: readonly ColumnChunk[];
  /** The earliest and latest `start` in Unix seconds, if the file says so and every row has one. */
  readonly starts?: { readonly firstSec: number; readonly lastSec: number };
}

export interface ParquetFile {
  /** Those that can be read, in the file's order. */
  readonly columns: readonly ParquetColumn[];
  readonly rowGroups: readonly RowGroup[];
}

/** The length of the metadata and the magic number, which end the file. */
export const TRAILER_BYTES = 8;
/** Enough for a thousand row groups of all fields. */
const MAX_FOOTER_BYTES = 8 * 2 ** 20;
/** A number of more bytes than this is none; reading one of megabytes would take minutes. */
const MAX_NUMBER_BYTES = 1024;

/** True if the bytes begin as a Parquet file does. */
export function isParquet(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x41 && bytes[2] === 0x52 && bytes[3] === 0x31;
}

/**
 * The bytes at the end of the file that its footer takes, by the last eight bytes. Throws `corrupt-object` if these are
 * not the end of a Parquet file.
 */
export function footerLength(tail: Uint8Array, sizeBytes: number): number {
  const magic = String.fromCharCode(...tail.subarray(-4));
  if (magic === 'PARE') {
    throw corrupt('its footer is encrypted');
  }
  if (magic !== 'PAR1' || tail.length < TRAILER_BYTES) {
    throw corrupt('it does not end as a Parquet file does: it is cut short or something else');
  }
  const end = tail.length;
  const length = new DataView(tail.buffer, tail.byteOffset).getUint32(end - TRAILER_BYTES, true) + TRAILER_BYTES;
  // The file begins with a magic number, too.
  if (length > sizeBytes - 4) {
    throw corrupt(`its footer would be ${length} of ${sizeBytes} bytes`);
  }
  if (length > MAX_FOOTER_BYTES) {
    throw corrupt(`its footer of ${length} bytes is larger than ${MAX_FOOTER_BYTES}`);
  }
  return length;
}

/**
 * The file that a footer describes; `footer` is the file's end from where `footerLength` says. Throws `corrupt-object` if it
 * is damaged or of no flow log.
 */
export function parseFooter(footer: Uint8Array, sizeBytes: number): ParquetFile {
  assertNumbers(footer);
  const metadata = readMetadata(footer);
  const [root, ...elements] = metadata.schema;
  const fields = root ? childrenOf(elements, root.num_children ?? 0) : [];
  assertFlowLog(fields.map(({ name }) => name));
  // A name that comes twice is read once.
  const readable = fields.filter(
    (field, index) =>
      isReadable(field) && fields.findIndex(({ name }) => fieldName(name) === fieldName(field.name)) === index,
  );
  const columns = readable.map(columnFromElement);
  const dataEnd = sizeBytes - footer.length;
  const rowGroups = metadata.row_groups.map((group): RowGroup => {
    const rowCount = count(group.num_rows, 'rows');
    const metas = readable.map(({ name }) => metaOf(group, name));
    const chunks = metas.map((meta) => chunkOf(meta, dataEnd));
    const start = columns.findIndex(({ name }) => name === 'start');
    return { rowCount, chunks, starts: start < 0 ? undefined : startsOf(columns[start]!, metas[start]!) };
  });
  return { columns, rowGroups };
}

/** Damage, in words that follow "cannot read the Parquet file". */
export function corrupt(why: string, cause?: unknown): FlowError {
  return new FlowError('corrupt-object', `cannot read the Parquet file: ${why}`, { cause });
}

function readMetadata(footer: Uint8Array): FileMetaData {
  try {
    // Statistics of times are wanted as they are stored.
    const asStored = <T>(value: T): T => value;
    const parsers = {
      timestampFromMilliseconds: asStored,
      timestampFromMicroseconds: asStored,
      timestampFromNanoseconds: asStored,
    };
    return parquetMetadata(footer, { parsers: parsers as never, geoparquet: false });
  } catch (thrown) {
    throw corrupt('its footer is damaged', thrown);
  }
}

/** Throws if bytes with the high bit set follow each other for longer than any number: they would be read as one. */
function assertNumbers(footer: Uint8Array): void {
  let run = 0;
  for (const byte of footer) {
    run = byte > 127 ? run + 1 : 0;
    if (run > MAX_NUMBER_BYTES) {
      throw corrupt('its footer is damaged');
    }
  }
}

/** The elements right below the root; what lies deeper is left out. */
function childrenOf(elements: readonly SchemaElement[], rootChildren: number): readonly SchemaElement[] {
  const children: SchemaElement[] = [];
  let next = 0;
  for (let child = 0; child < rootChildren && next < elements.length; child++) {
    const element = elements[next]!;
    children.push(element);
    for (let open = 1; open > 0 && next < elements.length; next++) {
      open += (elements[next]!.num_children ?? 0) - 1;
    }
  }
  return children;
}

function fieldName(column: string): string {
  return column.toLowerCase().replaceAll('_', '-');
}

/** What OCSF calls the columns of any event; AWS's Security Lake writes such files. */
const OCSF_COLUMNS = ['class_uid', 'category_uid', 'activity_id', 'src_endpoint', 'dst_endpoint', 'metadata'];

function assertFlowLog(names: readonly string[]): void {
  const known = names.filter((name) => findField(fieldName(name)) !== undefined).length;
  if (known > 0 && known * 2 >= names.length) {
    return;
  }
  const isOcsf = OCSF_COLUMNS.filter((name) => names.includes(name)).length > 2;
  const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '');
  throw new FlowError(
    'corrupt-object',
    isOcsf
      ? `not a flow log: it is a Parquet file of OCSF events, as Security Lake writes them (${shown})`
      : `not a flow log: it is a Parquet file of other columns (${shown})`,
  );
}

const TYPES: readonly string[] = ['BYTE_ARRAY', 'INT32', 'INT64', 'FLOAT', 'DOUBLE'];

/** True if the column holds one text or number a row. */
function isReadable({
  type,
  repetition_type,
  num_children,
  scale,
  converted_type,
  logical_type,
}: SchemaElement): boolean {
  return (
    type !== undefined &&
    TYPES.includes(type) &&
    repetition_type !== 'REPEATED' &&
    !num_children &&
    !((converted_type === 'DECIMAL' || logical_type?.type === 'DECIMAL') && (scale || type === 'BYTE_ARRAY'))
  );
}

function columnFromElement({
  name,
  type,
  repetition_type,
  converted_type,
  logical_type,
}: SchemaElement): ParquetColumn {
  const field = fieldName(name);
  const unit = logical_type?.type === 'TIMESTAMP' ? logical_type.unit : converted_type;
  const divisors: Readonly<Record<string, number>> = {
    ...{ MILLIS: 1e3, MICROS: 1e6, NANOS: 1e9 },
    ...{ TIMESTAMP_MILLIS: 1e3, TIMESTAMP_MICROS: 1e6 },
  };
  return {
    name: field,
    type: type as ParquetColumn['type'],
    isOptional: repetition_type !== 'REQUIRED',
    isUnsigned:
      converted_type?.startsWith('UINT_') === true || (logical_type?.type === 'INTEGER' && !logical_type.isSigned),
    divisor: (unit !== undefined && divisors[unit]) || 1,
    minDigits: field.endsWith('account-id') ? 12 : 1,
  };
}

function metaOf(group: FileRowGroup, name: string): ColumnMetaData {
  const column = group.columns.find(
    ({ meta_data }) => meta_data?.path_in_schema.length === 1 && meta_data.path_in_schema[0] === name,
  );
  if (!column?.meta_data) {
    throw corrupt(column ? `its column ${name} is encrypted` : `a row group lacks its column ${name}`);
  }
  if (column.file_path) {
    throw corrupt(`its column ${name} is in another file`);
  }
  return column.meta_data;
}

function chunkOf(meta: ColumnMetaData, dataEnd: number): ColumnChunk {
  const data = count(meta.data_page_offset, 'place of a column');
  // Some writers say 0 for none.
  const dictionary = meta.dictionary_page_offset ? count(meta.dictionary_page_offset, 'place of a column') : data;
  const start = Math.min(data, dictionary);
  const end = start + count(meta.total_compressed_size, 'size of a column');
  if (start < 4 || end > dataEnd) {
    throw corrupt(`its column ${meta.path_in_schema.join('.')} would lie outside of it`);
  }
  return { start, end, codec: meta.codec };
}

/** A number of the footer, which is no less than 0 and exact. */
function count(value: bigint | number, what: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) {
    throw corrupt(`its footer is damaged (${what}: ${String(value)})`);
  }
  return number;
}

/** The span of a row group's times; `undefined` where statistics do not tell it for sure. */
function startsOf({ type, divisor }: ParquetColumn, { statistics }: ColumnMetaData): RowGroup['starts'] {
  const { min_value, max_value, min, max, null_count } = statistics ?? {};
  const first = secondsOf(min_value ?? min, divisor);
  const last = secondsOf(max_value ?? max, divisor);
  const isWhole = Number(null_count ?? -1) === 0 && (type === 'INT32' || type === 'INT64');
  if (!isWhole || first === undefined || last === undefined || first < 0 || first > last) {
    return undefined;
  }
  // Seconds and milliseconds in one column are in no order.
  return last <= MAX_SECONDS ? { firstSec: first, lastSec: last } : undefined;
}

function secondsOf(value: Statistics['min_value'], divisor: number): number | undefined {
  return typeof value === 'bigint' || typeof value === 'number' ? Math.floor(Number(value) / divisor) : undefined;
}
