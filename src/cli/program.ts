/**
 * The command line: the list of its commands and its exit codes. Notes and progress go to standard error, so that output
 * can be piped.
 */
import { Command, CommanderError, Option } from 'commander';
import { FlowError } from '../errors';
import type { FlowErrorCode } from '../errors';
import { DEFAULT_LIMITS, DIRECTIONS, MEASURES } from '../query/model';
import { EXIT } from './cli-context';
import type { CliContext } from './cli-context';
import { addDiscoverCommand } from './discover-command';
import { collect, countingOption, formatOption, parseCount, splitList, withInput, typeOption } from './options';
import type { CommandView, Options } from './options';
import { addReaderCommands, fromReaderForm } from './reader-commands';
import { runCompleteness, runPlan } from './run-listing';
import { runQuery } from './run-query';
import { addServeCommand } from './serve-command';

const EXAMPLES = `
Filters:
  action = REJECT and dstport in (22, 3389) and not srcaddr in 10.0.0.0/8
  addr = 10.1.2.3 and port < 1024            either side
  protocol = udp and interface-id ~ "eni-0a*"

Times are RFC 3339 (2026-01-15T10:00:00Z) or relative (now-1h, now-1d/d).

Command lines of flowlogs_reader work as they are: vpcflow [options] LOCATION [print | ipset | findip IP… | aggregate].

Exit codes: 0 whole answer; 1 failed; 2 wrong usage; 3 answer printed, but something could not be read; 130 interrupted.
`;

/** Runs the command line; resolves to the exit code. `args` are those after the program's name. */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram(context, (code) => (exitCode = code));
  const readerForm = fromReaderForm(args, program);
  try {
    await program.parseAsync([...(readerForm ?? args)], { from: 'user' });
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
    if (readerForm) {
      context.stderr.write(
        'No command was named, so the location was read as flowlogs_reader does; see vpcflow --help.\n',
      );
    }
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
  const action = String(fields.action ?? '');
  const isOtherRight = code === 'access-denied' && action !== '' && !/^(?:s3|kms):/.test(action);
  const advice = isScanLimit
    ? 'Use --partial for an answer over what was read until the limit.'
    : isOtherRight
      ? `Check the credentials (--profile, --role-arn) and the right ${action}.`
      : ADVICE[code];
  return advice === undefined ? '' : `${advice}\n`;
}

function createProgram(context: CliContext, setExitCode: (code: number) => void): Command {
  const program = new Command('vpcflow')
    .description(
      'Reads AWS VPC Flow Logs where they lie, in S3, CloudWatch Logs or a folder: digests, tables, series, graphs.',
    )
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
      .addOption(typeOption())
      .addOption(
        new Option('--direction <which>', "which of a transit gateway's two records of a flow counts").choices(
          DIRECTIONS,
        ),
      )
      .addOption(countingOption())
      .option(
        '--hop <interface>',
        'an interface that only passes flows on: a NAT gateway, a load balancer (repeatable)',
        collect,
      )
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
    .addOption(typeOption())
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
  addReaderCommands(program, context, setExitCode);
  addDiscoverCommand(program, context, setExitCode);
  addServeCommand(program, context, setExitCode);
  return program;
}
