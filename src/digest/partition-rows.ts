/**
 * Which of several partitions each row of a digest belongs to, by what its keys hold and not by their numbers there: rows of
 * one group are in one partition, whichever digests they come from.
 */
import { MISSING, type Digest, type KeyColumn } from './digest';
import { findKeys } from './group-rows';

/** The rows of each of `count` partitions, in the order of the digest, by the values of the keys called `names`. */
export function partitionRows(digest: Digest, names: readonly string[], count: number): readonly Uint32Array[] {
  const { rowCount } = digest;
  const hashes = new Int32Array(rowCount).fill(0x2545f491);
  findKeys(digest, names).forEach((column) => addHashes(column, hashes));
  const places = new Uint32Array(rowCount);
  const sizes = new Uint32Array(count);
  for (let row = 0; row < rowCount; row++) {
    let hash = hashes[row]!;
    hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
    hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
    const place = ((hash ^ (hash >>> 16)) >>> 0) % count;
    places[row] = place;
    sizes[place]!++;
  }
  const partitions = Array.from(sizes, (size) => new Uint32Array(size));
  const filled = new Uint32Array(count);
  for (let row = 0; row < rowCount; row++) {
    const place = places[row]!;
    partitions[place]![filled[place]!++] = row;
  }
  return partitions;
}

/** Adds the values of a column to the hashes of its rows. */
function addHashes(column: KeyColumn, into: Int32Array): void {
  const add = (row: number, value: number): void => {
    const hash = Math.imul(into[row]! ^ value, 0x9e3779b1);
    into[row] = hash ^ (hash >>> 15);
  };
  switch (column.kind) {
    case 'integer':
      column.values.forEach((value, row) => add(row, value));
      break;
    case 'long':
      column.values.forEach((value, row) => {
        add(row, value % 2 ** 32);
        add(row, Math.floor(value / 2 ** 32));
      });
      break;
    case 'text': {
      const texts = Int32Array.from(column.dictionary, hashText);
      column.codes.forEach((code, row) => add(row, code === MISSING ? 0 : texts[code]!));
      break;
    }
    case 'address': {
      const { families, words, v6 } = column;
      const addresses = new Int32Array(v6.length / 16);
      for (let i = 0; i < addresses.length; i++) {
        addresses[i] = v6.subarray(i * 16, i * 16 + 16).reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), 6);
      }
      families.forEach((family, row) =>
        add(row, family === 6 ? addresses[words[row]!]! : family === 4 ? words[row]! : 0),
      );
    }
  }
}

function hashText(text: string): number {
  let hash = 1;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash;
}
