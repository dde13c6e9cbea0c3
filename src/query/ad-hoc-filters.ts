/**
 * Filters that are not typed but clicked: a dashboard's ad-hoc filters, and *filter for* or *out* in tables and logs. Each
 * becomes a test of the filter language, joined to the query's own by `and`.
 */
import { FlowError } from '../errors';
import { findKnownName, printFieldName } from './field-name';
import { parseFilter } from './parse-filter';
import { printFilter, printText } from './print-filter';
import { tokenizeFilter } from './tokenize-filter';

/** One of them, as Grafana has it. */
export interface AdHocFilter {
  readonly key: string;
  readonly operator: string;
  readonly value: string;
  /** Of the operators for several values. */
  readonly values?: readonly string[];
  readonly origin?: string;
}

/** Operators of Grafana's ad-hoc filters that the filter language has. */
const OPERATORS: Readonly<Record<string, string>> = {
  '=': '=',
  '!=': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  '=|': 'in',
  '!=|': 'not in',
};

/** The filter with the tests added. Throws `bad-query` for one that cannot be a test. */
export function addAdHocFilters(filter: string | undefined, filters: readonly AdHocFilter[]): string {
  // Grafana hands out a filter that is still being made, and one on a cell that stands for many groups.
  const made = filters.filter(
    ({ key, value, values }) => key !== '' && (value !== '' || (values?.length ?? 0) > 0) && !isOtherText(value),
  );
  return made.map(testOf).reduce(joinFilters, filter ?? '');
}

/** Whether the text is that of a table's row *Other* (`frame/table-frame.ts`): no record has it. */
export function isOtherText(text: string): boolean {
  return /^Other \(\d+\)$/.test(text);
}

/** `srcaddr = 10.1.2.3`. Throws `bad-query`. */
export function testOf({ key, operator, value, values }: AdHocFilter): string {
  const field = findKnownName(key, 'filter') ?? printFieldName(key);
  const all = (operator.endsWith('|') && values?.length ? values : [value]).map(printValue);
  let test: string | undefined;
  if (operator === '=~' || operator === '!~') {
    const pattern = patternOf(value);
    test = pattern && `${operator === '!~' ? 'not ' : ''}${field} ~ ${printText(pattern)}`;
  } else {
    const sign = OPERATORS[operator];
    test = sign && `${field} ${sign} ${all.length > 1 || sign.endsWith('in') ? `(${all.join(', ')})` : all[0]!}`;
  }
  if (test === undefined) {
    const why = operator.includes('~')
      ? 'of regular expressions only .* and . are understood'
      : `there is no operator ${operator}`;
    throw new FlowError('bad-query', `cannot filter by ${key} ${operator} ${value}: ${why}`, {
      fields: { found: key },
    });
  }
  try {
    parseFilter(test);
  } catch (thrown) {
    const { message, fields } = FlowError.from(thrown);
    throw new FlowError('bad-query', `cannot filter by ${key} ${operator} ${value}: ${message}`, { fields });
  }
  return test;
}

/** Both filters at once; a blank one does not count. */
export function joinFilters(first: string, second: string): string {
  const [a, b] = [first.trim(), second.trim()];
  return a === '' || b === '' ? a || b : [a, b].map((text) => (hasOuterOr(text) ? `(${text})` : text)).join(' and ');
}

/** The terms that the filter joins by `and` at its top, as they are written. */
export function splitTerms(filter: string | undefined): readonly string[] {
  const text = filter?.trim() ?? '';
  if (text === '') {
    return [];
  }
  if (hasOuterOr(text)) {
    return [text];
  }
  const terms: string[] = [];
  let from = 0;
  forEachOuterSign(text, (sign, position, length) => {
    if (sign === 'and') {
      terms.push(text.slice(from, position).trim());
      from = position + length;
    }
  });
  return [...terms, text.slice(from).trim()];
}

/** Whether the test is one of them, however it is written. */
export function hasTerm(filter: string | undefined, test: string): boolean {
  return splitTerms(filter).some(isSameAs(test));
}

/** The filter without the test, the rest of it as written. */
export function withoutTerm(filter: string | undefined, test: string): string {
  const isTest = isSameAs(test);
  const terms = splitTerms(filter);
  return terms.some(isTest) ? terms.filter((term) => !isTest(term)).join(' and ') : (filter ?? '');
}

function isSameAs(test: string): (term: string) => boolean {
  const wanted = canonicalText(test);
  return (term) => canonicalText(term) === wanted;
}

/** A term with a dashboard variable is no filter yet, and compared as it is written. */
function canonicalText(term: string): string {
  try {
    const tree = parseFilter(term);
    return tree ? printFilter(tree) : '';
  } catch {
    return term;
  }
}

function hasOuterOr(text: string): boolean {
  let found = false;
  forEachOuterSign(text, (sign) => (found ||= sign === 'or'));
  return found;
}

/** Signs that are in no parentheses. */
function forEachOuterSign(text: string, visit: (sign: string, position: number, length: number) => void): void {
  let depth = 0;
  for (const { kind, value, position, length } of tokenizeFilter(text)) {
    if (kind === 'sign') {
      depth += value === '(' ? 1 : value === ')' ? -1 : 0;
      if (depth === 0) {
        visit(value, position, length);
      }
    }
  }
}

/** A click on an empty cell asks for the missing value. */
function printValue(value: string): string {
  return value === '-' || value === '' ? '-' : printText(value);
}

/** A regular expression as a pattern with `*` and `?`, if it is that simple. */
function patternOf(expression: string): string | undefined {
  const inner = expression.replace(/^\^/, '').replace(/\$$/, '');
  if (/[\\[\](){}|+^$?*]/.test(inner.replaceAll('.*', ''))) {
    return undefined;
  }
  const pattern = inner.replaceAll('.*', '*').replaceAll('.', '?');
  // Grafana's regular expressions match anywhere unless they are anchored.
  const [start, end] = [expression.startsWith('^'), expression.endsWith('$')];
  return `${start || pattern.startsWith('*') ? '' : '*'}${pattern}${end || pattern.endsWith('*') ? '' : '*'}`;
}
