/**
 * The library's entry: what a Node program may use. Everything else may change without notice.
 */
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { version } from '../../package.json';
import { threadData } from '../scan/thread-data';
import { createWorkerPool } from '../scan/worker-pool';
import type { WorkerPool } from '../scan/worker-pool';
import { parseS3Settings } from '../store/s3-settings';
import type { S3Settings } from '../store/s3-settings';
import { openSources as openWith } from './open-sources';
import type { OpenedSources } from './open-sources';

export { FlowError } from '../errors';
export type { FlowErrorCode } from '../errors';
export { FIELDS } from '../flow/fields';
export type { Field } from '../flow/fields';
export { parseHeader } from '../flow/header';
export { formatObjectKey, parseObjectKey } from '../flow/object-key';
export type { FlowLogKey } from '../flow/object-key';
export { parseFilter } from '../query/parse-filter';
export { printFilter } from '../query/print-filter';
export type { FilterNode } from '../query/filter';
export type { Limits, Measure } from '../query/model';
export { mergeDigests } from '../digest/merge';
export type { Digest, KeyColumn, SumColumn, Tallies } from '../digest/digest';
export { digestTotals } from '../view/totals';
export { printDot } from '../view/dot';
export { renderSvg } from '../view/svg';
export type { Graph, GraphEdge, GraphNode } from '../view/graph-model';
export type { Series, SeriesSet } from '../view/series';
export type { Table, TableColumn } from '../view/table';
export type { PartialReason } from '../scan/partial-reason';
export type { ScanProgress } from '../scan/read-selected';
export type { SelectedObject, Source } from '../scan/select-objects';
export type { Problem, Problems, Selection } from '../scan/selection';
export type { WorkerPool } from '../scan/worker-pool';
export type { S3Settings } from '../store/s3-settings';
export type { ListPage, ObjectStore, StoredObject } from '../store/store';
export type { Asked, AskedDigest, AskedGraph, AskedGroups, AskedSeries, AskedTable, Moment } from './asked';
export type { MissingOptions } from './assert-whole';
export { digestRows } from './digest-rows';
export type { DigestRow } from './digest-rows';
export { listObjects } from './list-objects';
export type { ObjectFacts, ObjectListing, ObjectOptions } from './list-objects';
export type { OpenedSources } from './open-sources';
export { readRecords } from './read-records';
export type { RecordOptions, RecordStream } from './read-records';
export { readDigest, readGraph, readSeries, readTable } from './read-views';
export type { Covered, DigestAnswer, ScanOptions } from './read-views';
export { parseRecord } from './record';
export type { FlowLogRecord, NumberField, TextField } from './record';

/** The worker's file beside the built library; not defined when the sources run as they are. */
declare const WORKER_FILE: string | undefined;

/** How locations are opened. */
export interface OpenOptions {
  /** How AWS is reached, and as whom; by default as its other tools do, by the variables of the process. */
  readonly aws?: Partial<S3Settings>;
  /** Every object may be a flow log, whatever its key. */
  readonly anyKey?: boolean;
  /** The columns of logs without a header line. */
  readonly header?: string;
}

/**
 * Opens `s3://bucket/prefix`, `logs://region/group`, ARNs, folders and files. Nothing is listed yet. Throws `bad-settings`
 * or `not-found`.
 */
export async function openSources(
  locations: string | readonly string[],
  { aws = {}, anyKey, header }: OpenOptions = {},
): Promise<OpenedSources> {
  const { env } = process;
  return openWith(typeof locations === 'string' ? [locations] : locations, {
    settings: () =>
      parseS3Settings({
        authType: aws.profile === undefined ? 'default' : 'credentials',
        region: env.AWS_REGION ?? env.AWS_DEFAULT_REGION,
        endpoint: env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL,
        stsEndpoint: env.AWS_ENDPOINT_URL_STS ?? env.AWS_ENDPOINT_URL,
        ec2Endpoint: env.AWS_ENDPOINT_URL_EC2 ?? env.AWS_ENDPOINT_URL,
        logsEndpoint: env.AWS_ENDPOINT_URL_CLOUDWATCH_LOGS ?? env.AWS_ENDPOINT_URL,
        ...aws,
      }),
    anyKey,
    header,
    version,
    environment: env,
  });
}

/** Threads that digest, for any number of scans at a time; `close` ends them. By default one per processor. */
export function startThreads(size: number = Math.min(availableParallelism(), 16)): WorkerPool {
  const entry =
    typeof WORKER_FILE === 'string'
      ? join(dirname(fileURLToPath(import.meta.url)), WORKER_FILE)
      : new URL('../scan/worker.ts', import.meta.url);
  const pool = createWorkerPool({ size, createWorker: () => new Worker(entry, { workerData: threadData() }) });
  pool.start();
  return pool;
}
