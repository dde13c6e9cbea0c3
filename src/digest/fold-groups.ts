/**
 * Keeping the largest groups of a digest that has too many, and adding up all others: what a view shows as *Other* is the
 * exact rest, and the sum of all rows stays what it was. Digests that have no group in common are folded one by one and then
 * together, which gives what folding all of them at once would.
 */
import { MISSING, NO_TALLIES, measureValues, type Digest, type KeyColumn } from './digest';
import { createRowOrder, findKeys, groupRows, type RowGroups } from './group-rows';
import { mergeDigests } from './merge';
import { selectTop } from './select-top';
import { takeRows } from './take-rows';

/** Which groups are kept. */
export interface GroupFold {
  /** Groups are of rows that agree in these; time buckets are not looked at. */
  readonly keys: readonly string[];
  /** The sum, or `flows`, that groups are ranked by; equal ones are in the order of their keys. */
  readonly rank: string;
  readonly top: number;
}

/** A digest of few groups, and what was folded. */
export interface FoldedDigest {
  /** All rows of the largest groups; sorted. */
  readonly kept: Digest;
  /** All others, without keys: a row, or one per bucket. */
  readonly rest: Digest;
  /** The groups in `rest` that have a time, if there are buckets. */
  readonly restGroups: number;
}

/** The fold of one sorted digest. Both parts have no tallies. */
export function foldGroups(digest: Digest, { keys, rank, top }: GroupFold): FoldedDigest {
  const columns = findKeys(digest, keys);
  const groups = groupRows(digest, columns);
  const { groupCount, ids, firstRows } = groups;
  const weights = weighGroups(digest, groups, rank);
  const timedCount = weights.reduce((count, weight) => count + (weight < 0 ? 0 : 1), 0);
  const compareKeys = createRowOrder(columns);
  const order = selectTop(weights, Math.min(top, timedCount), (a, b) => compareKeys(firstRows[a]!, firstRows[b]!));
  const isKept = new Uint8Array(groupCount);
  order.forEach((group) => (isKept[group] = 1));
  const keptRows = new Uint32Array(digest.rowCount);
  let count = 0;
  for (let row = 0; row < digest.rowCount; row++) {
    if (isKept[ids[row]!] === 1) {
      keptRows[count++] = row;
    }
  }
  const bare = { ...digest, tallies: NO_TALLIES };
  return {
    kept: takeRows(bare, keptRows.subarray(0, count)),
    rest: addUpBuckets(bare, (row) => isKept[ids[row]!] === 0),
    restGroups: timedCount - order.length,
  };
}

/** One fold of several of the same form, of which no two have rows of one group. The list must not be empty. */
export function mergeFolds(folds: readonly FoldedDigest[], fold: GroupFold): FoldedDigest {
  const { kept, rest, restGroups } = foldGroups(mergeDigests(folds.map((one) => one.kept)), fold);
  return {
    kept,
    rest: mergeDigests([rest, ...folds.map((one) => one.rest)]),
    restGroups: folds.reduce((sum, one) => sum + one.restGroups, restGroups),
  };
}

/** A fold as one digest, whose last rows are what was folded; it has no tallies. */
export function joinFold({ kept, rest, restGroups }: FoldedDigest): Digest {
  if (rest.rowCount === 0) {
    return kept;
  }
  const join = (a: Float64Array, b: Float64Array): Float64Array => {
    const joined = new Float64Array(a.length + b.length);
    joined.set(a);
    joined.set(b, a.length);
    return joined;
  };
  const added = rest.rowCount;
  return {
    ...kept,
    rowCount: kept.rowCount + added,
    ...(kept.bucketStartSec && rest.bucketStartSec
      ? { bucketStartSec: Uint32Array.from([...kept.bucketStartSec, ...rest.bucketStartSec]) }
      : {}),
    keys: kept.keys.map((key) => addMissing(key, added)),
    flows: join(kept.flows, rest.flows),
    sums: kept.sums.map(({ name, values }, i) => ({ name, values: join(values, rest.sums[i]!.values) })),
    minStartSec: join(kept.minStartSec, rest.minStartSec),
    maxEndSec: join(kept.maxEndSec, rest.maxEndSec),
    folded: { firstRow: kept.rowCount, groupCount: restGroups },
  };
}

/** Each group's sum over rows with a time; −1 for a group that has none. */
function weighGroups(digest: Digest, { groupCount, ids }: RowGroups, rank: string): Float64Array {
  const { bucketStartSec } = digest;
  const values = measureValues(digest, rank);
  const weights = new Float64Array(groupCount).fill(-1);
  for (let row = 0; row < digest.rowCount; row++) {
    if (bucketStartSec?.[row] !== MISSING) {
      const group = ids[row]!;
      weights[group] = Math.max(0, weights[group]!) + values[row]!;
    }
  }
  return weights;
}

/** Those rows added up by bucket, without keys. */
function addUpBuckets(digest: Digest, isMeant: (row: number) => boolean): Digest {
  const { bucketStartSec } = digest;
  const numbers = new Map<number, number>();
  const into = new Int32Array(digest.rowCount).fill(-1);
  for (let row = 0; row < digest.rowCount; row++) {
    if (isMeant(row)) {
      const bucket = bucketStartSec?.[row] ?? 0;
      numbers.set(bucket, numbers.get(bucket) ?? numbers.size);
      into[row] = numbers.get(bucket)!;
    }
  }
  const buckets = Uint32Array.from(numbers.keys());
  const order = Uint32Array.from(buckets, (_, i) => i).sort((a, b) => buckets[a]! - buckets[b]!);
  const combine = (values: Float64Array, start: number, rule: (a: number, b: number) => number): Float64Array => {
    const combined = new Float64Array(buckets.length).fill(start);
    for (let row = 0; row < into.length; row++) {
      const to = into[row]!;
      if (to >= 0) {
        combined[to] = rule(combined[to]!, values[row]!);
      }
    }
    return Float64Array.from(order, (i) => combined[i]!);
  };
  const add = (a: number, b: number): number => a + b;
  return {
    rowCount: buckets.length,
    ...(bucketStartSec ? { bucketStartSec: Uint32Array.from(order, (i) => buckets[i]!) } : {}),
    keys: [],
    flows: combine(digest.flows, 0, add),
    sums: digest.sums.map(({ name, values }) => ({ name, values: combine(values, 0, add) })),
    minStartSec: combine(digest.minStartSec, Infinity, Math.min),
    maxEndSec: combine(digest.maxEndSec, -Infinity, Math.max),
    tallies: NO_TALLIES,
  };
}

/** The column with so many more rows, in which it is missing. */
function addMissing(key: KeyColumn, count: number): KeyColumn {
  const words = (values: Uint32Array, value: number): Uint32Array => {
    const longer = new Uint32Array(values.length + count).fill(value);
    longer.set(values);
    return longer;
  };
  switch (key.kind) {
    case 'integer':
      return { ...key, values: words(key.values, MISSING) };
    case 'text':
      return { ...key, codes: words(key.codes, MISSING) };
    case 'long': {
      const values = new Float64Array(key.values.length + count).fill(-1);
      values.set(key.values);
      return { ...key, values };
    }
    case 'address': {
      const families = new Uint8Array(key.families.length + count);
      families.set(key.families);
      return { ...key, families, words: words(key.words, 0) };
    }
  }
}
