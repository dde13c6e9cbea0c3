/**
 * The walk through AWS's layout: from what stands before `AWSLogs/` over accounts and regions to the days (or hours) that
 * can matter. It lists; what is made of the objects is its visitor's business.
 */
import {
  accountPrefixes,
  accountsPrefix,
  dayPrefix,
  hourPrefix,
  parseAccountFolder,
  parseRegionFolder,
  regionPrefix,
} from '../flow/object-key';
import type { KeyBranch } from '../flow/object-key';
import type { StampRange } from '../flow/stamp-range';
import type { FlowQuery } from '../query/model';
import type { ListOptions, ListPage, StoredObject } from '../store/store';
import type { TaskQueue } from './bounded-queue';
import type { Source } from './select-objects';
import type { ProblemList } from './selection';

/** Takes what the walk comes upon. */
export interface LayoutVisitor {
  /** The pages of one listing; a failure ends this listing only and is noted, a refusal perhaps later by `onDenied`. */
  pages(
    source: Source,
    prefix: string,
    options?: Omit<ListOptions, 'signal'>,
    onDenied?: (note: () => void) => void,
  ): AsyncIterable<ListPage>;
  /** A prefix below which objects are going to be listed. */
  enterPrefix(source: Source, prefix: string): void;
  /** Objects below a prefix that was entered, sorted by key; with `anyKey` they may be flow logs whatever their keys. */
  offer(source: Source, prefix: string, objects: readonly StoredObject[], anyKey: boolean): Promise<void>;
  /** So many objects lie beside folders of the layout: their keys cannot be a flow log's. */
  countBeside(objects: number): void;
}

export interface LayoutWalkOptions {
  readonly asked: Pick<FlowQuery, 'accounts' | 'regions'>;
  /** Of the objects that can matter; all if not given. */
  readonly stamps: StampRange | undefined;
  /** Where listings are queued. */
  readonly tasks: TaskQueue;
  readonly problems: ProblemList;
  readonly visitor: LayoutVisitor;
}

const DAY_SEC = 86_400;
const HOUR_SEC = 3600;
/** Up to this many days are listed each on its own, in parallel; beyond, one listing runs from the first to the last. */
const MAX_DAY_LISTINGS = 40;
/** A day of which fewer hours matter is listed by hour where it is divided so. */
const MAX_HOUR_LISTINGS = 8;
/** How deep, and how widely, `AWSLogs/` is looked for when it is not where it should be (`{account}/{vpc}/AWSLogs/`). */
const MAX_ROOT_DEPTH = 3;
const MAX_ROOT_FOLDERS = 1000;

interface ObjectListing extends Pick<ListOptions, 'startAfter' | 'stamps'> {
  readonly anyKey?: boolean;
  /** Where it ends. */
  readonly lastPrefix?: string;
}

/** A walk over sources with objects: the function lists what there is of one, partly through tasks that it adds. */
export function createLayoutWalk({
  asked: { accounts, regions },
  stamps,
  tasks,
  problems,
  visitor: { pages, enterPrefix, offer, countBeside },
}: LayoutWalkOptions): (source: Source) => Promise<void> {
  /** Branches that are or were listed: looking around may come upon them again. */
  const listedBranches = new Set<string>();

  /** Lists all objects below a prefix (up to `lastPrefix`, if given). */
  async function listObjects(
    source: Source,
    prefix: string,
    { anyKey = false, lastPrefix, ...options }: ObjectListing = {},
  ): Promise<void> {
    enterPrefix(source, prefix);
    for await (const { objects } of pages(source, prefix, options)) {
      const end =
        lastPrefix === undefined ? -1 : objects.findIndex(({ key }) => key > lastPrefix && !key.startsWith(lastPrefix));
      await offer(source, prefix, end < 0 ? objects : objects.slice(0, end), anyKey);
      if (end >= 0) {
        return;
      }
    }
  }

  /** Lists one day of a branch: as a whole, or only the hours that matter where it is divided by hour. */
  async function listDay(source: Source, branch: KeyBranch, daySec: number): Promise<void> {
    const fromSec = Math.max(daySec, floorTo(stamps!.fromSec, HOUR_SEC));
    const toSec = Math.min(daySec + DAY_SEC - 1, stamps!.toSec);
    const prefix = dayPrefix(branch, daySec);
    // Whole hours, so that ranges that differ by little ask for the same.
    const isWhole = fromSec === daySec && toSec > daySec + DAY_SEC - HOUR_SEC;
    const hint = isWhole ? {} : { stamps: { fromSec, toSec: floorTo(toSec, HOUR_SEC) + HOUR_SEC - 1 } };
    if ((toSec - fromSec) / HOUR_SEC > MAX_HOUR_LISTINGS) {
      await listObjects(source, prefix, hint);
      return;
    }
    enterPrefix(source, prefix);
    const hours = new Set<string>();
    for (let hourSec = fromSec; hourSec <= toSec; hourSec += HOUR_SEC) {
      hours.add(hourPrefix(branch, hourSec));
    }
    for await (const page of pages(source, prefix, { delimiter: '/', ...hint })) {
      await offer(source, prefix, page.objects, false);
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

  async function listSource(source: Source): Promise<void> {
    const { prefix, keys } = source;
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

  return listSource;
}

/** What may stand before `AWSLogs/`, by a prefix as people write it: up to or with `AWSLogs`, with or without a slash. */
export function rootsFromPrefix(prefix: string): readonly string[] {
  if (prefix === '' || prefix.endsWith('/')) {
    return [prefix.endsWith('AWSLogs/') ? prefix.slice(0, -'AWSLogs/'.length) : prefix];
  }
  return [`${prefix}/`, prefix.endsWith('AWSLogs') ? prefix.slice(0, -'AWSLogs'.length) : prefix];
}

/** Whether a name is among those asked for; none asked for is all. */
export function isAsked(names: readonly string[], name: string | undefined): boolean {
  return names.length === 0 || (name !== undefined && names.includes(name));
}

function floorTo(sec: number, stepSec: number): number {
  return Math.floor(sec / stepSec) * stepSec;
}
