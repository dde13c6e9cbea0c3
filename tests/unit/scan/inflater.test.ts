import { constants, deflateRawSync, gzipSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { createInflater } from '../../../src/scan/inflate';
import { startInflater } from '../../../src/scan/inflater-module';

const { memory, room, PADDING, inflate } = startInflater()!;
memory.grow(20);
/** What stands behind what may be written to. */
const UNTOUCHED = Buffer.alloc(8192, 0xa5);

/** The text, or `undefined` if the module refuses; asserts that nothing is written behind the padding. */
function inflateRaw(data: Uint8Array, length: number): Buffer | undefined {
  const all = new Uint8Array(memory.buffer);
  const text = room.value + data.length + PADDING.value;
  const end = text + length + PADDING.value;
  all.set(data, room.value);
  all.set(UNTOUCHED, end);
  const isGood = inflate(room.value, room.value + data.length, text, length) !== 0;
  expect(UNTOUCHED.equals(all.subarray(end, end + UNTOUCHED.length))).toBe(true);
  return isGood ? Buffer.from(all.subarray(text, text + length)) : undefined;
}

/** What zlib makes of it, if it makes anything of all of it. */
function zlibOf(data: Uint8Array): Buffer | undefined {
  try {
    const { buffer, engine } = inflateRawSync(data, { info: true }) as unknown as {
      readonly buffer: Buffer;
      readonly engine: { readonly bytesWritten: number };
    };
    return engine.bytesWritten === data.length ? buffer : undefined;
  } catch {
    return undefined;
  }
}

/** Text of literals and of copies: near, far, short and long. */
const text = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => ({ bytes })),
      fc.record({ letters: fc.integer({ min: 1, max: 60 }), count: fc.nat({ max: 3000 }), step: fc.nat({ max: 1e6 }) }),
      fc.record({
        distance: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40_000 })),
        length: fc.oneof(fc.integer({ min: 3, max: 40 }), fc.integer({ min: 3, max: 700 })),
      }),
    ),
    { maxLength: 60 },
  )
  .map((parts) => {
    const all: number[] = [];
    for (const part of parts) {
      if ('bytes' in part) {
        all.push(...part.bytes);
      } else if ('letters' in part) {
        for (let i = 0, state = part.step; i < part.count; i++) {
          state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
          all.push(48 + ((state >>> 16) % part.letters));
        }
      } else if (all.length >= part.distance) {
        const end = all.length + part.length;
        while (all.length < end) {
          all.push(all[all.length - part.distance]!);
        }
      }
    }
    return Uint8Array.from(all);
  });

const how = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
  windowBits: fc.integer({ min: 9, max: 15 }),
  strategy: fc.constantFrom(
    constants.Z_DEFAULT_STRATEGY,
    constants.Z_FILTERED,
    constants.Z_HUFFMAN_ONLY,
    constants.Z_RLE,
    constants.Z_FIXED,
  ),
});

it('gives the text of any deflate data', () => {
  fc.assert(
    fc.property(text, how, (bytes, options) => {
      const own = inflateRaw(deflateRawSync(bytes, options), bytes.length);
      expect(own && Buffer.compare(own, bytes)).toBe(0);
    }),
    { numRuns: 200 },
  );
});

it('refuses data that goes on, or text that is longer or shorter than was said', () => {
  fc.assert(
    fc.property(text, how, fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes, options, more) => {
      const data = deflateRawSync(bytes, options);
      expect(inflateRaw(Buffer.concat([data, more]), bytes.length)).toBeUndefined();
      for (const length of [bytes.length + 1, bytes.length + 300, bytes.length - 1, bytes.length >> 1, 0]) {
        if (length >= 0 && length !== bytes.length) {
          expect(inflateRaw(data, length)).toBeUndefined();
        }
      }
    }),
  );
});

it('makes of damaged data what zlib makes of it, and writes nowhere else', () => {
  const damage = fc.record({ at: fc.nat(), byte: fc.nat({ max: 255 }), cut: fc.nat({ max: 20 }) });
  let good = 0;
  fc.assert(
    fc.property(text, how, fc.array(damage, { minLength: 1, maxLength: 8 }), (bytes, options, damages) => {
      const whole = deflateRawSync(bytes, options);
      for (const { at, byte, cut } of damages) {
        const data = Buffer.from(whole.subarray(0, Math.max(1, whole.length - (cut > 10 ? 0 : cut))));
        // Half of them where codes are told.
        data[at % (at & 1 ? data.length : Math.min(data.length, 90))] = byte;
        const expected = zlibOf(data);
        if (expected && expected.length < 1e6) {
          good++;
          expect(inflateRaw(data, expected.length)?.equals(expected)).toBe(true);
        } else {
          expect(inflateRaw(data, bytes.length)).toBeUndefined();
        }
      }
    }),
    { numRuns: 200 },
  );
  expect(good).toBeGreaterThan(50);
});

