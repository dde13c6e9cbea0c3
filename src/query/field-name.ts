/**
 * How a query names fields. A documented name stands as it is; a column that the dictionary does not know stands in
 * backticks, so that a typing error is not taken for a column that no object has.
 */
import { FIELDS, findField } from '../flow/fields';
import { EITHER_SIDE } from './filter';
import { findNearestName } from './nearest-name';

/** The derived key: the lower of a flow's two ports. */
export const DERIVED_PORT = 'port';

/** Longest name of a column that the dictionary does not know, in UTF-16 code units. */
export const MAX_COLUMN_NAME = 128;

const DOCUMENTED: readonly string[] = FIELDS.map(({ name }) => name);
const SIDELESS: readonly string[] = Object.keys(EITHER_SIDE);

/** Where a name stands: a filter also knows the side-less names of `EITHER_SIDE`, a key list also the derived `port`. */
export type NamePlace = 'filter' | 'keys' | 'columns';

/** What may stand unquoted in each place. */
const KNOWN: Readonly<Record<NamePlace, readonly string[]>> = {
  filter: [...DOCUMENTED, ...SIDELESS],
  keys: [...DOCUMENTED, DERIVED_PORT],
  columns: DOCUMENTED,
};
const KNOWN_SETS: Readonly<Record<NamePlace, ReadonlySet<string>>> = {
  filter: new Set(KNOWN.filter),
  keys: new Set(KNOWN.keys),
  columns: new Set(KNOWN.columns),
};

/** Names that people know from elsewhere and that no spelling distance would find. */
const ALSO_KNOWN_AS: ReadonlyMap<string, string> = new Map([
  ['eni', 'interface-id'],
  ['ip', 'addr'],
  ['sport', 'srcport'],
  ['dport', 'dstport'],
  ['source', 'srcaddr'],
  ['destination', 'dstaddr'],
  ['status', 'log-status'],
  ['direction', 'flow-direction'],
]);

/** The canonical name that an unquoted word stands for (letter case is ignored), or `undefined` if it is not known. */
export function findKnownName(word: string, place: NamePlace): string | undefined {
  const name = word.toLowerCase();
  return KNOWN_SETS[place].has(name) ? name : undefined;
}

/** The known name that somebody who wrote `word` may have meant. */
export function suggestFieldName(word: string, place: NamePlace): string | undefined {
  const known = ALSO_KNOWN_AS.get(word.toLowerCase());
  return known !== undefined && KNOWN_SETS[place].has(known) ? known : findNearestName(word, KNOWN[place]);
}

/** Whether a column can be called so: a header line separates names by white space, and backticks enclose them here. */
export function isColumnName(name: string): boolean {
  return name.length > 0 && name.length <= MAX_COLUMN_NAME && !/[\s`\p{Cc}\p{Surrogate}]/u.test(name);
}

/** Whether the name is one of `EITHER_SIDE`. */
export function isSideless(name: string): boolean {
  return Object.hasOwn(EITHER_SIDE, name);
}

/** The name as a query is to hold it: in backticks unless it is documented, side-less or the derived `port`. */
export function printFieldName(name: string): string {
  return findField(name) !== undefined || isSideless(name) ? name : `\`${name}\``;
}

/** The raw fields behind a name of a filter or a key list: both sides of a side-less name, else the name itself. */
export function rawFieldNames(name: string): readonly string[] {
  return isSideless(name) ? EITHER_SIDE[name]! : [name];
}
