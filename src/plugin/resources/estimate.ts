/**
 * `estimate`: what a query would read, and what that would cost, found by listing; of the logs themselves nothing is read.
 */
import type { EstimateAnswer } from '../../query/resource-answers';
import { FlowError } from '../../errors';
import type { FlowQuery, Limits } from '../../query/model';
import type { ListedPrefix } from '../../scan/selection';
import type { OpenedSource } from '../instance';
import type { DataSource, Estimate } from '../data-source';
import { selectSources } from '../select-sources';
import { estimateCost } from './estimate-cost';
import { QUERY_PARAMETERS, readFlowQuery } from './flow-query';
import { jsonAnswer, type Resource } from './resource';

export interface EstimateOptions {
  /** How long it may list. */
  readonly timeoutMs?: number;
}

/** An estimate longer than this is of no help before a query. */
const DEFAULT_TIMEOUT_MS = 20_000;
/** Prefixes in the answer: the largest. */
const MAX_PREFIXES = 100;

/** Creates the resource. */
export function createEstimateResource({ timeoutMs = DEFAULT_TIMEOUT_MS }: EstimateOptions = {}): Resource {
  return {
    path: 'estimate',
    parameters: QUERY_PARAMETERS,
    takesBody: true,
    async answer(context) {
      const query = readFlowQuery(context, 'table');
      const { dataSource } = context;
      const found = await estimateWithin(dataSource, query, context.signal, timeoutMs);
      return jsonAnswer(describeEstimate(found, query, selectSources(dataSource.sources, query.sources)));
    },
  };
}

async function estimateWithin(
  dataSource: DataSource,
  query: FlowQuery,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<Estimate> {
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    return await dataSource.estimate(query, { signal: AbortSignal.any([signal, deadline]) });
  } catch (thrown) {
    if (deadline.aborted && !signal.aborted) {
      throw new FlowError(
        'over-limit',
        `cannot list within ${timeoutMs / 1000} s what the query would read: narrow the time range, accounts or regions`,
        { fields: { limit: 'maxSec', value: timeoutMs / 1000 } },
      );
    }
    throw thrown;
  }
}

function describeEstimate(
  { selection, problems, cachedObjects, storedObjects, storedProblem, readFromS3, seconds }: Estimate,
  { range, limits }: FlowQuery,
  sources: readonly OpenedSource[],
): EstimateAnswer {
  const { selectedObjects: objects, selectedBytes: bytes, listPages, oldestStampSec, newestStampSec } = selection;
  const prefixes = selection.prefixes.filter((listed) => listed.objects > 0).sort((a, b) => b.bytes - a.bytes);
  const overLimits = [...overLimit('maxObjects', objects, limits), ...overLimit('maxBytes', bytes, limits)];
  return {
    objects,
    bytes,
    unsizedObjects: selection.unsizedObjects,
    cachedObjects,
    storedObjects,
    storedProblem: storedProblem ?? null,
    seconds: Math.round(seconds * 100) / 100,
    accountCount: selection.accounts.length,
    regionCount: selection.regions.length,
    range: range ?? null,
    oldestStampMs: toMs(oldestStampSec),
    newestStampMs: toMs(newestStampSec),
    prefixes: prefixes.slice(0, MAX_PREFIXES).map((listed) => ({
      ...{ source: nameOf(listed, sources), prefix: listed.prefix },
      ...{ objects: listed.objects, bytes: listed.bytes },
    })),
    prefixCount: prefixes.length,
    leftOut: {
      archivedObjects: selection.archivedObjects,
      emptyObjects: selection.emptyObjects,
      foreignObjects: selection.foreignObjects,
    },
    limits: { maxObjects: limits.maxObjects, maxBytes: limits.maxBytes, onLimit: limits.onLimit },
    overLimits,
    wouldFail: overLimits.length > 0 && limits.onLimit === 'fail',
    cost: estimateCost({
      listRequests: sources.some(({ settings }) => settings.kind === 's3') ? listPages : 0,
      readRequests: readFromS3.objects,
      bytes: readFromS3.bytes,
    }),
    problems,
  };
}

/** The source of a listed prefix, by the name that queries know it by: a store's may be a path of Grafana's machine. */
function nameOf({ source: storeName, prefix }: ListedPrefix, sources: readonly OpenedSource[]): string {
  const opened = sources.find(
    ({ source, settings }) => source.store.name === storeName && prefix.startsWith(settings.prefix),
  );
  return opened?.settings.name ?? '';
}

function overLimit(
  limit: 'maxObjects' | 'maxBytes',
  found: number,
  limits: Limits,
): readonly { limit: string; allowed: number; found: number; excess: number }[] {
  const allowed = limits[limit];
  return found > allowed ? [{ limit, allowed, found, excess: found - allowed }] : [];
}

function toMs(sec: number | undefined): number | null {
  return sec === undefined ? null : sec * 1000;
}
