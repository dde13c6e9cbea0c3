/**
 * Mean and standard deviation of numbers that come in parts: parts are combined without the squares of sums, whose
 * differences would lose all digits beside one very large value.
 *
 * Source: Chan, Golub, LeVeque, Updating Formulae and a Pairwise Algorithm for Computing Sample Variances (1979)
 */

/** Of some numbers: how many, their mean, and the sum of the squared distances from it. */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly squares: number;
}

/** Of no numbers. */
export const NO_MOMENTS: Moments = { count: 0, mean: 0, squares: 0 };

/** Of the numbers of both. */
export function combineMoments(a: Moments, b: Moments): Moments {
  const count = a.count + b.count;
  if (count === 0) {
    return NO_MOMENTS;
  }
  const difference = b.mean - a.mean;
  return {
    count,
    mean: a.mean + (difference * b.count) / count,
    squares: a.squares + b.squares + difference * difference * ((a.count * b.count) / count),
  };
}

/** The standard deviation of all of them (not an estimate from a sample); 0 of none. */
export function standardDeviation({ count, squares }: Moments): number {
  return count === 0 ? 0 : Math.sqrt(squares / count);
}
