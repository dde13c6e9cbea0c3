/**
 * `accounts` and `regions`: what a picker or a variable offers, found by listing folders.
 */
import type { AccountsAnswer, RegionsAnswer } from '../../query/resource-answers';
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
    const names = namesWithSources(found.map(({ accountId, opened }) => [accountId, opened.settings.name]));
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
    const found = await discoverBranches(sources, { accounts: parameters.list('accounts'), regions: [] }, listing);
    const names = namesWithSources(found.map(({ branch, opened }) => [branch.region, opened.settings.name]));
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
