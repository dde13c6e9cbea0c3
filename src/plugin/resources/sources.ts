/**
 * `sources`: the places that the data source reads, for pickers. Names and places only: how it signs in (roles, keys,
 * external ids) is not for viewers.
 */
import type { SourceSettings } from '../source-settings';
import { jsonAnswer, type Resource } from './resource';

/** A source as a picker shows it. */
export interface SourceSummary {
  readonly name: string;
  /** As it was written in the settings. */
  readonly location: string;
  readonly kind: SourceSettings['kind'];
}

export const SOURCES: Resource = {
  path: 'sources',
  parameters: [],
  takesBody: false,
  answer: async ({ dataSource }) =>
    jsonAnswer({
      sources: dataSource.settings.sources.map(({ name, location, kind }): SourceSummary => ({ name, location, kind })),
    }),
};
