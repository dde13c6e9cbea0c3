/**
 * An opened data source as calls use it: its instance, and scans of the sources that a query may reach.
 */
import { compilePlan } from '../digest/plan';
import { FlowError } from '../errors';
import type { CompletenessQuery, Limits, ScanQuery } from '../query/model';
import { createDigestCache } from '../scan/digest-cache';
import { measureCompleteness, type CompletenessResult } from '../scan/measure-completeness';
import { runScan, type ScanProgress, type ScanResult } from '../scan/run-scan';
import { selectObjects } from '../scan/select-objects';
import { createProblemList, type Problems, type Selection } from '../scan/selection';
import type { WorkerPool } from '../scan/worker-pool';
import { KEPT_OBJECTS_SHARE, createInstance, type Instance, type InstanceOptions } from './instance';
import type { ScanMetrics } from './scan-metrics';
import { selectSources } from './select-sources';
import { createSharedCalls } from './share-calls';
import { boundLimits, type DataSourceInput } from './settings';

export interface ScanCall {
  readonly signal: AbortSignal;
  readonly report?: (progress: ScanProgress) => void;
}

/** What a scan would read. */
export interface Estimate {
  readonly selection: Selection;
  readonly problems: Problems;
}

export interface DataSource extends Instance {
  /** The limits of a query that asks for these. */
  boundLimits(asked: Partial<Limits> | undefined): Limits;
  /** Answers from the sources that the query names. */
  scan(query: ScanQuery, call: ScanCall): Promise<ScanResult>;
  /** Measures whether the logs of the sources are there. */
  measureCompleteness(query: CompletenessQuery, call: ScanCall): Promise<CompletenessResult>;
  /** Lists what a scan would read, whatever the limits of objects and bytes. */
  estimate(query: Pick<ScanQuery, 'sources' | 'accounts' | 'regions' | 'range'>, call: ScanCall): Promise<Estimate>;
}

export interface DataSourceOptions extends InstanceOptions {
  /** Threads that all data sources share. */
  readonly pool: WorkerPool;
  readonly metrics: ScanMetrics;
}

/** Opens a data source; throws `bad-settings`. */
export function createDataSource(input: DataSourceInput, { pool, metrics, ...options }: DataSourceOptions): DataSource {
  const instance = createInstance(input, options);
  const { clock = Date.now } = options;
  const { digestCacheBytes } = instance.settings;
  const digests =
    digestCacheBytes > 0 ? createDigestCache({ maxBytes: digestCacheBytes * (1 - KEPT_OBJECTS_SHARE) }) : undefined;
  const shareScan = createSharedCalls<ScanResult>();
  const sourcesOf = (asked: readonly string[]) => selectSources(instance.sources, asked).map(({ source }) => source);
  const unwatch = digests && metrics.watchCache(digests.counts);
  return {
    ...instance,
    close() {
      unwatch?.();
      instance.close();
    },
    boundLimits: (asked) => boundLimits(asked, instance.settings.limits),
    async scan(query, { signal, report }) {
      const sources = sourcesOf(query.sources);
      const { accounts, regions, range, limits } = query;
      // What a view makes of the answer does not matter here.
      const key = JSON.stringify([query.sources, accounts, regions, range, limits, compilePlan(query)]);
      return withTimeAdvice(
        shareScan(key, signal, (own) =>
          metrics.measure(() => runScan(query, sources, { pool, signal: own, report, digests })),
        ),
      );
    },
    measureCompleteness: async (query, { signal }) =>
      measureCompleteness(query, sourcesOf(query.sources), { nowMs: Math.floor(clock()), signal }),
    async estimate({ sources, accounts, regions, range }, { signal }) {
      const problems = createProblemList();
      const limits = { maxObjects: Infinity, maxBytes: Infinity, onLimit: 'fail' } as const;
      const asked = { accounts, regions, range, limits };
      const selecting = selectObjects(sourcesOf(sources), asked, { signal, problems });
      for await (const object of selecting.objects) {
        void object;
      }
      return { selection: selecting.selection(), problems: problems.all() };
    },
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
