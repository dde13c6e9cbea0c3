/**
 * Whether the logs are there: what the listings of a range tell of each flow log's delivery. Nothing is read, so what is
 * inside the objects (such as SKIPDATA) is not known here. What the stamps mean is `flow/delivery`'s business.
 */
import { setMaxListeners } from 'node:events';
import { abortError, FlowError } from '../errors';
import {
  createDelivery,
  deliveryBytes,
  MAX_AGGREGATION_SEC,
  type Completeness,
  type Delivery,
  type DeliveryRow,
  type DeliverySpan,
} from '../flow/delivery';
import { parseRegionFolder } from '../flow/object-key';
import type { CompletenessQuery, Limits } from '../query/model';
import { selectObjects, STAMP_PAD_AFTER_SEC, type SelectedObject, type Source } from './select-objects';
import { createProblemList, type Problems, type Selection } from './selection';

/** What was measured, and what the listings were. */
export interface CompletenessResult {
  readonly completeness: Completeness;
  /** Archived objects are among those selected. */
  readonly selection: Selection;
  /** Prefixes that could not be listed. What lies below them seems not to be there. */
  readonly problems: Problems;
}

export interface MeasureOptions {
  readonly nowMs: number;
  readonly signal?: AbortSignal;
  /** Flow logs that are kept apart; objects of further ones are only counted. */
  readonly maxFlowLogs?: number;
}

/** The range of a query without one, up to now. */
export const DEFAULT_COMPLETENESS_MS = 86_400_000;

/** How late logs may come where a query does not say. */
export const DEFAULT_SETTLE_SEC = 15 * 60;

/** Flow logs of a very large organisation. */
const MAX_FLOW_LOGS = 50_000;
/** Of all bins together. */
const MAX_BIN_BYTES = 64 * 2 ** 20;

type Asked = Pick<CompletenessQuery, 'accounts' | 'regions' | 'range' | 'settleSec'> & {
  readonly limits: Pick<Limits, 'maxSec'>;
};

/**
 * Lists the range and measures. Besides flow logs with objects there is a row without any for each account and region whose
 * folder is there, for each asked account or region that has no other row, and one if there would be no row at all: what
 * stopped is never just absent.
 *
 * Sources without objects are problems (`bad-query`, if there are no others): what comes to them is not told apart.
 *
 * Limits of objects and bytes are about reading and do not count here. `over-limit` after `limits.maxSec`, even for a query
 * that takes partial answers, since half a listing looks like logs that are not there. Other errors are those of
 * `selectObjects`.
 */
export async function measureCompleteness(
  query: Asked,
  sources: readonly Source[],
  { nowMs, signal, maxFlowLogs = MAX_FLOW_LOGS }: MeasureOptions,
): Promise<CompletenessResult> {
  const { accounts, regions, range = { fromMs: nowMs - DEFAULT_COMPLETENESS_MS, toMs: nowMs } } = query;
  const span: DeliverySpan = { ...range, nowMs, settleSec: query.settleSec ?? DEFAULT_SETTLE_SEC };
  const maxDeliveries = Math.max(1, Math.min(maxFlowLogs, Math.floor(MAX_BIN_BYTES / (deliveryBytes(span) + 1))));
  const deliveries = new Map<string, Place & { readonly delivery: Delivery }>();
  let outsideObjects = 0;
  let leftOutObjects = 0;

  const take = ({ parsed, sizeBytes, lastModifiedMs }: SelectedObject): void => {
    const stampSec = parsed?.stampSec ?? lastModifiedMs / 1000;
    // What was written long after the range says nothing about it; stamps of keys are chosen already.
    if (!parsed && stampSec * 1000 > range.toMs + STAMP_PAD_AFTER_SEC * 1000) {
      outsideObjects++;
      return;
    }
    const place = { accountId: parsed?.accountId, region: parsed?.region, flowLogId: parsed?.flowLogId };
    const id = placeId(place);
    let entry = deliveries.get(id);
    if (!entry) {
      if (deliveries.size >= maxDeliveries) {
        leftOutObjects++;
        return;
      }
      entry = { ...place, delivery: createDelivery(span) };
      deliveries.set(id, entry);
    }
    if (!entry.delivery.add({ stampSec, sizeBytes, modifiedMs: lastModifiedMs })) {
      outsideObjects++;
    }
  };

  const problems = createProblemList();
  const listed = sources.filter(({ pieces }) => pieces === undefined);
  for (const { store, pieces } of sources) {
    if (pieces) {
      const error = noDeliveries(store.name);
      if (listed.length === 0) {
        throw error;
      }
      problems.add({ key: store.name, code: error.code, message: error.message });
    }
  }
  const limits = { maxObjects: Infinity, maxBytes: Infinity, onLimit: 'fail' } as const;
  const selection = await within(query.limits.maxSec, signal, async (listing) => {
    const asked = { accounts, regions, range, limits };
    const selecting = selectObjects(listed, asked, { signal: listing, problems, unreadable: true });
    for await (const object of selecting.objects) {
      take(object);
    }
    return selecting.selection();
  });

  const rows = [...deliveries.values()].map(({ delivery, ...place }): DeliveryRow => {
    // Only AWS's own keys have AWS's intervals.
    const options = place.flowLogId === undefined ? {} : { maxStepSec: MAX_AGGREGATION_SEC };
    return { ...withoutAbsent(place), ...delivery.measure(options) };
  });
  const silent = createDelivery(span).measure();
  rows.push(...silentPlaces({ accounts, regions }, selection).map((place) => ({ ...place, ...silent })));
  if (rows.length === 0) {
    rows.push(silent);
  }
  return {
    completeness: {
      range,
      nowMs,
      rows: rows.sort(comparePlaces),
      listedObjects: selection.listedObjects,
      outsideObjects,
      leftOutObjects,
    },
    selection,
    problems: problems.all(),
  };
}

