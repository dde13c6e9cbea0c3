/**
 * An opened data source as calls use it: its instance, and scans of the sources that a query may reach.
 */
import { tmpdir } from 'node:os';
import { answerTallies } from '../digest/digester';
import { compilePlan, type Plan } from '../digest/plan';
import { FlowError } from '../errors';
import type { CompletenessQuery, FlowQuery, Limits, ScanQuery } from '../query/model';
import { createDigestCache, objectDigestKey, type DigestCache } from '../scan/digest-cache';
import { measureCompleteness, type CompletenessResult } from '../scan/measure-completeness';
import type { ScanProgress } from '../scan/read-selected';
import { runScan, type ScanOptions, type ScanResult } from '../scan/run-scan';
import { WINDOW_LENGTHS_SEC, floorTo, windowKey } from '../scan/object-windows';
import { selectObjects, type SelectedObject, type Source } from '../scan/select-objects';
import { createProblemList, type Problems, type Selection } from '../scan/selection';
import { foldOf } from '../scan/spill';
import { createStoredDigests, type OpenedDigests } from '../scan/stored-digests';
import { withDigestFolder } from '../scan/with-digest-folder';
import type { DigestFolder } from '../scan/digest-folder';
import type { WorkerPool } from '../scan/worker-pool';
import {
  createInstance,
  KEPT_OBJECTS_SHARE,
  STORED_DIGESTS_SHARE,
  type Instance,
  type InstanceOptions,
} from './instance';
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
  /** Selected objects whose digests for this query are kept. */
  readonly cachedObjects: number;
  /** Those of which the service's digests save the reading, and are not kept yet. */
  readonly storedObjects: number;
  /** Why some of the service's digests could not be looked at. */
  readonly storedProblem?: string;
  /** Of the objects that neither is true of, those in S3, and their stored bytes. */
  readonly readFromS3: { readonly objects: number; readonly bytes: number };
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
    digests &&
    place &&
    createStoredDigests({
      ...place,
      maxBytes: digestCacheBytes * STORED_DIGESTS_SHARE,
      maxWindowBytes: digestCacheBytes * (1 - KEPT_OBJECTS_SHARE),
    });
  /** What is stored for a plan, where there is such a place, and what kept some of it from being looked at. */
  const openStored = async (
    plan: Plan,
    maxObjectTextBytes: number,
    sources: readonly Source[],
    signal: AbortSignal,
  ): Promise<(OpenedDigests & { readonly problem: () => string | undefined }) | undefined> => {
    if (!stored || !digests) {
      return undefined;
    }
    let problem: string | undefined;
    const onProblem = ({ message }: FlowError): void => {
      problem ??= message;
    };
    const asked = { plan, maxObjectTextBytes, sources, cache: digests, signal, onProblem };
    return { ...(await stored.open(asked)), problem: () => problem };
  };
  /** Runs a scan that starts from stored digests, where there are any. */
  const runStored = async (
    query: ScanQuery,
    sources: readonly Source[],
    options: ScanOptions & { readonly signal: AbortSignal },
  ): Promise<ScanResult> => {
    const opened = await openStored(compilePlan(query), query.limits.maxObjectTextBytes, sources, options.signal);
    if (!opened) {
      return runScan(query, sources, options);
    }
    const result = await runScan(query, sources, { ...options, digests: opened.cache });
    // Some files are read only when their hours are asked for.
    const problem = opened.problem();
    return { ...result, stored: { objects: result.storedObjects, ...(problem !== undefined && { problem }) } };
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
      const { accounts, regions, range } = query;
      const reached = selectSources(instance.sources, query.sources);
      const sources = reached.map(({ source }) => source);
      const inS3 = new Set(reached.flatMap(({ settings, source }) => (settings.kind === 's3' ? [source] : [])));
      const maxObjectTextBytes = 'limits' in query ? query.limits.maxObjectTextBytes : 0;
      const plan = query.view === 'completeness' ? undefined : compilePlan(query);
      // The query that follows finds the files in memory.
      const opened = plan && (await openStored(plan, maxObjectTextBytes, sources, signal));
      const problems = createProblemList();
      const limits = { maxObjects: Infinity, maxBytes: Infinity, onLimit: 'fail' } as const;
      const selecting = selectObjects(sources, { accounts, regions, range, limits }, { signal, problems });
      let cachedObjects = 0;
      let storedObjects = 0;
      let readBytes = 0;
      const readFromS3 = { objects: 0, bytes: 0 };
      for await (const object of selecting.objects) {
        if (digests && plan && isKept(digests, object, { plan, maxObjectTextBytes })) {
          cachedObjects++;
        } else if (opened && (await opened.holds(object))) {
          storedObjects++;
        } else {
          const bytes = Math.max(0, object.sizeBytes);
          readBytes += bytes;
          // Completeness is measured by listing.
          if (plan && inS3.has(object.source)) {
            readFromS3.objects++;
            readFromS3.bytes += bytes;
          }
        }
      }
      const seconds = plan === undefined ? 0 : speed.estimateSec(readBytes);
      const storedProblem = opened?.problem();
      return {
        ...{ selection: selecting.selection(), problems: problems.all(), cachedObjects, storedObjects },
        ...{ readFromS3, seconds, ...(storedProblem !== undefined && { storedProblem }) },
      };
    },
  };
}

/** Of a query's temporary file: whoever may look at a dashboard may ask for one. */
const MAX_SPILL_BYTES = 8 * 2 ** 30;

/** Whether an object's digest is kept, or one of its window: which may be of other objects by now, so this is a guess. */
function isKept(
  digests: DigestCache,
  object: SelectedObject,
  asked: { readonly plan: Plan; readonly maxObjectTextBytes: number },
): boolean {
  const { plan, maxObjectTextBytes } = asked;
  const key = objectDigestKey(plan, object);
  if (plan.kind !== 'digest' || key === undefined) {
    return false;
  }
  const { stampSec } = object.parsed ?? {};
  return (
    digests.expects(key) ||
    (stampSec !== undefined &&
      WINDOW_LENGTHS_SEC.some((lengthSec) =>
        digests.expects(windowKey({ plan, maxObjectTextBytes }, object, floorTo(stampSec, lengthSec), lengthSec)),
      ))
  );
}

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
