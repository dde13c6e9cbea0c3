/**
 * Scans with more groups than memory holds. Threads hand over the rows of full tables; they are put aside in a file, in
 * partitions by their keys, so that all rows of a group are in one partition. When all objects are read, one partition after
 * the other is added up: of what a view shows, the largest groups stay and the exact rest becomes *Other*; of a digest that
 * is printed, all rows go to the file again, in ranges, and come back in order.
 */
import { addTallies, type Digest, type Tallies } from '../digest/digest';
import { createDigester, type Answer } from '../digest/digester';
import { distinctName } from '../digest/count-distinct';
import { joinFold, type GroupFold } from '../digest/fold-groups';
import { addEnds } from '../digest/logged-ends';
import { mergeDigests } from '../digest/merge';
import { isCopyKey, type DigestPlan, type PlanKey } from '../digest/plan';
import { shareDigest } from '../digest/share-digest';
import { takeRows } from '../digest/take-rows';
import { assertNotAborted, type FlowError } from '../errors';
import type { ScanQuery } from '../query/model';
import type { AddUpTask, AddedUp } from './add-up';
import type { SpillLimits } from './give-away';
import { createPutAside, type PutAside } from './put-aside';
import { decodeSegment, type HandOver } from './spill-parts';
import type { ScanSession, WorkerPool } from './worker-pool';

/** Where rows may be put aside. */
export interface SpillPlace {
  /** For temporary files; it has to be there. */
  readonly folder: string;
  /** Of one scan; by default 32 GiB. */
  readonly maxBytes?: number;
  /** Whoever asks for a digest takes its rows as they come (`ScanResult.rows`). */
  readonly takesRows?: boolean;
}

/** All rows of a digest that is too large for memory. */
export interface DigestRows extends AsyncIterable<Digest> {
  readonly rowCount: number;
  /** Gives the room of the temporary file back; no rows can be had then. */
  close(): Promise<void>;
}

export interface Spill {
  readonly limits: SpillLimits;
  readonly handOver: HandOver;
  /** True as soon as anything has been put aside. */
  isUsed(): boolean;
  /** The answer over all that the session counted; instead of `session.finish`. */
  finish(
    session: ScanSession,
    options: { readonly shared?: boolean; readonly signal?: AbortSignal },
  ): Promise<SpilledAnswer>;
  /** Gives back what is not given away with the rows. */
  close(): Promise<void>;
}

export interface SpilledAnswer {
  /** A digest of the largest groups and the rest; only the rest if there are `rows`. */
  readonly answer: Answer;
  readonly rows?: DigestRows;
}

export interface SpillOptions extends SpillPlace {
  readonly pool: WorkerPool;
  /** Rows that may be in memory. */
  readonly maxKeys: number;
  /** Nothing more can be put aside: an `over-limit` of `maxKeys`. */
  readonly onFull: (error: FlowError) => void;
}

const PARTITIONS = 64;
const MAX_BYTES = 32 * 2 ** 30;
const MAX_RANGES = 1000;
/** Parts of what memory may hold: each thread has one. */
const MOST_SHARES = 4;
/** Groups that are kept at least, so that questions that differ in how many they show have one answer. */
const LEAST_GROUPS = 1000;
const LEAST_SERIES = 100;
/** What a panel may show of a digest. */
const MAX_GROUPS = 100_000;

/** Which groups a view needs; `undefined` for one that needs all rows at once. */
export function foldOf(query: ScanQuery): GroupFold | undefined {
  switch (query.view) {
    case 'table':
      return {
        keys: query.keys,
        rank: query.distinct.length > 0 ? distinctName(query.distinct) : query.measures[0],
        top: Math.max(LEAST_GROUPS, query.top),
      };
    case 'series':
      return { keys: query.keys, rank: query.measures[0], top: Math.max(LEAST_SERIES, query.top) };
    case 'digest':
      return { keys: query.keys, rank: query.measures[0], top: MAX_GROUPS };
    case 'stat':
      return { keys: query.keys, rank: query.measures[0], top: 0 };
    default:
      return undefined;
  }
}

