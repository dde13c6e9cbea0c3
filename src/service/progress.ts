/**
 * Who makes what at the moment. A marker says that a window waits, is being worked on, or has failed, and until when that
 * holds: the marker of a worker that died runs out, and another takes the job over. A worker that lives renews its claim.
 */
import { randomUUID } from 'node:crypto';
import type { Marked, MarkerStore } from './marker-store';

/** What a marker says. */
export interface Mark {
  readonly state: 'queued' | 'working' | 'failed';
  /** Unix milliseconds; a failure holds until somebody asks again. */
  readonly untilMs: number;
  /** Why it failed. */
  readonly reason?: string;
}

/** The right to queue a window: of several who ask at a time, one has it. */
export interface Reservation {
  /** The job is in the queue. */
  confirm(): Promise<void>;
  /** It is not, and somebody else may try. */
  cancel(): Promise<void>;
}

/** The right to work on a window. */
export interface Claim {
  /** Holds it for another timeout; `false` if somebody else has taken it over. */
  renew(): Promise<boolean>;
  /** The work is done. */
  release(): Promise<void>;
  /** The work waits for another worker. */
  handBack(): Promise<void>;
  /** The work cannot be done. */
  fail(reason: string): Promise<void>;
}

export interface Progress {
  /** What holds at the moment; `undefined` if nothing does. */
  read(id: string): Promise<Mark | undefined>;
  /** `undefined` if the window waits or is worked on. */
  reserve(id: string): Promise<Reservation | undefined>;
  /** `undefined` if another worker has it. */
  claim(id: string): Promise<Claim | undefined>;
  readonly timeoutMs: number;
  check(): Promise<void>;
}

/** Between reserving and queueing lies one request; a process that died there holds the window up for this long. */
const RESERVED_MS = 15_000;
/** How often a mark may change under a worker that wants it. */
const CLAIM_ATTEMPTS = 4;

/** Progress over markers, each valid for `timeoutMs` from when it was last written. */
export function createProgress({
  markers,
  timeoutMs,
  clock,
}: {
  readonly markers: MarkerStore;
  readonly timeoutMs: number;
  /** Unix milliseconds. */
  readonly clock: () => number;
}): Progress {
  const readMark = async (id: string): Promise<{ marked: Marked | undefined; mark: Mark | undefined }> => {
    const marked = await markers.read(id);
    const mark = marked && parseMark(marked.value, timeoutMs);
    return { marked, mark: mark && mark.untilMs > clock() ? mark : undefined };
  };
  /** Each write has a token, so that no two values (and so no two ETags) are equal. */
  const print = (mark: Omit<Mark, 'untilMs'>, forMs: number | undefined): string =>
    JSON.stringify({
      ...mark,
      until: forMs === undefined ? undefined : new Date(clock() + forMs).toISOString(),
      token: randomUUID(),
    });

  return {
    timeoutMs,
    async read(id) {
      return (await readMark(id)).mark;
    },
    async reserve(id) {
      const { marked, mark } = await readMark(id);
      if (mark && mark.state !== 'failed') {
        return undefined;
      }
      const reservedMs = Math.min(RESERVED_MS, timeoutMs);
      const version = await markers.write(id, print({ state: 'queued' }, reservedMs), marked?.version);
      if (version === undefined) {
        return undefined;
      }
      return {
        async confirm() {
          // If it fails, a worker has the job already.
          await markers.write(id, print({ state: 'queued' }, timeoutMs), version);
        },
        cancel: () => markers.remove(id, version),
      };
    },
    async claim(id) {
      let version: string | undefined;
      // Whoever queued it may confirm that at this moment, which is no reason to leave the job to another.
      for (let attempt = 0; attempt < CLAIM_ATTEMPTS && version === undefined; attempt++) {
        const { marked, mark } = await readMark(id);
        if (mark?.state === 'working') {
          return undefined;
        }
        version = await markers.write(id, print({ state: 'working' }, timeoutMs), marked?.version);
      }
      if (version === undefined) {
        return undefined;
      }
      /** Changes follow one another, as each needs the version before it. */
      let last: Promise<unknown> = Promise.resolve();
      const change = (text: () => string): Promise<boolean> => {
        const changed = last.then(async () => {
          version = version === undefined ? undefined : await markers.write(id, text(), version);
          return version !== undefined;
        });
        last = changed.catch(() => undefined);
        return changed;
      };
      return {
        renew: () => change(() => print({ state: 'working' }, timeoutMs)),
        async release() {
          await last;
          if (version !== undefined) {
            await markers.remove(id, version);
          }
        },
        async handBack() {
          await change(() => print({ state: 'queued' }, timeoutMs));
        },
        async fail(reason) {
          await change(() => print({ state: 'failed', reason: reason.slice(0, 2000) }, undefined));
        },
      };
    },
    check: () => markers.check(),
  };
}

function parseMark(text: string, timeoutMs: number): Mark | undefined {
  // The Go services write nothing but the time of marking.
  const markedMs = Date.parse(text.trim());
  if (Number.isFinite(markedMs)) {
    return { state: 'queued', untilMs: markedMs + timeoutMs };
  }
  try {
    const { state, until, reason } = JSON.parse(text) as Readonly<Record<string, string | undefined>>;
    if (state === 'failed') {
      return { state, untilMs: Infinity, reason };
    }
    const untilMs = Date.parse(until ?? '');
    return (state === 'queued' || state === 'working') && Number.isFinite(untilMs) ? { state, untilMs } : undefined;
  } catch {
    // Whatever it is, it holds nobody up.
    return undefined;
  }
}
