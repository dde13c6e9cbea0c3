/** The distinct addresses of many columns, in little more memory than they take. */
import type { AddressColumn } from '../digest/digest';
import { compareBytes, formatIPv4, formatIPv6 } from '../flow/address';

export interface AddressSet {
  add(column: AddressColumn): void;
  /** IPv4 before IPv6, each by value. */
  texts(): Iterable<string>;
}

/** An empty set. */
export function createAddressSet(): AddressSet {
  let v4 = new Uint32Array(0);
  let v6 = new Uint8Array(0);
  return {
    add({ families, words, v6: all }) {
      const own = words.filter((_, row) => families[row] === 4).sort();
      v4 = mergeWords(v4, own);
      v6 = mergeAddresses(v6, all);
    },
    *texts() {
      for (const word of v4) {
        yield formatIPv4(word);
      }
      for (let at = 0; at < v6.length; at += 16) {
        yield formatIPv6(v6.subarray(at, at + 16));
      }
    },
  };
}

/** Each word of two ascending lists once, of which the second may repeat some. */
function mergeWords(a: Uint32Array, b: Uint32Array): Uint32Array<ArrayBuffer> {
  const merged = new Uint32Array(a.length + b.length);
  let count = 0;
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const word = j >= b.length || (i < a.length && a[i]! <= b[j]!) ? a[i++]! : b[j++]!;
    if (count === 0 || merged[count - 1] !== word) {
      merged[count++] = word;
    }
  }
  return merged.slice(0, count);
}

/** Each address of two ascending lists once, 16 bytes each. */
function mergeAddresses(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const merged = new Uint8Array(a.length + b.length);
  let end = 0;
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const [left, right] = [a.subarray(i, i + 16), b.subarray(j, j + 16)];
    const side = left.length === 0 ? 1 : right.length === 0 ? -1 : compareBytes(left, right);
    merged.set(side <= 0 ? left : right, end);
    end += 16;
    i += side <= 0 ? 16 : 0;
    j += side >= 0 ? 16 : 0;
  }
  return merged.slice(0, end);
}
