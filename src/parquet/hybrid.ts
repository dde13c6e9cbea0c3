/**
 * Parquet's hybrid of run lengths and packed bits, in which codes of a dictionary and nulls are written. Read as far as is
 * asked for, so that a run of a billion rows takes no memory.
 *
 * Source: https://parquet.apache.org/docs/file-format/data-pages/encodings/
 */
import type { PackedNumbers } from '../digest/cells';
import { corrupt } from './footer';

export interface HybridReader {
  /** Writes the next `count` numbers, each increased by `plus`, to the beginning of `into`. Throws `corrupt-object`. */
  read(into: Int32Array, count: number, plus: number): void;
  /** Passes the next `count` numbers if they are of one run of `value`; else it returns false and stays. */
  passRun(value: number, count: number): boolean;
}

/** So many bits are held in 32 of them together with a byte more. */
const MAX_WIDTH = 24;
/** Numbers that are looked at together. */
const PIECE = 4096;

/** Throws `corrupt-object` if numbers have more bits than any dictionary has use for. */
export function assertWidth({ width }: Pick<PackedNumbers, 'width'>): void {
  if (width > MAX_WIDTH) {
    throw corrupt(`a page has numbers of ${width} bits`);
  }
}

/** A reader before the first number; they need not have been checked, but for their width. */
export function createHybridReader({ bytes, start, end, width }: PackedNumbers): HybridReader {
  const mask = (1 << width) - 1;
  let at = start;
  /** Numbers left of the run under way. */
  let left = 0;
  /** Its value; −1 for packed ones. */
  let value = -1;
  /** Packed bits that have been read and not been used. */
  let packed = 0;
  let bits = 0;

  /** Begins the next run. */
  function open(): void {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = at < end ? bytes[at++]! : 0x80;
      if (shift > 28 || at > end || (at === end && byte > 127)) {
        throw corrupt('a page ends too early');
      }
      header += (byte & 127) * 2 ** shift;
      if (byte < 128) {
        break;
      }
    }
    if (header % 2 === 1) {
      value = -1;
      left = Math.floor(header / 2) * 8;
      packed = 0;
      bits = 0;
      return;
    }
    left = header / 2;
    value = 0;
    for (let shift = 0; shift < width; shift += 8) {
      if (at >= end) {
        throw corrupt('a page ends too early');
      }
      value |= bytes[at++]! << shift;
    }
    if (value > mask) {
      throw corrupt(`a page has a number of more than ${width} bits`);
    }
  }

  return {
    read(into, count, plus) {
      let i = 0;
      while (i < count) {
        while (left === 0) {
          open();
        }
        const stop = i + Math.min(left, count - i);
        left -= stop - i;
        if (value >= 0) {
          into.fill(value + plus, i, stop);
          i = stop;
          continue;
        }
        // The last group of a page may be cut off after its last number.
        if (at + Math.ceil(((stop - i) * width - bits) / 8) > end) {
          throw corrupt('a page ends too early');
        }
        for (; i < stop; i++) {
          while (bits < width) {
            packed |= bytes[at++]! << bits;
            bits += 8;
          }
          into[i] = (packed & mask) + plus;
          packed >>>= width;
          bits -= width;
        }
      }
    },
    passRun(wanted, count) {
      while (left === 0) {
        open();
      }
      if (value !== wanted || left < count) {
        return false;
      }
      left -= count;
      return true;
    },
  };
}

/** As `FindGreatest` says, but it throws `corrupt-object` if there are fewer. */
export function greatestOf(packed: PackedNumbers, count: number): number {
  const reader = createHybridReader(packed);
  const into = new Int32Array(Math.min(count, PIECE));
  let greatest = -1;
  for (let left = count; left > 0; left -= PIECE) {
    const taken = Math.min(left, PIECE);
    reader.read(into, taken, 0);
    for (let i = 0; i < taken; i++) {
      greatest = into[i]! > greatest ? into[i]! : greatest;
    }
  }
  return greatest;
}
