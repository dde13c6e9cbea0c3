/**
 * A saved query with its dashboard variables replaced and the dashboard's ad-hoc filters added: what is sent to the backend.
 */
import { FlowError } from '../errors';
import { addAdHocFilters, type AdHocFilter } from './ad-hoc-filters';
import { interpolateFilter } from './interpolate-filter';
import { normaliseFilter } from './normalise-filter';
import { printFilter } from './print-filter';
import { hasVariable, VARIABLE, type VariableReader } from './variables';

/** Grafana's own interval: the backend knows better when it is left to it, but not a panel's least interval. */
const INTERVAL = /^\$\{?__interval\}?$/;

/** The query to ask. Throws `bad-query`, naming the variable or the ad-hoc filter. */
export function interpolateQuery<Q extends object>(
  query: Q,
  variables: VariableReader,
  adHocFilters: readonly AdHocFilter[] = [],
): Q {
  const members: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(query)) {
    const plain = interpolateMember(name, value, variables);
    if (plain !== undefined) {
      members[name] = plain;
    }
  }
  // Completeness is about objects, not records.
  if (adHocFilters.length > 0 && members['view'] !== 'completeness') {
    members['filter'] = addAdHocFilters(filterText(members['filter']), adHocFilters);
  }
  return members as Q;
}

/** A filter may also be saved as a tree; what is none is refused. */
function filterText(filter: unknown): string {
  const node = normaliseFilter(filter);
  return typeof filter === 'string' ? filter : node ? printFilter(node) : '';
}

function interpolateMember(name: string, value: unknown, variables: VariableReader): unknown {
  if (typeof value === 'string' && hasVariable(value)) {
    switch (name) {
      case 'filter':
        return interpolateFilter(value, variables) || undefined;
      case 'top':
        return readNumber(name, value, variables);
      case 'bucketSec':
        return INTERVAL.test(value) ? readInterval(value, variables) : readOne(name, value, variables);
      default:
        return name === 'refId' ? value : readOne(name, value, variables);
    }
  }
  if (typeof value === 'string' && name === 'top') {
    return readNumber(name, value, variables);
  }
  if (Array.isArray(value)) {
    return interpolateList(name, value as readonly string[], variables);
  }
  return value;
}

/**
 * Each entry's values, each once; of accounts, regions and sources `undefined` if an entry stands on *All*, since they are
 * not restricted then. Throws `bad-query`.
 */
export function interpolateList(
  name: string,
  entries: readonly string[],
  variables: VariableReader,
): readonly string[] | undefined {
  // What is no text is for `normaliseQuery` to refuse.
  if (!entries.some((entry) => typeof entry === 'string' && hasVariable(entry))) {
    return entries;
  }
  const lists = entries.map((entry): readonly string[] | 'all' => {
    if (typeof entry !== 'string' || !hasVariable(entry)) {
      return [entry];
    }
    if (entry.replace(VARIABLE, '') !== '') {
      return [readOne(name, entry, variables)];
    }
    const value = variables.read(entry);
    if (value?.isAll && isScope(name)) {
      return 'all';
    }
    if (!value || (value.values.length === 0 && name !== 'expand')) {
      const why = value ? 'it has no value: choose one' : 'there is no such variable';
      throw new FlowError('bad-query', `cannot read ${name}: ${entry}: ${why}`, {
        fields: { member: name, found: entry },
      });
    }
    return value.values;
  });
  return lists.includes('all') ? undefined : [...new Set(lists.flat())];
}

/** Lists in which nothing means everything. */
function isScope(name: string): boolean {
  return name === 'sources' || name === 'accounts' || name === 'regions';
}

function readOne(name: string, text: string, variables: VariableReader): string {
  const printed = text.replace(VARIABLE, (reference) => {
    const { values = [] } = variables.read(reference) ?? {};
    const [only] = values;
    if (only === undefined || values.length > 1) {
      throw new FlowError('bad-query', `cannot read ${name}: ${reference} must have one value, not ${values.length}`, {
        fields: { member: name, found: reference },
      });
    }
    return only;
  });
  return printed.trim();
}

function readNumber(name: string, text: string, variables: VariableReader): number {
  const printed = readOne(name, text, variables);
  if (!/^\d{1,9}$/.test(printed)) {
    throw new FlowError(
      'bad-query',
      `cannot read ${name}: ${text} must be a whole number, found ${printed || 'nothing'}`,
      {
        fields: { member: name, found: printed },
      },
    );
  }
  return Number(printed);
}

/** Buckets are of whole seconds. */
function readInterval(text: string, variables: VariableReader): string | undefined {
  const printed = variables.print(text);
  return /^\d+ms$/.test(printed) ? '1s' : hasVariable(printed) ? undefined : printed;
}
