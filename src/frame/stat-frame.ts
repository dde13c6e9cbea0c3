/** Totals as one row, for stat and gauge panels and for rules. */
import type { Measure } from '../query/model';
import type { Frame } from './frame';
import { unitOf } from './measure-units';

/** The frame `total`: a number per measure, in the order given. */
export function buildStatFrame(totals: Readonly<Partial<Record<Measure, number>>>): Frame {
  return {
    name: 'total',
    meta: { type: 'numeric-wide', typeVersion: [0, 1] },
    fields: Object.entries(totals).map(([name, sum]) => ({
      name,
      type: 'float64',
      values: [sum],
      config: { unit: unitOf(name as Measure) },
    })),
  };
}
