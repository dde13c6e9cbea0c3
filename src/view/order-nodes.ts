/** The fixed order of a graph's nodes and groups, which depends on what they are and never on their traffic. */
import type { GraphGroup } from './graph-model';
import type { Placement } from './place-addresses';

/** Nodes in order, the innermost group of each, and the groups. */
export interface NodeOrder {
  readonly ids: readonly number[];
  readonly groupIds: readonly (string | undefined)[];
  readonly groups: readonly GraphGroup[];
}

const KIND_ORDER: readonly GraphGroup['kind'][] = ['vpc', 'subnet', 'range', 'service', 'internet'];

/** Orders `nodes` by group (a group before those in it) and number; those in no group come last. */
export function orderNodes(nodes: Uint32Array, placement: Placement): NodeOrder {
  const groupById = new Map<string, GraphGroup>();
  for (const group of [...placement.values()].flat()) {
    groupById.set(group.id, group);
  }
  const pathOf = (group: GraphGroup): readonly GraphGroup[] => {
    const parent = group.parentId === undefined ? undefined : groupById.get(group.parentId);
    return parent ? [parent, group] : [group];
  };
  const groups = [...groupById.values()].sort((a, b) => comparePaths(pathOf(a), pathOf(b)));
  const groupRank = new Map(groups.map((group, rank) => [group.id, rank]));
  const rankOf = (node: number): number => groupRank.get(placement.get(node)?.[0].id ?? '') ?? groups.length;
  const ids = Array.from(nodes)
    .map((id) => ({ id, rank: rankOf(id) }))
    .sort((a, b) => a.rank - b.rank || a.id - b.id)
    .map(({ id }) => id);
  return { ids, groupIds: ids.map((id) => placement.get(id)?.[0].id), groups };
}

/** Orders groups by kind and id from the outermost on; a group comes before those in it. */
function comparePaths(a: readonly GraphGroup[], b: readonly GraphGroup[]): number {
  for (let depth = 0; depth < Math.min(a.length, b.length); depth++) {
    const [x, y] = [a[depth]!, b[depth]!];
    if (x.id !== y.id) {
      return KIND_ORDER.indexOf(x.kind) - KIND_ORDER.indexOf(y.kind) || (x.id < y.id ? -1 : 1);
    }
  }
  return a.length - b.length;
}
