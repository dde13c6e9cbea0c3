/**
 * What a scan did and left out, for a person on standard error; and the printable plan.
 */
import type { Tallies } from '../digest/digest';
import { answerTallies } from '../digest/digester';
import type { ScanResult } from '../scan/run-scan';
import type { Problems, Selection } from '../scan/selection';
import { describeBytes, describeExactly } from '../view/describe-size';

/** True if the answer lacks something that was asked for and is there. */
export function isIncomplete({
  problems,
  partial,
  selection,
}: Pick<ScanResult, 'problems' | 'partial' | 'selection'>): boolean {
  return problems.count > 0 || partial !== undefined || selection.archivedObjects > 0;
}

/** A few lines on what was read and what was left out; `askedFields` are those whose absence matters. */
export function* printSummary(result: ScanResult, elapsedMs: number, askedFields: readonly string[]): Iterable<string> {
  const tallies = answerTallies(result.answer);
  const { accounts, regions } = result.selection;
  const where =
    accounts.length > 0 ? `, ${counted(accounts.length, 'account')}, ${counted(regions.length, 'region')}` : '';
  yield `${counted(tallies.flows, 'record')} from ${counted(tallies.objects, 'object')} (${describeBytes(tallies.storedBytes)}${where}) in ${(elapsedMs / 1000).toFixed(2)} s\n`;
  const leftOut = describeLeftOut(tallies);
  if (leftOut.length > 0) {
    yield `lines left out: ${leftOut.join('; ')}\n`;
  }
  for (const name of askedFields) {
    if (Object.hasOwn(tallies.missingFields, name)) {
      yield `note: the format of ${counted(tallies.missingFields[name]!, 'object')} has no ${name}; it counts as missing (-) there\n`;
    }
  }
  for (const note of result.selection.notes) {
    yield `note: ${note}\n`;
  }
  if (result.selection.selectedObjects === 0) {
    yield `note: no flow-log object was found; ${explainEmpty(result.selection)}\n`;
  }
  if (tallies.flows > 0 && result.answer.kind === 'digest') {
    const isRounded = result.answer.digest.sums.some(({ values }) =>
      values.some((value) => value > Number.MAX_SAFE_INTEGER),
    );
    if (isRounded) {
      yield 'note: sums above 9,007,199,254,740,991 are rounded\n';
    }
  }
  if (result.selection.foreignObjects > 0) {
    yield `note: ${counted(result.selection.foreignObjects, 'object')} not read: no flow logs by their keys (--any-key reads them)\n`;
  }
}

/** What is missing from the answer although it was asked for; nothing if the answer is whole. */
export function* printOmissions(result: Pick<ScanResult, 'selection' | 'problems' | 'partial'>): Iterable<string> {
  yield* printLeftOutObjects(result.selection, result.problems);
  if (result.partial) {
    const half = result.partial.limit === 'maxKeys' ? ', the last objects perhaps in part' : '';
    yield `PARTIAL: ${result.partial.message}; the answer covers only what was read until then${half}\n`;
  }
}

function* printLeftOutObjects(selection: Selection, problems: Problems): Iterable<string> {
  if (selection.archivedObjects > 0) {
    yield `NOT READ: ${counted(selection.archivedObjects, 'object')} in an archive storage class; restore them first\n`;
  }
  for (const { key, message } of problems.first) {
    yield `NOT READ: ${message.includes(key) ? message : `${key}: ${message}`}\n`;
  }
  if (problems.count > problems.first.length) {
    yield `NOT READ: ${counted(problems.count - problems.first.length, 'more object')}\n`;
  }
}

/** Why a listing showed nothing to read, as a phrase. */
export function explainEmpty(selection: Selection): string {
  const { listedObjects, foreignObjects, outsideTimeObjects, otherAccountObjects } = selection;
  if (listedObjects === 0) {
    return 'nothing is listed there: look at the location, the accounts, the regions and the time range';
  }
  return `of ${counted(listedObjects, 'listed object')} ${describeExactly(outsideTimeObjects)} lie outside the time range, ${describeExactly(otherAccountObjects)} are of other accounts, regions or flow logs, ${describeExactly(foreignObjects)} are no flow logs by their keys`;
}

/** The plan as text: what is listed, and what would be read. */
export function* printPlan(selection: Selection, problems: Problems): Iterable<string> {
  for (const { source, prefix, objects, bytes } of selection.prefixes) {
    yield `${source}/${prefix}  ${counted(objects, 'object')}  ${describeBytes(bytes)}\n`;
  }
  yield `to read: ${counted(selection.selectedObjects, 'object')}, ${describeBytes(selection.selectedBytes)}`;
  yield ` (listed ${describeExactly(selection.listedObjects)} in ${counted(selection.listPages, 'page')})\n`;
  if (selection.unsizedObjects > 0) {
    yield `of unknown size: ${counted(selection.unsizedObjects, 'object')} (CloudWatch Logs tells no sizes of time slices)\n`;
  }
  for (const note of selection.notes) {
    yield `note: ${note}\n`;
  }
  const skipped: [number, string][] = [
    [selection.outsideTimeObjects, 'outside the time range'],
    [selection.otherAccountObjects, 'of other accounts, regions or flow logs'],
    [selection.foreignObjects, 'no flow logs by their keys'],
    [selection.emptyObjects, 'empty'],
  ];
  for (const [count, text] of skipped) {
    if (count > 0) {
      yield `not read: ${counted(count, 'object')} ${text}\n`;
    }
  }
  if (selection.oldestStampSec !== undefined && selection.newestStampSec !== undefined) {
    yield `stamps: ${isoMinutes(selection.oldestStampSec)} to ${isoMinutes(selection.newestStampSec)}; `;
    yield `accounts: ${selection.accounts.join(', ')}; regions: ${selection.regions.join(', ')}\n`;
  }
  yield* printLeftOutObjects(selection, problems);
}

function isoMinutes(sec: number): string {
  return new Date(sec * 1000).toISOString().replace(/:00\.000Z$/, 'Z');
}

function counted(count: number, noun: string): string {
  return `${describeExactly(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Where the lines that are not in the answer went, as short phrases; empty if every line counted. */
function describeLeftOut(tallies: Tallies): string[] {
  const phrases: [number, string][] = [
    [tallies.noData, 'NODATA'],
    [tallies.skipData, 'SKIPDATA (each stands for records that AWS lost)'],
    [tallies.otherTime, 'outside the time range'],
    [tallies.otherType, 'of another kind of flow log (see --type)'],
    [tallies.copies, 'copies: another record of the flow counts (see --counting)'],
    [tallies.filtered, 'filtered'],
    [tallies.tooFewFields, 'malformed: too few fields'],
    [tallies.tooManyFields, 'malformed: too many fields'],
    [tallies.badValue, 'malformed: a value out of its range'],
    [tallies.badStatus, 'malformed: unknown log-status'],
  ];
  return phrases.filter(([count]) => count > 0).map(([count, text]) => `${describeExactly(count)} ${text}`);
}
