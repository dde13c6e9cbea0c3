/**
 * The digest that a coarser plan would have made of an object, from that of a finer one: fewer keys, wider buckets, a
 * filter on keys. Where it could differ in anything, tallies included, there is none, and the object is read.
 */
import { canUseKernel } from '../digest/create-kernel';
import { MISSING } from '../digest/digest';
import type { Digest, KeyColumn, Tallies } from '../digest/digest';
import {
  acceptedIPv4,
  acceptedIPv6,
  acceptedNumbers,
  acceptedTexts,
  acceptsMissing,
  sidesOf,
} from '../digest/filter-values';
import { asksStatus, namedFields, type DigestPlan } from '../digest/plan';
import { createRegisters } from '../digest/registers';
import { pickRows } from '../digest/pick-rows';
import type { FilterNode, FilterTest } from '../query/filter';
import { filterNames } from '../query/required-fields';
import { rawFieldNames } from '../query/field-name';
import type { ObjectDigest } from './digest-cache';

/** Rolls up the digests of single objects. */
export interface RollUp {
  /** Whether it can, which is found out without the work; otherwise only the object itself can tell. */
  canMakeOf(own: ObjectDigest): boolean;
  /** The digest, of one of which it can be made. */
  make(own: ObjectDigest): ObjectDigest;
}

/** All that this module knows of plans and digests. With anything else in them it does nothing, until it is taught. */
const KNOWN_DIFFERENCES: readonly string[] = ['range', 'maxKeys', 'keys', 'sums', 'bucketSec', 'filter'];
const KNOWN_MEMBERS: ReadonlySet<string> = new Set([
  ...[
    'rowCount',
    'bucketStartSec',
    'keys',
    'flows',
    'sums',
    'minStartSec',
    'maxEndSec',
    'tallies',
    'isUnsorted',
    'ends',
  ],
]);

/** From digests of one plan to those of another; `undefined` if no digest of the one tells all that the other asks. */
export function createRollUp(from: DigestPlan, to: DigestPlan): RollUp | undefined {
  if (!covers(from, to)) {
    return undefined;
  }
  const names = namedFields(to);
  const shapeOf = ({ keys, sums, bucketSec, filter }: DigestPlan): string =>
    JSON.stringify([keys, sums, bucketSec, filter]);
  const isSameShape = shapeOf(from) === shapeOf(to);
  const refusesCopies = passesOnlyRejects(to) && !passesOnlyRejects(from);
  return {
    canMakeOf({ digest }) {
      const isKnown = Object.entries(digest).every(([name, value]) => value === undefined || KNOWN_MEMBERS.has(name));
      // Copies do not tell which of them would have passed another filter; but none of them is a REJECT.
      const areCopiesOpen = to.filter !== undefined && !refusesCopies && digest.tallies.copies > 0;
      // A record with a bad value in a column that only the finer plan reads would have counted in the coarser one.
      return isKnown && !areCopiesOpen && digest.tallies.badValue === 0;
    },
    make({ digest, span }) {
      const rows = to.filter && selectRows(digest, to.filter);
      const { bucketStartSec, ...rest } = digest;
      const isSameBucket = to.bucketSec === from.bucketSec;
      const bucketSec = to.bucketSec;
      const projected: Digest = {
        ...rest,
        ...(bucketSec === undefined || bucketStartSec === undefined
          ? {}
          : { bucketStartSec: isSameBucket ? bucketStartSec : widenBuckets(bucketStartSec, bucketSec) }),
        keys: to.keys.map(({ name }) => digest.keys.find((column) => column.name === name)!),
        sums: to.sums.map((name) => digest.sums.find((sum) => sum.name === name)!),
        tallies: rollUpTallies(digest, rows, names, refusesCopies),
        // Several rows may now have equal keys; they are added up as digests are merged.
        isUnsorted: digest.isUnsorted ?? (isSameShape ? undefined : true),
      };
      return { digest: rows ? pickRows(projected, rows) : projected, span };
    },
  };
}

