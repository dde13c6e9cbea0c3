/**
 * Which objects a query has to read: of those that the walk through AWS's layout comes upon (`walk-layout`), or that lie
 * anywhere, the ones whose stamp can matter. Which records count is decided later by their own time.
 *
 * An object's stamp names a bin of five minutes; documents and samples disagree on which end of a record falls into it,
 * so stamps from 10 minutes before the range to 15 minutes after it are read.
 */
import { FlowError, assertNotAborted } from '../errors';
import { createKeyParser } from '../flow/object-key';
import type { FlowLogKey } from '../flow/object-key';
import type { FilterNode } from '../query/filter';
import type { FlowQuery, Limits } from '../query/model';
import type { ListOptions, ListPage, ObjectStore, StoredObject } from '../store/store';
import { createBoundedQueue, createTaskQueue } from './bounded-queue';
import type { ProblemList, Selection } from './selection';
import { createLayoutWalk, isAsked } from './walk-layout';

/** A place with flow logs. */
export interface Source {
  readonly store: ObjectStore;
  /** As whom it is read, and where, as far as the store's name does not say it: who differs in that shares no digests. */
  readonly reader?: string;
  /** What all keys begin with; with or without a final slash, since AWS glues a prefix without one to `AWSLogs/`. */
  readonly prefix: string;
  /**
   * `aws`: only keys of AWS's layout are flow logs. `any`: every object may be one, its content decides. `auto`: as
   * `aws`, unless nothing of that layout is found.
   */
  readonly keys: 'aws' | 'any' | 'auto';
  /** The columns of objects without a header line. */
  readonly columns?: readonly string[];
  /** Set where there is nothing to list, as in a log group: what stands for objects. */
  readonly pieces?: Pieces;
}

/** What is read of a source that has no objects: pieces of it, which its store reads by their keys. */
export interface Pieces {
  /** All that can hold records of the range. Throws `FlowError`s. */
  select(asked: PiecesAsked): Promise<readonly Piece[]>;
  /** One that holds a record of the last days, as new as can be found quickly; `undefined` if there is none. */
  findNewest(signal?: AbortSignal): Promise<Piece | undefined>;
}

export interface PiecesAsked extends Pick<FlowQuery, 'accounts' | 'regions' | 'range'> {
  /** Records that do not pass may be left out, if that can be known of them. */
  readonly filter?: FilterNode;
  readonly signal?: AbortSignal;
  /** Takes what a person should know of the answer. */
  readonly note: (text: string) => void;
}

/** A piece: its ETag is empty, since it may hold more the next time. */
export interface Piece extends StoredObject {
  /** Of its records, where that is known. */
  readonly accountId?: string;
  readonly region?: string;
  /** How the columns of its records are known, if it was found by `findNewest`. */
  readonly columnsFrom?: 'settings' | 'flow logs' | 'messages';
  /** With `messages`: of how many, such as `493 of 500`. */
  readonly recognised?: string;
}

/** An object to read. */
export interface SelectedObject extends Piece {
  readonly source: Source;
  /** What its key says, if it is of AWS's layout. */
  readonly parsed?: FlowLogKey;
}

export interface SelectOptions {
  readonly signal?: AbortSignal;
  readonly problems: ProblemList;
  /** Listings at a time. */
  readonly concurrency?: number;
  /** Select archived objects too: for whoever looks at keys only. */
  readonly unreadable?: boolean;
}

/** Objects as they are found, and the counts so far. */
export interface Selecting {
  /** To be read once, in one of the two ways. */
  readonly objects: AsyncIterable<SelectedObject>;
  /** The same, dozens at a time where there are so many. */
  readonly batches: AsyncIterable<readonly SelectedObject[]>;
  selection(): Selection;
  /** Objects and bytes selected so far. */
  selected(): Pick<Selection, 'selectedObjects' | 'selectedBytes'>;
}

export const STAMP_PAD_BEFORE_SEC = 10 * 60;
export const STAMP_PAD_AFTER_SEC = 15 * 60;

