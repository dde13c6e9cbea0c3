/**
 * Counting the distinct values of some keys in each group, once for all: a digest of the groups alone, in which the number is
 * one more sum. Digests of which no two have the same values may be added up afterwards.
 */
import type { Digest } from './digest';
import { findKeys, groupRows } from './group-rows';
import { takeRows } from './take-rows';

/** The name of the column that counts the values of those fields. */
export function distinctName(fields: readonly string[]): string {
  return `distinct ${fields.join(', ')}`;
}

/**
 * The digest by `keys` only, which must be its first ones, with how many distinct values (of several fields: combinations) of
 * `distinct` each group has.
 */
export function countDistinct(digest: Digest, keys: readonly string[], distinct: readonly string[]): Digest {
  const columns = findKeys(digest, keys);
  const { groupCount, ids, firstRows } = groupRows(digest, columns);
  const combine = (values: Float64Array, start: number, rule: (a: number, b: number) => number): Float64Array => {
    const combined = new Float64Array(groupCount).fill(start);
    values.forEach((value, row) => (combined[ids[row]!] = rule(combined[ids[row]!]!, value)));
    return combined;
  };
  const add = (a: number, b: number): number => a + b;
  const counts = new Float64Array(groupCount);
  groupRows(digest, findKeys(digest, [...keys, ...distinct])).firstRows.forEach((row) => counts[ids[row]!]!++);
  return {
    ...takeRows({ ...digest, keys: columns, sums: [] }, firstRows),
    flows: combine(digest.flows, 0, add),
    sums: [
      ...digest.sums.map(({ name, values }) => ({ name, values: combine(values, 0, add) })),
      { name: distinctName(distinct), values: counts },
    ],
    minStartSec: combine(digest.minStartSec, Infinity, Math.min),
    maxEndSec: combine(digest.maxEndSec, -Infinity, Math.max),
  };
}
