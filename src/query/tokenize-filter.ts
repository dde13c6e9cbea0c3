/**
 * The words and signs of a filter with their places. It never throws: what cannot be a token is one with a `problem`,
 * so that an editor can colour and complete text that is being typed. What the tokens mean is `parse-filter.ts`'s
 * business.
 */
import { isColumnName, MAX_COLUMN_NAME } from './field-name';

/** A sign, or one of the four words of the language, in canonical spelling: `&&` is `and`, `==` is `=`. */
export type FilterSign = '(' | ')' | ',' | '=' | '!=' | '<' | '<=' | '>' | '>=' | '~' | 'and' | 'or' | 'not' | 'in';

interface TokenPlace {
  /** Index in the text, in UTF-16 code units from 0. */
  readonly position: number;
  /** UTF-16 code units in the text, quotes included; 0 for `end`. */
  readonly length: number;
  /** Why this is no proper token. */
  readonly problem?: TokenProblem;
}

/** What the text should have had, and where it has not. */
export interface TokenProblem {
  readonly expected: string;
  readonly position: number;
  readonly length: number;
}

/**
 * One token. `value` is the word as written, the content of a quoted text without its escapes, or the name of a column
 * without its backticks. The last token of every list is an `end`, and only that.
 */
export type FilterToken = TokenPlace &
  (
    | { readonly kind: 'word' | 'quoted' | 'column' | 'end'; readonly value: string }
    | { readonly kind: 'sign'; readonly value: FilterSign }
  );

/** Most tokens of one filter. */
export const MAX_FILTER_TOKENS = 100_000;

/** Longest word or quoted text, in UTF-16 code units. */
export const MAX_VALUE_LENGTH = 4096;

const SPACE = /\s+/y;
const WORD = /[^\s()"'`,=<>!~&|]+/y;
const SIGN = /&&|\|\||==|!=|<=|>=|[()=<>!~,]/y;
const SIGNS: Readonly<Record<string, FilterSign>> = { '&&': 'and', '||': 'or', '!': 'not', '==': '=' };
const SIGN_WORDS: ReadonlySet<string> = new Set(['and', 'or', 'not', 'in']);
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', "'": "'", '\\': '\\', n: '\n', r: '\r', t: '\t' };

/** The tokens of a filter, always ending with one of kind `end`. */
export function tokenizeFilter(text: string): readonly FilterToken[] {
  const tokens: FilterToken[] = [];
  let position = skipSpace(text, 0);
  while (position < text.length) {
    if (tokens.length === MAX_FILTER_TOKENS) {
      const expected = `at most ${MAX_FILTER_TOKENS} words and signs`;
      tokens.push(problemToken(text, position, text.length - position, expected));
      break;
    }
    const token = readToken(text, position);
    tokens.push(token);
    position = skipSpace(text, position + token.length);
  }
  tokens.push({ kind: 'end', value: '', position: text.length, length: 0 });
  return tokens;
}

/** Whether an unquoted word is one of the language's own (in any letter case), so that a value must be quoted. */
export function isSignWord(word: string): boolean {
  return SIGN_WORDS.has(word.toLowerCase());
}

function skipSpace(text: string, position: number): number {
  return position + (matchAt(SPACE, text, position)?.length ?? 0);
}

function matchAt(pattern: RegExp, text: string, position: number): string | undefined {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0];
}

function readToken(text: string, position: number): FilterToken {
  const first = text[position]!;
  if (first === '"' || first === "'") {
    return readQuoted(text, position);
  }
  if (first === '`') {
    return readColumn(text, position);
  }
  const word = matchAt(WORD, text, position);
  if (word !== undefined) {
    if (isSignWord(word)) {
      return { kind: 'sign', value: word.toLowerCase() as FilterSign, position, length: word.length };
    }
    return {
      kind: 'word',
      value: word,
      position,
      length: word.length,
      problem: lengthProblem(word, position, word.length),
    };
  }
  const sign = matchAt(SIGN, text, position);
  if (sign !== undefined) {
    return { kind: 'sign', value: SIGNS[sign] ?? (sign as FilterSign), position, length: sign.length };
  }
  return problemToken(text, position, 1, first.repeat(2));
}

function readQuoted(text: string, position: number): FilterToken {
  const quote = text[position]!;
  let value = '';
  let problem: TokenProblem | undefined;
  let at = position + 1;
  while (at < text.length && text[at] !== quote) {
    if (text[at] !== '\\') {
      value += text[at++]!;
      continue;
    }
    const code = /^u[0-9a-fA-F]{4}/.exec(text.slice(at + 1, at + 6))?.[0];
    const escaped = text[at + 1] ?? '';
    if (code !== undefined) {
      value += String.fromCharCode(Number.parseInt(code.slice(1), 16));
      at += 6;
    } else {
      if (!Object.hasOwn(ESCAPES, escaped)) {
        problem ??= {
          expected: 'one of \\\\ \\" \\\' \\n \\r \\t \\u0000',
          position: at,
          length: Math.min(2, text.length - at),
        };
      }
      value += ESCAPES[escaped] ?? escaped;
      at += 2;
    }
  }
  const length = Math.min(at + 1, text.length) - position;
  if (at >= text.length) {
    problem ??= { expected: `a closing ${quote}`, position, length };
  }
  return { kind: 'quoted', value, position, length, problem: problem ?? lengthProblem(value, position, length) };
}

function readColumn(text: string, position: number): FilterToken {
  const end = text.indexOf('`', position + 1);
  if (end < 0) {
    return problemToken(text, position, text.length - position, 'a closing `');
  }
  const value = text.slice(position + 1, end);
  const length = end + 1 - position;
  const expected = `the name of a column between the backticks (no spaces, at most ${MAX_COLUMN_NAME} characters)`;
  return {
    kind: 'column',
    value,
    position,
    length,
    problem: isColumnName(value) ? undefined : { expected, position, length },
  };
}

function problemToken(text: string, position: number, length: number, expected: string): FilterToken {
  const value = text.slice(position, position + length);
  return { kind: 'word', value, position, length, problem: { expected, position, length } };
}

function lengthProblem(value: string, position: number, length: number): TokenProblem | undefined {
  return value.length > MAX_VALUE_LENGTH
    ? { expected: `a value of at most ${MAX_VALUE_LENGTH} characters`, position, length }
    : undefined;
}
