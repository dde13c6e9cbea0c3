/** Makes graphs: takes the digest of the window, from wherever digests come, and prints it as DOT. */
import { FlowError, assertNotAborted } from '../errors';
import type { GraphQuery } from '../query/model';
import { normaliseScanQuery } from '../query/normalise';
import type { WorkerPool } from '../scan/worker-pool';
import { printDot } from '../view/dot';
import { buildGraph } from '../view/graph';
import { createJob } from './job';
import { readFacts, readProduct, type ProductFacts, type Shelf } from './shelf';
import { readStoredDigest } from './stored-digest';
import { printTime, type Window } from './window';
import { workJob, type MakeProduct } from './work-job';
import { pause } from './work-queue';

/** A digest, gzip-compressed, and what is said of it if anything is. */
export interface FetchedDigest {
  readonly bytes: Uint8Array;
  readonly facts?: ProductFacts;
}

/** Gets the digest of a window, and has it made if there is none. */
export type FetchDigest = (window: Window, signal: AbortSignal) => Promise<FetchedDigest>;

/** Makes the graph of a window: its largest `top` addresses and *Other*. */
export function createGraphMaker({
  fetchDigest,
  pool,
  top,
  clock,
}: {
  readonly fetchDigest: FetchDigest;
  readonly pool: WorkerPool;
  readonly top: number;
  readonly clock: () => number;
}): MakeProduct {
  return async ({ id, kind, window }, signal) => {
    const { bytes, facts } = await fetchDigest(window, signal);
    const digest = await readStoredDigest(bytes, { pool, signal });
    const query = normaliseScanQuery({ view: 'graph', top }, { nowMs: clock() }) as GraphQuery;
    const [start, stop] = [printTime(window.startMs), printTime(window.stopMs)];
    const dot = printDot(buildGraph(digest, query), { title: `VPC flows ${start} to ${stop}` });
    return {
      bytes: Buffer.from(dot),
      facts: {
        ...{ id, kind, start, stop, made: new Date(clock()).toISOString() },
        complete: facts?.complete ?? true,
        notices: facts?.notices ?? [],
      },
    };
  };
}

/** How long to wait for a digest, and how often to look. */
export interface Polling {
  readonly intervalMs: number;
  /** `Infinity` to wait for ever. */
  readonly timeoutMs: number;
}

/** Digests of this process's own shelf: what is not there is made at once, unless another worker is making it. */
export function createLocalDigestFetcher({
  shelf,
  make,
  polling,
  clock,
}: {
  readonly shelf: Shelf;
  readonly make: MakeProduct;
  readonly polling: Polling;
  readonly clock: () => number;
}): FetchDigest {
  return async (window, signal) => {
    const job = createJob('digest', window);
    const untilMs = clock() + polling.timeoutMs;
    for (;;) {
      const bytes = await readProduct(shelf, job.id);
      if (bytes) {
        return { bytes, facts: await readFacts(shelf, job.id) };
      }
      if ((await workJob(shelf, job, { make, signal })) !== 'busy') {
        continue;
      }
      if (clock() >= untilMs) {
        throw lateDigest(window, polling.timeoutMs);
      }
      await pauseUnlessStopped(polling.intervalMs, signal);
    }
  };
}

/** Digests of another service with the API of vpcflow-digesterd: asks for one and looks until it is there. */
export function createRemoteDigestFetcher({
  endpoint,
  token,
  polling,
  clock,
}: {
  /** Where its `/` is. */
  readonly endpoint: string;
  readonly token?: string;
  readonly polling: Polling;
  readonly clock: () => number;
}): FetchDigest {
  const ask = async (method: 'GET' | 'POST', { startMs, stopMs }: Window, signal: AbortSignal): Promise<Response> => {
    const url = new URL(endpoint);
    url.searchParams.set('start', printTime(startMs));
    url.searchParams.set('stop', printTime(stopMs));
    try {
      return await fetch(url, {
        method,
        signal,
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      });
    } catch (thrown) {
      const reason = thrown instanceof Error ? String(thrown.cause ?? thrown.message) : String(thrown);
      throw FlowError.from(
        signal.aborted ? thrown : new FlowError('unavailable', `cannot reach the digester at ${endpoint}: ${reason}`),
      );
    }
  };
  return async (window, signal) => {
    const untilMs = clock() + polling.timeoutMs;
    const posted = await ask('POST', window, signal);
    await posted.body?.cancel();
    if (posted.status !== 202 && posted.status !== 409) {
      throw refusedDigest(endpoint, posted.status);
    }
    for (;;) {
      const got = await ask('GET', window, signal);
      if (got.status === 200) {
        return { bytes: new Uint8Array(await got.arrayBuffer()) };
      }
      await got.body?.cancel();
      if (got.status !== 204) {
        throw refusedDigest(endpoint, got.status);
      }
      if (clock() >= untilMs) {
        throw lateDigest(window, polling.timeoutMs);
      }
      await pauseUnlessStopped(polling.intervalMs, signal);
    }
  };
}

async function pauseUnlessStopped(waitMs: number, signal: AbortSignal): Promise<void> {
  await pause(waitMs, signal);
  assertNotAborted(signal);
}

function refusedDigest(endpoint: string, status: number): FlowError {
  return new FlowError('unavailable', `cannot get the digest: ${endpoint} answers ${status}`, { fields: { status } });
}

function lateDigest({ startMs, stopMs }: Window, timeoutMs: number): FlowError {
  return new FlowError(
    'unavailable',
    `cannot get the digest of ${printTime(startMs)} to ${printTime(stopMs)}: it is not there after ${timeoutMs} ms`,
  );
}
