/**
 * Programs from PyPI that tests run: taken from PATH or from `.venv` in the repository, installed there if they are nowhere.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const VENV = resolve(__dirname, '../../.venv');

/** A program of a package. */
export interface PythonTool {
  readonly command: string;
  /** As pip takes it, with its version. */
  readonly requirement: string;
}

/** The path of the program, or its name if PATH has it. */
export function requireTool({ command, requirement }: PythonTool): string {
  return findTool(command) ?? installTool(command, requirement);
}

function findTool(command: string): string | undefined {
  return [command, join(VENV, 'bin', command)].find((path) => {
    try {
      execFileSync(path, ['--help'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

function hasPip(python: string): boolean {
  return existsSync(python) && spawnSync(python, ['-m', 'pip', '--version'], { stdio: 'ignore' }).status === 0;
}

function installTool(command: string, requirement: string): string {
  process.stderr.write(`installing ${requirement} in ${VENV}\n`);
  const python = join(VENV, 'bin/python');
  // One without pip is left where the system lacked the package for it.
  if (!hasPip(python)) {
    execFileSync('python3', ['-m', 'venv', '--clear', VENV], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', requirement];
  execFileSync(python, install, { stdio: ['ignore', 'ignore', 'inherit'] });
  return join(VENV, 'bin', command);
}
