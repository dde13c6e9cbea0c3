/**
 * `flow-logs`: the flow logs that deliver, by the keys of the newest day of each account and region. A folder of a day
 * sorts by flow log first, so that each of them takes one listing and no more.
 */
import type { FlowLogsAnswer, FlowLogSummary } from '../../query/resource-answers';
import { parseObjectKey, regionPrefix } from '../../flow/object-key';
import { createTaskQueue } from '../../scan/bounded-queue';
import { PAGE_ENTRIES } from '../../store/paging';
import type { ObjectStore } from '../../store/store';
import { selectSources } from '../select-sources';
import { createBoundedListing, type BoundedListing } from './bounded-listing';
import { discoverBranches, type FoundBranch } from './discover-branches';
import { readSourceNames, SCOPE_PARAMETERS } from './flow-query';
import { jsonAnswer, MAX_AGE_SEC, type Resource } from './resource';

/** Of listings, all together. */
const MAX_PAGES = 500;
/** Accounts and regions that are looked into. */
const MAX_BRANCHES = 60;
const MAX_FLOW_LOGS = 1000;
const CONCURRENCY = 8;
/** `2026/`, `month=11/`. */
const TIME_FOLDER = /\/(?:(?:year|month|day|hour)=)?(?:\d{4}|\d{2})\/$/;
/** Year, month, day. */
const DAY_DEPTH = 3;

export const FLOW_LOGS: Resource = {
  path: 'flow-logs',
  parameters: SCOPE_PARAMETERS,
  takesBody: true,
  async answer({ dataSource, parameters, signal }) {
    const listing = createBoundedListing({ signal, maxPages: MAX_PAGES });
    const sources = selectSources(dataSource.sources, readSourceNames(parameters, dataSource));
    const asked = { accounts: parameters.list('accounts'), regions: parameters.list('regions') };
    const branches = [...(await discoverBranches(sources, asked, listing))].sort((a, b) =>
      regionPrefix(a.branch) < regionPrefix(b.branch) ? -1 : 1,
    );
    if (branches.length > MAX_BRANCHES) {
      listing.cut();
    }
    const found: FlowLogSummary[] = [];
    const tasks = createTaskQueue(CONCURRENCY);
    for (const branch of branches.slice(0, MAX_BRANCHES)) {
      tasks.add(async () => void found.push(...(await findFlowLogs(branch, listing))));
    }
    await tasks.drained();
    const sortKey = ({ account, region, id, source }: FlowLogSummary): string =>
      [account, region, id, source].join(' ');
    const flowLogs = found.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1)).slice(0, MAX_FLOW_LOGS);
    return jsonAnswer(
      {
        flowLogs,
        isCut: listing.isCut() || found.length > MAX_FLOW_LOGS,
        problems: listing.problems(),
      } satisfies FlowLogsAnswer,
      { maxAgeSec: MAX_AGE_SEC },
    );
  },
};

async function findFlowLogs({ opened, branch }: FoundBranch, listing: BoundedListing): Promise<FlowLogSummary[]> {
  const { store } = opened.source;
  let folder = regionPrefix(branch);
  for (let depth = 0; depth < DAY_DEPTH; depth++) {
    const newest = (await listing.folders(store, folder)).findLast((child) => TIME_FOLDER.test(child));
    if (newest === undefined) {
      return [];
    }
    folder = newest;
  }
  const days = new Map<string, string>();
  await collectFlowLogs(store, folder, days, listing);
  return [...days].map(([id, day]) => ({
    id,
    account: branch.accountId,
    region: branch.region,
    source: opened.settings.name,
    day,
  }));
}

/** Puts the flow logs of a folder, and of the hours below it, with their day into `into`. */
async function collectFlowLogs(
  store: ObjectStore,
  folder: string,
  into: Map<string, string>,
  listing: BoundedListing,
): Promise<void> {
  const hours: string[] = [];
  let startAfter: string | undefined = '';
  while (startAfter !== undefined) {
    const from: string = startAfter;
    startAfter = undefined;
    for await (const page of listing.pages(store, folder, { delimiter: '/', ...(from && { startAfter: from }) })) {
      let last: string | undefined;
      for (const { key } of page.objects) {
        const parsed = parseObjectKey(key);
        if (parsed) {
          into.set(parsed.flowLogId, new Date(parsed.stampSec * 1000).toISOString().slice(0, 'YYYY-MM-DD'.length));
          last = key.slice(0, key.indexOf(`_${parsed.flowLogId}_`) + parsed.flowLogId.length + 2);
        }
      }
      hours.push(...page.prefixes.filter((child) => TIME_FOLDER.test(child)));
      // On to the next flow log: stamps are digits, which `~` sorts after. A short page has shown all there is.
      if (last !== undefined && page.objects.length + page.prefixes.length >= PAGE_ENTRIES) {
        startAfter = `${last}~`;
        break;
      }
    }
  }
  for (const hour of hours) {
    await collectFlowLogs(store, hour, into, listing);
  }
}
