/** A table does not show in which order the rows of its digest stand, so a command leaves them unsorted. */
import fc from 'fast-check';
import { createDigester } from '../../../src/digest/digester';
import { buildTable } from '../../../src/view/table';
import { asDigest, bytesOf, planOf } from '../digest/digest-text';

const KEYS = ['interface-id', 'srcaddr', 'dstport', 'start'];
const HEADER = 'interface-id srcaddr dstport packets bytes start end action log-status';

/** Few sizes, so that many groups are equal and stand in the order of their keys. */
const line = fc
  .tuple(
    fc.constantFrom('eni-b', 'eni-a', 'eni-c', '-'),
    fc.constantFrom('10.0.0.9', '10.0.0.10', '2001:db8::2', '2001:db8::1', '9.0.0.1', '-'),
    fc.constantFrom('443', '22', '8080', '-'),
    fc.constantFrom('1', '2', '50'),
    fc.constantFrom('1700000060', '1700000000', '999999999', '-'),
  )
  .map(([eni, source, port, bytes, start]) => `${eni} ${source} ${port} 1 ${bytes} ${start} 1700000099 ACCEPT OK`);

test.each(['as-logged', 'once'])('a table is the same of rows in any order, counting %s', (counting) => {
  let unsorted = 0;
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 60 }),
      fc.subarray(KEYS, { minLength: 1 }),
      fc.integer({ min: 1, max: 12 }),
      (lines, asked, top) => {
        const digestOf = (anyRowOrder: boolean, engine: 'kernel' | 'scanner') => {
          const digester = createDigester(planOf({ view: 'table', keys: KEYS, counting }), { engine });
          const text = [HEADER, ...lines, ''].join('\n');
          digester.begin({});
          digester.addBlock(bytesOf(text));
          digester.end({ storedBytes: 0, textBytes: text.length });
          return asDigest(digester.finish({ anyRowOrder }));
        };
        const sorted = digestOf(false, 'kernel');
        expect(sorted.isUnsorted).toBeUndefined();
        for (const engine of ['kernel', 'scanner'] as const) {
          const digest = digestOf(true, engine);
          unsorted += digest.isUnsorted ? 1 : 0;
          for (const keys of [KEYS, asked]) {
            const query = { keys, top, measures: ['bytes', 'flows'] as const };
            expect(buildTable(digest, query)).toEqual(buildTable(sorted, query));
          }
        }
      },
    ),
    { numRuns: 60 },
  );
  // Copies are found among neighbours, which needs the order.
  expect(unsorted > 0).toBe(counting === 'as-logged');
});
