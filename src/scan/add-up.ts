/**
 * The second half of a scan with more groups than memory holds: rows that were put aside are added up, one partition after
 * the other, and become what the view needs of them. One adder serves one thread.
 */
import { countDistinct } from '../digest/count-distinct';
import { NO_TALLIES, addTallies, type Digest, type Tallies } from '../digest/digest';
import { createDigester } from '../digest/digester';
import { foldGroups, mergeFolds, type FoldedDigest, type GroupFold } from '../digest/fold-groups';
import { indexEnds } from '../digest/index-ends';
import type { LoggedEnds } from '../digest/logged-ends';
import type { EngineOptions } from '../digest/merge';
import { partitionRows } from '../digest/partition-rows';
import type { DigestPlan } from '../digest/plan';
import { settleDigest } from '../digest/settle-digest';
import { sliceRows } from '../digest/slice-rows';
import { decodeSegment, encodePart, type HandOver, type SegmentBytes } from './spill-parts';

/** What becomes of the rows. */
export interface AddUpTask {
  /** What all objects told, where the plan counts once. */
  readonly ends: LoggedEnds;
  /** All groups are folded; where the others are handed over as well, that is for their sums. */
  readonly fold: GroupFold;
  /** Every group is handed over with the number of its distinct values, partitioned by its keys, to be added up again. */
  readonly distinct?: {
    readonly keys: readonly string[];
    readonly distinct: readonly string[];
    readonly partitions: number;
  };
  /** Every row is handed over, sorted; partitions are ranges, of which each but the first begins with one of these rows. */
  readonly splitters?: Digest;
}

/** What came of it. */
export interface AddedUp {
  /** Undefined if no row was to be added up, or all were handed over to be counted. */
  readonly folded?: FoldedDigest;
  /** What was handed over. */
  readonly parts: readonly number[];
  readonly rowCount: number;
  /** What changes in the tallies of all rows: copies that were found. */
  readonly tallies: Tallies;
  readonly notes: readonly string[];
}

export interface Adder {
  /** Adds up a partition: all rows there are of its groups. Rejects with `internal` if a segment is damaged. */
  add(segments: readonly SegmentBytes[]): Promise<void>;
  /** All that was added, together with others' folds. */
  finish(others: readonly FoldedDigest[]): AddedUp;
}

/** Folds that wait until they become one. */
const MAX_FOLDS = 16;

/** An adder of rows of that plan. */
export function createAdder(plan: DigestPlan, task: AddUpTask, handOver: HandOver, options?: EngineOptions): Adder {
  const { fold, distinct, splitters } = task;
  const digester = createDigester(plan, options);
  const index = indexEnds(task.ends);
  const notes = new Set<string>();
  const parts: number[] = [];
  let folds: FoldedDigest[] = [];
  let tallies = NO_TALLIES;
  let rowCount = 0;

  return {
    async add(segments) {
      segments.forEach((segment) => digester.absorb({ kind: 'digest', digest: decodeSegment(segment) }));
      const answer = digester.take({ sorted: true, settled: false });
      if (answer.kind !== 'digest') {
        throw new Error('BUG: only digests are added up');
      }
      const digest = settleDigest(answer.digest, index);
      tallies = addTallies(tallies, digest.tallies);
      digest.notes?.forEach((note) => notes.add(note));
      rowCount += digest.rowCount;
      if (distinct) {
        const counted = countDistinct(digest, distinct.keys, distinct.distinct);
        parts.push(await handOver(encodePart(counted, partitionRows(counted, distinct.keys, distinct.partitions))));
        return;
      }
      folds.push(foldGroups(digest, fold));
      if (folds.length >= MAX_FOLDS) {
        folds = [mergeFolds(folds, fold)];
      }
      if (splitters) {
        parts.push(await handOver(encodePart(digest, sliceRows(digest, splitters))));
      }
    },
    finish(others) {
      const all = [...folds, ...others];
      return {
        ...(all.length > 0 ? { folded: mergeFolds(all, fold) } : {}),
        ...{ parts, rowCount, tallies, notes: [...notes] },
      };
    },
  };
}
