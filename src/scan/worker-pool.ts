/**
 * Threads that digest, shared by all scans of a process. A scan hands objects to whichever worker has least to do and is
 * held back while all are busy; with no worker at all it digests in its own thread. Aborting a scan drops its results;
 * the threads live on with their compiled code.
 */
import { addTallies, type Digest } from '../digest/digest';
import type { Answer, FinishOptions, Folded } from '../digest/digester';
import { joinFold, mergeFolds, type FoldedDigest, type GroupFold } from '../digest/fold-groups';
import type { DigestPlan, Plan } from '../digest/plan';
import { assertNotAborted } from '../errors';
import { createAdder, type AddUpTask, type AddedUp } from './add-up';
import { createDigestSession } from './digest-session';
import type { ObjectDigest } from './digest-cache';
import type { SessionLimits, SessionObject } from './digest-session';
import { freeBytes } from './inflate';
import { MAX_WHOLE_BYTES } from './read-object';
import { MAX_SMALL_BYTES, addFiles, createSmallObjects, type Outcome, type FileToRead } from './small-objects';
import type { HandOver, SegmentBytes, Spilled } from './spill-parts';
import { answerBuffers, ownBuffer, rowBuffers } from './worker-messages';
import type { WorkerRequest } from './worker-messages';
import { createSeat, type Done, type Seat, type WorkerPort } from './worker-seat';

/** How an answer is wanted. */
export type AnswerOptions = Pick<FinishOptions, 'shared' | 'keepsEnds'>;

