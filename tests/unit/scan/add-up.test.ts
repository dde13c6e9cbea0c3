/** Rows that were put aside, added up by either engine: what they would be if they had stayed together. */
import fc from 'fast-check';
import { createDigester } from '../../../src/digest/digester';
import { NO_TALLIES, type Digest } from '../../../src/digest/digest';
import { mergeDigests } from '../../../src/digest/merge';
import { partitionRows } from '../../../src/digest/partition-rows';
import { createAdder } from '../../../src/scan/add-up';
import { decodeSegment, encodePart, type SegmentBytes } from '../../../src/scan/spill-parts';
import { bytesOf, planOf } from '../digest/digest-text';
import { logText, recordLine } from './flow-logs';

const PARTITIONS = 5;
const KEYS = ['srcaddr', 'dstport', 'interface-id'];
const PLAN = planOf({ view: 'table', counting: 'as-logged', keys: KEYS });
if (PLAN.kind !== 'digest') {
  throw new Error('a digest was expected');
}
const plan = PLAN;
const fold = { keys: KEYS, rank: 'bytes', top: Infinity };
const handOver = () => Promise.resolve(0);

const record = fc.record({
  eni: fc.constantFrom('eni-a', 'eni-b', 'eni-ü'),
  src: fc.constantFrom('-', '10.0.0.1', '10.0.0.2', '2001:db8::1', '2001:db8::2'),
  dstport: fc.integer({ min: 1, max: 9 }),
  bytes: fc.nat(100),
});

function digestOf(engine: 'kernel' | 'scanner', records: readonly object[], sorted: boolean): Digest {
  const digester = createDigester(plan, { engine });
  digester.begin({});
  digester.addBlock(bytesOf(logText(records.map((parts) => recordLine(parts)))));
  const answer = digester.finish({ sorted });
  if (answer.kind !== 'digest') {
    throw new Error('a digest was expected');
  }
  return answer.digest;
}

const plain = (digest: Digest | undefined): unknown =>
  JSON.parse(
    JSON.stringify({ ...digest, tallies: NO_TALLIES }, (_, value: unknown) =>
      ArrayBuffer.isView(value) ? Array.from(value as Uint8Array, String) : value,
    ),
  );

test.each(['kernel', 'scanner'] as const)('the %s adds partitions up to what there was', async (engine) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(record, { maxLength: 30 }), { minLength: 1, maxLength: 4 }), async (parts) => {
      const given = parts.map((records) => digestOf(engine, records, false));
      const encoded = given.map((digest) => encodePart(digest, partitionRows(digest, KEYS, PARTITIONS)));
      const adder = createAdder(plan, { ends: '', fold }, handOver, { engine });
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const segments = encoded.flatMap(({ segments: all }) => all.filter((one) => one.partition === partition));
        await adder.add(segments);
      }
      const { folded, rowCount } = adder.finish([]);
      const together = mergeDigests(
        parts.map((records) => digestOf(engine, records, true)),
        { engine },
      );
      expect(rowCount).toBe(together.rowCount);
      expect(folded?.restGroups).toBe(0);
      expect(plain(folded?.kept)).toEqual(plain(together));
    }),
    { numRuns: 30 },
  );
});

test('any byte of a segment that changes, or is missing, is found', () => {
  const digest = digestOf('kernel', [{ src: '10.0.0.1' }, { src: '10.0.0.2' }], true);
  const [segment] = encodePart(digest, [Uint32Array.of(0, 1)]).segments as unknown as [SegmentBytes];
  expect(decodeSegment(segment).rowCount).toBe(2);
  for (let at = 0; at < segment.bytes.length; at++) {
    const bytes = segment.bytes.slice();
    bytes[at]! ^= 1 << (at & 7);
    expect(() => decodeSegment({ ...segment, bytes })).toThrow('a temporary file is damaged');
    expect(() => decodeSegment({ ...segment, bytes: segment.bytes.slice(0, at) })).toThrow('is damaged');
  }
});
