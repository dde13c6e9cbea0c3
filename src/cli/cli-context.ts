/**
 * What the command is given by the process and what it gives back to it.
 */
import type { WorkerPort } from '../scan/worker-seat';

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

/** The moment that `now` stands for; clocks have fractions of milliseconds. */
export function readNow({ clock }: CliContext): number {
  return Math.floor(clock());
}
