import fc from 'fast-check';
import { selectTop } from '../../../src/digest/select-top';

test('the largest come first, equal ones by index', () => {
  expect([...selectTop(Float64Array.of(1, 9, 5, 9, 0), 3)]).toEqual([1, 3, 2]);
  expect([...selectTop(Float64Array.of(1, 2), 9)]).toEqual([1, 0]);
  expect([...selectTop(Float64Array.of(1, 2), 0)]).toEqual([]);
  expect([...selectTop(new Float64Array(), 3)]).toEqual([]);
});

test('ties go to the given order', () => {
  expect([...selectTop(Float64Array.of(7, 7, 7), 2, (a, b) => b - a)]).toEqual([2, 1]);
});

test('it agrees with sorting everything', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), fc.nat(30), (weights, top) => {
      const sorted = weights.map((_, index) => index).sort((a, b) => weights[b]! - weights[a]! || a - b);
      expect([...selectTop(Float64Array.from(weights), top)]).toEqual(sorted.slice(0, top));
    }),
  );
});
