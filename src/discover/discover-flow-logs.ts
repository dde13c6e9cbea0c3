/**
 * Finds the flow logs of an account in all its regions, and looks whether they deliver. Needs `ec2:DescribeFlowLogs`, and
 * `ec2:DescribeRegions` where no regions are named; looking at destinations needs what reading them needs.
 */

import { DescribeFlowLogsCommand, DescribeRegionsCommand, type FlowLog } from '@aws-sdk/client-ec2';

import { abortError, assertNotAborted, FlowError } from '../errors';
import { logGroupPlace, type LogsLocation } from '../flow/logs-location';
import { createLogsConnection } from '../logs/logs-connection';
import type { DeliveryCheck, DiscoveredFlowLog, Discovery, DiscoveryProblem } from '../query/discovery';
import { createTaskQueue } from '../scan/bounded-queue';
import { fetchCallerIdentity, hasCallerIdentity } from '../store/caller-identity';
import { createEc2Client } from '../store/ec2-client';
import type { S3Connection } from '../store/s3-connection';
import { createS3Store } from '../store/s3-store';
import type { ObjectStore } from '../store/store';
import { checkDelivery } from './check-delivery';
import { assertHasEc2 } from './assert-has-ec2';
import { flowErrorFromEc2 } from './ec2-errors';
import { findNewestEventMs } from './find-newest-event';
import { proposeSources } from './propose-sources';
import { readFlowLog } from './read-flow-log';

/** How far it has come. */
export interface DiscoveryProgress {
  readonly regions: number;
  readonly doneRegions: number;
  readonly flowLogs: number;
  readonly checkedFlowLogs: number;
}

