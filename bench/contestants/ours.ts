/** This project's executable: `vpcflow table`. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Answer, type GivenAnswer, TOP, compareAnswers, keyFromCells } from '../answer';
import type { Corpus } from '../corpora/corpus';
import { EXECUTABLE } from '../executable';
import { DEFAULT_QUESTION, type Question } from '../questions';
import type { Entry } from '../race';
import type { Contestant } from './contestant';

export const ours: Contestant = {
  name: 'vpcflow',
  prepare: () => {
    if (!existsSync(EXECUTABLE)) {
      throw new Error(`cannot run ${EXECUTABLE}: it is not there; build it by npm run build`);
    }
    return { version: `vpcflow ${spawnSync(EXECUTABLE, ['--version'], { encoding: 'utf8' }).stdout.trim()}` };
  },
  command: ({ folder }, threads) => tableCommand(folder, threads),
  parse: (stdout) => parseTable(stdout, DEFAULT_QUESTION),
};

/** The command line that answers a question over a location. Every record counts, as it does for the others, but with `once`. */
export function tableCommand(
  location: string,
  threads: number,
  { keys, filter }: Question = DEFAULT_QUESTION,
  counting: 'as-logged' | 'once' = 'as-logged',
): readonly string[] {
  return [
    ...[EXECUTABLE, 'table', location, '--by', keys.join(), '--top', String(TOP), '--counting', counting],
    ...(filter === undefined ? [] : ['--filter', filter]),
    ...['--workers', String(threads), '--format', 'json', '--quiet'],
  ];
}

/** Our answer to another question than the default. */
export function enterQuestion(
  name: string,
  question: Question,
  corpus: Corpus,
  expected: Answer,
  how: { readonly threads: number; readonly pinnedTo?: number },
): Entry {
  return {
    ...{ name, corpus, ...how, command: tableCommand(corpus.folder, how.threads, question) },
    differences: (stdout) => compareAnswers(expected, parseTable(stdout, question)),
  };
}

/** What `--format json` prints, as far as it is read here. */
interface PrintedTable {
  readonly groupCount: number;
  readonly tallies: { readonly storedBytes: number; readonly copies: number };
  readonly totals: { readonly bytes: number; readonly packets: number; readonly flows: number };
  readonly rows: readonly (Readonly<Record<string, unknown>> & { readonly bytes: number; readonly packets: number })[];
}

/** The stored bytes that a run read. */
export function readBytesOf(stdout: string): number {
  return (JSON.parse(stdout) as PrintedTable).tallies.storedBytes;
}

/** How an answer that counts each byte once differs from one that can be: what is left out is told, and it is something. */
export function differencesOfOnce(records: number, stdout: string): readonly string[] {
  const { totals, tallies } = JSON.parse(stdout) as PrintedTable;
  return totals.flows + tallies.copies === records && tallies.copies > 0
    ? []
    : [`flows and copies: expected ${records}, got ${totals.flows} and ${tallies.copies}`];
}

/** The answer that a table holds. */
export function parseTable(stdout: string, { keys }: Question): GivenAnswer {
  const { groupCount, totals, rows } = JSON.parse(stdout) as PrintedTable;
  return {
    groups: groupCount,
    flows: totals.flows,
    bytes: totals.bytes,
    packets: totals.packets,
    top: rows.map((row) => ({ key: keyFromCells(row, keys), bytes: row.bytes, packets: row.packets })),
  };
}
