/**
 * A filter with its dashboard variables replaced by something that could stand there, so that it can be parsed before
 * anybody knows what they hold, and the way back from its positions to those of the text as written.
 */
import { findKnownName } from '../../query/field-name';
import { filterField } from '../../query/parse-filter';
import { tokenizeFilter, type FilterToken } from '../../query/tokenize-filter';
import { hasVariable, VARIABLE } from '../../query/variables';
import { FILTER_START, nextPlace, type Place } from './filter-place';

/** A masked filter. */
export interface MaskedFilter {
  readonly text: string;
  /** The position in the text as written. */
  readonly toOriginal: (position: number) => number;
}

interface Piece {
  readonly position: number;
  readonly length: number;
  readonly mask: string;
}

/** The filter without variables. */
export function maskVariables(text: string): MaskedFilter {
  const pieces = hasVariable(text) ? findPieces(text) : [];
  let masked = '';
  let at = 0;
  const starts: number[] = [];
  for (const { position, length, mask } of pieces) {
    masked += text.slice(at, position);
    starts.push(masked.length);
    masked += mask;
    at = position + length;
  }
  masked += text.slice(at);
  const toOriginal = (position: number): number => {
    let shift = 0;
    for (const [i, piece] of pieces.entries()) {
      const start = starts[i]!;
      if (position < start) {
        break;
      }
      if (position < start + piece.mask.length) {
        return piece.position;
      }
      shift += piece.length - piece.mask.length;
    }
    return position + shift;
  };
  return { text: masked, toOriginal };
}

/** The words that have a variable in them, with what may stand in their place. */
function findPieces(text: string): readonly Piece[] {
  const found = [...text.matchAll(VARIABLE)].map(({ index, 0: { length } }) => ({ from: index, to: index + length }));
  // Signs and spaces within a variable are no part of the filter.
  const tokens = tokenizeFilter(text.replace(VARIABLE, (variable) => variable.replace(/\W/g, '_')));
  const pieces: Piece[] = [];
  let place = FILTER_START;
  for (const [i, token] of tokens.entries()) {
    const { kind, position, length } = token;
    const isVariable =
      (kind === 'word' || kind === 'quoted') && found.some(({ from, to }) => from < position + length && to > position);
    if (isVariable) {
      pieces.push({ position, length, mask: maskOf(place, tokens[i + 1]!) });
    }
    // A variable for a whole test is a field with nothing after it.
    place =
      isVariable && place.kind === 'connective' ? { kind: 'connective', depth: place.depth } : nextPlace(place, token);
  }
  return pieces;
}

function maskOf(place: Place, next: FilterToken): string {
  switch (place.kind) {
    case 'field': {
      const isTest = next.kind === 'end' || (next.kind === 'sign' && ['and', 'or', ')'].includes(next.value));
      const isOrder = next.kind === 'sign' && ['<', '<=', '>', '>='].includes(next.value);
      return isTest ? 'bytes=1' : isOrder ? 'bytes' : '`x`';
    }
    case 'operator':
      return '=';
    case 'value':
      return valueMask(place.field ?? '');
    case 'connective':
      return place.isList ? ',0' : 'and bytes=1';
  }
}

function valueMask(field: string): string {
  const name = findKnownName(field, 'filter');
  switch (name === undefined ? 'text' : filterField(name).type) {
    case 'address':
      return '::';
    default:
      // Also what the column of an unknown field may hold.
      return '0';
  }
}
