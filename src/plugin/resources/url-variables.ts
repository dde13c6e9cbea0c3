/**
 * A dashboard's variables in a URL, as Grafana prints them (`${__all_variables}`): `var-vpc=vpc-1&var-vpc=vpc-2`,
 * `var-vpc=$__all`, and ad-hoc filters as `var-filters=dstport|=|443`. With them a picture in a text panel asks what the
 * panels beside it ask.
 */
import type { AdHocFilter } from '../../query/ad-hoc-filters';
import { VARIABLE, variableName, type VariableReader, type VariableValue } from '../../query/variables';
import type { ResourceParameters } from './parameters';

/** What the names of their parameters begin with. */
export const VARIABLE_PREFIX = 'var-';

/** How Grafana stands for *All*, and for signs that separate. */
const ALL = '$__all';
const ESCAPES: readonly (readonly [RegExp, string])[] = [
  [/__gfp__/g, '|'],
  [/__gfc__/g, ','],
  [/__gfh__/g, '#'],
];

export interface UrlVariables {
  readonly reader: VariableReader;
  readonly adHocFilters: readonly AdHocFilter[];
}

/** Those of the URL; `undefined` if it has none. An ad-hoc filter is told from a value by its form. */
export function readUrlVariables(parameters: ResourceParameters): UrlVariables | undefined {
  const names = parameters.names().filter((name) => name.startsWith(VARIABLE_PREFIX));
  if (names.length === 0) {
    return undefined;
  }
  const values = new Map<string, VariableValue>();
  const adHocFilters: AdHocFilter[] = [];
  for (const name of names) {
    const texts = parameters.texts(name);
    const filters = texts.map(readAdHocFilter);
    const variable = name.slice(VARIABLE_PREFIX.length);
    if (texts.length > 0 && filters.every((filter) => filter !== undefined)) {
      adHocFilters.push(...filters);
    }
    values.set(variable, { values: texts, isAll: texts.includes(ALL) });
  }
  const find = (reference: string): VariableValue | undefined => values.get(variableName(reference));
  return {
    adHocFilters,
    reader: {
      read: find,
      print: (text) => text.replace(VARIABLE, (reference) => find(reference)?.values.join(',') ?? reference),
    },
  };
}

/** Told by its form: an operator that is not known is for `addAdHocFilters` to refuse. What follows `#` is its origin. */
function readAdHocFilter(text: string): AdHocFilter | undefined {
  const [filter = ''] = text.split('#');
  const [key = '', operator = '', ...values] = filter.split('|').map(readPart);
  return key !== '' && /^[=!<>~]{1,2}\|?$/.test(operator) && values.length > 0
    ? { key, operator, value: values[0]!, values }
    : undefined;
}

/** A part may have a name for people after a comma. */
function readPart(part: string): string {
  const [value = ''] = part.split(',');
  return ESCAPES.reduce((unescaped, [escape, sign]) => unescaped.replace(escape, sign), value);
}
