/**
 * The command as a process: its streams, its signals, its exit code.
 */
import type { CliContext } from './cli-context';
import { runCli } from './program';

/** What an entry knows and the command does not. */
export interface CommandOptions extends Pick<CliContext, 'version' | 'createWorker' | 'cpuCount' | 'clock'> {
  readonly process: NodeJS.Process;
}

/** Runs the command line of the process and sets its exit code. */
export async function runCommand({ process, ...context }: CommandOptions): Promise<void> {
  const aborting = new AbortController();
  process.once('SIGINT', () => aborting.abort());
  process.once('SIGTERM', () => aborting.abort());
  // The reader of a pipe may have seen enough (`vpcflow digest … | head`).
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

  process.exitCode = await runCli(process.argv.slice(2), {
    ...context,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    signal: aborting.signal,
  });
  // A read of standard input that is still waiting would keep the process.
  process.stdin.destroy();
}
