/** Events as the frame that Grafana's annotations are read from. */
import type { FlowEvent } from '../view/events';
import type { Frame } from './frame';

/** The frame `annotations`, events in the order given. */
export function buildAnnotationFrame(events: readonly FlowEvent[]): Frame {
  return {
    name: 'annotations',
    fields: [
      { name: 'time', type: 'time', unit: 'ms', values: events.map(({ startMs }) => startMs) },
      { name: 'timeEnd', type: 'time', unit: 'ms', nullable: true, values: events.map(({ endMs }) => endMs ?? null) },
      { name: 'title', type: 'string', values: events.map(({ title }) => title) },
      { name: 'text', type: 'string', values: events.map(({ text }) => text) },
      { name: 'tags', type: 'string', values: events.map(({ tags }) => tags.join(',')) },
      { name: 'id', type: 'string', values: events.map(({ id }) => id) },
    ],
  };
}
