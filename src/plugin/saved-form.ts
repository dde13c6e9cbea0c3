/** A query as data sources and links hold it. */
import type { JsonValue } from '../frame/frame';
import type { ScanQuery } from '../query/model';
import { serialiseQuery } from '../query/normalise';

/** The query as it is saved, without what follows from where it is asked: its time and limits. */
export function savedForm(query: ScanQuery): Record<string, JsonValue> {
  return omitMembers(serialiseQuery(query) as Record<string, JsonValue>, ['range', 'limits']);
}

/** The members but those. */
export function omitMembers(
  members: Readonly<Record<string, JsonValue>>,
  names: readonly string[],
): Record<string, JsonValue> {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)));
}
