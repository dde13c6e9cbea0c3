/** Series as the frames of Grafana's time series: a column of times and one of numbers per series and measure. */
import { OTHER_ID } from '../view/graph-model';
import type { Series, SeriesSet, SeriesValues } from '../view/series';
import { actionColor } from './action-colors';
import type { FieldConfig, Frame, FrameField } from './frame';
import { keyText } from './key-text';
import { unitOf } from './measure-units';

/**
 * One wide frame `series`, or with `multi` a frame per series and measure. Fields are named after their measure and
 * labelled with their keys; *Other* has no labels. If the action is the only key, its series have its colours. A set
 * without buckets is one frame without fields: Grafana's "no data".
 */
export function buildSeriesFrames(set: SeriesSet, shape: 'wide' | 'multi' = 'wide'): readonly Frame[] {
  const fields = set.series.flatMap((series) => series.measures.map((values) => seriesField(set, series, values)));
  const type = `timeseries-${shape}` as const;
  const meta = { type, typeVersion: [0, 1], preferredVisualisationType: 'graph' } as const;
  const time: FrameField = { name: 'time', type: 'time', unit: 's', values: set.startSec };
  if (fields.length === 0 || set.startSec.length === 0) {
    return [{ name: 'series', meta, fields: [] }];
  }
  return shape === 'wide'
    ? [{ name: 'series', meta, fields: [time, ...fields] }]
    : fields.map((field) => ({ name: 'series', meta, fields: [time, field] }));
}

function seriesField({ unit }: SeriesSet, series: Series, { measure, values }: SeriesValues): FrameField {
  const { kind, groupCount } = series;
  const labels = Object.fromEntries(
    Object.entries(series.labels).map(([name, value]) => [name, keyText(name, value)] as const),
  );
  const names = Object.keys(labels);
  const config: FieldConfig = {
    unit: unitOf(measure, unit),
    ...(kind === 'other' ? { displayNameFromDS: `${measure} ${OTHER_ID} (${groupCount})` } : {}),
    ...(names.length === 1 ? actionColor(labels['action']) : {}),
  };
  const name = { name: measure, labels, config };
  return values.includes(null)
    ? { ...name, type: 'float64', nullable: true, values }
    : { ...name, type: 'float64', values: values as readonly number[] };
}
