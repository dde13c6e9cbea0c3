/** Files that are damaged, of another kind, or made to do harm: one clear error, and nothing of them counts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { FlowError } from '../../../src/errors';
import { createDigestSession } from '../../../src/scan/digest-session';
import { planOf, asDigest } from '../digest/digest-text';
import { createRandom } from '../../../tools/random';
import { writeParquet, type WriteOptions } from './write-parquet';

const SAMPLES = join(__dirname, '../../golden/samples');
const COLUMNS = ['version', 'srcaddr', 'dstaddr', 'srcport', 'bytes', 'start', 'action', 'log-status'];
const random = createRandom(1);
const ROWS = Array.from({ length: 300 }, (_, i) => [
  ...['2', `10.0.0.${i % 50}`, `10.1.${i % 7}.${i % 256}`, String(random.below(65536)), i % 9 ? String(i * 1000) : '-'],
  ...[String(1_700_000_000 + i), i % 3 ? 'ACCEPT' : '-', 'OK'],
]);
const FILES: readonly Uint8Array[] = [
  ...(
    [
      {},
      { codec: 'SNAPPY', groupRows: 100 },
      { codec: 'UNCOMPRESSED', numberEncoding: 'PLAIN', textEncoding: 'PLAIN' },
      { codec: 'UNCOMPRESSED', numberEncoding: 'DELTA_BINARY_PACKED', textEncoding: 'DELTA_BYTE_ARRAY' },
    ] satisfies WriteOptions[]
  ).map((options) => writeParquet(COLUMNS, ROWS, options)),
  // Older pages.
  new Uint8Array(readFileSync(join(SAMPLES, 'sekoia_test_parquet.parquet'))),
];

async function addAfter(good: Uint8Array, bytes: Uint8Array): Promise<FlowError | undefined> {
  const session = createDigestSession(planOf(), { maxObjectTextBytes: 2 ** 24 });
  await session.addWhole({}, good.slice());
  let failure: FlowError | undefined;
  for (const add of [session.addWhole, (facts: object, all: Uint8Array) => session.addChunks(facts, chunksOf(all))]) {
    try {
      await add({}, bytes);
    } catch (thrown) {
      failure = thrown as FlowError;
    }
  }
  const { tallies } = asDigest(session.finish());
  if (failure) {
    expect(failure).toBeInstanceOf(FlowError);
    expect(tallies.objects).toBe(1);
  }
  return failure;
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1000) {
    yield bytes.slice(at, at + 1000);
  }
}

test('bytes changed, cut off or put in: an error of the object, or an answer; never anything else', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...FILES),
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, fc.double({ min: 0, max: 1, noNaN: true })),
      fc.boolean(),
      async (file, changes, keep, atEnd) => {
        const bytes = file.slice(0, Math.ceil(file.length * keep));
        for (const [where, byte] of changes) {
          // Half of them in the footer, where most can go wrong.
          const from = atEnd ? Math.floor(bytes.length / 2) : 0;
          bytes[from + Math.floor(where * (bytes.length - from - 1))] = byte;
        }
        const failure = await addAfter(FILES[0]!, bytes);
        expect(['corrupt-object', 'over-limit', undefined]).toContain(failure?.code);
      },
    ),
    { numRuns: 400 },
  );
}, 120_000);

const whole = FILES[0]!;
const encrypted = whole.slice();
encrypted[encrypted.length - 1] = 'E'.charCodeAt(0);

test.each<[string, Uint8Array, RegExp]>([
  ['cut short', whole.slice(0, -100), /does not end as a Parquet file does/],
  ['encrypted', encrypted, /its footer is encrypted/],
  ['only a magic number', new Uint8Array(Buffer.from('PAR1')), /does not end as a Parquet file does/],
  [
    'a footer larger than the file',
    new Uint8Array(Buffer.from('PAR1....\xff\xff\x00\x00PAR1', 'latin1')),
    /its footer would be 65543 of 16 bytes/,
  ],
  ['OCSF', new Uint8Array(readFileSync(join(SAMPLES, 'sekoia_test_ocsf.parquet'))), /^not a flow log: .* OCSF events/],
  [
    'CloudTrail',
    writeParquet(['eventversion', 'useridentity', 'eventtime'], [['1', 'x', '2']]),
    /^not a flow log: .* other columns \(eventversion, useridentity, eventtime\)/,
  ],
])('%s', async (_name, bytes, message) => {
  const failure = await addAfter(whole, bytes);
  expect(failure).toMatchObject({ code: 'corrupt-object', message: expect.stringMatching(message) as string });
});

test('more rows than the limit of text allows are refused before they are made', async () => {
  // A million equal rows take no room in the file.
  const rows = Array.from({ length: 1_000_000 }, () => ['ACCEPT', '5']);
  const failure = await addAfter(whole, writeParquet(['action', 'bytes'], rows, { groupRows: 1_000_000 }));
  expect(failure).toBeUndefined();
  const session = createDigestSession(planOf(), { maxObjectTextBytes: 1_000_000 });
  await expect(
    session.addWhole({}, writeParquet(['action', 'bytes'], rows, { groupRows: 1_000_000 })),
  ).rejects.toMatchObject({ code: 'over-limit', fields: { limit: 'maxObjectTextBytes' } });
});
