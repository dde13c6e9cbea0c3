/** Records as log lines, as Explore and the logs panel show them. */
import type { FlowRecord } from '../digest/records';
import { hashText } from '../view/hash-text';
import type { Frame } from './frame';

/** What of a record is shown. */
export interface RecordsFrameOptions {
  /** Columns to show, in this order; empty means the whole line and all its columns. */
  readonly fields?: readonly string[];
}

/**
 * The frame `records`, in the order given. The body is the line or the chosen columns of it, `-` where a line has no such
 * column; labels are the columns that have a value. Rejects are warnings. A record without a time stands at the beginning of
 * 1970. Equal records have ids of their own, and a record has the same id in every answer in which it stands after as many
 * equal ones.
 */
export function buildRecordsFrame(records: readonly FlowRecord[], { fields = [] }: RecordsFrameOptions = {}): Frame {
  const rows = records.map((record) => readColumns(record, fields));
  const bodies = records.map(({ line }, row) =>
    fields.length === 0 ? line : fields.map((name) => rows[row]![name] ?? '-').join(' '),
  );
  const seen = new Map<string, number>();
  const ids = records.map(({ line }) => {
    const count = seen.get(line) ?? 0;
    seen.set(line, count + 1);
    return `${hashText(line, 1).toString(36)}-${hashText(line, 2).toString(36)}-${count}`;
  });
  return {
    name: 'records',
    meta: { type: 'log-lines', typeVersion: [0, 1], preferredVisualisationType: 'logs' },
    fields: [
      { name: 'timestamp', type: 'time', unit: 's', values: records.map(({ startSec }) => Math.max(0, startSec)) },
      { name: 'body', type: 'string', values: bodies },
      { name: 'severity', type: 'string', values: records.map(severityOf) },
      { name: 'id', type: 'string', values: ids },
      { name: 'labels', type: 'json', values: rows },
    ],
  };
}

/** The columns of a record that have a value, by name: all, or those of `fields`. */
function readColumns({ line, columns }: FlowRecord, fields: readonly string[]): Readonly<Record<string, string>> {
  const values = line.split(/\s+/);
  return Object.fromEntries(
    columns
      .map((name, index) => [name, values[index] ?? '-'] as const)
      .filter(([name, value]) => value !== '-' && (fields.length === 0 || fields.includes(name))),
  );
}

function severityOf({ line, columns }: FlowRecord): string {
  const action = line.split(/\s+/)[columns.indexOf('action')];
  return action === 'REJECT' ? 'warning' : action === 'ACCEPT' ? 'info' : 'unknown';
}
