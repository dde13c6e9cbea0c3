/**
 * The one frame that an alert rule or an expression takes: text columns that label a row and exactly one number, or time
 * series. *Other* is left out, since it is no one thing to be alerted of, and any group in it is smaller than those shown.
 */
import type { SeriesSet } from '../view/series';
import type { Table, TableColumn } from '../view/table';
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

export interface AlertTableOptions extends AlertFrameOptions {
  /** Groups with zeros that are not in the table, of the same keys. */
  readonly gone?: Table;
}

/**
 * A row per group with the table's first measure, zeros as zeros, then those that are gone. If logs came but no group did,
 * one row without labels says 0, so that the rule is normal and not without data.
 */
export function buildAlertTableFrame(table: Table, { hasLogs, gone }: AlertTableOptions): Frame {
  const meta = { type: 'numeric-long', typeVersion: [0, 1] } as const;
  if (!hasLogs) {
    return { name: 'alert', meta, fields: [] };
  }
  const parts = gone ? [table, gone] : [table];
  const { keys, sum } = columnsOf(table);
  const labels = keys.map(({ name }, index): FrameField => {
    return { name, type: 'string', values: parts.flatMap((part) => textsOf(part, columnsOf(part).keys[index]!)) };
  });
  const values = parts.flatMap((part) => columnsOf(part).sum.values.slice(0, groupCountOf(part)));
  const number = { name: sum.name, type: 'float64', config: { unit: unitOf(sum.name as Measure) } } as const;
  return {
    name: 'alert',
    meta,
    fields: values.length === 0 ? [{ ...number, values: [0] }] : [...labels, { ...number, values }],
  };
}

type SumColumn = Extract<TableColumn, { kind: 'sum' }>;
type KeyColumn = Exclude<TableColumn, { kind: 'sum' | 'seconds' }>;

function columnsOf({ columns }: Table): { readonly keys: readonly KeyColumn[]; readonly sum: SumColumn } {
  const sum = columns.find((column) => column.kind === 'sum');
  if (!sum) {
    throw new Error('BUG: the table has no measure');
  }
  return { keys: columns.filter((column) => column.kind !== 'sum' && column.kind !== 'seconds'), sum };
}

function textsOf(table: Table, { name, values }: KeyColumn): readonly string[] {
  const texts = Array.from<string | number | null, string>(values, (value) => keyText(name, value));
  return texts.slice(0, groupCountOf(table));
}

/** Without *Other*, which is the last row. */
function groupCountOf({ otherRow, rowCount }: Table): number {
  return otherRow ?? rowCount;
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
