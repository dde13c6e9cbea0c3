/** What people type into the editor's small inputs: numbers and durations; and what is wrong with it. */
import { parseDuration } from '../../query/time';
import { MAX_BUCKET_SEC } from '../../query/query-schema';
import { hasVariable } from '../../query/variables';

/** The bounds of a number. */
export interface NumberBounds {
  readonly min: number;
  readonly max: number;
  /** Whole numbers only. */
  readonly isWhole?: boolean;
}

/** What is wrong with a text that should be a number. */
export function findNumberProblem(text: string, { min, max, isWhole = true }: NumberBounds): string | undefined {
  const number = Number(text);
  const isRight = (isWhole ? /^\d{1,15}$/ : /^\d{1,15}(?:\.\d{1,9})?$/).test(text) && number >= min && number <= max;
  return isRight ? undefined : `${isWhole ? 'A whole number' : 'A number'} from ${min} to ${max}`;
}

/** As `findNumberProblem`; a dashboard variable is right too. */
export function findCountProblem(text: string, bounds: NumberBounds): string | undefined {
  return hasVariable(text) ? undefined : findNumberProblem(text, bounds);
}

/** What is wrong with a text that should be a duration such as `5m`, of at least one second or, with `min`, of that many. */
export function findDurationProblem(text: string, { min = 1, max = MAX_BUCKET_SEC } = {}): string | undefined {
  const seconds = readDuration(text);
  return seconds !== undefined && seconds >= min && seconds <= max ? undefined : 'A duration such as 90s, 5m or 1h30m';
}

/** Seconds of a duration. */
export function readDuration(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch {
    return undefined;
  }
}
