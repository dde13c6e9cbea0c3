/** `vpcflow serve`: its options, and how they become a running service. The service itself is loaded only when it is asked for. */
import { Option, type Command } from 'commander';
import { flagOf, VARIABLES, type Variable } from '../service/variables';
import type { CliContext } from './cli-context';

/** Adds the command; its exit code goes to `setExitCode`. */
export function addServeCommand(program: Command, context: CliContext, setExitCode: (code: number) => void): void {
  const command = program
    .command('serve')
    .description('makes digests and graphs on request or on schedule, and serves them over HTTP')
    .argument('[location...]', 's3://bucket/prefix or folders with flow logs (or VPC_FLOW_LOGS_BUCKET)');
  for (const variable of VARIABLES as readonly (Variable & { readonly name: (typeof VARIABLES)[number]['name'] })[]) {
    const flag = flagOf(variable.name);
    if (!variable.isSecret) {
      const value = variable.value === undefined ? '' : ` <${variable.value}>`;
      command.addOption(new Option(`${flag}${value}`, variable.help));
    }
  }
  command
    .option('--backfill <times...>', 'at start, make all windows between two times')
    .option('--check', 'look whether settings, buckets and queues can be used, and end')
    .addHelpText(
      'after',
      '\nEvery option is an environment variable too: --digest-storage-bucket is DIGEST_STORAGE_BUCKET, and those that\n' +
        'vpcflow-digesterd and vpcflow-grapherd did not know begin with VPCFLOW_: --every is VPCFLOW_EVERY. Secrets are\n' +
        'variables only: VPCFLOW_TOKEN, DIGESTER_TOKEN, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY.\n' +
        '\nExample:\n  vpcflow serve s3://logs/prefix --every 1h --retention 90d\n',
    )
    .action(async (locations: readonly string[], options: Readonly<Record<string, unknown>>) => {
      await serve(locations, options, context);
      setExitCode(0);
    });
}

async function serve(
  locations: readonly string[],
  options: Readonly<Record<string, unknown>>,
  context: CliContext,
): Promise<void> {
  const [{ flagsFromOptions, readSettings }, { checkService, startService }] = await Promise.all([
    import('../service/settings'),
    import('../service/serve'),
  ]);
  const { environment, version, createWorker, cpuCount, stdout, signal } = context;
  const backfill = options.backfill as readonly string[] | undefined;
  const settings = readSettings({ locations, flags: flagsFromOptions(options), environment, backfill });
  const serviceContext = {
    ...{ version, environment, createWorker, cpuCount },
    // The wall clock: marks are compared between machines, and one that only counts on drifts away in months.
    clock: Date.now,
    destination: { write: (line: string) => void stdout.write(line) },
  };
  if (options.check === true) {
    await checkService(settings, serviceContext);
    stdout.write('The settings are complete, and all parts can be used.\n');
    return;
  }
  const service = await startService(settings, serviceContext);
  await new Promise<void>((resolve) => {
    if (signal.aborted) {
      resolve();
    }
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await service.stop();
}
