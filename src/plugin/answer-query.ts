/**
 * The answer to one query as frames: a scan here, its view and frames in the thread that makes answers.
 */
import { abortError, FlowError } from '../errors';
import type { FlowQuery, ScanQuery } from '../query/model';
import type { AnswerBuilder } from './answer-builder';
import type { AnswerJobs } from './answer-job';
import type { DataSource } from './data-source';
import { findNewestObject, timeOf } from '../scan/find-newest-object';
import type { NodePositions } from './node-positions';
import { describeRule, type Asker } from './read-query';
import { omitMembers, savedForm } from './saved-form';
import { selectSources } from './select-sources';

export interface AnswerOptions {
  readonly refId: string;
  readonly asker: Asker;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly positions: NodePositions;
  readonly answers: AnswerBuilder;
}

/**
 * The frames that answer a query of that data source, as Grafana decodes them; one without fields for a rule without data.
 * Throws as scans and `AnswerBuilder.build` do.
 */
export async function answerQuery(
  dataSource: DataSource,
  query: FlowQuery,
  { refId, asker, signal, clock, positions, answers }: AnswerOptions,
): Promise<readonly Uint8Array[]> {
  const startMs = clock();
  if (query.view !== 'completeness') {
    assertAskable(query, asker);
  }
  answers.start();
  if (query.view === 'completeness') {
    const result = await dataSource.measureCompleteness(query, { signal });
    const { frames } = await answers.build<'completeness'>({ kind: 'completeness', refId, asker, result }, signal);
    return frames;
  }
  const [result, before] = await Promise.all([
    dataSource.scan(query, { signal }),
    asker === 'alert' ? scanBefore(dataSource, query, signal) : undefined,
  ]);
  const isEmpty = asker === 'panel' && query.range !== undefined && result.selection.selectedObjects === 0;
  const newestMs = isEmpty ? await findNewestTime(dataSource, query, signal) : undefined;
  const { uid: datasourceUid, name: datasourceName } = dataSource.settings;
  // What is opened or narrowed is the same picture.
  const remembered =
    query.view === 'graph'
      ? positions.of(JSON.stringify([datasourceUid, omitMembers(savedForm(query), ['expand', 'filter'])]))
      : undefined;
  const built = await answers.build<'frames'>(
    {
      ...{ kind: 'frames', refId, asker, query, result, elapsedMs: clock() - startMs, before, newestMs },
      ...{ datasourceUid, datasourceName, positions: remembered?.positions },
    },
    signal,
  );
  if (built.positions) {
    remembered?.keep(built.positions);
  }
  return built.frames;
}

/** Of looking for the newest object, for all sources together; what is not found then is not said. */
const FIND_NEWEST_MS = 3000;
const FIND_NEWEST_PAGES = 30;

/** Where logs of the asked accounts and regions end, for who asked beyond that. Never throws but when the call is aborted. */
async function findNewestTime(
  { sources }: DataSource,
  { sources: asked, accounts, regions }: ScanQuery,
  callSignal: AbortSignal,
): Promise<number | undefined> {
  const signal = AbortSignal.any([callSignal, AbortSignal.timeout(FIND_NEWEST_MS)]);
  const times = await Promise.all(
    selectSources(sources, asked).map(async ({ source }) => {
      try {
        const { newest } = await findNewestObject(source, { signal, maxPages: FIND_NEWEST_PAGES, accounts, regions });
        return newest ? [timeOf(newest)] : [];
      } catch {
        // The answer itself tells what cannot be listed.
        return [];
      }
    }),
  );
  if (callSignal.aborted) {
    throw abortError(callSignal);
  }
  return times.flat().reduce<number | undefined>((latest, time) => Math.max(latest ?? time, time), undefined);
}

/** Views that a rule or an expression can take. */
const RULE_VIEWS: ReadonlySet<string> = new Set(['table', 'series', 'stat', 'events', 'completeness']);

/** Throws `bad-query`, before anything is read, if the view has no frame for who asks. */
function assertAskable(query: ScanQuery, asker: Asker): void {
  const { view } = query;
  if (query.view === 'digest' && query.bucketSec !== undefined) {
    throw new FlowError('bad-query', 'cannot show a digest by time as a table: use the view series', {
      fields: { member: 'bucketSec', found: query.bucketSec },
    });
  }
  if (asker !== 'panel' && !RULE_VIEWS.has(view)) {
    throw new FlowError(
      'bad-query',
      `cannot use the view ${view} in ${describeRule(asker)}: use ${[...RULE_VIEWS].join(', ')}`,
      {
        fields: { member: 'view', found: view },
      },
    );
  }
}

/** The longest time before its range that a rule looks back to. */
const MAX_LOOK_BACK_MS = 3_600_000;

/**
 * What a rule's table was about just before its range: as long as the range is, an hour at most. A group that has gone since
 * is told to be 0 now, instead of being absent; so each one that was in an answer is at least once 0 in a later one, if the
 * rule is evaluated at least that often. This follows from the logs alone: no evaluation depends on those before it, and
 * several Grafanas, a restarted plugin and a rule tried out in the past all get the same. If it cannot be read, only the
 * zeros are missing.
 */
async function scanBefore(
  dataSource: DataSource,
  query: ScanQuery,
  signal: AbortSignal,
): Promise<AnswerJobs['frames']['before']> {
  if (query.view !== 'table' || query.keys.length === 0 || query.range === undefined) {
    return undefined;
  }
  const { fromMs, toMs } = query.range;
  const range = { fromMs: Math.max(0, fromMs - Math.min(toMs - fromMs, MAX_LOOK_BACK_MS)), toMs: fromMs };
  try {
    const { answer } = await dataSource.scan({ ...query, range }, { signal });
    return answer.kind === 'digest' ? answer.digest : undefined;
  } catch (thrown) {
    return { failure: FlowError.from(thrown).message };
  }
}
