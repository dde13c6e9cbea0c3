/**
 * Records as objects, one after the other.
 */
import type { Tallies } from '../digest/digest';
import { readRecords as readBatches } from '../scan/read-records';
import type { PartialReason } from '../scan/partial-reason';
import type { Source } from '../scan/select-objects';
import type { Problems, Selection } from '../scan/selection';
import { toQuery } from './asked';
import type { Asked } from './asked';
import { assertWhole } from './assert-whole';
import { withWhere } from './list-objects';
import type { ObjectOptions } from './list-objects';
import { createRecordReader } from './record';
import type { FlowLogRecord, RecordReader } from './record';

/** How records are read. */
export interface RecordOptions extends ObjectOptions {
  /** Objects fetched at a time. */
  readonly concurrency?: number;
  /** Lines of the status NODATA and SKIPDATA too; by default they are only counted. */
  readonly everyStatus?: boolean;
}

/** Records, and what has come of the reading so far. May be iterated once; leaving early ends all reads. */
export interface RecordStream extends AsyncIterable<FlowLogRecord> {
  /** Where every line went. */
  tallies(): Tallies;
  selection(): Selection;
  problems(): Problems;
  partial(): PartialReason | undefined;
}

/**
 * All records that pass: source by source, objects by their keys, records as they stand in them. Memory does not grow with
 * their number. Limits of objects and bytes hold; there is none of time. Throws `bad-query`, `over-limit` and what sources throw.
 */
export function readRecords(
  { sources }: { readonly sources: readonly Source[] },
  asked: Asked = {},
  { where, onMissing, ...options }: RecordOptions = {},
): RecordStream {
  const reading = readBatches(toQuery('records', asked), withWhere(sources, where), options);
  let malformed = 0;
  async function* records(): AsyncGenerator<FlowLogRecord, void, undefined> {
    let columns: readonly string[] | undefined;
    let read: RecordReader = () => undefined;
    for await (const batch of reading.batches) {
      for (const record of batch) {
        if (record.columns !== columns) {
          columns = record.columns;
          read = createRecordReader(columns);
        }
        const values = read(record.line);
        if (values) {
          yield values;
        } else {
          malformed++;
        }
      }
    }
    assertWhole({ problems: reading.problems(), selection: reading.selection() }, { onMissing });
  }
  return {
    [Symbol.asyncIterator]: records,
    tallies() {
      const tallies = reading.tallies();
      return { ...tallies, flows: tallies.flows - malformed, badValue: tallies.badValue + malformed };
    },
    selection: reading.selection,
    problems: reading.problems,
    partial: reading.partial,
  };
}
