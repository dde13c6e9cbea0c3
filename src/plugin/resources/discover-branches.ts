/**
 * The accounts and regions that have flow logs in some sources, found by listing folders only: no object of theirs is
 * listed. Where keys need not be of AWS's layout there is nothing to find.
 */
import {
  accountPrefixes,
  accountsPrefix,
  parseAccountFolder,
  parseRegionFolder,
  type KeyBranch,
} from '../../flow/object-key';
import { createTaskQueue } from '../../scan/bounded-queue';
import { rootsFromPrefix } from '../../scan/walk-layout';
import type { OpenedSource } from '../instance';
import type { BoundedListing } from './bounded-listing';

/** An account's folder; an account may have several. */
export interface FoundAccount {
  readonly opened: OpenedSource;
  readonly accountId: string;
  /** What the regions of this folder stand below. */
  readonly regionParents: readonly string[];
  /** The one region there is, if the source's prefix names it. */
  readonly branch?: KeyBranch;
}

/** Flow logs of one account and region. */
export interface FoundBranch {
  readonly opened: OpenedSource;
  readonly branch: KeyBranch;
}

/** Listings at a time. */
const CONCURRENCY = 8;
/** How deep, and how widely, `AWSLogs/` is looked for where it is not where it should be. */
const MAX_LOOK_DEPTH = 3;
const MAX_LOOKED = 50;
const ROOT = 'AWSLogs/';

/** The accounts, in no order. Throws the first failure if there is none. */
export async function discoverAccounts(
  sources: readonly OpenedSource[],
  listing: BoundedListing,
): Promise<readonly FoundAccount[]> {
  const found: FoundAccount[] = [];
  const tasks = createTaskQueue(CONCURRENCY);
  for (const opened of sources) {
    tasks.add(async () => void found.push(...(await discoverInSource(opened, listing))));
  }
  await tasks.drained();
  if (found.length === 0) {
    listing.assertNoFailure();
  }
  return found;
}

/** The accounts and regions, of those asked for if any are, in no order. Throws the first failure if there is none. */
export async function discoverBranches(
  sources: readonly OpenedSource[],
  { accounts, regions }: { readonly accounts: readonly string[]; readonly regions: readonly string[] },
  listing: BoundedListing,
): Promise<readonly FoundBranch[]> {
  const found: FoundBranch[] = [];
  const add = (opened: OpenedSource, branch: KeyBranch): void => {
    if (isAsked(regions, branch.region)) {
      found.push({ opened, branch });
    }
  };
  const tasks = createTaskQueue(CONCURRENCY);
  for (const { opened, accountId, regionParents, branch } of await discoverAccounts(sources, listing)) {
    if (!isAsked(accounts, accountId)) {
      continue;
    }
    if (branch) {
      add(opened, branch);
      continue;
    }
    for (const parent of regionParents) {
      tasks.add(async () => {
        for (const folder of await listing.folders(opened.source.store, parent)) {
          const child = parseRegionFolder(folder);
          if (child) {
            add(opened, child);
          }
        }
      });
    }
  }
  await tasks.drained();
  if (found.length === 0) {
    listing.assertNoFailure();
  }
  return found;
}

async function discoverInSource(opened: OpenedSource, listing: BoundedListing): Promise<readonly FoundAccount[]> {
  const { prefix, keys, store } = opened.source;
  if (keys === 'any') {
    return [];
  }
  if (prefix.includes(ROOT) && !prefix.endsWith(ROOT)) {
    return discoverBelow(opened, listing);
  }
  const found: FoundAccount[] = [];
  for (const root of rootsFromPrefix(prefix)) {
    found.push(...(await discoverAtRoot(opened, root, undefined, listing)));
  }
  // As a scan looks: `team-a/`, not `team-a`, which its siblings begin with too.
  let level = found.length === 0 ? [rootsFromPrefix(prefix)[0]!] : [];
  let looked = 0;
  for (let depth = 0; depth < MAX_LOOK_DEPTH && level.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      if (looked++ >= MAX_LOOKED) {
        listing.cut();
        return found;
      }
      for (const child of await listing.folders(store, folder)) {
        if (child.endsWith(ROOT)) {
          found.push(...(await discoverAtRoot(opened, child.slice(0, -ROOT.length), undefined, listing)));
        } else {
          next.push(child);
        }
      }
    }
    level = next;
  }
  return found;
}

/** The accounts below `{root}AWSLogs/`, also those of organisations. */
async function discoverAtRoot(
  opened: OpenedSource,
  root: string,
  organisation: string | undefined,
  listing: BoundedListing,
): Promise<FoundAccount[]> {
  const found: FoundAccount[] = [];
  for (const folder of await listing.folders(opened.source.store, accountsPrefix(root, organisation))) {
    const account = parseAccountFolder(folder);
    if (account?.type === 'account') {
      found.push(accountAt(opened, folder, root, organisation, account.accountId));
    } else if (account?.type === 'organisation' && organisation === undefined) {
      found.push(...(await discoverAtRoot(opened, root, account.organisation, listing)));
    }
  }
  return found;
}

/** A prefix within the layout names an organisation, an account or a region. */
async function discoverBelow(opened: OpenedSource, listing: BoundedListing): Promise<readonly FoundAccount[]> {
  const { prefix, store } = opened.source;
  const at = prefix.lastIndexOf(ROOT);
  const root = prefix.slice(0, at);
  const segments = prefix
    .slice(at + ROOT.length)
    .split('/')
    .filter((segment) => segment !== '');
  const first = parseAccountFolder(`${segments[0] ?? ''}/`);
  const organisation = first?.type === 'organisation' ? first.organisation : undefined;
  const rest = organisation === undefined ? segments : segments.slice(1);
  const accounts = accountsPrefix(root, organisation);
  const account = parseAccountFolder(`${rest[0] ?? ''}/`);
  if (account?.type === 'account') {
    const branch = parseRegionFolder(`${accounts}${rest.slice(0, 3).join('/')}/`);
    const found = accountAt(opened, `${accounts}${rest[0]}/`, root, organisation, account.accountId);
    return [branch ? { ...found, branch } : found];
  }
  if (organisation !== undefined && rest.length === 0) {
    return discoverAtRoot(opened, root, organisation, listing);
  }
  const folders = await listing.folders(store, prefix.endsWith('/') ? prefix : `${prefix}/`);
  return folders.flatMap((folder) => {
    const child = parseAccountFolder(folder);
    return child?.type === 'account' ? [accountAt(opened, folder, root, organisation, child.accountId)] : [];
  });
}

function accountAt(
  opened: OpenedSource,
  folder: string,
  root: string,
  organisation: string | undefined,
  accountId: string,
): FoundAccount {
  // The folder's own layout only: each of the others would be a request for nothing.
  const regionParents = accountPrefixes(root, accountId, organisation).filter((parent) => parent.startsWith(folder));
  return { opened, accountId, regionParents };
}

function isAsked(names: readonly string[], name: string): boolean {
  return names.length === 0 || names.includes(name);
}
