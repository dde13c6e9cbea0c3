/** The bars above Explore's logs: how many records there are over time, by action, for the query whose records are shown. */
import { FieldType, type DataFrame } from '@grafana/data';
import { viewOf, type SavedQuery } from './saved-query';

/** Explore knows the bars' frames by it. */
const PREFIX = 'log-volume-';

/** Levels as the records' frame has them: Explore colours and counts by level, not by action. */
const LEVELS: Readonly<Record<string, string>> = { ACCEPT: 'info', REJECT: 'warning' };

/** The query of the bars; `undefined` for a query that shows no records. */
export function logsVolumeQuery(query: SavedQuery): SavedQuery | undefined {
  if (viewOf(query) !== 'records' || query.hide === true) {
    return undefined;
  }
  const { refId, datasource, version, sources, accounts, regions, filter, settleSec, limits } = query;
  const scope = { datasource, version, sources, accounts, regions, filter, settleSec, limits };
  const members = Object.entries(scope).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(members) as Partial<SavedQuery>),
    ...{ refId: `${PREFIX}${refId}`, view: 'series', keys: ['action'], measures: ['flows'], fill: 'zero' },
  };
}

/** A frame of the bars as one frame per level, as Explore takes them; any other frame as it is. */
export function splitByLevel(frame: DataFrame): readonly DataFrame[] {
  if (!frame.refId?.startsWith(PREFIX)) {
    return [frame];
  }
  const times = frame.fields.filter(({ type }) => type === FieldType.time);
  const numbers = frame.fields.filter(({ type }) => type === FieldType.number);
  return numbers.map((field) => {
    const level = LEVELS[field.labels?.['action'] ?? ''] ?? 'unknown';
    return { ...frame, fields: [...times, { ...field, labels: { level } }] };
  });
}
