/**
 * Numbers for the distinct addresses of a digest's two ends, in the order of addresses, so that a graph of a million rows
 * compares and counts by number and makes text only for what it shows.
 */
import type { AddressColumn } from '../digest/digest';
import { compareBytes, formatIPv4, formatIPv6 } from '../flow/address';

/** The distinct addresses of two columns, numbered `-`, IPv4, IPv6, each by value; only those that occur have a number. */
export interface AddressIndex {
  readonly count: number;
  /** The number of each row's source and of its target. */
  readonly sourceIds: Uint32Array;
  readonly targetIds: Uint32Array;
  /** 0 for `-`, 4 or 6. */
  family(id: number): 0 | 4 | 6;
  /** Canonical text, or `-`. */
  text(id: number): string;
}

/** Numbers the addresses of both columns. O(n log n) in the rows. */
export function indexAddresses(source: AddressColumn, target: AddressColumn): AddressIndex {
  const hasMissing = source.families.includes(0) || target.families.includes(0);
  const v4 = distinctWords(source, target);
  const v6 = mergeV6(source, target);
  const firstV4 = hasMissing ? 1 : 0;
  const firstV6 = firstV4 + v4.length;

  const numberRows = ({ families, words }: AddressColumn, v6Ids: Uint32Array): Uint32Array => {
    const ids = new Uint32Array(families.length);
    let lastWord = -1;
    let lastId = 0;
    for (let row = 0; row < ids.length; row++) {
      const word = words[row]!;
      if (families[row] === 4) {
        // Sorted rows come in runs of one address.
        if (word !== lastWord) {
          lastWord = word;
          lastId = firstV4 + findWord(v4, word);
        }
        ids[row] = lastId;
      } else {
        ids[row] = families[row] === 6 ? firstV6 + v6Ids[word]! : 0;
      }
    }
    return ids;
  };
  return {
    count: firstV6 + v6.addresses.length,
    sourceIds: numberRows(source, v6.sourceIds),
    targetIds: numberRows(target, v6.targetIds),
    family: (id) => (id >= firstV6 ? 6 : id >= firstV4 ? 4 : 0),
    text: (id) =>
      id >= firstV6 ? formatIPv6(v6.addresses[id - firstV6]!) : id >= firstV4 ? formatIPv4(v4[id - firstV4]!) : '-',
  };
}

function distinctWords(source: AddressColumn, target: AddressColumn): Uint32Array {
  const words = new Uint32Array(source.words.length + target.words.length);
  let count = 0;
  for (const column of [source, target]) {
    for (let row = 0; row < column.words.length; row++) {
      const word = column.words[row]!;
      if (column.families[row] === 4 && (count === 0 || words[count - 1] !== word)) {
        words[count++] = word;
      }
    }
  }
  const sorted = words.subarray(0, count).sort();
  return sorted.filter((word, index) => index === 0 || word !== sorted[index - 1]);
}

/** The index of a word that is in the list. */
function findWord(sorted: Uint32Array, word: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < word) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

interface MergedV6 {
  readonly addresses: readonly Uint8Array[];
  /** Per index into a column's own `v6` the index into `addresses`. */
  readonly sourceIds: Uint32Array;
  readonly targetIds: Uint32Array;
}

/** Merges the two ascending lists of distinct addresses, without those that no row uses. */
function mergeV6(source: AddressColumn, target: AddressColumn): MergedV6 {
  const left = usedV6(source);
  const right = usedV6(target);
  const addresses: Uint8Array[] = [];
  const sourceIds = new Uint32Array(source.v6.length / 16);
  const targetIds = new Uint32Array(target.v6.length / 16);
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const a = left[l];
    const b = right[r];
    const order = a === undefined ? 1 : b === undefined ? -1 : compareBytes(addressAt(source, a), addressAt(target, b));
    if (order <= 0) {
      sourceIds[a!] = addresses.length;
      l++;
    }
    if (order >= 0) {
      targetIds[b!] = addresses.length;
      r++;
    }
    addresses.push(order <= 0 ? addressAt(source, a!) : addressAt(target, b!));
  }
  return { addresses, sourceIds, targetIds };
}

function usedV6({ families, words, v6 }: AddressColumn): Uint32Array {
  const isUsed = new Uint8Array(v6.length / 16);
  for (let row = 0; row < words.length; row++) {
    if (families[row] === 6) {
      isUsed[words[row]!] = 1;
    }
  }
  return Uint32Array.from(isUsed, (_, index) => index).filter((index) => isUsed[index] === 1);
}

function addressAt({ v6 }: AddressColumn, index: number): Uint8Array {
  return v6.subarray(index * 16, index * 16 + 16);
}
