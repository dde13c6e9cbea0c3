/**
 * The newest flow-log object of a source, found with a few listings: down the layout's folders, always into the latest
 * day, and at every other level into some of the folders only. For the health check, which has to be quick in any bucket.
 */

import { FlowError } from '../errors';
import { accountsPrefix, parseAccountFolder, parseObjectKey, parseRegionFolder } from '../flow/object-key';
import type { FlowLogKey } from '../flow/object-key';
import type { Piece, Source } from './select-objects';
import { rootsFromPrefix } from './walk-layout';
import type { ListPage, ObjectStore, StoredObject } from '../store/store';

export interface NewestObject {
  readonly object: Piece;
  /** What the key says, if it is of AWS's layout. */
  readonly parsed?: FlowLogKey;
}

/** What was seen on the way. */
export interface NewestFound {
  readonly newest?: NewestObject;
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  /** There is more than was looked at, so a newer object may exist. */
  readonly isSample: boolean;
  /** The first refusal of a part, where others went well. */
  readonly failure?: FlowError;
}

export interface FindNewestOptions {
  readonly signal?: AbortSignal;
  /** Pages of listings, all together. */
  readonly maxPages?: number;
  /** Only objects of these, by their keys; empty means all. */
  readonly accounts?: readonly string[];
  readonly regions?: readonly string[];
  /** Only objects of this flow log. */
  readonly flowLogId?: string;
}

/** Folders looked into where all are alike (organisations, accounts, regions). */
const MAX_SIBLINGS = 4;
/** Pages read of one folder. */
const MAX_FOLDER_PAGES = 5;
/** Folders before `AWSLogs/` that are looked into when it is not where it should be, and how deep. */
const MAX_LOOKED = 20;
const MAX_LOOK_DEPTH = 3;
/** `2026/`, `month=11/`, `09/`. */
const TIME_FOLDER = /(?:^|\/)(?:(?:year|month|day|hour)=)?(?:\d{4}|\d{2})\/$/;
const SERVICE_FOLDER = /\/(?:(?:aws-)?service=)?vpcflowlogs\/$/;

/**
 * Looks for it. Objects that are empty or archived count only if there is no other. Throws the first refusal if
 * nothing was found, and any other failure at once.
 */
