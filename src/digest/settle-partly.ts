/**
 * What can be settled of a digest that counts once before all objects are in: a record whose sender is logged for sure is a
 * copy, whatever else will be read. Without such rows what is kept of a few objects is much smaller.
 */
import { MISSING, cellText, findKey, type Digest } from './digest';
import { pickRows } from './pick-rows';
import type { LoggedEnds } from './logged-ends';
import { COPY_KEYS } from './plan';

/**
 * The digest without rows that are copies for sure, and without doubt about those that are none for sure, by what is told of
 * these objects and of others that will be added up with them (`judgeForSure`); a digest that does not count once, or has
 * neither, as it is. Rows come in any order, and in vocabularies are words that no row has. Settled with all others in the
 * end, answers are the same.
 */
export function settlePartly(digest: Digest, judge: SureJudge): Digest {
  const [sender, recorder] = COPY_KEYS.map(({ name }) => findKey(digest, name));
  if (sender?.kind !== 'address' || recorder?.kind !== 'text') {
    return digest;
  }
  const known = new Map<number, Map<number, Verdict>>();
  const { rowCount, flows } = digest;
  const rows = new Uint32Array(rowCount);
  const cleared: number[] = [];
  let count = 0;
  let copies = 0;
  for (let row = 0; row < rowCount; row++) {
    const family = sender.families[row]!;
    let verdict: Verdict = 'open';
    if (family !== 0) {
      const address = family * 2 ** 32 + sender.words[row]!;
      const code = recorder.codes[row]!;
      const verdicts = known.get(address) ?? new Map<number, Verdict>();
      known.set(address, verdicts);
      verdict =
        verdicts.get(code) ?? judge(cellText(sender, row), code === MISSING ? undefined : cellText(recorder, row));
      verdicts.set(code, verdict);
    }
    if (verdict === 'copy') {
      copies += flows[row]!;
      continue;
    }
    if (verdict === 'none') {
      cleared.push(count);
    }
    rows[count++] = row;
  }
  if (count === rowCount && cleared.length === 0) {
    return digest;
  }
  const { tallies } = digest;
  const taken = pickRows(digest, rows.subarray(0, count));
  for (const key of taken.keys) {
    if (key.name === sender.name && key.kind === 'address') {
      cleared.forEach((row) => ((key.families[row] = 0), (key.words[row] = MISSING)));
    } else if (key.name === recorder.name && key.kind === 'text') {
      cleared.forEach((row) => (key.codes[row] = MISSING));
    }
  }
  return {
    ...taken,
    tallies: { ...tallies, flows: tallies.flows - copies, copies: tallies.copies + copies },
    isUnsorted: true,
  };
}

type Verdict = 'copy' | 'none' | 'open';

/** What is sure of a sender at a recorder (if it is told). */
export type SureJudge = (sender: string, recorder: string | undefined) => Verdict;

/** Judges by what no other line can take back (`logged-ends.ts`). */
export function judgeForSure(ends: LoggedEnds): SureJudge {
  const logged = new Set<string>();
  const own = new Set<string>();
  for (const line of ends.split('\n')) {
    const [, recorder, address, other] = line.split(' ');
    if (address !== undefined && other === undefined && !recorder!.startsWith('=')) {
      logged.add(address);
      own.add(`${recorder} ${address}`);
    }
  }
  return (sender, recorder) =>
    recorder === undefined
      ? logged.has(sender)
        ? 'copy'
        : 'open'
      : own.has(`${recorder} ${sender}`)
        ? 'none'
        : 'open';
}
