/** How figures of each measure are shown: SI everywhere, as on the labels of DOT and SVG. */
import type { Measure } from '../query/model';
import { describeBytes, describeCount } from '../view/describe-size';

/** Grafana's unit of a measure, per bucket or per second. */
export function unitOf(measure: Measure, unit: 'total' | 'rate' = 'total'): string {
  if (measure === 'bytes') {
    return unit === 'rate' ? 'Bps' : 'decbytes';
  }
  if (unit === 'total') {
    return 'short';
  }
  return measure === 'flows' ? 'cps' : 'pps';
}

/** A sum as text for where Grafana formats nothing itself: `1.23 GB`, `40k`. */
export function describeMeasure(measure: Measure, sum: number): string {
  return measure === 'bytes' ? describeBytes(sum) : describeCount(sum);
}
