/**
 * The command line: what its options are, and how each command goes from them to an answer on standard output. Notes and
 * progress go to standard error, so that output can be piped.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { FlowError } from '../errors';
import type { FlowErrorCode } from '../errors';
import { DEFAULT_LIMITS, MEASURES } from '../query/model';
import type { FlowQuery, ScanQuery } from '../query/model';
import { normaliseScanQuery } from '../query/normalise';
import { requiredFields } from '../query/required-fields';
import { measureCompleteness } from '../scan/measure-completeness';
import { runScan } from '../scan/run-scan';
import type { ScanResult } from '../scan/run-scan';
import { selectObjects } from '../scan/select-objects';
import { createProblemList } from '../scan/selection';
import { createWorkerPool } from '../scan/worker-pool';
import type { WorkerPort } from '../scan/worker-pool';
import { parseS3Settings } from '../store/s3-settings';
import { openSources } from './open-sources';
import type { OpenedSources } from './open-sources';
import { FORMATS, printDigest, printGraph, printRecords, printSeries, printTable } from './print-answer';
import type { Format } from './print-answer';
import { printCompleteness } from './print-completeness';
import { isIncomplete, printOmissions, printPlan, printSummary } from './print-summary';
import { createProgressBar } from './progress-bar';

/** What the command needs of its surroundings. */
export interface CliContext {
  readonly version: string;
  readonly stdin: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly createWorker: () => WorkerPort;
  readonly cpuCount: number;
  /** The variables of the process: `AWS_…` ones are read as other AWS tools read them. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: () => number;
  readonly signal: AbortSignal;
}

/** Exit codes, as `--help` lists them. */
export const EXIT = { ok: 0, failed: 1, usage: 2, incomplete: 3, interrupted: 130 } as const;

/** Views of records with a command of their own name. */
type CommandView = Extract<ScanQuery['view'], keyof typeof FORMATS>;

type Options = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

const EXAMPLES = `
Filters:
  action = REJECT and dstport in (22, 3389) and not srcaddr in 10.0.0.0/8
  addr = 10.1.2.3 and port < 1024            either side
  protocol = udp and interface-id ~ "eni-0a*"

Times are RFC 3339 (2026-01-15T10:00:00Z) or relative (now-1h, now-1d/d).

Exit codes: 0 whole answer; 1 failed; 2 wrong usage; 3 answer printed, but something could not be read; 130 interrupted.
`;

/** Runs the command line; resolves to the exit code. `args` are those after the program's name. */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram(context, (code) => (exitCode = code));
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      // Commander has printed its message (or the help) already.
      return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
    }
    if (context.signal.aborted) {
      return EXIT.interrupted;
    }
    const error = FlowError.from(thrown);
    context.stderr.write(`vpcflow: ${error.message}\n${adviceFor(error)}`);
    return error.code === 'bad-query' || error.code === 'bad-settings' ? EXIT.usage : EXIT.failed;
  }
}

const ADVICE: Partial<Record<FlowErrorCode, string>> = {
  'access-denied':
    'Check the credentials (--profile, --role-arn) and the rights s3:ListBucket, s3:GetObject and kms:Decrypt.',
  throttled: 'Try again later, or narrow the query.',
};

function adviceFor({ code, fields }: FlowError): string {
  // Only the limits of a scan have a partial answer.
  const isScanLimit = code === 'over-limit' && String(fields.limit) in DEFAULT_LIMITS;
  const advice = isScanLimit ? 'Use --partial for an answer over what was read until the limit.' : ADVICE[code];
  return advice === undefined ? '' : `${advice}\n`;
}

