/** This project's executable: `vpcflow digest`. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
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
    ...['digest', folder, '--workers', String(threads), '--format', 'json', '--top', String(TOP)],
  ],
  parse: parseDigest,
};

/** What `--format json` prints, as far as it is read here. */
interface PrintedDigest {
  readonly rowCount: number;
  readonly totals: { readonly bytes: number; readonly packets: number; readonly flows: number };
  readonly rows: readonly (Readonly<Record<string, unknown>> & { readonly bytes: number; readonly packets: number })[];
}

function parseDigest(stdout: string): Answer {
  const { rowCount, totals, rows } = JSON.parse(stdout) as PrintedDigest;
  return {
    groups: rowCount,
    flows: totals.flows,
    bytes: totals.bytes,
    packets: totals.packets,
    top: rows.map((row) => ({ key: keyFromCells(row), bytes: row.bytes, packets: row.packets })),
  };
}
