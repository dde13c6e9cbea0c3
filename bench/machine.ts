/** The machine and the sources of a run, in words. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/** Facts by name, in the order in which they are shown. */
export type MachineFacts = Readonly<
  Record<'machine' | 'memory' | 'system' | 'runtime' | 'date' | 'commit' | 'load', string>
>;

/** Reads them now. The load tells of a busy neighbour, which takes a core away from whoever uses two. */
export function describeMachine(): MachineFacts {
  const commit = spawnSync('git', ['describe', '--always', '--dirty', '--exclude', '*'], {
    encoding: 'utf8',
    cwd: import.meta.dirname,
  });
  return {
    machine: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${process.arch}`,
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    system: `${nameOfSystem()}, ${type()} ${release().replace(/-.*/, '')}`,
    runtime: process.versions['bun'] === undefined ? `Node ${process.versions.node}` : `Bun ${process.versions['bun']}`,
    date: new Date().toISOString().slice(0, 10),
    commit: commit.status === 0 ? commit.stdout.trim() : 'unknown',
    load: `${loadavg()[0]!.toFixed(1)} before the start`,
  };
}

function nameOfSystem(): string {
  const file = '/etc/os-release';
  const name = existsSync(file) ? /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync(file, 'utf8')) : null;
  return name?.[1] ?? process.platform;
}
