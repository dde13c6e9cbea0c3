/** Some of a digest's rows, as cheaply as can be. */
import type { Digest, KeyColumn } from './digest';

/** The digest with only these rows, in this order, in shared memory; tallies and vocabularies are still those of all. */
export function pickRows(digest: Digest, rows: Uint32Array): Digest {
  const take = <T extends Uint8Array | Uint32Array | Float64Array>(column: T): T => {
    const Type = column.constructor as new (buffer: SharedArrayBuffer) => T;
    const taken = new Type(new SharedArrayBuffer(rows.length * column.BYTES_PER_ELEMENT));
    for (let i = 0; i < rows.length; i++) {
      taken[i] = column[rows[i]!]!;
    }
    return taken;
  };
  return {
    ...digest,
    rowCount: rows.length,
    ...(digest.bucketStartSec && { bucketStartSec: take(digest.bucketStartSec) }),
    keys: digest.keys.map((key): KeyColumn => {
      switch (key.kind) {
        case 'text':
          return { ...key, codes: take(key.codes) };
        case 'address':
          return { ...key, families: take(key.families), words: take(key.words) };
        case 'integer':
          return { ...key, values: take(key.values) };
        case 'long':
          return { ...key, values: take(key.values) };
      }
    }),
    flows: take(digest.flows),
    sums: digest.sums.map(({ name, values }) => ({ name, values: take(values) })),
    minStartSec: take(digest.minStartSec),
    maxEndSec: take(digest.maxEndSec),
  };
}
