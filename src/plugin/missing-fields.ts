/**
 * Fields that a query names and that the format of some objects does not have: a remark for who looks at the answer, an
 * error for a rule that could never tell anything.
 */
import type { Tallies } from '../digest/digest';
import { acceptsMissing, sidesOf } from '../digest/filter-values';
import type { FlowRecord } from '../digest/records';
import { FlowError } from '../errors';
import { rawFieldNames } from '../query/field-name';
import type { FilterNode } from '../query/filter';
import { defaultKeys, type RecordsQuery, type ScanQuery } from '../query/model';
import { digestKeys, filterNames } from '../query/required-fields';
import { describeExactly } from '../view/describe-size';
import { describeRule, type Rule } from './read-query';

/** What tells which objects were read, and which of them lack a field. */
export type FormatTallies = Pick<Tallies, 'objects' | 'missingFields'>;

/** A line for each field that the query names and some objects lack: how many they are, and what becomes of it there. */
export function describeMissingFields(query: ScanQuery, tallies: FormatTallies): string[] {
  const { filter } = query;
  const objectsLacking = new Map(Object.entries(tallies.missingFields));
  const everywhere = fieldsOfNoObject(tallies);
  const filtered = new Set(filter ? rawNames(filterNames(filter)) : []);
  const counted = new Set('distinct' in query ? rawNames(query.distinct) : []);
  const shown = new Set(rawNames(namedKeys(query)));
  const added = query.view === 'records' ? [] : query.measures;

  function effectOf(name: string): string {
    if (filter && filtered.has(name) && !canBeMet(filter, new Set([...everywhere, name]))) {
      return 'no record there can meet the filter';
    }
    if (counted.has(name)) {
      return 'it counts as one value (-) there';
    }
    return filtered.has(name) || shown.has(name) ? 'it counts as missing (-) there' : 'nothing is added up there';
  }

  return [...new Set([...filtered, ...shown, ...added])].flatMap((name) => {
    const objects = objectsLacking.get(name);
    return objects === undefined
      ? []
      : [
          `the format of ${describeExactly(objects)} ${objects === 1 ? 'object' : 'objects'} has no ${name}: ${effectOf(name)}`,
        ];
  });
}

/** The same for the columns of a records query, told by the records themselves: a scan for records does not look at them. */
export function describeMissingColumns({ fields }: RecordsQuery, records: readonly FlowRecord[]): string[] {
  return fields.flatMap((name) => {
    const lacking = records.filter(({ columns }) => !columns.includes(name)).length;
    return lacking === 0
      ? []
      : [`the format of ${describeExactly(lacking)} of the ${describeExactly(records.length)} records has no ${name}`];
  });
}

/**
 * Throws `bad-query` if the rule's number would be the same whatever happened, because no object that was read has what it
 * depends on: it would stay normal for ever. That is so if no record can meet the filter, if all that it counts the values
 * of is missing, or what it adds up.
 *
 * A field that some objects have is no reason to fail, since accounts have formats of their own. Neither is one of which
 * the filter may do without: `reject-reason = -` and `not vpc-id = x` are met where there is no such field, and `or` has
 * another term. A record that did meet the filter proves that one can.
 */
export function assertNotBlind(query: ScanQuery, tallies: FormatTallies & Pick<Tallies, 'flows'>, asker: Rule): void {
  const absent = fieldsOfNoObject(tallies);
  const fail = (what: string, names: readonly string[]): never => {
    throw new FlowError(
      'bad-query',
      `cannot ${what}: no object of the time range has ${names.join(', ')} in its format, so ${describeRule(asker)} would never see a change`,
      { fields: { missing: names.join(' ') } },
    );
  };
  const { filter } = query;
  if (filter && tallies.flows === 0 && !canBeMet(filter, absent)) {
    fail(
      'meet the filter',
      [...new Set(rawNames(filterNames(filter)))].filter((name) => absent.has(name)),
    );
  }
  if (query.view === 'records') {
    return;
  }
  const counted = 'distinct' in query ? rawNames(query.distinct) : [];
  if (counted.length > 0) {
    if (counted.every((name) => absent.has(name))) {
      fail('count distinct values', counted);
    }
  } else if (absent.has(query.measures[0])) {
    fail('add up', [query.measures[0]]);
  }
}

/** Fields that every object lacks; none if nothing was read. */
function fieldsOfNoObject({ objects, missingFields }: FormatTallies): ReadonlySet<string> {
  return new Set(Object.entries(missingFields).flatMap(([name, lacking]) => (lacking >= objects ? [name] : [])));
}

/** The default graph asks for what places an address, whether it is there or not. */
function namedKeys(query: ScanQuery): readonly string[] {
  if (query.view === 'records') {
    return [];
  }
  const isDefault = query.view === 'graph' && query.keys.join(' ') === defaultKeys('graph', query.logType).join(' ');
  return isDefault ? [] : digestKeys(query);
}

function rawNames(names: readonly string[]): readonly string[] {
  return names.flatMap(rawFieldNames);
}

/** Whether a record without the `absent` fields can meet the filter, whatever its other fields say. */
function canBeMet(filter: FilterNode, absent: ReadonlySet<string>): boolean {
  return outcomesOf(filter, absent).canHold;
}

/** What can become of a filter for such a record. Terms are taken for independent, so that too much may be possible. */
interface Outcomes {
  readonly canHold: boolean;
  readonly canFail: boolean;
}

function outcomesOf(node: FilterNode, absent: ReadonlySet<string>): Outcomes {
  switch (node.type) {
    case 'test': {
      const { positive, fields, isOpposite } = sidesOf(node);
      const holdsWithout = acceptsMissing(positive);
      const outcomes = {
        canHold: fields.some((field) => !absent.has(field) || holdsWithout),
        canFail: fields.every((field) => !absent.has(field) || !holdsWithout),
      };
      return isOpposite ? opposite(outcomes) : outcomes;
    }
    case 'not':
      return opposite(outcomesOf(node.term, absent));
    default: {
      const terms = node.terms.map((term) => outcomesOf(term, absent));
      const isAnd = node.type === 'and';
      return {
        canHold: isAnd ? terms.every(({ canHold }) => canHold) : terms.some(({ canHold }) => canHold),
        canFail: isAnd ? terms.some(({ canFail }) => canFail) : terms.every(({ canFail }) => canFail),
      };
    }
  }
}

function opposite({ canHold, canFail }: Outcomes): Outcomes {
  return { canHold: canFail, canFail: canHold };
}
