/**
 * Which columns of a flow log a query reads, so that a digest parses those alone and can say which of them an object's
 * format lacks.
 */
import { rawFieldNames } from './field-name';
import type { FilterNode } from './filter';
import type { FlowQuery, RecordsQuery, ScanQuery } from './model';

/** What every query reads besides what it names: the record's time, and whether it is one. */
const ALWAYS: readonly string[] = ['start', 'end', 'log-status'];

/** What every grouped query adds up besides its measures. */
const ALWAYS_ADDED: readonly string[] = ['bytes', 'packets'];

/**
 * The raw field names that a query reads, each once: keys (`port` is `srcport` and `dstport`) or columns first, then the
 * filter's fields (side-less names as both sides), the measures, `bytes` and `packets` of grouped queries, and last `start`,
 * `end` and `log-status`. A records query that
 * names no columns shows all that an object has; those are not in the list.
 */
export function requiredFields(query: FlowQuery): string[] {
  if (query.view === 'completeness') {
    return [];
  }
  const shown = query.view === 'records' ? query.fields : digestKeys(query);
  const filtered = query.filter ? filterNames(query.filter) : [];
  // `flows` is a number of records, not a column.
  const added = query.view === 'records' ? [] : query.measures.filter((measure) => measure !== 'flows');
  const always = query.view === 'records' ? ALWAYS : [...ALWAYS_ADDED, ...ALWAYS];
  const told = 'direction' in query && query.direction !== 'both' ? ['flow-direction'] : [];
  return [...new Set([...[...shown, ...filtered].flatMap(rawFieldNames), ...told, ...added, ...always])];
}

/** What a digest is grouped by so that it can answer the query: its keys, and the fields whose values it counts. */
export function digestKeys(query: Exclude<ScanQuery, RecordsQuery>): readonly string[] {
  return 'distinct' in query ? [...new Set([...query.keys, ...query.distinct])] : query.keys;
}

/** The names in a filter as they stand there, in order, with repetitions. */
export function filterNames(node: FilterNode): string[] {
  switch (node.type) {
    case 'test':
      return [node.field];
    case 'not':
      return filterNames(node.term);
    default:
      return node.terms.flatMap(filterNames);
  }
}
