/**
 * The filter language: text to `FilterNode`.
 *
 *     any    = all { ("or" | "||") all }
 *     all    = unary { ("and" | "&&") unary }
 *     unary  = ("not" | "!") unary | "(" any ")" | test
 *     test   = field ("=" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "~") value
 *            | field [ "not" | "!" ] "in" ( value | "(" value { "," value } ")" )
 *
 * Words are told apart by `tokenize-filter.ts`, values read by `parse-filter-value.ts`.
 */
import { FlowError } from '../errors';
import { fieldOrText, type Field } from '../flow/fields';
import { findKnownName, rawFieldNames, suggestFieldName } from './field-name';
import type { FilterNode, FilterOperator, FilterTest, FilterValue } from './filter';
import { suggestionText } from './nearest-name';
import { describeFilterValue, parseFilterValue } from './parse-filter-value';
import { tokenizeFilter, type FilterSign, type FilterToken } from './tokenize-filter';

/** How deep parentheses and `not` may nest: far more than anyone writes, far less than a stack holds. */
export const MAX_FILTER_DEPTH = 200;

const ORDER_OPERATORS: ReadonlySet<FilterSign> = new Set(['<', '<=', '>', '>=']);
const SINGLE_OPERATORS: ReadonlySet<FilterSign> = new Set(['=', '!=', '~', ...ORDER_OPERATORS]);

/**
 * The tree of a filter, `undefined` for blank text. Anything else that is no filter is a `bad-query` error whose fields
 * are `position` (from 0, in UTF-16 code units), `length`, `expected`, `found` and, for a mistyped field, `suggestion`.
 */
export function parseFilter(text: string): FilterNode | undefined {
  const tokens = tokenizeFilter(text);
  if (tokens[0]!.kind === 'end') {
    return undefined;
  }
  return new FilterReader(text, tokens).readFilter();
}

/**
 * The dictionary's entry for a field of a filter: for a side-less name that of its sides under its own name, for a column
 * that is not documented a text field.
 */
export function filterField(name: string): Field {
  return { ...fieldOrText(rawFieldNames(name)[0]!), name };
}

class FilterReader {
  private readonly text: string;
  private readonly tokens: readonly FilterToken[];
  private index = 0;
  private depth = 0;

  constructor(text: string, tokens: readonly FilterToken[]) {
    this.text = text;
    this.tokens = tokens;
  }

  readFilter(): FilterNode {
    const node = this.readAny();
    const token = this.peek();
    if (token.kind !== 'end') {
      throw this.unexpected(
        token,
        isSign(token, ')') ? 'and, or, or the end (no parenthesis is open)' : 'and, or, or the end',
      );
    }
    return node;
  }

  private readAny(): FilterNode {
    const terms = [this.readAll()];
    while (this.take('or')) {
      terms.push(this.readAll());
    }
    return joinTerms('or', terms);
  }

  private readAll(): FilterNode {
    const terms = [this.readUnary()];
    while (this.take('and')) {
      terms.push(this.readUnary());
    }
    return joinTerms('and', terms);
  }

  private readUnary(): FilterNode {
    const start = this.peek();
    if (++this.depth > MAX_FILTER_DEPTH) {
      throw this.unexpected(start, `parentheses and not at most ${MAX_FILTER_DEPTH} deep`);
    }
    let node: FilterNode;
    if (this.take('not')) {
      node = { type: 'not', term: this.readUnary() };
    } else if (this.take('(')) {
      node = this.readAny();
      this.require(')', 'and, or, or )');
    } else {
      node = this.readTest();
    }
    this.depth--;
    return node;
  }

  private readTest(): FilterNode {
    const field = this.readField();
    const start = this.peek();
    if (this.take('not')) {
      this.require('in', 'in');
      return { type: 'not', term: this.readMembership(field) };
    }
    if (this.take('in')) {
      return this.readMembership(field);
    }
    if (start.kind !== 'sign' || !SINGLE_OPERATORS.has(start.value)) {
      throw this.unexpected(start, `an operator for ${field.name} (${operatorsOf(field)})`);
    }
    const op = start.value as FilterOperator;
    if ((ORDER_OPERATORS.has(op as FilterSign) && !isNumeric(field)) || (op === '~' && field.type !== 'text')) {
      throw this.unexpected(start, `an operator for ${field.name}, ${kindOf(field)} (${operatorsOf(field)})`);
    }
    this.index++;
    if (isSign(this.peek(), '(')) {
      throw this.unexpected(this.peek(), `one value for ${field.name} (a list takes in)`);
    }
    return test(field, op, [this.readValue(field, op)]);
  }

