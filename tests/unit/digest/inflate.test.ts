import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { FlowError } from '../../../src/errors';
import { createInflater, inflateChunks, inflateWhole, isGzip, MAX_WHOLE_TEXT_BYTES } from '../../../src/scan/inflate';
import { splitLineBlocks } from '../../../src/scan/line-blocks';
import { bytesOf } from './digest-text';

const TEXT = Array.from({ length: 200 }, (_, i) => `2 123456789010 eni-${i} 10.0.0.${i}\n`).join('');
const gzip = (text: string | Uint8Array) => new Uint8Array(gzipSync(text));
const concat = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const MULTI = concat(gzip(TEXT.slice(0, 1000)), gzip(''), gzip(TEXT.slice(1000)));

async function* chunksOf(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.slice(at, at + size);
    at += size;
  }
}

async function collect(blocks: AsyncIterable<Uint8Array>): Promise<string[]> {
  const texts: string[] = [];
  for await (const block of blocks) {
    texts.push(Buffer.from(block).toString('latin1'));
  }
  return texts;
}

async function inflated(bytes: Uint8Array, sizes: readonly number[], maxBytes = 1e6): Promise<string> {
  return (await collect(inflateChunks(chunksOf(bytes, sizes), maxBytes))).join('');
}

async function errorOf(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (thrown) {
    return thrown;
  }
  return undefined;
}

function truncated(bytes: Uint8Array, by: number): Uint8Array {
  return bytes.slice(0, bytes.length - by);
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at < 0 ? copy.length + at : at]! ^= 0xff;
  return copy;
}

const GOOD: readonly [string, Uint8Array, string][] = [
  ['one member', gzip(TEXT), TEXT],
  ['several members, one of them empty', MULTI, TEXT],
  ['an empty member', gzip(''), ''],
  ['plain text', bytesOf(TEXT), TEXT],
  ['nothing', new Uint8Array(0), ''],
  ['one byte of what could be gzip', Uint8Array.of(0x1f), '\x1f'],
];

const CORRUPT: readonly [string, Uint8Array][] = [
  ['a gzip magic and no more', Uint8Array.of(0x1f, 0x8b)],
  ['a cut header', gzip(TEXT).slice(0, 5)],
  ['a cut body', truncated(gzip(TEXT), 100)],
  ['a cut length', truncated(gzip(TEXT), 1)],
  ['a cut trailer', truncated(gzip(TEXT), 8)],
  ['a cut second member', truncated(MULTI, 5)],
  ['a wrong checksum', flipped(gzip(TEXT), -6)],
  ['a wrong checksum of a first member', concat(flipped(gzip('2 1\n'), -6), gzip(TEXT))],
  ['a wrong length', flipped(gzip(TEXT), -1)],
  ['a damaged body', flipped(gzip(TEXT), 40)],
  ['another compression method', flipped(gzip(TEXT), 2)],
  ['text behind it', concat(gzip(TEXT), bytesOf('2 123456789010 eni-1\n'))],
  ['one byte behind it', concat(gzip(TEXT), Uint8Array.of(1))],
  ['half a magic behind it', concat(gzip(TEXT), Uint8Array.of(0x1f))],
];

describe('isGzip', () => {
  it.each<[readonly number[], boolean]>([
    [[0x1f, 0x8b, 8], true],
    [[0x1f], false],
    [[], false],
    [[0x1f, 0x8a], false],
    [[0x8b, 0x1f], false],
  ])('%j: %s', (bytes, expected) => {
    expect(isGzip(Uint8Array.from(bytes))).toBe(expected);
  });
});

// One inflater for all, as in a thread.
const inflater = createInflater();

describe.each([
  ['inflateWhole', (bytes: Uint8Array, maxBytes?: number) => inflateWhole(bytes, maxBytes)],
  ['an inflater', (bytes: Uint8Array, maxBytes = MAX_WHOLE_TEXT_BYTES) => inflater.inflate(bytes, maxBytes)],
])('%s', (_, inflate) => {
  it.each(GOOD)('gives the text of %s', (_name, bytes, text) => {
    expect(Buffer.from(inflate(bytes)!).toString('latin1')).toBe(text);
  });

  it.each(CORRUPT)('refuses %s', async (_name, bytes) => {
    const error = await errorOf(() => inflate(bytes));
    expect(error).toBeInstanceOf(FlowError);
    expect(error).toMatchObject({
      code: 'corrupt-object',
      message: expect.stringMatching(/^cannot inflate the object: /),
    });
  });

  it('gives nothing for more than it may', () => {
    for (const bytes of [gzip(TEXT), MULTI, bytesOf(TEXT)]) {
      expect(inflate(bytes, TEXT.length)).toHaveLength(TEXT.length);
      expect(inflate(bytes, TEXT.length - 1)).toBeUndefined();
    }
    const zeros = gzip(new Uint8Array(MAX_WHOLE_TEXT_BYTES + 1));
    expect(zeros.length).toBeLessThan(100_000);
    expect(inflate(zeros)).toBeUndefined();
  });
});

