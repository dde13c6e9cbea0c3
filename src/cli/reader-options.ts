/**
 * The options of flowlogs_reader under the names that they have there, and what they ask for.
 */
import { Option } from 'commander';
import type { Command } from 'commander';
import { FlowError } from '../errors';
import type { DigestQuery } from '../query/model';
import { normaliseScanQuery } from '../query/normalise';
import { parseTime } from '../query/time';
import { splitList, parseCount, withConnection, withReadLimits, withRecords } from './options';
import type { Options } from './options';
import { DEFAULT_TIME_FORMAT, parseTimeByFormat } from './parse-time-format';

const HOUR_MS = 3_600_000;

/** Without a limit that is asked for, all is read. */
const UNLIMITED = { maxObjects: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER, maxSec: 1e9 };

/** Adds the location and the options. */
export function withReaderInput(command: Command): Command {
  command
    .argument('<location>', 'log group; with --location-type s3 bucket/prefix; or s3://bucket/prefix, a folder, a file')
    .addOption(
      new Option(
        '--location-type <type>',
        'what a plain location is (default: a folder if there is one, else cwl)',
      ).choices(['cwl', 's3']),
    )
    .option('--region <name>', 'region of the location')
    .option('-s, --start-time <time>', 'records that start at or after this time (default: an hour ago)')
    .option('-e, --end-time <time>', 'and before this time (default: now)')
    .option(
      '--time-format <format>',
      `of these times, as strptime has it (default: ${DEFAULT_TIME_FORMAT}, or as for --from)`,
    )
    .option('--fields <format>', 'the columns of logs without a header line: "${version} ${srcaddr} …"')
    .option('--filter-pattern <pattern>', 'CloudWatch Logs filter pattern (log groups only)')
    .option('--include-accounts <ids>', 'only these accounts, separated by commas', splitList)
    .option('--include-regions <names>', 'only these regions, separated by commas', splitList)
    .option('--thread-count <n>', 'objects read at a time', parseCount);
  withRecords(command);
  withConnection(command);
  return withReadLimits(command);
}

/** The parts of a query that an action adds. */
export interface ReaderQueryParts {
  readonly keys?: readonly string[];
  /** A condition besides `--filter`. */
  readonly filter?: string;
}

/** The query of an action: the last hour where no time is given, all records of it where no limit is. Throws `bad-query`. */
export function readReaderQuery(options: Options, { keys, filter }: ReaderQueryParts, nowMs: number): DigestQuery {
  const { startTime, endTime, timeFormat } = options;
  const readTime = (text: string): number => parseReaderTime(text, timeFormat as string | undefined, nowMs);
  const filters = [options.filter, filter].filter((text) => text !== undefined);
  const query = normaliseScanQuery(
    {
      view: 'digest',
      range: {
        fromMs: startTime === undefined ? nowMs - HOUR_MS : readTime(String(startTime)),
        toMs: endTime === undefined ? nowMs : readTime(String(endTime)),
      },
      ...(options.includeAccounts !== undefined && { accounts: options.includeAccounts }),
      ...(options.includeRegions !== undefined && { regions: options.includeRegions }),
      ...(filters.length > 0 && { filter: filters.map((text) => `(${text})`).join(' and ') }),
      ...(keys && { keys }),
      portRule: 'as-logged',
      // As flowlogs_reader, which knows no kinds.
      logType: 'all',
      limits: {
        maxObjects: options.maxObjects ?? UNLIMITED.maxObjects,
        maxBytes: options.maxBytes ?? UNLIMITED.maxBytes,
        maxSec: options.maxSeconds ?? UNLIMITED.maxSec,
        ...(options.maxKeys !== undefined && { maxKeys: options.maxKeys }),
        ...(options.partial === true && { onLimit: 'partial' }),
      },
    },
    { nowMs },
  );
  if (query.view !== 'digest') {
    throw new Error('BUG: a digest was asked for');
  }
  return query;
}

/** A time by the given format, else by flowlogs_reader's own or as other commands read times. */
function parseReaderTime(text: string, format: string | undefined, nowMs: number): number {
  if (format !== undefined) {
    return parseTimeByFormat(text, format);
  }
  try {
    return parseTimeByFormat(text, DEFAULT_TIME_FORMAT);
  } catch (thrown) {
    if (FlowError.from(thrown).code !== 'bad-query' || /^\d{4}-\d\d?-\d\d?\s/.test(text)) {
      throw thrown;
    }
    return parseTime(text, nowMs);
  }
}

/** The columns that `--fields` or `--header` names: flowlogs_reader takes a flow log's format as it is. */
export function readReaderColumns({ fields, header }: Options): string | undefined {
  return typeof fields === 'string'
    ? fields.replace(/[${}]/g, '').replaceAll('_', '-')
    : (header as string | undefined);
}
