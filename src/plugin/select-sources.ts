/**
 * From the sources that a query names to those that the data source has. Anyone who may look at a dashboard may post any
 * query, so names are only ever compared: no text of a query becomes a place to read.
 */

import { FlowError } from '../errors';
import { logGroupPlace } from '../flow/logs-location';
import { findNearestName, suggestionText } from '../query/nearest-name';
import { parseLocation } from '../store/location';
import type { SourceSettings } from './source-settings';

/** Names in an error message; more are only counted. */
const MAX_NAMED = 20;

/**
 * The opened sources that a query names, by name or by location in any accepted form, each once and in the order of the
 * settings; all of them for an empty list. Throws `bad-query` for a text that names none of them, `bad-settings` if the
 * data source has none.
 */
export function selectSources<T extends { readonly settings: SourceSettings }>(
  opened: readonly T[],
  asked: readonly string[],
): readonly T[] {
  if (opened.length === 0) {
    throw new FlowError(
      'bad-settings',
      'cannot read flow logs: the data source has no source; add a bucket or a log group under Sources in its settings',
      { fields: { setting: 'sources' } },
    );
  }
  if (asked.length === 0) {
    return opened;
  }
  const wanted = new Set(asked.map((text) => findSource(opened, text)));
  return opened.filter((source) => wanted.has(source));
}

function findSource<T extends { readonly settings: SourceSettings }>(opened: readonly T[], text: string): T {
  const wanted = text.trim();
  const place = placeFromText(wanted);
  const found =
    opened.find(({ settings }) => settings.name === wanted) ??
    opened.find(({ settings }) => settings.location === wanted) ??
    opened.find(({ settings }) => place !== undefined && placeFromText(settings.location) === place);
  if (found === undefined) {
    const names = opened.map(({ settings }) => settings.name);
    const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : '';
    throw new FlowError(
      'bad-query',
      `cannot read the source ${JSON.stringify(text)}: the data source has ${names.slice(0, MAX_NAMED).join(', ')}${more}` +
        suggestionText(findNearestName(wanted, names)),
      { fields: { member: 'sources', value: text } },
    );
  }
  return found;
}

/** One text for all ways of writing a place in S3 or a log group. */
function placeFromText(text: string): string | undefined {
  try {
    const location = parseLocation(text);
    switch (location.kind) {
      case 's3':
        return `${location.bucket}/${location.prefix}`;
      case 'logs':
        return `${logGroupPlace(location)} ${location.accountId ?? ''}`;
      case 'directory':
        return undefined;
    }
  } catch {
    return undefined;
  }
}
