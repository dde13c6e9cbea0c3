/**
 * An opened data source as calls use it: its instance, and scans of the sources that a query may reach.
 */
import { tmpdir } from 'node:os';
import { answerTallies } from '../digest/digester';
import { compilePlan } from '../digest/plan';
import { FlowError } from '../errors';
import type { CompletenessQuery, FlowQuery, Limits, ScanQuery } from '../query/model';
import { createDigestCache, objectDigestKey } from '../scan/digest-cache';
import { measureCompleteness, type CompletenessResult } from '../scan/measure-completeness';
import { runScan, type ScanOptions, type ScanProgress, type ScanResult } from '../scan/run-scan';
import { selectObjects, type Source } from '../scan/select-objects';
import { createProblemList, type Problems, type Selection } from '../scan/selection';
import { foldOf } from '../scan/spill';
import { createStoredDigests } from '../scan/stored-digests';
import { withDigestFolder } from '../scan/with-digest-folder';
import type { DigestFolder } from '../scan/digest-folder';
import type { WorkerPool } from '../scan/worker-pool';
import { KEPT_OBJECTS_SHARE, createInstance, type Instance, type InstanceOptions } from './instance';
import type { ScanMetrics } from './scan-metrics';
import { selectSources } from './select-sources';
import { createSharedCalls } from './share-calls';
import { boundLimits, type DataSourceInput } from './settings';

export interface ScanCall {
  readonly signal: AbortSignal;
  /** The largest groups and the rest are not enough: groups that memory does not hold are over the limit. */
  readonly needsAll?: boolean;
  readonly report?: (progress: ScanProgress) => void;
}

/** What a scan would read. */
export interface Estimate {
  readonly selection: Selection;
  readonly problems: Problems;
  /** Selected objects whose digests for this query are kept, and their stored bytes. */
  readonly cachedObjects: number;
  readonly cachedBytes: number;
  /** About how long it would take, by how fast scans of this data source were. */
  readonly seconds: number;
}

export interface DataSource extends Instance {
  /** The limits of a query that asks for these. */
  boundLimits(asked: Partial<Limits> | undefined): Limits;
  /** Answers from the sources that the query names. */
  scan(query: ScanQuery, call: ScanCall): Promise<ScanResult>;
  /** Measures whether the logs of the sources are there. */
  measureCompleteness(query: CompletenessQuery, call: ScanCall): Promise<CompletenessResult>;
  /** Lists what a scan would read, whatever the limits of objects and bytes. */
  estimate(query: FlowQuery, call: ScanCall): Promise<Estimate>;
}

export interface DataSourceOptions extends InstanceOptions {
  /** Threads that all data sources share. */
  readonly pool: WorkerPool;
  readonly metrics: ScanMetrics;
  /** Where digests are kept on disk, for all data sources that keep any. */
  readonly folder?: DigestFolder;
}

