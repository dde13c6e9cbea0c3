/**
 * A filter with its dashboard variables replaced. Where a variable stands decides what becomes of it: one value or several
 * (`=` then means `in`), a list, a field, or a whole expression. On *All* its test is left out, so that records without the
 * field stay; a variable without a value is an error, since leaving its test out would show more than was asked for.
 */
import { FlowError } from '../errors';
import { findKnownName, printFieldName } from './field-name';
import type { FilterNode } from './filter';
import { parseFilter } from './parse-filter';
import { printFilter, printText } from './print-filter';
import { tokenizeFilter, type FilterToken } from './tokenize-filter';
import { hasVariable, VARIABLE, type VariableReader, type VariableValue } from './variables';

/** Stands for "true" until the tree is pruned: a column of this name exists nowhere. */
const TRUE_FIELD = '*';
const TRUE = `\`${TRUE_FIELD}\` = x`;

const COMPARISONS: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=', '~']);

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** The filter without variables; empty if nothing is left of it. Throws `bad-query` with the variable. */
export function interpolateFilter(text: string, variables: VariableReader): string {
  if (!hasVariable(text)) {
    return text;
  }
  const tokens = tokenizeFilter(text);
  const edits = [...tokens.keys()].flatMap((index) => editsOf(text, tokens, index, variables));
  // A test that is left out takes the other edits in it along, and is left out once, however many variables it has.
  const outer = edits.filter(
    (edit, index) =>
      !edits.some(
        (other, i) =>
          i !== index && other.from <= edit.from && edit.to <= other.to && (wider(other, edit) || i < index),
      ),
  );
  let result = text;
  for (const { from, to, text: inserted } of outer.toReversed()) {
    result = result.slice(0, from) + inserted + result.slice(to);
  }
  return result.includes(TRUE) ? pruneTrue(result) : result;
}

function wider(a: Edit, b: Edit): boolean {
  return a.to - a.from > b.to - b.from;
}

function editsOf(text: string, tokens: readonly FilterToken[], index: number, variables: VariableReader): Edit[] {
  const token = tokens[index]!;
  const source = text.slice(token.position, token.position + token.length);
  if (token.kind === 'sign' || token.kind === 'end' || !hasVariable(source)) {
    return [];
  }
  const span = { from: token.position, to: token.position + token.length };
  const whole = new RegExp(`^(?:${VARIABLE.source})$`).test(source);
  if (!whole || token.kind !== 'word') {
    return [{ ...span, text: fillIn(source, token, variables) }];
  }
  if (/:[^\]}]+[\]}]+$/.test(source)) {
    // Whoever names a format wants what it gives.
    return [{ ...span, text: variables.print(source) }];
  }
  const value = variables.read(source);
  if (value === undefined) {
    throw unknownVariable(source);
  }
  return replaceWhole(tokens, index, source, value);
}

