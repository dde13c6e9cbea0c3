/**
 * Reads what a scan has selected: ahead of digesting, within a budget of bytes and requests, and nothing that a kept digest
 * stands for.
 */
import { FlowError } from '../errors';
import type { Plan } from '../digest/plan';
import type { Limits } from '../query/model';
import { digestWithin, objectDigestKey, type DigestCache } from './digest-cache';
import { partName, type CountedDigest } from './kept-answer';
import { createMergedWindows, type KeptDigest } from './merged-windows';
import { partialReason } from './partial-reason';
import { MAX_WHOLE_BYTES, fileToRead, readObject } from './read-object';
import { createReads, type ReadCost } from './reads';
import type { SelectedObject, Selecting } from './select-objects';
import type { ProblemList } from './selection';
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

export interface ReadSelectedOptions {
  readonly plan: Plan;
  readonly limits: Limits;
  readonly pool: WorkerPool;
  /** Gets what is read. */
  readonly session: ScanSession;
  /** Gets the failures of single objects. */
  readonly problems: ProblemList;
  /** Ends the reading; aborted with what ends the whole scan. */
  readonly stopping: AbortController;
  /** Objects being read at a time; if not given, 96 small ones or 16 others. */
  readonly concurrency?: number;
  /** Stored bytes read ahead of digesting; one object may be larger. */
  readonly prefetchBytes: number;
  /** Where the digests of single objects are kept; without it they are not made. */
  readonly digests?: DigestCache;
  readonly report?: (progress: ScanProgress) => void;
}

/** What became of what was selected. */
export interface SelectedRead {
  /** Digests that were kept, which are yet to be counted. */
  readonly known: readonly CountedDigest[];
  /** Those of objects that were read and digested alone, which the session has counted. */
  readonly read: readonly CountedDigest[];
  readonly doneObjects: number;
  /** Objects whose digests were kept. */
  readonly cachedObjects: number;
  /** Of those, the ones whose digests somebody else had made and stored. */
  readonly storedObjects: number;
  /** What ended the listing, or the reading of all others, unless that was `stopping`. */
  readonly failure?: FlowError;
  /** Adds up what later scans may start from; never rejects. */
  settle(): Promise<void>;
}

/**
 * Places for reads, unless the caller says how many. S3 takes some tens of milliseconds for an object, however small, so that
 * threads that digest thousands of small ones a second need many on the way. A connection sends 128 requests at once, and
 * listings and other scans want some of them.
 */
const READ_PLACES = 96;
/** What an object takes of them if it is not small: of larger ones a few keep threads busy. */
const LARGE_READ_PLACES = 6;
/** Jobs of a thread that reads files by itself: it should have the next ones already. */
const FILES_JOBS = 2;
const LEAST_FILES_JOBS = 8;
const SMALL_BYTES = 128 * 1024;
/** What a piece of a source without objects has in memory most of the time: a page. */
const PIECE_BYTES = 2 ** 20;