export async function findNewestObject(
  { store, prefix, keys, pieces }: Pick<Source, 'store' | 'prefix' | 'keys' | 'pieces'>,
  {
    signal,
    maxPages = 100,
    accounts: askedAccounts = [],
    regions: askedRegions = [],
    flowLogId,
  }: FindNewestOptions = {},
): Promise<NewestFound> {
  if (pieces) {
    const object = await pieces.findNewest(signal);
    const names = (name: string | undefined): readonly string[] => (name === undefined ? [] : [name]);
    return {
      newest: object && { object },
      accounts: names(object?.accountId),
      regions: names(object?.region),
      isSample: true,
    };
  }
  const accounts = new Set<string>();
  const regions = new Set<string>();
  let newest: NewestObject | undefined;
  let failure: FlowError | undefined;
  let isSample = false;
  let pagesLeft = maxPages;

  const offer = (object: StoredObject, isAnyKey: boolean): void => {
    const parsed = parseObjectKey(object.key);
    const isAsked =
      isAmong(askedAccounts, parsed?.accountId) &&
      isAmong(askedRegions, parsed?.region) &&
      (flowLogId === undefined || parsed?.flowLogId === flowLogId);
    if (isAsked && (parsed || isAnyKey)) {
      const candidate = { object, ...(parsed && { parsed }) };
      newest = newest === undefined || isBetter(candidate, newest) ? candidate : newest;
    }
  };

  /** One folder: its objects are offered (`undefined` for how: not at all), its folders returned. */
  const look = async (folder: string, offering: 'layout' | 'any' | undefined, isFolded = true): Promise<string[]> => {
    const folders: string[] = [];
    let pages = 0;
    for await (const page of listPages(store, folder, isFolded, signal)) {
      folders.push(...page.prefixes);
      if (offering !== undefined) {
        page.objects.forEach((object) => offer(object, offering === 'any'));
      }
      if (--pagesLeft <= 0 || ++pages >= MAX_FOLDER_PAGES) {
        isSample = true;
        break;
      }
    }
    return folders;
  };

  /** A folder of the layout, and what lies below it. */
  const descend = async (folder: string): Promise<void> => {
    if (pagesLeft <= 0) {
      isSample = true;
      return;
    }
    const folders = await look(folder, 'layout');
    const times = folders.filter((child) => TIME_FOLDER.test(child));
    if (times.length > 0) {
      await descend(times.at(-1)!);
      return;
    }
    const known: string[] = [];
    for (const child of folders.filter(isLayoutFolder)) {
      const account = parseAccountFolder(child);
      const region = parseRegionFolder(child)?.region;
      if (account?.type === 'account') {
        accounts.add(account.accountId);
      }
      if (region !== undefined) {
        regions.add(region);
      }
      const isAccountAsked = account?.type !== 'account' || isAmong(askedAccounts, account.accountId);
      if (isAccountAsked && (region === undefined || isAmong(askedRegions, region))) {
        known.push(child);
      }
    }
    isSample ||= known.length > MAX_SIBLINGS;
    await Promise.all(known.slice(0, MAX_SIBLINGS).map(tryDescend));
  };

  /** One refused branch must not hide the others; what is wrong otherwise (no connection, no bucket) is so everywhere. */
  const tryDescend = async (folder: string): Promise<void> => {
    try {
      await descend(folder);
    } catch (thrown) {
      failure ??= deniedError(thrown);
    }
  };

  /** `AWSLogs/` below folders that stand before it. */
  const lookAround = async (start: string): Promise<void> => {
    let level = [start];
    let looked = 0;
    for (let depth = 0; depth < MAX_LOOK_DEPTH && newest === undefined; depth++) {
      const next: string[] = [];
      for (const folder of level.slice(0, MAX_LOOKED - looked)) {
        looked++;
        const children = await look(folder, undefined);
        next.push(...children.filter((child) => !child.endsWith('AWSLogs/')));
        for (const root of children.filter((child) => child.endsWith('AWSLogs/')).slice(0, MAX_SIBLINGS)) {
          await tryDescend(root);
        }
      }
      level = next;
    }
  };

  if (keys === 'any') {
    await look(prefix, 'any', false);
  } else if (prefix.includes('AWSLogs/') && !prefix.endsWith('AWSLogs/')) {
    await tryDescend(parseRegionFolder(`${prefix}/`) ? `${prefix}/` : prefix);
  } else {
    const roots = rootsFromPrefix(prefix);
    for (const root of roots) {
      await tryDescend(accountsPrefix(root));
    }
    if (newest === undefined) {
      // The least rights do not allow it, and it is not where flow logs should be.
      await lookAround(roots[0]!).catch(deniedError);
    }
    if (newest === undefined && keys === 'auto') {
      await look(prefix, 'any', false);
    }
  }
  if (newest === undefined && failure !== undefined) {
    throw failure;
  }
  return { newest, accounts: [...accounts].sort(), regions: [...regions].sort(), isSample, failure };
}

function listPages(
  store: ObjectStore,
  folder: string,
  isFolded: boolean,
  signal: AbortSignal | undefined,
): AsyncIterable<ListPage> {
  return store.list(folder, { signal, ...(isFolded && { delimiter: '/' }) });
}

/** The error if it is a refusal; throws any other. */
function deniedError(thrown: unknown): FlowError {
  const error = FlowError.from(thrown);
  if (error.code !== 'access-denied') {
    throw error;
  }
  return error;
}

function isLayoutFolder(folder: string): boolean {
  return (
    SERVICE_FOLDER.test(folder) || parseAccountFolder(folder) !== undefined || parseRegionFolder(folder) !== undefined
  );
}

/** Whether it is asked for; what is not known is so only if everything is. */
function isAmong(asked: readonly string[], name: string | undefined): boolean {
  return asked.length === 0 || (name !== undefined && asked.includes(name));
}

/** First what can be read, then what is newer. */
function isBetter(a: NewestObject, b: NewestObject): boolean {
  const isReadable = ({ object }: NewestObject) => object.sizeBytes !== 0 && !object.isArchived;
  if (isReadable(a) !== isReadable(b)) {
    return isReadable(a);
  }
  return timeOf(a) > timeOf(b);
}

/** When the records of an object were made, as far as its key or the store knows. Unix milliseconds. */
export function timeOf({ object, parsed }: NewestObject): number {
  return parsed === undefined ? object.lastModifiedMs : parsed.stampSec * 1000;
}
