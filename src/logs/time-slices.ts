/**
 * A time range of a log group as pieces that are read side by side, and the texts that name them.
 */
import { FlowError } from '../errors';

/** Events of `[fromMs, toMs)`, of which a filter pattern may leave out some. */
export interface LogSlice {
  readonly fromMs: number;
  readonly toMs: number;
  /** Of CloudWatch Logs. */
  readonly pattern?: string;
}

/** Slices begin at whole steps of time, so that ranges which move share most of theirs. */
const STEPS_SEC = [
  10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000,
  31_536_000,
];

/**
 * Cuts a range into slices of one step each (the first and last may be shorter): the shortest step with which there are at
 * most `maxSlices` whole ones.
 */
export function cutTimeSlices(
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  maxSlices: number,
): readonly LogSlice[] {
  if (toMs <= fromMs) {
    return [];
  }
  const stepSec = STEPS_SEC.find((step) => (toMs - fromMs) / (step * 1000) <= maxSlices) ?? STEPS_SEC.at(-1)!;
  const stepMs = stepSec * 1000;
  const slices: LogSlice[] = [];
  for (let startMs = fromMs; startMs < toMs;) {
    const endMs = Math.min(toMs, (Math.floor(startMs / stepMs) + 1) * stepMs);
    slices.push({ fromMs: startMs, toMs: endMs });
    startMs = endMs;
  }
  return slices;
}

/** The key of a slice: `/vpc/flow 2026-01-15T10:00:00.000Z/2026-01-15T10:05:00.000Z`, and the pattern behind it. */
export function keyOfSlice(group: string, { fromMs, toMs, pattern }: LogSlice): string {
  const span = `${new Date(fromMs).toISOString()}/${new Date(toMs).toISOString()}`;
  return pattern === undefined ? `${group} ${span}` : `${group} ${span} ${pattern}`;
}

/** The slice of a key; throws `not-found` for any other text. */
export function sliceOfKey(group: string, key: string): LogSlice {
  const match = /^([^ /]+Z)\/([^ ]+Z)(?: (.+))?$/s.exec(key.startsWith(`${group} `) ? key.slice(group.length + 1) : '');
  const [, from = '', to = '', pattern] = match ?? [];
  const slice = { fromMs: Date.parse(from), toMs: Date.parse(to), ...(pattern && { pattern }) };
  if (!match || !(slice.toMs > slice.fromMs)) {
    throw new FlowError('not-found', `cannot read ${key}: it is no time slice of the log group ${group}`, {
      fields: { key },
    });
  }
  return slice;
}
