/**
 * Where the records of many keys lie, in 20 bytes for each: a million of them must not take the memory that digests are to
 * have. Keys are told apart by 64 bits of their hashes; whoever reads a record compares the rest.
 */

/** A record's place: segments are numbered from 0, and records begin at multiples of eight bytes. */
export interface RecordPlace {
  readonly segment: number;
  readonly at: number;
  readonly bytes: number;
}

export interface RecordTable {
  /** By the hash of a key, of which the first eight bytes count. */
  get(hash: Buffer): RecordPlace | undefined;
  /** Takes the place of what was there for that key. */
  set(hash: Buffer, place: RecordPlace): void;
  delete(hash: Buffer): void;
  /** Forgets all records of these segments. */
  dropSegments(segments: ReadonlySet<number>): void;
  size(): number;
}

/** Two words of hash, segment + 1 (0 where nothing is), at / 8, bytes (0 for a record that is gone). */
const SLOT_WORDS = 5;
const FIRST_SLOTS = 1024;

/** An empty table. */
export function createRecordTable(): RecordTable {
  let words = new Uint32Array(FIRST_SLOTS * SLOT_WORDS);
  let usedSlots = 0;
  let size = 0;

  /** Where a key is, or would be. */
  const slotOf = (high: number, low: number): number => {
    const slots = words.length / SLOT_WORDS;
    let slot = low & (slots - 1);
    while (words[slot * SLOT_WORDS + 2] !== 0) {
      if (words[slot * SLOT_WORDS] === high && words[slot * SLOT_WORDS + 1] === low) {
        break;
      }
      slot = (slot + 1) & (slots - 1);
    }
    return slot * SLOT_WORDS;
  };
  const find = (hash: Buffer): number => slotOf(hash.readUInt32LE(0), hash.readUInt32LE(4));

  /** Makes the table anew of the records that are still there. */
  const rebuild = (isKept: (segment: number) => boolean): void => {
    const before = words;
    const kept: number[] = [];
    for (let i = 0; i < before.length; i += SLOT_WORDS) {
      if (before[i + 4] !== 0 && isKept(before[i + 2]! - 1)) {
        kept.push(i);
      }
    }
    let slots = FIRST_SLOTS;
    while (slots < kept.length * 2) {
      slots *= 2;
    }
    words = new Uint32Array(slots * SLOT_WORDS);
    for (const i of kept) {
      words.set(before.subarray(i, i + SLOT_WORDS), slotOf(before[i]!, before[i + 1]!));
    }
    usedSlots = kept.length;
    size = kept.length;
  };

  return {
    get(hash) {
      const i = find(hash);
      const bytes = words[i + 4]!;
      return bytes === 0 ? undefined : { segment: words[i + 2]! - 1, at: words[i + 3]! * 8, bytes };
    },
    set(hash, { segment, at, bytes }) {
      // At most two thirds are in use, so that looking for a key ends soon.
      if (usedSlots * 3 >= (words.length / SLOT_WORDS) * 2) {
        rebuild(() => true);
      }
      const i = find(hash);
      usedSlots += words[i + 2] === 0 ? 1 : 0;
      size += words[i + 4] === 0 ? 1 : 0;
      words.set([hash.readUInt32LE(0), hash.readUInt32LE(4), segment + 1, at / 8, bytes], i);
    },
    delete(hash) {
      const i = find(hash);
      size -= words[i + 4] === 0 ? 0 : 1;
      words[i + 4] = 0;
    },
    dropSegments: (segments) => rebuild((segment) => !segments.has(segment)),
    size: () => size,
  };
}
