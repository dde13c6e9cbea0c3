/** How an answer came about, on its first frame: figures for the inspector, and what a reader must know of gaps. */
import type { Tallies } from '../digest/digest';
import { describeExactly } from '../view/describe-size';
import type { Frame, FrameMeta, Notice, Stat } from './frame';

/** What is said of an answer beside its frames. */
export interface AnswerFacts {
  readonly tallies: Tallies;
  /** The query has a filter, before which lost records are counted. */
  readonly isFiltered?: boolean;
  /** What was asked for and is not in the answer: a limit that ended it, objects that could not be read. */
  readonly omissions?: readonly string[];
  /** What else a reader should know. */
  readonly remarks?: readonly string[];
  /** Wall time of the answer. */
  readonly elapsedMs?: number;
  /** Of the objects, those whose digests were kept from before. */
  readonly cachedObjects?: number;
  /** Objects of which the service's digests were used. */
  readonly storedObjects?: number;
  /** What was run, for Inspect → Query. */
  readonly executedQuery?: string;
  readonly custom?: FrameMeta['custom'];
}

/**
 * The frames with the facts in the first one's `meta`. Malformed lines are warnings too, and so are lost records (SKIPDATA)
 * where all records count: then some are missing for certain. With a filter nobody can know, and a warning on every panel
 * would be one that nobody looks at, so they are remarked on. There is one notice per severity, a line for each remark, since
 * a panel shows only the last one of each.
 */
export function withMeta(frames: readonly Frame[], facts: AnswerFacts): readonly Frame[] {
  const [first, ...others] = frames;
  if (!first) {
    return [];
  }
  const { tallies, isFiltered = false, omissions = [], remarks = [] } = facts;
  const lost = describeLost(tallies, isFiltered);
  const notices = [
    ...notice('warning', [...omissions, ...(isFiltered ? [] : lost), ...describeMalformed(tallies)]),
    ...notice('info', [...remarks, ...describeOtherType(tallies), ...(isFiltered ? lost : [])]),
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

function describeLost({ skipData }: Tallies, isFiltered: boolean): string[] {
  const times = `${describeExactly(skipData)} ${skipData === 1 ? 'time' : 'times'}`;
  const scope = isFiltered ? ' in all logs of the range, whatever the filter' : '';
  return skipData === 0 ? [] : [`SKIPDATA: AWS lost an unknown number of records, ${times}${scope}`];
}

/** Only where nothing else was there: beside others, flow logs of both kinds in one bucket are nothing to remark on. */
function describeOtherType({ otherType, copies, flows, filtered, noData }: Tallies): string[] {
  return otherType === 0 || copies + flows + filtered + noData > 0
    ? []
    : [
        `${describeExactly(otherType)} ${otherType === 1 ? 'record is' : 'records are'} of another kind of flow log: ` +
          'choose VPCs or transit gateways under Options, Flow logs',
      ];
}

function describeMalformed(tallies: Tallies): string[] {
  const malformed = countMalformed(tallies);
  return malformed === 0
    ? []
    : [`malformed and left out: ${describeExactly(malformed)} ${malformed === 1 ? 'line' : 'lines'}`];
}

function countMalformed({ tooFewFields, tooManyFields, badValue, badStatus }: Tallies): number {
  return tooFewFields + tooManyFields + badValue + badStatus;
}

function describeScan({ tallies, elapsedMs, cachedObjects, storedObjects }: AnswerFacts): readonly Stat[] {
  const count = (displayName: string, value: number | undefined): readonly Stat[] =>
    value === undefined ? [] : [{ displayName, value, unit: 'none', decimals: 0 }];
  return [
    ...count('Objects', tallies.objects),
    ...count('Objects from the cache', cachedObjects),
    ...count('Objects from stored digests', storedObjects),
    { displayName: 'Stored bytes', value: tallies.storedBytes, unit: 'decbytes' },
    { displayName: 'Bytes of text', value: tallies.textBytes, unit: 'decbytes' },
    ...count('Records counted', tallies.flows),
    ...count('Records filtered out', tallies.filtered),
    ...count('Records outside the time range', tallies.otherTime),
    ...count('Records of another kind of flow log', tallies.otherType),
    ...count('Copies left out', tallies.copies),
    ...count('NODATA', tallies.noData),
    ...count('SKIPDATA', tallies.skipData),
    ...count('Malformed lines', countMalformed(tallies)),
    ...(elapsedMs === undefined ? [] : [{ displayName: 'Time', value: elapsedMs, unit: 'ms' }]),
  ];
}
