/** From one view to another, keeping what fits. */
import type { View } from '../../query/model';
import { changeView, type SavedQuery } from '../saved-query';

const NODE_PAIRS = [
  ['srcaddr', 'dstaddr'],
  ['pkt-srcaddr', 'pkt-dstaddr'],
] as const;

/** The query in another view. Groups that the view could not use, or that would cost and show nothing, are left out. */
export function switchView(query: SavedQuery, view: View): SavedQuery {
  const { keys, ...others } = changeView(query, view);
  if (keys === undefined || view === 'stat') {
    return others;
  }
  const makesGraph = NODE_PAIRS.some((pair) => pair.every((name) => keys.includes(name)));
  return view === 'graph' && !makesGraph ? others : { ...others, keys };
}
