/** *Filter for* and *filter out* of a cell or a label: what a click makes of a query's filter. */
import { hasTerm, isOtherText, joinFilters, testOf, withoutTerm } from '../query/ad-hoc-filters';
import { readQuery, viewOf, withMember, type SavedQuery } from './saved-query';

/** What was clicked on, and whether to filter it out. */
export interface FilterClick {
  readonly key?: string;
  readonly value?: string;
  readonly isOut: boolean;
  /** Whether a second click takes back the first. */
  readonly isToggle?: boolean;
}

/**
 * The query with the test in its filter, in place of its opposite. The query itself where there is nothing to do, for
 * completeness, which is not about records, and for the row *Other*, whose text no record has. Throws `bad-query` for what
 * cannot be a test.
 */
export function clickFilter(query: SavedQuery, { key, value, isOut, isToggle = false }: FilterClick): SavedQuery {
  if (viewOf(query) === 'completeness' || key === undefined || value === undefined || isOtherText(value)) {
    return query;
  }
  const { filter = '' } = readQuery(query);
  const test = testOf({ key, operator: isOut ? '!=' : '=', value });
  if (hasTerm(filter, test)) {
    return isToggle ? withMember(query, 'filter', withoutTerm(filter, test)) : query;
  }
  const opposite = testOf({ key, operator: isOut ? '=' : '!=', value });
  return withMember(query, 'filter', joinFilters(withoutTerm(filter, opposite), test));
}

/** Whether the query filters for that value. */
export function isFilteredFor(query: SavedQuery, { key, value }: Pick<FilterClick, 'key' | 'value'>): boolean {
  if (key === undefined || value === undefined || isOtherText(value)) {
    return false;
  }
  return hasTerm(readQuery(query).filter, testOf({ key, operator: '=', value }));
}
