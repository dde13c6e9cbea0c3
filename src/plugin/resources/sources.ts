/**
 * `sources`: the places that the data source reads, for pickers. Names and places only: how it signs in (roles, keys,
 * external ids) is not for viewers.
 */
import type { SourcesAnswer } from '../../query/resource-answers';
import { jsonAnswer, type Resource } from './resource';

export const SOURCES: Resource = {
  path: 'sources',
  parameters: [],
  takesBody: false,
  answer: async ({ dataSource }) =>
    jsonAnswer({
      sources: dataSource.settings.sources.map(({ name, location, kind }) => ({ name, location, kind })),
    } satisfies SourcesAnswer),
};
