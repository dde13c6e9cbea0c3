/**
 * The end of counting once: when all objects have been read, it is known who is logged. Rows of copies are left out, and what
 * told them apart goes.
 */
import { MISSING, cellText, findKey, type Digest, type KeyColumn } from './digest';
import type { FlowLogOverlaps } from './flow-log-overlaps';
import { indexEnds, type EndIndex } from './index-ends';
import { COPY_KEYS, isCopyKey } from './plan';
import { takeKeyRows } from './take-rows';

/**
 * The digest without copies and without the keys that tell them; a digest that does not count once as it is. It must be
 * sorted, and over all objects; or have all rows of its keys, if `index` is of all objects.
 */
export function settleDigest(digest: Digest, index?: EndIndex): Digest {
  const [sender, recorder, flowLog] = COPY_KEYS.map(({ name }) => findKey(digest, name));
  if (sender?.kind !== 'address' || recorder?.kind !== 'text' || flowLog?.kind !== 'text') {
    return digest;
  }
  const { ends = '', ...others } = digest;
  const keys = digest.keys.filter(({ name }) => !isCopyKey(name));
  const { isLogged, isOwn, flowLogs } = index ?? indexEnds(ends);
  const isRedundant = flowLog.dictionary.map((id) => flowLogs.redundant.has(id));
  /** By the interface that may own it, and the address as a number, because every row asks. */
  const known = new Map<number, Map<number, boolean>>();
  const isCopy = (row: number): boolean => {
    if (isRedundant[flowLog.codes[row]!] === true) {
      return true;
    }
    if (sender.families[row] === 0) {
      return false;
    }
    const code = recorder.codes[row]!;
    const address = sender.words[row]! + (sender.families[row] === 6 ? 2 ** 32 : 0);
    let knownHere = known.get(code);
    if (!knownHere) {
      knownHere = new Map();
      known.set(code, knownHere);
    }
    let found = knownHere.get(address);
    if (found === undefined) {
      const text = cellText(sender, row);
      found = isLogged(text) && !(code !== MISSING && isOwn(cellText(recorder, row), text));
      knownHere.set(address, found);
    }
    return found;
  };

  // Rows that differ in nothing but what told copies stand one after the other: each becomes part of the first.
  const { rowCount, flows, minStartSec, maxEndSec, bucketStartSec } = digest;
  const firsts = new Uint32Array(rowCount);
  const into = new Int32Array(rowCount);
  const isSame = sameCells(digest.bucketStartSec, keys);
  let count = 0;
  let copies = 0;
  for (let row = 0; row < rowCount; row++) {
    if (isCopy(row)) {
      into[row] = -1;
      copies += flows[row]!;
      continue;
    }
    if (count === 0 || !isSame(firsts[count - 1]!, row)) {
      firsts[count++] = row;
    }
    into[row] = count - 1;
  }
  const { tallies } = digest;
  const notes = describeOverlaps(flowLogs);
  const rest = notes.length > 0 ? { ...others, notes } : others;
  const settled = { ...tallies, flows: tallies.flows - copies, copies: tallies.copies + copies };
  if (count === rowCount) {
    return { ...rest, keys, tallies: settled };
  }
  const rows = firsts.subarray(0, count);
  const combine = (values: Float64Array, start: number, rule: (a: number, b: number) => number): Float64Array => {
    const combined = new Float64Array(count).fill(start);
    for (let row = 0; row < rowCount; row++) {
      const to = into[row]!;
      if (to >= 0) {
        combined[to] = rule(combined[to]!, values[row]!);
      }
    }
    return combined;
  };
  const add = (a: number, b: number): number => a + b;
  return {
    ...rest,
    rowCount: count,
    ...(bucketStartSec ? { bucketStartSec: rows.map((row) => bucketStartSec[row]!) } : {}),
    keys: keys.map((key) => takeKeyRows(key, rows)),
    flows: combine(flows, 0, add),
    sums: digest.sums.map(({ name, values }) => ({ name, values: combine(values, 0, add) })),
    minStartSec: combine(minStartSec, Infinity, Math.min),
    maxEndSec: combine(maxEndSec, -Infinity, Math.max),
    tallies: settled,
  };
}

/** What a person should know of flow logs that record the same. */
function describeOverlaps({ redundant, partial }: FlowLogOverlaps): string[] {
  return [
    ...[...redundant].map(([id, other]) => `flow log ${id} is left out: ${other} has all of its records too`),
    ...partial.map(
      ([one, other]) =>
        `flow logs ${one} and ${other} have records of the same interfaces, which count twice: choose one`,
    ),
  ];
}

/** Whether two rows have the same bucket and keys. */
function sameCells(buckets: Uint32Array | undefined, keys: readonly KeyColumn[]): (a: number, b: number) => boolean {
  const columns: readonly ArrayLike<number>[] = [
    ...(buckets ? [buckets] : []),
    ...keys.flatMap((key): readonly ArrayLike<number>[] => {
      switch (key.kind) {
        case 'text':
          return [key.codes];
        case 'address':
          return [key.words, key.families];
        default:
          return [key.values];
      }
    }),
  ];
  return (a, b) => {
    for (const column of columns) {
      if (column[a] !== column[b]) {
        return false;
      }
    }
    return true;
  };
}
