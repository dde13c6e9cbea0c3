/**
 * `accounts` and `regions`: what a picker or a variable offers, found by listing folders; of log groups, by their settings.
 */
import type { AccountsAnswer, RegionsAnswer } from '../../query/resource-answers';
import type { OpenedSource } from '../instance';
import { selectSources } from '../select-sources';
import { createBoundedListing } from './bounded-listing';
import { discoverAccounts, discoverBranches } from './discover-branches';
import { readSourceNames } from './flow-query';
import { jsonAnswer, MAX_AGE_SEC, type Resource } from './resource';

/** Of listings, all together: enough for a hundred thousand accounts, or for the regions of some five hundred. */
const MAX_PAGES = 500;
/** As many as a query can name. */
const MAX_NAMES = 10_000;

/** The account ids that have flow logs, with the sources that they are in. */
export const ACCOUNTS: Resource = {
  path: 'accounts',
  parameters: ['sources'],
  takesBody: true,
  async answer({ dataSource, parameters, signal }) {
    const listing = createBoundedListing({ signal, maxPages: MAX_PAGES });
    const sources = selectSources(dataSource.sources, readSourceNames(parameters, dataSource));
    const found = await discoverAccounts(sources, listing);
    const names = namesWithSources([
      ...found.map(({ accountId, opened }) => [accountId, opened.settings.name] as const),
      ...groupsOf(sources).flatMap(({ accountId, name }) =>
        accountId === undefined ? [] : [[accountId, name] as const],
      ),
    ]);
    return jsonAnswer(
      {
        accounts: names.slice(0, MAX_NAMES).map(([account, of]) => ({ account, sources: of })),
        isCut: listing.isCut() || names.length > MAX_NAMES,
        problems: listing.problems(),
      } satisfies AccountsAnswer,
      { maxAgeSec: MAX_AGE_SEC },
    );
  },
};

/** The regions that have flow logs, of some accounts if any are named. */
export const REGIONS: Resource = {
  path: 'regions',
  parameters: ['sources', 'accounts'],
  takesBody: true,
  async answer({ dataSource, parameters, signal }) {
    const listing = createBoundedListing({ signal, maxPages: MAX_PAGES });
    const sources = selectSources(dataSource.sources, readSourceNames(parameters, dataSource));
    const accounts = parameters.list('accounts');
    const found = await discoverBranches(sources, { accounts, regions: [] }, listing);
    const groups = groupsOf(sources).filter(
      // One whose account is not known may be of any.
      ({ accountId }) => accounts.length === 0 || accountId === undefined || accounts.includes(accountId),
    );
    const names = namesWithSources([
      ...found.map(({ branch, opened }) => [branch.region, opened.settings.name] as const),
      ...groups.map(({ region, name }) => [region, name] as const),
    ]);
    return jsonAnswer(
      {
        regions: names.slice(0, MAX_NAMES).map(([region, of]) => ({ region, sources: of })),
        isCut: listing.isCut() || names.length > MAX_NAMES,
        problems: listing.problems(),
      } satisfies RegionsAnswer,
      { maxAgeSec: MAX_AGE_SEC },
    );
  },
};

/** What is known of log groups without asking. */
function groupsOf(
  sources: readonly OpenedSource[],
): readonly { readonly name: string; readonly region: string; readonly accountId?: string }[] {
  return sources.flatMap(({ settings }) => (settings.kind === 'logs' ? [settings] : []));
}

/** Each name once, sorted, with its sources. */
function namesWithSources(
  pairs: readonly (readonly [name: string, source: string])[],
): readonly (readonly [name: string, sources: readonly string[]])[] {
  const sourcesByName = new Map<string, Set<string>>();
  for (const [name, source] of pairs) {
    sourcesByName.set(name, (sourcesByName.get(name) ?? new Set()).add(source));
  }
  return [...sourcesByName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, sources]) => [name, [...sources].sort()] as const);
}