it('gives the text of any bytes that are deflate data by chance', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (data) => {
      const expected = zlibOf(data);
      const own = inflateRaw(data, expected?.length ?? 500);
      expect(own && own.toString('latin1')).toBe(expected?.toString('latin1'));
    }),
    { numRuns: 1000 },
  );
});

/** Writes deflate data bit by bit. */
class Bits {
  readonly #bits: number[] = [];

  /** A number, its lowest bit first. */
  number(value: number, count: number): this {
    for (let i = 0; i < count; i++) {
      this.#bits.push((value >> i) & 1);
    }
    return this;
  }

  /** The code of a symbol, its highest bit first; nothing if it has none. */
  code(lengths: readonly number[], symbol: number): this {
    const length = lengths[symbol] ?? 0;
    let code = 0;
    for (let own = 1; own <= length; own++) {
      code = 2 * code;
      if (own < length) {
        code += lengths.filter((other) => other === own).length;
      }
    }
    code += lengths.slice(0, symbol).filter((other) => other === length).length;
    for (let i = length - 1; i >= 0; i--) {
      this.#bits.push((code >> i) & 1);
    }
    return this;
  }

  /** The bits of others behind these. */
  append(others: readonly Bits[]): this {
    others.forEach((other) => this.#bits.push(...other.#bits));
    return this;
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(this.#bits.length / 8));
    this.#bits.forEach((bit, i) => (bytes[i >> 3]! |= bit << (i & 7)));
    return bytes;
  }
}

const END = 256;
const LENGTH_CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
/** Each of the nineteen has a code. */
const LENGTH_CODES = [...new Array<number>(13).fill(4), ...new Array<number>(6).fill(5)];
const FIXED = Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8));
const FIXED_DISTANCES = new Array<number>(32).fill(5);

/** A block that tells its codes, up to where its symbols begin; `told` is how, if not length by length. */
function beginBlock(
  lengths: readonly number[],
  distances: readonly number[],
  { told, isLast = true }: { readonly told?: (bits: Bits) => void; readonly isLast?: boolean } = {},
): Bits {
  const bits = new Bits()
    .number(isLast ? 0b101 : 0b100, 3)
    .number(lengths.length - 257, 5)
    .number(distances.length - 1, 5)
    .number(15, 4);
  LENGTH_CODE_ORDER.forEach((symbol) => bits.number(LENGTH_CODES[symbol]!, 3));
  if (told) {
    told(bits);
  } else {
    [...lengths, ...distances].forEach((length) => bits.code(LENGTH_CODES, length));
  }
  return bits;
}

/** Lengths of codes with some symbols' set. */
const lengthsOf = (count: number, some: Readonly<Record<number, number>>): readonly number[] =>
  Array.from({ length: count }, (_, i) => some[i] ?? 0);

/** Asserts that the module takes data for what zlib takes them for; returns that. */
function compareWithZlib(data: Uint8Array, length = 1000): string | undefined {
  const expected = zlibOf(data);
  const own = inflateRaw(data, expected?.length ?? length);
  expect(own?.toString('latin1')).toBe(expected?.toString('latin1'));
  return expected?.toString('latin1');
}

