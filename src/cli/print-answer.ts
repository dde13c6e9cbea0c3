/**
 * Every view's answer in every format the command offers.
 */
import { FlowError } from '../errors';
import { cellText, MISSING } from '../digest/digest';
import type { Digest, KeyColumn } from '../digest/digest';
import type { RecordSet } from '../digest/records';
import { DEFAULT_FORMAT } from '../flow/fields';
import { splitLine } from '../flow/header';
import { protocolName } from '../flow/protocols';
import { REFERENCE_KEYS } from '../query/model';
import type { ScanResult } from '../scan/run-scan';
import type { DigestQuery, GraphQuery, RecordsQuery, SeriesQuery, TableQuery } from '../query/model';
import { describeBytes, describeExactly } from '../view/describe-size';
import { printDot } from '../view/dot';
import { buildGraph } from '../view/graph';
import { buildSeries } from '../view/series';
import type { SeriesSet } from '../view/series';
import { renderSvg } from '../view/svg';
import { buildTable } from '../view/table';
import type { TableColumn } from '../view/table';
import { digestBounds, digestTotals, finite, type TimeBounds } from '../view/totals';
import { isIncomplete } from './print-summary';
import { ROWS_PER_PIECE, printAligned, printCsvRows, printJsonRows, printSpacedRows } from './print-rows';
import type { Cell, Output } from './print-rows';

/** Longer tables are not aligned. */
const MAX_ALIGNED_ROWS = 1000;

/** Formats per command; the first is the default. */
export const FORMATS = {
  digest: ['text', 'json', 'csv', 'reference'],
  table: ['text', 'json', 'csv'],
  series: ['text', 'json', 'csv'],
  records: ['text', 'json', 'csv'],
  graph: ['dot', 'svg', 'json'],
  plan: ['text', 'json'],
  completeness: ['text', 'json', 'csv'],
} as const;
export type Format = (typeof FORMATS)[keyof typeof FORMATS][number];

/** All groups. `text` and `csv` have a column per key, then `packets bytes flows start end`. */
export async function* printDigest(digest: Digest, query: DigestQuery, format: Format, scan: ScanResult): Output {
  if (format === 'reference') {
    yield* printReferenceLines(digest, query, scan);
    return;
  }
  const sums = digest.sums.map(({ name }) => name);
  const keys = digest.keys.map(({ name }) => name);
  const names = [
    ...(digest.bucketStartSec ? ['bucket'] : []),
    ...keys,
    ...namesBeside(keys, [...sums, 'flows', 'start', 'end']),
  ];
  const rows = mapBatches(digestPieces(digest, scan), digestRows);
  switch (format) {
    case 'json':
      yield `{"rowCount":${scan.rows?.rowCount ?? digest.rowCount},"totals":${JSON.stringify(digestTotals(digest, ['bytes', 'packets', 'flows']))},`;
      yield `"tallies":${JSON.stringify(digest.tallies)},"scan":${JSON.stringify(describeScan(scan))},"rows":`;
      yield* printJsonRows(names, rows);
      yield '}\n';
      break;
    case 'csv':
      yield* printCsvRows(names, rows);
      break;
    default:
      yield* printSpacedRows(names, rows);
  }
}

/** The digest in pieces, in order, all of whose rows are its rows. */
export function digestPieces(
  digest: Digest,
  { rows }: Pick<ScanResult, 'rows'>,
): AsyncIterable<Digest> | readonly Digest[] {
  return rows ?? [digest];
}

async function* mapBatches<T, U>(batches: Iterable<T> | AsyncIterable<T>, map: (batch: T) => U): AsyncIterable<U> {
  for await (const batch of batches) {
    yield map(batch);
  }
}

function* digestRows(digest: Digest): Iterable<Cell[]> {
  for (let row = 0; row < digest.rowCount; row++) {
    const bucket = digest.bucketStartSec?.[row];
    yield [
      ...(bucket === undefined ? [] : [bucket === MISSING ? null : bucket]),
      ...digest.keys.map((column) => cell(column, row)),
      ...digest.sums.map(({ values }) => values[row]!),
      digest.flows[row]!,
      finite(digest.minStartSec[row]!) ?? null,
      finite(digest.maxEndSec[row]!) ?? null,
    ];
  }
}

function cell(column: KeyColumn, row: number): Cell {
  // A tag may have the value `-`; only its code tells it from a missing one.
  const text = cellText(column, row);
  const isMissing = column.kind === 'text' ? column.codes[row] === MISSING : text === '-';
  return isMissing ? null : column.kind === 'integer' || column.kind === 'long' ? Number(text) : text;
}

