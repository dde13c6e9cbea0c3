/**
 * The corpus with all 29 fields of version 5, as gzip text and as Parquet: larger objects of the same records, so that the
 * answer is the same. Made once and kept in `bench/out`.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { FIELDS } from '../src/flow/fields';
import type { Corpus } from './contestant';

export interface WideCorpora {
  readonly text: Corpus;
  readonly parquet: Corpus;
}

const COLUMNS = FIELDS.filter(({ version }) => version <= 5);
/** Objects of the narrow corpus that are one here: a busy estate's have some hundred thousand records. */
const OBJECTS_PER_OBJECT = 12;
/** Another number when something below changes: what an older version made is not taken then. */
const VERSION = 1;

/** Both forms of a corpus. */
export function openWideCorpora(corpus: Corpus): WideCorpora {
  const folder = join(dirname(corpus.folder), `wide-${VERSION}`);
  if (!existsSync(folder)) {
    const partial = `${folder}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(join(partial, 'text'), { recursive: true });
    mkdirSync(join(partial, 'parquet'));
    for (let from = 0; from < corpus.files.length; from += OBJECTS_PER_OBJECT) {
      const name = String(from).padStart(4, '0');
      const rows = corpus.files.slice(from, from + OBJECTS_PER_OBJECT).flatMap(readRows);
      const header = COLUMNS.map((field) => field.name).join(' ');
      const text = [header, ...rows.map((row) => row.join(' ')), ''].join('\n');
      writeFileSync(join(partial, 'text', `${name}.log.gz`), gzipSync(text));
      writeFileSync(join(partial, 'parquet', `${name}.log.parquet`), parquetFromRows(rows));
    }
    // Renamed when whole.
    renameSync(partial, folder);
  }
  return { text: corpusOf(join(folder, 'text'), corpus), parquet: corpusOf(join(folder, 'parquet'), corpus) };
}

/** What is compared is a record's time to be read, so the text is that of the narrow corpus in all of them. */
function corpusOf(folder: string, { records, textBytes }: Corpus): Corpus {
  const files = readdirSync(folder).map((name) => join(folder, basename(name)));
  const storedBytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  return { folder, files: files.sort(), records, textBytes, storedBytes };
}

/** Records of the default format with the fields of versions 3 to 5 behind them, as likely as not for their interface. */
function readRows(file: string): string[][] {
  const lines = gunzipSync(readFileSync(file)).toString('latin1').trimEnd().split('\n').slice(1);
  return lines.map((line) => {
    const cells = line.split(' ');
    const [, , eni, srcaddr, dstaddr, srcport, dstport, protocol] = cells as [string, ...string[]] & string[];
    const kind = Number.parseInt(eni!.slice(-4), 16);
    return [
      ...cells,
      ...[`vpc-0${hex(kind % 3)}`, `subnet-0${hex(kind % 9)}`, kind % 4 > 0 ? `i-0${eni!.slice(4, 20)}` : '-'],
      ...[protocol === '6' ? ['0', '2', '3', '18', '19'][Number(srcport) % 5]! : '0', 'IPv4', srcaddr!, dstaddr!],
      ...['eu-central-1', `euc1-az${(kind % 3) + 1}`, '-', '-'],
      ...[Number(srcport) % 13 > 0 ? '-' : 'AMAZON', Number(dstport) % 17 > 0 ? '-' : 'S3'],
      ...(kind % 2 > 0 ? ['ingress', '-'] : ['egress', '8']),
    ];
  });
}

function hex(number: number): string {
  return (number + 16).toString(16).repeat(8);
}

function parquetFromRows(rows: readonly (readonly string[])[]): Uint8Array {
  const columnData = COLUMNS.map(({ name, type }, column) => ({
    name: name.replaceAll('-', '_'),
    type: type === 'integer' ? ('INT32' as const) : type === 'long' ? ('INT64' as const) : ('STRING' as const),
    data: rows.map((row) => {
      const cell = row[column]!;
      return type === 'text' || type === 'address'
        ? cell
        : cell === '-'
          ? null
          : type === 'long'
            ? BigInt(cell)
            : Number(cell);
    }),
  }));
  const compressors = { GZIP: (bytes: Uint8Array) => gzipSync(bytes) };
  return new Uint8Array(parquetWriteBuffer({ columnData, codec: 'GZIP', compressors, rowGroupSize: 1_000_000 }));
}
