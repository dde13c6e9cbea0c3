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

/** Throws `corrupt-object` if numbers have more bits than any dictionary has use for. */
export function assertWidth({ width }: Pick<PackedNumbers, 'width'>): void {
  if (width > MAX_WIDTH) {
    throw corrupt(`a page has numbers of ${width} bits`);
  }
}

/** A run: `length` times `value`, or as many packed numbers from `at` on, for which `value` is −1. */
interface Run {
  readonly length: number;
  readonly value: number;
  /** Where packed numbers begin. */
  readonly at: number;
  /** Where the next run begins. */
  readonly next: number;
}

/** The run whose header is at `at`. */
function readRun({ bytes, end, width }: PackedNumbers, at: number): Run {
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
    const groups = Math.floor(header / 2);
    return { length: groups * 8, value: -1, at, next: at + groups * width };
  }
  let value = 0;
  for (let shift = 0; shift < width; shift += 8) {
    if (at >= end) {
      throw corrupt('a page ends too early');
    }
    value |= bytes[at++]! << shift;
  }
  return { length: header / 2, value, at, next: at };
}

/** Throws unless `count` packed numbers of a run are there: the last group of a page may be cut off after its last number. */
function assertPacked({ end, width }: PackedNumbers, { at }: Run, count: number): void {
  if (at + Math.ceil((count * width) / 8) > end) {
    throw corrupt('a page ends too early');
  }
}

/** A reader before the first number. */
export function createHybridReader(packed: PackedNumbers): HybridReader {
  const { bytes, start, width } = packed;
  const mask = (1 << width) - 1;
  let run: Run = { length: 0, value: 0, at: start, next: start };
  /** Numbers of the run that have been read. */
  let done = 0;
  /** Of a packed run: where the next byte is, bits that have been read and not been used, and how many. */
  let at = start;
  let held = 0;
  let bits = 0;

  function openRun(): void {
    while (done === run.length) {
      run = readRun(packed, run.next);
      done = 0;
      at = run.at;
      held = 0;
      bits = 0;
    }
  }

  return {
    read(into, count, plus) {
      let i = 0;
      while (i < count) {
        openRun();
        const stop = i + Math.min(run.length - done, count - i);
        done += stop - i;
        if (run.value >= 0) {
          into.fill(run.value + plus, i, stop);
          i = stop;
          continue;
        }
        assertPacked(packed, run, done);
        for (; i < stop; i++) {
          while (bits < width) {
            held |= bytes[at++]! << bits;
            bits += 8;
          }
          into[i] = (held & mask) + plus;
          held >>>= width;
          bits -= width;
        }
      }
    },
    passRun(wanted, count) {
      openRun();
      if (run.value !== wanted || run.length - done < count) {
        return false;
      }
      done += count;
      return true;
    },
  };
}

/** The greatest of the first `count` numbers, −1 of none. Throws `corrupt-object` if there are fewer. */
export function greatestOf(packed: PackedNumbers, count: number): number {
  let greatest = -1;
  let at = packed.start;
  for (let left = count; left > 0;) {
    const run = readRun(packed, at);
    const taken = Math.min(left, run.length);
    at = run.next;
    left -= taken;
    if (run.value >= 0) {
      greatest = taken > 0 ? Math.max(greatest, run.value) : greatest;
    } else {
      assertPacked(packed, run, taken);
      greatest = Math.max(greatest, greatestPacked(packed, run.at, taken));
    }
  }
  return greatest;
}

/** The greatest of packed numbers; `at` is where they begin. Integers of 32 bits throughout: engines are fast at those. */
function greatestPacked({ bytes, width }: PackedNumbers, at: number, count: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const mask = (1 << width) - 1;
  const endBit = (at * 8 + count * width) | 0;
  /** Up to here four bytes at once are there. */
  const wholeEnd = Math.min(endBit, (bytes.length - 3) * 8) | 0;
  let greatest = count > 0 ? 0 : -1;
  let bit = (at * 8) | 0;
  for (; bit < wholeEnd; bit = (bit + width) | 0) {
    const number = (view.getInt32(bit >> 3, true) >> (bit & 7)) & mask;
    if (number > greatest) {
      greatest = number;
    }
  }
  for (; bit < endBit; bit += width) {
    let number = 0;
    for (let byte = bit >> 3, shift = -(bit & 7); shift < width; byte++, shift += 8) {
      number |= shift < 0 ? bytes[byte]! >> -shift : bytes[byte]! << shift;
    }
    greatest = Math.max(greatest, number & mask);
  }
  return greatest;
}