/** Names for the columns behind the keys: a field may be a key and be added up as well. */
function namesBeside(keys: readonly string[], names: readonly string[]): string[] {
  const prefixes: Readonly<Record<string, string>> = { start: 'min-', end: 'max-' };
  return names.map((name) => (keys.includes(name) ? `${prefixes[name] ?? 'sum-'}${name}` : name));
}

/** What JSON answers say about their own completeness. */
function describeScan({ selection, problems, partial }: ScanResult): object {
  const { archivedObjects } = selection;
  const complete = !isIncomplete({ selection, problems, partial });
  return { complete, partial: partial ?? null, problems, archivedObjects };
}

/**
 * The lines of go-vpcflow's digest: records of the default format, all with the digest's overall start and end (the
 * reference implementation keeps one pair of bounds for the whole digest).
 */
async function* printReferenceLines(digest: Digest, query: DigestQuery, scan: ScanResult): Output {
  if (query.keys.join() !== REFERENCE_KEYS.join() || digest.bucketStartSec) {
    throw new FlowError('bad-query', 'cannot print reference lines: they need the default keys and no buckets');
  }
  const bounds = digestBounds(digest);
  for await (const piece of digestPieces(digest, scan)) {
    yield* referenceLines(piece, bounds);
  }
}

function* referenceLines(digest: Digest, bounds: TimeBounds): Iterable<string> {
  const { minStartSec = '-', maxEndSec = '-' } = bounds;
  const sources = DEFAULT_FORMAT.map((name): ((row: number) => string) => {
    const key = digest.keys.find((column) => column.name === name);
    const sum = digest.sums.find((column) => column.name === name);
    return key
      ? (row) => cellText(key, row)
      : sum
        ? (row) => String(sum.values[row])
        : () => String(name === 'start' ? minStartSec : maxEndSec);
  });
  for (let row = 0; row < digest.rowCount;) {
    // Many lines in a piece.
    let piece = '';
    for (const end = Math.min(row + ROWS_PER_PIECE, digest.rowCount); row < end; row++) {
      piece += sources.map((source) => source(row)).join(' ') + '\n';
    }
    yield piece;
  }
}

/** The largest groups and *Other*. */
export async function* printTable(digest: Digest, query: TableQuery, format: Format, scan: ScanResult): Output {
  const answer = buildTable(digest, query);
  const keyCount = query.keys.length;
  const columnNames = answer.columns.map(({ name }) => name);
  const names = [...query.keys, ...namesBeside(query.keys, columnNames.slice(keyCount))];
  const rows = Array.from({ length: answer.rowCount }, (_, row) =>
    answer.columns.map(({ values }) => values[row] ?? null),
  );
  const { otherRow, groupCount, foldedGroups } = answer;
  if (format === 'json') {
    const groups = otherRow === undefined ? rows : rows.slice(0, otherRow);
    const other =
      otherRow === undefined ? null : Object.fromEntries(names.map((name, i) => [name, rows[otherRow]![i]!]));
    yield `{"groupCount":${groupCount},"foldedGroups":${foldedGroups},`;
    yield `"totals":${JSON.stringify(digestTotals(digest, query.measures))},"tallies":${JSON.stringify(digest.tallies)},`;
    yield `"scan":${JSON.stringify(describeScan(scan))},"other":${JSON.stringify(other)},"rows":`;
    yield* printJsonRows(names, [groups]);
    yield '}\n';
    return;
  }
  if (format === 'csv') {
    const kinds = rows.map((row, i): Cell[] => [i === otherRow ? 'other' : 'group', ...row]);
    yield* printCsvRows(['row', ...names], [kinds]);
    return;
  }
  if (rows.length > MAX_ALIGNED_ROWS) {
    // Aligning takes all rows in memory as text; nobody reads so many by eye.
    const other: Cell = `Other(${foldedGroups})`;
    yield* printSpacedRows(names, [rows.map((row, i) => (i === otherRow ? [other, ...row.slice(1)] : row))]);
    return;
  }
  const shown = rows.map((row, i) => {
    const texts = row.map((value, column) => describeCell(answer.columns[column]!, value));
    if (i === otherRow) {
      texts[0] = `Other (${describeExactly(foldedGroups)})`;
      for (let column = 1; column < query.keys.length; column++) {
        texts[column] = '';
      }
    }
    return texts;
  });
  const numeric = names.filter((_, i) => answer.columns[i]!.kind === 'sum');
  yield printAligned(names, shown, new Set(numeric));
}

