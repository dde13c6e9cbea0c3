/** The time that a build carries, so that building one commit twice gives the same bytes. */
import { spawnSync } from 'node:child_process';

/** `SOURCE_DATE_EPOCH` (seconds since 1970), else the time of the last commit, else now. */
export function readReleaseTime(root: string, environment: NodeJS.ProcessEnv): Date {
  const { stdout } = spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' });
  const seconds = environment['SOURCE_DATE_EPOCH'] ?? (stdout?.trim() || String(Math.floor(Date.now() / 1000)));
  if (!/^\d+$/.test(seconds)) {
    throw new Error(`cannot read SOURCE_DATE_EPOCH: ${JSON.stringify(seconds)} is no number of seconds`);
  }
  return new Date(Number(seconds) * 1000);
}
