/** An estimate in words: a line for what would be read, and what to do where that is too much or nothing at all. */
import { formattedValueToString, getValueFormat } from '@grafana/data';
import type { EstimateAnswer } from '../../query/resource-answers';

/** What is said of an estimate. */
export interface EstimateText {
  /** `312 objects · 84 MB · 2 accounts · about 0.6 s · 3 cached · 300 from stored digests` */
  readonly summary: string;
  /** More about it, for those who ask. */
  readonly details: readonly string[];
  readonly problems: readonly EstimateProblem[];
}

/** Something to act on. */
export interface EstimateProblem {
  /** `error`: the query would be refused. */
  readonly severity: 'error' | 'warning' | 'info';
  readonly text: string;
}

const COUNT = new Intl.NumberFormat('en-US');

/** Bytes for people, in SI units as the backend writes them. */
export function describeBytes(bytes: number): string {
  return formattedValueToString(getValueFormat('decbytes')(bytes));
}

/** Puts an estimate into words. `newestDay` is the newest day that has logs at all. */
export function describeEstimate(estimate: EstimateAnswer, newestDay?: string): EstimateText {
  const { objects, bytes, accountCount, regionCount, seconds, cachedObjects, storedObjects } = estimate;
  const summary = [
    describeCount(objects, 'object'),
    ...(objects === 0 ? [] : [describeBytes(bytes), describeCount(accountCount, 'account')]),
    ...(objects === 0 ? [] : [`about ${describeSeconds(seconds)}`]),
    ...(cachedObjects > 0 ? [`${COUNT.format(cachedObjects)} cached`] : []),
    ...(storedObjects > 0 ? [`${COUNT.format(storedObjects)} from stored digests`] : []),
  ].join(' · ');
  const details = objects === 0 ? [] : [describeCount(regionCount, 'region'), estimate.cost.text];
  return { summary, details, problems: [...refusals(estimate), ...omissions(estimate, newestDay)] };
}

function refusals({ overLimits, wouldFail }: EstimateAnswer): readonly EstimateProblem[] {
  return overLimits.map(({ limit, found, allowed }) => {
    const write = limit === 'maxBytes' ? describeBytes : (count: number) => describeCount(count, 'object');
    const excess = `${write(found)} are more than the ${write(allowed)} allowed`;
    return wouldFail
      ? {
          severity: 'error',
          text: `${excess}: narrow the time range, accounts or regions, or raise the limit under Options.`,
        }
      : { severity: 'warning', text: `${excess}: the answer will be partial.` };
  });
}

function omissions(
  { objects, unsizedObjects, leftOut, problems, storedProblem, oldestStampMs, newestStampMs }: EstimateAnswer,
  newestDay?: string,
): readonly EstimateProblem[] {
  const { archivedObjects, foreignObjects, emptyObjects } = leftOut;
  const found: EstimateProblem[] = [];
  const add = (severity: EstimateProblem['severity'], text: string): void => {
    found.push({ severity, text });
  };
  if (unsizedObjects > 0) {
    add(
      'info',
      `${describeCount(unsizedObjects, 'time slice')} of log groups: CloudWatch Logs tells no sizes, so bytes and seconds are of the rest.`,
    );
  }
  if (problems.count > 0) {
    const more = problems.count > 1 ? ` (and ${COUNT.format(problems.count - 1)} more)` : '';
    add('warning', `Could not list everything: ${problems.first[0]?.message ?? ''}${more}`);
  }
  if (storedProblem !== null) {
    add('info', `Stored digests are not all used, and the objects are read instead: ${storedProblem}.`);
  }
  if (archivedObjects > 0) {
    add(
      'warning',
      `${describeCount(archivedObjects, 'object')} in an archive storage class cannot be read until restored.`,
    );
  }
  if (objects === 0) {
    const others = [
      ...(foreignObjects > 0
        ? [`${describeCount(foreignObjects, 'object')} there are no flow logs by their names`]
        : []),
      ...(emptyObjects > 0 ? [`${describeCount(emptyObjects, 'object')} there are empty`] : []),
    ];
    const where =
      oldestStampMs !== null && newestStampMs !== null
        ? `logs go from ${new Date(oldestStampMs).toISOString()} to ${new Date(newestStampMs).toISOString()}`
        : newestDay !== undefined
          ? `the newest logs of these accounts and regions are of ${newestDay} (UTC)`
          : undefined;
    const why = [...(where === undefined ? [] : [where]), ...others];
    add(
      'info',
      `Nothing to read in this time range${why.length === 0 ? '. Logs arrive some minutes late; is the source right?' : `: ${why.join('; ')}.`}`,
    );
  }
  return found;
}

function describeCount(count: number, noun: string): string {
  return `${COUNT.format(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function describeSeconds(seconds: number): string {
  if (seconds < 0.1) {
    return '0.1 s';
  }
  return seconds < 90 ? `${Number(seconds.toPrecision(seconds < 10 ? 1 : 2))} s` : `${Math.round(seconds / 60)} min`;
}
