/** The canvas of a node graph in Explore, which has no size that could be saved: what a window of that width leaves for it. */
import { viewOf, type SavedQuery } from './saved-query';

/** Grafana's menu and Explore's outline, both open. Nodes at the edge of a smaller canvas are still seen, beyond it not. */
const BESIDE_PX = 560;
const MIN_WIDTH_PX = 500;
const MAX_WIDTH_PX = 1600;
const HEIGHT_PX = 640;

/** The query with a canvas that fits, unless it has one or is no graph. */
export function withExploreCanvas(query: SavedQuery, windowWidthPx: number): SavedQuery {
  if (viewOf(query) !== 'graph' || query.widthPx !== undefined || query.heightPx !== undefined) {
    return query;
  }
  const widthPx = Math.round(Math.min(MAX_WIDTH_PX, Math.max(MIN_WIDTH_PX, windowWidthPx - BESIDE_PX)));
  return { ...query, widthPx, heightPx: HEIGHT_PX };
}
