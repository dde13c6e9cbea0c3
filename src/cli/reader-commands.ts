/**
 * The four commands of flowlogs_reader (`print`, `ipset`, `findip`, `aggregate`), and its own form of a command line, in
 * which the location comes before the action.
 */
import type { Command } from 'commander';
import { findNearestName } from '../query/nearest-name';
import type { CliContext } from './cli-context';
import { parseWhole, withScanLimits } from './options';
import type { Options } from './options';
import { withReaderInput } from './reader-options';
import { runAggregate, runIpSet, runPrint } from './run-reader';

/** The actions of flowlogs_reader, each a command here. */
export const READER_ACTIONS = ['print', 'ipset', 'findip', 'aggregate'] as const;

const DEFAULT_ACTION = 'print';

/** Adds the commands. */
export function addReaderCommands(program: Command, context: CliContext, setExitCode: (code: number) => void): void {
  withReaderInput(program.command('print'))
    .description('every record, in the form of flowlogs_reader')
    .argument('[count]', 'stop after so many records', parseWhole)
    .addHelpText('after', '\nExample:\n  vpcflow print s3://logs --start-time now-10m\n')
    .action(async (location: string, count: number | undefined, options: Options) => {
      setExitCode(await runPrint(location, { count }, options, context));
    });
  withReaderInput(program.command('findip'))
    .description('every record from or to these addresses, in the form of flowlogs_reader')
    .argument('<address...>', 'addresses or blocks such as 10.0.0.0/8')
    .addHelpText('after', '\nExample:\n  vpcflow findip s3://logs 198.51.100.2\n')
    .action(async (location: string, addresses: readonly string[], options: Options) => {
      setExitCode(await runPrint(location, { addresses }, options, context));
    });
  withScanLimits(withReaderInput(program.command('ipset')))
    .description('the distinct addresses')
    .addHelpText('after', '\nExample:\n  vpcflow ipset s3://logs\n')
    .action(async (location: string, options: Options) => {
      setExitCode(await runIpSet(location, options, context));
    });
  withScanLimits(withReaderInput(program.command('aggregate')))
    .description('records added up by addresses, ports and protocol, columns separated by tabs')
    .addHelpText('after', '\nExample:\n  vpcflow aggregate s3://logs --start-time now-1d\n')
    .action(async (location: string, options: Options) => {
      setExitCode(await runAggregate(location, options, context));
    });
}

/**
 * A command line of flowlogs_reader (`[options] LOCATION [ACTION [arguments]]`) as one of ours; `undefined` if it is none:
 * if its first argument is the name of a command (or, alone, nearly one), or if its second is no action.
 */
export function fromReaderForm(args: readonly string[], program: Command): readonly string[] | undefined {
  const options = program.commands.filter(isReaderCommand).flatMap((command) => command.options);
  const given: string[] = [];
  const others: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (arg === '--') {
      others.push(...args.slice(at + 1));
      break;
    }
    if (!arg.startsWith('-') || arg === '-') {
      others.push(arg);
      continue;
    }
    const [name] = arg.split('=');
    const option = options.find(({ long, short }) =>
      arg.startsWith('--') ? long === name : short !== undefined && arg.startsWith(short),
    );
    // An option that there is not is for the command to refuse.
    given.push(arg);
    // A value is attached (`--name=value`, `-svalue`) or comes next.
    if (option?.required && (arg === option.long || arg === option.short) && at + 1 < args.length) {
      given.push(args[++at]!);
    }
  }
  const [location, action = DEFAULT_ACTION, ...rest] = others;
  const isAction = READER_ACTIONS.some((known) => known === action);
  if (location === undefined || !isAction || isCommand(location, others.length === 1, program)) {
    return undefined;
  }
  return [action, ...given, '--', location, ...rest];
}

function isReaderCommand(command: Command): boolean {
  return READER_ACTIONS.some((known) => known === command.name());
}

/** Whether a word names a command; a word that stands alone may be one with a typing error. */
function isCommand(word: string, isAlone: boolean, program: Command): boolean {
  const names = ['help', ...program.commands.map((command) => command.name())];
  return names.includes(word) || (isAlone && findNearestName(word, names) !== undefined);
}
