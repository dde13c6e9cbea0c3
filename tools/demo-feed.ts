/**
 * The demo's estate as if it were running: which objects there are at any time, and when each of them is delivered. All of
 * it follows from the clock, so that a feed that starts again goes on with the same objects under the same keys.
 */
import { BIN_MINUTES, type StampedObject, playObjects } from './demo-corpus';
import { createEstate } from './estate';
import { createRandom, mixBits } from './random';
import type { TrafficEvents } from './traffic';

/** An object and the time from which on it is in the bucket, in Unix milliseconds. */
export interface DeliveredObject extends StampedObject {
  readonly dueMs: number;
}

/** What happens comes again after as many hours: a port scan in the middle, a storm of refused retries after it. */
export const CYCLE_HOURS = 3;

const CYCLE_MS = CYCLE_HOURS * 3_600_000;
const BIN_MS = BIN_MINUTES * 60_000;
const SEED = 1;
/** A tenth of the cycle at most, or it would not stand out from the app's usual tries. */
const EVENTS: TrafficEvents = { retryStorm: { first: 135, end: 145 } };

/** AWS delivers some minutes after the end of a bin; one object in `LATE_ONE_IN` comes much later. */
const USUAL_DELAY_MS = 60_000;
const LATE_DELAY_MS = 12 * 60_000;
const LATE_ONE_IN = 40;

/**
 * The objects of the bins from that on which holds `fromMs`, in the order of their stamps, without end. Each is made when it
 * is asked for; those before it in its cycle are played as well, which takes a few seconds.
 */
export function* feedObjects(fromMs: number): Generator<DeliveredObject> {
  const estate = createEstate(SEED);
  const firstStampSec = (Math.floor(fromMs / BIN_MS) * BIN_MS) / 1000;
  for (let cycle = Math.floor(fromMs / CYCLE_MS); ; cycle++) {
    const random = createRandom(mixBits(cycle));
    const play = { estate, fromMs: cycle * CYCLE_MS, minutes: CYCLE_HOURS * 60, random, events: EVENTS };
    for (const object of playObjects(play)) {
      if (object.stampSec >= firstStampSec) {
        yield { ...object, dueMs: dueMsOf(object) };
      }
    }
  }
}

/** From the end of its bin, by the hash in its key. */
function dueMsOf({ key, stampSec }: StampedObject): number {
  const hash = parseInt(/_([0-9a-f]{8})\.log\.gz$/.exec(key)![1]!, 16);
  const delayMs = hash % LATE_ONE_IN === 0 ? LATE_DELAY_MS : USUAL_DELAY_MS;
  return stampSec * 1000 + BIN_MS + delayMs;
}
