import { createNodePositions } from '../../../src/plugin/node-positions';
import type { Position } from '../../../src/view/layout';

const at = (x: number): ReadonlyMap<string, Position> => new Map([['node', { x, y: 0 }]]);

test('a graph that was never kept has no positions', () => {
  expect(createNodePositions().of('a').positions.size).toBe(0);
});

test('each graph has its own, and what is kept replaces what was there', () => {
  const positions = createNodePositions();
  positions.of('a').keep(at(1));
  positions.of('b').keep(at(2));
  positions.of('a').keep(at(3));
  expect(positions.of('a').positions).toEqual(at(3));
  expect(positions.of('b').positions).toEqual(at(2));
  expect(createNodePositions().of('a').positions.size).toBe(0);
});

test('what was read stays as it was for who reads it, while another keeps anew', () => {
  const positions = createNodePositions();
  positions.of('a').keep(at(1));
  const first = positions.of('a');
  positions.of('a').keep(at(2));
  expect(first.positions).toEqual(at(1));
});

test('names are whatever they are', () => {
  const positions = createNodePositions();
  expect(positions.of('__proto__').positions.size).toBe(0);
  positions.of('__proto__').keep(at(1));
  expect(positions.of('__proto__').positions).toEqual(at(1));
  expect(positions.of('constructor').positions.size).toBe(0);
});

test('of very many graphs those are forgotten that were kept least recently', () => {
  const positions = createNodePositions();
  const isKnown = (name: string) => positions.of(name).positions.size > 0;
  positions.of('always').keep(at(0));
  positions.of('once').keep(at(0));
  for (let graph = 0; graph < 1000; graph++) {
    positions.of(String(graph)).keep(at(graph));
    positions.of('always').keep(at(0));
  }
  expect(isKnown('always')).toBe(true);
  expect(isKnown('once')).toBe(false);
  const known = Array.from({ length: 1000 }, (_, graph) => String(graph)).filter(isKnown);
  // A panel or two of every dashboard of a large team, and the latest of them.
  expect(known.length).toBeGreaterThanOrEqual(100);
  expect(known.length).toBeLessThan(1000);
  expect(known.at(-1)).toBe('999');
  expect(known.map(Number)).toEqual(Array.from(known, (_, index) => 1000 - known.length + index));
});
