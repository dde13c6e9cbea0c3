/**
 * Whether one source can be read, tried as a query would do it: credentials, list, read and decode the newest object.
 */

import { FlowError, unlessAborted } from '../errors';
import { findNearestName, suggestionText } from '../query/nearest-name';
import type { ObjectStore } from '../store/store';
import { describeAge } from '../view/describe-age';
import { identityOf, timeoutError, type CheckOptions, type CheckStep, type PlaceHealth } from './check-steps';
import { explainFailure } from './explain-failure';
import { findNewestObject, timeOf, type NewestFound } from '../scan/find-newest-object';
import type { OpenedSource } from './instance';
import { readObjectHead, type ObjectFormat } from './read-object-head';
import { withinPrefix } from './within-prefix';

/** What was found out about a source. */
export interface SourceHealth extends PlaceHealth {
  readonly name: string;
  readonly accounts?: readonly string[];
  readonly regions?: readonly string[];
  readonly newest?: NewestHealth;
  /** Where the prefix leads nowhere: what there is instead, full prefixes. */
  readonly prefixesFound?: readonly string[];
}

export interface NewestHealth {
  readonly key: string;
  readonly sizeBytes: number;
  /** When its records were made (its key's stamp, or when it was written), Unix milliseconds. */
  readonly timeMs: number;
  readonly ageSec: number;
  /** There may be a newer one: not everything was looked at. */
  readonly isSample: boolean;
  readonly format?: ObjectFormat;
}

/** Flow logs come within 10 minutes or so; after this long something has stopped. */
const STALE_SEC = 2 * 3600;
const MAX_NAMES = 50;
const MAX_PREFIXES = 20;

/** Checks; never throws, and ends soon after the signal aborts. */
export async function checkSource(opened: OpenedSource, options: CheckOptions): Promise<SourceHealth> {
  const { settings, connection, probe } = opened;
  const { signal, forwarding } = options;
  const { name, location, prefix, columns } = settings;
  let step: CheckStep = 'credentials';
  let who: Pick<SourceHealth, 'identity' | 'identityNote'> = {};
  const base = { name, location };
  try {
    if (connection) {
      await unlessAborted(connection.credentials(), signal);
      void identityOf(opened, options).then((found) => (who = found));
    }
    step = 'list';
    const store = withinPrefix(probe, prefix);
    const found = await unlessAborted(findNewestObject({ ...opened.source, store }, { signal }), signal);
    if (found.newest === undefined) {
      const nothing = await unlessAborted(explainNothing(opened, store, signal), signal);
      return { ...base, ...nothing, status: 'error', step, code: 'not-found', ...(await identityOf(opened, options)) };
    }
    step = 'read';
    const { object } = found.newest;
    if (object.isArchived) {
      throw new FlowError('not-found', `cannot read ${probe.name}/${object.key}: it is archived (S3 Glacier)`, {
        fields: { isArchived: true },
      });
    }
    const head = await unlessAborted(readObjectHead(store, object, { columns, signal }), signal);
    const format = { ...head, columnsFrom: object.columnsFrom ?? head.columnsFrom };
    who = await identityOf(opened, options);
    return { ...base, ...healthFromFound(opened, found, format, options.nowMs), ...who };
  } catch (thrown) {
    const isLate = signal.aborted;
    const error = isLate ? timeoutError(opened, step) : FlowError.from(thrown);
    if (!isLate && step !== 'credentials') {
      who = await identityOf(opened, options);
    }
    const advice = explainFailure(error, { source: settings, forwarding, identity: who.identity });
    const isForeign = error.code === 'corrupt-object';
    return {
      ...base,
      status: 'error',
      message: error.message,
      ...advice,
      ...(isForeign &&
        settings.kind !== 'logs' && {
          fix: 'Check the prefix, or give the columns as header if the objects have no header line.',
        }),
      ...(error.fields['isArchived'] === true && { fix: 'Restore the objects, or keep recent ones out of Glacier.' }),
      step,
      code: error.code,
      ...who,
    };
  }
}

