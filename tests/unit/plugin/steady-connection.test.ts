import fc from 'fast-check';
import { createPingFilter } from '../../../src/plugin/steady-connection';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const MEASURING = [2, 4, 16, 16, 9, 14, 7, 7];

function frame(type: number, flags: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  return Buffer.concat([head, payload]);
}

const measuring = frame(6, 0, Buffer.from(MEASURING));
const kept: Readonly<Record<string, Buffer>> = {
  'a ping of another kind': frame(6, 0, Buffer.alloc(8)),
  'an answer to a ping': frame(6, 1, Buffer.from(MEASURING)),
  'data that look like a ping': frame(0, 0, measuring),
  'an empty frame': frame(4, 1, Buffer.alloc(0)),
  'a frame of 70 000 bytes': frame(0, 0, Buffer.alloc(70_000, 6)),
  'a ping of a wrong length': frame(6, 0, Buffer.from([...MEASURING, 0])),
};

/** What passes of these pieces. */
function filter(pieces: readonly Buffer[]): Buffer {
  const passed: Buffer[] = [];
  const feed = createPingFilter((bytes) => void passed.push(Buffer.from(bytes)));
  pieces.forEach((piece) => feed(piece));
  return Buffer.concat(passed);
}

test.each(Object.entries(kept))('passes %s', (_what, bytes) => {
  const all = Buffer.concat([PREFACE, bytes]);
  expect(filter([all])).toEqual(all);
});

test('leaves out measuring pings, however the bytes are cut', () => {
  const frames = fc.array(fc.oneof(fc.constant(measuring), fc.constantFrom(...Object.values(kept))), { maxLength: 12 });
  const cuts = fc.array(fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 100_000 })), {
    minLength: 1,
  });
  fc.assert(
    fc.property(frames, cuts, (sent, lengths) => {
      const all = Buffer.concat([PREFACE, ...sent]);
      const pieces: Buffer[] = [];
      for (let offset = 0; offset < all.length;) {
        const length = lengths[pieces.length % lengths.length]!;
        pieces.push(all.subarray(offset, offset + length));
        offset += length;
      }
      const wanted = Buffer.concat([PREFACE, ...sent.filter((bytes) => bytes !== measuring)]);
      expect(filter(pieces).equals(wanted)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('nothing is held back but the beginning of a frame', () => {
  const passed: number[] = [];
  const feed = createPingFilter((bytes) => void passed.push(bytes.length));
  feed(PREFACE.subarray(0, 10));
  feed(Buffer.concat([PREFACE.subarray(10), frame(0, 0, Buffer.alloc(100)).subarray(0, 50)]));
  expect(passed.reduce((sum, length) => sum + length)).toBe(PREFACE.length + 50);
});
