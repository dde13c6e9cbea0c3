/**
 * Records added up: as a digest, or as what is made of one.
 */
import type { Digest } from '../digest/digest';
import type { ScanQuery } from '../query/model';
import { runScan } from '../scan/run-scan';
import type { PartialReason } from '../scan/partial-reason';
import type { ScanProgress } from '../scan/read-selected';
import type { Source } from '../scan/select-objects';
import type { Problems, Selection } from '../scan/selection';
import { createWorkerPool } from '../scan/worker-pool';
import type { WorkerPool } from '../scan/worker-pool';
import { buildGraph } from '../view/graph';
import type { Graph } from '../view/graph-model';
import { buildSeries } from '../view/series';
import type { SeriesSet } from '../view/series';
import { buildTable } from '../view/table';
import type { Table } from '../view/table';
import { toQuery } from './asked';
import type { AskedDigest, AskedGraph, AskedSeries, AskedTable } from './asked';
import { assertWhole } from './assert-whole';
import { withWhere } from './list-objects';
import type { ObjectOptions } from './list-objects';

/** Sources, as `openSources` gives them. */
interface Sources {
  readonly sources: readonly Source[];
}

/** How a scan runs. */
export interface ScanOptions extends ObjectOptions {
  /** Threads, from `startThreads`; without them the calling one does all. */
  readonly threads?: WorkerPool;
  /** Objects fetched at a time. */
  readonly concurrency?: number;
  readonly report?: (progress: ScanProgress) => void;
  /** A folder for temporary files, so that tables and series may have more groups than `limits.maxKeys`. */
  readonly tempFolder?: string;
}

/** What an answer covers. */
export interface Covered {
  readonly selection: Selection;
  readonly problems: Problems;
  /** Set if a limit ended it early (only with `onLimit: 'partial'`). */
  readonly partial?: PartialReason;
}

/** The digest, which also has the tallies: where every line went. */
export interface DigestAnswer extends Covered {
  readonly digest: Digest;
}

/** All groups, by default with the key of go-vpcflow. */
export async function readDigest(
  from: Sources,
  asked: AskedDigest = {},
  options: ScanOptions = {},
): Promise<DigestAnswer> {
  return scan(from, toQuery('digest', asked), options);
}

/** The largest groups and *Other*. */
export async function readTable(
  from: Sources,
  asked: AskedTable = {},
  options: ScanOptions = {},
): Promise<DigestAnswer & { readonly table: Table }> {
  const query = toQuery('table', asked);
  const answer = await scan(from, query, options);
  return { ...answer, table: buildTable(answer.digest, query) };
}

/** The largest groups over time. */
export async function readSeries(
  from: Sources,
  asked: AskedSeries = {},
  options: ScanOptions = {},
): Promise<DigestAnswer & { readonly series: SeriesSet }> {
  const query = toQuery('series', asked);
  const answer = await scan(from, query, options);
  return { ...answer, series: buildSeries(answer.digest, query) };
}

/** Who talks to whom, for `printDot` and `renderSvg` too. */
export async function readGraph(
  from: Sources,
  asked: AskedGraph = {},
  options: ScanOptions = {},
): Promise<DigestAnswer & { readonly graph: Graph }> {
  const query = toQuery('graph', asked);
  const answer = await scan(from, query, options);
  return { ...answer, graph: buildGraph(answer.digest, query) };
}

async function scan(
  { sources }: Sources,
  query: Exclude<ScanQuery, { view: 'records' }>,
  { threads, where, onMissing, tempFolder, ...options }: ScanOptions,
): Promise<DigestAnswer> {
  const own = threads ? undefined : createWorkerPool({ size: 0, createWorker: createNoWorker });
  try {
    // A digest is asked for with all its rows.
    const spill = tempFolder === undefined || query.view === 'digest' ? undefined : { folder: tempFolder };
    const result = await runScan(query, withWhere(sources, where), { ...options, spill, pool: (threads ?? own)! });
    const { answer, selection, problems, partial } = result;
    assertWhole(result, { onMissing });
    if (answer.kind !== 'digest') {
      throw new Error('BUG: a digest was asked for');
    }
    return { digest: answer.digest, selection, problems, ...(partial && { partial }) };
  } finally {
    own?.close();
  }
}

function createNoWorker(): never {
  throw new Error('BUG: a pool of no threads starts none');
}
