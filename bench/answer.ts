/** What every contestant must answer, and whether two answers are the same. */

/** The largest groups that are compared one by one. */
export const TOP = 20;

/** One group. */
export interface AnswerRow {
  /** The values of the question's keys with one space between; of two ports the larger as 0. */
  readonly key: string;
  readonly bytes: number;
  readonly packets: number;
}

/** The digest of a corpus, as far as it is compared. */
export interface Answer {
  readonly groups: number;
  readonly flows: number;
  readonly bytes: number;
  readonly packets: number;
  /** The `TOP` groups by bytes, in any order. */
  readonly top: readonly AnswerRow[];
}

/** A contestant's answer; not all of them count records. */
export type GivenAnswer = Omit<Answer, 'flows'> & Partial<Pick<Answer, 'flows'>>;

/** The key of a group from its cells by field name. */
export function keyFromCells(cells: Readonly<Record<string, unknown>>, keys: readonly string[]): string {
  return keys.map((name) => String(cells[name])).join(' ');
}

/** The `TOP` largest rows, by bytes and then by key. */
export function selectTop(rows: Iterable<AnswerRow>): readonly AnswerRow[] {
  return [...rows].sort((a, b) => b.bytes - a.bytes || (a.key < b.key ? -1 : 1)).slice(0, TOP);
}

/** How an answer differs from the expected one, a line for each difference; empty when it does not. */
export function compareAnswers(expected: Answer, given: GivenAnswer): readonly string[] {
  const differences = (['groups', 'flows', 'bytes', 'packets'] as const)
    .filter((name) => (given[name] ?? expected[name]) !== expected[name])
    .map((name) => `${name}: expected ${expected[name]}, got ${given[name]}`);
  const wanted = selectTop(expected.top);
  const got = selectTop(given.top);
  if (got.length !== wanted.length) {
    differences.push(`top: expected ${wanted.length} rows, got ${got.length}`);
  }
  const lineOf = ({ key, bytes, packets }: AnswerRow) => `${key}: ${bytes} bytes, ${packets} packets`;
  wanted.forEach((row, rank) => {
    const other = got[rank];
    if (other && lineOf(other) !== lineOf(row)) {
      differences.push(`top ${rank + 1}: expected ${lineOf(row)}, got ${lineOf(other)}`);
    }
  });
  return differences;
}

/** The answer when every record is there that many times. */
export function multiplyAnswer({ groups, flows, bytes, packets, top }: Answer, times: number): Answer {
  return {
    groups,
    flows: flows * times,
    bytes: bytes * times,
    packets: packets * times,
    top: top.map((row) => ({ key: row.key, bytes: row.bytes * times, packets: row.packets * times })),
  };
}
