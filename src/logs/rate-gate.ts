/**
 * How fast CloudWatch Logs may be asked: a quota of requests per second that an account shares with everybody in it, so it
 * is found out as one goes. Refusals halve the rate, answers let it grow again.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { abortError, assertNotAborted } from '../errors';

export interface RateGate {
  /** Waits for a turn, in the order of asking. Throws the reason of the signal as soon as it aborts. */
  enter(signal?: AbortSignal): Promise<void>;
  /** A request that began at this time of the gate's clock was refused for its rate. */
  refused(startedMs: number): void;
  /** A request was answered. */
  answered(): void;
  /** The time of the gate's clock, in milliseconds. */
  now(): number;
  /** At this moment. */
  ratePerSec(): number;
}

export interface RateGateOptions {
  /** The most there is to be had: the quota. */
  readonly maxPerSec: number;
  readonly minPerSec?: number;
  /** Nothing is sent for so long after a refusal. */
  readonly pauseMs?: number;
  readonly clock?: () => number;
  readonly sleep?: (delayMs: number) => Promise<unknown>;
}

/** Turns are counted over a second, and a little: requests do not take equally long to arrive. */
const WINDOW_MS = 1050;
/** Answers that it takes to come back from half the rate to the whole: some seconds' worth. */
const STEPS_UP = 50;

/** A gate that nobody has passed. */
export function createRateGate({
  maxPerSec,
  minPerSec = 0.5,
  pauseMs = 1000,
  clock = () => performance.now(),
  sleep = wait,
}: RateGateOptions): RateGate {
  let rate = maxPerSec;
  /** When the last turns were taken, oldest first. */
  const turns: number[] = [];
  let pausedUntilMs = -Infinity;
  let slowedMs = -Infinity;
  const waiting = new Set<() => void>();
  let isPumping = false;

  /** How long the next one has to wait. */
  const delayMs = (): number => {
    const nowMs = clock();
    const places = Math.max(1, Math.floor(rate));
    const blocking = turns.at(-places);
    const windowMs = Math.max(WINDOW_MS, 1000 / rate);
    return Math.max(0, pausedUntilMs - nowMs, blocking === undefined ? 0 : blocking + windowMs - nowMs);
  };
  const pump = async (): Promise<void> => {
    if (isPumping) {
      return;
    }
    isPumping = true;
    while (waiting.size > 0) {
      const ms = delayMs();
      if (ms > 0) {
        await sleep(ms);
        continue;
      }
      const [next] = waiting;
      if (next) {
        waiting.delete(next);
        turns.push(clock());
        turns.splice(0, turns.length - Math.ceil(maxPerSec) - 1);
        next();
      }
    }
    isPumping = false;
  };

  return {
    async enter(signal) {
      assertNotAborted(signal);
      await new Promise<void>((resolve, reject) => {
        const onAbort = (): void => {
          waiting.delete(enter);
          reject(abortError(signal!));
        };
        const enter = (): void => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        };
        waiting.add(enter);
        signal?.addEventListener('abort', onAbort, { once: true });
        void pump();
      });
    },
    refused(startedMs) {
      const nowMs = clock();
      pausedUntilMs = nowMs + pauseMs;
      // Requests that were under way when the first one was refused say nothing of the new rate.
      if (startedMs > slowedMs) {
        slowedMs = nowMs;
        rate = Math.max(minPerSec, rate / 2);
      }
    },
    answered() {
      rate = Math.min(maxPerSec, rate + maxPerSec / 2 / STEPS_UP);
    },
    now: clock,
    ratePerSec: () => rate,
  };
}

/** Gates that all users of an account and region share. */
export interface RateGates {
  /** The gate of these words, for `FilterLogEvents` in a region. */
  gateFor(who: string, region: string): RateGate;
}

/**
 * Requests a second of `FilterLogEvents`, which no account can have raised
 * (docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html).
 */
const QUOTAS: Readonly<Record<string, number>> = {
  'us-east-1': 25,
  'ap-northeast-3': 5,
  'ap-southeast-3': 5,
  'ca-west-1': 5,
  'eu-central-1': 5,
  'il-central-1': 5,
};
const OTHER_QUOTA = 10;

/** No gate yet; `create` is for tests. */
export function createRateGates(
  create: (maxPerSec: number) => RateGate = (n) => createRateGate({ maxPerSec: n }),
): RateGates {
  const gates = new Map<string, RateGate>();
  return {
    gateFor(who, region) {
      const key = `${who} ${region}`;
      const gate = gates.get(key) ?? create(quotaOf(region));
      gates.set(key, gate);
      return gate;
    },
  };
}

/** Requests a second that a region allows. */
export function quotaOf(region: string): number {
  return Object.hasOwn(QUOTAS, region) ? QUOTAS[region]! : OTHER_QUOTA;
}