function noDeliveries(name: string): FlowError {
  return new FlowError(
    'bad-query',
    `cannot measure the completeness of ${name}: a log group has no deliveries to list; look at a series of flows, where a gap shows`,
    { fields: { key: name } },
  );
}

type Place = Pick<DeliveryRow, 'accountId' | 'region' | 'flowLogId'>;

/** Places without an object that somebody may expect one in. */
function silentPlaces(
  { accounts, regions }: Pick<Asked, 'accounts' | 'regions'>,
  { prefixes, ...found }: Selection,
): readonly Place[] {
  const folders = new Map<string, Place>();
  const delivering = new Set<string>();
  for (const { prefix, objects } of prefixes) {
    const branch = findBranch(prefix);
    if (branch && isAsked(accounts, branch.accountId) && isAsked(regions, branch.region)) {
      folders.set(placeId(branch), branch);
      if (objects > 0) {
        delivering.add(placeId(branch));
      }
    }
  }
  const silent = [...folders.values()].filter((branch) => !delivering.has(placeId(branch)));
  const seenAccounts = new Set([...found.accounts, ...silent.map(({ accountId }) => accountId)]);
  const seenRegions = new Set([...found.regions, ...silent.map(({ region }) => region)]);
  const unseen = [
    ...accounts.filter((accountId) => !seenAccounts.has(accountId)).map((accountId): Place => ({ accountId })),
    ...regions.filter((region) => !seenRegions.has(region)).map((region): Place => ({ region })),
  ];
  return [...silent, ...unseen];
}

/** The account and region that a listed prefix lies in, if it lies in any. */
function findBranch(prefix: string): Place | undefined {
  // Year, month, day and hour may follow the region.
  for (let folder = prefix, depth = 0; folder !== '' && depth <= 4; depth++) {
    const branch = parseRegionFolder(folder);
    if (branch) {
      return { accountId: branch.accountId, region: branch.region };
    }
    folder = folder.slice(0, folder.lastIndexOf('/', folder.length - 2) + 1);
  }
  return undefined;
}

/** Runs with a signal that is also aborted after `maxSec`. */
async function within<T>(
  maxSec: number,
  signal: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stopping = new AbortController();
  // Every listing listens; Node takes more than ten for a leak.
  setMaxListeners(0, stopping.signal);
  const onAbort = (): void => stopping.abort(abortError(signal!));
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) {
    onAbort();
  }
  const timer = setTimeout(
    () => {
      const message = `cannot list all objects within ${maxSec} s: narrow the time range, accounts or regions`;
      stopping.abort(new FlowError('over-limit', message, { fields: { limit: 'maxSec', value: maxSec } }));
    },
    Math.min(maxSec * 1000, 2 ** 31 - 1),
  );
  try {
    return await run(stopping.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function placeId({ accountId = '', region = '', flowLogId = '' }: Place): string {
  return `${accountId} ${region} ${flowLogId}`;
}

function isAsked(names: readonly string[], name: string | undefined): boolean {
  return names.length === 0 || (name !== undefined && names.includes(name));
}

function comparePlaces(a: Place, b: Place): number {
  return (
    compareNames(a.accountId, b.accountId) || compareNames(a.region, b.region) || compareNames(a.flowLogId, b.flowLogId)
  );
}

/** In order of UTF-16 code units, absent ones last. */
function compareNames(a: string | undefined, b: string | undefined): number {
  return a === b ? 0 : a === undefined ? 1 : b === undefined ? -1 : a < b ? -1 : 1;
}

function withoutAbsent(place: Place): Place {
  return Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined));
}
