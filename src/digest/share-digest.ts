/**
 * A digest in memory that all threads see: it can be kept and be handed to any of them without a copy.
 */
import type { Digest, KeyColumn } from './digest';

export type Column = Uint8Array | Uint32Array | Float64Array;

/** An equal digest of which all columns lie in shared memory: in one block, but for those that fill one of their own. */
export function shareDigest(digest: Digest): Digest {
  let bytes = 0;
  mapColumns(digest, (column) => {
    bytes += fillsBlock(column) ? 0 : sharedBytes(column.byteLength);
    return column;
  });
  const share = createSharedRoom(bytes);
  return mapColumns(digest, (column) => (fillsBlock(column) ? column : share(column)));
}

function fillsBlock({ buffer, byteLength }: Column): boolean {
  return buffer instanceof SharedArrayBuffer && buffer.byteLength === byteLength;
}

/** Copies columns, one after the other, into one block of shared memory of so many bytes: the sum of their `sharedBytes`. */
export function createSharedRoom(bytes: number): <T extends Column>(column: T) => T {
  const block = new SharedArrayBuffer(bytes);
  let at = 0;
  return (column) => {
    const Type = column.constructor as new (buffer: SharedArrayBuffer, at: number, length: number) => typeof column;
    const shared = new Type(block, at, column.length);
    shared.set(column);
    at += sharedBytes(column.byteLength);
    return shared;
  };
}

/** A digest of the same columns without rows; its tallies are the digest's own. */
export function emptyDigest(digest: Digest): Digest {
  const empty = mapColumns(digest, (column) => column.subarray(0, 0) as typeof column);
  return {
    ...empty,
    rowCount: 0,
    keys: empty.keys.map((key) => (key.kind === 'text' ? { ...key, dictionary: [] } : key)),
  };
}

/** About the bytes that a digest takes. */
export function digestBytes(digest: Digest): number {
  // Measured: what the arrays and objects of a digest take besides their bytes.
  let bytes = 8000 + 2 * (digest.ends?.length ?? 0);
  mapColumns(digest, (column) => {
    bytes += column.byteLength + 100;
    return column;
  });
  for (const key of digest.keys) {
    if (key.kind === 'text') {
      bytes += key.dictionary.reduce((sum, text) => sum + 2 * text.length + 24, 0);
    }
  }
  return bytes;
}

function mapColumns(digest: Digest, map: <T extends Column>(column: T) => T): Digest {
  return {
    ...digest,
    ...(digest.bucketStartSec ? { bucketStartSec: map(digest.bucketStartSec) } : {}),
    keys: digest.keys.map((key): KeyColumn => {
      switch (key.kind) {
        case 'text':
          return { ...key, codes: map(key.codes) };
        case 'address':
          return { ...key, families: map(key.families), words: map(key.words), v6: map(key.v6) };
        case 'integer':
          return { ...key, values: map(key.values) };
        case 'long':
          return { ...key, values: map(key.values) };
      }
    }),
    flows: map(digest.flows),
    sums: digest.sums.map(({ name, values }) => ({ name, values: map(values) })),
    minStartSec: map(digest.minStartSec),
    maxEndSec: map(digest.maxEndSec),
  };
}

/** What a column of so many bytes takes of a block. */
export function sharedBytes(bytes: number): number {
  return (bytes + 7) & ~7;
}
