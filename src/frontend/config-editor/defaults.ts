/** What the backend takes where nothing is set, and what it accepts: for placeholders and ranges. `plugin` has the say. */
import type { LimitsConfig } from '../settings';

export type LimitName = keyof Required<LimitsConfig>;
export type TimeoutName = 'connectMs' | 'answerMs' | 'listMs' | 'idleMs';

interface Range {
  readonly min: number;
  readonly max: number;
}

const GIB = 2 ** 30;

export const DEFAULTS: {
  readonly limits: Readonly<Record<LimitName, number>>;
  readonly maxima: Readonly<Record<LimitName, number>>;
  readonly digestCacheBytes: number;
  readonly settleDelaySec: number;
  readonly timeouts: Readonly<Record<TimeoutName, number>>;
} = {
  limits: { maxObjects: 50_000, maxBytes: 5 * GIB, maxKeys: 1_000_000, maxSec: 120, maxObjectTextBytes: 2 * GIB },
  maxima: { maxObjects: 200_000, maxBytes: 50 * GIB, maxKeys: 2_000_000, maxSec: 600, maxObjectTextBytes: 8 * GIB },
  digestCacheBytes: 256 * 2 ** 20,
  settleDelaySec: 900,
  timeouts: { connectMs: 3000, answerMs: 15_000, listMs: 60_000, idleMs: 15_000 },
};

export const LIMIT_RANGES: Readonly<Record<LimitName, Range>> = {
  maxObjects: { min: 1, max: 10_000_000 },
  maxBytes: { min: 1, max: 2 ** 50 },
  maxKeys: { min: 1, max: 100_000_000 },
  // The backend takes any positive number; less than a second is a slip.
  maxSec: { min: 1, max: 86_400 },
  maxObjectTextBytes: { min: 1, max: 2 ** 40 },
};

export const DIGEST_CACHE_RANGE: Range = { min: 0, max: 2 ** 40 };
export const SETTLE_DELAY_RANGE: Range = { min: 0, max: 86_400 };
export const TIMEOUT_RANGE: Range = { min: 100, max: 600_000 };