function createProgram(context: CliContext, setExitCode: (code: number) => void): Command {
  const program = new Command('vpcflow')
    .description('Reads AWS VPC Flow Logs where they lie, in S3 or a folder: digests, tables, series, graphs.')
    .version(context.version)
    .exitOverride()
    .showHelpAfterError('(add --help for what is possible)')
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
    })
    .addHelpText('after', EXAMPLES);

  const run = (view: CommandView) => async (locations: readonly string[], options: Options) => {
    setExitCode(await runQuery(view, locations, options, context));
  };
  const grouped = (command: Command): Command =>
    withInput(command)
      .option('--by <fields>', 'fields to group by, separated by commas', splitList)
      .addOption(new Option('--ports <rule>', 'when grouping by both ports').choices(['lower', 'as-logged']))
      .option('--measure <name>', `rank by: ${MEASURES.slice(0, 3).join(', ')} …`, collect);

  grouped(program.command('digest'))
    .description('all groups, added up; by default with the key of go-vpcflow')
    .option('--bucket <duration>', 'also split by time: 60s, 5m, 1h')
    .addOption(formatOption('digest'))
    .addHelpText('after', '\nExample:\n  vpcflow digest s3://logs/prefix --from now-1h --format reference\n')
    .action(run('digest'));
  grouped(program.command('table'))
    .description('the largest groups and Other')
    .option('--top <n>', 'groups to show (default: 10)', parseCount)
    .option('--distinct <fields>', 'count the distinct values of these fields, and rank by that', splitList)
    .addOption(formatOption('table'))
    .addHelpText(
      'after',
      '\nExample:\n  vpcflow table s3://logs --from now-1h --by srcaddr,dstport --filter "action = REJECT"\n',
    )
    .action(run('table'));
  grouped(program.command('series'))
    .description('the largest groups over time')
    .option('--top <n>', 'series to show (default: 10)', parseCount)
    .option('--bucket <duration>', 'width of a bucket: 60s, 5m, 1h (default: by the time range)')
    .option('--rate', 'per second, not per bucket')
    .addOption(new Option('--fill <what>', 'what an empty bucket shows').choices(['zero', 'null']))
    .addOption(formatOption('series'))
    .addHelpText('after', '\nExample:\n  vpcflow series logs/ --from now-6h --bucket 5m --by action --measure flows\n')
    .action(run('series'));
  grouped(program.command('graph'))
    .description('who talks to whom: ACCEPT green, REJECT red')
    .option('--top <n>', 'nodes to show; the rest becomes one node Other (default: 40)', parseCount)
    .addOption(formatOption('graph'))
    .addHelpText('after', '\nExample:\n  vpcflow graph s3://logs --from now-1h --format svg > graph.svg\n')
    .action(run('graph'));
  withInput(program.command('records'))
    .description('single records, newest first')
    .option('--fields <names>', 'columns to show (default: those of the log)', splitList)
    .option('--top <n>', 'records to show (default: 100)', parseCount)
    .addOption(new Option('--order <order>', 'which end of the time range').choices(['newest', 'oldest']))
    .addOption(formatOption('records'))
    .addHelpText(
      'after',
      '\nExample:\n  vpcflow records logs/ --filter "addr = 10.0.0.5 and action = REJECT" --top 20\n',
    )
    .action(run('records'));
  withInput(program.command('plan'))
    .description('what a query would list and read, without reading it')
    .addOption(formatOption('plan'))
    .addHelpText('after', '\nExample:\n  vpcflow plan s3://logs --account 123456789012 --from now-1d\n')
    .action(async (locations: readonly string[], options: Options) => {
      setExitCode(await runPlan(locations, options, context));
    });
  withInput(program.command('completeness'))
    .description(
      'whether the logs are there: newest object, gaps and missing deliveries of each flow log, from listings',
    )
    .addOption(formatOption('completeness'))
    .addHelpText(
      'after',
      '\nWithout --from: the last day.\n\nExample:\n  vpcflow completeness s3://logs --from now-6h\n',
    )
    .action(async (locations: readonly string[], options: Options) => {
      setExitCode(await runCompleteness(locations, options, context));
    });
  return program;
}

