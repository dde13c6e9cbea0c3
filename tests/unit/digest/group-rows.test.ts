import fc from 'fast-check';
import { cellText } from '../../../src/digest/digest';
import { FlowError } from '../../../src/errors';
import { createRowOrder, findKeys, groupRows } from '../../../src/digest/group-rows';
import { makeDigest } from '../../helpers/make-digest';
import { arbitraryDigest, KEYS } from '../view/arbitrary-digest';

test('rows are in one group exactly if they agree in all of the keys', () => {
  fc.assert(
    fc.property(arbitraryDigest(true), fc.subarray(KEYS), (digest, names) => {
      const columns = findKeys(digest, names);
      const { ids, groupCount, firstRows } = groupRows(digest, columns);
      const textOf = (row: number): string => columns.map((column) => cellText(column, row)).join(' ');
      const byText = new Map<string, number>();
      ids.forEach((id, row) => {
        expect(byText.get(textOf(row)) ?? id).toBe(id);
        byText.set(textOf(row), id);
      });
      expect(byText.size).toBe(groupCount);
      expect(firstRows.length).toBe(groupCount);
      firstRows.forEach((row, id) => expect(ids[row]).toBe(id));
    }),
  );
});

test('rows are ordered as a digest orders them', () => {
  fc.assert(
    fc.property(arbitraryDigest(false), (digest) => {
      const compare = createRowOrder(digest.keys);
      for (let row = 1; row < digest.rowCount; row++) {
        expect(compare(row - 1, row)).toBeLessThan(0);
      }
    }),
  );
});

test('64-bit keys that differ in their high halves only are different', () => {
  const digest = makeDigest({ keys: ['start', 'srcport'] }, [
    { start: 1, srcport: 1 },
    { start: 1 + 2 ** 32, srcport: 2 },
    { start: '-', srcport: 3 },
    { start: 1, srcport: 4 },
  ]);
  expect(groupRows(digest, findKeys(digest, ['start'])).groupCount).toBe(3);
});

test('a key that the digest lacks is a bad query', () => {
  const digest = makeDigest({ keys: ['srcaddr'] }, []);
  expect(() => findKeys(digest, ['dstaddr'])).toThrow(FlowError);
  expect(() => findKeys(digest, ['dstaddr'])).toThrow(/cannot group by dstaddr/);
});
