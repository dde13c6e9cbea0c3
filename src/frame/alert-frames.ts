/**
 * The one frame that an alert rule or an expression takes: text columns that label a row and exactly one number, or time
 * series. *Other* is left out, since it is no one thing to be alerted of, and any group in it is smaller than those shown.
 */
import type { SeriesSet } from '../view/series';
import type { Table } from '../view/table';
import type { Frame, FrameField } from './frame';
import { keyText } from './key-text';
import { unitOf } from './measure-units';
import type { Measure } from '../query/model';
import { buildSeriesFrames } from './series-frames';

/** What tells "nothing happened" from "no logs came". */
export interface AlertFrameOptions {
  /** Logs were delivered for the time in question. Without them the answer is Grafana's "no data". */
  readonly hasLogs: boolean;
}

/**
 * A row per group with the table's first measure, zeros as zeros. If logs came but no group did, one row without labels says
 * 0, so that the rule is normal and not without data.
 */
export function buildAlertTableFrame(table: Table, { hasLogs }: AlertFrameOptions): Frame {
  const meta = { type: 'numeric-long', typeVersion: [0, 1] } as const;
  if (!hasLogs) {
    return { name: 'alert', meta, fields: [] };
  }
  const groupCount = table.otherRow ?? table.rowCount;
  const keys = table.columns.flatMap((column) => (column.kind === 'sum' || column.kind === 'seconds' ? [] : [column]));
  const sum = table.columns.find((column) => column.kind === 'sum');
  if (!sum) {
    throw new Error('BUG: the table has no measure');
  }
  const labels = keys.map(({ name, values }): FrameField => {
    const texts = Array.from<string | number | null, string>(values, (value) => keyText(name, value));
    return { name, type: 'string', values: texts.slice(0, groupCount) };
  });
  const values = groupCount === 0 ? [0] : sum.values.slice(0, groupCount);
  const number: FrameField = { name: sum.name, type: 'float64', values, config: { unit: unitOf(sum.name as Measure) } };
  return { name: 'alert', meta, fields: groupCount === 0 ? [number] : [...labels, number] };
}

/**
 * The set's first measure as wide series. If logs came but no group did, one series of zeros without labels stands for
 * that.
 */
export function buildAlertSeriesFrame(set: SeriesSet, { hasLogs }: AlertFrameOptions): Frame {
  const groups = set.series
    .filter(({ kind }) => kind === 'group')
    .map((series) => ({ ...series, measures: series.measures.slice(0, 1) }));
  const measure = set.withoutTime.sums[0]!.measure;
  const nothing = {
    kind: 'group',
    labels: {},
    groupCount: 1,
    measures: [{ measure, values: set.startSec.map(() => 0) }],
  } as const;
  const [frame] = buildSeriesFrames({ ...set, series: !hasLogs ? [] : groups.length === 0 ? [nothing] : groups });
  return frame!;
}
