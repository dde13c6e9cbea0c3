import type { TimeRange } from '@grafana/data';
import { useEffect, useId, useRef, useState } from 'react';
import type { EstimateAnswer } from '../../query/resource-answers';
import { errorText, isAborted } from '../resources';
import type { SavedQuery } from '../saved-query';
import { interpolateQuery, type EditedDataSource } from './edited-data-source';

/** How long the query must have stayed the same. */
export const ESTIMATE_DELAY_MS = 700;

/** What the query would read, as far as that is known. */
export type EstimateState =
  | { readonly status: 'none' }
  | { readonly status: 'waiting' }
  | { readonly status: 'error'; readonly message: string }
  | { readonly status: 'done'; readonly estimate: EstimateAnswer; readonly newestDay?: string };

interface Answered {
  readonly key: string;
  readonly state: EstimateState;
}

/** The estimate of the query as it is now; never that of an earlier one. Nothing is asked unless `isWanted`. */
export function useEstimate(
  dataSource: EditedDataSource,
  query: SavedQuery,
  range: TimeRange,
  isWanted: boolean,
): EstimateState {
  const asked = interpolate(dataSource, query);
  const key = isWanted
    ? JSON.stringify([asked.query ?? asked.error, range.raw.from.valueOf(), range.raw.to.valueOf()])
    : '';
  const [answered, setAnswered] = useState<Answered>();
  // Of one editor only the newest estimate matters: listing for the others is ended.
  const requestId = `vpcflow-estimate-${useId()}`;
  const request = useRef({ dataSource, query: asked.query, range });
  useEffect(() => {
    request.current = { dataSource, query: asked.query, range };
  });
  useEffect(() => {
    if (key === '') {
      return undefined;
    }
    let isCurrent = true;
    const timer = setTimeout(() => {
      const { query: wanted, ...others } = request.current;
      if (wanted !== undefined) {
        void ask({ ...others, query: wanted, requestId }).then((state) => {
          if (isCurrent) {
            setAnswered({ key, state });
          }
        });
      }
    }, ESTIMATE_DELAY_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [key, requestId]);
  if (key === '') {
    return { status: 'none' };
  }
  if (asked.error !== undefined) {
    return { status: 'error', message: asked.error };
  }
  return answered?.key === key ? answered.state : { status: 'waiting' };
}

type Asked =
  { readonly query: SavedQuery; readonly error?: undefined } | { readonly query?: undefined; readonly error: string };

function interpolate(dataSource: EditedDataSource, query: SavedQuery): Asked {
  try {
    return { query: interpolateQuery(dataSource, query) };
  } catch (thrown) {
    return { error: errorText(thrown) };
  }
}

interface Request {
  readonly dataSource: EditedDataSource;
  readonly query: SavedQuery;
  readonly range: TimeRange;
  readonly requestId: string;
}

async function ask({ dataSource: { resources }, query, range, requestId }: Request): Promise<EstimateState> {
  try {
    const estimate = await resources.estimate(query, range, requestId);
    if (estimate.objects > 0 || !resources.flowLogs) {
      return { status: 'done', estimate };
    }
    // Where there is nothing, it helps to know where there is something; if that cannot be told, nothing is lost.
    const { sources, accounts, regions } = query;
    const found = await resources.flowLogs({ sources, accounts, regions }).catch(() => undefined);
    const newestDay = found?.flowLogs
      .map(({ day }) => day)
      .toSorted()
      .at(-1);
    return { status: 'done', estimate, ...(newestDay === undefined ? {} : { newestDay }) };
  } catch (thrown) {
    return isAborted(thrown) ? { status: 'none' } : { status: 'error', message: errorText(thrown) };
  }
}
