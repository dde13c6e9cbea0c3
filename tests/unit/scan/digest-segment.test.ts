/** Records in a file: wherever it was cut and whatever was flipped, no record is taken for another or for whole. */
import fc from 'fast-check';
import {
  decodeRecord,
  encodeRecord,
  hashKey,
  isSegmentName,
  newSegmentName,
  segmentHead,
  walkRecords,
  type FoundRecord,
} from '../../../src/scan/digest-segment';

const VERSION = '1.0.0';
const payloadOf = (key: string): Buffer => Buffer.from(`payload of ${key} `.repeat(key.length));
const recordOf = (key: string): Buffer => encodeRecord(hashKey(VERSION, key), payloadOf(key));

/** The keys of which a reader of these bytes gets payloads, each of which must be the right one. */
async function readableKeys(bytes: Buffer, keys: readonly string[]): Promise<string[]> {
  const records: FoundRecord[] = [];
  const read = async (into: Buffer, length: number, at: number): Promise<number> =>
    bytes.copy(into, 0, at, at + length);
  const end = await walkRecords(read, { from: 0, sizeBytes: bytes.length }, (record) =>
    records.push({ ...record, hash: Buffer.from(record.hash) }),
  );
  expect(end).toBe(records.reduce((sum, record) => sum + record.bytes, 0));
  return keys.filter((key) => {
    const hash = hashKey(VERSION, key);
    return records.some((record) => {
      const payload =
        record.hash.equals(hash) && decodeRecord(bytes.subarray(record.at, record.at + record.bytes), hash);
      if (payload) {
        expect(payload.toString()).toBe(payloadOf(key).toString());
      }
      return payload !== false && payload !== undefined;
    });
  });
}

const KEYS = ['a', 'bb', 'ccc', 'dddd', 'eeeee'];
const RECORDS = KEYS.map(recordOf);
const FILE = Buffer.concat(RECORDS);
const ENDS = RECORDS.map((_, i) => Buffer.concat(RECORDS.slice(0, i + 1)).length);

test('cut at any byte, the records before the cut are there', async () => {
  for (let cut = 0; cut <= FILE.length; cut++) {
    expect(await readableKeys(FILE.subarray(0, cut), KEYS)).toEqual(KEYS.filter((_, i) => ENDS[i]! <= cut));
  }
});

test('with any bit flipped, the record is lost and those before it are there', async () => {
  for (let bit = 0; bit < FILE.length * 8; bit += 3) {
    const flipped = Buffer.from(FILE);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    const hit = ENDS.findIndex((end) => bit >> 3 < end);
    const there = await readableKeys(flipped, KEYS);
    const isPadding = bit >> 3 >= (ENDS[hit - 1] ?? 0) + 72 + payloadOf(KEYS[hit]!).length;
    expect(there.slice(0, hit)).toEqual(KEYS.slice(0, hit));
    expect(there.includes(KEYS[hit]!)).toBe(isPadding);
  }
});

test('any junk gives no wrong payload', async () => {
  const piece = fc.oneof(
    fc.constantFrom(...RECORDS),
    fc.uint8Array({ maxLength: 200 }),
    fc.constantFrom(...RECORDS.map((record) => record.subarray(0, 72))),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
      await readableKeys(Buffer.concat(pieces), KEYS);
    }),
    { numRuns: 500 },
  );
});

test('files of many small and of large records are looked through', async () => {
  const keys = Array.from({ length: 5000 }, (_, i) => `key ${i}`);
  const large = encodeRecord(hashKey(VERSION, 'large'), Buffer.alloc(700_000, 1));
  const bytes = Buffer.concat([...keys.slice(0, 3000).map(recordOf), large, large, ...keys.slice(3000).map(recordOf)]);
  const read = async (into: Buffer, length: number, at: number): Promise<number> =>
    bytes.copy(into, 0, at, at + length);
  const found: FoundRecord[] = [];
  expect(
    await walkRecords(read, { from: 0, sizeBytes: bytes.length }, (record) =>
      found.push({ ...record, hash: Buffer.from(record.hash) }),
    ),
  ).toBe(bytes.length);
  expect(found).toHaveLength(5002);
  expect(found.at(-1)!.hash.equals(hashKey(VERSION, keys.at(-1)!))).toBe(true);
});

test('versions differ in the head and in what stands for a key', () => {
  for (const version of ['1.0.1', '', '1.0.0-rc.1+build.of.a.long.name', '1.0.0-rc.1+build.of.a.long.name.2']) {
    expect(segmentHead(version)).toHaveLength(64);
    expect(segmentHead(version).equals(segmentHead(VERSION))).toBe(false);
    expect(hashKey(version, 'a').equals(hashKey(VERSION, 'a'))).toBe(false);
  }
});

test('names sort by when they were begun, and no other file is taken for one', () => {
  const names = [5, 1_700_000_000_000, 1_700_000_000_001].map(newSegmentName);
  expect([...names].reverse().sort()).toEqual(names);
  expect(names.every(isSegmentName)).toBe(true);
  expect(new Set(Array.from({ length: 100 }, () => newSegmentName(7))).size).toBe(100);
  expect(['digests.vfd', '../digests-0000000000005-0123456789ab.vfd', `${names[0]}.bak`].filter(isSegmentName)).toEqual(
    [],
  );
});
