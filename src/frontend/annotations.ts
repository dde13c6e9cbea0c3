/** Annotations: moments at which something changed, as the backend's view `events` finds them. Grafana maps its frame itself. */
import type { AnnotationQuery, AnnotationSupport } from '@grafana/data';
import { changeView, viewOf, type SavedQuery } from './saved-query';

/** What a new annotation asks: bursts of rejects, by destination. */
export const DEFAULT_ANNOTATION: Partial<SavedQuery> = { view: 'events', kind: 'bursts', filter: 'action = REJECT' };

/** The support, with the query editor that panels have. */
export function createAnnotationSupport(): AnnotationSupport<SavedQuery> {
  return {
    getDefaultQuery: () => DEFAULT_ANNOTATION,
    // An annotation of no view, or one made by hand in a dashboard's JSON: it can only be about events.
    prepareAnnotation(annotation: AnnotationQuery<SavedQuery>) {
      const target = annotation.target ?? ({ refId: 'Anno', ...DEFAULT_ANNOTATION } as SavedQuery);
      return viewOf(target) === 'events'
        ? { ...annotation, target }
        : { ...annotation, target: changeView(target, 'events') };
    },
  };
}
