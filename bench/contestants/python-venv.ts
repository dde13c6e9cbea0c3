/** The virtual environment of the contestants that are Python packages, made in `bench/out/venv`. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Versions are fixed, so that times can be compared from one day to another. */
const PACKAGES = { duckdb: '2.0.0', flowlogs_reader: '5.0.1' } as const;

/** The environment's Python. */
export const VENV_PYTHON = join(import.meta.dirname, '../out/venv/bin/python');

/** Installs a package into the environment unless it is there in the right version; gives the version. */
export function installPackage(name: keyof typeof PACKAGES): string {
  const version = PACKAGES[name];
  // One without pip is left where the system lacked the package for it.
  const hasPip = existsSync(VENV_PYTHON) && spawnSync(VENV_PYTHON, ['-m', 'pip', '--version']).status === 0;
  if (!hasPip) {
    run('python3', '-m', 'venv', '--clear', join(import.meta.dirname, '../out/venv'));
  }
  const check = `import importlib.metadata as m, sys; sys.exit(m.version('${name}') != '${version}')`;
  if (spawnSync(VENV_PYTHON, ['-c', check]).status !== 0) {
    run(VENV_PYTHON, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `${name}==${version}`);
  }
  return version;
}

function run(file: string, ...args: string[]): void {
  const { status, error } = spawnSync(file, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) {
    throw new Error(
      `cannot prepare bench/out/venv: ${file} ${args.join(' ')}: ${error?.message ?? `status ${status}`}`,
    );
  }
}
