/**
 * The filter as a tree: what `parse-filter.ts` makes, `print-filter.ts` writes back, and `digest/compile-filter.ts` turns
 * into tests on parsed columns.
 */

/** A filter on records. `terms` of `and` and `or` are two or more; nesting of the same kind is flattened by the parser. */
export type FilterNode =
  | { readonly type: 'and' | 'or'; readonly terms: readonly FilterNode[] }
  | { readonly type: 'not'; readonly term: FilterNode }
  | FilterTest;

/** One comparison: `field op values`. All operators but `in` have exactly one value. */
export interface FilterTest {
  readonly type: 'test';
  /** A documented field, a side-less name of `EITHER_SIDE`, or a column that the dictionary does not know. */
  readonly field: string;
  readonly op: FilterOperator;
  readonly values: readonly FilterValue[];
}

/**
 * `=` and `in` accept single values, ranges and CIDR blocks; `!=` is the exact opposite of `=` (also for the side-less
 * fields and for missing values); `<` … `>=` are for numbers; `~` is for text, with `*` and `?` as wildcards.
 * A missing value (`-`) satisfies only `= -`, `!= …`, and whatever `not` makes true.
 */
export type FilterOperator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | '~';

export type FilterValue =
  /** Numbers from `from` to `to`, both included; a single number has both equal. */
  | { readonly type: 'number'; readonly from: number; readonly to: number }
  /**
   * Addresses from `first` to `last`, both included, in canonical text of one family; `prefix` when they form the CIDR
   * block that was written so (for printing: `first/prefix`).
   */
  | { readonly type: 'address'; readonly first: string; readonly last: string; readonly prefix?: number }
  | { readonly type: 'text'; readonly text: string }
  /** The value `-`: not applicable or not computable. */
  | { readonly type: 'missing' };

/** Names that stand for either side of a flow: a test on one holds if it holds for one of its fields. */
export const EITHER_SIDE: Readonly<Record<string, readonly [string, string]>> = {
  addr: ['srcaddr', 'dstaddr'],
  port: ['srcport', 'dstport'],
  'pkt-addr': ['pkt-srcaddr', 'pkt-dstaddr'],
  'aws-service': ['pkt-src-aws-service', 'pkt-dst-aws-service'],
};
