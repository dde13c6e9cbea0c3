/**
 * The options that commands share, what their values may be, and the query that they ask for.
 */
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { FlowError } from '../errors';
import { COUNTINGS, LOG_TYPES } from '../query/model';
import type { ScanQuery } from '../query/model';
import { normaliseScanQuery } from '../query/normalise';
import { FORMATS } from './print-answer';

/** Views of records with a command of their own name. */
export type CommandView = Extract<ScanQuery['view'], keyof typeof FORMATS>;

/** What a command was given: camel-cased names of options, as commander has them. */
export type Options = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Adds what tells where to read, which records and with which rights. */
export function withInput(command: Command): Command {
  command
    .argument(
      '[location...]',
      's3://bucket/prefix, logs://region/log-group, the ARN of a bucket, access point or log group, a folder, files, or - for standard input',
    )
    .option('--from <time>', 'records that start at or after this time')
    .option('--to <time>', 'and before this time (default: now)')
    .option('--account <id>', 'only this account (repeatable)', collect)
    .option('--region <name>', 'only this region (repeatable)', collect)
    .option('--flow-log <id>', 'only this flow log (repeatable)', collect);
  withRecords(command).option('--bucket-region <name>', 'region to ask for buckets first');
  withConnection(command);
  withScanLimits(command);
  return withReadLimits(command);
}

/** Adds which records count, and what they look like where a log does not say it. */
export function withRecords(command: Command): Command {
  return command
    .option('--filter <text>', 'only records that pass, see "vpcflow --help"')
    .option('--header <names>', 'the columns of logs without a header line: names, or the LogFormat of AWS')
    .option('--any-key', 'every object may be a flow log, whatever its key');
}

/** Adds how AWS is reached, and as whom. */
export function withConnection(command: Command): Command {
  return command
    .option('--profile <name>', 'AWS credentials profile')
    .option('--role-arn <arn>', 'AWS role to assume')
    .option('--external-id <id>', 'external id for the role')
    .option('--endpoint-url <url>', 'an S3-compatible server')
    .option('--sts-endpoint-url <url>', 'an STS-compatible server, for --role-arn')
    .option('--logs-endpoint-url <url>', 'a server that is compatible with CloudWatch Logs')
    .option('--path-style', 'bucket names in the path, not in the host name')
    .option('--requester-pays', 'pay for requests to buckets of others')
    .option('--ca-bundle <file>', 'certificate authorities (PEM)')
    .option('--proxy <url>', 'HTTP proxy for AWS requests');
}

/** Adds how much may be read, and how much is said about it. */
export function withReadLimits(command: Command): Command {
  return command
    .option('--max-objects <n>', 'most objects to read', parseCount)
    .option('--max-bytes <n>', 'most stored bytes to read', parseCount)
    .option('--partial', 'at a limit, answer with what was read')
    .option('-q, --quiet', 'no notes and no progress on standard error; only what could not be read');
}

/** Adds how records are added up: in how many threads, and until when. */
export function withScanLimits(command: Command): Command {
  return command
    .option('--workers <n>', 'threads that digest; for one the main one does (default: one per processor)', parseWhole)
    .option(
      '--max-keys <n>',
      'distinct groups in memory; more go by way of a temporary file, but for graphs',
      parseCount,
    )
    .option('--max-seconds <n>', 'most time to take', parseCount);
}

/** Which flow logs count: those of transit gateways see again what those of VPCs have seen. */
export function typeOption(): Option {
  return new Option('--type <which>', 'which flow logs count (default: vpc; for records all)').choices([...LOG_TYPES]);
}

/** How often a flow counts that several interfaces recorded. */
export function countingOption(): Option {
  return new Option(
    '--counting <how>',
    "once: each byte at its sender's interface where that is logged (the default, unless a field is named that tells interfaces apart), as-logged: every record",
  ).choices(COUNTINGS);
}

/** How a command prints; the first of its formats is the default. */
export function formatOption(command: keyof typeof FORMATS): Option {
  const [first, ...others] = FORMATS[command];
  return new Option('--format <name>', 'how to print').choices([first, ...others]).default(first);
}

/** The query of a command's options; throws `bad-query`. */
export function queryFromOptions(view: CommandView, options: Options, nowMs: number): ScanQuery {
  if (options.to !== undefined && options.from === undefined) {
    throw new FlowError('bad-query', 'cannot use --to without --from');
  }
  const { from, to, by, fields, top, bucket, fill, order, ports, measure, distinct } = options;
  const chosen = (measure ?? []) as readonly string[];
  const measures = view === 'series' ? chosen : [...new Set([...chosen, 'bytes', 'packets', 'flows'])];
  const input = {
    view,
    range: from === undefined ? undefined : { from, to: to ?? 'now' },
    accounts: options.account,
    regions: options.region,
    flowLogs: options.flowLog,
    filter: options.filter,
    keys: by,
    distinct,
    fields,
    measures: view === 'records' || measures.length === 0 ? undefined : measures,
    portRule: ports,
    logType: options.type,
    direction: options.direction,
    counting: options.counting,
    hops: options.hop,
    top,
    bucketSec: bucket,
    fill,
    unit: options.rate ? 'rate' : undefined,
    order,
    limits: {
      maxObjects: options.maxObjects,
      maxBytes: options.maxBytes,
      maxKeys: options.maxKeys,
      maxSec: options.maxSeconds,
      onLimit: options.partial ? 'partial' : undefined,
    },
  };
  return normaliseScanQuery(dropUndefined(input), { nowMs });
}

function dropUndefined(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}

/** A repeatable option's values so far and one more. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** What commas separate. */
export function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** A whole number from 0; as commander wants its refusals. */
export function parseWhole(text: string): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw new InvalidArgumentError('A whole number is needed.');
  }
  return Number(text);
}

/** A whole number from 1. */
export function parseCount(text: string): number {
  const value = parseWhole(text);
  if (value === 0) {
    throw new InvalidArgumentError('A number of at least 1 is needed.');
  }
  return value;
}
