/**
 * The formats of a log group's messages: as somebody said, as the flow logs that deliver to it say, or as the messages
 * themselves show.
 */
import { FlowError } from '../errors';
import type { TimeRange } from '../query/model';
import type { GroupFormats } from './assemble-text';
import type { LogEvent, LogGroup } from './log-group';
import { countTokens, recogniseFormats, type Columns, type RecognisedFormat } from './recognise-format';

/** Formats and where they are from. */
export interface FoundFormats extends GroupFormats {
  readonly from: 'settings' | 'flow logs' | 'messages' | 'nothing';
  /** For a person: which, and how sure that is; absent where nothing was guessed. */
  readonly note?: string;
  /** Where they were recognised in the messages: of how many, such as `493 of 500`. */
  readonly share?: string;
}

export interface FindFormatsOptions {
  /** The columns, if somebody said so. */
  readonly columns?: Columns;
  /** The formats of the flow logs of a group; what it throws is taken for none. */
  readonly describe: (signal: AbortSignal | undefined) => Promise<readonly Columns[]>;
  readonly range: TimeRange;
  readonly signal?: AbortSignal;
}

/** Messages looked at from the beginning of the range, and as many from its end. */
const SAMPLE_EVENTS = 500;
/** The last part of the range, from which the second half of the sample is taken. */
const TAIL_MS = 30 * 60_000;
/** Pages until there is an event. */
const MAX_PAGES = 10;
/** Numbers of fields in an error. */
const MAX_SHOWN = 8;

/**
 * Finds them. Throws `bad-settings` if there are messages and none is a record of a known format, and what reading
 * messages throws.
 */
export async function findFormats(
  group: LogGroup,
  { columns, describe, range, signal }: FindFormatsOptions,
): Promise<FoundFormats> {
  if (columns) {
    return { columns: [columns], isGiven: true, from: 'settings' };
  }
  const described = await describe(signal).catch((thrown: unknown) => {
    if (signal?.aborted) {
      throw FlowError.from(thrown);
    }
    return [];
  });
  const [first, ...others] = described;
  if (first) {
    return { columns: [first, ...others], isGiven: false, from: 'flow logs' };
  }
  const messages = await sampleMessages(group, range, signal);
  if (messages.length === 0) {
    return { columns: [], isGiven: false, from: 'nothing' };
  }
  const found = recogniseFormats(messages);
  if (found.length === 0) {
    // Not the messages themselves: whoever sees this may not be allowed to see them.
    const counts = [...new Set(messages.map(countTokens))].sort((a, b) => a - b);
    throw new FlowError(
      'bad-settings',
      `cannot tell the format of ${group.label}: of ${messages.length} messages (with ${counts.slice(0, MAX_SHOWN).join(', ')} fields) none is a record in an order that AWS itself makes; give the columns as header (--header), such as the flow log's own format \${version} \${account-id} …, or allow ec2:DescribeFlowLogs`,
      { fields: { group: group.group, region: group.region, setting: 'header' } },
    );
  }
  return {
    columns: found.map((format) => format.columns),
    isGiven: false,
    from: 'messages',
    share: describeShare(found, messages.length),
    note: `${group.label}: ${found.map((format) => describeColumns(format.columns)).join(' and ')}, by the shape of the values of ${describeShare(found, messages.length)} messages; give the columns as header to be certain`,
  };
}

async function sampleMessages(
  group: LogGroup,
  { fromMs, toMs }: TimeRange,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const tailMs = toMs - TAIL_MS;
  const ranges =
    fromMs < tailMs
      ? [
          { fromMs, toMs: tailMs },
          { fromMs: tailMs, toMs },
        ]
      : [{ fromMs, toMs }];
  // If one fails, the other is of no use.
  const own = new AbortController();
  const onAbort = (): void => own.abort(signal!.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const samples = await Promise.all(ranges.map((range) => firstEvents(group, range, own.signal)));
    return samples.flat().map(({ message }) => message);
  } finally {
    own.abort();
    signal?.removeEventListener('abort', onAbort);
  }
}

/** The first page with events. */
async function firstEvents(
  group: LogGroup,
  range: TimeRange,
  signal: AbortSignal | undefined,
): Promise<readonly LogEvent[]> {
  let pages = 0;
  for await (const events of group.readEvents(range, { signal, limit: SAMPLE_EVENTS })) {
    if (events.length > 0 || ++pages >= MAX_PAGES) {
      return events;
    }
  }
  return [];
}

function describeColumns(columns: Columns): string {
  return `${columns.length} fields (${columns.slice(0, 3).join(' ')} … ${columns.at(-1)})`;
}

/** `all 1000` or `993 of 1000`. */
function describeShare(found: readonly RecognisedFormat[], all: number): string {
  const fitting = found.reduce((sum, { messages }) => sum + messages, 0);
  return fitting === all ? `all ${all}` : `${fitting} of ${all}`;
}