function describeCell({ name, kind }: TableColumn, value: Cell): string {
  if (value === null) {
    return '-';
  }
  if (kind === 'seconds') {
    return timeText(Number(value));
  }
  if (kind === 'sum') {
    return name === 'bytes' ? describeBytes(Number(value)) : describeExactly(Number(value));
  }
  return name === 'protocol' ? (protocolName(Number(value)) ?? String(value)) : String(value);
}

function timeText(sec: number): string {
  return new Date(sec * 1000).toISOString().replace('.000Z', 'Z');
}

/** Series over time: one row per bucket, one column per series. */
export async function* printSeries(digest: Digest, query: SeriesQuery, format: Format, scan: ScanResult): Output {
  const answer = buildSeries(digest, query);
  if (format === 'json') {
    yield JSON.stringify({ ...answer, tallies: digest.tallies, scan: describeScan(scan) }) + '\n';
    return;
  }
  const many = query.measures.length > 1;
  const columns = answer.series.flatMap((series) =>
    series.measures.map(({ measure, values }) => ({
      name: seriesName(series, many ? measure : undefined),
      measure,
      values,
    })),
  );
  const names = ['time', ...columns.map(({ name }) => name)];
  const rows = answer.startSec.map((sec, i): Cell[] => [
    timeText(sec),
    ...columns.map(({ values }) => values[i] ?? null),
  ]);
  if (format === 'csv') {
    yield* printCsvRows(names, [rows]);
    return;
  }
  const shown = rows.map(([time, ...values]) => [
    String(time),
    ...values.map((value, i) => describeMeasure(columns[i]!.measure, value, answer.unit)),
  ]);
  yield printAligned(names, shown, new Set(names.slice(1)));
}

function seriesName({ kind, labels, groupCount }: SeriesSet['series'][number], measure: string | undefined): string {
  const keys = Object.values(labels);
  const name = kind === 'other' ? `Other (${groupCount})` : keys.length === 0 ? 'total' : keys.join(' ');
  return measure === undefined ? name : `${name} ${measure}`;
}

function describeMeasure(measure: string, value: Cell, unit: SeriesQuery['unit']): string {
  if (value === null) {
    return '-';
  }
  const number = Number(value);
  const text =
    measure === 'bytes'
      ? describeBytes(number)
      : Number.isInteger(number)
        ? describeExactly(number)
        : number.toFixed(2);
  return unit === 'rate' ? `${text}/s` : text;
}

/** Single records: as they were logged, or the columns asked for. */
export async function* printRecords(set: RecordSet, query: RecordsQuery, format: Format, scan: ScanResult): Output {
  const { records } = set;
  if (format === 'text' && query.fields.length === 0) {
    // A new header line wherever the format changes: the output is itself flow-log text.
    let last = '';
    for (const { line, columns } of records) {
      const header = columns.join(' ');
      yield (header === last ? '' : `${header}\n`) + `${line}\n`;
      last = header;
    }
    return;
  }
  const names = query.fields.length > 0 ? query.fields : [...new Set(records.flatMap(({ columns }) => columns))];
  function* rows(): Iterable<Cell[]> {
    for (const { line, columns } of records) {
      const tokens = splitLine(line);
      yield names.map((name) => {
        const token = tokens[columns.indexOf(name)];
        return token === undefined || token === '-' ? null : token;
      });
    }
  }
  switch (format) {
    case 'json':
      yield `{"tallies":${JSON.stringify(set.tallies)},"scan":${JSON.stringify(describeScan(scan))},"rows":`;
      yield* printJsonRows(names, [rows()]);
      yield '}\n';
      break;
    case 'csv':
      yield* printCsvRows(names, [rows()]);
      break;
    default:
      yield* printSpacedRows(names, [rows()]);
  }
}

/** The graph as DOT, SVG or JSON. */
export async function printGraph(
  digest: Digest,
  query: GraphQuery,
  format: Format,
  { title, scan }: { title: string; scan: ScanResult },
): Promise<string> {
  const graph = buildGraph(digest, query);
  switch (format) {
    case 'json':
      return JSON.stringify({ ...graph, tallies: digest.tallies, scan: describeScan(scan) }) + '\n';
    case 'svg':
      return renderSvg(printDot(graph, { title }), { title });
    default:
      return printDot(graph, { title });
  }
}
