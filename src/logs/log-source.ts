/**
 * A log group as a source of a scan: its time slices are the pieces, and reading one gives text, as a file would.
 */
import { FlowError } from '../errors';
import type { LogsLocation } from '../flow/logs-location';
import type { TimeRange } from '../query/model';
import type { Piece, Pieces, PiecesAsked } from '../scan/select-objects';
import { isAwsHost } from '../store/s3-settings';
import type { ObjectStore } from '../store/store';
import { createTextAssembler } from './assemble-text';
import { describeFormats } from './describe-formats';
import { findFormats, type FoundFormats } from './find-formats';
import { isOwnPattern, patternFromFilter } from './filter-pattern';
import { openLogGroup, type LogEvent, type LogGroupFacts } from './log-group';
import type { LogsConnection } from './logs-connection';
import type { Columns } from './recognise-format';
import { createRemembered } from './remember';
import type { SliceSharing } from './share-slices';
import { cutTimeSlices, keyOfSlice, sliceOfKey, type LogSlice } from './time-slices';

/** The store and the pieces of a `Source`. */
export interface LogSource {
  /** Reads time slices by their keys; there is nothing to list. What fails for a passing reason it tries again itself. */
  readonly store: ObjectStore;
  readonly pieces: Pieces;
}

export interface LogSourceOptions {
  /** For a location that names no region. */
  readonly defaultRegion?: string;
  /** The columns of the messages, if somebody said so. */
  readonly columns?: Columns;
  readonly connection: LogsConnection;
  /** The formats of the flow logs that deliver to the group, in place of asking EC2. */
  readonly describeFormats?: (signal: AbortSignal | undefined) => Promise<readonly Columns[]>;
  /** For several who read the same. */
  readonly sharing?: SliceSharing;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
}

/**
 * An event's time is the start of its record; what other writers than AWS take for it may be as late as the end of the
 * longest aggregation interval.
 */
const REACH_BACK_MS = 10 * 60_000;
/** No event may be written with a later time than this (`PutLogEvents`). */
const MAX_FUTURE_MS = 2 * 3_600_000;
/** What a group and its formats are is asked again after this long. */
const MAX_AGE_MS = 10 * 60_000;
const DAY_MS = 86_400_000;
/** Slices where nobody knows how much there is: enough to be read side by side, few enough to be quick where there is little. */
const USUAL_SLICES = 16;
const MIN_SLICES = 4;
const MAX_SLICES = 400;
/** About five pages: more of them would wait for a thread, fewer would often be half empty. Stored bytes are compressed. */
const SLICE_STORED_BYTES = 0.75 * 2 ** 20;
/** The newest event is looked for between these times before now, one after the other. */
const LOOK_BACK_MS = [-MAX_FUTURE_MS, 15 * 60_000, 3_600_000, 2 * 3_600_000, 6 * 3_600_000, DAY_MS, 7 * DAY_MS];
/** Pages of one such window that may be empty, and events of the first that is not. */
const MAX_LOOK_PAGES = 20;
const LOOK_EVENTS = 1000;

