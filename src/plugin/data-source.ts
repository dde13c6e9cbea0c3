/**
 * An opened data source as calls use it: its instance, and scans of the sources that a query may reach.
 */
import type { Limits, ScanQuery } from '../query/model';
import { createDigestCache } from '../scan/digest-cache';
import { runScan, type ScanProgress, type ScanResult } from '../scan/run-scan';
import { selectObjects } from '../scan/select-objects';
import { createProblemList, type Problems, type Selection } from '../scan/selection';
import type { WorkerPool } from '../scan/worker-pool';
import { createInstance, type Instance, type InstanceOptions } from './instance';
import { selectSources } from './select-sources';
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
  /** Lists what a scan would read, whatever the limits of objects and bytes. */
  estimate(query: Pick<ScanQuery, 'sources' | 'accounts' | 'regions' | 'range'>, call: ScanCall): Promise<Estimate>;
}

export interface DataSourceOptions extends InstanceOptions {
  /** Threads that all data sources share. */
  readonly pool: WorkerPool;
}

/** Opens a data source; throws `bad-settings`. */
export function createDataSource(input: DataSourceInput, { pool, ...options }: DataSourceOptions): DataSource {
  const instance = createInstance(input, options);
  const { digestCacheBytes } = instance.settings;
  const digests = digestCacheBytes > 0 ? createDigestCache({ maxBytes: digestCacheBytes }) : undefined;
  const sourcesOf = (asked: readonly string[]) => selectSources(instance.sources, asked).map(({ source }) => source);
  return {
    ...instance,
    boundLimits: (asked) => boundLimits(asked, instance.settings.limits),
    scan: async (query, { signal, report }) =>
      runScan(query, sourcesOf(query.sources), { pool, signal, report, digests }),
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