/** A place for the rows of a query's scan; `undefined` if its view needs all of them at once. */
export function createSpill(
  query: ScanQuery,
  plan: DigestPlan,
  { pool, folder, maxBytes = MAX_BYTES, takesRows = false, maxKeys, onFull }: SpillOptions,
): Spill | undefined {
  const fold = foldOf(query);
  if (!fold) {
    return undefined;
  }
  const isPrinted = takesRows && query.view === 'digest';
  const keys = plan.keys.map(({ name }) => name).filter((name) => !isCopyKey(name));
  const distinct =
    query.view === 'table' && query.distinct.length > 0
      ? { keys: query.keys, distinct: query.distinct, partitions: PARTITIONS }
      : undefined;
  const allPlan = planOfRows(plan, plan.keys);
  const aside = createPutAside({ folder, maxBytes, maxKeys, onFull });
  // Threads mostly have the same groups: with many of them a fair share would be too little for a scan that fits.
  const maxRows = Math.max(1, Math.floor(maxKeys / Math.min(MOST_SHARES, Math.max(1, pool.size))));
  let isUsed = false;
  let isGivenAway = false;
  const handOver: HandOver = (part) => {
    isUsed = true;
    return aside.handOver(part);
  };

  /** Adds up all partitions of some parts. */
  async function addUp(
    from: readonly number[],
    plan: DigestPlan,
    task: AddUpTask,
    signal: AbortSignal | undefined,
  ): Promise<AddedUp> {
    const adding = pool.openAdding(plan, task, handOver);
    try {
      // Those that are added up at the same time are in memory with all their rows.
      const partitions = aside.countRows(from);
      const largest = Math.max(1, ...partitions.values());
      const atATime = Math.min(Math.max(1, Math.floor(maxKeys / largest)), Math.max(1, pool.size));
      const waiting = [...partitions.keys()];
      const addNext = async (): Promise<void> => {
        for (let partition = waiting.shift(); partition !== undefined; partition = waiting.shift()) {
          assertNotAborted(signal);
          if (task.distinct ?? task.splitters) {
            aside.assertRoom();
          }
          await adding.add(await aside.read(from, partition));
        }
      };
      await Promise.all(Array.from({ length: atATime }, addNext));
      const all = await adding.finish();
      return {
        folded: all[0]!.folded,
        parts: all.flatMap(({ parts }) => parts),
        rowCount: all.reduce((sum, { rowCount }) => sum + rowCount, 0),
        tallies: all.map(({ tallies }) => tallies).reduce(addTallies),
        notes: [...new Set(all.flatMap(({ notes }) => notes))],
      };
    } catch (thrown) {
      adding.drop();
      throw thrown;
    }
  }

  return {
    limits: { maxRows, keys: distinct ? keys : fold.keys, partitions: PARTITIONS },
    handOver,
    isUsed: () => isUsed,
    async finish(session, { shared = false, signal }) {
      const spilled = await session.flush();
      const parts = spilled.flatMap((one) => one.parts);
      const ends = addEnds(spilled.map((one) => one.ends));
      const read = spilled.map(({ tallies }) => tallies).reduce(addTallies);
      const describe = (digest: Digest, added: AddedUp, tallies: Tallies): Digest => ({
        ...digest,
        tallies: addTallies(read, tallies),
        notes: [...describeSpill({ fold, maxKeys, isPrinted }, digest, added), ...added.notes],
      });
      if (isPrinted) {
        const rowPlan = planOfRows(
          plan,
          plan.keys.filter(({ name }) => !isCopyKey(name)),
        );
        const splitters = chooseSplitters(aside, parts, keys, maxRows);
        const all = { ...fold, top: 0 };
        const added = await addUp(parts, allPlan, { ends, fold: all, splitters }, signal);
        const digest = describe(digestOf(added, plan), added, added.tallies);
        const rows = createRows(aside, added, rowPlan, splitters.rowCount + 1);
        isGivenAway = true;
        return { answer: { kind: 'digest', digest }, rows };
      }
      let added: AddedUp;
      let tallies: Tallies;
      if (distinct) {
        const counted = await addUp(parts, allPlan, { ends, fold, distinct }, signal);
        added = await addUp(counted.parts, planOfCounts(plan, distinct.keys, fold.rank), { ends: '', fold }, signal);
        added = { ...added, notes: counted.notes };
        tallies = counted.tallies;
      } else {
        added = await addUp(parts, allPlan, { ends, fold }, signal);
        tallies = added.tallies;
      }
      const digest = describe(digestOf(added, plan), added, tallies);
      return { answer: { kind: 'digest', digest: shared ? shareDigest(digest) : digest } };
    },
    close: async () => (isGivenAway ? undefined : aside.close()),
  };
}

