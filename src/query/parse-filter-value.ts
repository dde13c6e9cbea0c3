/**
 * One value of a filter, read as its field's type asks: numbers within their range, addresses and blocks, protocol
 * names, times, text. It answers with what would have been right if the text is no such value; where it stood is
 * `parse-filter.ts`'s business.
 */
import { compareAddresses, formatAddress, parseAddress, type Address } from '../flow/address';
import { findField, type Field } from '../flow/fields';
import { protocolNumber } from '../flow/protocols';
import type { FilterOperator, FilterValue } from './filter';
import { parseRfc3339 } from './time';

/** The largest value of each type, unless the field has its own: INT_32, and exact integers of 64-bit fields. */
const MAX_BY_TYPE = { integer: 2 ** 31 - 1, long: Number.MAX_SAFE_INTEGER } as const;

const UPPER_CASE_FIELDS: ReadonlySet<string> = new Set(['action', 'log-status']);
const LOWER_CASE_FIELDS: ReadonlySet<string> = new Set(['flow-direction']);
const TIME_FIELDS: ReadonlySet<string> = new Set(['start', 'end']);

/** What is to be read, and as what. */
export interface ValueText {
  readonly text: string;
  /** It stood in quotes. */
  readonly quoted: boolean;
  readonly field: Field;
  readonly op: FilterOperator;
}

/** A value, or what was expected in its place. */
export type ParsedValue = { readonly value: FilterValue } | { readonly expected: string };

/** Reads one value of a test. */
export function parseFilterValue(source: ValueText): ParsedValue {
  const { text, quoted, field, op } = source;
  if (text === '-' && (op === '=' || op === '!=' || op === 'in')) {
    if (!quoted) {
      return { value: { type: 'missing' } };
    }
    if (!canHoldDash(field)) {
      return { expected: `- without quotes, for a missing ${field.name}` };
    }
  }
  switch (field.type) {
    case 'integer':
    case 'long':
      return parseNumberValue(source);
    case 'address':
      return parseAddressValue(text) ?? { expected: describeFilterValue(field, op) };
    case 'text':
      return text === '-' && !(quoted && canHoldDash(field))
        ? { expected: describeFilterValue(field, op) }
        : { value: { type: 'text', text: toFieldCase(field, text) } };
  }
}

/** What may stand as the value of a test, for an error or a hint: `a value for dstport (a number …)`. */
export function describeFilterValue(field: Field, op: FilterOperator): string {
  return `a value for ${field.name} (${describeShapes(field, op)})`;
}

/** The largest number that a field can hold; `undefined` for fields that hold no numbers. */
export function maxFieldValue({ type, max }: Field): number | undefined {
  return type === 'integer' || type === 'long' ? (max ?? MAX_BY_TYPE[type]) : undefined;
}

