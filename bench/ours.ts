/** This project's executable: `vpcflow table` over the reference implementation's key. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { REFERENCE_KEYS } from '../src/query/model';
import { type Answer, TOP, keyFromCells } from './answer';
import type { Contestant } from './contestant';

const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
const executable = resolve(import.meta.dirname, '..', join('dist', `gpx_vpcflow_${platform}`));

export const ours: Contestant = {
  name: 'vpcflow',
  threads: [1, 2],
  prepare: () => {
    if (!existsSync(executable)) {
      throw new Error(`cannot run ${executable}: it is not there; build it by npm run build`);
    }
  },
  command: ({ folder }, threads) => [
    executable,
    ...['table', folder, '--by', REFERENCE_KEYS.join(), '--top', String(TOP)],
    ...['--workers', String(threads), '--format', 'json', '--quiet'],
  ],
  parse: parseTable,
};

/** What `--format json` prints, as far as it is read here. */
interface PrintedTable {
  readonly groupCount: number;
  readonly tallies: { readonly storedBytes: number };
  readonly totals: { readonly bytes: number; readonly packets: number; readonly flows: number };
  readonly rows: readonly (Readonly<Record<string, unknown>> & { readonly bytes: number; readonly packets: number })[];
}

/** Over ten times the records, where starting and sorting matter less. */
export const tenfold: Contestant = { ...ours, name: 'vpcflow, ten times the records', runs: 3 };

/** The same over 29 columns, in either format. */
export const wideText: Contestant = { ...ours, name: 'vpcflow, 29 columns', threads: [1] };
export const wideParquet: Contestant = { ...ours, name: 'vpcflow, 29 columns, Parquet', threads: [1] };

/** The stored bytes that a run read. */
export function readBytesOf(stdout: string): number {
  return (JSON.parse(stdout) as PrintedTable).tallies.storedBytes;
}

function parseTable(stdout: string): Answer {
  const { groupCount, totals, rows } = JSON.parse(stdout) as PrintedTable;
  return {
    groups: groupCount,
    flows: totals.flows,
    bytes: totals.bytes,
    packets: totals.packets,
    top: rows.map((row) => ({ key: keyFromCells(row), bytes: row.bytes, packets: row.packets })),
  };
}
