/**
 * The seam of the fast path: blocks of text go in, a digest (or a set of records) comes out. One digester serves one plan
 * in one thread; several answers of the same plan are merged. A later kernel replaces what is behind this interface.
 */
import { NO_TALLIES } from './digest';
import type { Digest, Tallies } from './digest';
import { createLineScanner } from './line-scanner';
import { mergeDigests } from './merge';
import type { Plan } from './plan';
import { createRecordCollector, mergeRecordSets } from './records';
import type { RecordSet } from './records';
import { createRegisters } from './registers';
import { createRowTable } from './row-table';

/** What a plan gives: a digest or records. */
export type Answer =
  { readonly kind: 'digest'; readonly digest: Digest } | { readonly kind: 'records'; readonly records: RecordSet };

/** An object as the digester needs to know it. */
export interface ObjectFacts {
  /** The time of records that have none of their own, in Unix seconds. */
  readonly stampSec?: number;
  /** The columns, if the object has no header line. */
  readonly columns?: readonly string[];
}

export interface Digester {
  /** Starts an object. */
  begin(object: ObjectFacts): void;
  /**
   * Reads whole lines of the object begun last. Throws `corrupt-object` if its first line shows that it is no flow log
   * (nothing has been counted then) and `over-limit` beyond the plan's keys.
   */
  addBlock(block: Uint8Array): void;
  /** Notes that the object begun last has been read to its end. */
  end(object: { storedBytes: number; textBytes: number }): void;
  /** All that was added. The digester must not be used afterwards. */
  finish(): Answer;
}

/** An empty digester. */
export function createDigester(plan: Plan): Digester {
  const registers = createRegisters(plan);
  const table = plan.kind === 'digest' ? createRowTable(plan, registers) : undefined;
  const collector = plan.kind === 'records' ? createRecordCollector(plan) : undefined;
  const scanner = createLineScanner(
    plan,
    registers,
    table
      ? table.add
      : (startSec, _endSec, block, lineStart, lineEnd, columns) =>
          collector!.add(startSec, block, lineStart, lineEnd, columns),
  );
  const read = { objects: 0, storedBytes: 0, textBytes: 0 };
  return {
    begin: scanner.begin,
    addBlock: scanner.scan,
    end({ storedBytes, textBytes }) {
      read.objects++;
      read.storedBytes += storedBytes;
      read.textBytes += textBytes;
    },
    finish() {
      const tallies: Tallies = { ...NO_TALLIES, ...scanner.tallies(), ...read, missingFields: scanner.missingFields() };
      return table
        ? { kind: 'digest', digest: { ...table.finish(), tallies } }
        : { kind: 'records', records: { records: collector!.finish(), tallies } };
    },
  };
}

/** Answers of one plan as one; the list must not be empty. */
export function mergeAnswers(answers: readonly Answer[], plan: Plan): Answer {
  if (plan.kind === 'records') {
    const sets = answers.flatMap((answer) => (answer.kind === 'records' ? [answer.records] : []));
    return { kind: 'records', records: mergeRecordSets(sets, plan) };
  }
  const digests = answers.flatMap((answer) => (answer.kind === 'digest' ? [answer.digest] : []));
  return { kind: 'digest', digest: mergeDigests(digests) };
}

/** The tallies of an answer. */
export function answerTallies(answer: Answer): Tallies {
  return answer.kind === 'digest' ? answer.digest.tallies : answer.records.tallies;
}
