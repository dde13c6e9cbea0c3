/** The fields of the frame `edges`: one line per pair of nodes, with both directions in its menu. */
import type { Measure } from '../query/model';
import type { NodeFilters } from '../view/filter-nodes';
import { hashText } from '../view/hash-text';
import type { GraphPair } from '../view/pair-edges';
import { mixColor, sharesOfFlows } from './action-colors';
import type { FrameField } from './frame';
import { describeMeasure } from './measure-units';
import { createRowFields, describeSums, FILTER_FIELD, shownFilter } from './row-fields';

/** The fields, `id` first. */
export function buildEdgeFields(
  pairs: readonly GraphPair[],
  rankedBy: Measure,
  filters: NodeFilters,
): readonly FrameField[] {
  const { text, number } = createRowFields(pairs);
  return [
    text('id', edgeId),
    text('source', ({ source }) => source),
    text('target', ({ target }) => target),
    text('mainstat', ({ sums }) => describeMeasure(rankedBy, sums[rankedBy]!), `${rankedBy}, both ways`),
    text('secondarystat', ({ ports, hasMorePorts }) => listPorts(ports.slice(0, 1), hasMorePorts || ports.length > 1)),
    number('thickness', ({ sums }) => thickness(sums.bytes)),
    text('color', (pair) => mixColor(sharesOfFlows(pair.sums.flows, pair))),
    text('strokedasharray', ({ sums, reject }) => (reject.flows === sums.flows ? '4 3' : null)),
    text('detail__forth', ({ forth }) => describeSums(forth), 'there'),
    text('detail__back', ({ back }) => describeSums(back), 'back'),
    text('detail__rejected', ({ reject }) => describeSums(reject), 'rejected'),
    text('detail__ports', ({ ports, hasMorePorts }) => listPorts(ports, hasMorePorts), 'ports'),
    text('detail__time', describeTime, 'time'),
    text('detail__filter', ({ source, target }) => shownFilter(filters.ofPair(source, target)), 'filter'),
    text(FILTER_FIELD, ({ source, target }) => filters.ofPair(source, target) ?? null),
  ];
}

/** An id of letters and digits, since the panel refers to it in SVG; the same for the same two nodes. */
function edgeId({ source, target }: GraphPair): string {
  const ends = [source, target].sort().join(' ');
  return `e${hashText(ends, 1).toString(36)}${hashText(ends, 2).toString(36)}`;
}

function listPorts(ports: GraphPair['ports'], hasMore: boolean): string {
  return [...ports.map(({ label }) => label), ...(hasMore ? ['…'] : [])].join(', ');
}

/** From 1 px up to 1 MB to 4 px from 10 TB on, on one scale for all graphs. */
function thickness(bytes: number): number {
  const decades = bytes <= 1e6 ? 0 : Math.min(7, Math.log10(bytes / 1e6));
  return 1 + (3 * decades) / 7;
}

/** From the first start to the last end, as far as they are known and are dates. */
function describeTime({ minStartSec, maxEndSec }: GraphPair): string {
  return [minStartSec, maxEndSec]
    .flatMap((sec) => (sec === undefined ? [] : [new Date(sec * 1000)]))
    .flatMap((date) => (Number.isNaN(date.getTime()) ? [] : [date.toISOString().replace('.000Z', 'Z')]))
    .join(' – ');
}
