/**
 * A log group as requests see it: what it is, and its events page by page.
 */
import type {
  DescribeLogGroupsCommandInput,
  DescribeLogGroupsCommandOutput,
  FilterLogEventsCommandOutput,
  LogGroup as DescribedGroup,
} from '@aws-sdk/client-cloudwatch-logs';
import { assertNotAborted, FlowError } from '../errors';
import type { LogsLocation } from '../flow/logs-location';
import { findNearestName, suggestionText } from '../query/nearest-name';
import { WRONG_CLASS, type LogsOperation } from './log-errors';
import type { LogsConnection } from './logs-connection';
import type { LogSlice } from './time-slices';

/** What `DescribeLogGroups` tells of a group. */
export interface LogGroupFacts {
  readonly accountId?: string;
  readonly createdMs?: number;
  /** All that the group holds, compressed; it may be a day behind. */
  readonly storedBytes?: number;
  readonly retentionDays?: number;
}

export interface LogEvent {
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
}

export interface ReadEventsOptions {
  readonly signal?: AbortSignal;
  /** Events of a page, at most. */
  readonly limit?: number;
}

export interface LogGroup {
  /** For messages: `the log group /vpc/flow of eu-west-1`. */
  readonly label: string;
  readonly group: string;
  readonly region: string;
  /**
   * Describes it. Throws `not-found` if there is no such group, `bad-settings` if its class cannot be read,
   * `access-denied`.
   */
  describe(signal?: AbortSignal): Promise<LogGroupFacts>;
  /** Its events page by page, in no order; pages may be empty. Throws `FlowError`s. */
  readEvents(slice: LogSlice, options?: ReadEventsOptions): AsyncGenerator<readonly LogEvent[], void, undefined>;
}

/** Names of groups in a message. */
const PAGE_GROUPS = 50;
/** Beyond this many groups that begin with the name, it is not looked for any more. */
const MAX_GROUP_PAGES = 20;

/** The group at a location, whose region is known by now. Nothing is requested. */
export function openLogGroup(
  location: LogsLocation & { readonly region: string },
  connection: LogsConnection,
): LogGroup {
  const { group, region, accountId, arn } = location;
  const label = `the log group ${group} of ${region}`;
  const fields = { group, region };
  // Only an ARN reaches a group of a linked account.
  const target = arn === undefined ? { logGroupName: group } : { logGroupIdentifier: arn };

  const describeGroups = async (
    input: DescribeLogGroupsCommandInput,
    operation: LogsOperation,
  ): Promise<DescribeLogGroupsCommandOutput> => {
    const [{ DescribeLogGroupsCommand }, client] = await Promise.all([loadSdk(), connection.logsFor(region)]);
    return connection.send(
      (abortSignal) => client.send(new DescribeLogGroupsCommand(input), { abortSignal }),
      operation,
    );
  };

  const findGroup = async (signal: AbortSignal | undefined): Promise<DescribedGroup | undefined> => {
    const operation: LogsOperation = { doing: `find ${label}`, action: 'logs:DescribeLogGroups', fields, signal };
    let input: DescribeLogGroupsCommandInput = {
      logGroupNamePrefix: group,
      limit: PAGE_GROUPS,
      ...(accountId && { includeLinkedAccounts: true, accountIdentifiers: [accountId] }),
    };
    for (let page = 0; page < MAX_GROUP_PAGES; page++) {
      const { logGroups = [], nextToken } = await describeGroups(input, operation);
      const found = logGroups.find(({ logGroupName }) => logGroupName === group);
      if (found || nextToken === undefined) {
        return found;
      }
      input = { ...input, nextToken };
    }
    return undefined;
  };

  /** The name of a group that may have been meant. */
  const findSimilar = async (signal: AbortSignal | undefined): Promise<string | undefined> => {
    const operation: LogsOperation = { doing: 'list log groups', action: 'logs:DescribeLogGroups', fields, signal };
    const { logGroups = [] } = await describeGroups({ limit: PAGE_GROUPS }, operation);
    const names = logGroups.map(({ logGroupName = '' }) => logGroupName);
    // A slash too many or too few is the most frequent mistake.
    return names.find((name) => trimSlashes(name) === trimSlashes(group)) ?? findNearestName(group, names);
  };

  return {
    label,
    group,
    region,
    async describe(signal) {
      const found = await findGroup(signal);
      if (found === undefined) {
        const similar = await findSimilar(signal).catch(() => undefined);
        throw new FlowError(
          'not-found',
          `cannot find ${label}: there is none of that name${accountId ? ` in account ${accountId}` : ''}${suggestionText(similar)}`,
          { fields },
        );
      }
      const { logGroupClass, arn: foundArn, creationTime, storedBytes, retentionInDays } = found;
      if (logGroupClass === 'INFREQUENT_ACCESS' || logGroupClass === 'DELIVERY') {
        throw new FlowError(
          'bad-settings',
          `cannot read ${label}: it is of the class ${logGroupClass}; ${WRONG_CLASS}`,
          {
            fields: { ...fields, logGroupClass },
          },
        );
      }
      return {
        accountId: foundArn?.split(':')[4] || accountId,
        createdMs: creationTime,
        storedBytes,
        retentionDays: retentionInDays,
      };
    },

    async *readEvents({ fromMs, toMs, pattern }, { signal, limit } = {}) {
      const operation: LogsOperation = { doing: `read ${label}`, action: 'logs:FilterLogEvents', fields, signal };
      const own = new AbortController();
      const onAbort = (): void => own.abort(signal!.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      const [{ FilterLogEventsCommand }, client] = await Promise.all([loadSdk(), connection.logsFor(region)]);
      const fetchPage = (nextToken: string | undefined): Promise<FilterLogEventsCommandOutput> => {
        const command = new FilterLogEventsCommand({
          ...target,
          startTime: fromMs,
          // Included in what is returned.
          endTime: toMs - 1,
          ...(pattern && { filterPattern: pattern }),
          ...(limit && { limit }),
          ...(nextToken && { nextToken }),
        });
        return connection.send(
          (abortSignal) => client.send(command, { abortSignal, requestTimeout: ANSWER_TIMEOUT_MS }),
          { ...operation, signal: own.signal },
          connection.gateFor(region),
        );
      };
      try {
        assertNotAborted(signal);
        let page: Promise<FilterLogEventsCommandOutput> | undefined = fetchPage(undefined);
        let token: string | undefined;
        while (page) {
          const { events = [], nextToken }: FilterLogEventsCommandOutput = await page;
          if (nextToken !== undefined && nextToken === token) {
            throw new FlowError('unavailable', `cannot read ${label}: the answer says there is more, but not where`, {
              fields,
            });
          }
          token = nextToken;
          // The next page is on its way while this one is read. Its failure is told when it is waited for.
          page = token === undefined ? undefined : fetchPage(token);
          page?.catch(() => undefined);
          yield events.map(({ message = '', timestamp = 0 }) => ({ message, timeMs: timestamp }));
        }
      } finally {
        own.abort();
        signal?.removeEventListener('abort', onAbort);
      }
    },
  };
}

/** From sending a request to the head of its answer: a search through much takes its time. */
const ANSWER_TIMEOUT_MS = 30_000;

/** Much code, which only those need who read log groups. */
const loadSdk = () => import('@aws-sdk/client-cloudwatch-logs');

function trimSlashes(name: string): string {
  return name.replace(/^\/+|\/+$/g, '');
}
