/**
 * A small seeded random number generator for made-up logs: xoshiro128** on 32-bit integers, so that one seed gives the
 * same logs in every engine. Not for secrets.
 *
 * Source: https://prng.di.unimi.it/xoshiro128starstar.c; its state is filled by splitmix32.
 */

/** A stream of random numbers; every call moves it on. */
export interface Random {
  /** A 32-bit number, 0 … 2³²−1. */
  next(): number;
  /** A whole number, 0 … `limit`−1; `limit` at most 2³². The bias of the remainder is of no account here. */
  below(limit: number): number;
  /** A whole number, `first` … `last`, both included. */
  between(first: number, last: number): number;
  /** True with a chance of `percent` in a hundred. */
  chance(percent: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** That many lower-case hexadecimal digits. */
  hex(digits: number): string;
}

/** A new stream; equal seeds (32 bits of them count) give equal streams. */
export function createRandom(seed: number): Random {
  let mixed = seed | 0;
  const fill = () => {
    mixed = (mixed + 0x9e3779b9) | 0;
    return mixBits(mixed);
  };
  let a = fill();
  let b = fill();
  let c = fill();
  let d = fill();

  const next = () => {
    const scaled = Math.imul(b, 5);
    const result = Math.imul((scaled << 7) | (scaled >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result >>> 0;
  };
  const below = (limit: number) => next() % limit;
  return {
    next,
    below,
    between: (first, last) => first + below(last - first + 1),
    chance: (percent) => below(100) < percent,
    pick: (items) => items[below(items.length)]!,
    hex: (digits) => {
      let text = '';
      while (text.length < digits) {
        text += next().toString(16).padStart(8, '0');
      }
      return text.slice(0, digits);
    },
  };
}

/** Scatters the bits of a 32-bit number; different numbers stay different. 0 … 2³²−1. */
export function mixBits(word: number): number {
  let mixed = word;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
