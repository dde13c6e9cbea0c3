/** Whether an ad-hoc filter can be applied, so that a dashboard can show which ones have no effect. */
import type { AdHocVariableFilter, DrilldownsApplicability } from '@grafana/data';
import { FlowError } from '../errors';
import { testOf } from '../query/ad-hoc-filters';

/** Whether, and why not; `isAsked` if any of the queries asks for records. */
export function describeApplicability(filter: AdHocVariableFilter, isAsked: boolean): DrilldownsApplicability {
  const { key, origin } = filter;
  const place = { key, ...(origin !== undefined && { origin }) };
  if (!isAsked) {
    return { ...place, applicable: false, reason: 'Completeness is about objects, not about records' };
  }
  try {
    testOf(filter);
    return { ...place, applicable: true };
  } catch (thrown) {
    return { ...place, applicable: false, reason: FlowError.from(thrown).message };
  }
}
