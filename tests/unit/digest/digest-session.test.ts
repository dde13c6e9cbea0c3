import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { answerTallies, createDigester } from '../../../src/digest/digester';
import { compilePlan } from '../../../src/digest/plan';
import { FlowError } from '../../../src/errors';
import { createDigestSession, type DigestSession } from '../../../src/scan/digest-session';
import { digestByReference, readDigest } from '../../helpers/reference-digester';
import { writeParquet } from '../parquet/write-parquet';
import { arbitraryDigestQuery, arbitraryObject } from './arbitrary-log';
import { asDigest, asRecords, bytesOf, planOf, rowsOf } from './digest-text';

const LIMITS = { maxObjectTextBytes: 2 ** 20 };
const HEADER = 'start srcaddr vpc-id bytes\n';
const LINES = Array.from({ length: 50 }, (_, i) => `${1_700_000_000 + i} 10.0.0.${i % 7} vpc-${i % 3} ${i}\n`).join('');
const gzip = (text: string | Uint8Array) => new Uint8Array(gzipSync(text));

async function* chunksOf(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.slice(at, at + size);
    at += size;
  }
}

async function codeOf(work: Promise<void>): Promise<string | undefined> {
  try {
    await work;
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(FlowError);
    return (thrown as FlowError).code;
  }
  return undefined;
}

