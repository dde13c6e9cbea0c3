/** Flow logs as Parquet files: the tokens of lines under typed columns, as AWS and others write them. */
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer, type ColumnSource } from 'hyparquet-writer';
import { fieldOrText } from '../../../src/flow/fields';

export interface WriteOptions {
  readonly codec?: 'GZIP' | 'SNAPPY' | 'UNCOMPRESSED';
  /** Rows of a row group. */
  readonly groupRows?: number;
  /** Bytes of a page. */
  readonly pageBytes?: number;
  /** Of numbers, and of texts; without it the writer takes a dictionary where that is smaller. */
  readonly numberEncoding?: 'PLAIN' | 'DELTA_BINARY_PACKED';
  readonly textEncoding?: 'PLAIN' | 'DELTA_LENGTH_BYTE_ARRAY' | 'DELTA_BYTE_ARRAY';
  /** A missing text is a hyphen, not a null. */
  readonly hyphens?: boolean;
}

/** The file. A column of which some token is no number is one of texts, as other writers make them. */
export function writeParquet(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  {
    codec = 'GZIP',
    groupRows = 1000,
    pageBytes = 2 ** 20,
    numberEncoding,
    textEncoding,
    hyphens = false,
  }: WriteOptions = {},
): Uint8Array {
  const columnData = columns.map((name, column): ColumnSource => {
    const tokens = rows.map((row) => row[column]!);
    const type = columnType(name, tokens);
    const encoding = type === 'STRING' ? textEncoding : numberEncoding;
    return {
      name: name.replaceAll('-', '_'),
      type,
      data: tokens.map((token) => {
        if (token === '-') {
          return type === 'STRING' && hyphens ? '-' : null;
        }
        return type === 'STRING' ? token : type === 'INT32' ? Number(token) : BigInt(token);
      }),
      ...(encoding && { encoding }),
    };
  });
  return new Uint8Array(
    parquetWriteBuffer({
      columnData,
      codec,
      compressors: { GZIP: (bytes) => gzipSync(bytes) },
      rowGroupSize: groupRows,
      pageSize: pageBytes,
    }),
  );
}

function columnType(name: string, tokens: readonly string[]): 'INT32' | 'INT64' | 'STRING' {
  const { type } = fieldOrText(name);
  const max = type === 'integer' ? 2 ** 31 - 1 : Number.MAX_SAFE_INTEGER;
  const isNumeric =
    (type === 'integer' || type === 'long') &&
    tokens.every((token) => token === '-' || (/^(0|[1-9]\d*)$/.test(token) && Number(token) <= max));
  return !isNumeric ? 'STRING' : type === 'integer' ? 'INT32' : 'INT64';
}