function covers(from: DigestPlan, to: DigestPlan): boolean {
  const others = (plan: DigestPlan): string =>
    JSON.stringify(
      Object.entries(plan)
        .filter(([name, value]) => value !== undefined && !KNOWN_DIFFERENCES.includes(name))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  const known = new Set(namedFields(from));
  const filterFields = to.filter ? filterNames(to.filter).flatMap(rawFieldNames) : [];
  // Of two ports one is folded away.
  const isFolded = (name: string): boolean => from.portRule !== 'as-logged' && /^(?:src|dst)port$/.test(name);
  return (
    (from.filter === undefined || conjuncts(to.filter).includes(JSON.stringify(from.filter))) &&
    others(from) === others(to) &&
    to.keys.every(({ name, kind }) => from.keys.some((key) => key.name === name && key.kind === kind)) &&
    to.sums.every((name) => from.sums.includes(name)) &&
    namedFields(to).every((name) => known.has(name)) &&
    filterFields.every((name) => from.keys.some((key) => key.name === name) && !isFolded(name)) &&
    !asksStatus(to) &&
    (to.bucketSec === undefined || (from.bucketSec !== undefined && to.bucketSec % from.bucketSec === 0)) &&
    // Only the kernel takes rows in any order.
    canUseKernel(to, createRegisters(to))
  );
}

/** The terms of a filter all of which must hold, as text. */
function conjuncts(filter: FilterNode | undefined): readonly string[] {
  return filter === undefined
    ? []
    : [JSON.stringify(filter), ...(filter.type === 'and' ? filter.terms : []).flatMap(conjuncts)];
}

/** Whether a plan that counts once lets nothing but REJECT records pass its filter, which count wherever they are. */
function passesOnlyRejects({ filter, countsOnce, copyDirection }: DigestPlan): boolean {
  const isRejects = (node: FilterNode): boolean =>
    node.type === 'and'
      ? node.terms.some(isRejects)
      : node.type === 'or'
        ? node.terms.every(isRejects)
        : node.type === 'test' &&
          node.field === 'action' &&
          (node.op === '=' || node.op === 'in') &&
          node.values.every((value) => value.type === 'text' && value.text === 'REJECT');
  return countsOnce === true && copyDirection === undefined && filter !== undefined && isRejects(filter);
}

function rollUpTallies(
  { tallies, flows }: Digest,
  rows: Uint32Array | undefined,
  names: readonly string[],
  areCopiesFiltered: boolean,
): Tallies {
  const kept = rows ? rows.reduce((sum, row) => sum + flows[row]!, 0) : tallies.flows;
  const refused = areCopiesFiltered ? tallies.copies : 0;
  return {
    ...tallies,
    flows: kept,
    filtered: tallies.filtered + tallies.flows - kept + refused,
    copies: tallies.copies - refused,
    missingFields: Object.fromEntries(
      names.flatMap((name) =>
        Object.hasOwn(tallies.missingFields, name) ? [[name, tallies.missingFields[name]!]] : [],
      ),
    ),
  };
}

function widenBuckets(starts: Uint32Array, bucketSec: number): Uint32Array {
  const wide = new Uint32Array(new SharedArrayBuffer(starts.byteLength));
  for (let row = 0; row < starts.length; row++) {
    const start = starts[row]!;
    wide[row] = start === MISSING ? MISSING : start - (start % bucketSec);
  }
  return wide;
}

/** The rows that a filter accepts. */
function selectRows(digest: Digest, filter: FilterNode): Uint32Array {
  const accepts = compileRowFilter(filter, digest);
  const rows = new Uint32Array(digest.rowCount);
  let count = 0;
  for (let row = 0; row < digest.rowCount; row++) {
    if (accepts(row)) {
      rows[count++] = row;
    }
  }
  return rows.subarray(0, count);
}

type RowPredicate = (row: number) => boolean;

/** What `digest/compile-filter.ts` is for records. */
function compileRowFilter(node: FilterNode, digest: Digest): RowPredicate {
  switch (node.type) {
    case 'and': {
      const terms = node.terms.map((term) => compileRowFilter(term, digest));
      return (row) => terms.every((term) => term(row));
    }
    case 'or': {
      const terms = node.terms.map((term) => compileRowFilter(term, digest));
      return (row) => terms.some((term) => term(row));
    }
    case 'not': {
      const term = compileRowFilter(node.term, digest);
      return (row) => !term(row);
    }
    case 'test': {
      const { positive, fields, isOpposite } = sidesOf(node);
      const sides = fields.map((field) =>
        compileRowTest(
          positive,
          digest.keys.find(({ name }) => name === field)!,
        ),
      );
      return (row) => sides.some((side) => side(row)) !== isOpposite;
    }
  }
}

function compileRowTest(test: FilterTest, column: KeyColumn): RowPredicate {
  const missing = acceptsMissing(test);
  const isWithin = (ranges: ReturnType<typeof acceptedNumbers>, value: number): boolean =>
    ranges.some(({ from, to }) => value >= from && value <= to);
  switch (column.kind) {
    case 'integer':
    case 'long': {
      const ranges = acceptedNumbers(test);
      const none = column.kind === 'integer' ? MISSING : -1;
      return (row) => (column.values[row] === none ? missing : isWithin(ranges, column.values[row]!));
    }
    case 'address': {
      const ranges = acceptedIPv4(test);
      const acceptsV6 = acceptedIPv6(test);
      const { families, words, v6 } = column;
      const answers = Array.from({ length: v6.length / 16 }, (_, i) => acceptsV6(v6.slice(i * 16, i * 16 + 16)));
      return (row) =>
        families[row] === 4 ? isWithin(ranges, words[row]!) : families[row] === 6 ? answers[words[row]!]! : missing;
    }
    case 'text': {
      const answers = column.dictionary.map(acceptedTexts(test));
      return (row) => (column.codes[row] === MISSING ? missing : answers[column.codes[row]!]!);
    }
  }
}
