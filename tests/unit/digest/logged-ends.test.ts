/** What objects tell of interfaces stays small, however many objects there are, and does not depend on how it is added up. */
import fc from 'fast-check';
import { indexEnds } from '../../../src/digest/index-ends';
import { addEnds } from '../../../src/digest/logged-ends';
import { answerOfBoth, asDigest, bytesOf, planOf } from './digest-text';

const PLAN = planOf({ view: 'table', counting: 'once', keys: ['srcaddr'] });

/** What each of these objects tells, by kernel and scanner. */
function endsOf(objects: readonly string[]): string {
  const answer = answerOfBoth(
    PLAN,
    (digester) => {
      for (const text of objects) {
        digester.begin({ flowLogId: 'fl-1' });
        digester.addBlock(bytesOf(text));
        digester.end({ storedBytes: 0, textBytes: text.length });
      }
    },
    { settled: false },
  );
  return asDigest(answer).ends!;
}

const objectOf = (...lines: readonly string[]): string =>
  ['interface-id srcaddr dstaddr packets bytes start end action log-status', ...lines, ''].join('\n');
const line = (eni: string, src: string, dst: string): string =>
  `${eni} ${src} ${dst} 1 9 1700000000 1700000060 ACCEPT OK`;

test('an interface with one peer in each object is told by the address that all have', () => {
  const objects = Array.from({ length: 300 }, (_, i) =>
    objectOf(line('eni-1', '10.0.0.1', `10.1.${i >> 8}.${i & 255}`)),
  );
  expect(endsOf(objects.slice(0, 1))).toBe('fl-1 eni-1 10.0.0.1 10.1.0.0');
  expect(endsOf(objects)).toMatch(/^fl-1 eni-1 10\.0\.0\.1 -(?: 10[.\d]+){8}$/);
  expect([...indexEnds(endsOf(objects)).own]).toEqual([['eni-1', new Set(['10.0.0.1'])]]);
});

test('of an interface without an address that all objects have, one line is left per family', () => {
  const objects = Array.from({ length: 300 }, (_, i) => [
    objectOf(line('eni-1', `10.0.${i >> 8}.${i & 255}`, `10.1.${i >> 8}.${i & 255}`)),
    objectOf(line('eni-1', `fd00::1:${i}`, `fd00::2:${i}`)),
  ]).flat();
  expect(endsOf(objects).split('\n')).toEqual([
    expect.stringMatching(/^fl-1 eni-1 - 4(?: 10[.\d]+){8}$/),
    expect.stringMatching(/^fl-1 eni-1 - 6(?: fd00[:\da-f]+){8}$/),
  ]);
  expect(indexEnds(endsOf(objects)).own.size).toBe(0);
});

test('interfaces whose ids are made up are told apart by their addresses, though no object tells their own', () => {
  const logOf = (id: string, net: number): string =>
    addEnds([
      ...[1, 2].map((host) => `${id} eni-1 10.${net}.0.${host} 10.${net}.0.${10 - host}`),
      ...[1000, 1300].map((stamp) => `${id} =A ${stamp}`),
    ]);
  const overlaps = (...logs: readonly string[]) => [...indexEnds(addEnds(logs)).flowLogs.redundant];
  expect(logOf('fl-a', 0)).toContain('fl-a eni-1 - 4 ');
  expect(overlaps(logOf('fl-a', 0), logOf('fl-b', 1))).toEqual([]);
  expect(overlaps(logOf('fl-a', 0), logOf('fl-b', 0))).toEqual([['fl-b', 'fl-a']]);
});

test('of the stamps of a flow log the first and the last are kept, by what was recorded', () => {
  const ends = [1700000300, 1700000000, 1700000600].map((stamp) => `fl-1 =A ${stamp}\nfl-1 eni-1 10.0.0.1`);
  const all = addEnds([...ends, 'fl-1 =R 1700000300']);
  expect(all.split('\n')).toEqual(['fl-1 =A 1700000000 1700000600', 'fl-1 =R 1700000300', 'fl-1 eni-1 10.0.0.1']);
  expect(addEnds([all, ends[0]!])).toBe(all);
});

test('it does not matter which parts are added up first', () => {
  const address = fc.integer({ min: 1, max: 4 }).chain((i) => fc.constantFrom(`10.0.0.${i}`, `fd00::${i}`));
  const one = fc
    .tuple(fc.constantFrom('eni-1', 'eni-2', '-'), address, address)
    .map(([eni, src, dst]) => line(eni, src, dst));
  const object = fc.array(one, { minLength: 1, maxLength: 3 }).map((lines) => objectOf(...lines));
  fc.assert(
    fc.property(fc.array(object, { minLength: 1, maxLength: 6 }), fc.nat({ max: 6 }), (objects, cut) => {
      const all = endsOf(objects);
      expect(addEnds([endsOf(objects.slice(0, cut)), endsOf(objects.slice(cut))])).toBe(all);
      expect(objects.reduceRight((ends, text) => addEnds([ends, endsOf([text])]), '')).toBe(all);
    }),
  );
});
