import type { TimeRange } from '@grafana/data';
import { useCallback, useEffect, useRef } from 'react';
import { printFieldName } from '../../query/field-name';
import type { FieldSummary, ValuesAnswer } from '../../query/resource-answers';
import type { Scope } from '../resources';
import { completeFilter, wantedValues, type FilterCompletion, type WantedValues } from './complete-filter';
import { interpolateScope } from './edited-data-source';
import type { QueryEdit } from './query-edit';

/** Longer nobody waits for a menu; what comes later is there the next time. */
const PATIENCE_MS = 2500;
const MAX_VALUES = 100;
/** How long an answer is good for: logs come every few minutes. */
const MAX_AGE_MS = 60_000;
const MAX_ANSWERS = 50;

/** A completion; `isIncomplete` if more typing may find more. */
export type FoundCompletion = FilterCompletion & { readonly isIncomplete: boolean };

interface Asked {
  readonly atMs: number;
  readonly answer: Promise<ValuesAnswer | undefined>;
}

interface Lookup {
  readonly scope: Scope;
  readonly range: TimeRange;
}

/** What completes the query's filter: by its fields, the dashboard's variables, and the values that its logs have. */
export function useFilterCompletion(
  edit: QueryEdit,
  fields: readonly FieldSummary[],
): (text: string, position: number) => Promise<FoundCompletion> {
  const { dataSource, query, range, variables } = edit;
  const latest = useRef({ dataSource, query, range, variables, fields });
  const answers = useRef(new Map<string, Asked>());
  useEffect(() => {
    latest.current = { dataSource, query, range, variables, fields };
  });
  return useCallback(async (text, position) => {
    const { dataSource: from, query: scoped, range: within } = latest.current;
    const lookUp = ({ field, search }: WantedValues, { scope, range: ofRange }: Lookup) => {
      const key = JSON.stringify([field, search, scope, ofRange.raw.from.valueOf(), ofRange.raw.to.valueOf()]);
      const atMs = Date.now();
      const known = answers.current.get(key);
      if (known !== undefined && atMs - known.atMs < MAX_AGE_MS) {
        return known.answer;
      }
      const answer = from.resources
        .values({ field: printFieldName(field), search, limit: MAX_VALUES, range: ofRange, ...scope })
        // A menu is no place for an error, and without values it still helps; the next time may do better.
        .catch(() => void answers.current.delete(key))
        .then((found) => found ?? undefined);
      // Taken out first, so that those asked for longest ago stand first.
      answers.current.delete(key);
      answers.current.set(key, { atMs, answer });
      for (const oldest of [...answers.current.keys()].slice(0, -MAX_ANSWERS)) {
        answers.current.delete(oldest);
      }
      return answer;
    };
    const place = wantedValues(text, position);
    // A name that is no field has no values.
    const wanted = place && latest.current.fields.some(({ name }) => name === place.field) ? place : undefined;
    const lookup = { scope: interpolateScope(from, scoped), range: within };
    const all = wanted && (await withPatience(lookUp({ ...wanted, search: '' }, lookup)));
    const isSearched =
      wanted !== undefined && wanted.search !== '' && all !== undefined && all.valueCount > all.values.length;
    const searched = isSearched ? await withPatience(lookUp(wanted, lookup)) : undefined;
    const { fields: knownFields, variables: names } = latest.current;
    const values = [...(searched?.values ?? []), ...(all?.values ?? [])];
    const facts = { fields: knownFields, values, variables: names };
    const isIncomplete = wanted !== undefined && (all === undefined || all.valueCount > all.values.length);
    return { ...completeFilter(text, position, facts), isIncomplete };
  }, []);
}

function withPatience<T>(answer: Promise<T>): Promise<T | undefined> {
  return Promise.race([answer, new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS))]);
}
