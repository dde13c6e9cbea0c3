/**
 * A record as an object: the columns of its line by their documented names, numbers as numbers.
 */
import { decodePercent } from '../digest/text-table';
import { DEFAULT_FORMAT, fieldOrText } from '../flow/fields';
import { splitLine } from '../flow/header';
import { MAX_SECONDS } from '../flow/record-time';

/** Fields whose values are numbers; times are Unix seconds. */
export type NumberField =
  | 'version'
  | 'srcport'
  | 'dstport'
  | 'protocol'
  | 'packets'
  | 'bytes'
  | 'start'
  | 'end'
  | 'tcp-flags'
  | 'traffic-path'
  | 'encryption-status'
  | 'packets-lost-no-route'
  | 'packets-lost-blackhole'
  | 'packets-lost-mtu-exceeded'
  | 'packets-lost-ttl-expired';

/** Fields whose values are texts, of which editors should know: those of the default format and the most used others. */
export type TextField =
  | 'account-id'
  | 'interface-id'
  | 'srcaddr'
  | 'dstaddr'
  | 'action'
  | 'log-status'
  | 'vpc-id'
  | 'subnet-id'
  | 'instance-id'
  | 'type'
  | 'pkt-srcaddr'
  | 'pkt-dstaddr'
  | 'region'
  | 'az-id'
  | 'pkt-src-aws-service'
  | 'pkt-dst-aws-service'
  | 'flow-direction'
  | 'tgw-id'
  | 'tgw-attachment-id';

/** The columns of a record: absent where its format has none of that name, `null` where the log says `-`. */
export type FlowLogRecord = { readonly [N in NumberField]?: number | null } & {
  readonly [N in TextField]?: string | null;
} & { readonly [column: string]: string | number | null | undefined };

/** Reads lines of some columns. */
export type RecordReader = (line: string) => FlowLogRecord | undefined;

/**
 * Reads one line of those columns (by default those of AWS's default format). `undefined` if it does not have as many, or if
 * a number is none.
 */
export function parseRecord(line: string, columns: readonly string[] = DEFAULT_FORMAT): FlowLogRecord | undefined {
  return createRecordReader(columns)(line);
}

/** A reader of lines of those columns. */
export function createRecordReader(columns: readonly string[]): RecordReader {
  const reads = columns.map((name) => valueReader(name));
  return (line) => {
    const tokens = splitLine(line);
    if (tokens.length !== columns.length) {
      return undefined;
    }
    const record: Record<string, string | number | null> = {};
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i]!;
      const value = token === '-' ? null : reads[i]!(token);
      if (value === undefined) {
        return undefined;
      }
      record[columns[i]!] = value;
    }
    return record;
  };
}

/** How the text of a column becomes its value; `undefined` for what cannot be one. */
function valueReader(name: string): (token: string) => string | number | undefined {
  const { type, max = Number.MAX_SAFE_INTEGER, encoded } = fieldOrText(name);
  if (type !== 'integer' && type !== 'long') {
    return encoded ? decodePercent : (token) => token;
  }
  const isTime = name === 'start' || name === 'end';
  return (token) => {
    const value = /^\d{1,16}$/.test(token) ? Number(token) : NaN;
    return !(value <= max) ? undefined : isTime && value > MAX_SECONDS ? Math.floor(value / 1000) : value;
  };
}
