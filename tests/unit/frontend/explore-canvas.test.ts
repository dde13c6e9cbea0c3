import { withExploreCanvas } from '../../../src/frontend/explore-canvas';
import { normaliseQuery } from '../../../src/query/normalise';

test.each([300, 1440, 5000])('a graph in a window of %i px gets a canvas that is allowed and fits', (windowWidthPx) => {
  const { widthPx = 0, heightPx = 0 } = withExploreCanvas({ refId: 'A', view: 'graph' }, windowWidthPx);
  expect(widthPx).toBeLessThanOrEqual(Math.max(500, windowWidthPx));
  expect(normaliseQuery({ view: 'graph', widthPx, heightPx }, { nowMs: 0 })).toMatchObject({ widthPx, heightPx });
});

test('a canvas that was chosen stays, and other views have none', () => {
  const chosen = { refId: 'A', view: 'graph', widthPx: 700 } as const;
  expect(withExploreCanvas(chosen, 1440)).toBe(chosen);
  const table = { refId: 'A' };
  expect(withExploreCanvas(table, 1440)).toBe(table);
});