/** The source of a location; throws `bad-settings` if no region is known. Nothing is requested before it is used. */
export function createLogSource(location: LogsLocation, options: LogSourceOptions): LogSource {
  const { connection, columns, defaultRegion, sharing, clock = Date.now } = options;
  const region = location.region ?? defaultRegion ?? failWithoutRegion(location.group);
  const group = openLogGroup({ ...location, region }, connection);
  const name = location.arn ?? `logs://${region}/${group.group}`;
  const describe =
    options.describeFormats ??
    (async (signal: AbortSignal | undefined) =>
      // A stand-in for CloudWatch Logs has its own EC2, or none.
      isElsewhere(connection) ? [] : describeFormats(connection, group, signal));
  const rememberFacts = createRemembered<LogGroupFacts>({ maxAgeMs: MAX_AGE_MS, clock });
  const rememberFormats = createRemembered<FoundFormats>({
    maxAgeMs: MAX_AGE_MS,
    // Where there was no message, the next range may have some.
    isKept: ({ from }) => from !== 'nothing',
    clock,
  });

  /** What is known of the group; nothing, if it may not be asked. */
  const findFacts = (signal: AbortSignal | undefined): Promise<LogGroupFacts> =>
    rememberFacts(async (own) => {
      const described = await group.describe(own).catch((thrown: unknown): LogGroupFacts => {
        const error = FlowError.from(thrown);
        if (error.code === 'access-denied' && error.fields['action'] === 'logs:DescribeLogGroups') {
          return {};
        }
        throw error;
      });
      return { accountId: location.accountId, ...described };
    }, signal);

  /** What was found last, if it was nothing too: slices of a range without messages are not searched one by one. */
  let lastFormats: FoundFormats | undefined;
  const findGroupFormats = async (range: TimeRange, signal: AbortSignal | undefined): Promise<FoundFormats> => {
    lastFormats = await rememberFormats((own) => findFormats(group, { columns, describe, range, signal: own }), signal);
    return lastFormats;
  };

  const pieceOf = (slice: LogSlice, accountId: string | undefined, timeMs = slice.toMs): Piece => ({
    key: keyOfSlice(group.group, slice),
    sizeBytes: -1,
    etag: '',
    lastModifiedMs: timeMs,
    isArchived: false,
    region,
    ...(accountId && { accountId }),
  });

  async function select({ accounts, regions, range, filter, signal, note }: PiecesAsked): Promise<readonly Piece[]> {
    if (range === undefined) {
      throw new FlowError(
        'bad-query',
        `cannot read all of ${group.label}: that may be years, at a few requests a second; give a time range, such as --from now-1h`,
        { fields: { member: 'range' } },
      );
    }
    const whole = { fromMs: Math.floor(range.fromMs) - REACH_BACK_MS, toMs: Math.ceil(range.toMs) };
    // Of another region: counted as such, without a request.
    if (regions.length > 0 && !regions.includes(region)) {
      return [pieceOf(whole, location.accountId)];
    }
    const { accountId, createdMs, storedBytes, retentionDays } = await findFacts(signal);
    if (accountId === undefined && accounts.length > 0) {
      throw new FlowError(
        'bad-query',
        `cannot tell which account ${group.label} is of: write its ARN, or allow logs:DescribeLogGroups`,
        { fields: { member: 'accounts' } },
      );
    }
    if (accountId !== undefined && accounts.length > 0 && !accounts.includes(accountId)) {
      return [pieceOf(whole, accountId)];
    }
    const nowMs = clock();
    const within = {
      fromMs: retentionDays === undefined ? whole.fromMs : Math.max(whole.fromMs, nowMs - (retentionDays + 1) * DAY_MS),
      toMs: Math.min(whole.toMs, nowMs + MAX_FUTURE_MS),
    };
    if (within.fromMs >= within.toMs) {
      return [];
    }
    const found = await findGroupFormats(within, signal);
    if (found.note !== undefined) {
      note(found.note);
    }
    const slices = cutTimeSlices(within, countSlices(within, { createdMs, storedBytes, retentionDays }, nowMs));
    // Only where it is certain what stands where: else lines of another format would be left out unseen.
    const pattern = columns && patternFromFilter(filter, columns);
    if (pattern !== undefined) {
      note(`${group.label}: CloudWatch Logs leaves out most lines that do not pass the filter, and no count has them`);
    }
    // The newest first: if there is time for some only, it should be these.
    return slices.map((slice) => pieceOf({ ...slice, ...(pattern && { pattern }) }, accountId)).reverse();
  }

  /** Events of a slice; all of them, if the service does not take a pattern of ours. */
  async function* readEvents(slice: LogSlice, signal: AbortSignal | undefined): AsyncGenerator<readonly LogEvent[]> {
    let isBegun = false;
    try {
      for await (const events of group.readEvents(slice, { signal })) {
        isBegun = true;
        yield events;
      }
    } catch (thrown) {
      const isPatternRefused = FlowError.from(thrown).fields['awsCode'] === 'InvalidParameterException';
      if (isBegun || !isPatternRefused || !isOwnPattern(slice.pattern)) {
        throw thrown;
      }
      yield* group.readEvents({ fromMs: slice.fromMs, toMs: slice.toMs }, { signal });
    }
  }

  async function* readSlice(slice: LogSlice, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const assembler = createTextAssembler(lastFormats ?? (await findGroupFormats(slice, signal)));
    for await (const events of readEvents(slice, signal)) {
      const text = assembler.assemble(events.map(({ message }) => message));
      if (text !== '') {
        yield new TextEncoder().encode(text);
      }
    }
  }

  return {
    store: {
      name,
      async *list() {
        // Nothing is an object here.
      },
      async *read(key, { signal } = {}) {
        const slice = sliceOfKey(group.group, key);
        yield* sharing ? sharing.read(key, (own) => readSlice(slice, own), signal) : readSlice(slice, signal);
      },
      close: () => undefined,
    },
    pieces: {
      select,
      async findNewest(signal) {
        const { accountId } = await findFacts(signal);
        const nowMs = clock();
        for (const [i, backMs] of LOOK_BACK_MS.slice(1).entries()) {
          const slice = { fromMs: nowMs - backMs, toMs: nowMs - LOOK_BACK_MS[i]! };
          let pages = 0;
          for await (const events of group.readEvents(slice, { signal, limit: LOOK_EVENTS })) {
            if (events.length > 0) {
              const newestMs = events.reduce((latest, { timeMs }) => Math.max(latest, timeMs), 0);
              const { from, share } = await findGroupFormats(slice, signal);
              return {
                ...pieceOf(slice, accountId, newestMs),
                ...(from !== 'nothing' && { columnsFrom: from }),
                ...(share && { recognised: share }),
              };
            }
            if (++pages >= MAX_LOOK_PAGES) {
              break;
            }
          }
        }
        return undefined;
      },
    },
  };
}

function failWithoutRegion(group: string): never {
  throw new FlowError(
    'bad-settings',
    `cannot read the log group ${group}: its region is not known; write logs://region/${group}`,
    { fields: { group } },
  );
}

function isElsewhere({ settings: { logsEndpoint, ec2Endpoint } }: LogsConnection): boolean {
  return logsEndpoint !== undefined && ec2Endpoint === undefined && !isAwsHost(logsEndpoint);
}

/** By how much the group has got on average, which may be far from what it got in the range. */
function countSlices(
  { fromMs, toMs }: TimeRange,
  { createdMs, storedBytes, retentionDays }: LogGroupFacts,
  nowMs: number,
): number {
  if (createdMs === undefined || !storedBytes) {
    return USUAL_SLICES;
  }
  const ageMs = Math.max(3_600_000, Math.min(nowMs - createdMs, (retentionDays ?? Infinity) * DAY_MS));
  const expected = (storedBytes / ageMs) * (toMs - fromMs);
  return Math.min(MAX_SLICES, Math.max(MIN_SLICES, Math.ceil(expected / SLICE_STORED_BYTES)));
}
