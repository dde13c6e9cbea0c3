/**
 * Commands that read records: a scan, its answer on standard output, notes and progress on standard error.
 */
import { tmpdir } from 'node:os';
import type { FlowQuery, ScanQuery } from '../query/model';
import { requiredFields } from '../query/required-fields';
import { runScan } from '../scan/run-scan';
import type { ScanResult } from '../scan/run-scan';
import type { DigestRows } from '../scan/spill';
import { createWorkerPool } from '../scan/worker-pool';
import type { OpenedSources } from '../library/open-sources';
import { EXIT, readNow } from './cli-context';
import type { CliContext } from './cli-context';
import { openLocations } from './open-locations';
import { queryFromOptions } from './options';
import type { CommandView, Options } from './options';
import { printDigest, printGraph, printRecords, printSeries, printTable } from './print-answer';
import type { Format } from './print-answer';
import { isIncomplete, printOmissions, printSummary } from './print-summary';
import { createProgressBar } from './progress-bar';
import { writePieces } from './write-pieces';

/** Runs a command's query and prints its answer; resolves to the exit code. */
export async function runQuery(
  view: CommandView,
  locations: readonly string[],
  options: Options,
  context: CliContext,
): Promise<number> {
  const query = queryFromOptions(view, options, readNow(context));
  return runScanQuery(query, options, context, {
    open: () => openLocations(locations, options, context),
    write: (result) => writeAnswer(result, query, options.format as Format, context.stdout),
    askedFields: askedFields(query, options),
    showsLargest: view === 'table',
  });
}

/** What makes a scan a command. */
export interface ScanCommand {
  open(): Promise<OpenedSources>;
  /** Writes the answer. */
  write(result: ScanResult): Promise<void>;
  /** The fields whose absence the user should hear of. */
  readonly askedFields: readonly string[];
  /** Objects read at a time. */
  readonly concurrency?: number;
  /** As for `runScan`. */
  readonly showsLargest?: boolean;
}

/** Scans and writes the answer, with progress and notes on standard error; resolves to the exit code. */
export async function runScanQuery(
  query: ScanQuery,
  options: Options,
  context: CliContext,
  { open, write, askedFields: asked, concurrency, showsLargest }: ScanCommand,
): Promise<number> {
  const threads = Number(options.workers ?? Math.min(context.cpuCount, 16));
  const pool = createWorkerPool({
    // For one thread the main one is there, which would only wait.
    size: threads > 1 ? threads : 0,
    createWorker: context.createWorker,
  });
  const isQuiet = options.quiet === true;
  const progress = await createProgressBar(isQuiet || !context.stderr.isTTY ? undefined : context.stderr);
  let opened: OpenedSources | undefined;
  let rows: DigestRows | undefined;
  try {
    // Threads start while sources are opened and listed.
    pool.start();
    opened = await open();
    const startMs = context.clock();
    const { signal } = context;
    const spill = { folder: tmpdir(), takesRows: true };
    const result = await runScan(query, opened.sources, {
      ...{ pool, signal, concurrency, report: progress.update, spill, showsLargest },
    });
    rows = result.rows;
    progress.stop();
    const elapsedMs = context.clock() - startMs;
    await write(result);
    if (!isQuiet) {
      context.stderr.write([...printSummary(result, elapsedMs, asked)].join(''));
    }
    // Quiet or not: what is missing must be heard of.
    context.stderr.write([...printOmissions(result)].join(''));
    return isIncomplete(result) ? EXIT.incomplete : EXIT.ok;
  } finally {
    progress.stop();
    await rows?.close();
    pool.close();
    opened?.close();
  }
}

async function writeAnswer(
  result: ScanResult,
  query: ScanQuery,
  format: Format,
  stdout: NodeJS.WritableStream,
): Promise<void> {
  const { answer } = result;
  if (answer.kind === 'records') {
    if (query.view === 'records') {
      await writePieces(printRecords(answer.records, query, format, result), stdout);
    }
    return;
  }
  const { digest } = answer;
  switch (query.view) {
    case 'digest':
      return writePieces(printDigest(digest, query, format, result), stdout);
    case 'table':
      return writePieces(printTable(digest, query, format, result), stdout);
    case 'series':
      return writePieces(printSeries(digest, query, format, result), stdout);
    case 'graph':
      return writePieces([await printGraph(digest, query, format, { title: graphTitle(query), scan: result })], stdout);
  }
}

function graphTitle({ range }: FlowQuery): string {
  const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');
  return range ? `VPC flows ${iso(range.fromMs)} to ${iso(range.toMs)}` : 'VPC flows';
}

/** The fields whose absence the user should hear of: those that the query names, not the defaults. */
function askedFields(query: FlowQuery, options: Options): readonly string[] {
  return options.by === undefined
    ? requiredFields({ ...query, ...('keys' in query ? { keys: [] } : {}) } as FlowQuery)
    : requiredFields(query);
}