export interface DiscoverOptions {
  /** Its credentials, proxy and authorities are used, and its buckets; the caller closes it. */
  readonly connection: S3Connection;
  /** All that the account has switched on, if empty. */
  readonly regions?: readonly string[];
  /** Look at destinations. */
  readonly verify?: boolean;
  readonly nowMs: number;
  /** What is not found out by then is said to be missing. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly report?: (progress: DiscoveryProgress) => void;
}

const REGION_CONCURRENCY = 8;
const CHECK_CONCURRENCY = 16;
/** The most that EC2 gives at once. */
const PAGE_ENTRIES = 1000;
const MAX_ATTEMPTS = 3;
const LIST_TIMEOUT_MS = 20_000;
const FIRST_REGION = 'us-east-1';
const TOO_LATE: DeliveryCheck = { state: 'unchecked', message: 'not looked at: there was no time left' };

/**
 * Looks. A region or a destination that cannot be looked at is said to be so and does not end the others. Throws
 * `bad-query` for what is no region, what getting credentials throws, and `aborted`.
 */
export async function discoverFlowLogs({
  connection,
  regions: asked = [],
  verify = true,
  nowMs,
  timeoutMs,
  signal,
  report,
}: DiscoverOptions): Promise<Discovery> {
  asked.forEach(assertRegionName);
  assertHasEc2(connection.settings);
  const deadline = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const signals = [signal, deadline].filter((one) => one !== undefined);
  const call: Call = { connection, signal: AbortSignal.any(signals), caller: signal };

  // Wrong credentials are wrong in every region.
  await inTime(connection.credentials(), call, 'get credentials');
  const [accountId, listed] = await Promise.all([
    findAccount(call),
    asked.length > 0 ? { regions: [...new Set(asked)].sort(), problems: [] } : listRegions(call),
  ]);
  const { regions } = listed;
  const problems: DiscoveryProblem[] = [...listed.problems];
  const found: DiscoveredFlowLog[] = [];
  let doneRegions = 0;
  let checkedFlowLogs = 0;
  const tell = () => report?.({ regions: regions.length, doneRegions, flowLogs: found.length, checkedFlowLogs });

  const regionTasks = createTaskQueue(REGION_CONCURRENCY);
  for (const region of regions) {
    regionTasks.add(async () => {
      try {
        for (const flowLog of await describeFlowLogs(call, region)) {
          found.push(readFlowLog(flowLog, region, accountId));
        }
      } catch (thrown) {
        problems.push(problemFrom(thrown, call, region));
      }
      doneRegions++;
      tell();
    });
  }
  await regionTasks.drained();
  found.sort(byRegionAndId);

  const flowLogs = verify
    ? await checkAll(found, call, nowMs, () => {
        checkedFlowLogs++;
        tell();
      })
    : found;
  const owner = accountId ?? flowLogs.find((flowLog) => flowLog.accountId !== undefined)?.accountId;
  return {
    ...(owner && { accountId: owner }),
    regions,
    flowLogs,
    sources: proposeSources(flowLogs),
    problems: problems.sort((a, b) => ((a.region ?? '') < (b.region ?? '') ? -1 : 1)),
  };
}

interface Call {
  readonly connection: S3Connection;
  /** Of the caller, and of the time that there is. */
  readonly signal: AbortSignal;
  readonly caller?: AbortSignal;
}

/** What takes no signal is not waited for any longer. */
function inTime<T>(promise: Promise<T>, { signal, caller }: Call, doing: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(caller?.aborted ? abortError(caller) : lateError(doing));
    if (signal.aborted) {
      onAbort();
    }
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function assertRegionName(region: string): void {
  if (!/^[a-z]{2,}(?:-[a-z0-9]+){1,5}$/.test(region)) {
    throw new FlowError('bad-query', `cannot look in ${JSON.stringify(region)}: it is not the name of a region`, {
      fields: { region },
    });
  }
}

/** Whose credentials these are; keys of objects begin with it. */
async function findAccount({ connection, signal, caller }: Call): Promise<string | undefined> {
  if (!hasCallerIdentity(connection)) {
    return undefined;
  }
  try {
    return (await fetchCallerIdentity(connection, signal)).accountId;
  } catch {
    assertNotAborted(caller);
    // ARNs of roles tell it too; what is really wrong shows when EC2 is asked.
    return undefined;
  }
}

interface Regions {
  readonly regions: readonly string[];
  readonly problems: readonly DiscoveryProblem[];
}

/** The regions that the account has switched on, or the one of the settings if it may not ask. */
async function listRegions(call: Call): Promise<Regions> {
  const { connection, signal } = call;
  const home = connection.settings.region ?? FIRST_REGION;
  try {
    const client = await createEc2Client(connection, home, { maxAttempts: MAX_ATTEMPTS });
    const { Regions: enabled = [] } = await client.send(new DescribeRegionsCommand({}), { abortSignal: signal });
    const names = enabled.flatMap(({ RegionName }) => RegionName ?? []).sort();
    return { regions: names, problems: [] };
  } catch (thrown) {
    const operation = { doing: 'list the regions', action: 'ec2:DescribeRegions', region: home };
    const error = flowErrorFromEc2(thrown, { ...operation, signal: call.caller });
    if (error.fields['action'] === undefined) {
      throw signal.aborted && !call.caller?.aborted ? lateError('list the regions') : error;
    }
    const { code, message, missingAction } = problemOf(error);
    return {
      regions: [home],
      problems: [{ code, message: `${message}; only ${home} was looked at`, ...(missingAction && { missingAction }) }],
    };
  }
}

/** All pages. */
async function describeFlowLogs({ connection, signal, caller }: Call, region: string): Promise<readonly FlowLog[]> {
  const client = await createEc2Client(connection, region, { maxAttempts: MAX_ATTEMPTS });
  const flowLogs: FlowLog[] = [];
  let token: string | undefined;
  try {
    do {
      const command: DescribeFlowLogsCommand = new DescribeFlowLogsCommand({
        MaxResults: PAGE_ENTRIES,
        NextToken: token,
      });
      const page = await client.send(command, { abortSignal: signal });
      flowLogs.push(...(page.FlowLogs ?? []));
      if (page.NextToken !== undefined && page.NextToken === token) {
        throw new FlowError('unavailable', `cannot list the flow logs of ${region}: a page leads to itself`);
      }
      token = page.NextToken || undefined;
    } while (token !== undefined);
  } catch (thrown) {
    throw flowErrorFromEc2(thrown, {
      doing: `list the flow logs of ${region}`,
      action: 'ec2:DescribeFlowLogs',
      region,
      signal: caller,
    });
  }
  return flowLogs;
}

/** Throws only if the caller has gone. */
function problemFrom(thrown: unknown, { signal, caller }: Call, region: string): DiscoveryProblem {
  if (caller?.aborted) {
    throw abortError(caller);
  }
  const error = signal.aborted ? lateError(`list the flow logs of ${region}`) : FlowError.from(thrown);
  return { region, ...problemOf(error) };
}

function problemOf({ code, message, fields }: FlowError): Omit<DiscoveryProblem, 'region'> {
  const action = fields['action'];
  return { code, message, ...(typeof action === 'string' && { missingAction: action }) };
}

function lateError(doing: string): FlowError {
  return new FlowError('unavailable', `cannot ${doing}: there was no answer in time`);
}

async function checkAll(
  flowLogs: readonly DiscoveredFlowLog[],
  { connection, signal, caller }: Call,
  nowMs: number,
  onChecked: () => void,
): Promise<readonly DiscoveredFlowLog[]> {
  const stores = new Map<string, ObjectStore>();
  const openStore = (bucket: string, region: string | undefined): ObjectStore => {
    const store = stores.get(bucket) ?? createS3Store({ bucket, region, connection, listTimeoutMs: LIST_TIMEOUT_MS });
    stores.set(bucket, store);
    return store;
  };
  const logs = createLogsConnection({ connection });
  const newestEvents = new Map<string, Promise<number | undefined>>();
  // Many flow logs share a group, and all that is known of it is the group's.
  const findNewestInGroup = (group: LogsLocation): Promise<number | undefined> => {
    const region = group.region ?? connection.settings.region ?? FIRST_REGION;
    const place = group.arn ?? logGroupPlace(group, region);
    const newest = newestEvents.get(place) ?? findNewestEventMs({ ...group, region }, logs, signal);
    newestEvents.set(place, newest);
    return newest;
  };
  const options = { openStore, findNewestEventMs: findNewestInGroup, nowMs, signal };
  const checked = [...flowLogs];
  const tasks = createTaskQueue(CHECK_CONCURRENCY);
  flowLogs.forEach((flowLog, index) => {
    tasks.add(async () => {
      try {
        checked[index] = { ...flowLog, check: await checkDelivery(flowLog, options) };
      } catch {
        assertNotAborted(caller);
        checked[index] = { ...flowLog, check: TOO_LATE };
      }
      onChecked();
    });
  });
  await tasks.drained();
  return checked;
}

function byRegionAndId(a: DiscoveredFlowLog, b: DiscoveredFlowLog): number {
  return a.region === b.region ? (a.id < b.id ? -1 : 1) : a.region < b.region ? -1 : 1;
}
