/**
 * Runs a query over sources: selects objects, fetches them ahead within a budget of bytes and requests, has them digested
 * and merges the answers. What could not be read is in the answer's problems; a limit either fails the scan or ends it
 * early with an answer that says so.
 */
import { setMaxListeners } from 'node:events';
import { FlowError, abortError } from '../errors';
import { canFold, type Answer } from '../digest/digester';
import { compilePlan, type Plan } from '../digest/plan';
import { tooManyKeys } from '../digest/row-table';
import type { Digest } from '../digest/digest';
import type { Limits, ScanQuery } from '../query/model';
import { withLimits } from '../store/with-limits';
import { digestWithin, objectDigestKey, type DigestCache } from './digest-cache';
import { answerKey, countOn, partName, type CountedDigest } from './kept-answer';
import { createBudget, type ReadCost } from './read-budget';
import { MAX_WHOLE_BYTES, readObject, fileToRead } from './read-object';
import { createMergedWindows, type KeptDigest } from './merged-windows';
import { selectObjects } from './select-objects';
import type { SelectedObject, Source } from './select-objects';
import { createProblemList } from './selection';
import type { Problems, Selection } from './selection';
import { createSpill, foldOf, type DigestRows, type Spill, type SpillPlace, type SpilledAnswer } from './spill';
import { MAX_BATCH_BYTES, MAX_BATCH_OBJECTS, type FileToRead } from './small-objects';
import type { ScanSession, WorkerPool } from './worker-pool';
import { createWorthKeeping } from './worth-keeping';

/** How far a scan is. */
export interface ScanProgress {
  readonly selectedObjects: number;
  readonly selectedBytes: number;
  readonly doneObjects: number;
  readonly doneBytes: number;
}

/** What stored digests were good for. */
export interface StoredUse {
  readonly objects: number;
  /** Why some could not be used: their objects were read. */
  readonly problem?: string;
}

/** Why an answer covers less than was asked. */
export interface PartialReason {
  readonly limit: keyof Limits;
  readonly message: string;
}

export interface ScanResult {
  readonly answer: Answer;
  readonly selection: Selection;
  /** Objects and prefixes that could not be read. */
  readonly problems: Problems;
  /** Objects whose digests were kept from an earlier scan and that were not read. */
  readonly cachedObjects: number;
  /** Of those, the ones whose digests somebody else had made and stored. */
  readonly storedObjects: number;
  /** The same, set if there was such a place to look at. */
  readonly stored?: StoredUse;
  /** Set if a limit ended the scan early (only with `onLimit: 'partial'`). */
  readonly partial?: PartialReason;
  /** All rows of a digest that is too large for memory, where they are taken; to be closed. The answer has only their sums. */
  readonly rows?: DigestRows;
}

export interface ScanOptions {
  readonly pool: WorkerPool;
  readonly signal?: AbortSignal;
  /** Objects being read at a time; if not given, 64 small ones or 16 others. */
  readonly concurrency?: number;
  /** Stored bytes read ahead of digesting; one object may be larger. */
  readonly prefetchBytes?: number;
  readonly report?: (progress: ScanProgress) => void;
  /** Where the digests of single objects are kept; without it they are not made. */
  readonly digests?: DigestCache;
  /** Called at the end with what resolves when there is added up what later scans may start from; no answer waits for it. */
  readonly onSettling?: (settled: Promise<void>) => void;
  /** The answer's digest is to lie in shared memory, for another thread to go on with. */
  readonly shared?: boolean;
  /**
   * Nothing but the largest groups is shown, and the sums of all others: the answer need not have more. Heeded where digests are
   * not kept, there is a place for rows, and `canFold`.
   */
  readonly showsLargest?: boolean;
  /** Where rows are put aside that are more than `limits.maxKeys`; without it these are over the limit. */
  readonly spill?: SpillPlace;
}

/** Places for reads, unless the caller says how many. */
const READ_PLACES = 64;
/**
 * What an object takes of them if it is not small. S3 takes some tens of milliseconds for an object, however small, so that
 * a thread that digests thousands of small ones a second needs many on the way; of larger ones a few keep it busy.
 */
const LARGE_READ_PLACES = 4;
/** Jobs of a thread that reads files by itself: it should have the next ones already. */
const FILES_JOBS = 2;
const LEAST_FILES_JOBS = 8;
const SMALL_BYTES = 128 * 1024;
/** What a piece of a source without objects has in memory most of the time: a page. */
const PIECE_BYTES = 2 ** 20;

/**
 * The answer to a query. Throws what keeps the whole scan from being done: `aborted`, `over-limit` (with
 * `onLimit: 'fail'`), or the failure of all listings.
 */