/** What was added up; no rows at all if all that was put aside belongs to damaged objects, or is copies. */
function digestOf({ folded }: AddedUp, plan: DigestPlan): Digest {
  if (folded) {
    return joinFold(folded);
  }
  const empty = createDigester(plan).finish();
  if (empty.kind !== 'digest') {
    throw new Error('BUG: a plan of digests gives a digest');
  }
  return empty.digest;
}

/** Rows of a plan without anything that is only for reading. */
function planOfRows({ sums, bucketSec }: DigestPlan, keys: readonly PlanKey[]): DigestPlan {
  return { kind: 'digest', keys, sums, bucketSec, portRule: 'as-logged', maxKeys: Infinity };
}

/** What `countDistinct` makes of rows of a plan. */
function planOfCounts(plan: DigestPlan, names: readonly string[], rank: string): DigestPlan {
  const keys = [...new Set(names)].flatMap((name) => plan.keys.filter((key) => key.name === name));
  return { ...planOfRows(plan, keys), sums: [...plan.sums, rank] };
}

/** Rows that begin ranges, so that each range has about a quarter of `maxRows` of the rows that were put aside. */
function chooseSplitters(aside: PutAside, parts: readonly number[], keys: readonly string[], maxRows: number): Digest {
  const samples = aside.samples(parts).map((sample) => ({
    ...sample,
    keys: sample.keys.filter(({ name }) => keys.includes(name)),
    isUnsorted: true,
  }));
  const sample = mergeDigests(samples);
  const rowCount = [...aside.countRows(parts).values()].reduce((sum, rows) => sum + rows, 0);
  const rangeCount = Math.min(Math.ceil((4 * rowCount) / maxRows), MAX_RANGES, sample.rowCount);
  const rows = Uint32Array.from({ length: Math.max(0, rangeCount - 1) }, (_, i) =>
    Math.floor(((i + 1) * sample.rowCount) / rangeCount),
  );
  return takeRows(sample, rows);
}

/** The rows of one range after the other; no group is in two ranges. */
function createRows(aside: PutAside, { parts, rowCount }: AddedUp, plan: DigestPlan, rangeCount: number): DigestRows {
  return {
    rowCount,
    async *[Symbol.asyncIterator]() {
      const digester = createDigester(plan);
      for (let range = 0; range < rangeCount; range++) {
        const segments = await aside.read(parts, range);
        segments.forEach((segment) => digester.absorb({ kind: 'digest', digest: decodeSegment(segment) }));
        const answer = digester.take();
        if (answer.kind === 'digest' && answer.digest.rowCount > 0) {
          yield answer.digest;
        }
      }
    },
    close: () => aside.close(),
  };
}

/** What a reader has to know of an answer that does not have all groups. */
function describeSpill(
  { isPrinted, fold, maxKeys }: { readonly isPrinted: boolean; readonly fold: GroupFold; readonly maxKeys: number },
  { folded }: Digest,
  { rowCount }: AddedUp,
): string[] {
  const exactly = (count: number): string => count.toLocaleString('en-US');
  const why = `they do not fit into memory (limits.maxKeys: ${exactly(maxKeys)})`;
  if (isPrinted) {
    return rowCount === 0 ? [] : [`${exactly(rowCount)} groups by way of a temporary file: ${why}`];
  }
  return fold.top === 0 || !folded || folded.groupCount === 0
    ? []
    : [
        `${exactly(fold.top + folded.groupCount)} groups: the ${exactly(fold.top)} with most ${fold.rank} are kept, ` +
          `the others are added up as Other: ${why}`,
      ];
}