/** A block such as `10.0.0.0/8`, with the bits of the host taken for zero, or `undefined` if the text is none. */
export function parseBlock(text: string): (FilterValue & { type: 'address' }) | undefined {
  const slash = text.indexOf('/');
  const address = slash < 0 ? undefined : parseAddress(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (!address || !/^\d{1,3}$/.test(digits)) {
    return undefined;
  }
  const prefix = Number(digits);
  if (prefix > address.bytes.length * 8) {
    return undefined;
  }
  const masks = Array.from(address.bytes, (_, i) => 0xff >> Math.min(8, Math.max(0, prefix - 8 * i)));
  const first = address.bytes.map((byte, i) => byte & ~masks[i]!);
  const last = address.bytes.map((byte, i) => byte | masks[i]!);
  return { ...addressValue({ ...address, bytes: first }, { ...address, bytes: last }), prefix };
}

/** A lone `-` in a log always means "missing"; only percent-encoded fields, or columns unknown here, can hold one. */
function canHoldDash(field: Field): boolean {
  return field.encoded === true || findField(field.name) === undefined;
}

function describeShapes(field: Field, op: FilterOperator): string {
  const one = op === '<' || op === '<=' || op === '>' || op === '>=';
  switch (field.type) {
    case 'integer':
    case 'long':
      if (TIME_FIELDS.has(field.name)) {
        return `Unix seconds, a time such as 2026-01-31T12:00:00Z${one ? '' : ', a range of either'}`;
      }
      return (
        `${field.name === 'protocol' ? 'a name such as tcp, ' : ''}a number up to ${maxFieldValue(field)}` +
        (one ? '' : `, a range such as ${field.name === 'protocol' ? '1-17' : '1024-65535'}`)
      );
    case 'address':
      return 'an address, a block such as 10.0.0.0/8, a range such as 10.0.0.1-10.0.0.9';
    case 'text':
      return op === '~' ? 'a pattern such as "eni-0a*"' : 'a word or a quoted text';
  }
}

function parseNumberValue({ text, field, op }: ValueText): ParsedValue {
  const parseOne = (part: string) => parseNumber(part, field);
  const single = parseOne(text);
  if (single !== undefined) {
    return { value: { type: 'number', from: single, to: single } };
  }
  const expected = describeFilterValue(field, op);
  const range = op === '=' || op === '!=' || op === 'in' ? splitRange(text, parseOne) : undefined;
  if (!range) {
    return { expected };
  }
  const [from, to] = range;
  return from > to ? { expected: backwards(field) } : { value: { type: 'number', from, to } };
}

function parseNumber(text: string, field: Field): number | undefined {
  const max = maxFieldValue(field)!;
  if (/^\d+$/.test(text)) {
    // Inexact digits are no danger: whatever rounds to 2⁵³ or more is above every maximum.
    const number = Number(text);
    return number <= max ? number : undefined;
  }
  if (field.name === 'protocol') {
    return protocolNumber(text);
  }
  return TIME_FIELDS.has(field.name) ? parseWholeSeconds(text) : undefined;
}

/** Unix seconds of an RFC 3339 time. A fraction of a second is refused: `start` and `end` have none to compare with. */
function parseWholeSeconds(text: string): number | undefined {
  const timeMs = /\.\d*[1-9]/.test(text) ? undefined : parseRfc3339(text);
  return timeMs === undefined || timeMs < 0 ? undefined : timeMs / 1000;
}

function parseAddressValue(text: string): ParsedValue | undefined {
  const single = parseAddress(text);
  if (single) {
    return { value: addressValue(single, single) };
  }
  const block = parseBlock(text);
  if (block) {
    return { value: block };
  }
  const range = splitRange(text, parseAddress);
  if (!range) {
    return undefined;
  }
  const [first, last] = range;
  if (first.family !== last.family) {
    return { expected: 'a range of addresses of one family' };
  }
  return compareAddresses(first, last) > 0
    ? { expected: 'a range of addresses from low to high' }
    : { value: addressValue(first, last) };
}

function addressValue(first: Address, last: Address): FilterValue & { type: 'address' } {
  return { type: 'address', first: formatAddress(first), last: formatAddress(last) };
}

/** Both ends of `a-b`. Times have hyphens themselves, so every hyphen may be the one between the ends. */
function splitRange<T>(text: string, parseOne: (part: string) => T | undefined): [T, T] | undefined {
  // Two times of full length and a hyphen are below that; longer text has no readable end.
  if (text.length > 100) {
    return undefined;
  }
  for (let at = text.indexOf('-'); at >= 0; at = text.indexOf('-', at + 1)) {
    const first = parseOne(text.slice(0, at));
    const last = first === undefined ? undefined : parseOne(text.slice(at + 1));
    if (first !== undefined && last !== undefined) {
      return [first, last];
    }
  }
  return undefined;
}

function backwards(field: Field): string {
  return `a range for ${field.name} from low to high`;
}

/** Only ASCII letters change, so that the text is the same however often it is read. */
function toFieldCase(field: Field, text: string): string {
  if (UPPER_CASE_FIELDS.has(field.name)) {
    return text.replace(/[a-z]/g, (letter) => letter.toUpperCase());
  }
  return LOWER_CASE_FIELDS.has(field.name) ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : text;
}
