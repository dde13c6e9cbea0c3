/**
 * What of a filter CloudWatch Logs can test itself, as a filter pattern for space-delimited messages. It only leaves out
 * lines that cannot count; the filter is tested again on those that come.
 * (docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html)
 */
import { parseAddress } from '../flow/address';
import { findField } from '../flow/fields';
import type { FilterNode, FilterTest, FilterValue } from '../query/filter';
import type { Columns } from './recognise-format';

/**
 * Fields that are `-` where a record stands for no traffic or for lost records. A pattern always lets `-` pass, so that those
 * records still come and are counted; of fields that they do have, such as the interface, nothing can be tested.
 */
const TESTABLE: ReadonlySet<string> = new Set([
  'srcaddr',
  'dstaddr',
  'srcport',
  'dstport',
  'protocol',
  'action',
  'tcp-flags',
  'type',
  'pkt-srcaddr',
  'pkt-dstaddr',
  'pkt-src-aws-service',
  'pkt-dst-aws-service',
  'flow-direction',
  'traffic-path',
]);

/** `FilterLogEvents`. */
const MAX_PATTERN_LENGTH = 1024;
/** A range of numbers up to this long is written as its numbers. */
const MAX_NUMBERS = 16;
const MISSING = '"-"';

/**
 * A pattern that every line passes whose record passes the filter, or has no traffic, if all lines have these columns;
 * `undefined` if nothing of the filter can be said so.
 */
export function patternFromFilter(filter: FilterNode | undefined, columns: Columns): string | undefined {
  const terms = filter === undefined ? [] : filter.type === 'and' ? filter.terms : [filter];
  const names = columns.map((_, i) => `c${i + 1}`);
  const parts = [...names];
  const write = (): string => `[${parts.join(', ')}]`;
  for (const term of terms) {
    const index = term.type === 'test' ? columns.indexOf(term.field) : -1;
    // One test of a field is enough, and two would have to be bracketed.
    if (term.type !== 'test' || index < 0 || parts[index] !== names[index]) {
      continue;
    }
    const condition = conditionFromTest(term, names[index]!);
    if (condition === undefined) {
      continue;
    }
    parts[index] = condition;
    if (write().length > MAX_PATTERN_LENGTH) {
      parts[index] = names[index]!;
    }
  }
  return parts.every((part, i) => part === names[i]) ? undefined : write();
}

/** True for a pattern that was made here, and not by somebody who asks for a slice with one. */
export function isOwnPattern(pattern: string | undefined): boolean {
  return pattern?.startsWith('[c1') === true;
}

function conditionFromTest({ field, op, values }: FilterTest, name: string): string | undefined {
  if (!TESTABLE.has(field)) {
    return undefined;
  }
  const texts: string[] = [];
  for (const value of values) {
    const spelt = spellingsOf(value, field);
    if (spelt === undefined) {
      return undefined;
    }
    texts.push(...spelt);
  }
  switch (op) {
    case '=':
    case 'in':
      return [...new Set([...texts, MISSING])].map((text) => `${name} = ${text}`).join(' || ');
    case '!=':
      return texts.includes(MISSING) ? undefined : texts.map((text) => `${name} != ${text}`).join(' && ');
    default:
      return undefined;
  }
}

/** The texts that a value has in a record, as a pattern writes them; `undefined` if that cannot be said. */
function spellingsOf(value: FilterValue, field: string): readonly string[] | undefined {
  switch (value.type) {
    case 'missing':
      return [MISSING];
    case 'text':
      // No signs that mean something in a pattern.
      return findField(field)?.type === 'text' && /^[\w.:/-]{1,100}$/.test(value.text)
        ? [`"${value.text}"`]
        : undefined;
    case 'number': {
      const { from, to } = value;
      return to - from >= MAX_NUMBERS ? undefined : Array.from({ length: to - from + 1 }, (_, i) => `"${from + i}"`);
    }
    case 'address':
      return spellingsOfAddress(value);
  }
}

/** IPv6 has more than one spelling. */
function spellingsOfAddress({
  first,
  last,
  prefix,
}: Extract<FilterValue, { type: 'address' }>): readonly string[] | undefined {
  if (parseAddress(first)?.family !== 4) {
    return undefined;
  }
  if (first === last) {
    return [`"${first}"`];
  }
  const octets = prefix === 8 ? 1 : prefix === 16 ? 2 : prefix === 24 ? 3 : 0;
  return octets === 0 ? undefined : [`${first.split('.').slice(0, octets).join('.')}.*`];
}