/** A variable within a word or a quoted text has to have one value. */
function fillIn(source: string, token: FilterToken, variables: VariableReader): string {
  const filled = source.replace(VARIABLE, (reference) => {
    const value = variables.read(reference);
    if (value === undefined) {
      throw unknownVariable(reference);
    }
    const [only, ...others] = value.values;
    if (only === undefined || others.length > 0 || value.isAll) {
      throw new FlowError(
        'bad-query',
        `cannot read filter: ${reference} stands within ${source} and must have one value, not ${value.isAll ? 'All' : value.values.length}`,
        { fields: { found: reference } },
      );
    }
    return token.kind === 'quoted' ? only.replace(/["'\\]/g, '\\$&') : only;
  });
  // A value with signs in it would be more than a part of the word: another test.
  const [only, end] = tokenizeFilter(filled);
  if (only!.kind !== token.kind || only!.problem || end?.kind !== 'end') {
    throw new FlowError('bad-query', `cannot read filter: with its variables ${source} is not one value: ${filled}`, {
      fields: { found: filled },
    });
  }
  return filled;
}

function unknownVariable(reference: string): FlowError {
  return new FlowError('bad-query', `cannot read filter: there is no variable ${reference}`, {
    fields: { found: reference },
  });
}

/** An expression must be one by itself, or its parentheses could end those around it. */
function assertExpression(source: string, text: string): void {
  try {
    parseFilter(text);
  } catch (thrown) {
    const { message, fields } = FlowError.from(thrown);
    throw new FlowError('bad-query', `${message}, in the value of ${source}`, { fields });
  }
}

function replaceWhole(
  tokens: readonly FilterToken[],
  index: number,
  source: string,
  { values, isAll }: VariableValue,
): Edit[] {
  const token = tokens[index]!;
  const span = { from: token.position, to: token.position + token.length };
  const place = placeOf(tokens, index);
  if (place.kind === 'expression') {
    if (isAll || values.length === 0) {
      return [{ ...span, text: TRUE }];
    }
    values.forEach((value) => assertExpression(source, value));
    return [{ ...span, text: `(${values.map((value) => `(${value})`).join(' or ')})` }];
  }
  if (values.length === 0 && !isAll) {
    throw new FlowError('bad-query', `cannot read filter: the variable ${source} has no value: choose one`, {
      fields: { found: source },
    });
  }
  if (place.kind === 'field') {
    if (isAll || values.length > 1) {
      throw new FlowError('bad-query', `cannot read filter: ${source} names a field and must have one value`, {
        fields: { found: source },
      });
    }
    const [name = ''] = values;
    return [{ ...span, text: findKnownName(name, 'filter') ?? printFieldName(name) }];
  }
  if (isAll) {
    const { from, to } = testSpan(tokens, place);
    return [{ from, to, text: TRUE }];
  }
  const list = values.map(printValue).join(', ');
  switch (place.kind) {
    case 'list':
      return [{ ...span, text: list }];
    case 'in':
      return [{ ...span, text: `(${list})` }];
    case 'comparison': {
      if (values.length === 1) {
        return [{ ...span, text: list }];
      }
      const sign = tokens[place.signIndex]!;
      if (sign.value !== '=' && sign.value !== '!=') {
        throw new FlowError(
          'bad-query',
          `cannot read filter: ${source} stands after ${sign.value} and must have one value, not ${values.length}`,
          { fields: { found: source } },
        );
      }
      return [{ from: sign.position, to: span.to, text: `${sign.value === '=' ? 'in' : 'not in'} (${list})` }];
    }
  }
}

/** `-` stays the missing value. */
function printValue(value: string): string {
  return value === '-' ? value : printText(value);
}

type Place =
  | { readonly kind: 'expression' }
  | { readonly kind: 'field' }
  /** After a sign of comparison, after `in`, or in its list; and where the value or list ends. */
  | { readonly kind: 'comparison' | 'in' | 'list'; readonly signIndex: number; readonly endIndex: number };

function placeOf(tokens: readonly FilterToken[], index: number): Place {
  const before = signAt(tokens, index - 1);
  if (before !== undefined && COMPARISONS.has(before)) {
    return { kind: 'comparison', signIndex: index - 1, endIndex: index };
  }
  if (before === 'in') {
    return { kind: 'in', signIndex: index - 1, endIndex: index };
  }
  let open = index - 1;
  while (
    open >= 0 &&
    (signAt(tokens, open) === ',' || (tokens[open]!.kind !== 'sign' && signAt(tokens, open + 1) === ','))
  ) {
    open--;
  }
  if (signAt(tokens, open) === '(' && signAt(tokens, open - 1) === 'in') {
    let end = index;
    while (end < tokens.length - 1 && signAt(tokens, end) !== ')') {
      end++;
    }
    return { kind: 'list', signIndex: open - 1, endIndex: end };
  }
  const after = signAt(tokens, index + 1);
  const isTest = after !== undefined && (COMPARISONS.has(after) || after === 'in' || after === 'not');
  return { kind: isTest ? 'field' : 'expression' };
}

function signAt(tokens: readonly FilterToken[], index: number): string | undefined {
  const token = tokens[index];
  return token?.kind === 'sign' ? token.value : undefined;
}

/** From its field to its value. */
function testSpan(tokens: readonly FilterToken[], place: { signIndex: number; endIndex: number }): Omit<Edit, 'text'> {
  const first = tokens[place.signIndex - (signAt(tokens, place.signIndex - 1) === 'not' ? 2 : 1)] ?? tokens[0]!;
  const last = tokens[place.endIndex]!;
  return { from: first.position, to: last.position + last.length };
}

function pruneTrue(text: string): string {
  const node = parseFilter(text);
  const pruned = node && prune(node);
  return pruned ? printFilter(pruned) : '';
}

/** The tree without what is left out, which restricts nothing, whether it is asked for or excluded. */
function prune(node: FilterNode): FilterNode | undefined {
  if (node.type === 'test') {
    return node.field === TRUE_FIELD ? undefined : node;
  }
  if (node.type === 'not') {
    const term = prune(node.term);
    return term && { type: 'not', term };
  }
  const kept = node.terms.map(prune).filter((term) => term !== undefined);
  if (node.type === 'or' && kept.length < node.terms.length) {
    return undefined;
  }
  return kept.length < 2 ? kept[0] : { type: node.type, terms: kept };
}
