/** DuckDB reads the same files by `read_csv` with typed columns, and groups by the same key. */
import { join } from 'node:path';
import { type Answer, TOP } from '../answer';
import type { Contestant } from './contestant';
import { VENV_PYTHON, installPackage } from './python-venv';

export const duckdb: Contestant = {
  name: 'DuckDB',
  prepare: () => ({ version: `DuckDB ${installPackage('duckdb')}` }),
  command: ({ folder }, threads) => [
    VENV_PYTHON,
    join(import.meta.dirname, 'duckdb-digest.py'),
    folder,
    String(threads),
    String(TOP),
  ],
  parse: (stdout) => JSON.parse(stdout) as Answer,
};
