/** What may be written at a position of a filter. It knows nothing of the editor that shows it. */
import { findKnownName, printFieldName } from '../../query/field-name';
import { filterField } from '../../query/parse-filter';
import { printText } from '../../query/print-filter';
import type { FieldSummary, FieldValue } from '../../query/resource-answers';
import { findFilterPlace, type FilterPlace } from './filter-place';
import { hasOtherValues, knownValuesOf } from './known-values';

/** One thing that may be written. */
export interface FilterSuggestion {
  readonly label: string;
  readonly insertText: string;
  readonly kind: 'field' | 'operator' | 'value' | 'keyword' | 'variable';
  readonly detail?: string;
  readonly documentation?: string;
}

/** Suggestions in order, for the text `[from, to)` to be replaced by. */
export interface FilterCompletion {
  readonly from: number;
  readonly to: number;
  readonly suggestions: readonly FilterSuggestion[];
}

/** What is known of the logs. */
export interface CompletionFacts {
  readonly fields: readonly FieldSummary[];
  /** Values of the field that `wantedValues` names. */
  readonly values: readonly FieldValue[];
  /** Names of dashboard variables, without `$`. */
  readonly variables: readonly string[];
}

/** Values to look up for a position: those of a field, perhaps with the search text in them. */
export interface WantedValues {
  readonly field: string;
  readonly search: string;
}

const COUNT = new Intl.NumberFormat('en-US');

const OPERATORS: Readonly<Record<string, string>> = {
  '=': 'is',
  '!=': 'is not',
  in: 'is one of (…, …)',
  'not in': 'is none of (…, …)',
  '>': 'above',
  '>=': 'at least',
  '<': 'below',
  '<=': 'at most',
  '~': 'is like, with * and ? as wildcards',
};
const OPERATORS_OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  number: ['=', '!=', 'in', 'not in', '>', '>=', '<', '<='],
  address: ['=', '!=', 'in', 'not in'],
  text: ['=', '!=', 'in', 'not in', '~'],
};

/** The values that would help at that position, if any would. */
export function wantedValues(text: string, position: number): WantedValues | undefined {
  const place = findFilterPlace(text, position);
  const name = place.kind === 'value' ? fieldOf(place) : undefined;
  return name !== undefined && hasOtherValues(name) && !place.typed.startsWith('$')
    ? { field: name, search: place.typed }
    : undefined;
}

/** What may be written there. */
export function completeFilter(text: string, position: number, facts: CompletionFacts): FilterCompletion {
  const place = findFilterPlace(text, position);
  const isSpaced = text[place.to] === ' ';
  const after = isSpaced ? '' : ' ';
  return { from: place.from, to: place.to, suggestions: suggestionsAt(place, facts, after) };
}

function suggestionsAt(place: FilterPlace, facts: CompletionFacts, after: string): readonly FilterSuggestion[] {
  const variables = facts.variables.map((name): FilterSuggestion => ({
    label: `$${name}`,
    insertText: `$${name}`,
    kind: 'variable',
    detail: 'variable',
  }));
  switch (place.kind) {
    case 'field':
      return [...fieldSuggestions(facts.fields, after), keyword('not', 'the opposite', after), ...variables];
    case 'operator':
      return operatorSuggestions(place, after);
    case 'value':
      return [...valueSuggestions(place, facts.values), ...variables];
    case 'connective':
      return connectives(place, after);
  }
}

/** Columns that the logs have come first, then what stands for two of them, then the rest of the dictionary. */
function fieldSuggestions(fields: readonly FieldSummary[], after: string): readonly FilterSuggestion[] {
  const rank = ({ isFound, derived }: FieldSummary): number => (isFound ? 0 : derived ? 1 : 2);
  return fields
    .filter(({ derived }) => derived === undefined || derived.includes('filter'))
    .toSorted((a, b) => rank(a) - rank(b))
    .map((field) => {
      const absent = rank(field) === 2 ? 'not in the newest logs' : undefined;
      const name = printFieldName(field.name);
      return {
        label: name,
        insertText: `${name}${after}`,
        kind: 'field',
        detail: absent ?? kindOf(field.name),
        documentation: field.meaning,
      };
    });
}

function operatorSuggestions(place: FilterPlace, after: string): readonly FilterSuggestion[] {
  const operators = OPERATORS_OF_TYPE[kindOf(fieldOf(place))]!;
  return operators
    .filter((op) => !place.isNegated || op === 'in')
    .map((op) => ({
      label: op,
      insertText: op.endsWith('in') ? `${op} (` : `${op}${after}`,
      kind: 'operator',
      detail: OPERATORS[op]!,
    }));
}

function valueSuggestions(place: FilterPlace, found: readonly FieldValue[]): readonly FilterSuggestion[] {
  const name = fieldOf(place);
  const known = name === undefined ? [] : knownValuesOf(name);
  const isText = kindOf(name) === 'text';
  const suggestions = [
    ...found.map(({ value, text, flows }): FilterSuggestion => ({
      ...valueOf(isText ? printText(value) : text),
      detail: `${COUNT.format(flows)} flows`,
    })),
    ...known.map(({ value, meaning }): FilterSuggestion => ({
      ...valueOf(isText ? printText(value) : value),
      ...(meaning === undefined ? {} : { detail: meaning }),
    })),
    ...(place.op === '=' || place.op === '!=' || place.op === 'in' ? [{ ...valueOf('-'), detail: 'missing' }] : []),
  ];
  const labels = suggestions.map(({ label }) => label);
  return suggestions.filter(({ label }, i) => labels.indexOf(label) === i);
}

function connectives(place: FilterPlace, after: string): readonly FilterSuggestion[] {
  if (place.isList) {
    return [
      { label: ',', insertText: `,${after}`, kind: 'operator', detail: 'another value' },
      { label: ')', insertText: ')', kind: 'operator', detail: 'the end of the list' },
    ];
  }
  return [
    keyword('and', 'both', after),
    keyword('or', 'either', after),
    ...(place.depth > 0 ? [{ label: ')', insertText: ')', kind: 'operator' as const, detail: 'the end' }] : []),
  ];
}

function keyword(word: string, detail: string, after: string): FilterSuggestion {
  return { label: word, insertText: `${word}${after}`, kind: 'keyword', detail };
}

function valueOf(text: string): Pick<FilterSuggestion, 'label' | 'insertText' | 'kind'> {
  return { label: text, insertText: text, kind: 'value' };
}

function fieldOf({ field }: FilterPlace): string | undefined {
  return field === undefined ? undefined : (findKnownName(field, 'filter') ?? field);
}

function kindOf(name: string | undefined): 'number' | 'address' | 'text' {
  const { type } = filterField(name ?? '');
  return type === 'address' || type === 'text' ? type : 'number';
}
