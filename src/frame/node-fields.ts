/** The fields of the frame `nodes`: what stands in and under a circle, its ring, its place, and the lines of its menu. */
import type { NodeFilters } from '../view/filter-nodes';
import type { Graph, GraphGroup, GraphNode } from '../view/graph-model';
import type { Layout } from '../view/layout';
import type { Sums } from '../view/totals';
import { ACTION_COLORS, sharesOfFlows } from './action-colors';
import type { FrameField } from './frame';
import { describeMeasure } from './measure-units';
import { counted, createRowFields, describeSums, FILTER_FIELD, GROUP_FIELD, shownFilter } from './row-fields';

/** Radius in pixels: where a figure fits in, and where nodes are too many for that. */
const ROOMY_RADIUS = 24;
const DENSE_RADIUS = 10;

/** The fields, `id` first; `loops` are the sums of what nodes send to themselves. */
export function buildNodeFields(
  { nodes, groups, rankedBy }: Graph,
  { positions, isRoomy }: Layout,
  loops: ReadonlyMap<string, Sums>,
  filters: NodeFilters,
): FrameField[] {
  const groupById = new Map(groups.map((group) => [group.id, group]));
  const groupOf = (node: GraphNode): GraphGroup | undefined => groupById.get(node.groupId ?? '');
  // Groups that show some of their hosts: their own node stands for the others.
  const openGroups = new Set(nodes.flatMap(({ kind, groupId }) => (kind === 'address' && groupId ? [groupId] : [])));
  const subtitleOf = (node: GraphNode): string => {
    switch (node.kind) {
      case 'address':
        return groupOf(node)?.label ?? '';
      case 'unknown':
        return 'no address';
      default:
        return counted(node.hosts, openGroups.has(node.id) ? 'other host' : 'host');
    }
  };
  const titleOf = (node: GraphNode): string =>
    node.kind === 'group' ? (groupOf(node)?.label ?? node.id) : node.kind === 'unknown' ? node.label : node.id;
  const placeOf = (node: GraphNode): string => {
    const group = groupOf(node);
    return [groupById.get(group?.parentId ?? ''), group].flatMap((part) => part?.label ?? []).join(' / ');
  };
  const { text, number } = createRowFields(nodes);
  const sharesOf = (node: GraphNode) => sharesOfFlows(node.in.flows + node.out.flows, node);
  const arc = (share: 'accept' | 'reject' | 'none', displayName: string, fixedColor: string): FrameField =>
    number(`arc__${share}`, (node) => sharesOf(node)[share], { displayName, color: { mode: 'fixed', fixedColor } });
  const total = (node: GraphNode): string => describeMeasure(rankedBy, node.in[rankedBy]! + node.out[rankedBy]!);
  return [
    text('id', ({ id }) => id),
    text('title', titleOf),
    text('subtitle', (node) => (isRoomy ? subtitleOf(node) : null)),
    // Without this field the panel would show its first numeric one.
    text('mainstat', (node) => (isRoomy ? total(node) : null), `${rankedBy}, in and out`),
    arc('accept', 'accepted', ACTION_COLORS.ACCEPT),
    arc('reject', 'rejected', ACTION_COLORS.REJECT),
    arc('none', 'no action logged', ACTION_COLORS.none),
    number('noderadius', () => (isRoomy ? ROOMY_RADIUS : DENSE_RADIUS)),
    number('fixedx', ({ id }) => positions.get(id)!.x),
    number('fixedy', ({ id }) => positions.get(id)!.y),
    text('detail__in', (node) => describeSums(node.in), 'received'),
    text('detail__out', (node) => describeSums(node.out), 'sent'),
    text('detail__within', ({ id }) => describeSums(loops.get(id)), 'of both within'),
    text('detail__rejected', ({ reject }) => describeSums(reject), 'rejected'),
    text('detail__place', placeOf, 'place'),
    text('detail__members', ({ members }) => members?.join(', ') ?? null, 'addresses'),
    text(GROUP_FIELD, ({ id, kind }) => (kind === 'group' ? id : null)),
    text('detail__filter', ({ id }) => shownFilter(filters.ofNode(id)), 'filter'),
    text(FILTER_FIELD, ({ id }) => filters.ofNode(id) ?? null),
  ];
}
