/** What an alert rule gets from a query, so that nobody has to find out by trying. */
import { defaultKeys, type View } from '../../query/model';
import { DEFAULT_MEASURES } from '../../query/normalise';
import { VIEW_NAMES, viewOf, type SavedQuery } from '../saved-query';

/** Views that make numbers for a rule. */
export const RULE_VIEWS: readonly View[] = ['table', 'series', 'stat', 'completeness', 'events'];

/** `The rule gets one number (flows) per dstaddr, port` */
export function describeRule(query: SavedQuery): string {
  const view = viewOf(query);
  if (view === 'completeness') {
    return 'The rule gets one number per account and region: the seconds since the newest delivery';
  }
  if (view !== 'table' && view !== 'series' && view !== 'stat' && view !== 'events') {
    return `A rule cannot take the view ${VIEW_NAMES[view]}: choose another`;
  }
  const distinct = view === 'table' ? (query.distinct ?? []) : [];
  const measure =
    distinct.length > 0 ? `distinct ${distinct.join(', ')}` : ((query.measures ?? DEFAULT_MEASURES[view])[0] ?? '');
  const keys = view === 'stat' ? [] : (query.keys ?? defaultKeys(view, query.logType));
  const per = keys.length === 0 ? '' : ` per ${keys.join(', ')}`;
  switch (view) {
    case 'table':
    case 'stat':
      return `The rule gets one number (${measure})${per}`;
    case 'series':
      return `The rule gets one series (${measure})${per}: reduce it to a number`;
    case 'events':
      return `The rule gets one number (${measure})${per} with an event: its newest bucket, 0 once the event is over`;
  }
}