function healthFromFound(
  { settings }: OpenedSource,
  { newest, accounts, regions, isSample, failure }: NewestFound,
  format: ObjectFormat,
  nowMs: number,
): Omit<SourceHealth, 'name' | 'location'> {
  const { object, parsed } = newest!;
  const timeMs = timeOf(newest!);
  const ageSec = Math.max(0, Math.round((nowMs - timeMs) / 1000));
  const isGroup = settings.kind === 'logs';
  const isStale = settings.kind !== 'directory' && ageSec > STALE_SEC;
  const allAccounts = accounts.length > 0 || parsed === undefined ? accounts : [parsed.accountId];
  const allRegions = regions.length > 0 || parsed === undefined ? regions : [parsed.region];
  const facts = [
    `newest ${isGroup ? 'event' : 'object'} ${isSample ? 'seen ' : ''}is ${describeAge(ageSec)} old`,
    `${format.columns.length} fields (${describeFrom(format, object.recognised)})`,
    ...(allAccounts.length > 0 ? [plural(allAccounts.length, 'account'), plural(allRegions.length, 'region')] : []),
  ].join(', ');
  const warnings = [
    ...(failure ? [`Not all could be listed: ${failure.message}`] : []),
    // Of a group, what is younger than that is looked for first.
    ...(isStale && (!isSample || isGroup) ? ['Has delivery stopped?'] : []),
    ...(format.hasRecord ? [] : ['The object holds no record of that format.']),
  ];
  return {
    status: warnings.length > 0 ? 'warning' : 'ok',
    message: [facts, ...warnings].join('. '),
    accounts: allAccounts.slice(0, MAX_NAMES),
    regions: allRegions.slice(0, MAX_NAMES),
    newest: { key: object.key, sizeBytes: object.sizeBytes, timeMs, ageSec, isSample, format },
  };
}

/** How the columns are known; of messages, by how many of them. */
function describeFrom({ columnsFrom }: ObjectFormat, recognised: string | undefined): string {
  switch (columnsFrom) {
    case 'messages':
      return `recognised from ${recognised} messages; set header to be certain`;
    case 'flow logs':
      return 'as its flow logs say';
    default:
      return columnsFrom;
  }
}

/** Why a source without failure has no flow log: nothing there at all, other objects, or a wrong prefix. */
async function explainNothing(
  { settings, probe }: OpenedSource,
  within: ObjectStore,
  signal: AbortSignal,
): Promise<Pick<SourceHealth, 'message' | 'fix' | 'prefixesFound'>> {
  if (settings.kind === 'logs') {
    return {
      message: `cannot find any event of the last week in the log group ${settings.group} of ${settings.region}`,
      fix: 'Check that a flow log delivers to it; the first events of a new one come after about 10 minutes.',
    };
  }
  const { prefix } = settings;
  const place = settings.kind === 's3' ? `${probe.name}/${prefix}` : settings.location;
  // With the fewest rights, neither the prefix itself nor what is beside it may be listed, only what lies where it should.
  const first = await firstEntry(within, prefix, signal).catch(() => undefined);
  if (first !== undefined && !settings.anyKey) {
    return {
      message: `cannot find flow logs below ${place}: there are objects (${first}), but none has a flow log’s key, …AWSLogs/{account}/vpcflowlogs/{region}/…`,
      fix: 'Correct the prefix, or set anyKey if something other than AWS wrote these files.',
      prefixesFound: await foldersAt(within, prefix, signal).catch(() => []),
    };
  }
  // Upwards, until there is something.
  for (let parent = parentOf(prefix); parent !== undefined; parent = parentOf(parent)) {
    const prefixesFound = await foldersAt(probe, parent, signal).catch(() => undefined);
    if (prefixesFound === undefined) {
      break;
    }
    if (prefixesFound.length > 0) {
      const nearest = findNearestName(
        prefix.replace(/\/$/, ''),
        prefixesFound.map((found) => found.replace(/\/$/, '')),
      );
      return {
        message: `cannot find anything below ${place}: ${parent === '' ? probe.name : `${probe.name}/${parent}`} has ${prefixesFound.join(', ')}${suggestionText(nearest)}`,
        fix: 'Correct the prefix.',
        prefixesFound,
      };
    }
  }
  return {
    message: `cannot find anything below ${place}`,
    fix: 'Check that a flow log delivers to it; the first objects of a new one come after about 15 minutes.',
  };
}

async function firstEntry(store: ObjectStore, prefix: string, signal: AbortSignal): Promise<string | undefined> {
  for await (const { objects } of store.list(prefix, { signal })) {
    return objects[0]?.key;
  }
  return undefined;
}

async function foldersAt(store: ObjectStore, prefix: string, signal: AbortSignal): Promise<readonly string[]> {
  for await (const { prefixes } of store.list(prefix, { signal, delimiter: '/' })) {
    return prefixes.slice(0, MAX_PREFIXES);
  }
  return [];
}

/** `a/b/` and `a/b` → `a/` → `` → nothing. */
function parentOf(prefix: string): string | undefined {
  return prefix === '' ? undefined : prefix.slice(0, prefix.replace(/\/$/, '').lastIndexOf('/') + 1);
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