/** One scan's use of the pool. */
export interface ScanSession {
  /** Counts an object whose bytes are all here and gives them away. Rejects with `corrupt-object` or `over-limit`. */
  addWhole(object: SessionObject, bytes: Uint8Array): Promise<void>;
  /** As `DigestSession.addAlone`; gives the bytes away. */
  addAlone(object: SessionObject, bytes: Uint8Array): Promise<ObjectDigest | undefined>;
  /**
   * As `addWhole` for files of up to `maxFileBytes`, which the thread that digests reads, once it has room and unless the signal
   * is aborted by then. Rejects only if none was tried.
   */
  addFiles(files: readonly FileToRead[], signal: AbortSignal): Promise<readonly Outcome[]>;
  /**
   * Larger files are better read ahead by others: small ones only, once reading has been seen to take long. A thread that is
   * alone has nobody else to read.
   */
  readonly maxFileBytes: number;
  /** As `DigestSession.addDigests`; those in shared memory are not copied. Rejects with `over-limit`. */
  addDigests(digests: readonly Digest[]): Promise<void>;
  /** Counts an object in chunks, which are given away; also rejects with what `chunks` throws. */
  addChunks(object: SessionObject, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /**
   * The answer over all objects that counted; a digest that is `shared` lies in memory that all threads see, and one that
   * `keepsEnds` can be extended.
   */
  finish(options?: AnswerOptions): Promise<Answer>;
  /** Instead of `finish`, where `canFold`: a digest of the largest groups and the sums of all others. */
  fold(fold: GroupFold): Promise<Digest>;
  /** As `DigestSession.finishOnto`. */
  finishOnto(kept: Digest): Promise<Digest | undefined>;
  /** Instead of `finish`, where rows are handed over: gives all of them away. */
  flush(): Promise<readonly Spilled[]>;
  /** Forgets the scan; what is under way is dropped. */
  drop(): void;
}

/** Adding up rows that were put aside, by all threads. */
export interface AddingSession {
  /** Adds up a partition. Rejects with `internal` if a segment is damaged. */
  add(segments: readonly SegmentBytes[]): Promise<void>;
  /** What came of it, in each thread; the first one has all that is folded. */
  finish(): Promise<readonly AddedUp[]>;
  drop(): void;
}

/** What a pool has to do: each job is an object, or some digests, of a scan. */
export interface PoolLoad {
  /** Jobs that threads have. */
  readonly running: number;
  /** Jobs that wait until a thread has room. */
  readonly waiting: number;
}

export interface WorkerPool {
  readonly size: number;
  /** At this moment; without threads there are no jobs. */
  load(): PoolLoad;
  /** Starts the threads before the first scan does. */
  start(): void;
  /** With `handOver` rows may be handed over, as the limits say. */
  openScan(plan: Plan, limits: SessionLimits, handOver?: HandOver): ScanSession;
  openAdding(plan: DigestPlan, task: AddUpTask, handOver: HandOver): AddingSession;
  close(): void;
}

export interface WorkerPoolOptions {
  /** Worker threads; 0 digests in the caller's thread. */
  readonly size: number;
  readonly createWorker: () => WorkerPort;
}

/** One object being digested and one waiting keep a worker busy. */
const MAX_JOBS = 2;

/** A file at hand is read in a tenth of the time that it takes to be digested; what takes longer is better read ahead. */
const MAX_READ_SHARE = 0.3;
/** The first reads tell little. */
const MIN_READ_MS = 20;

/** A pool; its threads start with the first scan, and one that has died is replaced with the next. */
export function createWorkerPool({ size, createWorker }: WorkerPoolOptions): WorkerPool {
  const seats: Seat[] = [];
  const load = { running: 0, waiting: 0 };
  let nextScan = 1;
  let isClosed = false;

  /** Scans under way keep the seats they have; only the next ones get a new worker for one that is gone. */
  const startWorkers = (): void => {
    for (let i = 0; i < size; i++) {
      if (seats[i]?.isUsable() !== true) {
        seats[i] = createSeat(createWorker());
      }
    }
  };
  return {
    size,
    load: () => ({ ...load }),
    start: startWorkers,
    openScan(plan, limits, handOver) {
      if (isClosed) {
        throw new Error('BUG: the pool is closed');
      }
      if (size === 0) {
        return openInline(plan, limits, handOver);
      }
      startWorkers();
      return openOnWorkers([...seats], load, nextScan++, { plan, limits, handOver });
    },
    openAdding(plan, task, handOver) {
      if (isClosed) {
        throw new Error('BUG: the pool is closed');
      }
      if (size === 0) {
        const adder = createAdder(plan, task, handOver);
        return { add: adder.add, finish: async () => [adder.finish([])], drop: () => undefined };
      }
      startWorkers();
      return openAddingOnWorkers([...seats], load, nextScan++, { plan, task, handOver });
    },
    close() {
      isClosed = true;
      seats.forEach((seat) => seat.terminate());
    },
  };
}

function openInline(plan: Plan, limits: SessionLimits, handOver: HandOver | undefined): ScanSession {
  const session = createDigestSession(plan, limits, handOver);
  // They were given away; left to the collector, the memory of many objects piles up.
  const freeOwn = (bytes: Uint8Array): void => {
    if (ownBuffer(bytes).length > 0) {
      freeBytes(bytes);
    }
  };
  return {
    addWhole: (object, bytes) => session.addWhole(object, bytes).finally(() => freeOwn(bytes)),
    addAlone: (object, bytes) => session.addAlone(object, bytes).finally(() => freeOwn(bytes)),
    maxFileBytes: MAX_WHOLE_BYTES,
    async addFiles(files) {
      const { outcomes } = await addFiles(session, files);
      // Signals and timers get their turn.
      await new Promise((resolve) => setImmediate(resolve));
      return outcomes;
    },
    addDigests: session.addDigests,
    addChunks: session.addChunks,
    finish: async ({ keepsEnds } = {}) => session.finish({ keepsEnds }),
    fold: async (fold) => joinFolds([session.fold(fold)], fold),
    finishOnto: async (kept) => session.finishOnto(kept),
    flush: async () => [await session.flush()],
    drop: () => undefined,
  };
}

type Load = { -readonly [count in keyof PoolLoad]: PoolLoad[count] };

/** The seats that a scan uses. */
interface UsedSeats {
  readonly opened: ReadonlySet<Seat>;
  /** Does a job with the worker that has least to do. */
  doJob<T>(job: (seat: Seat) => Promise<T>): Promise<T>;
  /** The seats used so far, at least one. */
  used(): Promise<readonly [Seat, ...Seat[]]>;
  /** Ends the scan there. */
  close(): void;
}

/** Opens the scan in each worker when its first job gets there. */
function useSeats(
  seats: readonly Seat[],
  load: Load,
  scan: number,
  open: WorkerRequest,
  handOver: HandOver | undefined,
): UsedSeats {
  const opened = new Set<Seat>();
  const openOn = (seat: Seat): Seat => {
    if (!opened.has(seat)) {
      opened.add(seat);
      if (handOver) {
        seat.takeParts(scan, handOver);
      }
      seat.send(open);
    }
    return seat;
  };
  return {
    opened,
    async doJob(job) {
      load.waiting++;
      const seat = openOn(await takeSeat(seats).finally(() => load.waiting--));
      load.running++;
      try {
        return await job(seat);
      } finally {
        load.running--;
        seat.release();
      }
    },
    async used() {
      if (opened.size === 0) {
        const seat = await takeSeat(seats);
        seat.release();
        openOn(seat);
      }
      return [...opened] as [Seat, ...Seat[]];
    },
    close: () => opened.forEach((seat) => seat.takeParts(scan, undefined)),
  };
}

function openOnWorkers(
  seats: readonly Seat[],
  load: Load,
  scan: number,
  { plan, limits, handOver }: { readonly plan: Plan; readonly limits: SessionLimits; readonly handOver?: HandOver },
): ScanSession {
  const { opened, doJob, used, close } = useSeats(seats, load, scan, { type: 'open', scan, plan, limits }, handOver);
  const small = createSmallObjects((take) =>
    doJob(async (seat) => {
      const batch = take();
      const { outcomes } = await seat.ask((id) => ({ type: 'batch', scan, id, batch }), ownBuffer(batch.bytes));
      return outcomes!;
    }),
  );
  /** Of threads that read files and digest them. */
  let readMs = 0;
  let tookMs = 0;
  const finishAll = async (options: AnswerOptions & { readonly onto?: Digest } = {}): Promise<Answer | undefined> => {
    // The first one adds the others' answers to its own: its code and its table are there already.
    const [first, ...others] = await used();
    const answers = await Promise.all(
      others.map((seat) => seat.ask((id) => ({ type: 'finish', scan, id, sorted: false, others: [] }))),
    );
    const all = answers.flatMap(({ answer }) => answer ?? []);
    const request = { ...options, type: 'finish', scan, sorted: true, others: all } as const;
    return (await first.ask((id) => ({ ...request, id }), all.flatMap(answerBuffers))).answer;
  };
  return {
    async addWhole(object, bytes) {
      await (bytes.length <= MAX_SMALL_BYTES
        ? small.add(object, bytes, false)
        : doJob((seat) => seat.ask((id) => ({ type: 'whole', scan, id, object, bytes }), ownBuffer(bytes))));
    },
    async addAlone(object, bytes) {
      if (bytes.length <= MAX_SMALL_BYTES) {
        return small.add(object, bytes, true);
      }
      const ask = (seat: Seat): Promise<Done> =>
        seat.ask((id) => ({ type: 'alone', scan, id, object, bytes }), ownBuffer(bytes));
      return (await doJob(ask)).alone;
    },
    get maxFileBytes() {
      return readMs > MIN_READ_MS && readMs > tookMs * MAX_READ_SHARE ? MAX_SMALL_BYTES : MAX_WHOLE_BYTES;
    },
    async addFiles(files, signal) {
      const reply = await doJob((seat) => {
        assertNotAborted(signal);
        return seat.ask((id) => ({ type: 'files', scan, id, files }));
      });
      const done = reply.files!;
      readMs += done.readMs;
      tookMs += done.tookMs;
      return done.outcomes;
    },
    async addDigests(digests) {
      await doJob((seat) => seat.ask((id) => ({ type: 'digests', scan, id, digests })));
    },
    addChunks: (object, chunks) => doJob((seat) => seat.stream(scan, object, chunks)),
    async finish(options) {
      return (await finishAll(options))!;
    },
    async fold(fold) {
      const all = await used();
      // Threads give each other the rows of their parts, so that all of them add up at the same time.
      const given =
        all.length === 1
          ? []
          : await Promise.all(
              all.map(async (seat, number) => {
                const own = { number, of: all.length };
                return (await seat.ask((id) => ({ type: 'give', scan, id, own }))).given!;
              }),
            );
      const folds = await Promise.all(
        all.map(async (seat, i) => {
          const request = { type: 'fold', scan, fold, given: given.flatMap((ofOne) => ofOne[i] ?? []) } as const;
          return (await seat.ask((id) => ({ ...request, id }), rowBuffers(request.given))).folded!;
        }),
      );
      return joinFolds(folds, fold);
    },
    async finishOnto(kept) {
      const answer = await finishAll({ onto: kept });
      return answer?.kind === 'digest' ? answer.digest : undefined;
    },
    async flush() {
      const all = await used();
      const replies = await Promise.all(all.map((seat) => seat.ask((id) => ({ type: 'flush', scan, id }))));
      close();
      return replies.flatMap(({ spilled }) => spilled ?? []);
    },
    drop() {
      close();
      opened.forEach((seat) => seat.send({ type: 'drop', scan }));
    },
  };
}

function openAddingOnWorkers(
  seats: readonly Seat[],
  load: Load,
  scan: number,
  { plan, task, handOver }: { readonly plan: DigestPlan; readonly task: AddUpTask; readonly handOver: HandOver },
): AddingSession {
  const { opened, doJob, used, close } = useSeats(seats, load, scan, { type: 'openAdder', scan, plan, task }, handOver);
  const finishOn = async (seat: Seat, others: readonly FoldedDigest[]): Promise<AddedUp> =>
    (await seat.ask((id) => ({ type: 'finishAdder', scan, id, others }))).addedUp!;
  return {
    async add(segments) {
      await doJob((seat) => seat.ask((id) => ({ type: 'addUp', scan, id, segments })));
    },
    async finish() {
      const [first, ...others] = await used();
      const theirs = await Promise.all(others.map((seat) => finishOn(seat, [])));
      const own = await finishOn(
        first,
        theirs.flatMap(({ folded }) => folded ?? []),
      );
      close();
      return [own, ...theirs];
    },
    drop() {
      close();
      opened.forEach((seat) => seat.send({ type: 'drop', scan }));
    },
  };
}

/** What threads have folded, as one digest. */
function joinFolds(folds: readonly Folded[], fold: GroupFold): Digest {
  const all = mergeFolds(
    folds.map(({ folded }) => folded),
    fold,
  );
  return { ...joinFold(all), tallies: folds.map(({ tallies }) => tallies).reduce(addTallies) };
}

/** The worker with least to do, once one has room. */
async function takeSeat(seats: readonly Seat[]): Promise<Seat> {
  for (;;) {
    const seat = seats.reduce((best, other) => (other.jobs < best.jobs ? other : best));
    if (seat.jobs < MAX_JOBS) {
      seat.take();
      return seat;
    }
    await Promise.race(seats.map((busy) => busy.freed()));
  }
}