function withInput(command: Command): Command {
  return command
    .argument(
      '[location...]',
      's3://bucket/prefix, a bucket or access point ARN, a folder, files, or - for standard input',
    )
    .option('--from <time>', 'records that start at or after this time')
    .option('--to <time>', 'and before this time (default: now)')
    .option('--account <id>', 'only this account (repeatable)', collect)
    .option('--region <name>', 'only this region (repeatable)', collect)
    .option('--filter <text>', 'only records that pass, see "vpcflow --help"')
    .option('--header <names>', 'the columns of logs without a header line')
    .option('--any-key', 'every object may be a flow log, whatever its key')
    .option('--profile <name>', 'AWS credentials profile')
    .option('--role-arn <arn>', 'AWS role to assume')
    .option('--external-id <id>', 'external id for the role')
    .option('--bucket-region <name>', 'region to ask for buckets first')
    .option('--endpoint-url <url>', 'an S3-compatible server')
    .option('--sts-endpoint-url <url>', 'an STS-compatible server, for --role-arn')
    .option('--path-style', 'bucket names in the path, not in the host name')
    .option('--requester-pays', 'pay for requests to buckets of others')
    .option('--ca-bundle <file>', 'certificate authorities (PEM)')
    .option('--proxy <url>', 'HTTP proxy for AWS requests')
    .option(
      '--workers <n>',
      'threads that digest, 0 for none besides the main one (default: one per processor)',
      parseWhole,
    )
    .option('--max-objects <n>', 'most objects to read', parseCount)
    .option('--max-bytes <n>', 'most stored bytes to read', parseCount)
    .option('--max-keys <n>', 'most distinct groups', parseCount)
    .option('--max-seconds <n>', 'most time to take', parseCount)
    .option('--partial', 'at a limit, answer with what was read')
    .option('-q, --quiet', 'no notes and no progress on standard error; only what could not be read');
}

function formatOption(command: keyof typeof FORMATS): Option {
  const [first, ...others] = FORMATS[command];
  return new Option('--format <name>', 'how to print').choices([first, ...others]).default(first);
}

async function runQuery(
  view: CommandView,
  locations: readonly string[],
  options: Options,
  context: CliContext,
): Promise<number> {
  const query = queryFromOptions(view, options, readNow(context));
  const pool = createWorkerPool({
    size: Number(options.workers ?? Math.min(context.cpuCount, 16)),
    createWorker: context.createWorker,
  });
  const isQuiet = options.quiet === true;
  const progress = createProgressBar(isQuiet || !context.stderr.isTTY ? undefined : context.stderr);
  let opened: OpenedSources | undefined;
  try {
    // Threads start while sources are opened and listed.
    pool.start();
    opened = await openLocations(locations, options, context);
    const startMs = context.clock();
    const result = await runScan(query, opened.sources, { pool, signal: context.signal, report: progress.update });
    progress.stop();
    const elapsedMs = context.clock() - startMs;
    await writeAnswer(result, query, options.format as Format, context.stdout);
    if (!isQuiet) {
      const asked = askedFields(query, options);
      context.stderr.write([...printSummary(result, elapsedMs, asked)].join(''));
    }
    // Quiet or not: what is missing must be heard of.
    context.stderr.write([...printOmissions(result)].join(''));
    return isIncomplete(result) ? EXIT.incomplete : EXIT.ok;
  } finally {
    progress.stop();
    pool.close();
    opened?.close();
  }
}

async function runPlan(locations: readonly string[], options: Options, context: CliContext): Promise<number> {
  // A plan reads nothing: it shows what a limit would refuse.
  const unlimited = { maxObjects: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER };
  const query = queryFromOptions('digest', { ...options, ...unlimited }, readNow(context));
  const opened = await openLocations(locations, options, context);
  try {
    const problems = createProblemList();
    const selecting = selectObjects(opened.sources, query, { signal: context.signal, problems });
    for await (const object of selecting.objects) {
      void object;
    }
    const selection = selecting.selection();
    const output =
      options.format === 'json'
        ? [JSON.stringify({ ...selection, problems: problems.all() }, null, 2) + '\n']
        : printPlan(selection, problems.all());
    await write(output, context.stdout);
    return isIncomplete({ selection, problems: problems.all() }) ? EXIT.incomplete : EXIT.ok;
  } finally {
    opened.close();
  }
}

async function runCompleteness(locations: readonly string[], options: Options, context: CliContext): Promise<number> {
  if (options.filter !== undefined) {
    throw new FlowError('bad-query', 'cannot use --filter: completeness reads no records');
  }
  const nowMs = readNow(context);
  const from = options.from ?? (options.to === undefined ? 'now-1d' : undefined);
  const query = queryFromOptions('digest', { ...options, from }, nowMs);
  const opened = await openLocations(locations, options, context);
  try {
    const result = await measureCompleteness(query, opened.sources, { nowMs, signal: context.signal });
    await write(printCompleteness(result, options.format as Format), context.stdout);
    context.stderr.write([...printOmissions(result)].join(''));
    return isIncomplete(result) || result.completeness.leftOutObjects > 0 ? EXIT.incomplete : EXIT.ok;
  } finally {
    opened.close();
  }
}