/** Opens a data source; throws `bad-settings`. */
export function createDataSource(
  input: DataSourceInput,
  { pool, metrics, folder, ...options }: DataSourceOptions,
): DataSource {
  const instance = createInstance(input, options);
  const { clock = Date.now } = options;
  const { digestCacheBytes } = instance.settings;
  const inMemory =
    digestCacheBytes > 0 ? createDigestCache({ maxBytes: digestCacheBytes * (1 - KEPT_OBJECTS_SHARE) }) : undefined;
  const digests = inMemory && folder ? withDigestFolder(inMemory, folder) : inMemory;
  if (digests) {
    // The first query is to find what is there.
    folder?.start();
  }
  const { source: place } = instance.digests ?? {};
  const stored =
    digests && place && createStoredDigests({ ...place, maxBytes: digestCacheBytes * STORED_DIGESTS_SHARE });
  /** Runs a scan that starts from stored digests, where there are any. */
  const runStored = async (
    query: ScanQuery,
    sources: readonly Source[],
    options: ScanOptions & { readonly signal: AbortSignal },
  ): Promise<ScanResult> => {
    if (!stored || !digests) {
      return runScan(query, sources, options);
    }
    let problem: string | undefined;
    const { cache, usedObjects } = await stored.open({
      ...{ plan: compilePlan(query), sources, cache: digests, signal: options.signal },
      onProblem: (error) => (problem ??= error.message),
    });
    const result = await runScan(query, sources, { ...options, digests: cache });
    const objects = Math.min(usedObjects(), result.cachedObjects);
    return { ...result, stored: { objects, ...(problem !== undefined && { problem }) } };
  };
  const spill = { folder: tmpdir(), maxBytes: MAX_SPILL_BYTES };
  const shareScan = createSharedCalls<ScanResult>();
  const sourcesOf = (asked: readonly string[]) => selectSources(instance.sources, asked).map(({ source }) => source);
  const speed = createSpeed();
  const unwatch = digests && metrics.watchCache(digests.counts);
  return {
    ...instance,
    close() {
      unwatch?.();
      instance.close();
    },
    boundLimits: (asked) => boundLimits(asked, instance.settings.limits),
    async scan(query, { signal, report, needsAll = false }) {
      const sources = sourcesOf(query.sources);
      const { accounts, regions, range, limits } = query;
      // What a view makes of the answer matters only if there may be too many groups to keep all of them.
      const fold = needsAll ? undefined : foldOf(query);
      const key = JSON.stringify([query.sources, accounts, regions, range, limits, compilePlan(query), fold]);
      return withTimeAdvice(
        shareScan(key, signal, (own) =>
          metrics.measure(() =>
            speed.measure(
              () =>
                runStored(query, sources, { pool, signal: own, report, digests, shared: true, ...(fold && { spill }) }),
              clock,
            ),
          ),
        ),
      );
    },
    measureCompleteness: async (query, { signal }) =>
      measureCompleteness(query, sourcesOf(query.sources), { nowMs: Math.floor(clock()), signal }),
    async estimate(query, { signal }) {
      const { sources, accounts, regions, range } = query;
      const plan = query.view === 'completeness' ? undefined : compilePlan(query);
      const problems = createProblemList();
      const limits = { maxObjects: Infinity, maxBytes: Infinity, onLimit: 'fail' } as const;
      const asked = { accounts, regions, range, limits };
      const selecting = selectObjects(sourcesOf(sources), asked, { signal, problems });
      let cachedObjects = 0;
      let cachedBytes = 0;
      for await (const object of selecting.objects) {
        const key = digests && plan && objectDigestKey(plan, object);
        if (key !== undefined && digests!.has(key)) {
          cachedObjects++;
          cachedBytes += object.sizeBytes;
        }
      }
      const selection = selecting.selection();
      const seconds = plan === undefined ? 0 : speed.estimateSec(selection.selectedBytes - cachedBytes);
      return { selection, problems: problems.all(), cachedObjects, cachedBytes, seconds };
    },
  };
}

/** Of a query's temporary file: whoever may look at a dashboard may ask for one. */
const MAX_SPILL_BYTES = 8 * 2 ** 30;
/** Of the cache's bytes, those for files of stored digests besides. */
const STORED_DIGESTS_SHARE = 1 / 4;

/** Before any scan: what one core reads of gzip over a network that is no bottleneck. */
const FIRST_BYTES_PER_SEC = 50e6;
/** What even an empty scan takes. */
const LEAST_SEC = 0.05;
/** Shorter scans tell more of their start than of their speed. */
const MIN_MEASURED_BYTES = 1e6;

/** How fast scans that read everything were: the average, later ones counting more. */
function createSpeed() {
  let bytesPerSec = FIRST_BYTES_PER_SEC;
  return {
    async measure(scan: () => Promise<ScanResult>, clock: () => number): Promise<ScanResult> {
      const startMs = clock();
      const result = await scan();
      const { storedBytes } = answerTallies(result.answer);
      if (result.cachedObjects === 0 && storedBytes >= MIN_MEASURED_BYTES) {
        const measured = storedBytes / Math.max(0.001, (clock() - startMs) / 1000 - LEAST_SEC);
        bytesPerSec = (bytesPerSec + measured) / 2;
      }
      return result;
    },
    estimateSec: (bytes: number): number => LEAST_SEC + Math.max(0, bytes) / bytesPerSec,
  };
}

/** Says what to do about a scan that took too long. */
async function withTimeAdvice<R>(scan: Promise<R>): Promise<R> {
  try {
    return await scan;
  } catch (thrown) {
    if (thrown instanceof FlowError && thrown.code === 'over-limit' && thrown.fields['limit'] === 'maxSec') {
      const message = `${thrown.message}: narrow the time range or filter, or raise limits.maxSec`;
      throw new FlowError(thrown.code, message, { fields: thrown.fields, cause: thrown });
    }
    throw thrown;
  }
}
