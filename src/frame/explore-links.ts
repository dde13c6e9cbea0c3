/**
 * Links from a row of a frame to Explore: the records behind it, and their table. The row carries its filter as text in a
 * field of its own, and the link puts it into the query.
 */
import type { DataLink, JsonValue } from './frame';

/** What a link asks again: the data source, and the query that was answered in the form in which it is saved. */
export interface LinkTarget {
  readonly datasourceUid: string;
  readonly datasourceName: string;
  readonly query: { readonly [name: string]: JsonValue };
}

/** Members of a query that every view has. The range is Explore's own. */
const SHARED_MEMBERS = ['version', 'sources', 'accounts', 'regions', 'settleSec', 'limits'] as const;

/** Links *Records* and *Table* for rows whose filter is in the field `filterField`. */
export function exploreLinks({ datasourceUid, datasourceName, query }: LinkTarget, filterField: string): DataLink[] {
  const own = `\${__data.fields["${filterField}"]}`;
  const filter =
    typeof query['filter'] === 'string' && query['filter'] !== '' ? `(${query['filter']}) and (${own})` : own;
  const shared = Object.fromEntries(
    SHARED_MEMBERS.flatMap((name) => (query[name] === undefined ? [] : [[name, query[name]]])),
  );
  return (['records', 'table'] as const).map((view) => ({
    title: `Flow logs/${view === 'records' ? 'Records' : 'Table'}`,
    url: '',
    internal: { datasourceUid, datasourceName, query: { ...shared, view, filter } },
  }));
}

/** The link *Open* of a grouped graph's nodes: the same graph with the group in the field `groupField` opened as well. */
export function openLink({ datasourceUid, datasourceName, query }: LinkTarget, groupField: string): DataLink[] {
  if (query['nodes'] !== 'groups') {
    return [];
  }
  const { expand } = query;
  const others = Object.fromEntries(Object.entries(query).filter(([name]) => name !== 'range'));
  const opened = [...(Array.isArray(expand) ? expand : []), `\${__data.fields["${groupField}"]}`];
  return [
    {
      title: 'Flow logs/Open',
      url: '',
      internal: { datasourceUid, datasourceName, query: { ...others, expand: opened } },
    },
  ];
}
