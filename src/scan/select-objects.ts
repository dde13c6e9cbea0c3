/**
 * Which objects a query has to read: finds accounts and regions, lists only the days (or hours) that can matter, and
 * keeps the objects whose stamp can. Which records count is decided later by their own time.
 *
 * An object's stamp names a bin of five minutes; documents and samples disagree on which end of a record falls into it,
 * so stamps from 10 minutes before the range to 15 minutes after it are read.
 */
import { FlowError, assertNotAborted } from '../errors';
import {
  accountPrefixes,
  accountsPrefix,
  dayPrefix,
  hourPrefix,
  parseAccountFolder,
  parseObjectKey,
  parseRegionFolder,
  regionPrefix,
} from '../flow/object-key';
import type { FlowLogKey, KeyBranch } from '../flow/object-key';
import type { FilterNode } from '../query/filter';
import type { FlowQuery, Limits } from '../query/model';
import type { ListPage, ObjectStore, StoredObject } from '../store/store';
import { createBoundedQueue, createTaskQueue } from './bounded-queue';
import type { ProblemList, Selection } from './selection';

/** A place with flow logs. */
export interface Source {
  readonly store: ObjectStore;
  /** As whom it is read, and where, as far as the store's name does not say it: who differs in that shares no digests. */
  readonly reader?: string;
  /** What all keys begin with; with or without a final slash, since AWS glues a prefix without one to `AWSLogs/`. */
  readonly prefix: string;
  /**
   * `aws`: only keys of AWS's layout are flow logs. `any`: every object may be one, its content decides. `auto`: as
   * `aws`, unless nothing of that layout is found.
   */
  readonly keys: 'aws' | 'any' | 'auto';
  /** The columns of objects without a header line. */
  readonly columns?: readonly string[];
  /** Set where there is nothing to list, as in a log group: what stands for objects. */
  readonly pieces?: Pieces;
}

/** What is read of a source that has no objects: pieces of it, which its store reads by their keys. */
export interface Pieces {
  /** All that can hold records of the range. Throws `FlowError`s. */
  select(asked: PiecesAsked): Promise<readonly Piece[]>;
  /** One that holds a record of the last days, as new as can be found quickly; `undefined` if there is none. */
  findNewest(signal?: AbortSignal): Promise<Piece | undefined>;
}

export interface PiecesAsked extends Pick<FlowQuery, 'accounts' | 'regions' | 'range'> {
  /** Records that do not pass may be left out, if that can be known of them. */
  readonly filter?: FilterNode;
  readonly signal?: AbortSignal;
  /** Takes what a person should know of the answer. */
  readonly note: (text: string) => void;
}

/** A piece: its ETag is empty, since it may hold more the next time. */
export interface Piece extends StoredObject {
  /** Of its records, where that is known. */
  readonly accountId?: string;
  readonly region?: string;
  /** How the columns of its records are known, if it was found by `findNewest`. */
  readonly columnsFrom?: 'settings' | 'flow logs' | 'messages';
  /** With `messages`: of how many, such as `493 of 500`. */
  readonly recognised?: string;
}

/** An object to read. */
export interface SelectedObject extends Piece {
  readonly source: Source;
  /** What its key says, if it is of AWS's layout. */
  readonly parsed?: FlowLogKey;
}

export interface SelectOptions {
  readonly signal?: AbortSignal;
  readonly problems: ProblemList;
  /** Listings at a time. */
  readonly concurrency?: number;
  /** Select archived objects too: for whoever looks at keys only. */
  readonly unreadable?: boolean;
}

/** Objects as they are found, and the counts so far. */
export interface Selecting {
  readonly objects: AsyncIterable<SelectedObject>;
  selection(): Selection;
  /** Objects and bytes selected so far. */
  selected(): Pick<Selection, 'selectedObjects' | 'selectedBytes'>;
}

export const STAMP_PAD_BEFORE_SEC = 10 * 60;
export const STAMP_PAD_AFTER_SEC = 15 * 60;

