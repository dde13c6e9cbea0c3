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
      const { used, translate } = renumber(key.dictionary.length, codes);
      return { ...key, codes: codes.map(translate), dictionary: used.map((code) => key.dictionary[code]!) };
    }
    case 'address': {
      const families = Uint8Array.from(rows, (row) => key.families[row]!);
      const words = takeWords(key.words, rows);
      const { used, translate } = renumber(
        key.v6.length / 16,
        words.filter((_, i) => families[i] === 6),
      );
      const v6 = new Uint8Array(used.length * 16);
      used.forEach((id, place) => v6.set(key.v6.subarray(id * 16, id * 16 + 16), place * 16));
      return { ...key, families, words: words.map((word, i) => (families[i] === 6 ? translate(word) : word)), v6 };
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

/** The numbers below `size` that are used, in order, and the place of each; others stay what they are. */
function renumber(size: number, numbers: Uint32Array): { used: number[]; translate: (number: number) => number } {
  const isUsed = new Uint8Array(size);
  numbers.forEach((number) => {
    if (number < size) {
      isUsed[number] = 1;
    }
  });
  const places = new Uint32Array(size);
  const used: number[] = [];
  isUsed.forEach((flag, number) => {
    if (flag === 1) {
      places[number] = used.push(number) - 1;
    }
  });
  return { used, translate: (number) => (number < size ? places[number]! : number) };
}
