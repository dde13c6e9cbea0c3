/**
 * What an error's code is in HTTP, and whose fault: the one table for queries, resources and failed calls.
 */
import type { FlowErrorCode } from '../errors';
import type { ErrorSource } from './messages';

/** How an error is reported to Grafana. */
export interface ErrorStatus {
  readonly httpStatus: number;
  /** `downstream` for all that AWS, the network or who asked has caused. Grafana's own statistics count by it. */
  readonly errorSource: ErrorSource;
}

const STATUSES: Readonly<Record<FlowErrorCode, ErrorStatus>> = {
  'bad-query': { httpStatus: 400, errorSource: 'downstream' },
  'bad-settings': { httpStatus: 400, errorSource: 'downstream' },
  'access-denied': { httpStatus: 403, errorSource: 'downstream' },
  'not-found': { httpStatus: 404, errorSource: 'downstream' },
  'over-limit': { httpStatus: 413, errorSource: 'downstream' },
  throttled: { httpStatus: 429, errorSource: 'downstream' },
  // The client has gone; this status is what Grafana itself gives to such calls.
  aborted: { httpStatus: 499, errorSource: 'downstream' },
  internal: { httpStatus: 500, errorSource: 'plugin' },
  'corrupt-object': { httpStatus: 502, errorSource: 'downstream' },
  unavailable: { httpStatus: 502, errorSource: 'downstream' },
};

/** The HTTP status and source of an error with this code. */
export function errorStatusOf(code: FlowErrorCode): ErrorStatus {
  return STATUSES[code];
}