describe('blocks written by hand', () => {
  const A = 'a'.charCodeAt(0);
  const AB = lengthsOf(258, { [A]: 2, [A + 1]: 2, [END]: 2, 257: 2 });

  it('gives copies as far back as there is text, and refuses one from before it', () => {
    for (const [distance, text] of [
      [3, 'abaabaa'],
      [4, undefined],
    ] as const) {
      const bits = new Bits().number(0b011, 3);
      [A, A + 1, A].forEach((letter) => bits.code(FIXED, letter));
      bits
        .code(FIXED, 258)
        .code(FIXED_DISTANCES, distance - 1)
        .code(FIXED, END);
      expect(compareWithZlib(bits.bytes(), 7)).toBe(text);
    }
  });

  it('refuses a far copy from before the text', () => {
    const distances = lengthsOf(10, { 9: 1 });
    for (const letters of [10, 24, 25, 40]) {
      const bits = beginBlock(AB, distances);
      for (let i = 0; i < letters; i++) {
        bits.code(AB, A + (i % 2));
      }
      bits.code(AB, 257).code(distances, 9).number(0, 3).code(AB, END);
      expect(compareWithZlib(bits.bytes(), letters + 3)?.length).toBe(letters < 25 ? undefined : letters + 3);
    }
  });

  it.each([286, 287])('refuses symbol %d, which is none', (symbol) => {
    const bits = new Bits().number(0b011, 3).code(FIXED, A).code(FIXED, symbol).code(FIXED, END);
    expect(compareWithZlib(bits.number(0, 30).bytes())).toBeUndefined();
    expect(inflateRaw(new Bits().number(0b011, 3).code(FIXED, A).code(FIXED, symbol).bytes(), 1)).toBeUndefined();
  });

  it.each([30, 31])('refuses distance symbol %d, which is none', (symbol) => {
    const bits = new Bits().number(0b011, 3);
    for (let i = 0; i < 50; i++) {
      bits.code(FIXED, A);
    }
    bits.code(FIXED, 257).code(FIXED_DISTANCES, symbol).code(FIXED, END);
    expect(compareWithZlib(bits.bytes(), 53)).toBeUndefined();
  });

  it('takes a lone distance of one bit, and refuses the other bit', () => {
    const distances = lengthsOf(1, { 0: 1 });
    const bits = () => beginBlock(AB, distances).code(AB, A).code(AB, 257);
    expect(compareWithZlib(bits().number(0, 1).code(AB, END).bytes())).toBe('aaaa');
    expect(compareWithZlib(bits().number(1, 1).code(AB, END).bytes(), 4)).toBeUndefined();
  });

  it('takes no distances at all, and refuses a length then', () => {
    const distances = lengthsOf(1, {});
    expect(compareWithZlib(beginBlock(AB, distances).code(AB, A).code(AB, END).bytes())).toBe('a');
    const bits = beginBlock(AB, distances).code(AB, A).code(AB, 257).number(0, 1).code(AB, END);
    expect(compareWithZlib(bits.bytes(), 4)).toBeUndefined();
  });

  it.each<[string, readonly number[], readonly number[]]>([
    ['no end', lengthsOf(258, { [A]: 1, 257: 1 }), lengthsOf(1, { 0: 1 })],
    ['codes that are too many', lengthsOf(258, { [A]: 1, [A + 1]: 1, [END]: 1 }), lengthsOf(1, { 0: 1 })],
    ['codes that are too few', lengthsOf(258, { [A]: 2, [END]: 2, 257: 2 }), lengthsOf(1, { 0: 1 })],
    ['two distances that are too few', AB, lengthsOf(2, { 0: 2, 1: 2 })],
    ['a lone distance of two bits', AB, lengthsOf(2, { 0: 2 })],
    ['distances that are too many', AB, lengthsOf(3, { 0: 1, 1: 1, 2: 1 })],
    ['more symbols than there are', lengthsOf(287, { [A]: 1, [END]: 1 }), lengthsOf(1, { 0: 1 })],
    ['more distances than there are', AB, lengthsOf(31, { 0: 1 })],
  ])('refuses %s', (_, lengths, distances) => {
    expect(
      compareWithZlib(beginBlock(lengths, distances).code(lengths, A).code(lengths, END).bytes(), 1),
    ).toBeUndefined();
  });

  it('takes codes of all lengths, some of them longer than tables are looked up by', () => {
    // 1, 2, … 14 bits and two of 15.
    const letters = lengthsOf(257, Object.fromEntries(Array.from({ length: 15 }, (_, i) => [A + i, i + 1])));
    const lengths = letters.map((length, i) => (i === END ? 15 : length));
    const bits = beginBlock(lengths, lengthsOf(1, {}));
    const text = Array.from({ length: 300 }, (_, i) => String.fromCharCode(A + ((i * 7 + (i >> 3)) % 15))).join('');
    [...text].forEach((letter) => bits.code(lengths, letter.charCodeAt(0)));
    expect(compareWithZlib(bits.code(lengths, END).bytes())).toBe(text);
  });

  it('takes far distances of all lengths behind lengths of all lengths', () => {
    const symbols = [END, A, 257, 265, 270, 275, 280, 284, 285, 258, 259, 260, 261, 262, 263, 264];
    const lengths = lengthsOf(286, Object.fromEntries(symbols.map((symbol, i) => [symbol, Math.min(i + 1, 15)])));
    const distances = lengthsOf(
      30,
      Object.fromEntries(Array.from({ length: 16 }, (_, i) => [29 - i, Math.min(i + 1, 15)])),
    );
    const extra = (symbol: number) => (symbol < 265 || symbol === 285 ? 0 : (symbol - 261) >> 2);
    const bits = beginBlock(lengths, distances);
    for (let i = 0; i < 33_000; i++) {
      bits.code(lengths, A);
    }
    for (const symbol of symbols.slice(2)) {
      for (let distance = 14; distance < 30; distance++) {
        bits.code(lengths, symbol).number(0x15, extra(symbol));
        bits.code(distances, distance).number(0x2aaa >> (14 - distance / 2), (distance - 2) >> 1);
      }
    }
    expect(compareWithZlib(bits.code(lengths, END).bytes())?.length).toBe(45_320);
  });

  it.each<[string, boolean, (bits: Bits) => void]>([
    ['a run of zeros', true, (bits) => runs(bits, 97, [A, 1], 158, [END, 1], 1)],
    ['a run beyond all lengths', false, (bits) => runs(bits, 97, [A, 1], 158, [END, 1], 11)],
    ['a repetition of nothing', false, (bits) => runs(bits, -3, 94, [A, 1], 158, [END, 1], 1)],
    ['a repetition', true, (bits) => runs(bits, 97, [A, 3], -3, 155, [END, 1], 1)],
    ['a repetition beyond all lengths', false, (bits) => runs(bits, 97, [A, 1], 158, [END, 1], -3)],
  ])('%s: %s', (_, isGood, told) => {
    const lengths = lengthsOf(257, { [A]: 1, [END]: 1 });
    const bits = beginBlock(lengths, lengthsOf(1, {}), { told }).number(0b10, 2);
    expect(compareWithZlib(bits.bytes(), 1) !== undefined).toBe(isGood);
  });

  /** Lengths as told: so many zeros, a symbol's length, or, below zero, so many times the last one. */
  function runs(bits: Bits, ...parts: readonly (number | readonly [symbol: number, length: number])[]): void {
    for (const part of parts) {
      if (typeof part !== 'number') {
        bits.code(LENGTH_CODES, part[1]);
      } else if (part < 0) {
        bits.code(LENGTH_CODES, 16).number(-part - 3, 2);
      } else if (part >= 149) {
        bits.code(LENGTH_CODES, 18).number(127, 7);
        runs(bits, part - 138);
      } else if (part >= 11) {
        bits.code(LENGTH_CODES, 18).number(part - 11, 7);
      } else if (part >= 3) {
        bits.code(LENGTH_CODES, 17).number(part - 3, 3);
      } else {
        for (let i = 0; i < part; i++) {
          bits.code(LENGTH_CODES, 0);
        }
      }
    }
  }

  it('takes a lone end of one bit', () => {
    expect(
      compareWithZlib(
        beginBlock(lengthsOf(257, { [END]: 1 }), lengthsOf(1, {}))
          .number(0, 1)
          .bytes(),
      ),
    ).toBe('');
  });

  it('writes nowhere else in a block behind too much text', () => {
    const bits = new Bits().number(0b010, 3).code(FIXED, A);
    bits.code(FIXED, 285).code(FIXED_DISTANCES, 0).code(FIXED, 285).code(FIXED_DISTANCES, 0).code(FIXED, END);
    const head = bits.number(0b001, 3).bytes();
    const stored = Buffer.concat([head, Buffer.from([0x60, 0xea, 0x9f, 0x15]), Buffer.alloc(60_000, 'b')]);
    expect(inflateRaw(stored, 259)).toBeUndefined();
    expect(inflateRaw(stored, 1)).toBeUndefined();
    expect(inflateRaw(stored, 60_517)?.length).toBe(60_517);
  });

  it('refuses a block that is cut, wherever', () => {
    for (const level of [0, 1, 9]) {
      const data = deflateRawSync(Buffer.from('2 123456789010 eni-1 10.0.0.1 ACCEPT OK\n'.repeat(9)), { level });
      for (let length = 1; length < data.length; length++) {
        expect(compareWithZlib(data.subarray(0, length), 360)).toBeUndefined();
      }
    }
  });

  it('takes fixed codes and others in turns', () => {
    const blocks = [
      () => new Bits().number(0b010, 3).code(FIXED, A).code(FIXED, END),
      () =>
        beginBlock(AB, lengthsOf(1, {}), { isLast: false })
          .code(AB, A + 1)
          .code(AB, END),
    ];
    const bits: Bits[] = [];
    for (let i = 0; i < 60; i++) {
      bits.push(blocks[i % 3 === 0 ? 1 : 0]!());
    }
    const last = new Bits().number(0b011, 3).code(FIXED, END);
    expect(compareWithZlib(new Bits().append([...bits, last]).bytes())).toBe('baa'.repeat(20));
  });

  it('refuses more codes than that much text has, and an inflater reads it all the same', () => {
    const block = beginBlock(AB, lengthsOf(1, {}), { isLast: false }).code(AB, A).code(AB, END);
    const end = new Bits().number(0b011, 3).code(FIXED, END);
    const data = new Bits().append([...new Array<Bits>(300).fill(block), end]).bytes();
    expect(zlibOf(data)?.toString()).toBe('a'.repeat(300));
    expect(inflateRaw(data, 300)).toBeUndefined();
    const gzip = Buffer.concat([gzipSync('').subarray(0, 10), data, gzipSync('a'.repeat(300)).subarray(-8)]);
    expect(Buffer.from(createInflater().inflate(gzip, 1000)!).toString()).toBe('a'.repeat(300));
  });

  it('writes behind the text no more than it says', () => {
    const lengths = lengthsOf(286, { [A]: 1, [END]: 3, [A + 1]: 3, 285: 2 });
    const distances = lengthsOf(10, { 9: 1, 0: 1 });
    // Near copies go by the plain tables, far ones by the joint one.
    for (const copies of ['nff', 'fnff', 'ffnff', 'nnff', 'fnfnff']) {
      const bits = beginBlock(lengths, distances);
      for (let i = 0; i < 64; i++) {
        bits.code(lengths, A);
      }
      [...copies.repeat(3)].forEach((kind) => {
        bits
          .code(lengths, 285)
          .code(distances, kind === 'n' ? 0 : 9)
          .number(0, kind === 'n' ? 0 : 3);
      });
      const data = bits.code(lengths, END).bytes();
      for (let length = 60; length < 700; length++) {
        expect(inflateRaw(data, length)).toBeUndefined();
      }
    }
  });

  it('refuses a kind of block that is none', () => {
    expect(compareWithZlib(new Bits().number(0b111, 3).number(0, 40).bytes(), 0)).toBeUndefined();
  });
});