/** Objects found ahead of reading. */
const MAX_AHEAD = 10_000;
type Asked = Pick<FlowQuery, 'accounts' | 'regions' | 'flowLogs' | 'range' | 'filter'> & {
  readonly limits: Pick<Limits, 'maxObjects' | 'maxBytes' | 'onLimit'>;
};

/**
 * Starts selecting. A listing that fails is a problem and the others go on; but if nothing at all could be listed, the
 * first failure is thrown. Throws `over-limit` when more objects or bytes are selected than the query allows: at once, or
 * for a partial answer after those that it does allow.
 */
export function selectObjects(sources: readonly Source[], asked: Asked, options: SelectOptions): Selecting {
  const { signal, problems, concurrency = 16, unreadable = false } = options;
  const { accounts, regions, flowLogs = [], range, filter, limits } = asked;
  const stamps = range && {
    fromSec: Math.floor(range.fromMs / 1000) - STAMP_PAD_BEFORE_SEC,
    toSec: Math.ceil(range.toMs / 1000) + STAMP_PAD_AFTER_SEC,
  };
  const queue = createBoundedQueue<SelectedObject>(MAX_AHEAD);
  const tasks = createTaskQueue(concurrency);
  const counts = {
    listedObjects: 0,
    selectedObjects: 0,
    selectedBytes: 0,
    unsizedObjects: 0,
    emptyObjects: 0,
    foreignObjects: 0,
    otherAccountObjects: 0,
    outsideTimeObjects: 0,
    archivedObjects: 0,
    listPages: 0,
  };
  const foundAccounts = new Set<string>();
  const foundRegions = new Set<string>();
  const notes = new Set<string>();
  const prefixes = new Map<string, { source: string; prefix: string; objects: number; bytes: number }>();
  let oldestStampSec: number | undefined;
  let newestStampSec: number | undefined;
  let firstFailure: FlowError | undefined;

  function noteFailure(key: string, error: FlowError): void {
    firstFailure ??= error;
    problems.add({ key, code: error.code, message: error.message });
  }

  /** The pages of one listing; a failure ends this listing only and is noted, a refusal perhaps later by `onDenied`. */
  async function* pages(
    source: Source,
    prefix: string,
    listOptions: Omit<ListOptions, 'signal'> = {},
    onDenied?: (note: () => void) => void,
  ): AsyncGenerator<ListPage, void, undefined> {
    try {
      for await (const page of source.store.list(prefix, { signal, ...listOptions })) {
        counts.listPages++;
        yield page;
      }
    } catch (thrown) {
      handleFailure(prefix === '' ? source.store.name : prefix, thrown, onDenied);
    }
  }

  /** Notes a failure that ends one listing only; throws those that end all. */
  function handleFailure(key: string, thrown: unknown, onDenied?: (note: () => void) => void): void {
    assertNotAborted(signal);
    const error = FlowError.from(thrown, 'unavailable');
    if (error.code === 'aborted' || error.code === 'over-limit' || error.code === 'internal') {
      throw error;
    }
    if (onDenied && error.code === 'access-denied') {
      onDenied(() => noteFailure(key, error));
    } else {
      noteFailure(key, error);
    }
  }

  /** Counts objects; sends on those that have to be read, also those before one that is over a limit. */
  async function offer(source: Source, listed: string, objects: readonly Piece[], anyKey: boolean): Promise<void> {
    const entry = prefixes.get(source.store.name + '\n' + listed);
    const parse = createKeyParser();
    const chosen: SelectedObject[] = [];
    try {
      for (const object of objects) {
        const parsed = parse(object.key);
        if (choose(object, parsed, anyKey)) {
          chosen.push({ ...object, source, parsed });
          if (entry) {
            entry.objects++;
            entry.bytes += Math.max(0, object.sizeBytes);
          }
        }
      }
    } catch (thrown) {
      if (limits.onLimit === 'partial') {
        await queue.push(chosen);
      }
      throw thrown;
    }
    await queue.push(chosen);
  }

  /** Counts an object; true if it has to be read. */
  function choose(object: Piece, parsed: FlowLogKey | undefined, anyKey: boolean): boolean {
    counts.listedObjects++;
    if (object.sizeBytes === 0) {
      counts.emptyObjects++;
      return false;
    }
    if (!parsed && !anyKey) {
      counts.foreignObjects++;
      return false;
    }
    const { accountId, region } = parsed ?? object;
    // An object whose key tells no account, region or flow log may be anybody's.
    const isOfFlowLog = isAsked(flowLogs, parsed?.flowLogId);
    if (!isAsked(accounts, accountId) || !isAsked(regions, region) || !isOfFlowLog) {
      counts.otherAccountObjects++;
      return false;
    }
    if (parsed && stamps && (parsed.stampSec < stamps.fromSec || parsed.stampSec > stamps.toSec)) {
      counts.outsideTimeObjects++;
      return false;
    }
    if (accountId !== undefined) {
      foundAccounts.add(accountId);
    }
    if (region !== undefined) {
      foundRegions.add(region);
    }
    if (object.isArchived && !unreadable) {
      counts.archivedObjects++;
      return false;
    }
    counts.selectedObjects++;
    counts.selectedBytes += Math.max(0, object.sizeBytes);
    counts.unsizedObjects += object.sizeBytes < 0 ? 1 : 0;
    assertWithin('maxObjects', counts.selectedObjects, limits.maxObjects, 'objects');
    assertWithin('maxBytes', counts.selectedBytes, limits.maxBytes, 'bytes');
    if (parsed) {
      oldestStampSec = Math.min(oldestStampSec ?? Infinity, parsed.stampSec);
      newestStampSec = Math.max(newestStampSec ?? -Infinity, parsed.stampSec);
    }
    return true;
  }

  function enterPrefix({ store: { name } }: Source, prefix: string): void {
    prefixes.set(name + '\n' + prefix, { source: name, prefix, objects: 0, bytes: 0 });
  }

  function countBeside(objects: number): void {
    counts.listedObjects += objects;
    counts.foreignObjects += objects;
  }

  /** Offers the pieces of a source without objects. */
  async function offerPieces(source: Source, pieces: Pieces): Promise<void> {
    const { name } = source.store;
    enterPrefix(source, '');
    let selected: readonly Piece[];
    try {
      selected = await pieces.select({ accounts, regions, range, filter, signal, note: (text) => notes.add(text) });
    } catch (thrown) {
      handleFailure(name, thrown);
      return;
    }
    await offer(source, '', selected, true);
  }

  async function run(): Promise<void> {
    const walk = createLayoutWalk({
      asked,
      stamps,
      tasks,
      problems,
      visitor: { pages, enterPrefix, offer, countBeside },
    });
    for (const source of sources) {
      const { pieces } = source;
      tasks.add(() => (pieces ? offerPieces(source, pieces) : walk(source)));
    }
    await tasks.drained();
    if (counts.listedObjects === 0 && firstFailure) {
      throw firstFailure;
    }
  }

  async function* select(): AsyncGenerator<readonly SelectedObject[], void, undefined> {
    run().then(
      () => queue.end(),
      (thrown: unknown) => (limits.onLimit === 'partial' ? queue.end(thrown) : queue.fail(thrown)),
    );
    yield* queue.batches;
  }
  async function* objects(): AsyncGenerator<SelectedObject, void, undefined> {
    for await (const batch of batches) {
      yield* batch;
    }
  }

  const batches = select();
  return {
    batches,
    objects: objects(),
    selected: () => ({ selectedObjects: counts.selectedObjects, selectedBytes: counts.selectedBytes }),
    selection: () => ({
      ...counts,
      notes: [...notes],
      accounts: [...foundAccounts].sort(),
      regions: [...foundRegions].sort(),
      oldestStampSec,
      newestStampSec,
      prefixes: [...prefixes.values()].sort((a, b) => (a.source + a.prefix < b.source + b.prefix ? -1 : 1)),
    }),
  };
}

function assertWithin(limit: keyof Limits, value: number, max: number, what: string): void {
  if (value > max) {
    throw new FlowError(
      'over-limit',
      `cannot read more than ${max} ${what}: narrow the time range, accounts or regions, or raise the limit`,
      { fields: { limit, value: max } },
    );
  }
}
