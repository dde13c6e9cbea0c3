/** flowlogs_reader, the Python library that this project's users come from, with its own S3 reader and aggregation. */
import { join } from 'node:path';
import { type Answer, TOP } from '../answer';
import type { Contestant } from './contestant';
import { VENV_PYTHON, installPackage } from './python-venv';

export const flowlogsReader: Contestant = {
  name: 'flowlogs_reader',
  // Half a minute for two million records.
  maxRuns: 1,
  prepare: () => ({ version: `flowlogs_reader ${installPackage('flowlogs_reader')}` }),
  command: ({ folder }) => [VENV_PYTHON, join(import.meta.dirname, 'flowlogs-reader-digest.py'), folder, String(TOP)],
  parse: (stdout) => JSON.parse(stdout) as Answer,
};