async function writeAnswer(
  result: ScanResult,
  query: ScanQuery,
  format: Format,
  stdout: NodeJS.WritableStream,
): Promise<void> {
  const { answer } = result;
  if (answer.kind === 'records') {
    if (query.view === 'records') {
      await write(printRecords(answer.records, query, format, result), stdout);
    }
    return;
  }
  const { digest } = answer;
  switch (query.view) {
    case 'digest':
      return write(printDigest(digest, query, format, result), stdout);
    case 'table':
      return write(printTable(digest, query, format, result), stdout);
    case 'series':
      return write(printSeries(digest, query, format, result), stdout);
    case 'graph':
      return write([await printGraph(digest, query, format, { title: graphTitle(query), scan: result })], stdout);
  }
}

function graphTitle({ range }: FlowQuery): string {
  const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');
  return range ? `VPC flows ${iso(range.fromMs)} to ${iso(range.toMs)}` : 'VPC flows';
}

/** Writes pieces as fast as the reader takes them. */
async function write(pieces: Iterable<string>, stdout: NodeJS.WritableStream): Promise<void> {
  let buffer = '';
  const flush = async (): Promise<void> => {
    if (!stdout.write(buffer)) {
      await new Promise<void>((resolve) => stdout.once('drain', resolve));
    }
    buffer = '';
  };
  for (const piece of pieces) {
    buffer += piece;
    if (buffer.length > 1 << 16) {
      await flush();
    }
  }
  await flush();
}

/** The moment that `now` stands for; clocks have fractions of milliseconds. */
function readNow({ clock }: CliContext): number {
  return Math.floor(clock());
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
    filter: options.filter,
    keys: by,
    distinct,
    fields,
    measures: view === 'records' || measures.length === 0 ? undefined : measures,
    portRule: ports,
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

async function openLocations(
  locations: readonly string[],
  options: Options,
  context: CliContext,
): Promise<OpenedSources> {
  if (locations.length === 0 && context.stdin.isTTY) {
    throw new FlowError(
      'bad-settings',
      'cannot tell what to read: name s3://bucket/prefix, a folder or files, or pipe logs in',
    );
  }
  const { environment } = context;
  const endpoint = options.endpointUrl ?? environment.AWS_ENDPOINT_URL_S3 ?? environment.AWS_ENDPOINT_URL;
  return openSources(locations.length === 0 ? ['-'] : locations, {
    settings: () =>
      parseS3Settings({
        authType: options.profile === undefined ? 'default' : 'credentials',
        profile: options.profile,
        assumeRoleArn: options.roleArn,
        externalId: options.externalId,
        defaultRegion: options.bucketRegion ?? environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION,
        endpoint,
        stsEndpoint: options.stsEndpointUrl ?? environment.AWS_ENDPOINT_URL_STS,
        forcePathStyle: options.pathStyle,
        requesterPays: options.requesterPays ?? false,
        caCert: readCaBundle(options.caBundle, environment.AWS_CA_BUNDLE),
        proxyUrl: options.proxy,
      }),
    anyKey: options.anyKey === true,
    header: options.header as string | undefined,
    stdin: context.stdin,
    version: context.version,
    environment,
  });
}

function readCaBundle(option: Options[string], variable: string | undefined): string | undefined {
  const file = option ?? variable;
  if (typeof file !== 'string') {
    return undefined;
  }
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new FlowError(
      'bad-settings',
      `cannot use ${option === undefined ? 'AWS_CA_BUNDLE' : '--ca-bundle'}: ${reason}`,
      { cause: thrown },
    );
  }
}

/** The fields whose absence the user should hear of: those that the query names, not the defaults. */
function askedFields(query: FlowQuery, options: Options): readonly string[] {
  return options.by === undefined
    ? requiredFields({ ...query, ...('keys' in query ? { keys: [] } : {}) } as FlowQuery)
    : requiredFields(query);
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function parseWhole(text: string): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw new InvalidArgumentError('A whole number is needed.');
  }
  return Number(text);
}

function parseCount(text: string): number {
  const value = parseWhole(text);
  if (value === 0) {
    throw new InvalidArgumentError('A number of at least 1 is needed.');
  }
  return value;
}
