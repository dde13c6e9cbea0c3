/** A table as one frame: keys as text that can be filtered for, sums in their units, times. */
import type { Measure } from '../query/model';
import { OTHER_ID } from '../view/graph-model';
import type { Table, TableColumn } from '../view/table';
import type { Frame, FrameField } from './frame';
import { keyText } from './key-text';
import { unitOf } from './measure-units';

/**
 * The frame `table`, rows in the table's order. In the row *Other* the first key says so, with the number of groups it
 * stands for, and the other keys are null; so are times that no record had.
 */
export function buildTableFrame(table: Table): Frame {
  const firstKey = table.columns.find(isKey)?.name;
  return {
    name: 'table',
    meta: { preferredVisualisationType: 'table' },
    fields: table.columns.map((column): FrameField => {
      const { name } = column;
      switch (column.kind) {
        case 'sum':
          return { name, type: 'float64', values: column.values, config: { unit: unitOf(name as Measure) } };
        case 'seconds':
          return { name, type: 'time', unit: 's', nullable: true, values: column.values };
        default:
          return {
            name,
            type: 'string',
            nullable: true,
            values: keyTexts(column, table, name === firstKey),
            config: { filterable: true },
          };
      }
    }),
  };
}

type KeyColumn = Exclude<TableColumn, { kind: 'sum' | 'seconds' }>;

function isKey(column: TableColumn): column is KeyColumn {
  return column.kind !== 'sum' && column.kind !== 'seconds';
}

function keyTexts({ name, values }: KeyColumn, { otherRow, foldedGroups }: Table, isFirst: boolean): (string | null)[] {
  return Array.from<string | number | null, string | null>(values, (value, row) => {
    if (row === otherRow) {
      return isFirst ? `${OTHER_ID} (${foldedGroups})` : null;
    }
    return keyText(name, value);
  });
}