describe('an inflater', () => {
  /** Text, or the code of the error. */
  const outcomeOf = (inflate: () => Uint8Array | undefined): string | undefined => {
    try {
      const text = inflate();
      return text && Buffer.from(text).toString('latin1');
    } catch (thrown) {
      return FlowError.from(thrown).code;
    }
  };

  it('gives what inflateWhole does, whatever came before', () => {
    const text = fc.string({ unit: 'binary-ascii', maxLength: 300 });
    const member = fc.tuple(text, fc.integer({ min: 0, max: 9 })).map(([own, level]) => gzipSync(own, { level }));
    const damage = fc.record({ at: fc.nat(), mask: fc.integer({ min: 0, max: 255 }), cut: fc.nat({ max: 30 }) });
    const damaged = fc.tuple(member, fc.option(damage)).map(([bytes, how]) => {
      if (how) {
        bytes[how.at % bytes.length]! ^= how.mask;
      }
      return bytes.subarray(0, bytes.length - (how?.cut ?? 0));
    });
    const object = fc
      .oneof({ weight: 4, arbitrary: fc.array(damaged, { minLength: 1, maxLength: 3 }) }, fc.tuple(fc.uint8Array()))
      .map((parts) => concat(...parts));
    fc.assert(
      fc.property(fc.array(object, { maxLength: 20 }), (objects) => {
        for (const bytes of objects) {
          const expected = outcomeOf(() => inflateWhole(bytes, 600));
          expect(outcomeOf(() => inflater.inflate(bytes, 600))).toBe(expected);
        }
      }),
    );
  });

  it('keeps the room of a text, but not of a large one', () => {
    const inflate = (text: string) => inflater.inflate(gzip(text), MAX_WHOLE_TEXT_BYTES)!;
    const small = inflate(TEXT);
    const large = inflate(TEXT.repeat(1500));
    expect(large.length).toBeGreaterThan(8 * 2 ** 20);
    inflater.free(large);
    inflater.free(small);
    expect(Buffer.from(small).toString('latin1')).toBe(TEXT);
    expect(inflate('2').buffer).toBe(small.buffer);
  });
});

describe('inflateChunks', () => {
  it.each(GOOD)('gives the text of %s, whatever the chunks', async (_name, bytes, text) => {
    for (const sizes of [[1], [2], [3, 1], [0, 1, 0, 7], [64, 1], [1e9]]) {
      expect(await inflated(bytes, sizes)).toBe(text);
    }
  });

  it('gives the text of several members, wherever the chunks end', async () => {
    for (let at = 0; at <= MULTI.length; at++) {
      expect(await inflated(MULTI, [at, 1e9])).toBe(TEXT);
    }
  });

  it.each(CORRUPT)('refuses %s', async (_name, bytes) => {
    for (const sizes of [[1], [7], [1e9]]) {
      const error = await errorOf(() => inflated(bytes, sizes));
      expect(error).toBeInstanceOf(FlowError);
      expect(error).toMatchObject({ code: 'corrupt-object' });
    }
  });

  it.each([
    ['plain text', bytesOf(TEXT)],
    ['gzip', gzip(TEXT)],
  ])('refuses %s beyond its limit', async (_name, bytes) => {
    expect(await inflated(bytes, [50], TEXT.length)).toBe(TEXT);
    expect(await errorOf(() => inflated(bytes, [50], TEXT.length - 1))).toMatchObject({
      code: 'over-limit',
      fields: { limit: 'maxObjectTextBytes', value: TEXT.length - 1 },
    });
  });

  it('hands on what the source throws, and ends it when the reader leaves', async () => {
    for (const bytes of [bytesOf(TEXT), gzip(TEXT)]) {
      let ended = 0;
      async function* failing(): AsyncGenerator<Uint8Array> {
        try {
          yield bytes.slice(0, 30);
          throw new FlowError('throttled', 'cannot read: slow down');
        } finally {
          ended++;
        }
      }
      expect(await errorOf(() => collect(inflateChunks(failing(), 1e6)))).toMatchObject({ code: 'throttled' });
      async function* endless(): AsyncGenerator<Uint8Array> {
        try {
          for (;;) {
            yield bytes;
          }
        } finally {
          ended++;
        }
      }
      for await (const text of inflateChunks(endless(), 1e9)) {
        expect(text.length).toBeGreaterThan(0);
        break;
      }
      expect(ended).toBe(2);
    }
  });
});

describe('splitLineBlocks', () => {
  const split = (bytes: Uint8Array, sizes: readonly number[]) => collect(splitLineBlocks(chunksOf(bytes, sizes)));

  it('gives blocks of whole lines, and the text as it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('a', '\n', ' ', '\r'), maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
        async (text, sizes) => {
          const blocks = await split(bytesOf(text), sizes);
          expect(blocks.join('')).toBe(text);
          blocks.slice(0, -1).forEach((block) => expect(block).toMatch(/\n$/));
          blocks.forEach((block) => expect(block).not.toBe(''));
        },
      ),
    );
  });

  it.each([
    // The check is made between chunks, so a line may be longer by the one that ends it.
    ['in the middle', `a\n${'x'.repeat(2 ** 20 + 65_536)}\nb\n`],
    ['at the end, without a line feed', 'x'.repeat(2 ** 20 + 1)],
  ])('refuses a line of more than 1 MiB %s', async (_name, text) => {
    const error = await errorOf(() => split(bytesOf(text), [65_536]));
    expect(error).toMatchObject({
      code: 'corrupt-object',
      message: 'not a flow log: a line is longer than 1048576 bytes',
    });
  });

  it('accepts a line of 1 MiB', async () => {
    expect((await split(bytesOf(`${'x'.repeat(2 ** 20)}\n`), [2 ** 20])).join('')).toHaveLength(2 ** 20 + 1);
  });
});
