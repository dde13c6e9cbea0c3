/** The built executable as a process: what `npm run build` left in `dist`. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const OS: Readonly<Record<string, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };
const ARCH: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Where the executable of this platform is. Throws if it has not been built. */
export function findExecutable(): string {
  const name = `gpx_vpcflow_${OS[process.platform]}_${ARCH[process.arch]}${process.platform === 'win32' ? '.exe' : ''}`;
  const path = resolve(ROOT, 'dist', name);
  if (!existsSync(path)) {
    throw new Error(`cannot run ${path}: it is not there; build it by npm run build (npm test does that first)`);
  }
  return path;
}

/** The command of a checkout, which runs the sources. */
export const CHECKOUT_COMMAND = resolve(ROOT, 'bin/vpcflow');

/** How a process ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningProcess {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
}

export interface StartOptions {
  readonly command?: string;
  /** In place of this process's environment, but for `PATH` and `HOME`. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder that it is started in. */
  readonly cwd?: string;
  /** At the head of a process group of its own, as a shell starts it; the group's id is the child's. */
  readonly isGroup?: boolean;
}

/** Starts it with nobody at the keyboard; `ended` resolves when it has ended and its output is all there. */
export function startExecutable(
  args: readonly string[],
  { command = findExecutable(), env = {}, cwd, isGroup = false }: StartOptions = {},
): RunningProcess {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(command, args, { env: { PATH, HOME, ...env }, cwd, stdio: 'pipe', detached: isGroup });
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout.on('data', (chunk: Buffer) => output.stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.stderr.push(chunk));
  // A process that ends early leaves its input unread.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<Ended>((done, fail) => {
    child.once('error', fail);
    child.once('close', (exitCode, signal) =>
      done({
        exitCode,
        signal,
        stdout: Buffer.concat(output.stdout).toString(),
        stderr: Buffer.concat(output.stderr).toString(),
      }),
    );
  });
  return { child, ended };
}

/** Runs it to its end with this on standard input. */
export function runExecutable(
  args: readonly string[],
  { input = '', ...options }: StartOptions & { readonly input?: string | Uint8Array } = {},
): Promise<Ended> {
  const { child, ended } = startExecutable(args, options);
  child.stdin.end(input);
  return ended;
}
