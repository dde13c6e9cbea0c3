/**
 * A filter from outside, as text or as a tree, made the tree that `parseFilter` would have made. A tree is checked for its
 * shape and then printed and parsed, so that there is one place for what a filter may say.
 */
import { z } from 'zod';
import { FlowError } from '../errors';
import { compareAddresses, parseAddress } from '../flow/address';
import { isColumnName } from './field-name';
import type { FilterNode, FilterTest, FilterValue } from './filter';
import { filterField, MAX_FILTER_DEPTH, parseFilter } from './parse-filter';
import { parseBlock } from './parse-filter-value';
import { printFilter } from './print-filter';
import { MAX_FILTER_TOKENS } from './tokenize-filter';

/** A text's outermost `and` or `or` needs no parentheses, so its tree is one deeper than they are. */
const MAX_TREE_DEPTH = MAX_FILTER_DEPTH + 1;

/** The shape of a tree; made for the first one, since most filters are text. */
let nodeSchema: z.ZodType<FilterNode> | undefined;

function createNodeSchema(): z.ZodType<FilterNode> {
  const wholeNumber = z.int().min(0);
  const value = z.discriminatedUnion('type', [
    z
      .strictObject({ type: z.literal('number'), from: wholeNumber, to: wholeNumber })
      .refine(({ from, to }) => from <= to, 'its range runs from high to low'),
    z
      .strictObject({ type: z.literal('address'), first: z.string(), last: z.string(), prefix: wholeNumber.optional() })
      .refine(isAddressValue, 'it is no address, range or block'),
    z.strictObject({ type: z.literal('text'), text: z.string() }),
    z.strictObject({ type: z.literal('missing') }),
  ]);
  const test = z
    .strictObject({
      type: z.literal('test'),
      field: z.string().refine(isColumnName, 'it is no name of a column'),
      op: z.enum(['=', '!=', '<', '<=', '>', '>=', 'in', '~']),
      values: z.array(value).min(1),
    })
    .refine(hasValuesOfField, 'its values do not fit its field');
  const node: z.ZodType<FilterNode> = z.lazy(() =>
    z.discriminatedUnion('type', [
      z.strictObject({ type: z.enum(['and', 'or']), terms: z.array(node).min(2) }),
      z.strictObject({ type: z.literal('not'), term: node }),
      test,
    ]),
  );
  return node;
}

/**
 * The filter as a tree; `undefined` for none (`undefined`, `null`, or blank text). Anything else that is no filter is a
 * `bad-query` error.
 */
export function normaliseFilter(input: unknown): FilterNode | undefined {
  if (input === undefined || input === null) {
    return undefined;
  }
  if (typeof input === 'string') {
    return parseFilter(input);
  }
  assertBounded(input);
  nodeSchema ??= createNodeSchema();
  const parsed = nodeSchema.safeParse(input);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    const where = path.length === 0 ? '' : ` at ${path.map(String).join('.')}`;
    throw filterError(`expected text or a tree of and, or, not and test; its tree${where}: ${message}`);
  }
  return parseFilter(printFilter(parsed.data));
}

function filterError(why: string): FlowError {
  return new FlowError('bad-query', `cannot read filter: ${why}`, { fields: { member: 'filter' } });
}

/** Refuses trees that are too deep for recursion, too large, or that hold themselves, without recursion of its own. */
function assertBounded(root: unknown): void {
  const open: { node: unknown; depth: number }[] = [{ node: root, depth: 1 }];
  let nodeCount = 0;
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, depth } = next;
    if (typeof node !== 'object' || node === null) {
      continue;
    }
    if (depth > MAX_TREE_DEPTH) {
      throw filterError(`its tree is more than ${MAX_TREE_DEPTH} deep`);
    }
    if (++nodeCount > MAX_FILTER_TOKENS) {
      throw filterError(`its tree has more than ${MAX_FILTER_TOKENS} nodes`);
    }
    const { terms, term } = node as { terms?: unknown; term?: unknown };
    for (const child of Array.isArray(terms) ? (terms as unknown[]) : [term]) {
      open.push({ node: child, depth: depth + 1 });
    }
  }
}

function isAddressValue({ first, last, prefix }: { first: string; last: string; prefix?: number }): boolean {
  const [low, high] = [parseAddress(first), parseAddress(last)];
  if (!low || !high || low.family !== high.family || compareAddresses(low, high) > 0) {
    return false;
  }
  if (prefix === undefined) {
    return true;
  }
  const block = parseBlock(`${first}/${prefix}`);
  const [blockLow, blockHigh] = [parseAddress(block?.first ?? ''), parseAddress(block?.last ?? '')];
  return !!blockLow && !!blockHigh && !compareAddresses(low, blockLow) && !compareAddresses(high, blockHigh);
}

function hasValuesOfField({ field, values }: Pick<FilterTest, 'field' | 'values'>): boolean {
  const { type } = filterField(field);
  const wanted: FilterValue['type'] = type === 'integer' || type === 'long' ? 'number' : type;
  return values.every((value) => value.type === wanted || value.type === 'missing');
}