export async function runScan(query: ScanQuery, sources: readonly Source[], options: ScanOptions): Promise<ScanResult> {
  const plan = compilePlan(query);
  const { maxKeys } = query.limits;
  // Ends listings and reads, for whatever reason.
  const stopping = new AbortController();
  const onFull = (error: FlowError): void => stopping.abort(error);
  const spill =
    options.spill && plan.kind === 'digest'
      ? createSpill(query, plan, { ...options.spill, pool: options.pool, maxKeys, onFull })
      : undefined;
  try {
    const own = spill && plan.kind === 'digest' ? { ...plan, maxKeys: Infinity } : plan;
    return await readAll(query, own, sources, options, stopping, spill);
  } finally {
    await spill?.close();
  }
}

async function readAll(
  query: ScanQuery,
  plan: Plan,
  sources: readonly Source[],
  {
    pool,
    signal,
    concurrency,
    prefetchBytes = 16 * 2 ** 20,
    report,
    digests,
    onSettling,
    shared,
    showsLargest,
  }: ScanOptions,
  stopping: AbortController,
  spill: Spill | undefined,
): Promise<ScanResult> {
  const { limits } = query;
  const { maxObjectTextBytes } = limits;
  const openSession = (): ScanSession =>
    pool.openScan(plan, { maxObjectTextBytes, spill: spill?.limits }, spill?.handOver);
  let session = openSession();
  const problems = createProblemList();
  // Every listing and read listens; Node takes more than ten for a leak.
  setMaxListeners(0, stopping.signal);
  const stop = (reason: FlowError): void => stopping.abort(reason);
  const onAbort = (): void => stop(abortError(signal!));
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) {
    onAbort();
  }
  const timer = setTimeout(
    () => stop(overLimit('maxSec', limits.maxSec, `cannot finish within ${limits.maxSec} s`)),
    Math.min(limits.maxSec * 1000, 2 ** 31 - 1),
  );

  // What a listing cannot tell (the size of standard input) is limited as it is read.
  const limited = sources.map((source) => ({
    ...source,
    store: { ...withLimits(source.store, { maxBytes: limits.maxBytes }), pathOf: source.store.pathOf },
  }));
  // Which records are copies is learned from those that do not pass, too.
  const tellsCopies = plan.kind === 'digest' && (plan.countsOnce || plan.copyDirection !== undefined);
  const asked = tellsCopies ? { ...query, filter: undefined } : query;
  const selecting = selectObjects(limited, asked, { signal: stopping.signal, problems });
  const budget = createBudget(concurrency ?? READ_PLACES, prefetchBytes);
  const costOf = (object: SelectedObject): ReadCost => {
    const bytes = bytesAhead(object);
    return { bytes, places: concurrency === undefined && bytes > SMALL_BYTES ? LARGE_READ_PLACES : 1 };
  };
  const filesJobs = Math.max(LEAST_FILES_JOBS, FILES_JOBS * pool.size);
  const filesPlaces = concurrency === undefined ? Math.max(1, Math.floor(READ_PLACES / filesJobs)) : 1;
  const reads = new Set<Promise<void>>();
  let doneObjects = 0;
  let doneBytes = 0;
  let failure: FlowError | undefined;

  /** Digests from the cache, which are counted at the end, and those of objects that were read. */
  const known: CountedDigest[] = [];
  const read: CountedDigest[] = [];
  let cachedObjects = 0;
  let storedObjects = 0;
  const noteDone = (object: SelectedObject): void => {
    doneObjects++;
    doneBytes += Math.max(0, object.sizeBytes);
  };
  const worth = digests && createWorthKeeping(digests, () => selecting.selected().selectedObjects);
  const windows =
    digests && plan.kind === 'digest'
      ? createMergedWindows({
          ...{ plan, digests, pool, signal: stopping.signal },
          maxObjectTextBytes: limits.maxObjectTextBytes,
        })
      : undefined;

  /** What keeps all others from being read ends the scan; everything else is a problem of this object. */
  const noteFailure = (object: SelectedObject, thrown: unknown): void => {
    const error = FlowError.from(thrown);
    const isWhole = error.code === 'over-limit' && error.fields.limit !== 'maxObjectTextBytes';
    if (isWhole || error.code === 'internal' || error.code === 'aborted') {
      failure ??= error;
      stop(error);
    } else if (!stopping.signal.aborted) {
      problems.add({ key: object.key, code: error.code, message: error.message });
    }
  };
  const readOne = async (object: SelectedObject, cost: ReadCost): Promise<void> => {
    let isKept = false;
    try {
      const digestKey = digests && objectDigestKey(plan, object);
      const found =
        digestKey === undefined
          ? undefined
          : ((await digests!.get(digestKey, object)) ?? (await digests!.load?.(digestKey)));
      // What is too large for this query is reported as if it had been read.
      const kept = found && found.digest.tallies.textBytes <= limits.maxObjectTextBytes ? found : undefined;
      const within = kept && digestWithin(kept, plan.range);
      if (kept) {
        worth?.note(kept.digest, 1);
      }
      if (within) {
        known.push({ digest: within, names: [partName(object, within === kept.digest)] });
        cachedObjects++;
        storedObjects += kept.isStored ? 1 : 0;
        isKept = true;
        return;
      }
      // A digest that is there but crosses an end of the range is no help: its records have to be told apart again.
      const alone = await readObject(object, session, {
        plan,
        signal: stopping.signal,
        maxTextBytes: limits.maxObjectTextBytes,
        isAlone: digestKey !== undefined && !kept && worth!.isWorth(),
      });
      if (alone) {
        digests!.set(digestKey!, alone, object);
        worth!.note(alone.digest, 1);
        const counted = digestWithin(alone, plan.range);
        if (counted) {
          read.push({ digest: counted, names: [partName(object, counted === alone.digest)] });
        }
      }
    } catch (thrown) {
      noteFailure(object, thrown);
    } finally {
      budget.release(cost);
      noteDone(object);
      windows?.done(object, isKept);
      report?.({ ...selecting.selected(), doneObjects, doneBytes });
    }
  };
  /** Files that a thread reads by itself. */
  const readFiles = async (files: readonly SelectedFile[], cost: ReadCost): Promise<void> => {
    try {
      const outcomes = await session.addFiles(
        files.map(({ file }) => file),
        stopping.signal,
      );
      outcomes.forEach(
        (outcome, i) => 'error' in outcome && noteFailure(files[i]!.of, FlowError.fromData(outcome.error)),
      );
    } catch (thrown) {
      noteFailure(files[0]!.of, thrown);
    } finally {
      budget.release(cost);
      files.forEach(({ of }) => noteDone(of));
      report?.({ ...selecting.selected(), doneObjects, doneBytes });
    }
  };
  /** Begins to read once there is room for it; false if the scan has been stopped. */
  const begin = async (cost: ReadCost, read: (cost: ReadCost) => Promise<void>): Promise<boolean> => {
    if (!budget.take(cost)) {
      await budget.acquire(cost, stopping.signal);
    }
    if (!stopping.signal.aborted) {
      const reading = read(cost).finally(() => reads.delete(reading));
      reads.add(reading);
    }
    return !stopping.signal.aborted;
  };
  const beginOne = (object: SelectedObject): Promise<boolean> => begin(costOf(object), (cost) => readOne(object, cost));
  const beginEach = async (objects: readonly SelectedObject[]): Promise<boolean> => {
    for (const object of objects) {
      if (!(await beginOne(object))) {
        return false;
      }
    }
    return true;
  };
  const beginAll = async (objects: readonly SelectedObject[]): Promise<boolean> => {
    const files: SelectedFile[] = [];
    for (const object of objects) {
      // Whether a digest is kept is found out object by object.
      const file = digests ? undefined : fileToRead(object, session.maxFileBytes);
      if (file) {
        files.push({ of: object, file });
      } else if (!(await beginOne(object))) {
        return false;
      }
    }
    for (const some of parted(files)) {
      // Meanwhile the disk may have shown to be slow.
      const isAhead = some.some(({ file }) => file.sizeBytes > session.maxFileBytes);
      // Of what threads read, nothing is read ahead.
      const isBegun = isAhead
        ? await beginEach(some.map(({ of }) => of))
        : await begin({ bytes: 0, places: filesPlaces }, (cost) => readFiles(some, cost));
      if (!isBegun) {
        return false;
      }
    }
    return true;
  };

  try {
    const isAfter = (thrown: unknown): boolean => partialReason(FlowError.from(thrown), limits) !== undefined;
    const onKept = ({ digest, isInside, isStored, objects }: KeptDigest): void => {
      worth?.note(digest, objects.length);
      known.push({ digest, names: objects.map((object) => partName(object, isInside)) });
      cachedObjects += objects.length;
      storedObjects += isStored ? objects.length : 0;
      objects.forEach(noteDone);
      report?.({ ...selecting.selected(), doneObjects, doneBytes });
    };
    const batches = windows ? oneByOne(windows.arrange(selecting.objects, onKept, isAfter)) : selecting.batches;
    for await (const batch of batches) {
      if (!(await beginAll(batch))) {
        break;
      }
    }
  } catch (thrown) {
    const error = FlowError.from(thrown);
    failure ??= error;
    // A partial answer covers all that was selected before the limit.
    if (!partialReason(error, limits)) {
      stop(error);
    }
  }
  await Promise.all(reads);
  const parts = new Set([...known, ...read].flatMap(({ names }) => names));
  // An answer that is kept must be of whole objects, each of them once.
  const keptKey =
    digests && plan.kind === 'digest' && parts.size > 0 && parts.size === doneObjects
      ? answerKey(query, plan, sources)
      : undefined;
  const kept = keptKey === undefined ? undefined : await digests!.get(keptKey);
  const stopped = stopping.signal.aborted ? FlowError.from(stopping.signal.reason) : undefined;
  let whole: Digest | undefined;
  if (!stopped || partialReason(stopped, limits)) {
    const isSpilled = (): boolean => spill?.isUsed() === true;
    try {
      ({ whole, session } = await countOn(stopped ? undefined : kept, {
        known,
        read,
        session,
        openSession,
        isSpilled,
      }));
    } catch (thrown) {
      failure ??= FlowError.from(thrown);
    }
  }
  clearTimeout(timer);
  signal?.removeEventListener('abort', onAbort);

  const ended = stopping.signal.aborted ? FlowError.from(stopping.signal.reason) : failure;
  let partial = ended && partialReason(ended, limits);
  if (ended && !partial) {
    session.drop();
    throw ended;
  }
  let answer: Answer;
  let rows: DigestRows | undefined;
  if (whole) {
    answer = { kind: 'digest', digest: whole };
  } else {
    const fold =
      showsLargest && !digests && spill && query.view === 'table' ? { ...foldOf(query)!, top: query.top } : undefined;
    const finishing = spill?.isUsed()
      ? spill.finish(session, { shared, signal })
      : fold && plan.kind === 'digest' && canFold(plan, fold)
        ? session.fold(fold).then((digest): SpilledAnswer => ({ answer: { kind: 'digest', digest } }))
        : session
            .finish({ shared, keepsEnds: keptKey !== undefined })
            .then((made): SpilledAnswer => ({ answer: made }));
    ({ answer, rows } = await finishing.catch((thrown: unknown) => {
      session.drop();
      throw thrown;
    }));
  }
  // Each thread keeps to the limit by itself; together they may have gone beyond it.
  if (!spill && !partial && answer.kind === 'digest' && answer.digest.rowCount > limits.maxKeys) {
    const error = tooManyKeys(limits.maxKeys);
    partial = partialReason(error, limits);
    if (!partial) {
      throw error;
    }
  }
  if (keptKey !== undefined && answer.kind === 'digest') {
    // Only what is whole may stand for the objects: the next query may have other limits.
    if (!partial && !spill?.isUsed() && answer.digest !== kept?.digest) {
      digests!.set(keptKey, { digest: answer.digest, span: NO_SPAN, parts });
    }
    answer = { kind: 'digest', digest: { ...answer.digest, ends: undefined } };
  }
  const selection = selecting.selection();
  const notes = [...selection.notes, ...((answer.kind === 'digest' && answer.digest.notes) || [])];
  const settling = windows?.settle() ?? Promise.resolve();
  onSettling?.(settling);
  return {
    answer,
    selection: { ...selection, notes },
    problems: problems.all(),
    cachedObjects,
    storedObjects,
    partial,
    rows,
  };
}

