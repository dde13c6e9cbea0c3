/** Corpora made of another one, and kept beside it: ten times the records, larger objects, IPv6, 29 columns. */
import {
  linkSync,
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { type Corpus, listFiles, makeFolder } from './corpus';
import { WIDE_COLUMNS, joinTexts, toIpv6, toWideRows } from './rewrite';

/** How often `openTenfold` has each object. */
export const COPIES = 10;
/** Objects of the narrow corpus that are one of the wide: a busy estate's have some hundred thousand records. */
const WIDE_OBJECTS = 12;
/** Another number when something of the wide corpora or of IPv6 changes: what an older version made is not taken then. */
const WIDE_VERSION = 1;
const IPV6_VERSION = 1;

/** Ten copies of a corpus side by side (links to the same files): ten times the records, of the same groups. */
export async function openTenfold(corpus: Corpus): Promise<Corpus> {
  const folder = await derive(corpus, 'tenfold', (partial) => {
    for (let copy = 0; copy < COPIES; copy++) {
      for (const file of corpus.files) {
        const link = join(partial, String(copy), relative(corpus.folder, file));
        mkdirSync(dirname(link), { recursive: true });
        linkSync(file, link);
      }
    }
  });
  return {
    folder,
    files: listFiles(folder),
    records: COPIES * corpus.records,
    textBytes: COPIES * corpus.textBytes,
    storedBytes: COPIES * corpus.storedBytes,
  };
}

/** The same records with so many objects made one, under the first one's key. */
export async function openMerged(corpus: Corpus, objectsPerObject: number): Promise<Corpus> {
  const folder = await derive(corpus, `merged-${objectsPerObject}`, (partial) => {
    for (let from = 0; from < corpus.files.length; from += objectsPerObject) {
      const texts = corpus.files.slice(from, from + objectsPerObject).map(readText);
      const file = join(partial, relative(corpus.folder, corpus.files[from]!));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, gzipSync(joinTexts(texts)));
    }
  });
  return textCorpusOf(folder, corpus.records);
}

/** The same traffic between IPv6 addresses. */
export async function openIpv6(corpus: Corpus): Promise<Corpus> {
  const folder = await derive(corpus, `ipv6-${IPV6_VERSION}`, (partial) => {
    for (const file of corpus.files) {
      const target = join(partial, relative(corpus.folder, file));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, gzipSync(toIpv6(readText(file))));
    }
  });
  return textCorpusOf(folder, corpus.records);
}

/** All 29 fields of version 5 in larger objects, in both forms: the answer is the narrow corpus's. */
export async function openWide(corpus: Corpus): Promise<{ readonly text: Corpus; readonly parquet: Corpus }> {
  const folder = await derive(corpus, `wide-${WIDE_VERSION}`, (partial) => {
    mkdirSync(join(partial, 'text'));
    mkdirSync(join(partial, 'parquet'));
    for (let from = 0; from < corpus.files.length; from += WIDE_OBJECTS) {
      const name = String(from).padStart(4, '0');
      const rows = corpus.files.slice(from, from + WIDE_OBJECTS).flatMap((file) => toWideRows(readText(file)));
      const header = WIDE_COLUMNS.map((field) => field.name).join(' ');
      const text = [header, ...rows.map((row) => row.join(' ')), ''].join('\n');
      writeFileSync(join(partial, 'text', `${name}.log.gz`), gzipSync(text));
      writeFileSync(join(partial, 'parquet', `${name}.log.parquet`), parquetFromRows(rows));
    }
  });
  const text = textCorpusOf(join(folder, 'text'), corpus.records);
  const files = listFiles(join(folder, 'parquet'));
  return { text, parquet: { ...text, folder: join(folder, 'parquet'), files, storedBytes: sizeOf(files) } };
}

/** The folder of that name beside a corpus, made unless it is there. */
async function derive(corpus: Corpus, name: string, fill: (partial: string) => void): Promise<string> {
  const folder = join(dirname(corpus.folder), name);
  if (!existsSync(folder)) {
    await makeFolder(folder, fill);
  }
  return folder;
}

function textCorpusOf(folder: string, records: number): Corpus {
  const files = listFiles(folder);
  const textBytes = files.reduce((sum, file) => sum + inflatedBytesOf(file), 0);
  return { folder, files, records, textBytes, storedBytes: sizeOf(files) };
}

function readText(file: string): string {
  return gunzipSync(readFileSync(file)).toString('latin1');
}

function sizeOf(files: readonly string[]): number {
  return files.reduce((sum, file) => sum + statSync(file).size, 0);
}

/** The last four bytes of a gzip file (RFC 1952, ISIZE), here of one member below 4 GiB. */
function inflatedBytesOf(file: string): number {
  const tail = Buffer.alloc(4);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, tail, 0, 4, statSync(file).size - 4);
  closeSync(descriptor);
  return tail.readUInt32LE();
}

function parquetFromRows(rows: readonly (readonly string[])[]): Uint8Array {
  const columnData = WIDE_COLUMNS.map(({ name, type }, column) => ({
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