it.each(['a', 'ab', 'abcdefg', '0123456789abcdefg'])(
  'gives the text of codes of one bit: %s again and again',
  (unit) => {
    const bytes = Buffer.from(unit.repeat(20_000));
    expect(inflateRaw(deflateRawSync(bytes), bytes.length)?.equals(bytes)).toBe(true);
  },
);

describe('an inflater', () => {
  const inflater = createInflater();
  const MAX_BYTES = 1e7;
  const lines = Array.from(
    { length: 5000 },
    (_, i) => `2 123456789010 eni-${i % 77} 10.0.${i % 9}.${i % 251} ACCEPT OK\n`,
  );

  /** What stands in the memory that the inflater keeps; whatever is left to zlib does not. */
  function isInMemory(bytes: Uint8Array): boolean {
    const { buffer } = inflater.inflate(bytes, MAX_BYTES)!;
    return buffer === inflater.inflate(gzipSync('2'), MAX_BYTES)!.buffer;
  }

  it('reads what flow logs are stored as by itself', () => {
    for (let level = 0; level <= 9; level++) {
      expect(isInMemory(gzipSync(lines.join(''), { level }))).toBe(true);
    }
    expect(isInMemory(gzipSync(''))).toBe(true);
  });

  it('skips the name that gzip gives a file', () => {
    const bytes = gzipSync(lines.join(''));
    const named = Buffer.concat([bytes.subarray(0, 10), Buffer.from('flows.log\0'), bytes.subarray(10)]);
    named[3] = 8;
    expect(isInMemory(named)).toBe(true);
    expect(Buffer.from(inflater.inflate(named, MAX_BYTES)!).toString()).toBe(lines.join(''));
  });

  it('leaves several members, and headers with more than a name, to zlib', () => {
    const bytes = gzipSync(lines.join(''));
    const extra = Buffer.concat([bytes.subarray(0, 10), Buffer.from([3, 0, 1, 2, 3]), bytes.subarray(10)]);
    extra[3] = 4;
    for (const [other, text] of [
      [Buffer.concat([bytes, gzipSync('2 1\n')]), `${lines.join('')}2 1\n`],
      [extra, lines.join('')],
    ] as const) {
      expect(isInMemory(other)).toBe(false);
      expect(Buffer.from(inflater.inflate(other, MAX_BYTES)!).toString()).toBe(text);
    }
  });

  it('holds text against its check sum', () => {
    const bytes = gzipSync(lines.join(''), { level: 0 });
    bytes[5000]! ^= 1;
    expect(() => inflater.inflate(bytes, MAX_BYTES)).toThrow(/cannot inflate the object/);
  });
});