const DAY_SEC = 86_400;
const HOUR_SEC = 3600;
/** Up to this many days are listed each on its own, in parallel; beyond, one listing runs from the first to the last. */
const MAX_DAY_LISTINGS = 40;
/** A day of which fewer hours matter is listed by hour where it is divided so. */
const MAX_HOUR_LISTINGS = 8;
/** Objects found ahead of reading. */
const MAX_AHEAD = 10_000;
/** How deep, and how widely, `AWSLogs/` is looked for when it is not where it should be (`{account}/{vpc}/AWSLogs/`). */
const MAX_ROOT_DEPTH = 3;
const MAX_ROOT_FOLDERS = 1000;

type Asked = Pick<FlowQuery, 'accounts' | 'regions' | 'flowLogs' | 'range' | 'filter'> & {
  readonly limits: Pick<Limits, 'maxObjects' | 'maxBytes' | 'onLimit'>;
};

/**
 * Starts selecting. A listing that fails is a problem and the others go on; but if nothing at all could be listed, the
 * first failure is thrown. Throws `over-limit` when more objects or bytes are selected than the query allows: at once, or
 * for a partial answer after those that it does allow.
 */
export function selectObjects(sources: readonly Source[], asked: Asked, options: SelectOptions): Selecting {
  const { signal, problems, concurrency = 16, unreadable = false } = options;
  const { accounts, regions, flowLogs = [], range, filter, limits } = asked;
  const stamps = range && {
    fromSec: Math.floor(range.fromMs / 1000) - STAMP_PAD_BEFORE_SEC,
    toSec: Math.ceil(range.toMs / 1000) + STAMP_PAD_AFTER_SEC,
  };
  const queue = createBoundedQueue<SelectedObject>(MAX_AHEAD);
  const tasks = createTaskQueue(concurrency);
  const counts = {
    listedObjects: 0,
    selectedObjects: 0,
    selectedBytes: 0,
    unsizedObjects: 0,
    emptyObjects: 0,
    foreignObjects: 0,
    otherAccountObjects: 0,
    outsideTimeObjects: 0,
    archivedObjects: 0,
    listPages: 0,
  };
  /** Branches that are or were listed: looking around may come upon them again. */
  const listedBranches = new Set<string>();
  const foundAccounts = new Set<string>();
  const foundRegions = new Set<string>();
  const notes = new Set<string>();
  const prefixes = new Map<string, { source: string; prefix: string; objects: number; bytes: number }>();
  let oldestStampSec: number | undefined;
  let newestStampSec: number | undefined;
  let firstFailure: FlowError | undefined;

  function noteFailure(key: string, error: FlowError): void {
    firstFailure ??= error;
    problems.add({ key, code: error.code, message: error.message });
  }

  /** The pages of one listing; a failure ends this listing only and is noted, a refusal perhaps later by `onDenied`. */
  async function* pages(
    source: Source,
    prefix: string,
    listOptions: { delimiter?: '/'; startAfter?: string } = {},
    onDenied?: (note: () => void) => void,
  ): AsyncGenerator<ListPage, void, undefined> {
    try {
      for await (const page of source.store.list(prefix, { signal, ...listOptions })) {
        counts.listPages++;
        yield page;
      }
    } catch (thrown) {
      handleFailure(prefix === '' ? source.store.name : prefix, thrown, onDenied);
    }
  }

  /** Notes a failure that ends one listing only; throws those that end all. */
  function handleFailure(key: string, thrown: unknown, onDenied?: (note: () => void) => void): void {
    assertNotAborted(signal);
    const error = FlowError.from(thrown, 'unavailable');
    if (error.code === 'aborted' || error.code === 'over-limit' || error.code === 'internal') {
      throw error;
    }
    if (onDenied && error.code === 'access-denied') {
      onDenied(() => noteFailure(key, error));
    } else {
      noteFailure(key, error);
    }
  }

  /** Counts an object; sends it on if it has to be read. */
  async function offer(source: Source, listed: string, object: Piece, anyKey: boolean): Promise<void> {
    counts.listedObjects++;
    if (object.sizeBytes === 0) {
      counts.emptyObjects++;
      return;
    }
    const parsed = parseObjectKey(object.key);
    if (!parsed && !anyKey) {
      counts.foreignObjects++;
      return;
    }
    const { accountId, region } = parsed ?? object;
    // An object whose key tells no account, region or flow log may be anybody's.
    const isOfFlowLog = isAsked(flowLogs, parsed?.flowLogId);
    if (!isAsked(accounts, accountId) || !isAsked(regions, region) || !isOfFlowLog) {
      counts.otherAccountObjects++;
      return;
    }
    if (parsed && stamps && (parsed.stampSec < stamps.fromSec || parsed.stampSec > stamps.toSec)) {
      counts.outsideTimeObjects++;
      return;
    }
    if (accountId !== undefined) {
      foundAccounts.add(accountId);
    }
    if (region !== undefined) {
      foundRegions.add(region);
    }
    if (object.isArchived && !unreadable) {
      counts.archivedObjects++;
      return;
    }
    counts.selectedObjects++;
    counts.selectedBytes += Math.max(0, object.sizeBytes);
    counts.unsizedObjects += object.sizeBytes < 0 ? 1 : 0;
    assertWithin('maxObjects', counts.selectedObjects, limits.maxObjects, 'objects');
    assertWithin('maxBytes', counts.selectedBytes, limits.maxBytes, 'bytes');
    if (parsed) {
      oldestStampSec = Math.min(oldestStampSec ?? Infinity, parsed.stampSec);
      newestStampSec = Math.max(newestStampSec ?? -Infinity, parsed.stampSec);
    }
    const entry = prefixes.get(source.store.name + '\n' + listed);
    if (entry) {
      entry.objects++;
      entry.bytes += Math.max(0, object.sizeBytes);
    }
    await queue.push({ ...object, source, parsed });
  }

  /** Lists all objects below a prefix (up to `lastPrefix`, if given). */
  async function listObjects(
    source: Source,
    prefix: string,
    { anyKey = false, startAfter, lastPrefix }: { anyKey?: boolean; startAfter?: string; lastPrefix?: string } = {},
  ): Promise<void> {
    prefixes.set(source.store.name + '\n' + prefix, { source: source.store.name, prefix, objects: 0, bytes: 0 });
    for await (const page of pages(source, prefix, { startAfter })) {
      for (const object of page.objects) {
        if (lastPrefix !== undefined && object.key > lastPrefix && !object.key.startsWith(lastPrefix)) {
          return;
        }
        await offer(source, prefix, object, anyKey);
      }
    }
  }

  /** Lists one day of a branch: as a whole, or only the hours that matter where it is divided by hour. */
  async function listDay(source: Source, branch: KeyBranch, daySec: number): Promise<void> {
    const fromSec = Math.max(daySec, floorTo(stamps!.fromSec, HOUR_SEC));
    const toSec = Math.min(daySec + DAY_SEC - 1, stamps!.toSec);
    const prefix = dayPrefix(branch, daySec);
    if ((toSec - fromSec) / HOUR_SEC > MAX_HOUR_LISTINGS) {
      await listObjects(source, prefix);
      return;
    }
    prefixes.set(source.store.name + '\n' + prefix, { source: source.store.name, prefix, objects: 0, bytes: 0 });
    const hours = new Set<string>();
    for (let hourSec = fromSec; hourSec <= toSec; hourSec += HOUR_SEC) {
      hours.add(hourPrefix(branch, hourSec));
    }
    for await (const page of pages(source, prefix, { delimiter: '/' })) {
      for (const object of page.objects) {
        await offer(source, prefix, object, false);
      }
      for (const folder of page.prefixes) {
        if (hours.has(folder)) {
          tasks.add(() => listObjects(source, folder));
        }
      }
    }
  }

  /** Lists a branch: the days of the range, or all. */
  async function listBranch(source: Source, branch: KeyBranch): Promise<void> {
    const place = source.store.name + '\n' + regionPrefix(branch);
    if (!isAsked(accounts, branch.accountId) || !isAsked(regions, branch.region) || listedBranches.has(place)) {
      return;
    }
    listedBranches.add(place);
    if (!stamps) {
      await listObjects(source, regionPrefix(branch));
      return;
    }
    const firstDay = floorTo(stamps.fromSec, DAY_SEC);
    const lastDay = floorTo(stamps.toSec, DAY_SEC);
    if ((lastDay - firstDay) / DAY_SEC >= MAX_DAY_LISTINGS) {
      await listObjects(source, regionPrefix(branch), {
        startAfter: dayPrefix(branch, firstDay),
        lastPrefix: dayPrefix(branch, lastDay),
      });
      return;
    }
    for (let daySec = firstDay; daySec <= lastDay; daySec += DAY_SEC) {
      tasks.add(() => listDay(source, branch, daySec));
    }
  }

  /** Lists the regions below one of an account's prefixes; true if there are any. `onDenied` gets a refusal. */
  async function listAccount(
    source: Source,
    accountPrefix: string,
    onDenied?: (note: () => void) => void,
  ): Promise<boolean> {
    let hasAny = false;
    for await (const page of pages(source, accountPrefix, { delimiter: '/' }, onDenied)) {
      for (const folder of page.prefixes) {
        const branch = parseRegionFolder(folder);
        if (branch) {
          hasAny = true;
          tasks.add(() => listBranch(source, branch));
        }
      }
    }
    return hasAny;
  }

  function addAccount(source: Source, prefix: string, accountId: string, organisation?: string): void {
    for (const accountPrefix of accountPrefixes(prefix, accountId, organisation)) {
      tasks.add(async () => void (await listAccount(source, accountPrefix)));
    }
  }

  /**
   * Lists the accounts asked for where they should be, which takes no right to list their siblings. For those that are not
   * all there (they may stand below an organisation or other folders) it looks around.
   */
  function addNamedAccounts(source: Source, roots: readonly string[]): void {
    let left = accounts.length;
    const missing: string[] = [];
    for (const accountId of accounts) {
      const guesses = roots.flatMap((root) => accountPrefixes(root, accountId));
      const denied: (() => void)[] = [];
      let open = guesses.length;
      let hasAny = false;
      for (const guess of guesses) {
        tasks.add(async () => {
          hasAny = (await listAccount(source, guess, (note) => denied.push(note))) || hasAny;
          if (--open > 0) {
            return;
          }
          // Rights are often given for the one layout that exists: only if none can be listed is that a problem.
          if (!hasAny && denied.length === guesses.length) {
            denied[0]!();
          } else if (!hasAny) {
            missing.push(accountId);
          }
          if (--left === 0 && missing.length > 0) {
            await lookAround(source, roots);
          }
        });
      }
    }
  }

  /** Lists the accounts below `{prefix}AWSLogs/`; true if there are any. */
  async function listRoot(source: Source, prefix: string, organisation?: string): Promise<boolean> {
    const found = new Set<string>();
    let hasAny = false;
    for await (const page of pages(source, accountsPrefix(prefix, organisation), { delimiter: '/' })) {
      countBeside(page.objects.length);
      for (const folder of page.prefixes) {
        hasAny = true;
        const account = parseAccountFolder(folder);
        if (account?.type === 'organisation' && organisation === undefined) {
          await listRoot(source, prefix, account.organisation);
        } else if (
          account?.type === 'account' &&
          !found.has(account.accountId) &&
          isAsked(accounts, account.accountId)
        ) {
          found.add(account.accountId);
          addAccount(source, prefix, account.accountId, organisation);
        }
      }
    }
    return hasAny;
  }

  /** Counts objects that lie beside folders of the layout: their keys cannot be a flow log's. */
  function countBeside(objects: number): void {
    counts.listedObjects += objects;
    counts.foreignObjects += objects;
  }

  /**
   * Looks for `AWSLogs/` below folders that stand before it; true if there is any. Objects beside them are counted only if
   * so, since else all objects are listed anyway.
   */
  async function findNestedRoots(source: Source, start: string): Promise<boolean> {
    let level = [start];
    let looked = 0;
    let hasAny = false;
    let beside = 0;
    for (let depth = 0; depth < MAX_ROOT_DEPTH && level.length > 0; depth++) {
      const next: string[] = [];
      const within = level.slice(0, MAX_ROOT_FOLDERS - looked);
      for (const folder of within) {
        looked++;
        for await (const page of pages(source, folder, { delimiter: '/' })) {
          beside += page.objects.length;
          for (const child of page.prefixes) {
            if (child.endsWith('AWSLogs/')) {
              hasAny = (await listRoot(source, child.slice(0, -'AWSLogs/'.length))) || hasAny;
            } else {
              next.push(child);
            }
          }
        }
      }
      // Without any root, `auto` goes on to list everything.
      if (within.length < level.length && (hasAny || source.keys === 'aws')) {
        problems.add({
          key: start === '' ? source.store.name : start,
          code: 'over-limit',
          message: `cannot look into more than ${MAX_ROOT_FOLDERS} folders for AWSLogs/: name the prefixes before it`,
        });
        break;
      }
      level = next;
    }
    countBeside(hasAny ? beside : 0);
    return hasAny;
  }

  /** Offers the pieces of a source without objects. */
  async function offerPieces(source: Source, pieces: Pieces): Promise<void> {
    const { name } = source.store;
    prefixes.set(name + '\n', { source: name, prefix: '', objects: 0, bytes: 0 });
    let selected: readonly Piece[];
    try {
      selected = await pieces.select({ accounts, regions, range, filter, signal, note: (text) => notes.add(text) });
    } catch (thrown) {
      handleFailure(name, thrown);
      return;
    }
    for (const piece of selected) {
      await offer(source, '', piece, true);
    }
  }

  async function listSource(source: Source): Promise<void> {
    const { prefix, keys, pieces } = source;
    if (pieces) {
      await offerPieces(source, pieces);
      return;
    }
    if (keys === 'any') {
      await listObjects(source, prefix, { anyKey: true });
      return;
    }
    if (prefix.includes('AWSLogs/') && !prefix.endsWith('AWSLogs/')) {
      // A prefix inside the layout: take its part of the structure if it is a region's, else all below it.
      const branch = parseRegionFolder(prefix.endsWith('/') ? prefix : `${prefix}/`);
      await (branch ? listBranch(source, branch) : listObjects(source, prefix));
      return;
    }
    const roots = rootsFromPrefix(prefix);
    if (accounts.length > 0) {
      addNamedAccounts(source, roots);
    } else {
      await lookAround(source, roots);
    }
  }

  /** Finds accounts below the roots, or roots below other folders; `auto` falls back to all objects there are. */
  async function lookAround(source: Source, roots: readonly string[]): Promise<void> {
    let hasLayout = false;
    for (const root of roots) {
      hasLayout = (await listRoot(source, root)) || hasLayout;
    }
    hasLayout ||= await findNestedRoots(source, roots[0]!);
    if (!hasLayout && source.keys === 'auto') {
      await listObjects(source, source.prefix, { anyKey: true });
    }
  }

  async function run(): Promise<void> {
    sources.forEach((source) => tasks.add(() => listSource(source)));
    await tasks.drained();
    if (counts.listedObjects === 0 && firstFailure) {
      throw firstFailure;
    }
  }

  async function* objects(): AsyncGenerator<SelectedObject, void, undefined> {
    run().then(
      () => queue.end(),
      (thrown: unknown) => (limits.onLimit === 'partial' ? queue.end(thrown) : queue.fail(thrown)),
    );
    yield* queue.items;
  }

  return {
    objects: objects(),
    selected: () => ({ selectedObjects: counts.selectedObjects, selectedBytes: counts.selectedBytes }),
    selection: () => ({
      ...counts,
      notes: [...notes],
      accounts: [...foundAccounts].sort(),
      regions: [...foundRegions].sort(),
      oldestStampSec,
      newestStampSec,
      prefixes: [...prefixes.values()].sort((a, b) => (a.source + a.prefix < b.source + b.prefix ? -1 : 1)),
    }),
  };
}

/** What may stand before `AWSLogs/`, by a prefix as people write it: up to or with `AWSLogs`, with or without a slash. */
export function rootsFromPrefix(prefix: string): readonly string[] {
  if (prefix === '' || prefix.endsWith('/')) {
    return [prefix.endsWith('AWSLogs/') ? prefix.slice(0, -'AWSLogs/'.length) : prefix];
  }
  return [`${prefix}/`, prefix.endsWith('AWSLogs') ? prefix.slice(0, -'AWSLogs'.length) : prefix];
}

function isAsked(names: readonly string[], name: string | undefined): boolean {
  return names.length === 0 || (name !== undefined && names.includes(name));
}

function floorTo(sec: number, stepSec: number): number {
  return Math.floor(sec / stepSec) * stepSec;
}

function assertWithin(limit: keyof Limits, value: number, max: number, what: string): void {
  if (value > max) {
    throw new FlowError(
      'over-limit',
      `cannot read more than ${max} ${what}: narrow the time range, accounts or regions, or raise the limit`,
      { fields: { limit, value: max } },
    );
  }
}
