/**
 * Where in a filter a text position is: before a field, an operator, a value or a connective. Unlike the parser it takes
 * filters that are still being written, so that an editor can complete them.
 */
import { tokenizeFilter, type FilterSign, type FilterToken } from '../../query/tokenize-filter';

/** What is due next. */
export interface Place {
  readonly kind: 'field' | 'operator' | 'value' | 'connective';
  /** The field of the test, as written and without backticks; unless `kind` is `field`. */
  readonly field?: string;
  readonly op?: FilterSign;
  /** `not` stands before the operator. */
  readonly isNegated?: boolean;
  /** Within the parentheses of `in (…)`. */
  readonly isList?: boolean;
  /** Open parentheses, but for that of a list. */
  readonly depth: number;
}

/** A place with the text that is being written there, `[from, to)`. */
export interface FilterPlace extends Place {
  readonly from: number;
  readonly to: number;
  /** That text up to the position, without an opening quote or backtick. */
  readonly typed: string;
}

export const FILTER_START: Place = { kind: 'field', depth: 0 };

/** The place of a position in a filter. */
export function findFilterPlace(text: string, position: number): FilterPlace {
  let place = FILTER_START;
  for (const token of tokenizeFilter(text)) {
    const end = token.position + token.length;
    const isTouched = isWordLike(token, text) && token.position < position && position <= end;
    if (token.kind === 'end' || token.position >= position || isTouched) {
      if (!isTouched) {
        return { ...place, from: position, to: position, typed: '' };
      }
      // What lacks its closing quote goes to the end of the filter; only what is before the position is surely of it.
      const to = token.problem && token.kind !== 'word' ? position : end;
      const typed = text.slice(token.position, position).replace(/^["'`]/, '');
      return { ...place, from: token.position, to: isUnclosed(token, text) ? position : to, typed };
    }
    place = nextPlace(place, token);
  }
  return { ...place, from: position, to: position, typed: '' };
}

/** What is due after a token. What does not fit is passed over. */
export function nextPlace(place: Place, token: FilterToken): Place {
  const sign = token.kind === 'sign' ? token.value : undefined;
  const { depth } = place;
  if (sign === 'and' || sign === 'or') {
    return { kind: 'field', depth };
  }
  switch (place.kind) {
    case 'field':
      if (sign !== undefined) {
        return { kind: 'field', depth: sign === '(' ? depth + 1 : depth };
      }
      return { kind: 'operator', field: token.value, depth };
    case 'operator':
      if (sign === ')') {
        return { kind: 'connective', depth: Math.max(0, depth - 1) };
      }
      if (sign === 'not') {
        return { ...place, isNegated: true };
      }
      // A variable may stand for an operator.
      return { ...place, kind: 'value', op: sign ?? '=' };
    case 'value':
      if (sign === '(' && place.op === 'in') {
        return { ...place, isList: true };
      }
      return sign === undefined ? { ...place, kind: 'connective' } : place;
    case 'connective':
      if (place.isList) {
        return sign === ',' ? { ...place, kind: 'value' } : sign === ')' ? { ...place, isList: false } : place;
      }
      return sign === ')' ? { ...place, depth: Math.max(0, depth - 1) } : place;
  }
}

/** Words of the language count too while the position is at their end: `in` may become `interface-id`. */
function isWordLike(token: FilterToken, text: string): boolean {
  return token.kind === 'sign' ? /^\w/.test(text.slice(token.position)) : token.kind !== 'end';
}

function isUnclosed({ position, length, problem }: FilterToken, text: string): boolean {
  return problem !== undefined && /^["'`]/.test(text.slice(position)) && position + length === text.length;
}
