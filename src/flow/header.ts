/**
 * The header line of a flow-log object: which columns follow, in which order. Also tells a header from a record and says
 * what an object without a header looks like instead, so that a refusal can name the reason.
 *
 * S3 text objects begin with exactly one header line that names the fields of their flow log, in any order; records in
 * CloudWatch Logs have none (https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html).
 */
import { DEFAULT_FORMAT, findField } from './fields';

const NAME = /^[a-z][a-z0-9-]*$/;

/** The tokens of a line: runs of anything but white space and control characters of ASCII, as the digester reads it. */
export function splitLine(line: string): string[] {
  // eslint-disable-next-line no-control-regex -- what the digester skips
  return line.split(/[\x00-\x20]+/).filter((token) => token !== '');
}

/**
 * The columns that a header line names, or `undefined` if the line is no header. A header consists of field names only,
 * at least half of them documented ones, so that a field newer than the dictionary does not hide it.
 */
export function parseHeader(line: string): readonly string[] | undefined {
  const tokens = splitLine(line);
  const known = tokens.filter((token) => findField(token) !== undefined).length;
  return known > 0 && known * 2 >= tokens.length && tokens.every((token) => NAME.test(token)) ? tokens : undefined;
}

/** True if a line without a header before it reads as a record of the default format (version 2, 14 fields). */
export function isDefaultRecord(line: string): boolean {
  const tokens = splitLine(line);
  return tokens.length === DEFAULT_FORMAT.length && tokens[0] === '2' && /^(OK|NODATA|SKIPDATA)$/.test(tokens.at(-1)!);
}

/** Why an object that begins with this line is no flow-log text, for a person to read. */
export function explainNotFlowLog(firstLine: string): string {
  const start = firstLine.trimStart();
  if (start.startsWith('PAR1')) {
    return 'it is a Parquet file within gzip, or a piece of one';
  }
  if (start.startsWith('{') || start.startsWith('[')) {
    return 'it is JSON (flow-log text has one record a line, columns separated by spaces)';
  }
  // eslint-disable-next-line no-control-regex -- control characters are what tells binary from text
  if (/[\x00-\x08\x0e-\x1f\ufffd]/.test(firstLine)) {
    return 'it is binary data';
  }
  const names = start.split(',').map((name) => name.trim().replaceAll('_', '-'));
  if (names.length > 2 && names.filter((name) => findField(name) !== undefined).length * 2 >= names.length) {
    return 'its columns are separated by commas (flow-log text uses spaces)';
  }
  return 'its first line is neither a header of field names nor a record of the default format';
}
