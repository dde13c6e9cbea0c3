/**
 * Single records: the newest or oldest that pass, as their lines. Bounded: at no time are more than twice as many kept as
 * are asked for.
 */
import type { Tallies } from './digest';
import { addTallies } from './digest';
import type { RecordsPlan } from './plan';
import { compareTexts } from './text-table';

/** One record as it was logged. */
export interface FlowRecord {
  /** Its `start` (or the nearest there is) in Unix seconds; −1 without any. */
  readonly startSec: number;
  readonly line: string;
  /** The columns of the line, in order. */
  readonly columns: readonly string[];
}

/** Records in the asked order, and where all other lines went. */
export interface RecordSet {
  readonly records: readonly FlowRecord[];
  readonly tallies: Tallies;
}

export interface RecordCollector {
  add(startSec: number, block: Uint8Array, lineStart: number, lineEnd: number, columns: readonly string[]): void;
  /** The records kept, in the asked order. */
  finish(): readonly FlowRecord[];
}

const decoder = new TextDecoder();

/** An empty collector for `plan.top` records. */
export function createRecordCollector({ top, order }: Pick<RecordsPlan, 'top' | 'order'>): RecordCollector {
  let kept: FlowRecord[] = [];
  const direction = order === 'newest' ? -1 : 1;
  // Once full, only records at least as good as the worst kept one can matter.
  let bound: number | undefined;
  return {
    add(startSec, block, lineStart, lineEnd, columns) {
      if (bound !== undefined && (startSec - bound) * direction > 0) {
        return;
      }
      kept.push({ startSec, line: decoder.decode(block.subarray(lineStart, lineEnd)).trim(), columns });
      if (kept.length >= 2 * top) {
        kept = selectRecords(kept, { top, order });
        bound = kept.at(-1)!.startSec;
      }
    },
    finish: () => selectRecords(kept, { top, order }),
  };
}

/** Several sets of one plan as one. */
export function mergeRecordSets(sets: readonly RecordSet[], plan: Pick<RecordsPlan, 'top' | 'order'>): RecordSet {
  const [first, ...others] = sets;
  if (!first) {
    throw new Error('BUG: there is no set of records to merge');
  }
  return {
    records: selectRecords(
      sets.flatMap(({ records }) => records),
      plan,
    ),
    tallies: others.reduce((sum, { tallies }) => addTallies(sum, tallies), first.tallies),
  };
}

/** The first `top` records by time, then by text, so that equal input gives equal output. */
function selectRecords(
  records: readonly FlowRecord[],
  { top, order }: Pick<RecordsPlan, 'top' | 'order'>,
): FlowRecord[] {
  const direction = order === 'newest' ? -1 : 1;
  return [...records]
    .sort((a, b) => (a.startSec - b.startSec) * direction || compareTexts(a.line, b.line))
    .slice(0, top);
}
