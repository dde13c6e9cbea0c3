/** The cores that runs are pinned to. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/**
 * The cores that this process may use, those first that share nothing with an earlier one: two threads of one core are not
 * two cores. Undefined where runs cannot be pinned (no Linux, no `taskset`).
 */
export function findCores(): readonly number[] | undefined {
  if (process.platform !== 'linux' || spawnSync('taskset', ['--version']).status !== 0) {
    return undefined;
  }
  const allowed = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'));
  const cores = parseCoreList(allowed?.[1] ?? '0');
  const isFirst = (core: number): boolean => {
    const file = `/sys/devices/system/cpu/cpu${core}/topology/thread_siblings_list`;
    const siblings = existsSync(file) ? parseCoreList(readFileSync(file, 'utf8').trim()) : [core];
    return siblings.find((sibling) => cores.includes(sibling)) === core;
  };
  return [...cores.filter(isFirst), ...cores.filter((core) => !isFirst(core))];
}

/** The numbers of a list as the kernel writes it: `0-2,5`. */
export function parseCoreList(list: string): readonly number[] {
  return list.split(',').flatMap((part) => {
    const [from = 0, to = from] = part.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}
