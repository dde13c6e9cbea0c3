/** The command in this process, over made-up surroundings. */
import { Readable, Writable } from 'node:stream';
import type { CliContext } from '../../../src/cli/cli-context';
import { runCli } from '../../../src/cli/program';
import { createInProcessWorker } from '../scan/in-process-worker';
import { NOW_MS } from '../scan/flow-logs';

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions extends Partial<CliContext> {
  /** What standard input gives. */
  readonly input?: string | Uint8Array;
  /** Standard error is a terminal. */
  readonly isTTY?: boolean;
}

/** Runs the command line to its end. */
export async function run(
  args: readonly string[],
  { input = '', isTTY = false, ...context }: RunOptions = {},
): Promise<Ran> {
  const stdout = createSink();
  const stderr = Object.assign(createSink(), { isTTY });
  let clockMs = NOW_MS;
  const exitCode = await runCli(args, {
    version: '9.8.7',
    stdin: Readable.from([Buffer.from(input)]),
    stdout,
    stderr,
    createWorker: () => createInProcessWorker(),
    cpuCount: 2,
    environment: {},
    clock: () => (clockMs += 10),
    signal: new AbortController().signal,
    ...context,
  });
  // The process ends when its streams have taken all.
  await Promise.all([stdout, stderr].map((sink) => new Promise<void>((done) => sink.end(done))));
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

/** A stream that is slow to take what it is given, as a pipe is. */
function createSink(): Writable & { text(): string } {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    highWaterMark: 100,
    write(chunk: Buffer, _, done) {
      chunks.push(chunk);
      setImmediate(done);
    },
  });
  return Object.assign(sink, { text: () => Buffer.concat(chunks).toString() });
}
