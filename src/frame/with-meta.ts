/** How an answer came about, on its first frame: figures for the inspector, and what a reader must know of gaps. */
import type { Tallies } from '../digest/digest';
import { describeExactly } from '../view/describe-size';
import type { Frame, FrameMeta, Notice, Stat } from './frame';

/** What is said of an answer beside its frames. */
export interface AnswerFacts {
  readonly tallies: Tallies;
  /** What was asked for and is not in the answer: a limit that ended it, objects that could not be read. */
  readonly omissions?: readonly string[];
  /** What else a reader should know. */
  readonly remarks?: readonly string[];
  /** Wall time of the answer. */
  readonly elapsedMs?: number;
  /** Of the objects, those whose digests were kept from before. */
  readonly cachedObjects?: number;
  /** What was run, for Inspect → Query. */
  readonly executedQuery?: string;
  readonly custom?: FrameMeta['custom'];
}

/**
 * The frames with the facts in the first one's `meta`. Lost records (SKIPDATA) and malformed lines are warnings too. There
 * is one notice per severity, a line for each remark, since a panel shows only the last one of each.
 */
export function withMeta(frames: readonly Frame[], facts: AnswerFacts): readonly Frame[] {
  const [first, ...others] = frames;
  if (!first) {
    return [];
  }
  const notices = [
    ...notice('warning', [...(facts.omissions ?? []), ...describeGaps(facts.tallies)]),
    ...notice('info', facts.remarks ?? []),
  ];
  const meta: FrameMeta = {
    ...first.meta,
    stats: describeScan(facts),
    ...(notices.length > 0 ? { notices } : {}),
    ...(facts.executedQuery === undefined ? {} : { executedQueryString: facts.executedQuery }),
    ...(facts.custom === undefined ? {} : { custom: { ...first.meta?.custom, ...facts.custom } }),
  };
  return [{ ...first, meta }, ...others];
}

function notice(severity: Notice['severity'], lines: readonly string[]): readonly Notice[] {
  return lines.length === 0 ? [] : [{ severity, text: lines.join('\n') }];
}

function describeGaps(tallies: Tallies): string[] {
  const malformed = countMalformed(tallies);
  return [
    ...(tallies.skipData > 0
      ? [`SKIPDATA: AWS lost an unknown number of records, ${describeExactly(tallies.skipData)} times`]
      : []),
    ...(malformed > 0
      ? [`malformed and left out: ${describeExactly(malformed)} ${malformed === 1 ? 'line' : 'lines'}`]
      : []),
  ];
}

function countMalformed({ tooFewFields, tooManyFields, badValue, badStatus }: Tallies): number {
  return tooFewFields + tooManyFields + badValue + badStatus;
}

function describeScan({ tallies, elapsedMs, cachedObjects }: AnswerFacts): readonly Stat[] {
  const count = (displayName: string, value: number | undefined): readonly Stat[] =>
    value === undefined ? [] : [{ displayName, value, unit: 'none', decimals: 0 }];
  return [
    ...count('Objects', tallies.objects),
    ...count('Objects from the cache', cachedObjects),
    { displayName: 'Stored bytes', value: tallies.storedBytes, unit: 'decbytes' },
    { displayName: 'Bytes of text', value: tallies.textBytes, unit: 'decbytes' },
    ...count('Records counted', tallies.flows),
    ...count('Records filtered out', tallies.filtered),
    ...count('Records outside the time range', tallies.otherTime),
    ...count('NODATA', tallies.noData),
    ...count('SKIPDATA', tallies.skipData),
    ...count('Malformed lines', countMalformed(tallies)),
    ...(elapsedMs === undefined ? [] : [{ displayName: 'Time', value: elapsedMs, unit: 'ms' }]),
  ];
}
