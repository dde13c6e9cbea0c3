/**
 * What flowlogs_reader does: records as they are read, the addresses in them, and their sums by flow.
 */
import { findKey } from '../digest/digest';
import type { Digest } from '../digest/digest';
import { FlowError } from '../errors';
import { parseAddress } from '../flow/address';
import { readRecords } from '../scan/read-records';
import type { RecordsReading } from '../scan/read-records';
import type { ScanResult } from '../scan/run-scan';
import type { OpenedSources } from '../library/open-sources';
import { createAddressSet } from './address-set';
import { EXIT, readNow } from './cli-context';
import type { CliContext } from './cli-context';
import { openLocations } from './open-locations';
import type { Options } from './options';
import { printAggregate } from './print-aggregate';
import { digestPieces } from './print-answer';
import { createReaderPrinter } from './print-reader-lines';
import type { ReaderPrinter } from './print-reader-lines';
import { isIncomplete, printOmissions, printSummary } from './print-summary';
import { readReaderLocation } from './reader-location';
import type { LocationType } from './reader-location';
import { readReaderColumns, readReaderQuery } from './reader-options';
import { runScanQuery } from './run-query';
import { writePieces } from './write-pieces';

/** Which records are printed. */
export interface PrintRequest {
  /** Stop after so many; 0 or nothing for all. */
  readonly count?: number;
  /** Only records from or to these. */
  readonly addresses?: readonly string[];
}

/** Prints records as they are read; resolves to the exit code. */
export async function runPrint(
  location: string,
  { count = 0, addresses }: PrintRequest,
  options: Options,
  context: CliContext,
): Promise<number> {
  const filter = addresses && `addr in (${addresses.map(assertAddress).join(', ')})`;
  const query = readReaderQuery(options, { filter }, readNow(context));
  const opened = await openReaderLocation(location, options, context);
  try {
    const startMs = context.clock();
    const { signal } = context;
    const reading = readRecords(query, opened.sources, {
      signal,
      concurrency: options.threadCount as number | undefined,
      // Windows without records are printed as they are logged; they have no addresses.
      everyStatus: true,
    });
    const printer = createReaderPrinter();
    await writePieces(printBatches(reading, printer, count || Infinity), context.stdout);
    const result = resultOf(reading, printer);
    // What was read of the last object tells nothing if printing has stopped amid it.
    if (options.quiet !== true && !(count > 0 && printer.printed() >= count)) {
      context.stderr.write([...printSummary(result, context.clock() - startMs, [])].join(''));
    }
    context.stderr.write([...printOmissions(result)].join(''));
    return isIncomplete(result) ? EXIT.incomplete : EXIT.ok;
  } finally {
    opened.close();
  }
}

/** Prints the distinct addresses, IPv4 before IPv6, each by value; resolves to the exit code. */
export async function runIpSet(location: string, options: Options, context: CliContext): Promise<number> {
  return runDigest(['srcaddr', 'dstaddr'], printIpSet, location, options, context);
}

/** Prints the sums of packets and bytes by flow; resolves to the exit code. */
export async function runAggregate(location: string, options: Options, context: CliContext): Promise<number> {
  const keys = ['srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol'];
  const noteLeftOut = (flows: number): void =>
    void context.stderr.write(
      `NOT COUNTED: ${flows} record${flows === 1 ? '' : 's'} without an address, a port or a protocol\n`,
    );
  return runDigest(keys, (digests) => printAggregate(digests, noteLeftOut), location, options, context);
}

async function runDigest(
  keys: readonly string[],
  print: (digests: Iterable<Digest> | AsyncIterable<Digest>) => AsyncIterable<string>,
  location: string,
  options: Options,
  context: CliContext,
): Promise<number> {
  const query = readReaderQuery(options, { keys }, readNow(context));
  return runScanQuery(query, options, context, {
    open: () => openReaderLocation(location, options, context),
    async write(result) {
      if (result.answer.kind === 'digest') {
        await writePieces(print(digestPieces(result.answer.digest, result)), context.stdout);
      }
    },
    askedFields: keys,
    concurrency: options.threadCount as number | undefined,
  });
}

async function openReaderLocation(text: string, options: Options, context: CliContext): Promise<OpenedSources> {
  const { region, filterPattern } = options;
  const type = options.locationType as LocationType | undefined;
  const location = readReaderLocation(text, type, typeof region === 'string' ? region : '');
  if (options.externalId !== undefined && options.roleArn === undefined) {
    throw new FlowError('bad-settings', 'cannot use --external-id: it is for a role, and there is no --role-arn');
  }
  if (filterPattern !== undefined && !location.isLogGroup) {
    throw new FlowError(
      'bad-settings',
      'cannot use --filter-pattern: only log groups are searched by CloudWatch Logs; --filter is for every location',
    );
  }
  if (location.isLocalByChance && options.quiet !== true) {
    context.stderr.write(`note: reading the folder or file ${text}; with --location-type cwl it is a log group\n`);
  }
  return openLocations(
    [location.text],
    { ...options, bucketRegion: region, header: readReaderColumns(options) },
    context,
  );
}

async function* printBatches(
  { batches }: RecordsReading,
  printer: ReaderPrinter,
  count: number,
): AsyncGenerator<string, void, undefined> {
  for await (const records of batches) {
    // Records that cannot be printed do not count, so that it may take several pieces.
    for (let from = 0, to = 0; from < records.length && printer.printed() < count; from = to) {
      to = from + count - printer.printed();
      yield printer.print(records.slice(from, to));
    }
    if (printer.printed() >= count) {
      return;
    }
  }
}

/** What was read, as a scan says it. */
function resultOf(reading: RecordsReading, printer: ReaderPrinter): ScanResult {
  const read = reading.tallies();
  const bad = printer.malformed();
  const tallies = { ...read, flows: printer.printed(), badValue: read.badValue + bad };
  return {
    answer: { kind: 'records', records: { records: [], tallies } },
    selection: reading.selection(),
    problems: reading.problems(),
    cachedObjects: 0,
    storedObjects: 0,
    partial: reading.partial(),
  };
}

function assertAddress(text: string): string {
  if (!parseAddress(text.replace(/\/\d+$/, ''))) {
    throw new FlowError(
      'bad-query',
      `cannot look for ${JSON.stringify(text)}: it is not an address or a block of them`,
    );
  }
  return text;
}

/** All addresses are in memory, 4 or 16 bytes each: rows are sorted by the one end only. */
async function* printIpSet(digests: Iterable<Digest> | AsyncIterable<Digest>): AsyncIterable<string> {
  const ends = createAddressSet();
  for await (const digest of digests) {
    for (const name of ['srcaddr', 'dstaddr']) {
      const column = findKey(digest, name);
      if (column?.kind !== 'address') {
        throw new Error(`BUG: ${name} is no address`);
      }
      ends.add(column);
    }
  }
  let piece = '';
  for (const text of ends.texts()) {
    piece += `${text}\n`;
    if (piece.length > 1 << 15) {
      yield piece;
      piece = '';
    }
  }
  yield piece;
}
