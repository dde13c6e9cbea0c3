/**
 * Runs a query over sources: selects objects, has them read and digested (`read-selected.ts`) and merges the answers. What
 * could not be read is in the answer's problems; a limit either fails the scan or ends it early with an answer that says so.
 */
import { setMaxListeners } from 'node:events';
import { FlowError, abortError } from '../errors';
import { canFold, type Answer } from '../digest/digester';
import { compilePlan, type Plan } from '../digest/plan';
import { tooManyKeys } from '../digest/row-table';
import type { Digest } from '../digest/digest';
import type { Limits, ScanQuery } from '../query/model';
import { withLimits } from '../store/with-limits';
import type { DigestCache } from './digest-cache';
import { answerKey, countOn } from './kept-answer';
import { partialReason, type PartialReason } from './partial-reason';
import { readSelected, type ScanProgress } from './read-selected';
import { selectObjects, type Source } from './select-objects';
import { createProblemList } from './selection';
import type { Problems, Selection } from './selection';
import { createSpill, foldOf, type DigestRows, type Spill, type SpillPlace, type SpilledAnswer } from './spill';
import type { ScanSession, WorkerPool } from './worker-pool';

/** What stored digests were good for. */
export interface StoredUse {
  readonly objects: number;
  /** Why some could not be used: their objects were read. */
  readonly problem?: string;
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
  /** Objects being read at a time; if not given, 96 small ones or 16 others. */
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

const PREFETCH_BYTES = 16 * 2 ** 20;

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
  options: ScanOptions,
  stopping: AbortController,
  spill: Spill | undefined,
): Promise<ScanResult> {
  const { limits } = query;
  const { pool, concurrency, prefetchBytes = PREFETCH_BYTES, digests, report, onSettling } = options;
  const openSession = (): ScanSession =>
    pool.openScan(plan, { maxObjectTextBytes: limits.maxObjectTextBytes, spill: spill?.limits }, spill?.handOver);
  let session = openSession();
  const problems = createProblemList();
  const unwatch = watch(stopping, limits, options.signal);
  // Which records are copies is learned from those that do not pass, too.
  const tellsCopies = plan.kind === 'digest' && (plan.countsOnce || plan.copyDirection !== undefined);
  const asked = tellsCopies ? { ...query, filter: undefined } : query;
  const selecting = selectObjects(limitBytes(sources, limits), asked, { signal: stopping.signal, problems });
  const reading = await readSelected(selecting, {
    ...{ plan, limits, pool, session, problems, stopping, concurrency, prefetchBytes, digests, report },
  });
  let { failure } = reading;

  const { known, read } = reading;
  const parts = new Set([...known, ...read].flatMap(({ names }) => names));
  // An answer that is kept must be of whole objects, each of them once.
  const keptKey =
    digests && plan.kind === 'digest' && parts.size > 0 && parts.size === reading.doneObjects
      ? answerKey(query, plan, sources)
      : undefined;
  const kept = keptKey === undefined ? undefined : await digests!.get(keptKey);
  const stopped = stopping.signal.aborted ? FlowError.from(stopping.signal.reason) : undefined;
  let whole: Digest | undefined;
  if (!stopped || partialReason(stopped, limits)) {
    const isSpilled = (): boolean => spill?.isUsed() === true;
    try {
      const toCount = { known, read, session, openSession, isSpilled };
      ({ whole, session } = await countOn(stopped ? undefined : kept, toCount));
    } catch (thrown) {
      failure ??= FlowError.from(thrown);
    }
  }
  unwatch();

  const ended = stopping.signal.aborted ? FlowError.from(stopping.signal.reason) : failure;
  let partial = ended && partialReason(ended, limits);
  if (ended && !partial) {
    session.drop();
    throw ended;
  }
  const made: SpilledAnswer = whole
    ? { answer: { kind: 'digest', digest: whole } }
    : await finish(session, query, plan, { ...options, spill, keepsEnds: keptKey !== undefined });
  let { answer } = made;
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
  const settling = reading.settle();
  onSettling?.(settling);
  return {
    answer,
    selection: { ...selection, notes },
    problems: problems.all(),
    cachedObjects: reading.cachedObjects,
    storedObjects: reading.storedObjects,
    partial,
    rows: made.rows,
  };
}

/** Stops when the caller does, or when it takes too long; the function that it gives ends that. */
function watch(stopping: AbortController, { maxSec }: Limits, signal: AbortSignal | undefined): () => void {
  // Every listing and read listens; Node takes more than ten for a leak.
  setMaxListeners(0, stopping.signal);
  const onAbort = (): void => stopping.abort(abortError(signal!));
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) {
    onAbort();
  }
  const onTime = (): void => stopping.abort(overLimit('maxSec', maxSec, `cannot finish within ${maxSec} s`));
  const timer = setTimeout(onTime, Math.min(maxSec * 1000, 2 ** 31 - 1));
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
}

/** What a listing cannot tell (the size of standard input) is limited as it is read. */
function limitBytes(sources: readonly Source[], { maxBytes }: Limits): readonly Source[] {
  return sources.map((source) => ({
    ...source,
    store: { ...withLimits(source.store, { maxBytes }), pathOf: source.store.pathOf },
  }));
}

/** The answer of a session that has counted everything. */
async function finish(
  session: ScanSession,
  query: ScanQuery,
  plan: Plan,
  {
    spill,
    shared,
    signal,
    digests,
    showsLargest,
    keepsEnds,
  }: Omit<ScanOptions, 'spill'> & { readonly spill: Spill | undefined; readonly keepsEnds: boolean },
): Promise<SpilledAnswer> {
  const fold =
    showsLargest && !digests && spill && query.view === 'table' ? { ...foldOf(query)!, top: query.top } : undefined;
  try {
    if (spill?.isUsed()) {
      return await spill.finish(session, { shared, signal });
    }
    if (fold && plan.kind === 'digest' && canFold(plan, fold)) {
      return { answer: { kind: 'digest', digest: await session.fold(fold) } };
    }
    return { answer: await session.finish({ shared, keepsEnds }) };
  } catch (thrown) {
    session.drop();
    throw thrown;
  }
}

/** Of what is never asked for its times. */
const NO_SPAN = { firstSec: Infinity, lastSec: -Infinity, hasUntimed: false };

function overLimit(limit: keyof Limits, value: number, message: string): FlowError {
  return new FlowError('over-limit', message, { fields: { limit, value } });
}