describe('createDigestSession', () => {
  const plan = planOf({ keys: ['srcaddr', 'vpc-id'] });

  it('gives what the reference gives, in whatever chunks an object comes', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 6 });
    const way = fc.constantFrom('whole', 'chunks');
    await fc.assert(
      fc.asyncProperty(
        arbitraryDigestQuery,
        fc.array(fc.tuple(arbitraryObject, way, fc.boolean(), sizes), { maxLength: 4 }),
        async (query, objects) => {
          const session = createDigestSession(compilePlan(query), LIMITS);
          for (const [{ text, ...facts }, how, zipped, pieces] of objects) {
            const bytes = zipped ? gzip(text) : bytesOf(text);
            await (how === 'whole'
              ? session.addWhole(facts, bytes)
              : session.addChunks(facts, chunksOf(bytes, pieces)));
          }
          const digest = asDigest(session.finish());
          const logs = objects.map(([object]) => object);
          expect(readDigest(digest)).toEqual(digestByReference(query, logs));
          expect(digest.tallies).toMatchObject({
            objects: logs.length,
            textBytes: logs.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0),
          });
        },
      ),
      { numRuns: 150 },
    );
  });

  it('counts stored and text bytes', async () => {
    const session = createDigestSession(plan, LIMITS);
    const stored = gzip(HEADER + LINES);
    await session.addWhole({}, stored);
    await session.addChunks({}, chunksOf(stored, [10]));
    expect(answerTallies(session.finish())).toMatchObject({
      objects: 2,
      storedBytes: 2 * stored.length,
      textBytes: 2 * (HEADER + LINES).length,
      flows: 100,
    });
  });

  it.each([
    ['nothing', ''],
    ['blank lines', '\n\r\n'],
    ['a header', HEADER],
  ])('counts an object of %s', async (_name, text) => {
    for (const bytes of [bytesOf(text), gzip(text)]) {
      const session = createDigestSession(plan, LIMITS);
      await session.addWhole({}, bytes);
      await session.addChunks({}, chunksOf(bytes, [3]));
      const digest = asDigest(session.finish());
      expect(digest.rowCount).toBe(0);
      expect(digest.tallies).toMatchObject({ objects: 2, textBytes: 2 * text.length, flows: 0 });
    }
  });

  it('keeps to the limit of keys over all objects in chunks', async () => {
    const limited = planOf({ keys: ['srcaddr'], limits: { maxKeys: 3 } });
    const session = createDigestSession(limited, LIMITS);
    const object = (first: number) => bytesOf(`srcaddr\n10.0.0.${first}\n10.0.0.${first + 1}\n`);
    await session.addChunks({}, chunksOf(object(1), [4]));
    await expect(session.addChunks({}, chunksOf(object(3), [4]))).rejects.toMatchObject({
      code: 'over-limit',
      fields: { limit: 'maxKeys', value: 3 },
    });
    // What was counted stays, for an answer that says it is partial.
    expect(asDigest(session.finish()).tallies).toMatchObject({ objects: 2, flows: 4 });
  });

  it('keeps records of objects in either way', async () => {
    const session = createDigestSession(planOf({ view: 'records', top: 3 }), LIMITS);
    await session.addWhole({}, bytesOf('start\n5\n9\n'));
    await session.addChunks({}, chunksOf(gzip('start\n7\n8\n'), [4]));
    const { records, tallies } = asRecords(session.finish());
    expect(records.map(({ line }) => line)).toEqual(['9', '8', '7']);
    expect(tallies.flows).toBe(4);
  });

  const stored = gzip(HEADER + LINES);
  const wrongChecksum = stored.slice();
  wrongChecksum[stored.length - 6]! ^= 1;
  // 100 MB of zeros, in gzip about 100 kB.
  const bomb = gzip(Buffer.alloc(100_000_000));
  const longLine = `${HEADER}${LINES}${'x'.repeat(2 ** 20 + 2)}`;

  it.each<[string, string, Uint8Array, number]>([
    ['cut short', 'corrupt-object', gzip(HEADER + LINES).slice(0, -20), 2 ** 20],
    ['with a wrong checksum', 'corrupt-object', wrongChecksum, 2 ** 20],
    ['with something behind it', 'corrupt-object', new Uint8Array([...stored, 65]), 2 ** 20],
    ['that is too large as text', 'over-limit', bytesOf(HEADER + LINES), HEADER.length + LINES.length - 1],
    ['that is too large inflated', 'over-limit', stored, HEADER.length + LINES.length - 1],
    ['that is a bomb', 'over-limit', bomb, 2 ** 20],
    ['that is JSON', 'corrupt-object', bytesOf('\n{"a":1}\n'), 2 ** 20],
    ['that is Parquet', 'corrupt-object', bytesOf('PAR1\u0000\u0001\n'), 2 ** 20],
    ['that is something else, compressed', 'corrupt-object', gzip('\n\n\nhello\n'), 2 ** 20],
  ])('refuses an object %s, and leaves no trace of it', async (_name, code, bytes, maxObjectTextBytes) => {
    const facts = { stampSec: 7 };
    const good = bytesOf('srcaddr bytes\n10.9.9.9 1\n');
    const adds: readonly ((session: DigestSession) => Promise<void>)[] = [
      (session) => session.addWhole(facts, bytes),
      (session) => session.addChunks(facts, chunksOf(bytes, [1000])),
      (session) => session.addChunks(facts, chunksOf(bytes, [65_536])),
    ];
    for (const add of adds) {
      const session = createDigestSession(plan, { maxObjectTextBytes });
      await session.addWhole({}, good);
      expect(await codeOf(add(session))).toBe(code);
      await session.addChunks({}, chunksOf(good, [5]));
      const digest = asDigest(session.finish());
      expect(rowsOf(digest)).toEqual([['10.9.9.9', null, 2, 0, 2]]);
      expect(digest.tallies).toMatchObject({
        objects: 2,
        lines: 4,
        blankLines: 0,
        missingFields: { 'vpc-id': 2, packets: 2 },
      });

      const empty = createDigestSession(plan, { maxObjectTextBytes });
      expect(await codeOf(add(empty))).toBe(code);
      expect(empty.finish()).toEqual(createDigester(plan).finish());
    }
  });

  it('refuses a line of more than 1 MiB that comes in chunks, whatever came before it', async () => {
    const session = createDigestSession(plan, { maxObjectTextBytes: 2 ** 24 });
    expect(await codeOf(session.addChunks({}, chunksOf(gzip(longLine), [1000])))).toBe('corrupt-object');
    expect(session.finish()).toEqual(createDigester(plan).finish());
  });

  it('leaves no trace of an object whose chunks fail in the middle', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield bytesOf(HEADER + LINES);
      throw new FlowError('throttled', 'cannot read: slow down');
    }
    const session = createDigestSession(plan, LIMITS);
    expect(await codeOf(session.addChunks({}, failing()))).toBe('throttled');
    expect(session.finish()).toEqual(createDigester(plan).finish());
  });

  it('takes objects that come at the same time', async () => {
    const session = createDigestSession(plan, LIMITS);
    const bytes = bytesOf(HEADER + LINES);
    const columns = HEADER.trim().split(' ');
    const rows = LINES.trimEnd()
      .split('\n')
      .map((line) => line.split(' '));
    await Promise.all([
      // What reads these is loaded while the others are read.
      session.addWhole({}, writeParquet(columns, rows)),
      session.addWhole({}, writeParquet(columns, rows)),
      session.addChunks({}, chunksOf(bytes, [17])),
      session.addWhole({}, gzip(HEADER + LINES)),
      session.addChunks({}, chunksOf(gzip(HEADER + LINES), [23])),
      codeOf(session.addChunks({}, chunksOf(bytesOf('hello\n'), [3]))),
    ]);
    const digest = asDigest(session.finish());
    expect(digest.tallies).toMatchObject({ objects: 5, flows: 250 });
    expect(digest.flows.reduce((sum, flows) => sum + flows, 0)).toBe(250);
  });

  it('digests an object whose text is more than is inflated in one piece', async () => {
    // Blank lines: their text is large, their gzip is not.
    const text = Buffer.alloc(70 * 2 ** 20, '\n');
    text.write(`${HEADER}1 10.0.0.1 vpc-1 5`);
    const session = createDigestSession(plan, { maxObjectTextBytes: 2 ** 30 });
    await session.addWhole({}, gzip(text));
    const digest = asDigest(session.finish());
    expect(rowsOf(digest)).toEqual([['10.0.0.1', 'vpc-1', 1, 0, 5]]);
    expect(digest.tallies).toMatchObject({ objects: 1, textBytes: text.length });
  });
});