/** A file that a thread can read, and the object that it is. */
interface SelectedFile {
  readonly of: SelectedObject;
  readonly file: FileToRead;
}

/** As many at a time as a thread is given. */
function parted(files: readonly SelectedFile[]): readonly (readonly SelectedFile[])[] {
  const parts: SelectedFile[][] = [];
  let bytes = Infinity;
  for (const one of files) {
    bytes += one.file.sizeBytes;
    if (bytes > MAX_BATCH_BYTES || parts.at(-1)!.length === MAX_BATCH_OBJECTS) {
      parts.push([]);
      bytes = one.file.sizeBytes;
    }
    parts.at(-1)!.push(one);
  }
  return parts;
}

async function* oneByOne<T>(all: AsyncIterable<T>): AsyncGenerator<readonly T[], void, undefined> {
  for await (const one of all) {
    yield [one];
  }
}

/** Of what is never asked for its times. */
const NO_SPAN = { firstSec: Infinity, lastSec: -Infinity, hasUntimed: false };

/** What an object takes of the prefetch budget: its bytes, or a window of them if it flows through. */
function bytesAhead({ sizeBytes, source }: SelectedObject): number {
  if (source.pieces) {
    return PIECE_BYTES;
  }
  return sizeBytes < 0 ? MAX_WHOLE_BYTES : Math.min(sizeBytes, MAX_WHOLE_BYTES);
}

/** The reason of a partial answer, if the error is a limit that asks for one. */
export function partialReason(error: FlowError, { onLimit }: Limits): PartialReason | undefined {
  return error.code === 'over-limit' && onLimit === 'partial'
    ? { limit: error.fields.limit as keyof Limits, message: error.message }
    : undefined;
}

function overLimit(limit: keyof Limits, value: number, message: string): FlowError {
  return new FlowError('over-limit', message, { fields: { limit, value } });
}
