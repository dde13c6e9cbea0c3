import * as fc from 'fast-check';

import { compareKeys, sortTexts } from '../../../src/store/key-order';

test.each([
  ['a', 'b', -1],
  ['a', 'a', 0],
  ['a', 'ab', -1],
  ['', 'a', -1],
  ['a-b', 'a/', -1],
  ['z', 'é', -1],
  // UTF-16 has these the other way round.
  ['～', '😀', -1],
  ['\ue000', '\u{10000}', -1],
  ['\ud7ff', '\ue000', -1],
  ['😀', '😁', -1],
])('%s and %s compare as %i', (a, b, sign) => {
  expect(Math.sign(compareKeys(a, b))).toBe(sign);
  expect(Math.sign(compareKeys(b, a))).toBe(-sign || 0);
});

test('it is the order of the UTF-8 bytes', () => {
  const key = fc.string({ unit: 'binary', maxLength: 4 });
  fc.assert(
    fc.property(key, key, (a, b) => {
      expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 2000, examples: [['～', '😀']] },
  );
});

test('texts are sorted by it', () => {
  const texts = fc.oneof(
    fc.array(fc.string({ unit: 'binary', maxLength: 4 })),
    fc.array(fc.string({ unit: 'binary-ascii', maxLength: 4 })),
  );
  fc.assert(
    fc.property(texts, (all) => {
      expect(sortTexts([...all])).toEqual([...all].sort(compareKeys));
    }),
    { numRuns: 1000, examples: [[['😀', '～', 'a']]] },
  );
});
