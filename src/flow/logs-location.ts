/**
 * A log group of CloudWatch Logs, as people write it: `logs://region/name`, or the ARN that the console and
 * `DescribeFlowLogs` show. Only the text is read here.
 */

import { FlowError } from '../errors';

/** A log group. */
export interface LogsLocation {
  readonly kind: 'logs';
  /** The name as CloudWatch Logs has it; many begin with a slash. */
  readonly group: string;
  /** Absent in `logs:///name`: the region of whoever asks. */
  readonly region?: string;
  /** Only an ARN tells; a group of a linked account cannot be named without. */
  readonly accountId?: string;
  /** The ARN without the final `:*`, if it was written as one. */
  readonly arn?: string;
}

const ACCEPTED =
  'write logs://region/name, such as logs://eu-west-1/vpc-flow (logs://eu-west-1//vpc/flow for the group /vpc/flow), or arn:aws:logs:region:account:log-group:name';

/** `CreateLogGroup` (docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html). */
const GROUP_NAME = /^[\w/.\-#]{1,512}$/;
const REGION = /^[a-z]{2,}(?:-[a-z]+)+-\d+$/;
const SCHEME = 'logs://';

/** Reads the location of a log group; `undefined` for what is of another kind. Throws `bad-settings`, naming the accepted forms. */
export function parseLogsLocation(text: string): LogsLocation | undefined {
  const trimmed = text.trim();
  if (/^arn:aws[a-z-]*:logs:/.test(trimmed)) {
    return parseArn(trimmed, text);
  }
  if (!trimmed.toLowerCase().startsWith(SCHEME)) {
    return undefined;
  }
  const rest = trimmed.slice(SCHEME.length);
  if (rest.startsWith('arn:')) {
    return parseArn(rest, text);
  }
  const slash = rest.indexOf('/');
  if (slash < 0) {
    throw locationError(text, 'it names no region before the log group');
  }
  const region = rest.slice(0, slash);
  if (region !== '' && !REGION.test(region)) {
    throw locationError(text, `${region} is not the name of a region`);
  }
  const group = rest.slice(slash + 1);
  assertGroupName(group, text);
  return { kind: 'logs', group, ...(region && { region }) };
}

/**
 * One text for all ways of writing a group, with the region to take where none is written. Groups of two accounts may have
 * one name: without an account it is that of the group in any.
 */
export function logGroupPlace({ group, region }: LogsLocation, defaultRegion = ''): string {
  return `${SCHEME}${region ?? defaultRegion}/${group}`;
}

/** True if the two may be the same log group: only different accounts tell groups of one region and name apart. */
export function isSameLogGroup(a: LogsLocation, b: LogsLocation, defaultRegion?: string): boolean {
  const isOtherAccount = a.accountId !== undefined && b.accountId !== undefined && a.accountId !== b.accountId;
  return logGroupPlace(a, defaultRegion) === logGroupPlace(b, defaultRegion) && !isOtherAccount;
}

function parseArn(arn: string, text: string): LogsLocation {
  const match = /^(arn:aws[a-z-]*:logs:([^:]*):([^:]*):log-group:([^:]*))(?::\*)?$/.exec(arn);
  if (!match) {
    throw locationError(text, 'it is not the ARN of a log group');
  }
  const [, plain = '', region = '', accountId = '', group = ''] = match;
  if (!REGION.test(region) || !/^\d{12}$/.test(accountId)) {
    throw locationError(text, 'the ARN has no valid region or account');
  }
  assertGroupName(group, text);
  return { kind: 'logs', group, region, accountId, arn: plain };
}

function assertGroupName(group: string, text: string): void {
  if (!GROUP_NAME.test(group)) {
    throw locationError(text, group === '' ? 'it names no log group' : `${group} is not the name of a log group`);
  }
}

function locationError(text: string, why: string): FlowError {
  return new FlowError('bad-settings', `cannot read the location ${JSON.stringify(text)}: ${why}; ${ACCEPTED}`, {
    fields: { location: text },
  });
}
