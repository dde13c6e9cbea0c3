/**
 * What a test of a filter accepts, as ranges of numbers and as functions of single values: shared by all that run filters.
 */
import { compareBytes, parseAddress, wordFromIPv4 } from '../flow/address';
import { EITHER_SIDE } from '../query/filter';
import type { FilterTest, FilterValue } from '../query/filter';

/** The numbers `[from, to]`. */
export interface NumberRange {
  readonly from: number;
  readonly to: number;
}

/**
 * A test as tests of single fields, any of which may hold; with `isOpposite` the whole is negated: `!=` is the opposite of
 * `=`, so with either-side names neither side may be equal.
 */
export function sidesOf(test: FilterTest): { positive: FilterTest; fields: readonly string[]; isOpposite: boolean } {
  const isOpposite = test.op === '!=';
  return {
    positive: isOpposite ? { ...test, op: '=' } : test,
    fields: EITHER_SIDE[test.field] ?? [test.field],
    isOpposite,
  };
}

/** True if the test holds for a missing value (only where `-` is among its values). */
export function acceptsMissing({ op, values }: FilterTest): boolean {
  return (op === '=' || op === 'in') && values.some(({ type }) => type === 'missing');
}

/** The numbers that a test accepts. */
export function acceptedNumbers({ op, values }: FilterTest): readonly NumberRange[] {
  const ranges = values.flatMap((value) => (value.type === 'number' ? [value] : []));
  const bound = ranges[0]?.from ?? 0;
  switch (op) {
    case '<':
      return [{ from: 0, to: bound - 1 }];
    case '<=':
      return [{ from: 0, to: bound }];
    case '>':
      return [{ from: bound + 1, to: Infinity }];
    case '>=':
      return [{ from: bound, to: Infinity }];
    default:
      return ranges.map(({ from, to }) => ({ from, to }));
  }
}

/** The IPv4 addresses that a test accepts, as numbers. */
export function acceptedIPv4({ values }: FilterTest): readonly NumberRange[] {
  return values
    .flatMap(addressRange)
    .filter(({ family }) => family === 4)
    .map(({ first, last }) => ({ from: wordFromIPv4(first), to: wordFromIPv4(last) }));
}

/** Whether a test accepts the IPv6 address of these 16 bytes. */
export function acceptedIPv6({ values }: FilterTest): (bytes: Uint8Array) => boolean {
  const ranges = values.flatMap(addressRange).filter(({ family }) => family === 6);
  return (bytes) => ranges.some(({ first, last }) => compareBytes(first, bytes) <= 0 && compareBytes(bytes, last) <= 0);
}

/** Whether a test accepts a text. */
export function acceptedTexts({ op, values }: FilterTest): (text: string) => boolean {
  const texts = values.flatMap((value) => (value.type === 'text' ? [value.text] : []));
  return op === '~' ? matchGlob(texts[0] ?? '') : (text) => texts.includes(text);
}

function addressRange(value: FilterValue): { family: 4 | 6; first: Uint8Array; last: Uint8Array }[] {
  if (value.type !== 'address') {
    return [];
  }
  const first = parseAddress(value.first);
  const last = parseAddress(value.last);
  if (!first || !last || first.family !== last.family) {
    throw new Error(`BUG: ${value.first}-${value.last} is no address range`);
  }
  return [{ family: first.family, first: first.bytes, last: last.bytes }];
}

/**
 * A matcher of whole texts, with `*` for any run and `?` for one character. Greedy with one point to fall back to, so
 * that its time is at most the product of both lengths whatever the pattern.
 */
export function matchGlob(pattern: string): (text: string) => boolean {
  return (text) => {
    let p = 0;
    let t = 0;
    let star = -1;
    let resume = 0;
    while (t < text.length) {
      if (pattern[p] === '*') {
        star = p++;
        resume = t;
      } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
        p++;
        t++;
      } else if (star >= 0) {
        p = star + 1;
        t = ++resume;
      } else {
        return false;
      }
    }
    while (pattern[p] === '*') {
      p++;
    }
    return p === pattern.length;
  };
}
