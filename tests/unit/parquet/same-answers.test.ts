/** What a Parquet file answers is what the same records answer as text, cell for cell and tally for tally. */
import fc from 'fast-check';
import { compilePlan, type Plan } from '../../../src/digest/plan';
import { parseHeader } from '../../../src/flow/header';
import { unpackParquet } from '../../../src/scan/unpack-parquet';
import { digestByReference, readDigest } from '../../helpers/reference-digester';
import { arbitraryDigestQuery, arbitraryRows } from '../digest/arbitrary-log';
import { answerOfBoth, asDigest, asRecords, planOf, rowsOf } from '../digest/digest-text';
import { writeParquet, type WriteOptions } from './write-parquet';

const options: fc.Arbitrary<WriteOptions> = fc.record(
  {
    codec: fc.constantFrom<WriteOptions['codec']>('GZIP', 'SNAPPY', 'UNCOMPRESSED'),
    groupRows: fc.constantFrom(1, 3, 1000),
    pageBytes: fc.constantFrom(20, 2 ** 20),
    numberEncoding: fc.constantFrom<WriteOptions['numberEncoding']>('PLAIN', 'DELTA_BINARY_PACKED'),
    textEncoding: fc.constantFrom<WriteOptions['textEncoding']>('PLAIN', 'DELTA_LENGTH_BYTE_ARRAY', 'DELTA_BYTE_ARRAY'),
    hyphens: fc.boolean(),
  },
  { requiredKeys: [] },
);
const place = fc.record(
  { stampSec: fc.constant(1_700_000_100), region: fc.constantFrom('a', 'eu-west-1') },
  { requiredKeys: [] },
);

/** By the kernel and by lines of text, which must agree. `skips`: without row groups outside of the time range. */
function answerOfParquet(
  plan: Plan,
  bytes: Uint8Array,
  { skips = true, ...facts }: { stampSec?: number; region?: string; skips?: boolean } = {},
) {
  return answerOfBoth(plan, (digester) => {
    const read = skips ? plan : { ...plan, range: undefined };
    const { columns, cells, skippedLines } = unpackParquet(bytes, undefined, read)!;
    digester.begin({ ...facts, columns });
    cells.forEach((block) => digester.addCells(block));
    digester.end({ storedBytes: 0, textBytes: 0, skippedLines });
  });
}

test('digests', () => {
  fc.assert(
    fc.property(arbitraryDigestQuery, arbitraryRows, options, place, (query, { columns, rows }, how, facts) => {
      // As text such a row would be another header.
      fc.pre(rows.every((row) => parseHeader(row.join(' ')) === undefined));
      const plan = compilePlan(query);
      const text = rows.map((row) => `${row.join(' ')}\n`).join('');
      const expected = digestByReference(query, [{ text, columns, ...facts }]);
      const bytes = writeParquet(columns, rows, how);
      expect(readDigest(asDigest(answerOfParquet(plan, bytes, { ...facts, skips: false })))).toEqual(expected);
      // Rows that are not decoded are not seen to be malformed.
      const skipping = readDigest(asDigest(answerOfParquet(plan, bytes, facts)));
      const { otherTime, badValue, badStatus, otherType } = expected.tallies;
      expect(skipping.tallies.lines).toBe(rows.length);
      // Neither is anything learned from them.
      fc.pre(query.counting !== 'once');
      expect(skipping.rows).toEqual(expected.rows);
      expect(skipping.tallies).toMatchObject({ lines: rows.length, flows: expected.tallies.flows });
      const passed = skipping.tallies.otherTime + skipping.tallies.otherType;
      expect(passed + skipping.tallies.badValue + skipping.tallies.badStatus).toBe(
        otherTime + otherType + badValue + badStatus,
      );
    }),
    { numRuns: 150 },
  );
}, 120_000);

test('a row that reads like a header line is a row', () => {
  const bytes = writeParquet(['type'], [['region'], ['region'], ['IPv4']]);
  const digest = asDigest(answerOfParquet(planOf({ keys: ['type'] }), bytes));
  expect(rowsOf(digest)).toEqual([
    ['IPv4', 1, 0, 0],
    ['region', 2, 0, 0],
  ]);
});

test('records: lines of all columns, in their order', () => {
  fc.assert(
    fc.property(arbitraryRows, options, ({ columns, rows }, how) => {
      const plan = planOf({ view: 'records', top: 1000, filter: 'log-status != NODATA' });
      const { records } = asRecords(answerOfParquet(plan, writeParquet(columns, rows, how)));
      const lines = new Set(rows.map((row) => row.join(' ')));
      for (const { line, columns: own } of records) {
        expect(own).toEqual(columns);
        expect(lines).toContain(line);
      }
    }),
    { numRuns: 100 },
  );
}, 60_000);

test('row groups outside of the time range are not decoded, and their rows counted as of another time', () => {
  const columns = ['start', 'end', 'bytes', 'log-status'];
  const rows = Array.from({ length: 100 }, (_, i) => [String(1_700_000_000 + i), '-', '1', 'OK']);
  const bytes = writeParquet(columns, rows, { groupRows: 10 });
  const range = { from: new Date(1_700_000_035_000).toISOString(), to: new Date(1_700_000_055_000).toISOString() };
  const plan = planOf({ keys: ['log-status'], range });
  expect(unpackParquet(bytes, undefined, plan)).toMatchObject({ skippedLines: 70 });
  const { tallies } = asDigest(answerOfParquet(plan, bytes));
  expect(tallies).toMatchObject({ lines: 100, flows: 20, otherTime: 80 });
});
