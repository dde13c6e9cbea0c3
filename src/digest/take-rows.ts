/**
 * Some rows of a digest as columns of their own, without the texts and addresses that none of these rows has.
 */
import type { Digest, KeyColumn } from './digest';

/** The digest of only these rows, in this order; everything but its rows is the digest's own. */
export function takeRows(digest: Digest, rows: Uint32Array): Digest {
  const take = (values: Float64Array): Float64Array => {
    const taken = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) {
      taken[i] = values[rows[i]!]!;
    }
    return taken;
  };
  const { bucketStartSec } = digest;
  return {
    ...digest,
    rowCount: rows.length,
    ...(bucketStartSec ? { bucketStartSec: takeWords(bucketStartSec, rows) } : {}),
    keys: digest.keys.map((key) => takeKeyRows(key, rows)),
    flows: take(digest.flows),
    sums: digest.sums.map(({ name, values }) => ({ name, values: take(values) })),
    minStartSec: take(digest.minStartSec),
    maxEndSec: take(digest.maxEndSec),
  };
}

/** A column of only these rows, without values that none of them has. */
export function takeKeyRows(key: KeyColumn, rows: Uint32Array): KeyColumn {
  switch (key.kind) {
    case 'integer':
      return { ...key, values: takeWords(key.values, rows) };
    case 'long':
      return { ...key, values: Float64Array.from(rows, (row) => key.values[row]!) };
    case 'text': {
      const codes = takeWords(key.codes, rows);
      const used = renumber(key.dictionary.length, codes);
      return { ...key, codes, dictionary: used.map((code) => key.dictionary[code]!) };
    }
    case 'address': {
      const families = new Uint8Array(rows.length);
      for (let i = 0; i < rows.length; i++) {
        families[i] = key.families[rows[i]!]!;
      }
      const words = takeWords(key.words, rows);
      const used = renumber(key.v6.length / 16, words, families);
      const v6 = new Uint8Array(used.length * 16);
      used.forEach((id, place) => v6.set(key.v6.subarray(id * 16, id * 16 + 16), place * 16));
      return { ...key, families, words, v6 };
    }
  }
}

function takeWords(values: Uint32Array, rows: Uint32Array): Uint32Array {
  const taken = new Uint32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    taken[i] = values[rows[i]!]!;
  }
  return taken;
}

/**
 * Gives the numbers below `size` that are used new ones, in their order, and returns them; others stay what they are, and so do
 * those that are no IPv6 address, if families are given. Loops, not callbacks: most of it runs before it has been compiled.
 */
function renumber(size: number, numbers: Uint32Array, families?: Uint8Array): number[] {
  if (size === 0) {
    return [];
  }
  const isMeant = (i: number): boolean => numbers[i]! < size && (families === undefined || families[i] === 6);
  const places = new Uint32Array(size);
  for (let i = 0; i < numbers.length; i++) {
    if (isMeant(i)) {
      places[numbers[i]!] = 1;
    }
  }
  const used: number[] = [];
  for (let number = 0; number < size; number++) {
    if (places[number] === 1) {
      places[number] = used.push(number) - 1;
    }
  }
  if (used.length < size) {
    for (let i = 0; i < numbers.length; i++) {
      if (isMeant(i)) {
        numbers[i] = places[numbers[i]!]!;
      }
    }
  }
  return used;
}
