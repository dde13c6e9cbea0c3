/**
 * `discover`: the flow logs that the data source's own credentials can find, for the config editor. They tell of places far
 * beyond the configured sources, so only administrators of the organisation get them.
 */
import { FlowError } from '../../errors';
import type { Discovery } from '../../query/discovery';
import { isAdmin } from '../check-places';
import { jsonAnswer, type Resource } from './resource';

/** Somebody looks at a button meanwhile. */
const TIMEOUT_MS = 20_000;

export const DISCOVER: Resource = {
  path: 'discover',
  parameters: ['regions'],
  takesBody: false,
  async answer({ dataSource, parameters, user, assertAuthAllowed, signal, nowMs }) {
    if (!isAdmin(user?.role)) {
      throw new FlowError(
        'access-denied',
        'cannot look for flow logs: they tell of places beyond the configured sources, so only an Admin of the organisation may',
      );
    }
    assertAuthAllowed(dataSource.settings.s3);
    // Loaded only where it is needed: the client of EC2 is large.
    const { discoverFlowLogs } = await import('../../discover/discover-flow-logs');
    const discovery = await discoverFlowLogs({
      connection: dataSource.connectOwn(),
      regions: parameters.list('regions'),
      nowMs,
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    return jsonAnswer(discovery satisfies Discovery);
  },
};
