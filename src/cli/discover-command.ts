/**
 * The command `discover`: which flow logs there are, where they deliver to and whether they do, with nothing given but
 * credentials.
 */
import { Option, type Command } from 'commander';
import { FlowError } from '../errors';
import type { Discovery } from '../query/discovery';
import { EXIT, readNow, type CliContext } from './cli-context';
import { readConnectionSettings } from './open-locations';
import { collect, withConnection, type Options } from './options';
import { DISCOVERY_FORMATS, printDiscovery, printDiscoveryNotes, type DiscoveryFormat } from './print-discovery';
import { writePieces } from './write-pieces';

/** Adds it; `setExitCode` is told how it ended. */
export function addDiscoverCommand(
  program: Command,
  context: CliContext,
  setExitCode: (exitCode: number) => void,
): void {
  const command = program
    .command('discover')
    .description('the flow logs of the account: where they deliver to, and whether they do')
    .option('--region <name>', 'only this region (repeatable; default: all that the account has switched on)', collect)
    .option('--no-verify', 'believe what AWS says about delivery, do not look at destinations');
  withConnection(command)
    .option('--ec2-endpoint-url <url>', 'an EC2-compatible server')
    .addOption(new Option('--format <name>', 'how to print').choices(DISCOVERY_FORMATS).default(DISCOVERY_FORMATS[0]))
    .option('-q, --quiet', 'no notes and no progress on standard error; only what could not be looked at')
    .addHelpText(
      'after',
      '\nNeeds ec2:DescribeFlowLogs, and ec2:DescribeRegions without --region; to look at destinations s3:ListBucket and' +
        '\nlogs:DescribeLogStreams.\n\nExample:\n  vpcflow discover --profile audit --region eu-west-1\n',
    )
    .action(async (options: Options) => setExitCode(await runDiscover(options, context)));
}

async function runDiscover(options: Options, context: CliContext): Promise<number> {
  const { signal, stderr, environment, version } = context;
  const isQuiet = options.quiet === true;
  const settings = readConnectionSettings(options, context);
  // Loaded only where it is needed: the client of EC2 is large.
  const [{ createS3Connection }, { discoverFlowLogs }] = await Promise.all([
    import('../store/s3-connection'),
    import('../discover/discover-flow-logs'),
  ]);
  const connection = createS3Connection({
    settings,
    sessionName: 'vpcflow',
    userAgent: [['vpcflow', version]],
    environment,
  });
  const progress = createProgressLine(isQuiet || !stderr.isTTY ? undefined : stderr);
  let discovery: Discovery;
  const nowMs = readNow(context);
  try {
    discovery = await discoverFlowLogs({
      connection,
      regions: (options.region ?? []) as readonly string[],
      verify: options.verify !== false,
      nowMs,
      signal,
      report: ({ regions, doneRegions, flowLogs, checkedFlowLogs }) =>
        progress.show(
          doneRegions < regions
            ? `regions: ${doneRegions} of ${regions}, flow logs: ${flowLogs}`
            : `flow logs looked at: ${checkedFlowLogs} of ${flowLogs}`,
        ),
    });
  } finally {
    progress.clear();
    connection.close();
  }
  assertSomeRegion(discovery);
  await writePieces(printDiscovery(discovery, options.format as DiscoveryFormat, options), context.stdout);
  stderr.write([...printDiscoveryNotes(discovery, isQuiet)].join(''));
  return isIncomplete(discovery) ? EXIT.incomplete : EXIT.ok;
}

/** If there was no region that answered, there is no answer. */
function assertSomeRegion({ regions, problems }: Discovery): void {
  const refused = problems.filter(({ region }) => region !== undefined);
  const [first] = refused;
  if (first && refused.length === regions.length) {
    const { code, message, missingAction } = first;
    const others = refused.length > 1 ? `; nor in ${refused.length - 1} other regions` : '';
    throw new FlowError(code, `${message}${others}`, { fields: { region: first.region, action: missingAction } });
  }
}

/** A region or a destination could not be looked at. */
function isIncomplete({ problems, flowLogs }: Discovery): boolean {
  return problems.length > 0 || flowLogs.some(({ check }) => check.state === 'denied' || check.state === 'failed');
}

/** One line that is written over, on a terminal; nothing elsewhere. */
function createProgressLine(stream: NodeJS.WritableStream | undefined) {
  const write = (text: string) => void stream?.write(`\r\u001b[2K${text}`);
  return { show: write, clear: () => write('') };
}