  private readMembership(field: Field): FilterTest {
    if (!this.take('(')) {
      return test(field, 'in', [this.readValue(field, 'in')]);
    }
    const values = [this.readValue(field, 'in')];
    while (this.take(',')) {
      values.push(this.readValue(field, 'in'));
    }
    this.require(')', 'a comma or )');
    return test(field, 'in', values);
  }

  private readField(): Field {
    const token = this.peek();
    if (token.kind === 'column') {
      this.index++;
      return filterField(token.value);
    }
    if (token.kind !== 'word') {
      throw this.unexpected(token, 'a field, not, or (');
    }
    const name = findKnownName(token.value, 'filter');
    if (name === undefined) {
      const suggestion = suggestFieldName(token.value, 'filter');
      const expected = suggestion === undefined ? 'a documented field, or a column in backticks' : 'a field';
      throw this.unexpected(token, expected, suggestion);
    }
    this.index++;
    return filterField(name);
  }

  private readValue(field: Field, op: FilterOperator): FilterValue {
    const token = this.peek();
    if (token.kind !== 'word' && token.kind !== 'quoted') {
      throw this.unexpected(token, describeFilterValue(field, op));
    }
    const parsed = parseFilterValue({ text: token.value, quoted: token.kind === 'quoted', field, op });
    if ('expected' in parsed) {
      throw this.unexpected(token, parsed.expected);
    }
    this.index++;
    return parsed.value;
  }

  /** The next token; a token with a problem is an error as soon as it is the next one. */
  private peek(): FilterToken {
    const token = this.tokens[this.index]!;
    if (token.problem) {
      const { expected, position, length } = token.problem;
      throw this.error({ expected, position, length, found: this.text.slice(position, position + length) });
    }
    return token;
  }

  private take(sign: FilterSign): boolean {
    const found = isSign(this.peek(), sign);
    if (found) {
      this.index++;
    }
    return found;
  }

  private require(sign: FilterSign, expected: string): void {
    if (!this.take(sign)) {
      throw this.unexpected(this.peek(), expected);
    }
  }

  private unexpected({ position, length }: FilterToken, expected: string, suggestion?: string): FlowError {
    return this.error({ position, length, expected, found: this.text.slice(position, position + length), suggestion });
  }

  private error({ position, length, expected, found, suggestion }: FilterErrorFields): FlowError {
    const message =
      `cannot read filter at ${placeText(this.text, position)}: expected ${expected}, ` +
      `found ${foundText(found)}${suggestionText(suggestion)}`;
    const fields = {
      position,
      length,
      expected,
      found: found === '' ? 'the end' : shorten(found),
      ...(suggestion === undefined ? {} : { suggestion }),
    };
    return new FlowError('bad-query', message, { fields });
  }
}

interface FilterErrorFields {
  readonly position: number;
  readonly length: number;
  readonly expected: string;
  readonly found: string;
  readonly suggestion?: string;
}

function isSign(token: FilterToken, sign: FilterSign): boolean {
  return token.kind === 'sign' && token.value === sign;
}

function isNumeric({ type }: Field): boolean {
  return type === 'integer' || type === 'long';
}

function operatorsOf(field: Field): string {
  if (isNumeric(field)) {
    return '= != < <= > >= in';
  }
  return field.type === 'text' ? '= != in ~' : '= != in';
}

function kindOf(field: Field): string {
  switch (field.type) {
    case 'address':
      return 'an address';
    case 'text':
      return 'a text';
    default:
      return 'a number';
  }
}

function test(field: Field, op: FilterOperator, values: readonly FilterValue[]): FilterTest {
  return { type: 'test', field: field.name, op, values };
}

/** One node of terms that are not of its own kind themselves. */
function joinTerms(type: 'and' | 'or', terms: readonly FilterNode[]): FilterNode {
  if (terms.length === 1) {
    return terms[0]!;
  }
  return { type, terms: terms.flatMap((term) => (term.type === type ? term.terms : [term])) };
}

/** Columns and lines count from 1, as editors show them. */
function placeText(text: string, position: number): string {
  const before = text.slice(0, position).split(/\r\n|\r|\n/);
  const column = before.at(-1)!.length + 1;
  return before.length === 1 ? `column ${column}` : `line ${before.length}, column ${column}`;
}

function foundText(found: string): string {
  if (found === '') {
    return 'the end';
  }
  const short = shorten(found);
  return /^["'`]/.test(short) ? short : `"${short}"`;
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
