/** Makes digests: scans the flow logs of a window and prints what go-vpcflow would, gzip-compressed. */
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { printDigest } from '../cli/print-answer';
import { isIncomplete, printOmissions } from '../cli/print-summary';
import { FlowError, type FlowErrorCode } from '../errors';
import type { DigestQuery } from '../query/model';
import { normaliseScanQuery } from '../query/normalise';
import { runScan, type ScanResult } from '../scan/run-scan';
import type { Source } from '../scan/select-objects';
import type { WorkerPool } from '../scan/worker-pool';
import { digestTotals } from '../view/totals';
import type { Job } from './job';
import { printTime } from './window';
import { makePacks } from './make-pack';
import type { MakeProduct } from './work-job';

export interface MakeDigestOptions {
  readonly sources: readonly Source[];
  readonly pool: WorkerPool;
  /** Empty means all. */
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  /** Stored bytes read ahead, and objects read at a time. */
  readonly prefetchBytes?: number;
  readonly concurrency?: number;
  /** Rows in memory; of more the rest goes by way of a temporary file. By default as many as everywhere. */
  readonly maxKeys?: number;
  /** Logs come late: a digest made sooner than this after the end of its window is not complete. */
  readonly settleMs: number;
  /** The digests of single objects are wanted as well. */
  readonly withPacks: boolean;
  /** Unix milliseconds. */
  readonly clock: () => number;
}

/** What may be gone when the object is asked for again. A digest without them would be wrong for good. */
const PASSING: readonly FlowErrorCode[] = ['unavailable', 'throttled', 'access-denied', 'bad-settings', 'internal'];

/**
 * Makes the digest of a window: records whose `start` lies in it. An object that cannot be read at the moment fails the job;
 * one that is damaged is left out, and the facts say so.
 */
export function createDigestMaker(options: MakeDigestOptions): MakeProduct {
  const { sources, pool, accounts, regions, prefetchBytes, concurrency, maxKeys, settleMs, withPacks, clock } = options;
  const spill = { folder: tmpdir(), takesRows: true };
  return async (job, signal) => {
    const { startMs, stopMs } = job.window;
    const range = { from: printTime(startMs), to: printTime(stopMs) };
    const asked = { view: 'digest', range, accounts, regions, ...(maxKeys !== undefined && { limits: { maxKeys } }) };
    const query = normaliseScanQuery(asked, { nowMs: clock() }) as DigestQuery;
    const result = await runScan(query, sources, { pool, signal, prefetchBytes, concurrency, spill });
    const { rows } = result;
    try {
      const { answer, problems } = result;
      const passing = problems.first.find(({ code }) => PASSING.includes(code));
      if (passing) {
        throw new FlowError(passing.code, passing.message, { fields: { key: passing.key, problems: problems.count } });
      }
      if (answer.kind !== 'digest') {
        throw new Error('BUG: the query of a digest is answered with records');
      }
      const { digest } = answer;
      const packed = withPacks ? await makePacks(job.window, { ...options, signal }) : undefined;
      return {
        bytes: await gzipText(printDigest(digest, query, 'reference', result)),
        facts: {
          ...commonFacts(job, result, clock(), settleMs),
          rowCount: rows?.rowCount ?? digest.rowCount,
          records: digest.tallies.flows,
          bytes: digestTotals(digest, ['bytes']).bytes,
          ...(withPacks && { packedObjects: packed?.objectCount ?? 0 }),
        },
        ...(packed && { packs: packed.files }),
      };
    } finally {
      await rows?.close();
    }
  };
}

function commonFacts({ id, kind, window }: Job, result: ScanResult, nowMs: number, settleMs: number) {
  const isSettled = nowMs >= window.stopMs + settleMs;
  const omissions = [...printOmissions(result)].map((text) => text.trim());
  return {
    id,
    kind,
    start: printTime(window.startMs),
    stop: printTime(window.stopMs),
    made: new Date(nowMs).toISOString(),
    complete: isSettled && !isIncomplete(result),
    notices: isSettled ? omissions : ['made before all logs of the window can have come', ...omissions],
  };
}

/** Texts as one gzip file. The generator is asked for more only as fast as it is compressed, so that others get their turn. */
async function gzipText(pieces: AsyncIterable<string>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of Readable.from(inBatches(pieces)).pipe(createGzip()) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const BATCH_CHARS = 1 << 16;

async function* inBatches(pieces: AsyncIterable<string>): AsyncIterable<string> {
  let batch = '';
  for await (const piece of pieces) {
    batch += piece;
    if (batch.length >= BATCH_CHARS) {
      yield batch;
      batch = '';
    }
  }
  yield batch;
}
