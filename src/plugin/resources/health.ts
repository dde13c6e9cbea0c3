/**
 * `health`: whether one source can be read, as "Save & test" finds it out for all; for a button beside the source in the
 * config editor. It is of the saved settings, which is all that a plugin gets. A source that cannot be read is an answer
 * (`status: "error"`), not a failed call.
 */
import { checkPlaces } from '../check-places';
import { selectSources } from '../select-sources';
import { parameterError } from './parameters';
import { jsonAnswer, type Resource } from './resource';

export const HEALTH: Resource = {
  path: 'health',
  parameters: ['source'],
  takesBody: false,
  async answer({ dataSource, parameters, user, forwarding, signal, nowMs }) {
    const name = parameters.text('source');
    if (name === undefined) {
      const names = dataSource.settings.sources.map((source) => source.name);
      throw parameterError(
        'source',
        `it is missing; name one of the sources, by name or location: ${names.join(', ')}`,
      );
    }
    const options = { role: user?.role, forwarding: forwarding(), signal, nowMs };
    const { sources } = await checkPlaces({ sources: selectSources(dataSource.sources, [name]) }, options);
    return jsonAnswer(sources[0]);
  },
};
