/**
 * go-vpcflow's digester, where its binary is supplied: it is a library without a command, and its module cannot be fetched
 * by every module proxy. `go-vpcflow-digest.go` beside this file tells how to build one. Called with a folder, it prints the
 * digest's lines.
 */
import { spawnSync } from 'node:child_process';
import { DEFAULT_FORMAT } from '../../src/flow/fields';
import { REFERENCE_KEYS } from '../../src/query/model';
import { type AnswerRow, type GivenAnswer, keyFromCells, selectTop } from '../answer';
import type { Contestant } from './contestant';

/** The contestant at that path, or one that tells how to give the path. */
export function goVpcflow(path: string | undefined): Contestant {
  return {
    name: 'go-vpcflow',
    // Five seconds for two million records.
    maxRuns: 2,
    prepare: () => {
      if (path === undefined) {
        return {
          absent: 'no binary given (--go-vpcflow <path>, or GO_VPCFLOW; see bench/contestants/go-vpcflow-digest.go)',
        };
      }
      const build = spawnSync('go', ['version', path], { encoding: 'utf8' });
      return {
        version: `go-vpcflow${build.status === 0 ? `, built by ${build.stdout.trim().replace(/^.*: /, '')}` : ''}`,
      };
    },
    command: ({ folder }) => [path ?? 'go-vpcflow', folder],
    parse: parseDigest,
  };
}

/** The answer that lines of a digest hold; they do not tell how many records they are. */
export function parseDigest(stdout: string): GivenAnswer {
  const rows: AnswerRow[] = [];
  const totals = { bytes: 0, packets: 0 };
  for (const line of stdout.split('\n')) {
    if (line !== '') {
      const values = line.split(' ');
      const cells = Object.fromEntries(DEFAULT_FORMAT.map((name, column) => [name, values[column]]));
      const [bytes, packets] = [Number(cells['bytes']), Number(cells['packets'])];
      rows.push({ key: keyFromCells(cells, REFERENCE_KEYS), bytes, packets });
      totals.bytes += bytes;
      totals.packets += packets;
    }
  }
  return { groups: rows.length, ...totals, top: selectTop(rows) };
}
