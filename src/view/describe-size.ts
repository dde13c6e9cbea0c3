/**
 * Numbers for people, on labels where room is short. `Intl.NumberFormat` has byte units too, but writes 999 999 bytes as
 * `1,000 kB`, one byte as `1 byte`, and 1.5 · 10⁹ packets as `1.5B`; hence the few lines of our own.
 */

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P'];
/** Made when it is first used: that takes two milliseconds, which most commands can do without. */
let exactFormat: Intl.NumberFormat | undefined;

/** Bytes with three significant digits in SI units (1 kB = 1000 bytes): `0 B`, `1.23 kB`, `40 GB`. */
export function describeBytes(bytes: number): string {
  const { digits, prefix } = scale(bytes);
  return `${digits} ${prefix}B`;
}

/** A count with three significant digits: `0`, `999`, `1.23k`, `4M`. */
export function describeCount(count: number): string {
  const { digits, prefix } = scale(count);
  return `${digits}${prefix}`;
}

/** A count with every digit, in groups of three: `1,234,567`. */
export function describeExactly(count: number): string {
  exactFormat ??= new Intl.NumberFormat('en-US');
  return exactFormat.format(count);
}

/** Rounds first and then chooses the prefix, so that 999 999 is `1M` and not `1000k`. */
function scale(value: number): { digits: string; prefix: string } {
  const rounded = Number(value.toPrecision(3));
  let step = 0;
  while (step < PREFIXES.length - 1 && rounded >= 1000 ** (step + 1)) {
    step++;
  }
  return { digits: String(Number((rounded / 1000 ** step).toPrecision(3))), prefix: PREFIXES[step]! };
}
