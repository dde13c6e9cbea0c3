/** Fields of the node graph's frames, a value per row, and figures in the form in which the panel shows them. */
import { describeCount, describeExactly } from '../view/describe-size';
import type { Sums } from '../view/totals';
import type { FrameField } from './frame';
import { describeMeasure } from './measure-units';

/** The name of the field that holds a row's filter, for links; the panel does not show it. */
export const FILTER_FIELD = 'filter';

/** The longest filter that a menu shows: it does not wrap lines, and one of many blocks would push its links out of sight. */
const MAX_SHOWN_FILTER = 60;

/** A filter as a line of a menu; null for one that is too long for it. */
export function shownFilter(filter: string | undefined): string | null {
  return filter !== undefined && filter.length <= MAX_SHOWN_FILTER ? filter : null;
}

/** The name of the field that holds the id of a node that is a group; the panel does not show it. */
export const GROUP_FIELD = 'group';

/** Makes fields from rows of any kind. */
export interface RowFields<Row> {
  text(name: string, valueOf: (row: Row) => string | null, displayName?: string): FrameField;
  number(name: string, valueOf: (row: Row) => number, config?: FrameField['config']): FrameField;
}

/** Fields of those rows. A text field is nullable. */
export function createRowFields<Row>(rows: readonly Row[]): RowFields<Row> {
  return {
    text: (name, valueOf, displayName) => ({
      name,
      type: 'string',
      nullable: true,
      values: rows.map(valueOf),
      ...(displayName === undefined ? {} : { config: { displayName } }),
    }),
    number: (name, valueOf, config) => ({
      name,
      type: 'float64',
      values: Float64Array.from(rows, valueOf),
      ...(config ? { config } : {}),
    }),
  };
}

/** Sums as one line; null for no flows, so that the menu leaves the line out. */
export function describeSums(sums: Sums | undefined): string | null {
  if (!sums || sums.flows === 0) {
    return null;
  }
  const { bytes, packets, flows } = sums;
  const counts = `${describeCount(packets)} ${packets === 1 ? 'packet' : 'packets'}, ${counted(flows, 'flow')}`;
  return `${describeMeasure('bytes', bytes)} in ${counts}`;
}

/** `1 host`, `1,234 hosts`. */
export function counted(count: number, noun: string): string {
  return `${describeExactly(count)} ${noun}${count === 1 ? '' : 's'}`;
}
