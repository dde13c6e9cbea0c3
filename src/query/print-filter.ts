/**
 * `FilterNode` back to text, in the one canonical form: parentheses and quotes only where the language needs them, blanks
 * around operators, protocols by name. `parseFilter(printFilter(node))` equals `node` for every tree that the parser
 * can make.
 */
import { formatAddress, parseAddress } from '../flow/address';
import { protocolName } from '../flow/protocols';
import { printFieldName } from './field-name';
import type { FilterNode, FilterTest, FilterValue } from './filter';
import { isSignWord } from './tokenize-filter';

/** Words that need no quotes: plain ASCII, so that nothing invisible or ambiguous ever stands bare. */
const BARE = /^[A-Za-z0-9_.:/*?%+@#$-]+$/;
/** With it, a word may be taken for a variable. */
const VARIABLE_SIGN = /\$[\w{]|\[\[/;

/** The canonical text of a filter. */
export function printFilter(node: FilterNode): string {
  switch (node.type) {
    case 'test':
      return printTest(node, node.op);
    case 'not':
      return node.term.type === 'test' && node.term.op === 'in'
        ? printTest(node.term, 'not in')
        : `not ${printTerm(node.term, node.term.type === 'and' || node.term.type === 'or')}`;
    case 'and':
      return node.terms.map((term) => printTerm(term, term.type === 'or')).join(' and ');
    case 'or':
      return node.terms.map((term) => printFilter(term)).join(' or ');
  }
}

/** One value as it stands in a filter, quoted where that is needed. */
export function printFilterValue(value: FilterValue, field: string): string {
  switch (value.type) {
    case 'missing':
      return '-';
    case 'text':
      return printText(value.text);
    case 'number':
      return value.from === value.to ? printNumber(value.from, field) : `${value.from}-${value.to}`;
    case 'address': {
      const first = canonicalAddress(value.first);
      if (value.prefix !== undefined) {
        return printText(`${first}/${value.prefix}`);
      }
      return value.first === value.last ? printText(first) : printText(`${first}-${canonicalAddress(value.last)}`);
    }
  }
}

function printTerm(node: FilterNode, inParentheses: boolean): string {
  return inParentheses ? `(${printFilter(node)})` : printFilter(node);
}

function printTest({ field, values }: FilterTest, op: string): string {
  const printed = values.map((value) => printFilterValue(value, field));
  return `${printFieldName(field)} ${op} ${printed.length === 1 ? printed[0]! : `(${printed.join(', ')})`}`;
}

function printNumber(number: number, field: string): string {
  const name = field === 'protocol' ? protocolName(number) : undefined;
  return name === undefined ? String(number) : printText(name);
}

function canonicalAddress(text: string): string {
  const address = parseAddress(text);
  return address ? formatAddress(address) : text;
}

/**
 * A text as a value of a filter, quoted where that is needed. What would read as a dashboard variable (`$name`, `[[name]]`)
 * has its sign escaped, so that it stays the text it is.
 */
export function printText(text: string): string {
  if (text !== '-' && BARE.test(text) && !isSignWord(text) && !VARIABLE_SIGN.test(text)) {
    return text;
  }
  const escaped = text.replace(/["\\]|\p{Cc}|\p{Surrogate}|[\u2028\u2029]|\$(?=[\w{])|\[(?=\[)/gu, (character) => {
    switch (character) {
      case '\n':
        return '\\n';
      case '\r':
        return '\\r';
      case '\t':
        return '\\t';
      case '"':
      case '\\':
        return `\\${character}`;
      default:
        return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
    }
  });
  return `"${escaped}"`;
}