/** Reads all objects that are selected, unless it is stopped. Rejects with nothing but what `report` throws. */
export async function readSelected(selecting: Selecting, options: ReadSelectedOptions): Promise<SelectedRead> {
  const { plan, limits, pool, session, problems, stopping, concurrency, prefetchBytes, digests, report } = options;
  const { signal } = stopping;
  const reads = createReads(concurrency ?? READ_PLACES, prefetchBytes, signal);
  const costOf = (object: SelectedObject): ReadCost => {
    const bytes = bytesAhead(object);
    return { bytes, places: concurrency === undefined && bytes > SMALL_BYTES ? LARGE_READ_PLACES : 1 };
  };
  const filesJobs = Math.max(LEAST_FILES_JOBS, FILES_JOBS * pool.size);
  // Of what threads read, nothing is read ahead.
  const filesCost = {
    bytes: 0,
    places: concurrency === undefined ? Math.max(1, Math.floor(READ_PLACES / filesJobs)) : 1,
  };
  const worth = digests && createWorthKeeping(digests, () => selecting.selected().selectedObjects);
  const windows =
    digests && plan.kind === 'digest'
      ? createMergedWindows({ plan, digests, pool, signal, maxObjectTextBytes: limits.maxObjectTextBytes })
      : undefined;

  const known: CountedDigest[] = [];
  const read: CountedDigest[] = [];
  const done = { doneObjects: 0, doneBytes: 0 };
  let cachedObjects = 0;
  let storedObjects = 0;
  let failure: FlowError | undefined;

  function noteDone(objects: readonly SelectedObject[]): void {
    for (const { sizeBytes } of objects) {
      done.doneObjects++;
      done.doneBytes += Math.max(0, sizeBytes);
    }
  }

  const tell = (): void => report?.({ ...selecting.selected(), ...done });

  /** Counts digests that need not be made. */
  function noteKept(counted: CountedDigest, isStored: boolean): void {
    known.push(counted);
    cachedObjects += counted.names.length;
    storedObjects += isStored ? counted.names.length : 0;
  }

  /** What keeps all others from being read ends the scan; everything else is a problem of this object. */
  function noteFailure({ key }: SelectedObject, thrown: unknown): void {
    const error = FlowError.from(thrown);
    const isWhole = error.code === 'over-limit' && error.fields.limit !== 'maxObjectTextBytes';
    if (isWhole || error.code === 'internal' || error.code === 'aborted') {
      failure ??= error;
      stopping.abort(error);
    } else if (!signal.aborted) {
      problems.add({ key, code: error.code, message: error.message });
    }
  }

  /** Counts an object by its kept digest, if it is there and of use, or reads it; whether it was kept. */
  async function countOne(object: SelectedObject): Promise<boolean> {
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
      noteKept({ digest: within, names: [partName(object, within === kept.digest)] }, kept.isStored === true);
      return true;
    }
    // A digest that is there but crosses an end of the range is no help: its records have to be told apart again.
    const alone = await readObject(object, session, {
      plan,
      signal,
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
    return false;
  }

  async function readOne(object: SelectedObject): Promise<void> {
    let isKept = false;
    try {
      isKept = await countOne(object);
    } catch (thrown) {
      noteFailure(object, thrown);
    } finally {
      noteDone([object]);
      windows?.done(object, isKept);
      tell();
    }
  }

  /** Has a thread read files by itself. */
  async function readFiles(files: readonly SelectedFile[]): Promise<void> {
    try {
      const outcomes = await session.addFiles(
        files.map(({ file }) => file),
        signal,
      );
      outcomes.forEach(
        (outcome, i) => 'error' in outcome && noteFailure(files[i]!.of, FlowError.fromData(outcome.error)),
      );
    } catch (thrown) {
      noteFailure(files[0]!.of, thrown);
    } finally {
      noteDone(files.map(({ of }) => of));
      tell();
    }
  }

  // Each of these returns false once the scan has been stopped.
  const beginOne = (object: SelectedObject): Promise<boolean> => reads.begin(costOf(object), () => readOne(object));
  async function beginEach(objects: readonly SelectedObject[]): Promise<boolean> {
    for (const object of objects) {
      if (!(await beginOne(object))) {
        return false;
      }
    }
    return true;
  }
  async function beginAll(objects: readonly SelectedObject[]): Promise<boolean> {
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
      const isBegun = isAhead
        ? await beginEach(some.map(({ of }) => of))
        : await reads.begin(filesCost, () => readFiles(some));
      if (!isBegun) {
        return false;
      }
    }
    return true;
  }

  try {
    const isAfter = (thrown: unknown): boolean => partialReason(FlowError.from(thrown), limits) !== undefined;
    const onKept = ({ digest, isInside, isStored, objects }: KeptDigest): void => {
      worth?.note(digest, objects.length);
      noteKept({ digest, names: objects.map((object) => partName(object, isInside)) }, isStored);
      noteDone(objects);
      tell();
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
      stopping.abort(error);
    }
  }
  await reads.ended();
  return {
    ...{ known, read, cachedObjects, storedObjects, failure },
    doneObjects: done.doneObjects,
    settle: async () => windows?.settle(),
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

/** What an object takes of the prefetch budget: its bytes, or a window of them if it flows through. */
function bytesAhead({ sizeBytes, source }: SelectedObject): number {
  if (source.pieces) {
    return PIECE_BYTES;
  }
  return sizeBytes < 0 ? MAX_WHOLE_BYTES : Math.min(sizeBytes, MAX_WHOLE_BYTES);
}
