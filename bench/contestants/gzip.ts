/** The yardsticks: `gzip -dc` of all objects, output thrown away, and `igzip`, the fastest that inflates. */
import { spawnSync } from 'node:child_process';
import type { Contestant } from './contestant';

/** Whoever reads these files has to do at least that. */
export const gzip: Contestant = {
  name: 'gzip -dc',
  prepare: () => ({ version: firstLineOf('gzip') ?? 'gzip of unknown version' }),
  command: ({ files }) => ['gzip', '-dc', ...files],
};

/** Intel's ISA-L, if it is on PATH: the limit of inflating. */
export const igzip: Contestant = {
  name: 'igzip -dc',
  prepare: () => {
    const version = firstLineOf('igzip');
    return version === undefined ? { absent: 'igzip is not on PATH' } : { version };
  },
  command: ({ files }) => ['igzip', '-dc', ...files],
};

function firstLineOf(program: string): string | undefined {
  const { status, stdout, stderr } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return status === 0 ? (stdout || stderr).split('\n')[0]!.trim() : undefined;
}
