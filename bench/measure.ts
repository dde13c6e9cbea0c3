/** One process, run to its end and measured. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a run took, with all its child processes. */
export interface Measurement {
  readonly wallSec: number;
  /** User and system time of all threads. */
  readonly cpuSec: number;
  /** The largest resident set of the process (or of the largest of its children). */
  readonly peakBytes: number;
  readonly stdout: string;
}

export interface MeasureOptions {
  /** False sends its output to /dev/null. */
  readonly keepOutput: boolean;
  /** The numbers of the cores that it may use; needs `taskset`. */
  readonly cores?: readonly number[];
  /** Variables beside those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** For systems without GNU time (macOS has another); prints what it prints. The wall clock of both is that of this module. */
const GETRUSAGE = `
import resource, subprocess, sys
code = subprocess.run(sys.argv[2:]).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
open(sys.argv[1], 'w').write(f'{used.ru_utime} {used.ru_stime} {used.ru_maxrss}')
sys.exit(code)
`;

/** Runs a command line and measures it. Throws with the end of its standard error if it fails. */
export function measureCommand(
  argv: readonly string[],
  { keepOutput, cores, environment = {} }: MeasureOptions,
): Measurement {
  const usageFile = join(tmpdir(), `vpcflow-bench-${process.pid}.txt`);
  const wrapper =
    process.platform === 'linux' && existsSync('/usr/bin/time')
      ? ['/usr/bin/time', '-f', '%U %S %M', '-o', usageFile]
      : ['python3', '-c', GETRUSAGE, usageFile];
  const pin = cores === undefined ? [] : ['taskset', '-c', cores.join()];
  const [file, ...args] = [...wrapper, ...pin, ...argv] as [string, ...string[]];

  const startMs = performance.now();
  const { status, signal, error, stdout, stderr } = spawnSync(file, args, {
    encoding: 'utf8',
    stdio: ['ignore', keepOutput ? 'pipe' : 'ignore', 'pipe'],
    env: { ...process.env, ...environment },
    maxBuffer: 2 ** 28,
  });
  const wallSec = (performance.now() - startMs) / 1000;

  if (error || status !== 0) {
    const reason = error?.message ?? `status ${status ?? signal}`;
    throw new Error(`cannot run ${argv.slice(0, 3).join(' ')} …: ${reason}\n${(stderr ?? '').slice(-2000)}`);
  }
  const [userSec = 0, systemSec = 0, peakKiB = 0] = readFileSync(usageFile, 'utf8').trim().split(' ').map(Number);
  rmSync(usageFile);
  return { wallSec, cpuSec: userSec + systemSec, peakBytes: peakKiB * 1024, stdout: stdout ?? '' };
}
