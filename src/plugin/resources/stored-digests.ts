/**
 * `stored-digests`: whether the service's digests can be used, as "Save & test" finds it out; for the button beside the place
 * in the config editor. Like `health` it is of the saved settings.
 */
import { FlowError } from '../../errors';
import { checkPlaces } from '../check-places';
import { jsonAnswer, type Resource } from './resource';

export const STORED_DIGESTS: Resource = {
  path: 'stored-digests',
  parameters: [],
  takesBody: false,
  async answer({ dataSource, user, forwarding, signal, nowMs }) {
    const options = { role: user?.role, forwarding: forwarding(), signal, nowMs };
    const { digests } = await checkPlaces({ sources: [], digestsOf: dataSource }, options);
    if (digests === undefined) {
      throw new FlowError('not-found', 'cannot test stored digests: the settings name no place of them (digestsAt)');
    }
    return jsonAnswer(digests);
  },
};
