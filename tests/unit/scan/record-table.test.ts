/** The table of records does what a map of hashes does, however it grows and whatever is taken out of it. */
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { createRecordTable, type RecordPlace } from '../../../src/scan/record-table';

const hashOf = (key: number): Buffer => createHash('sha256').update(String(key)).digest();

test('finds what a map finds', () => {
  const step = fc.oneof(
    {
      weight: 20,
      arbitrary: fc.record({
        type: fc.constant('set' as const),
        key: fc.nat(3000),
        count: fc.integer({ min: 1, max: 400 }),
        segment: fc.nat(5),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('delete' as const),
        key: fc.nat(3000),
        count: fc.integer({ min: 1, max: 400 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('drop' as const), segment: fc.nat(5) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const table = createRecordTable();
      const model = new Map<number, RecordPlace>();
      steps.forEach((asked, i) => {
        if (asked.type === 'drop') {
          table.dropSegments(new Set([asked.segment]));
          [...model].filter(([, { segment }]) => segment === asked.segment).forEach(([key]) => model.delete(key));
          return;
        }
        for (let key = asked.key; key < asked.key + asked.count; key++) {
          if (asked.type === 'delete') {
            table.delete(hashOf(key));
            model.delete(key);
          } else {
            const place = { segment: asked.segment, at: i * 8, bytes: 80 + i };
            table.set(hashOf(key), place);
            model.set(key, place);
          }
        }
      });
      expect(table.size()).toBe(model.size);
      for (let key = 0; key < 3500; key += 7) {
        expect(table.get(hashOf(key))).toEqual(model.get(key));
      }
    }),
    { numRuns: 30 },
  );
});
