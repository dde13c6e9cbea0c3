/**
 * Whether a flow log delivers, seen at its destination: AWS goes on saying SUCCESS of a flow log whose bucket refuses it or
 * is gone.
 */

import { FlowError } from '../errors';
import { parseLogsLocation, type LogsLocation } from '../flow/logs-location';
import { formatObjectKey, parseObjectKey, regionPrefix, type KeyBranch, type KeyLayout } from '../flow/object-key';
import { parseS3Location } from '../flow/s3-location';
import type { DeliveryCheck, DiscoveredFlowLog } from '../query/discovery';
import { findNewestObject, timeOf } from '../scan/find-newest-object';
import { rootsFromPrefix } from '../scan/walk-layout';
import type { ObjectStore } from '../store/store';

export interface CheckDeliveryOptions {
  /** The store of a bucket. */
  readonly openStore: (bucket: string, region: string | undefined) => ObjectStore;
  /** When the newest event of a log group was; `undefined` if it has none. Rejects with a `FlowError`. */
  readonly findNewestEventMs: (group: LogsLocation) => Promise<number | undefined>;
  readonly nowMs: number;
  readonly signal?: AbortSignal;
}

/** Flow logs come within 10 minutes or so, and an idle one says so in records; after this long something has stopped. */
const STALE_SEC = 2 * 3600;
const HOUR_SEC = 3600;

interface RecentTimes {
  readonly count: number;
  readonly stepSec: number;
  /** How much of a stamp they share. */
  readonly stampPart: string;
}

/** What is looked into before anything else, the present first. */
const RECENT_HOURS: RecentTimes = { count: 3, stepSec: HOUR_SEC, stampPart: 'YYYYMMDDTHH' };
/** In place of days where these are divided by hour. */
const DAY_OF_HOURS: RecentTimes = { count: 24, stepSec: HOUR_SEC, stampPart: 'YYYYMMDDTHH' };
const RECENT_DAYS: RecentTimes = { count: 7, stepSec: 24 * HOUR_SEC, stampPart: 'YYYYMMDD' };
/** Of a listing of one flow log's hour or day. */
const MAX_PAGES = 5;
const YOUNG_SEC = 1800;

/** Checks one; never throws but for `aborted`. */
export async function checkDelivery(flowLog: DiscoveredFlowLog, options: CheckDeliveryOptions): Promise<DeliveryCheck> {
  const { type, arn, location } = flowLog.destination;
  const { nowMs } = options;
  try {
    if (type === 's3') {
      const newestMs = await findNewestMs(flowLog, options);
      return newestMs === undefined ? describeNothing(flowLog, nowMs) : describeNewest('object', newestMs, nowMs);
    }
    const group = location === undefined ? undefined : parseLogsLocation(location);
    if (group !== undefined) {
      const newestMs = await options.findNewestEventMs(group);
      return newestMs === undefined
        ? describeNothing(flowLog, nowMs)
        : describeNewest('event of the log group', newestMs, nowMs);
    }
    const stream = type === 'kinesis-data-firehose' ? 'a Firehose stream' : (arn ?? type);
    return { state: 'unchecked', message: `${stream} cannot be read: name the place that it writes to` };
  } catch (thrown) {
    const error = FlowError.from(thrown);
    if (error.code === 'aborted') {
      throw error;
    }
    const action = error.fields['action'];
    return {
      state: error.code === 'access-denied' ? 'denied' : 'failed',
      message: error.message,
      ...(typeof action === 'string' && { missingAction: action }),
    };
  }
}

function describeNewest(what: string, newestMs: number, nowMs: number): DeliveryCheck {
  const ageSec = Math.max(0, Math.round((nowMs - newestMs) / 1000));
  return {
    state: ageSec > STALE_SEC ? 'stopped' : 'delivering',
    message: `newest ${what} of ${new Date(newestMs).toISOString().replace(':00.000Z', 'Z')}`,
    newestMs,
    ageSec,
  };
}

function describeNothing({ createdMs, destination }: DiscoveredFlowLog, nowMs: number): DeliveryCheck {
  const isYoung = createdMs !== undefined && nowMs - createdMs < YOUNG_SEC * 1000;
  const looked =
    destination.type === 's3'
      ? 'no object of it of late, nor on the newest day of its account and region'
      : 'the log group is empty';
  return {
    state: 'empty',
    message: isYoung ? `${looked}; the first records come about 15 minutes after it was made` : looked,
  };
}

