/**
 * Interning: every distinct text (or IPv6 address) gets a small number, so that rows hold and compare numbers. The bytes
 * are kept once and compared on every hit, since a hash alone is not an identity. Nothing is allocated for a text that is
 * already known.
 */
import { compareBytes, parseAddress } from '../flow/address';

/** Distinct byte strings, numbered 0, 1, 2 … in order of first appearance. */
export interface TextTable {
  readonly size: number;
  /** The number of `source[start, end)`; `hash` is the FNV-1a hash of these bytes. */
  intern(source: Uint8Array, start: number, end: number, hash: number): number;
  /** The number of a text that a table gave: it is not decoded again. */
  add(text: string): number;
  /** The text of a number. */
  text(id: number): string;
}

/** FNV-1a's start and factor: the scanner hashes a token while it looks for its end. */
export const HASH_START = 0x811c9dc5 | 0;
export const HASH_FACTOR = 0x01000193;

/** The hash that `TextTable.intern` wants, for callers that have not computed it on the way. */
export function hashBytes(source: Uint8Array, start: number, end: number): number {
  let hash = HASH_START;
  for (let i = start; i < end; i++) {
    hash = Math.imul(hash ^ source[i]!, HASH_FACTOR);
  }
  return hash;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * An empty table. With `decode`, a new text is replaced by what `decode` makes of it and shares the number of that text:
 * two spellings of one value are one value, as are byte strings that are no UTF-8 and read the same.
 */
export function createTextTable({ decode }: { decode?: (text: string) => string } = {}): TextTable {
  let slots = new Int32Array(64).fill(-1);
  let mask = slots.length - 1;
  let bytes = new Uint8Array(1024);
  let used = 0;
  let count = 0;
  // Entry i is bytes[ends[i-1], ends[i]); its number is ids[i] (i itself unless decoded texts coincide).
  let ends = new Uint32Array(32);
  let hashes = new Int32Array(32);
  let ids = new Uint32Array(32);
  const texts: string[] = [];
  const idByText = new Map<string, number>();

  function intern(source: Uint8Array, start: number, end: number, hash: number): number {
    const length = end - start;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (let entry = slots[slot]!; entry >= 0; entry = slots[slot]!) {
      if (hashes[entry] === hash) {
        const from = entry === 0 ? 0 : ends[entry - 1]!;
        if (ends[entry]! - from === length) {
          let i = 0;
          while (i < length && bytes[from + i] === source[start + i]) {
            i++;
          }
          if (i === length) {
            return ids[entry]!;
          }
        }
      }
      slot = (slot + 1) & mask;
    }
    return insert(source.subarray(start, end), hash);
  }

  function insert(value: Uint8Array, hash: number): number {
    if ((count + 1) * 2 > slots.length) {
      growSlots();
    }
    if (count === ends.length) {
      ends = grown(ends, Uint32Array);
      hashes = grown(hashes, Int32Array);
      ids = grown(ids, Uint32Array);
    }
    while (used + value.length > bytes.length) {
      bytes = grown(bytes, Uint8Array);
    }
    bytes.set(value, used);
    used += value.length;
    const entry = count++;
    ends[entry] = used;
    hashes[entry] = hash;
    place(entry, hash);
    const raw = decoder.decode(value);
    const text = decode ? decode(raw) : raw;
    // All else is as distinct as its bytes.
    const mayRepeat = decode !== undefined || raw.includes('\ufffd');
    const id = mayRepeat ? (idByText.get(text) ?? append(text)) : texts.push(text) - 1;
    ids[entry] = id;
    return id;
  }

  /** Numbers a text that may be asked for again by itself. */
  function append(text: string): number {
    const id = texts.push(text) - 1;
    idByText.set(text, id);
    return id;
  }

  function growSlots(): void {
    slots = new Int32Array(slots.length * 2).fill(-1);
    mask = slots.length - 1;
    for (let entry = 0; entry < count; entry++) {
      place(entry, hashes[entry]!);
    }
  }

  function place(entry: number, hash: number): void {
    let slot = (hash ^ (hash >>> 15)) & mask;
    while (slots[slot]! >= 0) {
      slot = (slot + 1) & mask;
    }
    slots[slot] = entry;
  }

  return {
    get size() {
      return texts.length;
    },
    intern,
    add(text) {
      if (!decode) {
        const source = encodeText(text);
        return intern(source, 0, source.length, hashBytes(source, 0, source.length));
      }
      return idByText.get(text) ?? append(text);
    },
    text: (id) => texts[id]!,
  };
}

/** Distinct IPv6 addresses, numbered in order of first appearance; different spellings of one address share a number. */
export interface IPv6Table {
  readonly size: number;
  /** Spellings that were asked for, legal or not. */
  readonly spellingCount: number;
  /** The number of the address written in `source[start, end)`, or −1 if that is no IPv6 address. */
  intern(source: Uint8Array, start: number, end: number): number;
  /** The number of the address of these 16 bytes, of which the table keeps a copy. */
  add(bytes: Uint8Array): number;
  /** The 16 bytes of a number; not to be changed, and not to be kept. */
  bytes(id: number): Uint8Array;
  /** What orders numbers by the value of their addresses, until the next one is added. */
  compare(): (a: number, b: number) => number;
}

/** An empty table of IPv6 addresses. */
export function createIPv6Table(): IPv6Table {
  const spellings = createTextTable();
  const idBySpelling: number[] = [];
  const idByBytes = new Map<string, number>();
  const addresses: Uint8Array[] = [];

  function add(bytes: Uint8Array): number {
    const identity = identityOf(bytes);
    let id = idByBytes.get(identity);
    if (id === undefined) {
      id = addresses.push(bytes.slice()) - 1;
      idByBytes.set(identity, id);
    }
    return id;
  }

  return {
    get size() {
      return addresses.length;
    },
    get spellingCount() {
      return spellings.size;
    },
    intern(source, start, end) {
      // The longest spelling is 45 characters; what is longer must not fill the table of spellings.
      if (end - start > 45) {
        return -1;
      }
      const spelling = spellings.intern(source, start, end, hashBytes(source, start, end));
      let id = idBySpelling[spelling];
      if (id === undefined) {
        const address = parseAddress(spellings.text(spelling));
        id = address?.family === 6 ? add(address.bytes) : -1;
        idBySpelling[spelling] = id;
      }
      return id;
    },
    add,
    bytes: (id) => addresses[id]!,
    compare: () => (a, b) => compareBytes(addresses[a]!, addresses[b]!),
  };
}

/** 16 bytes as a text of eight characters. */
function identityOf(b: Uint8Array): string {
  return String.fromCharCode(
    ...[(b[0]! << 8) | b[1]!, (b[2]! << 8) | b[3]!, (b[4]! << 8) | b[5]!, (b[6]! << 8) | b[7]!],
    ...[(b[8]! << 8) | b[9]!, (b[10]! << 8) | b[11]!, (b[12]! << 8) | b[13]!, (b[14]! << 8) | b[15]!],
  );
}

/** For each number of a table its rank in the ascending order of `compare`, and the numbers in that order. */
export function rankIds(
  size: number,
  compare: (a: number, b: number) => number,
): { ranks: Uint32Array; order: Uint32Array } {
  const order = Uint32Array.from({ length: size }, (_, id) => id).sort(compare);
  const ranks = new Uint32Array(size);
  order.forEach((id, rank) => (ranks[id] = rank));
  return { ranks, order };
}

/** Orders texts by UTF-16 code units, which is the same on every machine. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The bytes of a text. */
export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Undoes percent-encoding; what is not valid encoding stays as it is. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function grown<T extends Uint8Array | Uint32Array | Int32Array>(array: T, Type: new (length: number) => T): T {
  const larger = new Type(array.length * 2);
  larger.set(array);
  return larger;
}