/** When the newest records were made, as keys say it. */
async function findNewestMs(
  flowLog: DiscoveredFlowLog,
  { openStore, nowMs, signal }: CheckDeliveryOptions,
): Promise<number | undefined> {
  const { id, region, accountId, destination } = flowLog;
  const place = parseS3Location(destination.arn ?? destination.location ?? '');
  if (place === undefined) {
    throw new FlowError('internal', `cannot list ${destination.arn}: it is no bucket`);
  }
  const store = openStore(place.bucket, place.region);
  if (accountId === undefined) {
    const { newest } = await findNewestObject(
      { store, prefix: place.prefix, keys: 'aws' },
      { regions: [region], flowLogId: id, signal },
    );
    return newest && timeOf(newest);
  }
  const branches = rootsFromPrefix(place.prefix).flatMap((prefix) =>
    hivesOf(flowLog).map((hive): KeyBranch => ({ prefix, accountId, region, hive })),
  );
  // Of two ways to read a prefix, the least rights allow only the right one.
  const refused = new Map<KeyBranch, FlowError>();
  const allowed = () => branches.filter((branch) => !refused.has(branch));
  for (const times of [RECENT_HOURS, RECENT_DAYS]) {
    for (const branch of allowed()) {
      const prefixes = recentPrefixes(branch, flowLog, times, Math.floor(nowMs / 1000));
      const recentMs = await findRecentMs(store, prefixes, signal).catch(
        (thrown: unknown) => void refused.set(branch, deniedError(thrown)),
      );
      if (recentMs !== undefined) {
        return recentMs;
      }
    }
  }
  if (allowed().length === 0) {
    throw refused.get(branches[0]!)!;
  }
  for (const branch of allowed()) {
    const { newest } = await findNewestObject(
      { store, prefix: regionPrefix(branch), keys: 'aws' },
      { flowLogId: id, signal },
    );
    if (newest !== undefined) {
      return timeOf(newest);
    }
  }
  return undefined;
}

/** The error if it is a refusal; throws any other. */
function deniedError(thrown: unknown): FlowError {
  const error = FlowError.from(thrown);
  if (error.code !== 'access-denied') {
    throw error;
  }
  return error;
}

/** Transit gateways' documentation names the Hive segment otherwise than that of VPCs. */
function hivesOf({ isHive, resourceType }: DiscoveredFlowLog): readonly KeyLayout['hive'][] {
  if (!isHive) {
    return [false];
  }
  return resourceType.startsWith('transit-gateway') ? ['service', 'aws-service'] : ['aws-service'];
}

/** The last stamp below the first of the prefixes that has one. One listing where all is well. */
async function findRecentMs(
  store: ObjectStore,
  prefixes: readonly string[],
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  for (const prefix of prefixes) {
    let newestSec: number | undefined;
    let pages = 0;
    for await (const { objects } of store.list(prefix, { signal })) {
      // Keys of one flow log and hour, or day, sort by stamp.
      newestSec = (objects.at(-1) && parseObjectKey(objects.at(-1)!.key)?.stampSec) ?? newestSec;
      if (++pages >= MAX_PAGES) {
        break;
      }
    }
    if (newestSec !== undefined) {
      return newestSec * 1000;
    }
  }
  return undefined;
}

/** What keys of a flow log's last hours or days begin with. */
function recentPrefixes(
  branch: KeyBranch,
  { id, isHourly }: DiscoveredFlowLog,
  times: RecentTimes,
  nowSec: number,
): readonly string[] {
  const { count, stepSec, stampPart } = isHourly && times === RECENT_DAYS ? DAY_OF_HOURS : times;
  return Array.from({ length: count }, (_, index) => {
    const key = formatObjectKey({
      ...branch,
      flowLogId: id,
      stampSec: Math.floor(nowSec / HOUR_SEC) * HOUR_SEC - index * stepSec,
      hash: '',
      format: 'text',
      extension: '.log.gz',
      layout: { hive: branch.hive, hourly: isHourly },
    });
    return key.slice(0, key.lastIndexOf(`${id}_`) + id.length + 1 + stampPart.length);
  });
}
